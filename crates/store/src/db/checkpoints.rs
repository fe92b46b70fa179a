//! SQLite's log, brought into the database beside the writer: left to itself SQLite does it in whichever commit fills the log, and
//! everybody waits for that one.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::{Error, Lent, lasting};

/// Written rows, about 500 kB of log. Whoever commits meanwhile waits for the disk too, so little is brought in at once.
const ROWS: u64 = 128;

/// Pages (64 MiB) at which the writer does it after all: under an unbroken load only he comes to the log's end, which lets it
/// begin anew. Little is left to do for him then.
pub(super) const LOG_AT_MOST: i64 = 16384;

/// Counts what is written; the last one to go ends the task that it wakes.
#[derive(Clone)]
pub(super) struct Checkpoints {
    /// Rows that the writer had written when the log was last to be brought in.
    brought_in: Arc<AtomicU64>,
    /// One permit, which goes with each order to bring the log in.
    at_rest: Arc<Semaphore>,
    due: mpsc::Sender<OwnedSemaphorePermit>,
}

impl Checkpoints {
    pub(super) fn beside_writer(readers: Lent<Connection>) -> Self {
        let (due, mut told) = mpsc::channel(1);
        tokio::spawn(async move {
            while let Some(_busy) = told.recv().await {
                // Passive: waits for nobody, and nobody waits for it. What it could not do is done the next time.
                let done = readers.lend().await.and_then(|reader| lasting(|| reader.execute("pragma wal_checkpoint(passive)", &[])));
                match done {
                    Err(Error::Closed) => return,
                    Err(error) => tracing::warn!(event = "database.checkpoint_failed", %error, "the log grows until it can be brought in"),
                    Ok(_) => {}
                }
            }
        });
        Self { brought_in: Arc::default(), at_rest: Arc::new(Semaphore::new(1)), due }
    }

    /// `rows`: as many as the writer, which is still lent, has written since it was opened.
    pub(super) fn committed(&self, rows: u64) {
        if rows - self.brought_in.load(Ordering::Relaxed) < ROWS {
            return;
        }
        // While it is being brought in, the next commit asks again.
        if let Ok(busy) = Arc::clone(&self.at_rest).try_acquire_owned() {
            self.brought_in.store(rows, Ordering::Relaxed);
            let _ = self.due.try_send(busy);
        }
    }

    /// Until the log is not being brought in.
    pub(super) async fn rest(&self) {
        drop(self.at_rest.acquire().await);
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
        for _ in 0..ROWS {
            let mut tx = db.begin().await.unwrap();
            tx.execute("insert into rows (text) values ($1)", vec!["x".repeat(500).into()]).await.unwrap();
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
