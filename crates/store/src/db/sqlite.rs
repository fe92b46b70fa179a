//! SQLite inside this process: one connection that writes, a few that read, each lent to one task at a time. Statements run
//! on the thread that asks for them: the way to a thread of SQLite's own and back would take longer than most of them (ADR 0007).

mod lent;
mod row;

use std::time::Duration;

use rusqlite::{Connection, config::DbConfig};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::{Error, Result, checkpoints::Checkpoints};
pub use lent::{Lease, Lent};
pub(super) use row::{FromHeld, SqliteRow};

/// Of each connection, in KiB (negative means that): 16 MiB hold the inner pages of the indexes of a million callbacks. It is taken
/// as pages are read, not before.
const CACHE: i64 = -16384;

const READERS: usize = 4;

/// More than there are: each connection keeps every statement prepared.
const STATEMENTS: usize = 512;

/// While another process writes.
const BUSY_PATIENCE: Duration = Duration::from_secs(10);

/// A database file.
#[derive(Clone)]
pub struct Sqlite {
    writer: Lent,
    readers: Lent,
    checkpoints: Checkpoints,
}

impl Sqlite {
    pub(super) fn open(url: &str) -> Result<Self> {
        let file = crate::address::file_of(url).ok_or_else(|| Error::Address(url.to_owned()))?;
        let writer = connection(&file)?;
        writer.pragma_update(None, "wal_autocheckpoint", super::checkpoints::LOG_AT_MOST)?;
        let mut readers = Vec::new();
        for _ in 0..READERS {
            let reader = connection(&file)?;
            reader.pragma_update(None, "query_only", true)?;
            readers.push(reader);
        }
        let readers = Lent::of(readers);
        Ok(Self { writer: Lent::of(vec![writer]), checkpoints: Checkpoints::beside_writer(readers.clone()), readers })
    }

    /// The only one that writes, because SQLite has one writer.
    pub fn writer(&self) -> &Lent {
        &self.writer
    }

    /// They never wait for the writer (WAL).
    pub fn readers(&self) -> &Lent {
        &self.readers
    }

    pub(super) fn checkpoints(&self) -> &Checkpoints {
        &self.checkpoints
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

fn connection(file: &std::path::Path) -> Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY_PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", CACHE)?;
    // What a statement of many rows would undo is kept in memory too, not in a file.
    connection.pragma_update(None, "temp_store", "memory")?;
    // One plan for a statement, whatever its values: else it is prepared anew when they change.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Does what may last (it writes to the disk, reads many rows, waits for another process) without holding up other tasks.
pub(super) fn lasting<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
