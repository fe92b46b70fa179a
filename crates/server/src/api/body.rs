//! JSON bodies, read field by field: every error is told, unknown fields are named.

use axum::{
    body::{Bytes, to_bytes},
    extract::{FromRequest, Request},
    http::{StatusCode, header},
};
use ringback_domain::{Written, WrongField};
use serde_json::{Map, Value as Json};

use super::{BODY_LIMIT, read::Reading};
use crate::errors::{ApiError, Code, FieldError};

/// The fields of a body, or of an object inside it.
#[derive(Debug)]
pub(crate) struct Fields {
    values: Map<String, Json>,
    /// `settings.` for the fields of `settings`.
    prefix: String,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl<S: Sync> FromRequest<S> for Fields {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let kind = request.headers().get(header::CONTENT_TYPE).map(|kind| is_json(kind.as_bytes()));
        let bytes = to_bytes(request.into_body(), BODY_LIMIT).await.map_err(|_| too_large())?;
        if bytes.is_empty() {
            return Ok(Self::new(Map::new()));
        }
        if kind != Some(true) {
            return Err(ApiError::refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send the body as Content-Type: application/json."));
        }
        Self::parse(&bytes)
    }
}

pub(super) fn too_large() -> ApiError {
    ApiError::refused(StatusCode::PAYLOAD_TOO_LARGE, "A body may have 1 MiB at most, and must arrive whole.")
}

fn is_json(kind: &[u8]) -> bool {
    let essence = kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii().to_ascii_lowercase();
    essence == b"application/json" || (essence.starts_with(b"application/") && essence.ends_with(b"+json"))
}

impl Fields {
    pub(crate) fn new(values: Map<String, Json>) -> Self {
        Self { values, prefix: String::new(), known: Vec::new(), errors: Vec::new() }
    }

    fn parse(bytes: &Bytes) -> Result<Self, ApiError> {
        match serde_json::from_slice(bytes) {
            Ok(Json::Object(values)) => Ok(Self::new(values)),
            Ok(_) => Err(ApiError::field("body", Code::Type, "must be a JSON object")),
            Err(error) => {
                let detail = format!("The body is not JSON: line {}, column {}.", error.line(), error.column());
                Err(ApiError::refused(StatusCode::BAD_REQUEST, detail))
            }
        }
    }

    /// Must be there. `None` only together with an error.
    pub(crate) fn required<T>(&mut self, name: &'static str, read: impl FnOnce(&Json) -> Reading<T>) -> Option<T> {
        self.known.push(name);
        match self.values.remove(name) {
            None | Some(Json::Null) => {
                self.refuse(name, Code::Required, "is required");
                None
            }
            Some(value) => self.read(name, &value, read),
        }
    }

    /// May be left out, but not be null.
    pub(crate) fn optional<T>(&mut self, name: &'static str, read: impl FnOnce(&Json) -> Reading<T>) -> Option<T> {
        self.known.push(name);
        let value = self.values.remove(name)?;
        self.read(name, &value, read)
    }

    /// May be left out (`None`) and may be null (`Some(None)`).
    #[expect(clippy::option_option, reason = "left out and null mean different things")]
    pub(crate) fn nullable<T>(&mut self, name: &'static str, read: impl FnOnce(&Json) -> Reading<T>) -> Option<Option<T>> {
        self.known.push(name);
        match self.values.remove(name)? {
            Json::Null => Some(None),
            value => self.read(name, &value, read).map(Some),
        }
    }

    /// May be left out. What is wrong inside it is told with its place: `opening_hours.tue[1]`.
    pub(crate) fn shaped<T>(&mut self, name: &'static str, read: impl Shape<T>) -> Option<T> {
        self.known.push(name);
        let value = self.values.remove(name)?;
        self.read_shape(name, value, read)
    }

    /// The same, and may be null.
    #[expect(clippy::option_option, reason = "left out and null mean different things")]
    pub(crate) fn nullable_shaped<T>(&mut self, name: &'static str, read: impl Shape<T>) -> Option<Option<T>> {
        self.known.push(name);
        match self.values.remove(name)? {
            Json::Null => Some(None),
            value => self.read_shape(name, value, read).map(Some),
        }
    }

    fn read_shape<T>(&mut self, name: &str, value: Json, read: impl Shape<T>) -> Option<T> {
        // What is neither text nor list nor object can be anything; reading that never fails.
        let written = serde_json::from_value(value).ok()?;
        match read(name, written) {
            Ok(value) => Some(value),
            Err(wrong) => {
                for it in wrong {
                    self.refuse(&it.field, code_of(it.code), it.message);
                }
                None
            }
        }
    }

    /// A list of at most `max` different texts; may be left out. Each wrong entry is told with its place: `skills[1]`.
    pub(crate) fn entries<T: PartialEq>(&mut self, name: &'static str, max: usize, read: impl Fn(&str) -> Reading<T>) -> Option<Vec<T>> {
        self.known.push(name);
        let value = self.values.remove(name)?;
        let Json::Array(values) = value else {
            self.refuse(name, Code::Type, "must be a list");
            return None;
        };
        if values.len() > max {
            self.refuse(name, Code::Range, format!("must have at most {max} entries"));
            return None;
        }
        let mut entries = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let entry = self.read(&format!("{name}[{index}]"), value, super::read::text(&read))?;
            if entries.contains(&entry) {
                self.refuse(&format!("{name}[{index}]"), Code::Repeated, "must not name anything twice");
                return None;
            }
            entries.push(entry);
        }
        Some(entries)
    }

    /// The fields of an object inside, when it is there. Give it back to [`Fields::close`].
    pub(crate) fn open(&mut self, name: &'static str) -> Option<Self> {
        self.known.push(name);
        if let Json::Object(values) = self.values.remove(name)? {
            return Some(Self { prefix: format!("{}{name}.", self.prefix), ..Self::new(values) });
        }
        self.refuse(name, Code::Type, "must be an object");
        None
    }

    pub(crate) fn close(&mut self, mut inside: Self) {
        inside.refuse_unknown();
        self.errors.append(&mut inside.errors);
    }

    /// Fields that answers show and nobody sets.
    pub(crate) fn read_only(&mut self, names: &[&'static str]) {
        for name in names {
            if self.values.remove(*name).is_some() {
                self.refuse(name, Code::ReadOnly, "is shown but cannot be set here");
            }
        }
    }

    pub(crate) fn refuse(&mut self, name: &str, code: Code, message: impl Into<String>) {
        self.errors.push(FieldError::new(format!("{}{name}", self.prefix), code, message));
    }

    /// Builds from what was read, unless anything was wrong. `build` gives `None` only when a required field is
    /// missing, and then that was told.
    pub(crate) fn finish<T>(mut self, build: impl FnOnce() -> Option<T>) -> Result<T, ApiError> {
        self.refuse_unknown();
        if !self.errors.is_empty() {
            return Err(ApiError::Invalid(self.errors));
        }
        build().ok_or_else(|| ApiError::Internal(anyhow::anyhow!("a required field was missing and nobody said so")))
    }

    /// For actions that take no field at all.
    pub(crate) fn none(self) -> Result<(), ApiError> {
        self.finish(|| Some(()))
    }

    fn read<T>(&mut self, name: &str, value: &Json, read: impl FnOnce(&Json) -> Reading<T>) -> Option<T> {
        match read(value) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.refuse(name, wrong.code, wrong.message);
                None
            }
        }
    }

    fn refuse_unknown(&mut self) {
        let unknown: Vec<String> = self.values.keys().map(|name| name.chars().take(100).collect()).collect();
        let accepted = if self.known.is_empty() { "none".to_owned() } else { self.known.join(", ") };
        for name in unknown {
            self.refuse(&name, Code::Unknown, format!("is not known here; accepted are: {accepted}"));
        }
        self.values.clear();
    }
}

/// Reads what has a shape of its own.
pub(crate) trait Shape<T>: FnOnce(&str, Written) -> Result<T, Vec<WrongField>> {}
impl<T, R: FnOnce(&str, Written) -> Result<T, Vec<WrongField>>> Shape<T> for R {}

/// The code of an error that the domain tells.
fn code_of(code: &str) -> Code {
    match code {
        "type" => Code::Type,
        "unknown" => Code::Unknown,
        "range" => Code::Range,
        "repeated" => Code::Repeated,
        "format" => Code::Format,
        _ => Code::Conflict,
    }
}

#[cfg(test)]
mod tests;
