//! From what was sent to what it means: one function per kind of value.

use std::{ops::RangeInclusive, str::FromStr};

use jiff::{Timestamp, civil, tz::TimeZone};
use ringback_domain::{
    UnknownWord,
    phone_number::{self, PhoneNumber},
    time,
};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::{email, errors::Code};

pub(crate) type Reading<T> = Result<T, Wrong>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) code: Code,
    pub(crate) message: String,
}

pub(crate) fn wrong<T>(code: Code, message: impl Into<String>) -> Reading<T> {
    Err(Wrong { code, message: message.into() })
}

/// Text that `read` understands.
pub(crate) fn text<T>(read: impl FnOnce(&str) -> Reading<T>) -> impl FnOnce(&Json) -> Reading<T> {
    |value| match value {
        Json::String(text) => read(text),
        _ => wrong(Code::Type, "must be text"),
    }
}

/// One line of text, kept as it was typed.
pub(crate) fn line(max: usize) -> impl FnOnce(&Json) -> Reading<String> {
    text(move |text| {
        if text.chars().any(char::is_control) {
            return wrong(Code::Format, "must be one line without control characters");
        }
        filled(text, max)
    })
}

/// Text of many lines, kept as it was typed.
pub(crate) fn prose(max: usize) -> impl FnOnce(&Json) -> Reading<String> {
    text(move |text| {
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return wrong(Code::Format, "must not contain control characters");
        }
        filled(text, max)
    })
}

fn filled(text: &str, max: usize) -> Reading<String> {
    if text.trim().is_empty() || text.chars().count() > max {
        return wrong(Code::Range, format!("must have 1 to {max} characters"));
    }
    Ok(text.to_owned())
}

pub(crate) fn flag(value: &Json) -> Reading<bool> {
    value.as_bool().map_or_else(|| wrong(Code::Type, "must be true or false"), Ok)
}

/// A whole number in `range`; written as a number, also as `3.0`.
pub(crate) fn whole<T: TryFrom<i64>>(range: RangeInclusive<i64>) -> impl FnOnce(&Json) -> Reading<T> {
    move |value| {
        let Json::Number(number) = value else { return wrong(Code::Type, "must be a whole number") };
        let whole = number.as_i64().or_else(|| number.as_f64().and_then(exact));
        in_range(whole, &range)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "only what has no fraction and fits is cast")]
fn exact(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0).then_some(number as i64)
}

fn in_range<T: TryFrom<i64>>(number: Option<i64>, range: &RangeInclusive<i64>) -> Reading<T> {
    let fits = number.filter(|number| range.contains(number)).and_then(|number| T::try_from(number).ok());
    fits.map_or_else(|| wrong(Code::Range, format!("must be a whole number from {} to {}", range.start(), range.end())), Ok)
}

/// A whole number in a query.
pub(crate) fn digits<T: TryFrom<i64>>(range: RangeInclusive<i64>) -> impl FnOnce(&str) -> Reading<T> {
    move |text| in_range(text.parse().ok(), &range)
}

/// `true` or `false` in a query.
pub(crate) fn truth(text: &str) -> Reading<bool> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => wrong(Code::Type, "must be true or false"),
    }
}

/// One of an enum's words.
pub(crate) fn word<T: FromStr<Err = UnknownWord>>(text: &str) -> Reading<T> {
    text.parse().map_err(|unknown: UnknownWord| Wrong { code: Code::Choice, message: unknown.to_string() })
}

/// Words with commas between them, in a query.
pub(crate) fn words<T: FromStr<Err = UnknownWord>>(text: &str) -> Reading<Vec<T>> {
    text.split(',').map(|part| word(part.trim())).collect()
}

pub(crate) fn id<T: From<Uuid>>(text: &str) -> Reading<T> {
    Uuid::try_parse(text).map_or_else(|_| wrong(Code::Format, "must be an id (UUID)"), |id| Ok(id.into()))
}

/// An instant, RFC 3339 with any offset, cut to milliseconds.
pub(crate) fn instant(text: &str) -> Reading<Timestamp> {
    let parsed = text.parse::<Timestamp>().ok().map(time::cut);
    parsed.map_or_else(|| wrong(Code::Format, "must be a time like 2026-03-02T12:00:00Z (RFC 3339)"), Ok)
}

/// A day such as `2026-12-25`.
pub(crate) fn date(text: &str) -> Reading<civil::Date> {
    // jiff also reads `20261225` and the date of a date and time.
    let parsed = text.parse::<civil::Date>().ok().filter(|date| text.len() == 10 && (1900..=9000).contains(&date.year()));
    parsed.map_or_else(|| wrong(Code::Format, "must be a date such as 2026-12-25"), Ok)
}

/// An address of somebody, as it was typed.
pub(crate) fn email(text: &str) -> Reading<String> {
    email::parse(text).map(|_| text.trim().to_owned()).map_err(|message| Wrong { code: Code::Format, message })
}

/// An address with which somebody signs in: in other letters it is the same.
pub(crate) fn own_email(text: &str) -> Reading<String> {
    email::parse(text).map_err(|message| Wrong { code: Code::Format, message })
}

/// Whether a list has the newest first.
pub(crate) fn newest_first(text: &str) -> Reading<bool> {
    match text {
        "created_at" => Ok(false),
        "-created_at" => Ok(true),
        _ => wrong(Code::Choice, "must be one of: created_at, -created_at"),
    }
}

/// A search word.
pub(crate) fn search(text: &str) -> Reading<Option<String>> {
    let text = text.trim();
    if text.chars().any(char::is_control) || text.chars().count() > 200 {
        return wrong(Code::Format, "must be one line of at most 200 characters");
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

pub(crate) fn phone_number(country: &str) -> impl FnOnce(&str) -> Reading<PhoneNumber> {
    move |text| PhoneNumber::parse(text, country).map_err(|error| Wrong { code: Code::Format, message: error.to_string() })
}

/// ISO 3166, two letters, of a country that has telephones.
pub(crate) fn country(text: &str) -> Reading<String> {
    let two = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if two && phone_number::calling_code(text).is_some() {
        return Ok(text.to_owned());
    }
    wrong(Code::Choice, "must be a country's code of two capital letters (ISO 3166), such as DE")
}

/// A language as BCP 47 writes it: `de`, `en-GB`.
pub(crate) fn language(text: &str) -> Reading<String> {
    let mut parts = text.split('-');
    let primary = parts.next().unwrap_or_default();
    let fits = (2..=3).contains(&primary.len())
        && primary.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if fits && text.len() <= 35 { Ok(text.to_owned()) } else { wrong(Code::Format, "must be a language such as de or en-GB (BCP 47)") }
}

pub(crate) fn time_zone(text: &str) -> Reading<String> {
    let zone = TimeZone::get(text).ok().and_then(|zone| zone.iana_name().map(str::to_owned));
    zone.map_or_else(|| wrong(Code::Choice, "must be a time zone such as Europe/Berlin (IANA)"), Ok)
}

pub(crate) fn time_of_day(text: &str) -> Reading<civil::Time> {
    let fits = matches!(text.len(), 5 | 8) && text.as_bytes()[2] == b':';
    let parsed = text.parse::<civil::Time>().ok().filter(|_| fits);
    parsed.map_or_else(|| wrong(Code::Format, "must be a time of day such as 08:00"), Ok)
}

/// A socket or web address of a voice agent's stream.
pub(crate) fn stream_url(text: &str) -> Reading<String> {
    let known = reqwest::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "ws" | "wss" | "http" | "https") && url.has_host());
    if known && text.len() <= 600 && !text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Ok(text.to_owned());
    }
    wrong(Code::Format, "must be a wss, ws, https or http URL of at most 600 characters")
}

/// Up to `max` different texts.
pub(crate) fn list<T: PartialEq>(max: usize, read: impl Fn(&str) -> Reading<T>) -> impl FnOnce(&Json) -> Reading<Vec<T>> {
    move |value| {
        let Json::Array(values) = value else { return wrong(Code::Type, "must be a list") };
        if values.len() > max {
            return wrong(Code::Range, format!("must have at most {max} entries"));
        }
        let mut entries = Vec::with_capacity(values.len());
        for value in values {
            let entry = text(&read)(value)?;
            if entries.contains(&entry) {
                return wrong(Code::Repeated, "must not name anything twice");
            }
            entries.push(entry);
        }
        Ok(entries)
    }
}
