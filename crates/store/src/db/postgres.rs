//! PostgreSQL, spoken to over a pool of connections.

use std::{borrow::Cow, str::FromStr, time::Duration};

use sqlx::{
    AssertSqlSafe, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{Error, Record, Result, Value, migrate, value};

/// A statement lasts well below a millisecond, so a few keep the server busy; each more one costs it memory and has its own
/// plans to make.
pub(super) const CONNECTIONS: u32 = 8;

/// More than there are: each connection keeps every statement prepared.
const STATEMENTS: usize = 512;

/// Every statement is written for its indexes, whatever the values and however many the rows: one plan for each, along them.
/// Left to itself PostgreSQL plans by what it knows of the rows, which on a young database is nothing, and keeps that.
const PLANNING: [(&str, &str); 5] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
];

pub(super) async fn connect(url: &str) -> Result<PgPool> {
    let options = PgConnectOptions::from_str(url)?.application_name("ringback").options(PLANNING);
    let options = options.statement_cache_capacity(STATEMENTS);
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(Duration::from_secs(10));
    let pool = pool.test_before_acquire(false);
    match pool.clone().connect_with(options.clone()).await.map_err(Error::from) {
        Err(error) if error.is_missing_database() => {
            migrate::create_postgres(url).await?;
            Ok(pool.connect_with(options).await?)
        }
        connected => connected,
    }
}

/// Pooled connections are not asked whether they still live before each use: that would be one more round trip per use. One
/// that ended in the pool shows at its first statement, before anything was done, and the next one is taken.
macro_rules! on_living_connection {
    ($first:expr) => {{
        let mut ended = 0;
        loop {
            match async { $crate::db::Result::Ok($first) }.await {
                Err(error) if error.is_lost_connection() && ended < postgres::CONNECTIONS => ended += 1,
                done => break done,
            }
        }
    }};
}
pub(super) use on_living_connection;

pub(super) async fn execute(on: &mut PgConnection, sql: Cow<'static, str>, params: Vec<Value>) -> Result<u64> {
    Ok(sqlx::query_with(AssertSqlSafe(sql), value::postgres(params)?).execute(on).await?.rows_affected())
}

pub(super) async fn row(on: &mut PgConnection, sql: Cow<'static, str>, params: Vec<Value>) -> Result<Option<Record>> {
    let row = sqlx::query_with(AssertSqlSafe(sql), value::postgres(params)?).fetch_optional(on).await?;
    Ok(row.map(Record::Postgres))
}

pub(super) async fn rows(on: &mut PgConnection, sql: Cow<'static, str>, params: Vec<Value>) -> Result<Vec<Record>> {
    let rows = sqlx::query_with(AssertSqlSafe(sql), value::postgres(params)?).fetch_all(on).await?;
    Ok(rows.into_iter().map(Record::Postgres).collect())
}
