//! What of a company may not be deleted yet, because something open depends on it.

use crate::db::{Result, Tx, Value};

/// What came of deleting a person, a place or what belongs to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removed {
    Yes,
    Unknown,
    /// What still depends on it, for people: "2 staff, 1 phone".
    InUse(String),
}

/// Counts of what depends on a thing: a row for each of `names`, with its place among them.
pub(crate) struct Dependents<const N: usize> {
    pub(crate) sql: &'static str,
    /// One, and several, of each.
    pub(crate) names: [(&'static str, &'static str); N],
}

impl<const N: usize> Dependents<N> {
    /// `None`: nothing does.
    pub(crate) async fn of(&self, tx: &mut Tx, params: Vec<Value>) -> Result<Option<String>> {
        let mut counts = tx.all::<(i64, i64)>(self.sql, params).await?;
        counts.sort_unstable();
        let named = counts.into_iter().zip(self.names).filter(|((_, count), _)| *count > 0);
        let told: Vec<_> =
            named.map(|((_, count), (one, several))| format!("{count} {}", if count == 1 { one } else { several })).collect();
        Ok((!told.is_empty()).then(|| told.join(", ")))
    }
}
