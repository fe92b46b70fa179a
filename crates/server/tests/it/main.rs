//! The server as its users meet it.

mod cli;
mod engines;
mod process;
mod serving;
