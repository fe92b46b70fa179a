//! Transactions.

use std::borrow::Cow;

use ringback_domain::ids::CallId;
use tokio::task::coop::consume_budget;

use super::{Error, FromRecord, Lease, PostgresLease, Record, Result, Value, checkpoints::Checkpoints, lasting, later};
use crate::{outbox::NewEvent, told::Told};

pub(super) enum Conn {
    /// With what counts its commits, where it writes.
    Sqlite(Lease, Option<Checkpoints>),
    Postgres(PostgresLease),
}

/// A transaction, and the events that commit with it. Dropped without [`Tx::commit`], nothing happened.
pub struct Tx {
    conn: Conn,
    events: Vec<NewEvent>,
    /// Of the events that are written already.
    told: Told,
    later: Vec<later::Statement>,
    /// It has written the company's credit account: what it reads of it stays so until the end.
    pub(crate) holds_account: bool,
    /// It ends this call, and may give its channel to the next one.
    pub(crate) frees_channel_of: Option<CallId>,
}

impl Tx {
    pub(super) fn on(conn: Conn) -> Self {
        Self { conn, events: Vec::new(), told: Told::default(), later: Vec::new(), holds_account: false, frees_channel_of: None }
    }

    /// How many rows it has written.
    pub async fn execute(&mut self, sql: &'static str, params: Vec<Value>) -> Result<u64> {
        self.run(sql.into(), params).await
    }

    /// Like [`Tx::execute`] for a statement that writes many rows: other tasks go on meanwhile.
    pub(crate) async fn execute_many(&mut self, sql: &'static str, params: Vec<Value>) -> Result<u64> {
        match &self.conn {
            Conn::Sqlite(lease, _) => lasting(|| lease.execute(sql, &params)),
            Conn::Postgres(_) => self.run(sql.into(), params).await,
        }
    }

    /// Like [`Tx::execute`] for SQL that is put together from parts. The parts are literals; what came from outside is bound.
    pub async fn execute_built(&mut self, sql: String, params: Vec<Value>) -> Result<u64> {
        self.run(sql.into(), params).await
    }

    async fn run(&mut self, sql: Cow<'static, str>, params: Vec<Value>) -> Result<u64> {
        match &mut self.conn {
            Conn::Sqlite(lease, _) => {
                consume_budget().await;
                lease.execute(&sql, &params)
            }
            Conn::Postgres(lease) => lease.execute(sql, params).await,
        }
    }

    pub async fn optional<T: FromRecord>(&mut self, sql: &'static str, params: Vec<Value>) -> Result<Option<T>> {
        self.row(sql.into(), params).await
    }

    async fn row<T: FromRecord>(&mut self, sql: Cow<'static, str>, params: Vec<Value>) -> Result<Option<T>> {
        let row = match &mut self.conn {
            Conn::Sqlite(lease, _) => {
                consume_budget().await;
                lease.row(&sql, &params)?.map(Record::Sqlite)
            }
            Conn::Postgres(lease) => lease.row(sql, params).await?,
        };
        row.as_ref().map(T::from_record).transpose()
    }

    /// Like [`Tx::optional`], behind what is left for later. On PostgreSQL both are one statement, on one snapshot.
    pub(crate) async fn optional_with_later<T: FromRecord>(&mut self, sql: &'static str, params: Vec<Value>) -> Result<Option<T>> {
        if matches!(self.conn, Conn::Sqlite(..)) {
            self.flush().await?;
            return self.optional(sql, params).await;
        }
        self.later(sql, params);
        match later::as_one(std::mem::take(&mut self.later)) {
            Some(later::Statement { sql, params }) => self.row(sql, params).await,
            None => Ok(None),
        }
    }

    /// Exactly one row: its absence is a fault of ours, not a case.
    pub async fn one<T: FromRecord>(&mut self, sql: &'static str, params: Vec<Value>) -> Result<T> {
        self.optional(sql, params).await?.ok_or(Error::NoRow)
    }

    pub async fn all<T: FromRecord>(&mut self, sql: &'static str, params: Vec<Value>) -> Result<Vec<T>> {
        self.rows(sql.into(), params).await
    }

    /// Like [`Tx::all`] for SQL that is put together from parts.
    pub(crate) async fn all_built<T: FromRecord>(&mut self, sql: String, params: Vec<Value>) -> Result<Vec<T>> {
        self.rows(sql.into(), params).await
    }

    async fn rows<T: FromRecord>(&mut self, sql: Cow<'static, str>, params: Vec<Value>) -> Result<Vec<T>> {
        let rows: Vec<Record> = match &mut self.conn {
            Conn::Sqlite(lease, _) => {
                consume_budget().await;
                lease.rows(&sql, &params)?.into_iter().map(Record::Sqlite).collect()
            }
            Conn::Postgres(lease) => lease.rows(sql, params).await?,
        };
        rows.iter().map(T::from_record).collect()
    }

    /// Behind a `select`: locks the rows that nobody else holds and leaves out the others, so that whoever takes many never
    /// waits for one. SQLite has one writer: whoever asks holds all of them.
    pub(crate) fn locking_what_is_free(&self) -> &'static str {
        match &self.conn {
            Conn::Sqlite(..) => "",
            Conn::Postgres(_) => " for no key update skip locked",
        }
    }

    /// Behind a `select`: waits for the rows `b` of it, reads them as they are then, and locks them.
    pub(crate) fn locking_b(&self) -> &'static str {
        match &self.conn {
            Conn::Sqlite(..) => "",
            Conn::Postgres(_) => " for no key update of b",
        }
    }

    /// Writes at commit, in one round trip with whatever else is written then: nothing of the transaction may look at these
    /// rows before, or write one of them for later a second time, unless [`Tx::flush`] lies between.
    pub(crate) fn later(&mut self, sql: &'static str, params: Vec<Value>) {
        self.later.push(later::Statement { sql: sql.into(), params });
    }

    /// Like [`Tx::later`] for SQL that is put together from parts.
    pub(crate) fn later_built(&mut self, sql: String, params: Vec<Value>) {
        self.later.push(later::Statement { sql: sql.into(), params });
    }

    /// Announces a change of this transaction; written at commit.
    pub(crate) fn announce(&mut self, event: NewEvent) {
        self.events.push(event);
    }

    /// What was announced is not to be told after all: the thing it tells of is being erased.
    pub(crate) fn forget_events(&mut self) {
        self.events.clear();
    }

    pub(crate) fn announced(&self) -> &[NewEvent] {
        &self.events
    }

    /// What all its events say once it has committed.
    pub(crate) fn told(&mut self) -> Told {
        self.told.add(&self.events);
        std::mem::take(&mut self.told)
    }

    /// Writes what is left for later, now.
    pub(crate) async fn flush(&mut self) -> Result<()> {
        let mut later = std::mem::take(&mut self.later);
        if matches!(self.conn, Conn::Postgres(_)) {
            later = later::as_one(later).into_iter().collect();
        }
        for later::Statement { sql, params } in later {
            self.run(sql, params).await?;
        }
        Ok(())
    }

    /// Writes what is left and the announced events now, for transactions of many rows: a statement has room for so many values.
    pub(crate) async fn flush_events(&mut self) -> Result<()> {
        const AT_ONCE: usize = 1000;
        self.flush().await?;
        self.told.add(&self.events);
        let mut events = std::mem::take(&mut self.events).into_iter();
        loop {
            let some: Vec<NewEvent> = events.by_ref().take(AT_ONCE).collect();
            if some.is_empty() {
                return Ok(());
            }
            for (sql, params) in crate::outbox::insert(some) {
                self.later_built(sql, params);
            }
            self.flush().await?;
        }
    }

    pub(crate) async fn roll_back(self) -> Result<()> {
        match self.conn {
            Conn::Sqlite(lease, _) => drop(lease),
            Conn::Postgres(lease) => lease.roll_back().await?,
        }
        Ok(())
    }

    /// Writes what is left and the announced events, and commits all together (I5).
    pub async fn commit(mut self) -> Result<()> {
        let events = std::mem::take(&mut self.events);
        for (sql, params) in crate::outbox::insert(events) {
            self.later_built(sql, params);
        }
        self.flush().await?;
        match self.conn {
            Conn::Sqlite(lease, checkpoints) => {
                lasting(|| lease.execute("commit", &[]))?;
                if let Some(checkpoints) = checkpoints {
                    checkpoints.committed(lease.total_changes());
                }
            }
            Conn::Postgres(lease) => lease.commit().await?,
        }
        Ok(())
    }
}
