//! SQLite's log, brought into the database beside the writer: left to itself SQLite does it in whichever commit fills the log, and
//! everybody waits for that one.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use rusqlite::Connection;
use tokio::sync::mpsc;

use super::{Error, Lent, lasting};

/// About ten megabytes of log.
const COMMITS: u32 = 64;

/// Pages (64 MiB) at which the writer does it after all: under an unbroken load only he comes to the log's end, which lets it
/// begin anew. Little is left to do for him then.
pub(super) const LOG_AT_MOST: i64 = 16384;

/// Counts commits; the last one to go ends the task that they wake.
#[derive(Clone)]
pub(super) struct Checkpoints {
    commits: Arc<AtomicU32>,
    due: mpsc::Sender<()>,
}

impl Checkpoints {
    pub(super) fn beside_writer(readers: Lent<Connection>) -> Self {
        let (due, mut told) = mpsc::channel(1);
        tokio::spawn(async move {
            while told.recv().await.is_some() {
                // Passive: waits for nobody, and nobody waits for it. What it could not do is done the next time.
                let done = readers.lend().await.and_then(|reader| lasting(|| reader.execute("pragma wal_checkpoint(passive)", &[])));
                match done {
                    Err(Error::Closed) => return,
                    Err(error) => tracing::warn!(event = "database.checkpoint_failed", %error, "the log grows until it can be brought in"),
                    Ok(_) => {}
                }
            }
        });
        Self { commits: Arc::default(), due }
    }

    pub(super) fn committed(&self) {
        if self.commits.fetch_add(1, Ordering::Relaxed) % COMMITS == COMMITS - 1 {
            // Where one waits already, it will see these commits, too.
            let _ = self.due.try_send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::db::Db;

    #[tokio::test]
    async fn the_log_reaches_the_database_while_the_writer_never_asks_for_it() {
        let folder = std::env::temp_dir().join(format!("ringback-checkpoints-{:016x}", rand::random::<u64>()));
        std::fs::create_dir(&folder).unwrap();
        let path = folder.join("ringback.db");
        let db = Db::connect(&format!("sqlite:{}", path.display())).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        tx.execute("create table rows (text text)", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        let before = std::fs::metadata(&path).unwrap().len();
        for _ in 0..COMMITS {
            let mut tx = db.begin().await.unwrap();
            tx.execute("insert into rows (text) values ($1)", vec!["x".repeat(5000).into()]).await.unwrap();
            tx.commit().await.unwrap();
        }
        let grows = async {
            while std::fs::metadata(&path).unwrap().len() == before {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), grows).await.expect("the database grows");
        db.close().await;
        std::fs::remove_dir_all(folder).unwrap();
    }
}
