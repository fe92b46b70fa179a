//! Which rows of `events` nothing can still appear before. Ids are made before their transaction commits, by clocks that differ;
//! `place` is what the database gives: on SQLite a number that its one writer counts on, on PostgreSQL the transaction's own.
//! Of transactions that run side by side the later one may commit first, so a reader stops at the oldest that still runs.

use super::{Db, Error, Result, params};
use crate::db::Value;

/// A place below which no row can appear any more, taken before the rows are read.
pub(crate) struct Settled(Option<i64>);

impl Db {
    /// Only transactions of this database are asked about: others of the server may run for hours.
    pub(crate) async fn settled(&self) -> Result<Settled> {
        match self {
            Self::Sqlite(_) => Ok(Settled(None)),
            Self::Postgres(_) => {
                const NEXT: &str = "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
                const RUNNING: &str = "select backend_xid::text::bigint from pg_stat_activity
                    where backend_xid is not null and datname = current_database()";
                let (next,) = self.optional::<(i64,)>(NEXT, params![]).await?.ok_or(Error::NoRow)?;
                let running = self.all::<(i64,)>(RUNNING, params![]).await?;
                let oldest = running.into_iter().map(|(xid,)| behind(xid, next)).max().unwrap_or(0).max(0);
                Ok(Settled(Some(next - oldest)))
            }
        }
    }

    /// Inside of a statement: the place from which on there may be events of the company `$company` that the statement does not see.
    /// A transaction that runs long, of whichever database of the server, only makes it lie further back than it must.
    pub(crate) fn unseen_place(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "select coalesce(max(e.place), 0) + 1 from events e where e.company_id = $company",
            Self::Postgres(_) => "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
        }
    }
}

/// How far `xid`, of which only 32 bits are told, lies behind `next`.
fn behind(xid: i64, next: i64) -> i64 {
    let distance = (next - xid) & 0xffff_ffff;
    if distance < 0x8000_0000 { distance } else { distance - 0x1_0000_0000 }
}

impl Settled {
    /// A condition on a row of the table `e`.
    pub(crate) fn condition(&self) -> (&'static str, Vec<Value>) {
        match self.0 {
            None => ("1 = 1", params![]),
            Some(oldest) => ("e.place < ?", params![oldest]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::behind;

    #[test]
    fn transaction_ids_are_told_without_their_upper_half() {
        assert_eq!(behind(5, 7), 2);
        assert_eq!(behind(7, 5), -2);
        assert_eq!(behind(5, 0x3_0000_0007), 2);
        assert_eq!(behind(0xffff_fffe, 0x1_0000_0003), 5);
        assert_eq!(behind(3, 0xffff_fffe), -5);
    }
}
