//! The only SQL of Ringback: one text for SQLite and PostgreSQL (`db` is the one place that knows there are two).
//!
//! Rows of a company are reached through [`TenantStore`] alone; the few system-wide questions (what is due, who signs
//! in, which phone a carrier's key belongs to) sit on [`Store`] by name. A change and the event announcing it commit
//! together, in [`db::Tx::commit`].

mod calls;
mod carrier_news;
mod claim;
mod credits;
pub mod db;
mod faults;
mod inbound;
mod invariants;
mod outbox;
mod person;
mod phones;
mod placing;
mod reconcile;
mod settle;
mod store;
mod sweep;
mod tenant;

pub use carrier_news::{Applied, EventReference};
pub use claim::Claim;
pub use inbound::{InboundCall, InboundTaken};
pub use invariants::Violation;
pub use outbox::Event;
pub use phones::{CarrierSetup, IngressPhone};
pub use placing::Placement;
pub use reconcile::{AskAbout, CarrierSays};
pub use store::{Node, Patience, Store};
pub use tenant::TenantStore;
