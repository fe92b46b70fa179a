//! The API as programs meet it: the real router in this process, on both engines.

mod appointments;
mod bad_input;
mod bench;
mod callbacks;
mod calls;
mod campaigns;
mod company;
mod connecting;
mod credits;
mod document;
mod events;
mod forgotten;
mod gate;
mod idempotency;
mod ingress;
mod intake;
mod intake_keys;
mod lifecycle;
mod lists;
mod matrix;
mod missed;
mod people;
mod phones;
mod properties;
mod roles;
