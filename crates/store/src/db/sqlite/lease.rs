//! A connection while one task has it.

use std::ops::Deref;

use rusqlite::{CachedStatement, Connection};

use super::{SqliteRow, lasting};
use crate::db::{
    Error, Result, Value,
    lent::{Lent, Place},
};

/// A connection until it is dropped; a transaction that is open then is rolled back.
pub struct Lease {
    /// `None` only while it is dropped.
    connection: Option<Connection>,
    place: Place<Connection>,
}

impl Lent<Connection> {
    /// The next one that is free.
    pub async fn lend(&self) -> Result<Lease> {
        let place = self.place().await?;
        // As many places as connections: only closing took it away.
        let connection = Some(place.take().ok_or(Error::Closed)?);
        Ok(Lease { connection, place })
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
        self.place.give_back(connection);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lent() -> Lent<Connection> {
        Lent::of(1, vec![Connection::open_in_memory().unwrap()])
    }

    #[tokio::test]
    async fn what_was_not_committed_is_gone_for_the_next_one() {
        let lent = lent();
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
        let lent = lent();
        let lease = lent.lend().await.unwrap();
        lease.execute("pragma foreign_keys = on", &[]).unwrap();
        lease.execute("create table parents (id integer primary key)", &[]).unwrap();
        lease.execute("create table children (parent integer references parents)", &[]).unwrap();
        lease.execute("begin immediate", &[]).unwrap();
        let orphan = lease.row("insert into children values ($1) returning parent", &[Value::from(7_i64)]);
        assert!(orphan.is_err_and(|error| error.is_missing_reference()));
    }
}
