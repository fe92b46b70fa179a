//! The server as its users meet it.

mod api;
mod cli;
mod doctor;
mod engines;
mod pages;
mod process;
mod serving;
mod sheets;
