//! From text to meaning: every value is read, every problem is told.

use std::{collections::BTreeMap, net::IpAddr, path::PathBuf, time::Duration};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use reqwest::Url;
use ringback_store::Patience;
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use super::{
    Config, Database, Problem,
    keys::KEYS,
    sources::{Gathered, Setting, Source},
    sqlite_url,
};
use crate::telemetry::LogFormat;

const MOST_SECONDS: u64 = 3600;

pub(super) struct Reader {
    settings: BTreeMap<&'static str, Setting>,
    problems: Vec<Problem>,
}

impl Reader {
    pub(super) fn new(gathered: Gathered) -> Self {
        Self { settings: gathered.settings, problems: gathered.problems }
    }

    pub(super) fn finish(self, config: Option<Config>) -> Result<Config, Vec<Problem>> {
        match config {
            Some(config) if self.problems.is_empty() => Ok(config),
            _ => Err(self.problems),
        }
    }

    /// `None` only beside a problem.
    pub(super) fn config(&mut self) -> Option<Config> {
        let listen = self.read("listen", listen);
        let public_url = self.read("public_url", public_url);
        let data_dir = self.read("data_dir", |text| Ok(PathBuf::from(text)));
        let database = self.read("database_url", database);
        let redis = self.read("redis_url", redis_url);
        let secret_key = self.read("secret_key", secret_key);
        let log = self.read("log", log_filter);
        let log_format = self.read("log_format", |text| match text {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err("must be text or json".to_owned()),
        });
        let carrier_timeout = self.read("carrier_timeout_seconds", seconds);
        let unknown_horizon = self.read("unknown_horizon_seconds", seconds);
        let events = self.read("event_patience_seconds", seconds);
        let networks = self.read("webhook_allow_networks", networks);
        let log_is_asked_for = self.settings.get("log").is_some_and(|setting| setting.source != Source::Default);
        let unused = [("redis_url", redis.is_some()), ("webhook_allow_networks", networks.is_some())];
        let data_dir = data_dir?;
        Some(Config {
            listen: listen?,
            public_url,
            database: database.unwrap_or_else(|| Database::Sqlite(sqlite_url(&data_dir.join("ringback.db")))),
            data_dir,
            secret_key,
            log: log.filter(|_| log_is_asked_for),
            log_format: log_format?,
            patience: Patience { carrier_timeout: carrier_timeout?, unknown_horizon: unknown_horizon?, events: events? },
            unused: unused.into_iter().filter(|(_, set)| *set).map(|(name, _)| name.to_owned()).collect(),
            settings: KEYS.iter().map(|key| (key.name, self.settings.get(key.name).cloned())).collect(),
        })
    }

    fn read<T>(&mut self, name: &'static str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let setting = self.settings.get(name)?;
        match parse(setting.value.trim()) {
            Ok(value) => Some(value),
            Err(message) => {
                self.problems.push(Problem { what: setting.label(name), message });
                None
            }
        }
    }
}

fn listen(text: &str) -> Result<String, String> {
    let fits = |text: &str| {
        text.parse::<std::net::SocketAddr>().is_ok()
            || text
                .rsplit_once(':')
                .is_some_and(|(host, port)| !host.is_empty() && !host.contains([':', '/']) && port.parse::<u16>().is_ok())
    };
    if fits(text) { Ok(text.to_owned()) } else { Err(format!("is {text:?}; accepted are addresses with a port, such as 127.0.0.1:8080")) }
}

fn public_url(text: &str) -> Result<String, String> {
    const ACCEPTED: &str = "accepted are addresses such as https://ringback.example.com";
    let url = Url::parse(text).map_err(|error| format!("is {text:?}, which is not an address ({error}); {ACCEPTED}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(format!("must begin with https:// or http://; {ACCEPTED}"));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(format!("must not carry a query, a fragment or a password; {ACCEPTED}"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn database(text: &str) -> Result<Database, String> {
    if ringback_store::address::file_of(text).is_some() {
        return Ok(Database::Sqlite(text.to_owned()));
    }
    if !(text.starts_with("postgres://") || text.starts_with("postgresql://")) {
        return Err("must be sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE".to_owned());
    }
    // The text may hold a password: an error must not repeat it.
    Url::parse(text).map_err(|error| format!("is not an address ({error}); accepted is postgres://USER:PASSWORD@HOST/DATABASE"))?;
    Ok(Database::Postgres(text.to_owned()))
}

/// Stricter than the library, which takes every word that is no level for the name of a module, and then logs nothing.
fn log_filter(text: &str) -> Result<String, String> {
    const ACCEPTED: &str =
        "accepted are off, error, warn, info, debug, trace, and MODULE=LEVEL beside them, such as info,ringback_server=debug";
    const OURS: [&str; 4] = ["ringback_domain", "ringback_server", "ringback_store", "ringback_telephony"];
    let is_level = |word: &str| !word.is_empty() && word.parse::<LevelFilter>().is_ok();
    for directive in text.split(',').map(str::trim) {
        if directive.is_empty() && !text.is_empty() {
            continue;
        }
        // With a span in brackets it is written by somebody who knows the library's language.
        let (module, level) = match directive.split_once('=') {
            _ if directive.contains('[') => continue,
            None => ("", directive),
            Some((module, level)) => (module, level),
        };
        let ours = module.split("::").next().unwrap_or_default();
        if ours.starts_with("ringback") && !OURS.contains(&ours) {
            return Err(format!("holds {directive:?}, and there is no module {ours}; ours are {}", OURS.join(", ")));
        }
        if !is_level(level) || (module.is_empty() && directive.contains('=')) {
            return Err(format!("holds {directive:?}; {ACCEPTED}"));
        }
    }
    EnvFilter::try_new(text).map_err(|error| format!("is not a filter ({error}); {ACCEPTED}"))?;
    Ok(text.to_owned())
}

fn redis_url(text: &str) -> Result<(), String> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "redis" | "rediss") && url.has_host() => Ok(()),
        _ => Err("must be redis://HOST:PORT or rediss://HOST:PORT".to_owned()),
    }
}

/// Standard and URL-safe letters, with and without padding: people paste what their tool printed.
fn secret_key(text: &str) -> Result<[u8; 32], String> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let standard = GeneralPurpose::new(&alphabet::STANDARD, lenient);
    let decoded = standard.decode(text.replace('-', "+").replace('_', "/"));
    let bytes = decoded.map_err(|_| "is not base64; `openssl rand -base64 32` prints a key".to_owned())?;
    let length = bytes.len();
    bytes.try_into().map_err(|_| format!("holds {length} bytes, 32 are needed; `openssl rand -base64 32` prints a key"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..=MOST_SECONDS) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("is {text:?}; accepted are whole seconds from 1 to {MOST_SECONDS}")),
    }
}

fn networks(text: &str) -> Result<(), String> {
    let is_network = |text: &str| {
        let (address, bits) = text.split_once('/')?;
        let most = if address.parse::<IpAddr>().ok()?.is_ipv4() { 32 } else { 128 };
        (bits.parse::<u8>().ok()? <= most).then_some(())
    };
    match text.split(',').map(str::trim).find(|network| is_network(network).is_none()) {
        Some(wrong) => Err(format!("holds {wrong:?}; accepted are networks with commas between, such as 10.0.0.0/8,fd00::/8")),
        None => Ok(()),
    }
}
