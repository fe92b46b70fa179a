//! The only SQL of Ringback: one text for SQLite and PostgreSQL (`db` is the one place that knows there are two).
//!
//! Rows of a company are reached through [`TenantStore`] alone; the few system-wide questions (what is due, who signs
//! in, which phone a carrier's key belongs to) sit on [`Store`] by name. A change and the event announcing it commit
//! together, in [`db::Tx::commit`].

mod calls;
mod carrier_news;
mod claim;
mod companies;
mod credits;
pub mod db;
mod faults;
mod inbound;
mod invariants;
mod operator;
mod outbox;
mod person;
mod phones;
mod placing;
mod reconcile;
mod settle;
mod staff;
mod store;
mod sweep;
mod tenant;
mod tokens;

pub use carrier_news::{Applied, EventReference};
pub use claim::Claim;
pub use companies::{Company, NewCompany};
pub use credits::CreditsAdded;
pub use inbound::{InboundCall, InboundTaken};
pub use invariants::Violation;
pub use operator::{CompanyStanding, PhoneSetup, Workload};
pub use outbox::Event;
pub use phones::{CarrierSetup, IngressPhone};
pub use placing::Placement;
pub use reconcile::{AskAbout, CarrierSays};
pub use staff::{NewStaff, SignIn, Staff};
pub use store::{Node, Patience, Store};
pub use tenant::TenantStore;
pub use tokens::{NewToken, Token};
