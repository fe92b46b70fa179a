//! The only SQL of Ringback: one text for SQLite and PostgreSQL (`db` is the one place that knows there are two).
//!
//! Rows of a company are reached through [`TenantStore`] alone; the few system-wide questions (what is due, who signs
//! in, which phone a carrier's key belongs to) sit on [`Store`] by name. A change and the event announcing it commit
//! together, in [`db::Tx::commit`].

pub mod address;
mod agents;
mod attempts;
mod board;
mod call_records;
mod call_reports;
mod callbacks;
mod calls;
mod campaigns;
mod carrier_news;
mod claim;
mod companies;
mod company_settings;
mod credits;
mod customers;
pub mod db;
mod event_feed;
mod faults;
mod idempotency;
mod inbound;
mod intake_keys;
mod invariants;
mod ledger;
mod lifecycle;
mod listing;
mod operator;
mod outbox;
mod people;
mod person;
mod phone_records;
mod phones;
mod placing;
mod reconcile;
mod sessions;
mod settle;
mod staff;
mod store;
mod sweep;
mod tally;
mod tenant;
mod tokens;

pub use agents::{Agent, Deleted};
pub use attempts::{AttemptFilter, AttemptRecord, AttemptStats, Cancelled, PhoneState, Retried, Shown};
pub use board::{BoardPhone, CancelledBecause, Counts, OnChannel, Outcome, Overview, QueueFilter, Waiting, WithheldMiss};
pub use call_records::{CallContext, CallFilter, CallRecord};
pub use call_reports::{CallReport, KnownCall, NewCallReport, ReportedCall};
pub use callbacks::{Assigned, CallbackFilter, CallbackRecord, CallbackSort, Tab};
pub use campaigns::{Campaign, CampaignMoved};
pub use carrier_news::{Applied, EventReference};
pub use claim::Claim;
pub use companies::{Company, NewCompany};
pub use credits::CreditsAdded;
pub use idempotency::KeyClaim;
pub use inbound::{InboundCall, InboundTaken};
pub use intake_keys::{IntakeDoor, IntakeKey};
pub use invariants::Violation;
pub use ledger::LedgerEntry;
pub use lifecycle::{Ask, By, CALLING_SECONDS, Created, Moved, NewCallback};
pub use listing::{Mark, Slice, Start, Window};
pub use operator::{CompanyStanding, PhoneSetup, Workload};
pub use outbox::Event;
pub use people::Customer;
pub use phone_records::{PhoneDeleted, PhoneRecord, PhoneSaved};
pub use phones::{CarrierSetup, IngressPhone};
pub use placing::Placement;
pub use reconcile::{AskAbout, CarrierSays};
pub use sessions::{Credentials, SESSION_SECONDS, SignedIn};
pub use staff::{NewStaff, Staff};
pub use store::{Node, Patience, Store};
pub use tally::Happened;
pub use tenant::TenantStore;
pub use tokens::{NewToken, Token};
