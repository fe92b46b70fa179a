//! Ringback's decisions. Everything here is a pure function or a type that keeps a rule: no I/O, no clock, no
//! randomness. Instants come in as arguments, cut to milliseconds (see [`time`]).

pub mod access;
pub mod appointment;
pub mod assignment;
pub mod attempt;
pub mod availability;
pub mod business_time;
pub mod call;
pub mod callback;
pub mod calling_hours;
pub mod campaign;
pub mod cell;
pub mod credits;
pub mod dialing;
pub mod event;
pub mod follow_up;
pub mod ids;
pub mod phone_number;
pub mod settings;
pub mod time;
mod words;
mod written;

pub use words::UnknownWord;
pub use written::{Written, WrongField};
