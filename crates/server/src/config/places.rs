//! What lies in the data directory: the secret key of an installation on SQLite, and the node's name.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rand::RngExt as _;

const SECRET_KEY: &str = "secret.key";
const NODE: &str = "node";

#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct PlaceError {
    path: PathBuf,
    problem: String,
}

fn at(path: &Path) -> impl Fn(io::Error) -> PlaceError {
    |error| PlaceError { path: path.to_owned(), problem: error.to_string() }
}

pub(super) fn make_dir(dir: &Path) -> Result<(), PlaceError> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(at(dir))
}

pub(super) fn make_file(path: &Path) -> Result<(), PlaceError> {
    match File::options().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(at(path)(error)),
        _ => Ok(()),
    }
}

pub(super) fn has_secret_key(dir: &Path) -> bool {
    dir.join(SECRET_KEY).is_file()
}

/// The key of this data directory, made when there is none.
pub(super) fn secret_key(dir: &Path) -> Result<[u8; 32], PlaceError> {
    let path = dir.join(SECRET_KEY);
    let text = first_content(&path, || STANDARD.encode(rand::rng().random::<[u8; 32]>()))?;
    let damaged = || PlaceError { path: path.clone(), problem: "does not hold 32 bytes in base64".to_owned() };
    let bytes = STANDARD.decode(text.trim()).map_err(|_| damaged())?;
    bytes.try_into().map_err(|_| damaged())
}

/// Which node this is. Held for as long as the process runs: a second one on the same data directory is another node,
/// and must not take the first one's running calls for those of an earlier run.
pub struct NodeName {
    pub name: String,
    held: Option<File>,
}

impl NodeName {
    pub(super) fn take(dir: &Path) -> Result<Self, PlaceError> {
        let path = dir.join(NODE);
        let new_name = || uuid::Builder::from_random_bytes(rand::rng().random()).into_uuid().to_string();
        let name = first_content(&path, new_name)?.trim().to_owned();
        let file = File::open(&path).map_err(at(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { name, held: Some(file) }),
            Err(fs::TryLockError::WouldBlock) => Ok(Self { name: new_name(), held: None }),
            Err(fs::TryLockError::Error(error)) => Err(at(&path)(error)),
        }
    }

    /// Another process has the data directory's name.
    pub fn is_a_second(&self) -> bool {
        self.held.is_none()
    }
}

/// What the file holds; `make`'s text when it did not exist. Of several processes that make it, all get the first one's:
/// the file appears under its name whole or not at all.
fn first_content(path: &Path, make: impl Fn() -> String) -> Result<String, PlaceError> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read.map_err(at(path)),
    }
    let draft = path.with_extension(format!("{:016x}", rand::rng().random::<u64>()));
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&draft).map_err(at(&draft))?;
    file.write_all(make().as_bytes()).and_then(|()| file.sync_all()).map_err(at(&draft))?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft).map_err(at(&draft))?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(at(path)(error)),
        _ => {}
    }
    if let Some(dir) = path.parent() {
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(at(dir))?;
    }
    fs::read_to_string(path).map_err(at(path))
}
