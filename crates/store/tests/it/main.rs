//! What the store promises, on both engines. Each test has a database of its own; see `bench`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[macro_use]
mod bench;

mod assignment;
mod beside;
mod campaigns;
mod carrier_events;
mod channels;
mod clock;
mod connections;
mod crashes;
mod credits;
mod dialing_order;
mod due;
mod erasing;
mod feed;
mod forgotten;
mod guards;
mod imports;
mod inbound;
mod lifecycle;
mod lists;
mod memory;
mod merging;
mod migrations;
mod moves;
mod operator;
mod people;
mod placing;
mod plans;
mod properties;
mod races;
mod requests;
mod staff;
mod sweep;
mod talks;
mod unknown;
