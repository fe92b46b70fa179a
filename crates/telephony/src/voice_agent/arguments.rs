//! The arguments of our tools, as models write them: numbers for text, words for yes and no, a placeholder for what was
//! not said. What cannot be understood is told to the model in terms it can act on.

use jiff::{Timestamp, Zoned, civil};
use ringback_domain::{ids::CallbackId, phone_number::PhoneNumber, time};
use serde_json::{Map, Value};

use super::json;

/// An argument that cannot be used, and what would be accepted. Never repeats what was sent: it may be a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{argument}: {message}")]
pub struct BadArgument {
    pub argument: &'static str,
    pub message: String,
}

impl BadArgument {
    pub(super) fn new(argument: &'static str, message: impl Into<String>) -> Self {
        Self { argument, message: message.into() }
    }
}

/// When somebody wishes to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    At(Timestamp),
    /// In the zone of the business or of the customer: which, is for the caller to say.
    Local(civil::DateTime),
    Day(civil::Date),
    /// The person's own words: `tomorrow after lunch`, `morgen um fünf`.
    Words(String),
}

const LONGEST_LINE: usize = 200;

/// Reads argument after argument and keeps every error, so that the model can mend all of them at once.
pub(super) struct Arguments<'a> {
    values: &'a Map<String, Value>,
    wrong: Vec<BadArgument>,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(values: &'a Map<String, Value>) -> Self {
        Self { values, wrong: Vec::new() }
    }

    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Vec<BadArgument>> {
        match read {
            Some(read) if self.wrong.is_empty() => Ok(read),
            _ => Err(self.wrong),
        }
    }

    /// `None`, told as an error, where the model left out what must be there.
    pub(super) fn required<T>(&mut self, argument: &'static str, accepted: &str, read: Option<T>) -> Option<T> {
        if read.is_none() && !self.wrong.iter().any(|wrong| wrong.argument == argument) {
            self.refuse(argument, format!("is missing; accepted is {accepted}"));
        }
        read
    }

    fn refuse(&mut self, argument: &'static str, message: impl Into<String>) {
        self.wrong.push(BadArgument::new(argument, message));
    }

    fn read<T>(&mut self, argument: &'static str, reading: impl FnOnce(&Value) -> Result<T, String>) -> Option<T> {
        let value = self.values.get(argument).filter(|value| was_said(value))?;
        reading(value).map_err(|message| self.refuse(argument, message)).ok()
    }

    /// What is told along with a wish: the wish counts also where this is too long, and is cut, or is no text.
    pub(super) fn detail(&self, argument: &'static str) -> Option<String> {
        let value = self.values.get(argument).filter(|value| was_said(value))?;
        json::line(Some(value), LONGEST_LINE)
    }

    pub(super) fn phone_number(&mut self, argument: &'static str, country: &str) -> Option<PhoneNumber> {
        self.read(argument, |value| phone_number(value, country))
    }

    pub(super) fn confirmed(&mut self, argument: &'static str) -> bool {
        self.read(argument, truth).unwrap_or(false)
    }

    pub(super) fn language(&mut self, argument: &'static str) -> Option<String> {
        self.read(argument, language)
    }

    pub(super) fn callback_id(&mut self, argument: &'static str) -> Option<CallbackId> {
        let message = "is not the id of a callback; leave it out and give phone_number";
        self.read(argument, |value| line(value)?.parse().map_err(|_| message.to_owned()))
    }

    /// One argument, or the two into which some models take it apart: `date` and `time`.
    pub(super) fn when(&mut self, argument: &'static str) -> Option<When> {
        if let Some(when) = self.read(argument, |value| when(&words(value)?)) {
            return Some(when);
        }
        let date = self.read("date", words)?;
        let time = self.read("time", words);
        let both = time.map_or_else(|| date.clone(), |time| format!("{date} {time}"));
        when(&both).map_err(|message| self.refuse("date", message)).ok()
    }
}

/// Models write these for what nobody said; the braces are a variable that the platform did not know.
fn was_said(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => {
            let text = text.trim().to_ascii_lowercase();
            let nothing = ["", "null", "none", "nil", "n/a", "undefined", "unknown", "not provided", "not specified"];
            let variable = text.starts_with("{{") && text.ends_with("}}");
            !variable && !nothing.contains(&text.as_str())
        }
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => true,
    }
}

fn line(value: &Value) -> Result<String, String> {
    match json::line(Some(value), usize::MAX) {
        Some(text) if text.chars().count() > LONGEST_LINE => Err(format!("is too long; accepted are at most {LONGEST_LINE} characters")),
        Some(text) => Ok(text),
        None => Err("must be text".to_owned()),
    }
}

/// Text that a number cannot stand for.
fn words(value: &Value) -> Result<String, String> {
    json::line(Some(value).filter(|value| value.is_string()), LONGEST_LINE).ok_or_else(|| WHEN_ACCEPTED.to_owned())
}

fn phone_number(value: &Value, country: &str) -> Result<PhoneNumber, String> {
    let digits = match value {
        Value::String(text) => json::one_line(text),
        Value::Number(number) if number.is_u64() => number.to_string(),
        _ => return Err("must be text, such as +49 30 901820".to_owned()),
    };
    // As speech is written down: "plus 49, 30, 90 18 20".
    let mut spelled = digits.to_lowercase().replace("plus", "+").replace([',', ';', '_', '–', '—'], " ");
    if let Some(international) = spelled.strip_prefix("00") {
        spelled = format!("+{international}");
    }
    PhoneNumber::parse(&spelled, country).map_err(|error| error.to_string())
}

fn truth(value: &Value) -> Result<bool, String> {
    match line(value)?.to_lowercase().trim_end_matches(['.', '!']) {
        "true" | "1" | "yes" | "y" | "ja" | "haan" | "han" | "हाँ" | "हां" => Ok(true),
        "false" | "0" | "no" | "n" | "nein" | "nahi" | "nahin" | "नहीं" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

/// The primary part of a BCP 47 tag, or a language's name as models like to write it.
fn language(value: &Value) -> Result<String, String> {
    let text = line(value)?.to_lowercase();
    let code = match text.as_str() {
        "english" | "englisch" => "en",
        "german" | "deutsch" => "de",
        "hindi" | "hinglish" | "हिन्दी" | "हिंदी" => "hi",
        _ => text.split(['-', '_']).next().unwrap_or_default(),
    };
    let is_code = (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase());
    if is_code { Ok(code.to_owned()) } else { Err("is not a language; accepted are codes such as de, en or hi".to_owned()) }
}

const WHEN_ACCEPTED: &str =
    "is not a time; accepted are 2026-11-23T17:00 (local), 2026-11-23T17:00+01:00, 2026-11-23, and words such as \"tomorrow at five\"";

/// What begins like a date must be one; everything else is passed on as it was said.
fn when(text: &str) -> Result<When, String> {
    let begins_like_a_date = text.len() > 4 && text.as_bytes()[4] == b'-' && text.as_bytes()[..4].iter().all(u8::is_ascii_digit);
    if !begins_like_a_date {
        return Ok(When::Words(text.to_owned()));
    }
    let understood = if let Ok(at) = text.parse::<Timestamp>() {
        Some(When::At(time::cut(at)))
    } else if let Ok(zoned) = text.parse::<Zoned>() {
        Some(When::At(time::cut(zoned.timestamp())))
    } else if text.len() == "2026-11-23".len() {
        text.parse().ok().map(When::Day)
    } else {
        // A zone that is not known would be passed over.
        text.parse().ok().filter(|_| !text.contains('[')).map(When::Local)
    };
    understood.ok_or_else(|| WHEN_ACCEPTED.to_owned())
}

#[cfg(test)]
mod tests;
