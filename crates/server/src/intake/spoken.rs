//! Times and numbers as a voice says them: "morgen um 15 Uhr", "on Monday between 1 pm and 3 pm", "0 3 0, 9 0 1 8 2 0".

use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};
use ringback_domain::phone_number::PhoneNumber;

use crate::pages::words::Language;

/// From so many hours on it is the day that was meant and not its hours.
const WHOLE_DAY_HOURS: i64 = 9;
/// A weekday alone is said of the days before today's comes again.
const WEEK_DAYS: i32 = 6;

const WEEKDAYS: [&str; 7] = ["weekday-1", "weekday-2", "weekday-3", "weekday-4", "weekday-5", "weekday-6", "weekday-7"];
const MONTHS: [&str; 12] =
    ["month-1", "month-2", "month-3", "month-4", "month-5", "month-6", "month-7", "month-8", "month-9", "month-10", "month-11", "month-12"];

/// Says times as they are seen from an instant, on the company's clocks.
pub(super) struct Voice<'a> {
    pub(super) language: Language,
    pub(super) zone: &'a TimeZone,
    pub(super) now: Timestamp,
}

impl Voice<'_> {
    /// Some time between these two.
    pub(super) fn window(&self, from: Timestamp, until: Timestamp) -> String {
        let (start, end) = (self.local(from), self.local(until));
        if from <= self.now {
            return self.day_and("spoken-until", &end, [("until", self.clock(&end))]);
        }
        if start.date() != end.date() {
            let (first, last) = (self.date(start.date()), self.date(end.date()));
            return self.language.say_with("spoken-span", [("first", first.into()), ("last", last.into())]);
        }
        let seconds = until.duration_since(from).as_secs();
        if seconds >= WHOLE_DAY_HOURS * 3600 {
            self.day(start.date())
        } else if seconds <= 3600 {
            self.day_and("spoken-at", &start, [("from", self.clock(&start))])
        } else {
            self.day_and("spoken-between", &start, [("from", self.clock(&start)), ("until", self.clock(&end))])
        }
    }

    /// A deadline, at a quarter of an hour that people would name: the one after it, so that whoever keeps the one keeps the other.
    pub(super) fn deadline(&self, at: Timestamp) -> String {
        const QUARTER_SECONDS: i64 = 15 * 60;
        let minutes = at.as_second().div_euclid(60);
        let quarter = (minutes * 60 + QUARTER_SECONDS - 1).div_euclid(QUARTER_SECONDS) * QUARTER_SECONDS;
        let local = self.local(Timestamp::from_second(quarter).unwrap_or(at).max(self.now));
        self.day_and("spoken-at", &local, [("from", self.clock(&local))])
    }

    fn day_and<const N: usize>(&self, key: &str, of: &Zoned, values: [(&'static str, String); N]) -> String {
        let day = std::iter::once(("day", self.day(of.date())));
        self.language.say_of(key, day.chain(values))
    }

    fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }

    /// "today", "on Wednesday", "on Monday, March 9".
    fn day(&self, date: Date) -> String {
        match self.days_ahead(date) {
            0 => self.language.say("spoken-today"),
            1 => self.language.say("spoken-tomorrow"),
            _ => self.language.say_with("spoken-on", [("day", self.date(date).into())]),
        }
    }

    fn date(&self, date: Date) -> String {
        let weekday = self.language.say(WEEKDAYS[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())]);
        if (0..=WEEK_DAYS).contains(&self.days_ahead(date)) {
            return weekday;
        }
        let month = self.language.say(MONTHS[usize::from(date.month().unsigned_abs()) - 1]);
        let day = date.day().to_string();
        self.language.say_with("spoken-date", [("weekday", weekday.into()), ("day", day.into()), ("month", month.into())])
    }

    fn days_ahead(&self, date: Date) -> i32 {
        date.since(self.local(self.now).date()).map_or(i32::MAX, |span| span.get_days())
    }

    fn clock(&self, at: &Zoned) -> String {
        let (hour, minute) = (at.hour(), at.minute());
        if (hour, minute) == (12, 0) {
            return self.language.say("spoken-noon");
        }
        let said = match self.language {
            Language::De => hour,
            Language::En => (hour + 11) % 12 + 1,
        };
        let said = said.to_string();
        if minute == 0 {
            let key = if hour < 12 { "spoken-am" } else { "spoken-pm" };
            return self.language.say_with(key, [("hour", said.into())]);
        }
        let key = if hour < 12 { "spoken-am-minute" } else { "spoken-pm-minute" };
        self.language.say_with(key, [("hour", said.into()), ("minute", format!("{minute:02}").into())])
    }
}

/// Digit by digit, in the groups in which it is written, so that no voice reads it as one large number.
pub(super) fn digits(language: Language, number: &PhoneNumber, country: &str) -> String {
    let readable = number.readable(country);
    let groups = readable.split(|c: char| !c.is_ascii_digit() && c != '+').filter(|group| !group.is_empty());
    let spell = |group: &str| {
        let each = group.chars().map(|c| if c == '+' { language.say("spoken-plus") } else { c.to_string() });
        each.collect::<Vec<_>>().join(" ")
    };
    groups.map(spell).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
