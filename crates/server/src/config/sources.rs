//! Where values come from: flags before the environment, before the file, before the defaults.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
};

use config::{File, FileFormat};

use super::{
    Problem,
    keys::{self, KEYS, PREFIX},
};

/// Read when it lies in the working directory and `--config` names no other.
const DEFAULT_FILE: &str = "ringback.toml";

/// Variables that begin like ours and are none: of the project's tests, and of Kubernetes, which tells every container
/// about a service called `ringback`.
const FOREIGN: [&str; 4] = ["RINGBACK_TEST_", "RINGBACK_MUTANT", "RINGBACK_SERVICE_", "RINGBACK_PORT"];

/// In rising order: the greater one wins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    Default,
    File(PathBuf),
    Environment(String),
    Flag(&'static str),
}

impl Source {
    fn rank(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::File(_) => 1,
            Self::Environment(_) => 2,
            Self::Flag(_) => 3,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(variable) => f.write_str(variable),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// A value as somebody wrote it.
#[derive(Clone)]
pub(super) struct Setting {
    pub(super) value: String,
    pub(super) source: Source,
    /// The value is the content of a file that this key's `_file` names.
    from_file: bool,
}

impl Setting {
    /// How a message names it: as it was written.
    pub(super) fn label(&self, key: &str) -> String {
        let suffix = if self.from_file { "_file" } else { "" };
        match &self.source {
            Source::File(path) => format!("{key}{suffix} in {}", path.display()),
            Source::Environment(variable) => variable.clone(),
            Source::Flag(flag) => (*flag).to_owned(),
            Source::Default => key.to_owned(),
        }
    }
}

/// What the command line says of the configuration.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    pub config: Option<PathBuf>,
    pub listen: Option<String>,
    pub data_dir: Option<PathBuf>,
}

pub(super) struct Gathered {
    pub(super) settings: BTreeMap<&'static str, Setting>,
    pub(super) problems: Vec<Problem>,
}

pub(super) fn gather(flags: &Flags, environment: impl Iterator<Item = (String, String)>) -> Gathered {
    let mut gathered = Gathered::defaults();
    gathered.read_file(flags.config.as_deref());
    for (variable, value) in environment {
        let Some(name) = variable.strip_prefix(PREFIX) else { continue };
        // An empty variable is how a compose file says "not set".
        if !value.is_empty() && !FOREIGN.iter().any(|foreign| variable.starts_with(foreign)) {
            gathered.put(&name.to_lowercase(), value, Source::Environment(variable.clone()));
        }
    }
    gathered.read_flags(flags);
    gathered
}

/// No file, and of the environment only what changes nothing but the log.
pub(super) fn gather_flags(flags: &Flags, environment: impl Iterator<Item = (String, String)>) -> Gathered {
    let mut gathered = Gathered::defaults();
    for (variable, value) in environment {
        if let Some(name) = variable.strip_prefix(PREFIX).filter(|name| matches!(*name, "LOG" | "LOG_FORMAT") && !value.is_empty()) {
            gathered.put(&name.to_lowercase(), value, Source::Environment(variable.clone()));
        }
    }
    gathered.read_flags(flags);
    gathered
}

impl Gathered {
    fn defaults() -> Self {
        let mut gathered = Self { settings: BTreeMap::new(), problems: Vec::new() };
        for key in &KEYS {
            if let Some(default) = key.default {
                gathered.put(key.name, default.to_owned(), Source::Default);
            }
        }
        gathered
    }

    fn read_flags(&mut self, flags: &Flags) {
        if let Some(listen) = &flags.listen {
            self.put("listen", listen.clone(), Source::Flag("--listen"));
        }
        if let Some(dir) = &flags.data_dir {
            self.put("data_dir", dir.to_string_lossy().into_owned(), Source::Flag("--data-dir"));
        }
    }

    fn read_file(&mut self, named: Option<&Path>) {
        let path = named.unwrap_or(Path::new(DEFAULT_FILE));
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => return,
            Err(error) => return self.problem(path.display().to_string(), format!("cannot be read: {error}")),
        };
        let table = config::Config::builder().add_source(File::from_str(&text, FileFormat::Toml)).build();
        let table = match table.and_then(config::Config::try_deserialize::<BTreeMap<String, config::Value>>) {
            Ok(table) => table,
            Err(error) => {
                return self.problem(path.display().to_string(), format!("is not TOML: {}", error.to_string().replace('\n', " ")));
            }
        };
        for (name, value) in table {
            let source = Source::File(path.to_owned());
            match text_of(value) {
                Some(value) => self.put(&name, value, source),
                None if keys::find(&name).is_some() => {
                    self.problem(format!("{name} in {}", path.display()), "must be one value, not a table".to_owned());
                }
                None => self.put(&name, String::new(), source),
            }
        }
    }

    fn put(&mut self, name: &str, value: String, source: Source) {
        let Some((key, from_file)) = keys::find(name) else { return self.unknown(name, &source) };
        let setting = Setting { value, source, from_file };
        let level = self.settings.get(key.name).filter(|other| other.source.rank() == setting.source.rank());
        if let Some(other) = level.filter(|other| other.from_file != from_file) {
            let both = format!("and {} are both set; one of them is enough", other.label(key.name));
            return self.problem(setting.label(key.name), both);
        }
        if from_file {
            match fs::read_to_string(&setting.value) {
                Ok(text) => {
                    let value = text.trim().to_owned();
                    self.settings.insert(key.name, Setting { value, ..setting });
                }
                Err(error) => {
                    self.problem(setting.label(key.name), format!("names the file {}, which cannot be read: {error}", setting.value));
                }
            }
        } else {
            self.settings.insert(key.name, setting);
        }
    }

    fn unknown(&mut self, name: &str, source: &Source) {
        let label = match source {
            Source::Environment(variable) => variable.clone(),
            other => format!("{name} in {other}"),
        };
        let meant = keys::similar(name).map(|meant| match source {
            Source::Environment(_) => keys::variable(meant),
            _ => meant.to_owned(),
        });
        let hint = match meant {
            Some(meant) => format!("is not a key; did you mean {meant}?"),
            None => format!("is not a key; the keys are {}", KEYS.map(|key| key.name).join(", ")),
        };
        self.problem(label, hint);
    }

    fn problem(&mut self, what: String, message: String) {
        self.problems.push(Problem { what, message });
    }
}

/// A scalar as text; a list as its items with commas.
fn text_of(value: config::Value) -> Option<String> {
    match value.clone().into_array() {
        Ok(items) => items.into_iter().map(|item| item.into_string().ok()).collect::<Option<Vec<_>>>().map(|items| items.join(",")),
        Err(_) => value.into_string().ok(),
    }
}
