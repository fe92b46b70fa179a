//! The way of a callback: how a request makes or joins one, and every move from there to its end (decision 5).
//!
//! Each change is made under its person's lock: [`row::CallbackRow`] is read under it, moves change the row in memory and
//! announce what they did, and one [`row::CallbackRow::save`] writes it.

mod act;
mod beside;
mod change;
mod create;
pub(crate) mod escalation;
mod facts;
mod import;
mod merge;
mod moves;
mod new_wish;
mod place;
mod request;
mod row;
mod split;
mod trash;

pub use act::{Ask, CALLING_SECONDS, Moved};
pub use change::CallbackChange;
pub use create::{Created, NewCallback};
pub use import::ImportedCallbacks;
pub use moves::By;
pub(crate) use request::{Request, Requested};
pub(crate) use row::CallbackRow;
pub use split::SplitOff;

use ringback_domain::ids::{CompanyId, StaffId};

use crate::db::{Result, Tx, params};

/// Whether this is a person of the company who can be given something.
pub(crate) async fn works_here(tx: &mut Tx, company: CompanyId, staff: StaffId) -> Result<bool> {
    const SQL: &str = "select cast(1 as bigint) from staff where company_id = $1 and id = $2 and active and deleted_at is null";
    Ok(tx.optional::<(i64,)>(SQL, params![company, staff]).await?.is_some())
}
