//! A database for one test.

use std::path::PathBuf;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

#[derive(Clone)]
pub(crate) struct Database {
    pub(crate) url: String,
    kept: Kept,
}

#[derive(Clone)]
enum Kept {
    Folder(PathBuf),
    Server { admin: String, name: String },
}

const SERVER: &str = "RINGBACK_TEST_POSTGRES";
const SKIP: &str = "RINGBACK_TEST_SKIP_POSTGRES";

impl Database {
    /// `None`: there is no PostgreSQL and the tests on it were renounced by name. Otherwise its absence is a failure:
    /// half of the tests never look as if they had passed.
    pub(crate) async fn create(engine: Engine) -> Option<Self> {
        let name = format!("ringback_test_{}", Uuid::now_v7().simple());
        match engine {
            Engine::Sqlite => {
                let folder = std::env::temp_dir().join(&name);
                std::fs::create_dir_all(&folder).unwrap();
                let url = format!("sqlite:{}", folder.join("ringback.db").display());
                Some(Self { url, kept: Kept::Folder(folder) })
            }
            Engine::Postgres => {
                let Ok(admin) = std::env::var(SERVER) else {
                    assert!(
                        std::env::var(SKIP).is_ok_and(|skip| skip == "1"),
                        "not run: {SERVER} names no server. `cargo xtask with-postgres -- cargo test` starts one; {SKIP}=1 does without"
                    );
                    eprintln!("not run: no PostgreSQL ({SKIP}=1)");
                    return None;
                };
                let mut connection = PgConnection::connect(&admin).await.unwrap();
                sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
                let (server, _) = admin.rsplit_once('/').unwrap();
                Some(Self { url: format!("{server}/{name}"), kept: Kept::Server { admin, name } })
            }
        }
    }

    pub(crate) fn engine(&self) -> Engine {
        match self.kept {
            Kept::Folder(_) => Engine::Sqlite,
            Kept::Server { .. } => Engine::Postgres,
        }
    }

    /// Also when the test panics.
    pub(crate) fn removed_when_dropped(&self) -> RemovedWhenDropped {
        let kept = std::env::var("RINGBACK_TEST_KEEP").is_ok_and(|keep| keep == "1");
        RemovedWhenDropped(match &self.kept {
            Kept::Folder(folder) if !kept => Some(folder.clone()),
            _ => None,
        })
    }

    pub(crate) async fn remove(&self) {
        match &self.kept {
            Kept::Folder(folder) => std::fs::remove_dir_all(folder).unwrap(),
            Kept::Server { admin, name } => {
                let mut connection = PgConnection::connect(admin).await.unwrap();
                let drop = format!("drop database {name} with (force)");
                sqlx::query(AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }
}

pub(crate) struct RemovedWhenDropped(Option<PathBuf>);

impl Drop for RemovedWhenDropped {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            // A test that passed has removed it already.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}
