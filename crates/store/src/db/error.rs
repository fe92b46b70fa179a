//! What can go wrong with a database, and what it means.

use rusqlite::{ErrorCode, ffi};
use sqlx::error::DatabaseError;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("database: {}", told(.0))]
    Sqlite(rusqlite::Error),
    #[error("database: {0}")]
    Postgres(#[from] sqlx::Error),
    #[error("database: no connection was free within 10 s")]
    Busy,
    #[error("database: it has been closed")]
    Closed,
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("{0} lies where SQLite cannot keep its log beside it (WAL), as on some network drives; move it to a disk of this machine")]
    NoLog(String),
    #[error("{file} cannot be locked for migrations: {error}")]
    NoLock { file: String, error: std::io::Error },
    /// Its absence is a fault of ours.
    #[error("a row that must be there is not")]
    NoRow,
    /// A row that no code of ours could have written.
    #[error("column {column} holds what it may not: {reason}")]
    Corrupt { column: String, reason: String },
    #[error("a value cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0} is not a database address; accepted are sqlite:PATH and postgres://…")]
    Address(String),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// In SQLite's own words, once: rusqlite repeats them with the number.
fn told(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(words)) => words.clone(),
        other => other.to_string(),
    }
}

impl Error {
    /// The transaction lost against another and may simply run again: deadlock or serialization failure.
    pub fn is_transient(&self) -> bool {
        matches!(self.postgres_code().as_deref(), Some("40P01" | "40001"))
    }

    /// The row speaks of another that is not there.
    pub fn is_missing_reference(&self) -> bool {
        self.sqlite_code() == Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY)
            || self.postgres().is_some_and(DatabaseError::is_foreign_key_violation)
    }

    /// A unique index refused the row.
    pub fn is_taken(&self) -> bool {
        const TAKEN: [i32; 2] = [ffi::SQLITE_CONSTRAINT_UNIQUE, ffi::SQLITE_CONSTRAINT_PRIMARYKEY];
        self.sqlite_code().is_some_and(|code| TAKEN.contains(&code)) || self.postgres().is_some_and(DatabaseError::is_unique_violation)
    }

    /// The database did not answer at all, or another process held SQLite's for too long: nothing was done, later it may be.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Busy | Self::Closed => true,
            Self::Sqlite(error) => error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy),
            Self::Postgres(error) => matches!(error, sqlx::Error::Io(_)),
            _ => false,
        }
    }

    /// The connection cannot be used any more: it broke, or the server said that it closes it.
    pub(super) fn ends_connection(&self) -> bool {
        match self.postgres_code() {
            Some(code) => matches!(code.as_str(), "57P01" | "57P02" | "57P03" | "57P05" | "25P03"),
            None => true,
        }
    }

    /// The server does not take connections at this moment, as while it starts or when it has as many as it may.
    pub(super) fn is_starting(&self) -> bool {
        use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        match self {
            Self::Postgres(sqlx::Error::Io(error)) => matches!(error.kind(), ConnectionRefused | ConnectionAborted | ConnectionReset),
            _ => matches!(self.postgres_code().as_deref(), Some("57P03" | "53300")),
        }
    }

    /// The server is there, the database is not.
    pub(crate) fn is_missing_database(&self) -> bool {
        self.postgres_code().as_deref() == Some("3D000")
    }

    /// PostgreSQL's, see its appendix A.
    pub(super) fn postgres_code(&self) -> Option<String> {
        self.postgres().and_then(DatabaseError::code).map(Into::into)
    }

    fn postgres(&self) -> Option<&dyn DatabaseError> {
        match self {
            Self::Postgres(error) => error.as_database_error(),
            _ => None,
        }
    }

    /// SQLite's extended one.
    fn sqlite_code(&self) -> Option<i32> {
        match self {
            Self::Sqlite(error) => error.sqlite_error().map(|error| error.extended_code),
            _ => None,
        }
    }
}
