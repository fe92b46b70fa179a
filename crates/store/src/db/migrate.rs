//! Migrations: run at start, by one node at a time.

use sqlx::migrate::Migrator;

use super::{Db, Result};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Brings the database to this version; other nodes wait (an advisory lock on PostgreSQL, the write lock on SQLite).
pub async fn migrate(db: &Db) -> Result<()> {
    match db {
        Db::Sqlite { writer, .. } => SQLITE.run(writer).await?,
        Db::Postgres(pool) => POSTGRES.run(pool).await?,
    }
    Ok(())
}

/// How many migrations this version has that the database has not.
pub async fn pending(db: &Db) -> Result<usize> {
    let known = match db {
        Db::Sqlite { .. } => &SQLITE,
        Db::Postgres(_) => &POSTGRES,
    };
    let done = db.all::<(i64,)>("select version from _sqlx_migrations where success", vec![]).await;
    let done = done.map(|rows| rows.len()).unwrap_or(0);
    Ok(known.iter().count().saturating_sub(done))
}
