//! Fields of free shape: what somebody wrote there before it is understood, and what is wrong with it.

use std::collections::BTreeMap;

use serde::{Deserialize, de::IgnoredAny};

/// A value as it was written. What is no text, list or object can be nothing we read, so it is only known to be there.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Written {
    Text(String),
    List(Vec<Written>),
    Fields(BTreeMap<String, Written>),
    Other(IgnoredAny),
}

/// A field that cannot be what was written; `message` says what can.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {message}")]
pub struct WrongField {
    /// The whole way to it: `opening_hours.tue[1]`.
    pub field: String,
    pub code: &'static str,
    pub message: String,
}

impl WrongField {
    pub(crate) fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }

    /// All of them in one line, for readers that can tell only one error.
    pub(crate) fn join(wrong: &[Self]) -> String {
        wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}
