//! The configuration: gathered from flags, environment, file and defaults, then read once, all problems at a time.

mod keys;
mod places;
mod read;
mod sources;

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
};

pub use places::{NodeName, PlaceError};
use ringback_store::Patience;
pub use sources::Flags;
use sources::{Gathered, Setting};
use tracing_subscriber::EnvFilter;

use crate::telemetry::LogFormat;

/// What is wrong with a value, and with which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub what: String,
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.message)
    }
}

impl std::error::Error for Problem {}

pub struct Config {
    /// `HOST:PORT`; port 0 takes a free one.
    pub listen: String,
    /// Without a trailing slash. `None`: the address that is listened on.
    pub public_url: Option<String>,
    pub data_dir: PathBuf,
    database: Database,
    secret_key: Option<[u8; 32]>,
    /// What of the log is written; `None` when nobody asked for anything.
    pub log: Option<String>,
    pub log_format: LogFormat,
    pub patience: Patience,
    /// Keys that are set, checked, and not used by this version.
    pub unused: Vec<String>,
    settings: Vec<(&'static str, Option<Setting>)>,
}

enum Database {
    Sqlite(String),
    Postgres(String),
}

fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

impl Config {
    /// All that is wrong, not only the first.
    pub fn load(flags: &Flags) -> Result<Self, Vec<Problem>> {
        Self::from(sources::gather(flags, environment()))
    }

    /// Of the command line alone, whatever the environment and the working directory say of anything but the log.
    pub fn of_flags(flags: &Flags) -> Result<Self, Vec<Problem>> {
        Self::from(sources::gather_flags(flags, environment()))
    }

    fn from(gathered: Gathered) -> Result<Self, Vec<Problem>> {
        let mut reader = read::Reader::new(gathered);
        let config = reader.config();
        reader.finish(config)
    }

    pub fn database_url(&self) -> &str {
        match &self.database {
            Database::Sqlite(url) | Database::Postgres(url) => url,
        }
    }

    /// The key that seals carriers' credentials. With SQLite it is made at the first start.
    pub fn secret_key(&self) -> Result<[u8; 32], Problem> {
        match (&self.secret_key, &self.database) {
            (Some(key), _) => Ok(*key),
            (None, Database::Sqlite(_)) => {
                places::secret_key(&self.data_dir).map_err(|error| Problem { what: "data_dir".to_owned(), message: error.to_string() })
            }
            (None, Database::Postgres(_)) => Err(Problem {
                what: "RINGBACK_SECRET_KEY".to_owned(),
                message: "is required with PostgreSQL, the same on every node: 32 bytes in base64, such as `openssl rand -base64 32` \
                    prints (or RINGBACK_SECRET_KEY_FILE with the path of a file that holds them)"
                    .to_owned(),
            }),
        }
    }

    /// Whether [`Config::secret_key`] would have to make the key, or could not give one.
    pub fn secret_key_is_missing(&self) -> bool {
        self.secret_key.is_none() && !places::has_secret_key(&self.data_dir)
    }

    pub fn uses_sqlite(&self) -> bool {
        matches!(self.database, Database::Sqlite(_))
    }

    /// Makes the data directory, for us alone.
    pub fn make_data_dir(&self) -> Result<(), Problem> {
        places::make_dir(&self.data_dir).map_err(|error| Problem { what: "data_dir".to_owned(), message: error.to_string() })
    }

    /// The file of an SQLite database.
    pub fn database_file(&self) -> Option<PathBuf> {
        ringback_store::address::file_of(self.database_url())
    }

    /// Makes an empty file for an SQLite database that is not there yet, for us alone; what SQLite lays beside it gets the
    /// same rights.
    pub fn make_database_file(&self) -> Result<(), Problem> {
        let Some(file) = self.database_file() else { return Ok(()) };
        places::make_file(&file).map_err(|error| Problem { what: "database_url".to_owned(), message: error.to_string() })
    }

    /// This node's name: the same after a restart.
    pub fn node_name(&self) -> Result<NodeName, Problem> {
        NodeName::take(&self.data_dir).map_err(|error| Problem { what: "data_dir".to_owned(), message: error.to_string() })
    }

    /// The filter of the log, `otherwise` when nobody asked for one.
    pub fn log_filter(&self, otherwise: &str) -> EnvFilter {
        let directives = self.log.as_deref().unwrap_or(otherwise);
        EnvFilter::try_new(directives).expect("the filter was read when the configuration was")
    }

    /// Every key with its effective value and where it came from; secrets are masked.
    pub fn effective(&self) -> Vec<(&'static str, Option<String>, String)> {
        let shown = |name: &str, setting: &Setting| match name {
            "secret_key" => "…".to_owned(),
            "database_url" | "redis_url" => mask_password(&setting.value),
            _ => setting.value.clone(),
        };
        let computed = |name: &str| match name {
            "database_url" => Some((self.database_url().to_owned(), "default, inside data_dir")),
            "public_url" => Some((format!("http://{}", self.listen), "default, from listen")),
            "secret_key" if places::has_secret_key(&self.data_dir) => Some(("…".to_owned(), "generated, inside data_dir")),
            _ => None,
        };
        let lines = self.settings.iter().map(|(name, setting)| match (setting, computed(name)) {
            (Some(setting), _) => (*name, Some(shown(name, setting)), setting.source.to_string()),
            (None, Some((value, source))) => (*name, Some(value), source.to_owned()),
            (None, None) => (*name, None, "not set".to_owned()),
        });
        lines.collect()
    }
}

/// The address of a running server as this machine reaches it.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { std::net::Ipv4Addr::LOCALHOST.into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    address
}

/// `postgres://user:secret@host/db` → `postgres://user:…@host/db`; also a password in the query.
fn mask_password(url: &str) -> String {
    let Ok(mut url) = reqwest::Url::parse(url) else { return "…".to_owned() };
    if url.scheme() == "sqlite" {
        return url.to_string();
    }
    // An address that cannot carry a password cannot lose one.
    let _ = url.set_password(url.password().is_some().then_some("***"));
    if url.query().is_some_and(|query| query.contains("password")) {
        url.set_query(Some("***"));
    }
    url.to_string()
}

/// SQLite's address of a path: `%`, `?` and `#` mean something in an address.
fn sqlite_url(path: &Path) -> String {
    let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("sqlite:{path}")
}

#[cfg(test)]
mod tests;
