//! Business time by example; against a slow [`reference`], and by its [`laws`].

mod examples;
mod laws;
mod reference;
mod written;

use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};

use super::{Calendar, Holidays, OpeningHours};

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("bundled")
}

/// The same blocks on some days of the week.
fn hours(days: &[&str], blocks: &[[&str; 2]]) -> OpeningHours {
    let days = days.iter().map(|day| ((*day).to_owned(), serde_json::json!(blocks))).collect();
    serde_json::from_value(serde_json::Value::Object(days)).expect("opening hours")
}

const WEEKDAYS: [&str; 5] = ["mon", "tue", "wed", "thu", "fri"];
const ALL_DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn in_berlin(hours: OpeningHours, holidays: &[&str]) -> Calendar {
    let holidays: Holidays = holidays.iter().map(|date| date.parse::<Date>().expect("a date")).collect();
    Calendar::new(hours, holidays, zone("Europe/Berlin"))
}

/// Monday to Friday from nine to six.
fn office() -> Calendar {
    in_berlin(hours(&WEEKDAYS, &[["09:00", "18:00"]]), &[])
}

fn round_the_clock() -> Calendar {
    in_berlin(hours(&ALL_DAYS, &[["00:00", "24:00"]]), &[])
}

/// What Berlin's clocks show; with an offset where they show it twice: `2026-10-25 02:30 +01:00`.
fn at(local: &str) -> Timestamp {
    let zoned = match local.split_once(" +") {
        Some((local, offset)) => format!("{local}+{offset}[Europe/Berlin]"),
        None => format!("{local}[Europe/Berlin]"),
    };
    zoned.parse::<Zoned>().expect("a local time").timestamp()
}
