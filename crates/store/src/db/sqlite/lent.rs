//! Connections that are lent to one task at a time, in the order of asking.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::{CachedStatement, Connection};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{SqliteRow, lasting};
use crate::db::{Error, Result, Value};

const PATIENCE: Duration = Duration::from_secs(10);

/// Some connections to one file.
#[derive(Clone)]
pub struct Lent(Arc<Shared>);

struct Shared {
    free: Mutex<Vec<Connection>>,
    number: u32,
    permits: Arc<Semaphore>,
}

/// A connection until it is dropped; a transaction that is open then is rolled back.
pub struct Lease {
    /// `None` only while it is dropped.
    connection: Option<Connection>,
    from: Arc<Shared>,
    _permit: OwnedSemaphorePermit,
}

impl Lent {
    pub(super) fn of(connections: Vec<Connection>) -> Self {
        let permits = Arc::new(Semaphore::new(connections.len()));
        let number = u32::try_from(connections.len()).unwrap_or(u32::MAX);
        Self(Arc::new(Shared { free: Mutex::new(connections), number, permits }))
    }

    /// How many there are.
    pub fn number(&self) -> u32 {
        self.0.number
    }

    /// The next one that is free.
    pub async fn lend(&self) -> Result<Lease> {
        let permits = || Arc::clone(&self.0.permits);
        let permit = match permits().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => timeout(PATIENCE, permits().acquire_owned()).await.map_err(|_| Error::Busy)?.map_err(|_| Error::Closed)?,
        };
        let connection = self.0.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        // As many permits as connections: only closing took it away.
        let connection = Some(connection.ok_or(Error::Closed)?);
        Ok(Lease { connection, from: Arc::clone(&self.0), _permit: permit })
    }

    /// Waits for those that are lent.
    pub(super) async fn close(&self) {
        let all = self.0.permits.acquire_many(self.0.number).await;
        self.0.permits.close();
        drop(all);
        let connections = std::mem::take(&mut *self.0.free.lock().unwrap_or_else(PoisonError::into_inner));
        // The last one to close brings the log into the database.
        lasting(|| drop(connections));
    }
}

impl Lease {
    /// How many rows it has written.
    pub(crate) fn execute(&self, sql: &str, params: &[Value]) -> Result<u64> {
        let mut statement = self.prepared(sql, params)?;
        let mut rows = statement.raw_query();
        while rows.next()?.is_some() {}
        drop(rows);
        Ok(self.changes())
    }

    /// The first row. A statement that writes is brought to its end, where SQLite checks what rows refer to.
    pub(crate) fn row(&self, sql: &str, params: &[Value]) -> Result<Option<SqliteRow>> {
        let mut statement = self.prepared(sql, params)?;
        let (names, writes) = (SqliteRow::names(&statement), !statement.readonly());
        let mut rows = statement.raw_query();
        let first = rows.next()?.map(|row| SqliteRow::of(&names, row)).transpose()?;
        while writes && rows.next()?.is_some() {}
        Ok(first)
    }

    pub(crate) fn rows(&self, sql: &str, params: &[Value]) -> Result<Vec<SqliteRow>> {
        lasting(|| {
            let mut statement = self.prepared(sql, params)?;
            let names = SqliteRow::names(&statement);
            let (mut rows, mut found) = (statement.raw_query(), Vec::new());
            while let Some(row) = rows.next()? {
                found.push(SqliteRow::of(&names, row)?);
            }
            Ok(found)
        })
    }

    /// `$1` names a parameter to SQLite, and it would be looked for by its name; `?1` is its place. Our statements hold no
    /// other dollar signs.
    fn prepared(&self, sql: &str, params: &[Value]) -> Result<CachedStatement<'_>> {
        let mut statement = self.prepare_cached(&sql.replace('$', "?"))?;
        for (nth, param) in params.iter().enumerate() {
            statement.raw_bind_parameter(nth + 1, param)?;
        }
        Ok(statement)
    }
}

impl Deref for Lease {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().unwrap_or_else(|| unreachable!("lent until it is dropped"))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if !connection.is_autocommit() && connection.execute_batch("rollback").is_err() {
            // Nothing works any more: whoever begins a transaction on it is told.
            tracing::warn!(event = "database.rollback_failed", "a transaction could not be rolled back");
        }
        self.from.free.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lent(connections: usize) -> Lent {
        Lent::of((0..connections).map(|_| Connection::open_in_memory().unwrap()).collect())
    }

    #[tokio::test]
    async fn what_was_not_committed_is_gone_for_the_next_one() {
        let lent = lent(1);
        let first = lent.lend().await.unwrap();
        first.execute("create table rows (id integer)", &[]).unwrap();
        first.execute("begin immediate", &[]).unwrap();
        first.execute("insert into rows values ($1)", &[Value::from(1_i64)]).unwrap();
        drop(first);
        let next = lent.lend().await.unwrap();
        assert!(next.is_autocommit());
        assert!(next.row("select id from rows", &[]).unwrap().is_none());
    }

    #[tokio::test]
    async fn a_write_that_tells_its_row_is_checked_like_any_other() {
        let lent = lent(1);
        let lease = lent.lend().await.unwrap();
        lease.execute("pragma foreign_keys = on", &[]).unwrap();
        lease.execute("create table parents (id integer primary key)", &[]).unwrap();
        lease.execute("create table children (parent integer references parents)", &[]).unwrap();
        lease.execute("begin immediate", &[]).unwrap();
        let orphan = lease.row("insert into children values ($1) returning parent", &[Value::from(7_i64)]);
        assert!(orphan.is_err_and(|error| error.is_missing_reference()));
    }

    #[tokio::test]
    async fn closing_waits_for_those_that_are_lent_and_lends_no_more() {
        let lent = lent(2);
        let kept = lent.lend().await.unwrap();
        let closing = tokio::spawn({
            let lent = lent.clone();
            async move { lent.close().await }
        });
        tokio::task::yield_now().await;
        assert!(!closing.is_finished());
        drop(kept);
        closing.await.unwrap();
        assert!(matches!(lent.lend().await.err(), Some(Error::Closed)));
    }
}
