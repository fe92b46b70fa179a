//! Migrations: run at start, by one node at a time.

use std::{
    borrow::Cow,
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use rusqlite::Connection;
use sqlx::{
    Postgres,
    migrate::{MigrateDatabase as _, MigrateError, Migration, Migrator},
};

use super::{Db, Error, Lease, Result, lasting};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Brings the database to this version; other nodes wait for it: on PostgreSQL by an advisory lock, on SQLite by a lock on a
/// file beside the database.
pub async fn migrate(db: &Db) -> Result<()> {
    match db {
        Db::Sqlite(sqlite) => {
            let writer = sqlite.writer().lend().await?;
            lasting(|| migrate_sqlite(&writer))
        }
        Db::Postgres(postgres) => {
            // `run` asks for more than a lent connection can promise; this is what it calls.
            POSTGRES.run_direct(None, &mut *postgres.lend().await?, false).await?;
            settle_what_came_from_elsewhere(db).await
        }
    }
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

/// In the table, and by the rules, that sqlx has for PostgreSQL: what ran must be known and unchanged, each runs in a
/// transaction of its own.
fn migrate_sqlite(writer: &Lease) -> Result<()> {
    const TABLE: &str = "create table if not exists _sqlx_migrations (version bigint primary key, description text not null,
        installed_on timestamp not null default current_timestamp, success boolean not null, checksum blob not null,
        execution_time bigint not null)";
    const RAN: &str = "select version, checksum from _sqlx_migrations";
    let lock = lock_beside(writer)?;
    writer.execute(TABLE, &[])?;
    let ran: Vec<(i64, Vec<u8>)> =
        writer.prepare(RAN)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    for (version, checksum) in &ran {
        let known = SQLITE.iter().find(|known| known.version == *version).ok_or(MigrateError::VersionMissing(*version))?;
        if known.checksum != Cow::Borrowed(checksum.as_slice()) {
            return Err(MigrateError::VersionMismatch(*version).into());
        }
    }
    for next in SQLITE.iter().filter(|next| ran.iter().all(|(version, _)| *version != next.version)) {
        apply(writer, next)?;
    }
    // Held until here, and let go by the system however this process ends.
    drop(lock);
    Ok(())
}

fn apply(writer: &Connection, migration: &Migration) -> Result<()> {
    const RAN: &str = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (?1, ?2, true, ?3, 0)";
    let tx = writer.unchecked_transaction()?;
    tx.execute_batch(migration.sql.as_str())?;
    tx.execute(RAN, (migration.version, migration.description.as_ref(), migration.checksum.as_ref()))?;
    Ok(tx.commit()?)
}

/// Nobody else opens or migrates this SQLite database until the file is dropped.
pub(super) fn lock_beside(writer: &Connection) -> Result<File> {
    let mut name = writer.path().unwrap_or_default().to_owned();
    name.push_str(".lock");
    // Nobody else's to hold: whoever has it keeps this process from starting.
    let opened = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(Path::new(&name));
    let locked = opened.and_then(|file| match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            tracing::info!(
                event = "database.waiting_for_migrations",
                file = name,
                "another process makes the database or brings it to its version"
            );
            file.lock().map(|()| file)
        }
        Err(TryLockError::Error(error)) => Err(error),
    });
    locked.map_err(|error| Error::NoLock { file: name, error })
}

/// Whether there is such a database; nothing is made.
pub async fn exists(url: &str) -> Result<bool> {
    match crate::address::file_of(url) {
        Some(file) => Ok(file.exists()),
        None => Ok(Postgres::database_exists(url).await?),
    }
}

/// How many migrations this version has that the database has not.
pub async fn pending(db: &Db) -> Result<usize> {
    let known = match db {
        Db::Sqlite(_) => &SQLITE,
        Db::Postgres(_) => &POSTGRES,
    };
    let done = db.all::<(i64,)>("select version from _sqlx_migrations where success", vec![]).await;
    let done = done.map_or(0, |rows| rows.len());
    Ok(known.iter().count().saturating_sub(done))
}

pub(super) async fn create_postgres(url: &str) -> Result<()> {
    let made = Postgres::create_database(url).await.map_err(Error::from);
    // Another process may have been faster: either code is how PostgreSQL says so.
    let made_meanwhile = |error: &Error| matches!(error.postgres_code().as_deref(), Some("42P04" | "23505"));
    match made {
        Err(error) if !made_meanwhile(&error) => Err(error),
        _ => Ok(()),
    }
}
