//! The server: carrier events in, calls out, the API, the pages and the command line around them.

pub mod api;
pub mod app;
pub mod cli;
mod client_address;
pub mod clock;
pub mod clockwork;
pub mod config;
pub mod dispatcher;
mod email;
pub mod errors;
pub mod ingress;
mod intake;
pub mod ops;
pub mod pages;
pub mod passwords;
mod sheets;
mod simulated;
mod streams;
pub mod telemetry;
pub mod vault;
