//! Migrations: run at start, by one node at a time.

use std::{fs::File, path::Path};

use sqlx::{
    Postgres, Sqlite,
    migrate::{MigrateDatabase as _, Migrator},
    pool::Pool,
};

use super::{Db, Error, Result};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Brings the database to this version; other nodes wait for it: on PostgreSQL sqlx takes an advisory lock, on SQLite
/// it takes none, so there it is a lock on the file beside the database.
pub async fn migrate(db: &Db) -> Result<()> {
    match db {
        Db::Sqlite { writer, .. } => {
            let lock = lock_beside(writer).await?;
            SQLITE.run(writer).await?;
            // Held until here, and let go by the system however this process ends.
            drop(lock);
        }
        Db::Postgres(pool) => {
            POSTGRES.run(pool).await?;
            settle_what_came_from_elsewhere(db).await?;
        }
    }
    Ok(())
}

/// Events that were restored into another server carry transactions that this one has yet to come to: they are over.
async fn settle_what_came_from_elsewhere(db: &Db) -> Result<()> {
    const AHEAD: &str = "select cast(1 as bigint) from companies c
        where (select max(e.place) from events e where e.company_id = c.id) > pg_snapshot_xmax(pg_current_snapshot())::text::bigint limit 1";
    const SETTLE: &str = "update events set place = 0 where place > pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
    if db.optional::<(i64,)>(AHEAD, vec![]).await?.is_some() {
        let mut tx = db.begin().await?;
        tx.execute(SETTLE, vec![]).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn lock_beside(writer: &Pool<Sqlite>) -> Result<Option<File>> {
    let options = writer.connect_options();
    let database = options.get_filename();
    if !database.is_file() {
        // In memory: nobody else sees it.
        return Ok(None);
    }
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let locked = tokio::task::spawn_blocking(move || -> std::io::Result<File> {
        let file = File::options().create(true).truncate(false).write(true).open(Path::new(&name))?;
        file.lock()?;
        Ok(file)
    });
    let file = locked.await.map_err(std::io::Error::other).and_then(|file| file);
    file.map(Some).map_err(|error| Error::Database(sqlx::Error::Io(error)))
}

/// Whether there is such a database; nothing is made.
pub async fn exists(url: &str) -> Result<bool> {
    Ok(if url.starts_with("sqlite:") { Sqlite::database_exists(url).await? } else { Postgres::database_exists(url).await? })
}

/// How many migrations this version has that the database has not.
pub async fn pending(db: &Db) -> Result<usize> {
    let known = match db {
        Db::Sqlite { .. } => &SQLITE,
        Db::Postgres(_) => &POSTGRES,
    };
    let done = db.all::<(i64,)>("select version from _sqlx_migrations where success", vec![]).await;
    let done = done.map_or(0, |rows| rows.len());
    Ok(known.iter().count().saturating_sub(done))
}

/// The server is there, the database is not (SQLSTATE 3D000).
pub(super) fn is_missing(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some("3D000")
}

pub(super) async fn create_postgres(url: &str) -> Result<()> {
    let made = Postgres::create_database(url).await;
    // Another process may have been faster: either code is how PostgreSQL says so.
    let made_meanwhile = |code: Option<&str>| matches!(code, Some("42P04" | "23505"));
    match made {
        Err(error) if !made_meanwhile(error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref()) => Err(error.into()),
        _ => Ok(()),
    }
}
