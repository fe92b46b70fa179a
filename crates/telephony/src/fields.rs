//! The fields of a carrier's request, whatever it came as: query, urlencoded, multipart or JSON. Nested names
//! (`Legs[0][Status]`) and JSON text inside a form field become one tree, in which each form is looked up alike.

mod multipart;

use serde_json::{Map, Value};

use crate::carrier::{CarrierRequest, EventError};

/// An id that a carrier gives a call is never anywhere near as long.
const LONGEST_ID: usize = 128;
const LONGEST_RECORDING_URL: usize = 2048;

/// Deeper nesting is nobody's; it ends up in a name of its own instead of on our stack.
const DEEPEST: usize = 6;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads query and body. What the body says of a name counts before the query.
    pub(crate) fn of(request: &CarrierRequest) -> Result<Self, EventError> {
        let mut fields = Self::default();
        fields.add_pairs(form_urlencoded::parse(request.query().as_bytes()));
        let content_type = request.header("content-type").unwrap_or_default().trim();
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let body = &request.body;
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(fields);
        }
        if kind.starts_with("multipart/") {
            let parts =
                multipart::read(content_type, body).ok_or_else(|| malformed("body", "is not multipart as its content type says"))?;
            fields.add_pairs(parts);
        } else if kind.ends_with("json") || body.trim_ascii_start().starts_with(b"{") {
            match serde_json::from_slice(body) {
                Ok(Value::Object(object)) => fields.0.extend(object),
                Ok(_) | Err(_) => return Err(malformed("body", "is not a JSON object")),
            }
        } else {
            fields.add_pairs(form_urlencoded::parse(body));
        }
        Ok(fields)
    }

    fn add_pairs<K: AsRef<str>, V: AsRef<str>>(&mut self, pairs: impl IntoIterator<Item = (K, V)>) {
        for (name, value) in pairs {
            let value = value.as_ref();
            let value = nested_json(value).unwrap_or_else(|| Value::String(value.to_owned()));
            insert(&mut self.0, &path_of(name.as_ref()), value);
        }
    }

    pub(crate) fn from_value(value: Value) -> Self {
        match value {
            Value::Object(object) => Self(object),
            _ => Self::default(),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The field as text. `None` when it is absent, blank, or a carrier's word for nothing.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        text_of(self.get(name)?)
    }

    pub(crate) fn seconds(&self, name: &str) -> Option<u32> {
        seconds_of(self.get(name)?)
    }
}

pub(crate) fn malformed(field: &'static str, message: impl Into<String>) -> EventError {
    EventError::Malformed { field, message: message.into() }
}

/// An id that a carrier gave a call: something to store and to ask with, so neither endless nor with line breaks.
pub(crate) fn carrier_id(fields: &Fields, name: &'static str) -> Result<Option<String>, EventError> {
    match fields.get(name).and_then(scalar) {
        Some(id) if !is_id(&id) => Err(malformed(name, "is not an id")),
        found => Ok(found),
    }
}

/// As [`carrier_id`], of an answer: what is no id names no call.
pub(crate) fn id_of(value: &Value) -> Option<String> {
    scalar(value).filter(|id| is_id(id))
}

/// Exactly as given: an id without one of its characters would be another call's.
pub(crate) fn is_id(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= LONGEST_ID && !text.chars().any(char::is_control)
}

/// Text without control characters, which no page shows and not every database takes.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    let text = scalar(value)?;
    if !text.chars().any(char::is_control) {
        return Some(text);
    }
    scalar(&Value::String(text.chars().filter(|c| !c.is_control()).collect()))
}

/// Where a recording is heard; what is longer than any address is none.
pub(crate) fn recording_of(value: &Value) -> Option<String> {
    text_of(value).filter(|url| url.chars().count() <= LONGEST_RECORDING_URL)
}

/// Text without blanks around it and without the quotes that some fields arrive in (Exotel's `digits`).
fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().trim_matches('"').trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty() && !text.eq_ignore_ascii_case("null")).then_some(text)
}

/// Whole seconds. What is no number of seconds is not known, rather than an error: the event's news still counts, and
/// the carrier can be asked.
pub(crate) fn seconds_of(value: &Value) -> Option<u32> {
    let text = text_of(value)?;
    text.split_once('.').map_or(text.as_str(), |(whole, _)| whole).parse().ok()
}

/// The element at `index` of an array, or of an object whose names are numbers (as bracketed form names make one).
pub(crate) fn element(value: &Value, index: usize) -> Option<&Value> {
    match value {
        Value::Array(items) => items.get(index),
        Value::Object(items) => items.get(&index.to_string()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn nested_json(text: &str) -> Option<Value> {
    if !text.trim_start().starts_with(['[', '{']) {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// `Legs[0][Status]` → `Legs`, `0`, `Status`. Names that are not well nested are taken as they are.
fn path_of(name: &str) -> Vec<&str> {
    let Some((first, rest)) = name.split_once('[') else { return vec![name] };
    let Some(rest) = rest.strip_suffix(']') else { return vec![name] };
    let path: Vec<_> = std::iter::once(first).chain(rest.split("][")).collect();
    if first.is_empty() || path.len() > DEEPEST || path.iter().any(|part| part.contains(['[', ']'])) { vec![name] } else { path }
}

fn insert(into: &mut Map<String, Value>, path: &[&str], value: Value) {
    let [first, rest @ ..] = path else { return };
    if rest.is_empty() {
        into.insert((*first).to_owned(), value);
        return;
    }
    let slot = into.entry(*first).or_insert_with(|| Value::Object(Map::new()));
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    if let Value::Object(inner) = slot {
        insert(inner, rest, value);
    }
}

#[cfg(test)]
mod tests;
