//! Instants, and days as Germans write them. One precision everywhere, so that what was written is what is read on both databases.

use jiff::{SignedDuration, Timestamp, civil::Date};

/// Where "now" comes from. Only the edges hold one; decisions are handed the instant.
pub trait Clock: Send + Sync {
    /// Cut to milliseconds.
    fn now(&self) -> Timestamp;
}

/// Cuts to whole milliseconds, the precision that the database keeps.
pub fn cut(at: Timestamp) -> Timestamp {
    from_millis(at.as_millisecond())
}

/// Milliseconds since 1970. Values outside jiff's range (years −9999 to 9999) are cut to it.
pub fn from_millis(millis: i64) -> Timestamp {
    let (min, max) = (Timestamp::MIN.as_millisecond(), Timestamp::MAX.as_millisecond());
    Timestamp::from_millisecond(millis.clamp(min, max)).unwrap_or(Timestamp::MAX)
}

/// `at + seconds`, staying inside jiff's range.
pub fn plus_seconds(at: Timestamp, seconds: i64) -> Timestamp {
    from_millis(at.as_millisecond().saturating_add(seconds.saturating_mul(1000)))
}

/// `24.12.2026`, `24.12.26`: a year of two digits is one of this century.
pub fn german_date(text: &str) -> Option<Date> {
    let (day_and_month, year) = text.rsplit_once('.')?;
    let century = match year.len() {
        2 => "20",
        4 => "",
        _ => return None,
    };
    Date::strptime("%d.%m.%Y", format!("{day_and_month}.{century}{year}")).ok()
}

/// Whole seconds from `start` to `end`, never negative.
pub fn seconds_between(start: Timestamp, end: Timestamp) -> i64 {
    end.duration_since(start).max(SignedDuration::ZERO).as_secs()
}
