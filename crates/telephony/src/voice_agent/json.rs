//! A platform's JSON, looked up leniently: what is missing or of another type is not known. Text is cleaned of what no
//! database takes.

use jiff::Timestamp;
use reqwest::Url;
use ringback_domain::time;
use serde_json::{Map, Value};

use super::arguments::BadArgument;
use crate::{
    carrier::{CarrierRequest, EventError},
    fields::malformed,
};

/// The report of a call of some hours, in which every word carries its times, is a few MiB.
pub const LARGEST_BODY: usize = 8 * 1024 * 1024;
const LONGEST_ID: usize = 128;
const LONGEST_URL: usize = 4096;

/// The body as a JSON object.
pub(super) fn body(request: &CarrierRequest) -> Result<Value, EventError> {
    if request.body.iter().all(u8::is_ascii_whitespace) {
        return Err(malformed("body", "is empty; accepted is JSON, sent with POST"));
    }
    if request.body.len() > LARGEST_BODY {
        return Err(malformed("body", format!("is longer than {} MiB", LARGEST_BODY >> 20)));
    }
    match serde_json::from_slice(&request.body) {
        Ok(body @ Value::Object(_)) => Ok(body),
        Ok(_) => Err(malformed("body", "is JSON, but not an object")),
        Err(error) => {
            // serde_json's own words may repeat what was sent, except these.
            let deep = error.to_string().starts_with("recursion limit");
            let wrong = if deep { "is nested too deeply" } else { "is not JSON" };
            Err(malformed("body", format!("{wrong} (line {}, column {})", error.line(), error.column())))
        }
    }
}

/// What a model wrote as arguments: an object, or the text of one.
pub(super) fn arguments(value: Option<&Value>) -> Result<Map<String, Value>, BadArgument> {
    let written = match value {
        None | Some(Value::Null) => return Ok(Map::new()),
        Some(Value::Object(arguments)) => return Ok(arguments.clone()),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(Map::new()),
        Some(Value::String(text)) => serde_json::from_str(text).ok(),
        Some(_) => None,
    };
    match written {
        Some(Value::Object(arguments)) => Ok(arguments),
        _ => Err(BadArgument::new("arguments", "are not a JSON object")),
    }
}

/// One line: a scalar, without control characters, cut at `longest` characters.
pub(super) fn line(value: Option<&Value>, longest: usize) -> Option<String> {
    let text = match value? {
        Value::String(text) => one_line(text),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then(|| text.chars().take(longest).collect())
}

/// All blanks and control characters become single blanks.
pub(super) fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Text of many lines.
pub(super) fn prose(value: Option<&Value>) -> Option<String> {
    let text = value?.as_str()?.trim();
    let clean: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    (!clean.is_empty()).then_some(clean)
}

pub(super) fn flag(value: Option<&Value>) -> Option<bool> {
    match line(value, 8)?.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Milliseconds since 1970 or RFC 3339. What lies decades off is a mistake, and a time that is not known does less harm.
pub(super) fn instant(value: Option<&Value>) -> Option<Timestamp> {
    let at = match value? {
        Value::Number(millis) => time::from_millis(millis.as_i64()?),
        Value::String(text) => time::cut(text.trim().parse().ok()?),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    const YEARS_2010_TO_2100: std::ops::Range<i64> = 1_262_304_000..4_102_444_800;
    YEARS_2010_TO_2100.contains(&at.as_second()).then_some(at)
}

/// An id to store and to ask with, exactly as given.
pub(super) fn id(value: Option<&Value>) -> Option<String> {
    let id = value?.as_str()?;
    let usable = !id.is_empty() && id.len() <= LONGEST_ID && !id.chars().any(|c| c.is_control() || c.is_whitespace());
    usable.then(|| id.to_owned())
}

/// An address that a page may link to.
pub(super) fn web_address(value: Option<&Value>) -> Option<String> {
    let text = value?.as_str()?.trim();
    let url = Url::parse(text).ok().filter(|_| text.len() <= LONGEST_URL)?;
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}

/// An object with all that is in it, in a form that every database stores.
pub(super) fn object(value: Option<&Value>) -> Option<Map<String, Value>> {
    let Value::Object(object) = without_nul(value?) else { return None };
    (!object.is_empty()).then_some(object)
}

/// Recursion ends where the parser's did.
fn without_nul(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace('\0', "")),
        Value::Array(items) => items.iter().map(without_nul).collect(),
        Value::Object(object) => object.iter().map(|(name, value)| (name.replace('\0', ""), without_nul(value))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}
