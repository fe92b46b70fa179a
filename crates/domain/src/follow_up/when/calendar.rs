//! From a day as said to dates.
//!
//! "Montag" is the first Monday after today. "Nächsten Montag", "next Monday" is the Monday of the next calendar week
//! (Monday to Sunday): who means one in this week says so without "next". "Kommenden", "this" is the first that comes.

use jiff::{ToSpan, civil::Date};

use super::{Day, Days, Slice};

/// The first and the last of the days; `None` for a date that does not exist or a week that is over.
pub(super) fn days_of(days: &Days, today: Date) -> Option<(Date, Date)> {
    let (first, mut last) = dates_of(days.first, today)?;
    if let Some(day) = days.last {
        last = dates_of(day, today)?.1;
        if last < first {
            // From Thursday to Monday.
            last = last.checked_add(1.week()).ok()?;
        }
    }
    let later = i32::from(days.later).days();
    let (first, last) = (first.checked_add(later).ok()?, last.checked_add(later).ok()?);
    (first <= last && last >= today).then_some((first, last))
}

fn dates_of(day: Day, today: Date) -> Option<(Date, Date)> {
    let one = |date: Date| Some((date, date));
    let on = |date: Date, days: i16| date.checked_add(i32::from(days).days()).ok();
    let since_monday = i16::from(today.weekday().to_monday_zero_offset());
    let monday = |weeks: i16| on(today, weeks.saturating_mul(7).saturating_sub(since_monday));
    match day {
        Day::In(days) => one(on(today, days)?),
        Day::Weekday(weekday) => one(on(today, (i16::from(weekday) - since_monday + 6).rem_euclid(7) + 1)?),
        Day::OfWeek(weeks, weekday) => one(on(monday(weeks)?, i16::from(weekday))?),
        Day::Week(weeks, slice) => {
            let (first, last) = match slice {
                Slice::Whole => (0, 4),
                Slice::Start => (0, 1),
                Slice::Middle => (2, 2),
                Slice::End => (4, 4),
            };
            Some((on(monday(weeks)?, first)?.max(today), on(monday(weeks)?, last)?))
        }
        Day::Weekend(weeks) => Some((on(monday(weeks)?, 5)?.max(today), on(monday(weeks)?, 6)?)),
        Day::Date { day, month: Some(month) } => {
            let this_year = Date::new(today.year(), month, day).ok().filter(|date| *date >= today);
            one(this_year.or_else(|| Date::new(today.year().checked_add(1)?, month, day).ok())?)
        }
        Day::Date { day, month: None } => {
            let first = today.first_of_month();
            // The next month that has such a day.
            let months = (0..=2).filter_map(|months: i32| first.checked_add(months.months()).ok());
            one(months.filter_map(|month| Date::new(month.year(), month.month(), day).ok()).find(|date| *date >= today)?)
        }
    }
}
