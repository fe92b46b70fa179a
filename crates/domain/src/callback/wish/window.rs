//! The shapes in which a wished time is sent (`preferred_time_window`): an object or a pair of times, with or without a
//! day, or a few words such as "tomorrow 14:00-16:00" and "montag vormittags".

use std::{collections::BTreeMap, ops::RangeInclusive};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{Wish, too_far};
use crate::{
    business_time::{TimeOfDay, Weekday, begins, ends},
    time,
    written::{Written, WrongField},
};

const ACCEPTED: &str = r#"must be an object such as {"day": "tomorrow", "from": "14:00", "until": "16:00"} (instead of day a date such as 2026-03-02 or 02.03.2026, or neither; or times as RFC 3339), a list such as ["14:00", "16:00"], or text such as "tomorrow 14:00-16:00", "monday morning", "montag 14 bis 16 uhr"; a day alone is 08:00 to 18:00"#;

const DAYS: [(&str, WishedDay); 20] = [
    ("today", WishedDay::Ahead(0)),
    ("heute", WishedDay::Ahead(0)),
    ("tomorrow", WishedDay::Ahead(1)),
    ("morgen", WishedDay::Ahead(1)),
    ("übermorgen", WishedDay::Ahead(2)),
    ("monday", WishedDay::Next(Weekday::Mon)),
    ("montag", WishedDay::Next(Weekday::Mon)),
    ("tuesday", WishedDay::Next(Weekday::Tue)),
    ("dienstag", WishedDay::Next(Weekday::Tue)),
    ("wednesday", WishedDay::Next(Weekday::Wed)),
    ("mittwoch", WishedDay::Next(Weekday::Wed)),
    ("thursday", WishedDay::Next(Weekday::Thu)),
    ("donnerstag", WishedDay::Next(Weekday::Thu)),
    ("friday", WishedDay::Next(Weekday::Fri)),
    ("freitag", WishedDay::Next(Weekday::Fri)),
    ("saturday", WishedDay::Next(Weekday::Sat)),
    ("samstag", WishedDay::Next(Weekday::Sat)),
    ("sonnabend", WishedDay::Next(Weekday::Sat)),
    ("sunday", WishedDay::Next(Weekday::Sun)),
    ("sonntag", WishedDay::Next(Weekday::Sun)),
];

/// Parts of a day, as hours.
const PARTS: [(&str, u16, u16); 13] = [
    ("morning", 8, 12),
    ("morgens", 8, 12),
    ("vormittag", 8, 12),
    ("vormittags", 8, 12),
    ("noon", 12, 14),
    ("mittag", 12, 14),
    ("mittags", 12, 14),
    ("afternoon", 14, 18),
    ("nachmittag", 14, 18),
    ("nachmittags", 14, 18),
    ("evening", 18, 21),
    ("abend", 18, 21),
    ("abends", 18, 21),
];

/// What a day alone means, in hours.
const WHOLE_DAY: (u16, u16) = (8, 18);

/// A wished time as it was understood, before it is known from which "now" and on whose clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeWindow {
    Local { day: WishedDay, from: TimeOfDay, until: TimeOfDay },
    Instants { from: Timestamp, until: Timestamp },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WishedDay {
    /// None was named: today, or tomorrow when the window is over for today.
    Any,
    On(Date),
    /// So many days from today.
    Ahead(u8),
    /// The next such day, today included unless the window is over for today.
    Next(Weekday),
}

impl TimeWindow {
    pub fn read(field: &str, written: Written) -> Result<Self, WrongField> {
        let read = match written {
            Written::Text(text) => read_text(&text),
            Written::List(times) => match times.as_slice() {
                [Written::Text(from), Written::Text(until)] => between(WishedDay::Any, from, until),
                _ => None,
            },
            Written::Fields(fields) => read_fields(field, fields)?,
            Written::Other(_) => None,
        };
        read.ok_or_else(|| WrongField::new(field, "format", ACCEPTED))
    }

    /// The wish it means now, on the clocks of the branch or company.
    pub fn at(self, field: &str, now: Timestamp, zone: &TimeZone) -> Result<Wish, WrongField> {
        let (day, from, until) = match self {
            Self::Instants { from, until } => return Wish::new(field, from, until, now),
            Self::Local { from, until, .. } if until <= from => return Err(WrongField::new(field, "value", "must end after it begins")),
            Self::Local { day, from, until } => (day, from, until),
        };
        let on = |date: Date| Some((begins(zone, from.on(date)?)?, ends(zone, until.on(date)?)?));
        let is_over = |date: Date| on(date).is_none_or(|(_, until)| until <= now);
        let today = zone.to_datetime(now).date();
        let date = match day {
            WishedDay::On(date) => Some(date),
            WishedDay::Ahead(days) => dates_from(today).nth(days.into()),
            WishedDay::Any => dates_from(today).find(|date| !is_over(*date)),
            WishedDay::Next(weekday) => dates_from(today).find(|date| weekday == date.weekday().into() && !is_over(*date)),
        };
        let (from, until) = date.and_then(on).ok_or_else(|| too_far(field))?;
        Wish::new(field, from, until, now)
    }
}

/// A week and a day: today's weekday comes again after the week, when its window is over for today.
fn dates_from(today: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(today), |date| date.tomorrow().ok()).take(8)
}

fn read_fields(field: &str, fields: BTreeMap<String, Written>) -> Result<Option<TimeWindow>, WrongField> {
    let (mut day, mut from, mut until, mut time) = (None, None, None, None);
    let day_key = if fields.contains_key("date") { "date" } else { "day" };
    for (key, written) in fields {
        let place = match key.as_str() {
            "date" | "day" => &mut day,
            "from" | "start" => &mut from,
            "until" | "to" | "end" => &mut until,
            "time" => &mut time,
            _ => {
                let message = "is not known here; accepted are: date or day, from or start, until, to or end, time";
                return Err(WrongField::new(format!("{field}.{key}"), "unknown", message));
            }
        };
        let Written::Text(text) = written else { return Err(WrongField::new(format!("{field}.{key}"), "type", "must be text")) };
        if place.replace(text).is_some() {
            return Err(WrongField::new(format!("{field}.{key}"), "repeated", "says again what another field says"));
        }
    }
    let day = match day.map(|text| read_day(&text.trim().to_lowercase())) {
        None => WishedDay::Any,
        Some(Some(day)) => day,
        Some(None) => {
            let message = "must be a date such as 2026-03-02 or 02.03.2026, or a day such as monday";
            return Err(WrongField::new(format!("{field}.{day_key}"), "format", message));
        }
    };
    Ok(match (from, until, time) {
        (Some(from), Some(until), None) => between(day, &from, &until),
        (None, None, Some(time)) => read_window(day, &time.to_lowercase()),
        (None, None, None) => whole(day),
        _ => None,
    })
}

fn read_text(text: &str) -> Option<TimeWindow> {
    let text = text.trim().to_lowercase();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((&text, ""));
    match read_day(first.trim_end_matches(',')) {
        Some(day) if rest.is_empty() => whole(day),
        Some(day) => read_window(day, rest),
        None => read_window(WishedDay::Any, &text),
    }
}

/// `monday`, `morgen`, `2026-03-30`, `30.03.2026`, `30.3.26`.
fn read_day(word: &str) -> Option<WishedDay> {
    let named = DAYS.iter().find(|(name, _)| *name == word).map(|(_, day)| *day);
    let date = || word.parse().ok().filter(|_| word.len() == 10).or_else(|| time::german_date(word));
    named.or_else(|| date().map(WishedDay::On))
}

fn whole(day: WishedDay) -> Option<TimeWindow> {
    let (from, until) = WHOLE_DAY;
    let is_named = day != WishedDay::Any;
    is_named.then_some(TimeWindow::Local { day, from: TimeOfDay::new(from, 0)?, until: TimeOfDay::new(until, 0)? })
}

/// `14:00-16:00`, `14 bis 16 uhr`, `afternoon`.
fn read_window(day: WishedDay, text: &str) -> Option<TimeWindow> {
    let text = text.trim();
    if let Some((_, from, until)) = PARTS.iter().find(|(name, ..)| *name == text) {
        return Some(TimeWindow::Local { day, from: TimeOfDay::new(*from, 0)?, until: TimeOfDay::new(*until, 0)? });
    }
    let text = text.strip_suffix("uhr").unwrap_or(text);
    let (from, until) = ["–", "-", " to ", " bis "].iter().find_map(|mark| text.split_once(mark))?;
    Some(TimeWindow::Local { day, from: read_time(from)?, until: read_time(until)? })
}

fn between(day: WishedDay, from: &str, until: &str) -> Option<TimeWindow> {
    if let (Some(from), Some(until)) = (read_time(from), read_time(until)) {
        return Some(TimeWindow::Local { day, from, until });
    }
    let instant = |text: &str| text.trim().parse::<Timestamp>().ok().map(time::cut);
    // An instant has its day in it.
    let (WishedDay::Any, Some(from), Some(until)) = (day, instant(from), instant(until)) else { return None };
    Some(TimeWindow::Instants { from, until })
}

/// `14:00`, `9:30`, `14`.
fn read_time(text: &str) -> Option<TimeOfDay> {
    let (hour, minute) = text.trim().split_once(':').unwrap_or((text.trim(), "00"));
    let digits = |text: &str, length: RangeInclusive<usize>| {
        let fits = length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if fits { text.parse().ok() } else { None }
    };
    TimeOfDay::new(digits(hour, 1..=2)?, digits(minute, 2..=2)?)
}
