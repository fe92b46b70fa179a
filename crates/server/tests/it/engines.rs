//! A fresh database of each engine. PostgreSQL is the server that `RINGBACK_TEST_POSTGRES` names
//! (`cargo xtask with-postgres -- cargo test` starts one). Without it nothing passes, unless `RINGBACK_TEST_SKIP_POSTGRES=1`.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// An address under which there is nothing yet: whoever connects first makes and migrates it. With it comes a directory.
pub(crate) struct TestDatabase {
    pub(crate) url: String,
    dir: PathBuf,
}

impl TestDatabase {
    /// A directory of this test alone, removed at its end.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // What is left in the temporary directory does no harm.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

pub(crate) fn each_engine() -> Vec<TestDatabase> {
    let mut databases = vec![sqlite()];
    match std::env::var("RINGBACK_TEST_POSTGRES") {
        Ok(server) => databases.push(postgres(&server)),
        Err(_) => assert!(
            std::env::var("RINGBACK_TEST_SKIP_POSTGRES").is_ok_and(|skip| skip == "1"),
            "RINGBACK_TEST_POSTGRES names no server; run `cargo xtask test`, or skip with RINGBACK_TEST_SKIP_POSTGRES=1"
        ),
    }
    databases
}

pub(crate) fn sqlite() -> TestDatabase {
    let dir = new_dir();
    TestDatabase { url: format!("sqlite:{}", dir.join("ringback.db").display()), dir }
}

fn postgres(server: &str) -> TestDatabase {
    let (server, _) = server.rsplit_once('/').expect("RINGBACK_TEST_POSTGRES is postgres://…/DATABASE");
    TestDatabase { url: format!("{server}/ringback_{:016x}", rand::random::<u64>()), dir: new_dir() }
}

fn new_dir() -> PathBuf {
    let dir = std::env::temp_dir().join(format!("ringback-it-{:016x}", rand::random::<u64>()));
    fs::create_dir(&dir).expect("the temporary directory can be written");
    dir
}
