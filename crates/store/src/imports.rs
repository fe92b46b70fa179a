//! Many rows of a file in one transaction: all of them or none. A rehearsal does everything and takes it back.

use ringback_domain::ids::CompanyId;

use crate::{
    db::{Result, Tx},
    store::Store,
};

/// What a row of a file makes of a thing: a new one, or another than was `seen`.
#[derive(Debug, Clone)]
pub struct Put<T> {
    pub row: T,
    pub seen: Option<T>,
}

/// How a file is written.
pub struct Writing<'a> {
    /// Takes everything back at the end.
    pub rehearsal: bool,
    /// Hears how many rows are written.
    pub progress: &'a mut (dyn FnMut(usize) + Send),
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    Yes,
    /// Somebody else wrote what the file was to write since it was looked at.
    Changed,
    /// Nobody would be left who may do everything.
    LastOwner,
}

impl Store {
    pub(crate) async fn finish(&self, mut tx: Tx, company: CompanyId, rehearsal: bool) -> Result<()> {
        // A rehearsal meets what only the database refuses.
        tx.flush_events().await?;
        if rehearsal { tx.roll_back().await } else { self.commit(tx, company).await }
    }
}
