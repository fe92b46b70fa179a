//! Speaks to carriers behind one trait, and reads what voice platforms post. Knows neither the store nor the web: requests
//! come in as plain parts, answers go out as plain parts, and what a carrier said becomes a
//! [`News`](ringback_domain::call::News).

mod belonging;
pub mod carrier;
mod exchange;
pub mod exotel;
#[cfg(feature = "fakes")]
pub mod fakes;
mod fields;
pub mod registry;
mod settings;
pub mod simulator;
pub mod twilio;
pub mod voice_agent;
