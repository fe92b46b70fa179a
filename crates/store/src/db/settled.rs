//! Which rows nothing can still appear before. Ids are made before their transaction commits, and on PostgreSQL the later
//! one may commit first: whoever reads on behind the last id that he saw would miss the earlier. SQLite has one writer.

use super::{Db, Result, params};
use crate::db::Value;

/// A transaction id that is older than all that still run, taken before the rows are read.
pub(crate) struct Settled(Option<i64>);

impl Db {
    /// Only transactions of this database are asked about: others of the server may run for hours.
    pub(crate) async fn settled(&self) -> Result<Settled> {
        match self {
            Self::Sqlite { .. } => Ok(Settled(None)),
            Self::Postgres(_) => {
                const NEXT: &str = "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint & 4294967295";
                const RUNNING: &str = "select backend_xid::text::bigint from pg_stat_activity
                    where backend_xid is not null and datname = current_database()";
                let next = self.optional::<(i64,)>(NEXT, params![]).await?.map_or(0, |(xid,)| xid);
                let running = self.all::<(i64,)>(RUNNING, params![]).await?;
                let oldest = running.into_iter().map(|(xid,)| xid).max_by_key(|xid| behind(*xid, next));
                Ok(Settled(Some(oldest.filter(|xid| behind(*xid, next) > 0).unwrap_or(next))))
            }
        }
    }
}

/// How far `xid` lies behind `next`; ids have 32 bits and begin again.
fn behind(xid: i64, next: i64) -> i64 {
    let distance = (next - xid) & 0xffff_ffff;
    if distance < 0x8000_0000 { distance } else { distance - 0x1_0000_0000 }
}

impl Settled {
    /// A condition on a row of the table `e`.
    pub(crate) fn condition(&self) -> (&'static str, Vec<Value>) {
        match self.0 {
            None => ("1 = 1", params![]),
            Some(oldest) => ("((? - e.xmin::text::bigint) & 4294967295) between 1 and 2147483647", params![oldest]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::behind;

    #[test]
    fn transaction_ids_begin_again() {
        assert_eq!(behind(5, 7), 2);
        assert_eq!(behind(7, 5), -2);
        assert_eq!(behind(0xffff_fffe, 3), 5);
        assert_eq!(behind(3, 0xffff_fffe), -5);
    }
}
