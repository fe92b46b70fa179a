//! Reads a phone's `carrier_config` strictly: unknown keys are refused by name, and every error is told, not only the
//! first.

use reqwest::Url;
use serde_json::{Map, Value};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct ConfigError {
    pub field: String,
    pub fault: Fault,
    pub message: String,
}

/// What kind of wrong a field is, for programs; the message is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Required,
    Unknown,
    Type,
    Format,
    Range,
    /// Known, and not to be had here.
    Unavailable,
}

impl ConfigError {
    pub(crate) fn new(field: impl Into<String>, fault: Fault, message: impl Into<String>) -> Self {
        Self { field: field.into(), fault, message: message.into() }
    }
}

pub(crate) struct Reader {
    values: Map<String, Value>,
    errors: Vec<ConfigError>,
}

impl Reader {
    pub(crate) fn new(config: &Value) -> Self {
        let (values, errors) = match config {
            Value::Object(values) => (values.clone(), Vec::new()),
            Value::Null => (Map::new(), Vec::new()),
            _ => (Map::new(), vec![ConfigError::new("carrier_config", Fault::Type, "must be an object")]),
        };
        Self { values, errors }
    }

    pub(crate) fn refuse(&mut self, field: &str, fault: Fault, message: &str) {
        self.errors.push(ConfigError::new(field, fault, message));
    }

    pub(crate) fn text(&mut self, field: &str) -> Option<String> {
        match self.values.remove(field)? {
            Value::Null => None,
            Value::String(text) if text.trim().is_empty() || text.len() > 600 => {
                self.refuse(field, Fault::Range, "must be text of 1 to 600 characters");
                None
            }
            Value::String(text) if text.chars().any(char::is_control) => {
                self.refuse(field, Fault::Format, "must be one line without control characters");
                None
            }
            Value::String(text) => Some(text.trim().to_owned()),
            _ => {
                self.refuse(field, Fault::Type, "must be text");
                None
            }
        }
    }

    /// Text that must be there. Its value is empty only together with an error, and then nothing is built of it.
    pub(crate) fn required(&mut self, field: &str) -> String {
        let told = self.errors.len();
        self.text(field).unwrap_or_else(|| {
            if self.errors.len() == told {
                self.refuse(field, Fault::Required, "is required");
            }
            String::new()
        })
    }

    /// An account's or an app's id, which becomes part of a URL.
    pub(crate) fn id(&mut self, field: &str, id: Option<String>) -> Option<String> {
        let id = id.filter(|id| !id.is_empty())?;
        if id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
            return Some(id);
        }
        self.refuse(field, Fault::Format, "must consist of letters, digits, _ and -");
        None
    }

    pub(crate) fn flag(&mut self, field: &str, default: bool) -> bool {
        match self.values.remove(field) {
            None | Some(Value::Null) => default,
            Some(Value::Bool(flag)) => flag,
            Some(_) => {
                self.refuse(field, Fault::Type, "must be true or false");
                default
            }
        }
    }

    /// A whole number above 0. No upper bound: how fast an account may ask is between its owner and the carrier.
    pub(crate) fn count(&mut self, field: &str, default: u32) -> u32 {
        let Some(value) = self.values.remove(field).filter(|value| !value.is_null()) else { return default };
        match value.as_u64().map(|count| u32::try_from(count).unwrap_or(u32::MAX)) {
            Some(count) if count > 0 => count,
            _ => {
                let fault = if value.is_number() { Fault::Range } else { Fault::Type };
                self.refuse(field, fault, "must be a whole number above 0");
                default
            }
        }
    }

    pub(crate) fn base_url(&mut self, field: &str, default: &str) -> Url {
        let given = self.text(field);
        let fallback = || Url::parse(default).expect("the carrier's own address is one");
        let Some(text) = given else { return fallback() };
        match Url::parse(&text) {
            Ok(url) if !matches!(url.scheme(), "http" | "https") || !url.has_host() => {
                self.refuse(field, Fault::Format, "must be an http or https URL");
                fallback()
            }
            Ok(url) if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() => {
                self.refuse(field, Fault::Format, "must not carry credentials, a query or a fragment");
                fallback()
            }
            Ok(url) => url,
            Err(_) => {
                self.refuse(field, Fault::Format, "must be an http or https URL");
                fallback()
            }
        }
    }

    pub(crate) fn stream_url(&mut self, field: &str) -> Option<String> {
        let text = self.text(field)?;
        let known = Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "ws" | "wss" | "http" | "https") && url.has_host());
        if known {
            return Some(text);
        }
        self.refuse(field, Fault::Format, "must be a wss, ws, https or http URL");
        None
    }

    /// `build`'s value, unless anything was wrong.
    pub(crate) fn finish<T>(mut self, accepted: &[&str], build: impl FnOnce() -> T) -> Result<T, Vec<ConfigError>> {
        for field in self.values.keys() {
            let message = if accepted.is_empty() {
                "is not known here; accepted are: none".to_owned()
            } else {
                format!("is not known here; accepted are: {}", accepted.join(", "))
            };
            self.errors.push(ConfigError::new(field, Fault::Unknown, message));
        }
        if self.errors.is_empty() { Ok(build()) } else { Err(self.errors) }
    }
}
