//! What is known of a database before it is opened: in which file it lies, or whether a server answers for it.

use std::{path::PathBuf, str::FromStr as _, time::Duration};

use percent_encoding::percent_decode_str;
use sqlx::{ConnectOptions as _, Connection as _, postgres::PgConnectOptions};
use tokio::time::timeout;

use crate::db;

/// Somebody sits before the terminal.
const PATIENCE: Duration = Duration::from_millis(2500);

/// Why a server could not be spoken with.
#[derive(Debug, thiserror::Error)]
pub enum NoServer {
    /// Nobody speaks there.
    #[error("no PostgreSQL answers at {place}: {cause}; start it there, or correct the address in RINGBACK_DATABASE_URL")]
    Silent { place: String, cause: String },
    /// It speaks, and refuses us.
    #[error("the PostgreSQL at {place} does not let us in: {cause}; correct RINGBACK_DATABASE_URL")]
    Refused { place: String, cause: String },
}

/// The file of an SQLite database: `sqlite:PATH`, `sqlite://PATH`, with `?mode=rwc` if need be, which it is opened with anyhow.
/// `None` for PostgreSQL, for SQLite's own addresses (`file:`), and for a database in memory, which would forget everybody.
pub fn file_of(url: &str) -> Option<PathBuf> {
    let address = url.strip_prefix("sqlite:")?;
    let (path, mode) = address.split_once('?').unwrap_or((address, "mode=rwc"));
    let path = percent_decode_str(path.strip_prefix("//").unwrap_or(path)).decode_utf8().ok()?;
    (mode == "mode=rwc" && !path.is_empty() && path != ":memory:" && !path.starts_with("file:")).then(|| PathBuf::from(path.into_owned()))
}

/// Asks once whether a server answers, and says why not. Whoever connects waits for a server that may be starting, for longer
/// than somebody at a terminal would. A database that is not there yet is no reason: it is made.
pub async fn answers(url: &str) -> Result<(), NoServer> {
    if url.starts_with("sqlite:") {
        return Ok(());
    }
    let Ok(options) = PgConnectOptions::from_str(url) else {
        // Whoever connects says what is wrong with it.
        return Ok(());
    };
    let place = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    let silent = |cause: String| NoServer::Silent { place: place.clone(), cause };
    match timeout(PATIENCE, options.connect()).await {
        Err(_) => Err(silent(format!("no answer within {} s", PATIENCE.as_secs_f32()))),
        Ok(Err(sqlx::Error::Io(error))) => Err(silent(lower_first(&error.to_string()))),
        Ok(Err(error)) => {
            let cause = error.to_string();
            if db::Error::from(error).is_missing_database() { Ok(()) } else { Err(NoServer::Refused { place, cause }) }
        }
        Ok(Ok(connection)) => {
            // It has answered; a farewell that is lost changes nothing.
            let _ = connection.close().await;
            Ok(())
        }
    }
}

/// It stands in the middle of a sentence.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_database_in_a_file_has_one() {
        let path = |url| file_of(url).map(|path| path.display().to_string());
        assert_eq!(path("sqlite:/a/b%3fc.db").as_deref(), Some("/a/b?c.db"));
        assert_eq!(path("sqlite://data/x.db?mode=rwc").as_deref(), Some("data/x.db"));
        for nowhere in ["sqlite::memory:", "sqlite:x?mode=memory", "sqlite:", "sqlite:file::memory:", "postgres://db/x"] {
            assert_eq!(path(nowhere), None, "{nowhere}");
        }
    }
}
