//! Cookies: the session and what a person chose for this browser.

use axum::http::{HeaderMap, HeaderValue, header};

pub(crate) const LANGUAGE: &str = "ringback_language";
pub(crate) const THEME: &str = "ringback_theme";

const YEAR_SECONDS: i64 = 365 * 24 * 60 * 60;

pub(crate) fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}

/// A cookie that scripts cannot read and that other sites' posts do not carry. `seconds = 0` takes it away.
pub(crate) fn write(name: &str, value: &str, seconds: i64, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::try_from(cookie).expect("names and values are ours: letters, digits, - and _")
}

/// A choice for this browser; `None` goes back to the default.
pub(crate) fn choice(name: &str, value: Option<&str>, secure: bool) -> HeaderValue {
    value.map_or_else(|| write(name, "", 0, secure), |value| write(name, value, YEAR_SECONDS, secure))
}
