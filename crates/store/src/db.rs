//! Two engines behind one door: connections, transactions, parameters, rows.

mod checkpoints;
mod error;
mod later;
mod lent;
mod migrate;
mod postgres;
mod record;
mod rows;
mod settled;
mod sqlite;
mod tx;
mod value;

use std::borrow::Cow;

use tokio::task::coop::consume_budget;

pub use error::{Error, Result};
pub use lent::Lent;
pub use migrate::{exists, migrate, pending};
pub use postgres::{Postgres, PostgresLease};
pub(crate) use record::from_record;
pub use record::{Column, FromRecord, Record};
pub(crate) use rows::{ROWS_AT_ONCE, any_of, places};
pub use sqlite::{Lease, Sqlite};
use sqlite::{SqliteRow, lasting};
use tx::Conn;
pub use tx::Tx;
pub use value::Value;
pub(crate) use value::params;

/// A database of either engine.
#[derive(Clone)]
pub enum Db {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Db {
    /// Connects; a database that does not exist yet is made.
    pub async fn connect(url: &str) -> Result<Self> {
        if url.starts_with("sqlite:") {
            Ok(Self::Sqlite(lasting(|| Sqlite::open(url))?))
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Ok(Self::Postgres(Postgres::open(url).await?))
        } else {
            let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
            Err(Error::Address(format!("{scheme}:…")))
        }
    }

    pub fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite(sqlite) => sqlite.close().await,
            Self::Postgres(postgres) => postgres.close().await,
        }
    }

    /// For whoever writes much and has time: until SQLite's log is not being brought in, so that nobody who dials meanwhile waits
    /// for the disk behind both.
    pub(crate) async fn rest(&self) {
        if let Self::Sqlite(sqlite) = self {
            sqlite.checkpoints().rest().await;
        }
    }

    /// A transaction that writes. SQLite takes its write lock at once: a read that turns into a write would fail busy.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(Tx::on(match self {
            Self::Sqlite(sqlite) => {
                let writer = sqlite.writer().lend().await?;
                lasting(|| writer.execute("begin immediate", &[]))?;
                Conn::Sqlite(writer, Some(sqlite.checkpoints().clone()))
            }
            Self::Postgres(postgres) => Conn::Postgres(postgres.begin().await?),
        }))
    }

    /// A transaction that only reads, beside the writer.
    pub async fn begin_read(&self) -> Result<Tx> {
        Ok(Tx::on(match self {
            Self::Sqlite(sqlite) => {
                let reader = sqlite.readers().lend().await?;
                reader.execute("begin", &[])?;
                Conn::Sqlite(reader, None)
            }
            Self::Postgres(postgres) => Conn::Postgres(postgres.begin().await?),
        }))
    }

    pub async fn optional<T: FromRecord>(&self, sql: &'static str, params: Vec<Value>) -> Result<Option<T>> {
        let row = match self {
            Self::Sqlite(sqlite) => {
                consume_budget().await;
                sqlite.readers().lend().await?.row(sql, &params)?.map(Record::Sqlite)
            }
            Self::Postgres(postgres) => postgres.row(sql, params).await?,
        };
        row.as_ref().map(T::from_record).transpose()
    }

    pub async fn all<T: FromRecord>(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<T>> {
        self.rows(sql.into(), params).await
    }

    /// Like [`Db::all`] for SQL that is put together from parts. The parts are literals; what came from outside is bound.
    pub async fn all_built<T: FromRecord>(&self, sql: String, params: Vec<Value>) -> Result<Vec<T>> {
        self.rows(sql.into(), params).await
    }

    async fn rows<T: FromRecord>(&self, sql: Cow<'static, str>, params: Vec<Value>) -> Result<Vec<T>> {
        let rows: Vec<Record> = match self {
            Self::Sqlite(sqlite) => {
                consume_budget().await;
                sqlite.readers().lend().await?.rows(&sql, &params)?.into_iter().map(Record::Sqlite).collect()
            }
            Self::Postgres(postgres) => postgres.rows(sql, params).await?,
        };
        rows.iter().map(T::from_record).collect()
    }

    /// Outside of any transaction, as `vacuum`, `analyze` and checkpoints ask for.
    pub async fn maintain(&self, sql: &'static str) -> Result<()> {
        match self {
            Self::Sqlite(sqlite) => {
                let writer = sqlite.writer().lend().await?;
                lasting(|| writer.execute(sql, &[]))?;
            }
            Self::Postgres(postgres) => drop(postgres.lend().await?.execute(sql.into(), vec![]).await?),
        }
        Ok(())
    }
}
