//! How urgent a callback is and when it is due (decision 10).

use jiff::{SignedDuration, Timestamp};

use super::due::{Due, Skipped, Start, Why};
use crate::{
    business_time::{Calendar, Closure},
    settings::{Settings, SlaClock},
    time,
    words::words,
};

words!(Priority { Urgent = "urgent", High = "high", Normal = "normal" });

const DAY_MINUTES: u32 = 24 * 60;

/// The clock on which a callback's time runs.
#[derive(Debug, Clone, Copy)]
pub enum DueClock<'a> {
    Wall,
    /// Only while this is open.
    Business(&'a Calendar),
}

impl<'a> DueClock<'a> {
    /// The company's choice; without opening hours there is only the wall clock.
    pub fn of(choice: SlaClock, opening: Option<&'a Calendar>) -> Self {
        match (choice, opening) {
            (SlaClock::Business, Some(calendar)) if calendar.has_hours() => Self::Business(calendar),
            (SlaClock::Business | SlaClock::Wall, _) => Self::Wall,
        }
    }
}

/// When a callback is due by its priority, and why. There is no "now" in it: whoever asks again later, with another
/// priority, counts from the same start as before, so nothing restarts the clock; a raised priority may well be due in
/// the past.
///
/// On the business clock the minutes of the settings are open time, but whole days (multiples of 1440) are as many
/// business days: 24 hours of open time would be three days of a shop that is open for eight. Where that much open time is
/// nowhere in sight, because the branch never opens, the wall clock counts instead.
pub fn due(priority: Priority, start: Start, clock: DueClock<'_>, settings: &Settings) -> Due {
    let minutes = minutes(priority, settings);
    let on_business_clock = match clock {
        DueClock::Wall => return on_wall_clock(minutes, start, false),
        DueClock::Business(calendar) if minutes.is_multiple_of(DAY_MINUTES) => business_days(minutes / DAY_MINUTES, start, calendar),
        DueClock::Business(calendar) => business_time(minutes, start, calendar),
    };
    on_business_clock.unwrap_or_else(|| on_wall_clock(minutes, start, true))
}

fn on_wall_clock(minutes: u32, start: Start, for_lack_of_hours: bool) -> Due {
    Due { at: plus_minutes(start.at, minutes), why: Why::WallTime { minutes, start, for_lack_of_hours } }
}

fn business_time(minutes: u32, start: Start, calendar: &Calendar) -> Option<Due> {
    let at = calendar.after_open_time(start.at, SignedDuration::from_mins(minutes.into()))?;
    let skipped = Skipped::new(calendar.closures(start.at, at));
    Some(Due { at, why: Why::BusinessTime { minutes, start, skipped } })
}

fn business_days(days: u32, start: Start, calendar: &Calendar) -> Option<Due> {
    let at = calendar.after_business_days(start.at, days)?;
    let counted_from = calendar.next_opening(start.at)?;
    // Nights explain nothing about days. What does: that it came in while closed, days off, and that its hour was closed.
    let hour_was_closed = calendar.time_of_day(counted_from) != calendar.time_of_day(at);
    let tells = |it: &Closure| it.from == start.at || calendar.touches_day_off(it) || (hour_was_closed && it.until == at);
    let skipped = Skipped::new(calendar.closures(start.at, at).into_iter().filter(tells).collect());
    Some(Due { at, why: Why::BusinessDays { days, start, skipped } })
}

/// The due time of another priority, counted from where the clock of this promise began to run. `None`: a wished time, or one
/// that a person set, rules whatever the priority is.
pub fn due_again(why: &Why, priority: Priority, clock: DueClock<'_>, settings: &Settings) -> Option<Due> {
    why.start().map(|start| due(priority, start, clock, settings))
}

/// The moment at which the due time is warned of, on the wall clock. No hold lasts beyond it (decision 6).
pub fn warns_at(due_at: Timestamp, settings: &Settings) -> Timestamp {
    time::plus_seconds(due_at, -i64::from(settings.warn_minutes) * 60)
}

fn minutes(priority: Priority, settings: &Settings) -> u32 {
    match priority {
        Priority::Urgent => settings.sla_minutes.urgent,
        Priority::High => settings.sla_minutes.high,
        Priority::Normal => settings.sla_minutes.normal,
    }
}

fn plus_minutes(at: Timestamp, minutes: u32) -> Timestamp {
    time::plus_seconds(at, i64::from(minutes) * 60)
}

#[cfg(test)]
mod tests;
