//! Who reads a page: in which language, theme and time zone, and how times and numbers look to him.

use std::borrow::Cow;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use fluent_templates::fluent_bundle::FluentValue;
use jiff::{Timestamp, tz::TimeZone};
use ringback_domain::phone_number::PhoneNumber;
use ringback_store::SignedIn;

use super::{cookies, errors::PageError, session, words::Language};
use crate::app::App;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    Light,
    Dark,
}

impl Theme {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.word() == word)
    }
}

/// What every page is rendered for.
pub(crate) struct Reader {
    pub(crate) language: Language,
    /// `None`: as the system has it.
    pub(crate) theme: Option<Theme>,
    pub(crate) staff: Option<SignedIn>,
    /// Where the person is now, to come back to.
    pub(crate) here: String,
    pub(crate) now: Timestamp,
    zone: TimeZone,
}

impl Reader {
    /// For a request of which nothing but its headers is known.
    pub(crate) fn stranger(headers: &HeaderMap, here: &str, now: Timestamp) -> Self {
        Self {
            language: wanted(headers).unwrap_or(Language::En),
            theme: cookies::read(headers, cookies::THEME).and_then(|it| Theme::of(&it)),
            staff: None,
            here: here.to_owned(),
            now,
            zone: TimeZone::UTC,
        }
    }

    /// For what the company is told, whoever asks for it.
    pub(crate) fn of_company(locale: &str, zone: TimeZone, now: Timestamp) -> Self {
        let language = Language::of(locale).unwrap_or(Language::En);
        Self { language, theme: None, staff: None, here: String::new(), now, zone }
    }

    /// In the language that the person chose, else in the browser's; in the company's where neither says anything.
    fn known(mut self, headers: &HeaderMap, staff: SignedIn) -> Self {
        let own = staff.language.as_deref().and_then(Language::of);
        self.language = own.or_else(|| wanted(headers)).or_else(|| Language::of(&staff.locale)).unwrap_or(Language::En);
        self.zone = TimeZone::get(&staff.time_zone).unwrap_or(TimeZone::UTC);
        self.staff = Some(staff);
        self
    }

    /// For whoever is signed in, and for a stranger where nobody is.
    pub(crate) async fn of(headers: &HeaderMap, here: &str, app: &App) -> Result<Self, PageError> {
        let now = app.clock.now();
        let reader = Self::stranger(headers, here, now);
        let Some(token) = session::token(headers, app) else { return Ok(reader) };
        Ok(match app.store.session(&token, now).await? {
            Some(staff) => reader.known(headers, staff),
            None => reader,
        })
    }

    pub(crate) fn is_theme(&self, word: &str) -> bool {
        self.theme.is_some_and(|theme| theme.word() == word)
    }

    pub(crate) fn t(&self, key: &str) -> String {
        self.language.say(key)
    }

    pub(crate) fn t1<'v>(&self, key: &str, name: &'static str, value: impl Into<FluentValue<'v>>) -> String {
        self.language.say_with(key, [(name, value.into())])
    }

    /// `1.234` or `1,234`.
    pub(crate) fn number(&self, number: impl Into<i64>) -> String {
        let number = number.into();
        let digits = number.unsigned_abs().to_string();
        let separator = if self.language == Language::De { '.' } else { ',' };
        let mut text = if number < 0 { "−".to_owned() } else { String::new() };
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }

    /// `10:42`, with the day when it is not today.
    pub(crate) fn clock(&self, at: Timestamp) -> String {
        let (there, today) = (at.to_zoned(self.zone.clone()), self.now.to_zoned(self.zone.clone()).date());
        let format = match self.language {
            _ if there.date() == today => "%H:%M",
            Language::De => "%-d.%-m., %H:%M",
            Language::En => "%-d %b, %H:%M",
        };
        there.strftime(format).to_string()
    }

    /// `10:42:07`.
    pub(crate) fn clock_seconds(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%H:%M:%S").to_string()
    }

    /// The start of today where the company is.
    pub(crate) fn midnight(&self) -> Timestamp {
        let today = self.now.to_zoned(self.zone.clone());
        today.start_of_day().map_or(self.now, |start| start.timestamp())
    }

    /// `2:05`; hours only when there are any.
    pub(crate) fn lasting(seconds: i64) -> String {
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
    }

    pub(crate) fn zone_name(&self) -> Cow<'_, str> {
        self.zone.iana_name().unwrap_or("UTC").into()
    }

    /// As people of the company's country write it.
    pub(crate) fn phone_number(&self, number: &PhoneNumber) -> String {
        number.readable(self.staff.as_ref().map_or("", |staff| &staff.country))
    }
}

/// What was chosen in this browser, else what it asks for.
fn wanted(headers: &HeaderMap) -> Option<Language> {
    let chosen = cookies::read(headers, cookies::LANGUAGE).and_then(|it| Language::of(&it));
    chosen.or_else(|| headers.get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok()).and_then(Language::accepted))
}

impl FromRequestParts<App> for Reader {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let here = parts.uri.path_and_query().map_or("/", |it| it.as_str());
        Self::of(&parts.headers, here, app).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(language: &str, zone: &str) -> Reader {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, language.parse().expect("a header"));
        let now: Timestamp = "2026-03-29T10:00:00Z".parse().expect("an instant");
        Reader { zone: TimeZone::get(zone).expect("a zone"), ..Reader::stranger(&headers, "/", now) }
    }

    #[test]
    fn times_are_the_companys_and_say_the_day_when_it_is_another() {
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let german = reader("de", "Europe/Berlin");
        assert_eq!(german.clock(at("2026-03-29T08:42:07Z")), "10:42");
        assert_eq!(german.clock(at("2026-03-28T22:30:00Z")), "28.3., 23:30");
        assert_eq!(reader("en", "Asia/Kolkata").clock(at("2026-03-28T08:42:00Z")), "28 Mar, 14:12");
        // Summer time begins on this day: it has 23 hours and still starts at midnight.
        assert_eq!(german.midnight(), at("2026-03-28T23:00:00Z"));
    }

    #[test]
    fn numbers_and_durations_are_written_as_people_write_them() {
        let (german, english) = (reader("de", "UTC"), reader("en", "UTC"));
        assert_eq!(german.number(1_234_567), "1.234.567");
        assert_eq!(english.number(-1234), "−1,234");
        assert_eq!(german.number(999), "999");
        assert_eq!(Reader::lasting(125), "2:05");
        assert_eq!(Reader::lasting(3605), "1:00:05");
    }
}
