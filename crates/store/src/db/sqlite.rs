//! SQLite inside this process: one connection that writes, a few that read, each lent to one task at a time. Statements run
//! on the thread that asks for them: the way to a thread of SQLite's own and back would take longer than most of them (ADR 0007).

mod lease;
mod row;

use std::time::Duration;

use rusqlite::{Connection, config::DbConfig};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::{Error, Lent, Result, checkpoints::Checkpoints, migrate::lock_beside};
pub use lease::Lease;
pub(super) use row::{FromHeld, SqliteRow};

/// Of each connection, in KiB (negative means that): 16 MiB hold the inner pages of the indexes of a million callbacks. It is taken
/// as pages are read, not before.
const CACHE: i64 = -16384;

const READERS: u32 = 4;

/// More than there are: each connection keeps every statement prepared.
const STATEMENTS: usize = 512;

/// While another process writes.
const BUSY_PATIENCE: Duration = Duration::from_secs(10);

/// A database file.
#[derive(Clone)]
pub struct Sqlite {
    writer: Lent<Connection>,
    readers: Lent<Connection>,
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
        let readers = Lent::of(READERS, readers);
        Ok(Self { writer: Lent::of(1, vec![writer]), checkpoints: Checkpoints::beside_writer(readers.clone()), readers })
    }

    /// The only one that writes, because SQLite has one writer.
    pub fn writer(&self) -> &Lent<Connection> {
        &self.writer
    }

    /// They never wait for the writer (WAL).
    pub fn readers(&self) -> &Lent<Connection> {
        &self.readers
    }

    pub(super) fn checkpoints(&self) -> &Checkpoints {
        &self.checkpoints
    }

    pub(super) async fn close(&self) {
        let readers = self.readers.close().await;
        let writer = self.writer.close().await;
        // The last one to close brings the log into the database.
        lasting(|| drop((readers, writer)));
    }
}

fn connection(file: &std::path::Path) -> Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY_PATIENCE)?;
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if mode != "wal" {
        // One process at a time: SQLite waits for nobody while it changes the mode of the file.
        let lock = lock_beside(&connection)?;
        let mode: String = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
        drop(lock);
        if mode != "wal" {
            return Err(Error::NoLog(file.display().to_string()));
        }
    }
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
