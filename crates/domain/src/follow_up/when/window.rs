//! From a time as said to two instants, in the local time of those who said it.
//!
//! - A time on the clock is the hour from then on. Without a hint 1:00–7:59 is in the afternoon or the evening.
//! - A part of the day is its hours (see [`hours_of`]), a day is 08:00–18:00, a week is Monday to Friday.
//! - "After three" ends with the working day at 18:00, or at 20:00 when it begins at 17:00 or later.
//! - "By Friday" begins now, and so does what has begun already.
//! - Without a day it is today if that lies ahead, otherwise tomorrow.
//! - "In two hours" is an hour from then on; "within two hours" ends then.
//! - What begins more than 30 days ahead, lies in the past or does not exist has no window.

use jiff::{
    SignedDuration, Timestamp, ToSpan, Zoned,
    civil::{Date, Time, time},
    tz::TimeZone,
};

use super::calendar::days_of;
use super::{Bound, Clock, Days, Edge, HourMinute, Part, Until, Wait, When};

/// When to call: not before `start`, due at `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub start: Timestamp,
    pub end: Timestamp,
}

const LONGEST_AHEAD: SignedDuration = SignedDuration::from_hours(30 * 24);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const OPENS: Time = time(8, 0, 0, 0);
const CLOSES: Time = time(18, 0, 0, 0);
const EVENING: Time = time(17, 0, 0, 0);
const LATE: Time = time(20, 0, 0, 0);
/// No later hour is meant by one that has passed.
const NIGHT: Time = time(22, 0, 0, 0);
/// Less than this left of a part of today, and tomorrow's is meant.
const WORTH_CALLING: SignedDuration = SignedDuration::from_mins(30);

/// `None`: nobody can tell from these words when to call.
pub(in super::super) fn resolve(when: &When, at: Timestamp, zone: &TimeZone) -> Option<Window> {
    if when.past {
        return None;
    }
    let now = at.to_zoned(zone.clone());
    let window = match (when.wait, when.days) {
        (Some(wait), _) => waiting(wait, at)?,
        (None, Some(days)) => on_days(when, &days, &now)?,
        (None, None) if when.part.is_some() || when.clock.is_some() => on_the_next_day(when, &now)?,
        (None, None) => return None,
    };
    let start = window.start.max(at);
    (start < window.end && start.duration_since(at) <= LONGEST_AHEAD).then_some(Window { start, end: window.end })
}

fn waiting(wait: Wait, at: Timestamp) -> Option<Window> {
    let after = |minutes: i16| at.checked_add(SignedDuration::from_mins(i64::from(minutes))).ok();
    Some(match wait {
        Wait::Now => Window { start: at, end: after(60)? },
        Wait::Within(minutes) => Window { start: at, end: after(minutes)? },
        Wait::In(minutes) => Window { start: after(minutes)?, end: after(minutes.saturating_add(60))? },
    })
}

fn on_days(when: &When, days: &Days, now: &Zoned) -> Option<Window> {
    let (mut first, mut last) = days_of(days, now.date())?;
    let whole = when.part.is_none() && when.clock.is_none();
    match days.bound {
        Bound::Before if whole => (first, last) = (first.yesterday().ok()?, first.yesterday().ok()?),
        Bound::After => (first, last) = (last.tomorrow().ok()?, last.tomorrow().ok()?),
        _ => {}
    }
    let today = (first == now.date()).then(|| now.time());
    let mut hours = Hours::of(&limited(when, days.bound), today)?;
    if whole && last == now.date() {
        // "Today" said late in the day is still a promise for today.
        hours.end = if now.time() < EVENING { CLOSES } else { LATE };
    }
    let mut window = hours.on(first, last, now.time_zone())?;
    if matches!(days.bound, Bound::By | Bound::Before) {
        window.start = now.timestamp();
    }
    Some(window)
}

/// "By tomorrow noon": the limit is the noon.
fn limited(when: &When, bound: Bound) -> When {
    let mut when = *when;
    if matches!(bound, Bound::By | Bound::Before) {
        when.part = when.part.map(|(part, own)| (part, if own == Bound::On { bound } else { own }));
        when.clock = when.clock.map(|clock| if clock.bound == Bound::On { Clock { bound, ..clock } } else { clock });
    }
    when
}

/// Nobody said a day: today if it lies ahead, else tomorrow.
fn on_the_next_day(when: &When, now: &Zoned) -> Option<Window> {
    let hours = Hours::of(when, None)?;
    let left = hours.end.duration_since(now.time());
    // Nobody calls the morning he is in "the morning".
    let begun =
        matches!(when.part, Some((Part::Morning | Part::FirstThing, Bound::On))) && when.clock.is_none() && hours.start < now.time();
    let ahead = !begun && if hours.exact { hours.start >= now.time() } else { left >= WORTH_CALLING };
    let day = if ahead { now.date() } else { now.date().tomorrow().ok()? };
    hours.on(day, day, now.time_zone())
}

/// The hours of a day.
struct Hours {
    start: Time,
    end: Time,
    /// A time on the clock: it is over once it has begun.
    exact: bool,
    /// An hour is an hour, also in the night in which the clocks change.
    hour: bool,
}

impl Hours {
    const fn between(start: Time, end: Time) -> Self {
        Self { start, end, exact: false, hour: false }
    }

    fn on(&self, first: Date, last: Date, zone: &TimeZone) -> Option<Window> {
        let instant = |day: Date, time: Time| day.to_datetime(time).to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp());
        let start = instant(first, self.start)?;
        let end = if self.hour && first == last { start.checked_add(HOUR).ok()? } else { instant(last, self.end)? };
        Some(Window { start, end })
    }

    /// `now` when the day is today: then an hour that has passed means the later one.
    fn of(when: &When, now: Option<Time>) -> Option<Self> {
        match (when.clock, when.part) {
            (Some(clock), part) => Self::of_clock(clock, part.map(|(part, _)| part), now),
            (None, Some((part, bound))) => Some(Self::of_part(part, bound, when.edge)),
            (None, None) => Some(Self::between(OPENS, CLOSES)),
        }
    }

    fn of_part(part: Part, bound: Bound, edge: Option<Edge>) -> Self {
        let (mut start, mut end) = hours_of(part);
        let half = SignedDuration::from_secs(end.duration_since(start).as_secs() / 2);
        match edge {
            Some(Edge::Early) => end = start.saturating_add(half),
            Some(Edge::Late) => start = end.saturating_sub(half),
            None => {}
        }
        let noon = matches!(part, Part::Noon | Part::Midday);
        match bound {
            Bound::On if part == Part::DayEnd => Self::between(OPENS, end),
            Bound::On => Self::between(start, end),
            Bound::From => Self::between(start, day_ends_after(start)),
            // After noon is the afternoon.
            Bound::After if noon => Self::of_part(Part::Afternoon, Bound::On, edge),
            Bound::After => Self::between(end, day_ends_after(end)),
            Bound::Before => Self::between(OPENS.min(start), start),
            // By noon is by twelve, by the evening is by its end.
            Bound::By | Bound::AllBy if noon => Self::between(OPENS, start),
            Bound::By | Bound::AllBy => Self::between(OPENS, end),
        }
    }

    fn of_clock(clock: Clock, part: Option<Part>, now: Option<Time>) -> Option<Self> {
        let mut from = meant(clock.from, part)?;
        if part.is_none() && clock.until.is_none() && !clock.from.sure && from.hour() < 12 && now.is_some_and(|now| from < now) {
            // "Today at nine", said at ten.
            from = Some(from.saturating_add(12.hours())).filter(|later| *later < NIGHT).unwrap_or(from);
        }
        let within = part.map(hours_of).filter(|(start, end)| *start <= from && from <= *end);
        let exactly = |end: Time| Self { exact: true, ..Self::between(from, end) };
        Some(match (clock.bound, clock.until) {
            (_, Some(Until::End(until))) => Self::between(from, end_of_range(from, until, part)?),
            (_, Some(Until::Choice(until))) => exactly(end_of_range(from, until, part)?.saturating_add(HOUR)),
            (Bound::On, None) => Self { hour: true, ..exactly(from.saturating_add(HOUR)) },
            (Bound::From | Bound::After, None) => {
                exactly(within.map(|(_, end)| end).filter(|end| from < *end).unwrap_or_else(|| day_ends_after(from)))
            }
            (Bound::Before | Bound::By | Bound::AllBy, None) => Self::between(within.map_or(OPENS, |(start, _)| start).min(from), from),
        })
    }
}

/// Until when "after …" may last.
fn day_ends_after(start: Time) -> Time {
    if start < EVENING { CLOSES } else { LATE.max(start.saturating_add(HOUR)) }
}

/// The later bound lies behind the earlier: "from nine to five".
fn end_of_range(from: Time, until: HourMinute, part: Option<Part>) -> Option<Time> {
    let end = meant(until, part)?;
    Some(if end <= from && !until.sure && end.hour() < 12 { end.saturating_add(12.hours()) } else { end })
}

/// Which of the two fives of a day is meant.
fn meant(said: HourMinute, part: Option<Part>) -> Option<Time> {
    let time = Time::new(said.hour, said.minute, 0, 0).ok()?;
    let morning = match part {
        _ if said.sure || time.hour() >= 12 => return Some(time),
        Some(Part::FirstThing | Part::Morning) => true,
        Some(Part::Afternoon | Part::Evening | Part::Night | Part::AfterLunch) => false,
        Some(Part::Noon | Part::Midday) => time.hour() >= 10,
        Some(Part::DayEnd) | None => time.hour() >= 8,
    };
    Some(if morning { time } else { time.saturating_add(12.hours()) })
}

/// The hours of each part of a day.
fn hours_of(part: Part) -> (Time, Time) {
    let (from, until) = match part {
        Part::FirstThing => (8, 10),
        Part::Morning => (8, 12),
        Part::Noon => (12, 14),
        Part::Midday => (12, 15),
        Part::AfterLunch => (13, 15),
        Part::Afternoon => (13, 17),
        Part::Evening => (17, 20),
        Part::Night => (20, 21),
        Part::DayEnd => (17, 18),
    };
    (time(from, 0, 0, 0), time(until, 0, 0, 0))
}
