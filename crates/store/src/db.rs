//! Two engines behind one door: connections, transactions, parameters, rows.

mod checkpoints;
mod later;
mod migrate;
mod record;
mod rows;
mod settled;
mod value;

use std::{borrow::Cow, str::FromStr, time::Duration};

use ringback_domain::ids::CallId;
use sqlx::{
    PgPool, Postgres, Sqlite, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use checkpoints::Checkpoints;
pub use migrate::{exists, migrate, pending};
pub(crate) use record::from_record;
pub use record::{Column, FromRecord, Record};
pub(crate) use rows::{ROWS_AT_ONCE, any_of, places};
pub use value::Value;
pub(crate) use value::params;

use crate::{outbox::NewEvent, told::Told};

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row that no code of ours could have written.
    #[error("column {column} holds what it may not: {reason}")]
    Corrupt { column: String, reason: String },
    #[error("{0} is not a database address; accepted are sqlite:PATH and postgres://…")]
    Address(String),
}

impl Error {
    /// The transaction lost against another and may simply run again: deadlock or serialization failure.
    pub fn is_transient(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        matches!(code.as_deref(), Some("40P01" | "40001"))
    }

    /// The row speaks of another that is not there.
    pub fn is_missing_reference(&self) -> bool {
        matches!(self, Self::Database(error) if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation))
    }

    /// The connection had ended while nobody used it (the server restarted, an operator or a proxy closed it).
    fn is_lost_connection(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        matches!(error, sqlx::Error::Io(_)) || matches!(code.as_deref(), Some("57P01" | "57P02" | "57P03"))
    }

    /// The database did not answer at all, or another process held SQLite's for too long: nothing was done, later it may be.
    pub fn is_unavailable(&self) -> bool {
        const BUSY: [&str; 3] = ["5", "261", "517"];
        let Self::Database(error) = self else { return false };
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_))
            || code.is_some_and(|code| BUSY.contains(&code.as_ref()))
    }

    /// A unique index refused the row.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Database(error) if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation))
    }
}

/// Connections to PostgreSQL. A statement lasts well below a millisecond, so a few keep the server busy; each more one costs it
/// memory and has its own plans to make.
const POSTGRES_CONNECTIONS: u32 = 8;

/// Every statement is written for its indexes, whatever the values and however many the rows: one plan for each, along them.
/// Left to itself PostgreSQL plans by what it knows of the rows, which on a young database is nothing, and keeps that.
const PLANNING: [(&str, &str); 5] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
];

/// Of each connection, in KiB (negative means that): 16 MiB hold the inner pages of the indexes of a million callbacks. It is taken
/// as pages are read, not before.
const SQLITE_CACHE: &str = "-16384";

/// More than there are: each connection keeps every statement prepared.
const STATEMENTS: usize = 512;

/// Pooled connections are not asked whether they still live before each use: that would be one more round trip per use. One
/// that ended in the pool shows at its first statement, before anything was done, and the next one is taken.
macro_rules! on_living_connection {
    ($use:expr) => {{
        let mut ended = 0;
        loop {
            match async { Ok::<_, Error>($use) }.await {
                Err(error) if error.is_lost_connection() && ended < POSTGRES_CONNECTIONS => ended += 1,
                done => break done,
            }
        }
    }};
}

/// A database of either engine.
#[derive(Clone)]
pub enum Db {
    /// One writer, because SQLite has one; readers never wait for it (WAL).
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
        checkpoints: Checkpoints,
    },
    Postgres(PgPool),
}

impl Db {
    /// Connects; a database that does not exist yet is made.
    pub async fn connect(url: &str) -> Result<Self> {
        if url.starts_with("sqlite:") {
            Self::connect_sqlite(url).await
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = PgConnectOptions::from_str(url)?.application_name("ringback").options(PLANNING);
            let options = options.statement_cache_capacity(STATEMENTS);
            let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(Duration::from_secs(10));
            let pool = pool.test_before_acquire(false);
            let connected = match pool.clone().connect_with(options.clone()).await {
                Err(error) if migrate::is_missing(&error) => {
                    migrate::create_postgres(url).await?;
                    pool.connect_with(options).await
                }
                connected => connected,
            };
            Ok(Self::Postgres(connected?))
        } else {
            let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
            Err(Error::Address(format!("{scheme}:…")))
        }
    }

    async fn connect_sqlite(url: &str) -> Result<Self> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("cache_size", SQLITE_CACHE)
            // What a statement of many rows would undo is kept in memory too, not in a file.
            .pragma("temp_store", "memory")
            .statement_cache_capacity(STATEMENTS);
        let pool = || {
            let pool = SqlitePoolOptions::new().acquire_timeout(Duration::from_secs(10));
            pool.max_lifetime(None).idle_timeout(None).test_before_acquire(false)
        };
        let writing = options.clone().pragma("wal_autocheckpoint", checkpoints::LOG_AT_MOST);
        let writer = pool().max_connections(1).connect_with(writing).await?;
        let readers = pool().max_connections(4).connect_with(options.pragma("query_only", "on")).await?;
        let checkpoints = Checkpoints::beside_writer(readers.clone());
        Ok(Self::Sqlite { writer, readers, checkpoints })
    }

    pub fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// A transaction that writes. SQLite takes its write lock at once: a read that turns into a write would fail busy.
    pub async fn begin(&self) -> Result<Tx> {
        let conn = match self {
            Self::Sqlite { writer, .. } => Conn::Sqlite(writer.begin_with("begin immediate").await?),
            Self::Postgres(pool) => Conn::Postgres(on_living_connection!(pool.begin().await?)?),
        };
        Ok(Tx::on(conn, self.checkpoints()))
    }

    /// A transaction that only reads, beside the writer.
    pub async fn begin_read(&self) -> Result<Tx> {
        let conn = match self {
            Self::Sqlite { readers, .. } => Conn::Sqlite(readers.begin().await?),
            Self::Postgres(pool) => Conn::Postgres(on_living_connection!(pool.begin().await?)?),
        };
        Ok(Tx::on(conn, None))
    }

    fn checkpoints(&self) -> Option<Checkpoints> {
        match self {
            Self::Sqlite { checkpoints, .. } => Some(checkpoints.clone()),
            Self::Postgres(_) => None,
        }
    }

    pub async fn all<T: FromRecord>(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<T>> {
        let rows: Vec<Record> = match self {
            Self::Sqlite { readers, .. } => {
                let rows = sqlx::query_with(sql, value::sqlite(params)?).fetch_all(readers).await?;
                rows.into_iter().map(Record::Sqlite).collect()
            }
            Self::Postgres(pool) => {
                let rows = on_living_connection!(sqlx::query_with(sql, value::postgres(params.clone())?).fetch_all(pool).await?)?;
                rows.into_iter().map(Record::Postgres).collect()
            }
        };
        rows.iter().map(T::from_record).collect()
    }

    pub async fn optional<T: FromRecord>(&self, sql: &'static str, params: Vec<Value>) -> Result<Option<T>> {
        let row = match self {
            Self::Sqlite { readers, .. } => {
                sqlx::query_with(sql, value::sqlite(params)?).fetch_optional(readers).await?.map(Record::Sqlite)
            }
            Self::Postgres(pool) => {
                let row = on_living_connection!(sqlx::query_with(sql, value::postgres(params.clone())?).fetch_optional(pool).await?)?;
                row.map(Record::Postgres)
            }
        };
        row.as_ref().map(T::from_record).transpose()
    }

    /// Like [`Db::all`] for SQL that is put together from parts. The parts are literals; what came from outside is bound.
    pub async fn all_built<T: FromRecord>(&self, sql: String, params: Vec<Value>) -> Result<Vec<T>> {
        let rows: Vec<Record> = match self {
            Self::Sqlite { readers, .. } => {
                let query = sqlx::query_with(sqlx::AssertSqlSafe(sql), value::sqlite(params)?);
                query.fetch_all(readers).await?.into_iter().map(Record::Sqlite).collect()
            }
            Self::Postgres(pool) => {
                let query = || Ok::<_, Error>(sqlx::query_with(sqlx::AssertSqlSafe(sql.clone()), value::postgres(params.clone())?));
                let rows = on_living_connection!(query()?.fetch_all(pool).await?)?;
                rows.into_iter().map(Record::Postgres).collect()
            }
        };
        rows.iter().map(T::from_record).collect()
    }
}

enum Conn {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// A transaction, and the events that commit with it. Dropped without [`Tx::commit`], nothing happened.
pub struct Tx {
    conn: Conn,
    /// Where its commit counts.
    checkpoints: Option<Checkpoints>,
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
    fn on(conn: Conn, checkpoints: Option<Checkpoints>) -> Self {
        Self {
            conn,
            checkpoints,
            events: Vec::new(),
            told: Told::default(),
            later: Vec::new(),
            holds_account: false,
            frees_channel_of: None,
        }
    }

    pub async fn execute(&mut self, sql: &'static str, params: Vec<Value>) -> Result<u64> {
        Ok(match &mut self.conn {
            Conn::Sqlite(tx) => sqlx::query_with(sql, value::sqlite(params)?).execute(&mut **tx).await?.rows_affected(),
            Conn::Postgres(tx) => sqlx::query_with(sql, value::postgres(params)?).execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// Like [`Tx::execute`] for SQL that is put together from parts. The parts are literals; what came from outside is bound.
    pub(crate) async fn execute_built(&mut self, sql: Cow<'static, str>, params: Vec<Value>) -> Result<()> {
        let sql = sqlx::AssertSqlSafe(sql);
        match &mut self.conn {
            Conn::Sqlite(tx) => {
                sqlx::query_with(sql, value::sqlite(params)?).execute(&mut **tx).await?;
            }
            Conn::Postgres(tx) => {
                sqlx::query_with(sql, value::postgres(params)?).execute(&mut **tx).await?;
            }
        }
        Ok(())
    }

    pub async fn optional<T: FromRecord>(&mut self, sql: &'static str, params: Vec<Value>) -> Result<Option<T>> {
        let row = match &mut self.conn {
            Conn::Sqlite(tx) => sqlx::query_with(sql, value::sqlite(params)?).fetch_optional(&mut **tx).await?.map(Record::Sqlite),
            Conn::Postgres(tx) => sqlx::query_with(sql, value::postgres(params)?).fetch_optional(&mut **tx).await?.map(Record::Postgres),
        };
        row.as_ref().map(T::from_record).transpose()
    }

    /// Like [`Tx::optional`], in one journey with what is left for later: written before it on SQLite, beside it on PostgreSQL.
    pub(crate) async fn optional_with_later<T: FromRecord>(&mut self, sql: &'static str, params: Vec<Value>) -> Result<Option<T>> {
        self.later(sql, params);
        let Some(later::Statement { sql, params }) = self.take_later() else { return Ok(None) };
        let sql = sqlx::AssertSqlSafe(sql);
        let row = match &mut self.conn {
            Conn::Sqlite(tx) => sqlx::query_with(sql, value::sqlite(params)?).fetch_optional(&mut **tx).await?.map(Record::Sqlite),
            Conn::Postgres(tx) => sqlx::query_with(sql, value::postgres(params)?).fetch_optional(&mut **tx).await?.map(Record::Postgres),
        };
        row.as_ref().map(T::from_record).transpose()
    }

    /// Exactly one row: its absence is a fault of ours, not a case.
    pub async fn one<T: FromRecord>(&mut self, sql: &'static str, params: Vec<Value>) -> Result<T> {
        self.optional(sql, params).await?.ok_or(Error::Database(sqlx::Error::RowNotFound))
    }

    pub async fn all<T: FromRecord>(&mut self, sql: &'static str, params: Vec<Value>) -> Result<Vec<T>> {
        let rows: Vec<Record> = match &mut self.conn {
            Conn::Sqlite(tx) => {
                let rows = sqlx::query_with(sql, value::sqlite(params)?).fetch_all(&mut **tx).await?;
                rows.into_iter().map(Record::Sqlite).collect()
            }
            Conn::Postgres(tx) => {
                let rows = sqlx::query_with(sql, value::postgres(params)?).fetch_all(&mut **tx).await?;
                rows.into_iter().map(Record::Postgres).collect()
            }
        };
        rows.iter().map(T::from_record).collect()
    }

    /// Like [`Tx::all`] for SQL that is put together from parts.
    pub(crate) async fn all_built<T: FromRecord>(&mut self, sql: String, params: Vec<Value>) -> Result<Vec<T>> {
        let sql = sqlx::AssertSqlSafe(sql);
        let rows: Vec<Record> = match &mut self.conn {
            Conn::Sqlite(tx) => {
                let rows = sqlx::query_with(sql, value::sqlite(params)?).fetch_all(&mut **tx).await?;
                rows.into_iter().map(Record::Sqlite).collect()
            }
            Conn::Postgres(tx) => {
                let rows = sqlx::query_with(sql, value::postgres(params)?).fetch_all(&mut **tx).await?;
                rows.into_iter().map(Record::Postgres).collect()
            }
        };
        rows.iter().map(T::from_record).collect()
    }

    /// Behind a `select`: locks the rows that nobody else holds and leaves out the others, so that whoever takes many never
    /// waits for one. SQLite has one writer: whoever asks holds all of them.
    pub(crate) fn locking_what_is_free(&self) -> &'static str {
        match &self.conn {
            Conn::Sqlite(_) => "",
            Conn::Postgres(_) => " for no key update skip locked",
        }
    }

    /// Behind a `select`: waits for the rows `b` of it, reads them as they are then, and locks them.
    pub(crate) fn locking_b(&self) -> &'static str {
        match &self.conn {
            Conn::Sqlite(_) => "",
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
        match self.take_later() {
            Some(it) => self.execute_built(it.sql, it.params).await,
            None => Ok(()),
        }
    }

    fn take_later(&mut self) -> Option<later::Statement> {
        let later = std::mem::take(&mut self.later);
        match &self.conn {
            Conn::Sqlite(_) => later::in_order(later),
            Conn::Postgres(_) => later::as_one(later),
        }
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
            Conn::Sqlite(tx) => tx.rollback().await?,
            Conn::Postgres(tx) => tx.rollback().await?,
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
            Conn::Sqlite(tx) => tx.commit().await?,
            Conn::Postgres(tx) => tx.commit().await?,
        }
        if let Some(checkpoints) = self.checkpoints {
            checkpoints.committed();
        }
        Ok(())
    }
}
