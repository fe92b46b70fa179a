//! Business time: time that passes only while a branch is open. Opening hours are local wall times; everything here is
//! asked and answered in real instants, and across a change of the clocks an hour that is skipped does not count and one
//! that comes twice counts twice ([`edge`] says how a block's edge in such an hour is taken).
//!
//! Nothing walks minutes: the cost of an answer is the number of days between question and answer, and a search gives up
//! after [`HORIZON_DAYS`].

mod edge;
mod opening_hours;

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

pub use opening_hours::{Block, Holidays, OpeningHours, TimeOfDay, Weekday};

pub(crate) use edge::{begins, ends};

use crate::time;

/// How far ahead an opening, or enough open time, is searched: two years.
pub const HORIZON_DAYS: i64 = 2 * 366;

/// When a branch is open: its opening hours without its holidays, on the clocks of its zone.
#[derive(Debug, Clone)]
pub struct Calendar {
    hours: OpeningHours,
    holidays: Holidays,
    zone: TimeZone,
}

/// Real time from `from` up to, not including, `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from: Timestamp,
    until: Timestamp,
}

impl Span {
    fn length(self) -> SignedDuration {
        self.until.duration_since(self.from)
    }
}

/// A span without open time, and the holidays in it on which it would have been open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    pub from: Timestamp,
    pub until: Timestamp,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<Date>,
}

impl Closure {
    pub fn length(&self) -> SignedDuration {
        self.until.duration_since(self.from)
    }
}

impl Calendar {
    pub fn new(hours: OpeningHours, holidays: Holidays, zone: TimeZone) -> Self {
        Self { hours, holidays, zone }
    }

    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether any opening hours were written down.
    pub fn has_hours(&self) -> bool {
        !self.hours.is_empty()
    }

    pub fn is_open(&self, at: Timestamp) -> bool {
        self.next_opening(at) == Some(at)
    }

    /// `at` itself while it is open. `None`: it does not open within the horizon.
    pub fn next_opening(&self, at: Timestamp) -> Option<Timestamp> {
        self.open_spans(at, horizon(at)).next().map(|span| span.from)
    }

    /// The end of the open time that runs at `at`; blocks that touch are one. `None`: it is closed then, or does not close
    /// within the horizon.
    pub fn next_closing(&self, at: Timestamp) -> Option<Timestamp> {
        let end = horizon(at);
        let mut open_until = at;
        for span in self.open_spans(at, end) {
            if span.from > open_until {
                break;
            }
            open_until = span.until;
        }
        (open_until > at && open_until < end).then_some(open_until)
    }

    pub fn open_time_between(&self, from: Timestamp, until: Timestamp) -> SignedDuration {
        self.open_spans(from, until).map(Span::length).sum()
    }

    /// The first instant by which `open_time` has passed since `from`: at the earliest an opening, and the very closing
    /// time rather than the next opening. `None`: there is not that much within the horizon.
    pub fn after_open_time(&self, from: Timestamp, open_time: SignedDuration) -> Option<Timestamp> {
        let mut left = open_time.max(SignedDuration::ZERO);
        for span in self.open_spans(from, horizon(from)) {
            if left <= span.length() {
                return span.from.checked_add(left).ok();
            }
            left -= span.length();
        }
        None
    }

    /// The same local time so many business days later. While it is closed, that is counted from the next opening: what
    /// comes in on Friday evening is one business day old on Tuesday morning. Where that local time is not open on that
    /// day, it is the next opening after it. `None`: there are not that many business days within the horizon.
    pub fn after_business_days(&self, from: Timestamp, days: u32) -> Option<Timestamp> {
        let opening = self.next_opening(from)?.to_zoned(self.zone.clone());
        let Some(between) = days.checked_sub(1) else { return Some(opening.timestamp()) };
        let later = dates(opening.date(), self.date(horizon(from))).skip(1);
        let day = later.filter(|date| self.is_business_day(*date)).nth(usize::try_from(between).ok()?)?;
        self.next_opening(begins(&self.zone, day.to_datetime(opening.time()))?)
    }

    /// A day with opening hours that is no holiday.
    pub fn is_business_day(&self, date: Date) -> bool {
        !self.blocks(date).is_empty()
    }

    /// What is closed between two instants, in order.
    pub fn closures(&self, from: Timestamp, until: Timestamp) -> Vec<Closure> {
        let mut closed_from = from;
        let mut closures = Vec::new();
        let end = Span { from: until, until };
        for open in self.open_spans(from, until).chain([end]) {
            if closed_from < open.from {
                let holidays = self.dates_of(closed_from, open.from).filter(|date| self.is_missed_holiday(*date)).collect();
                closures.push(Closure { from: closed_from, until: open.from, holidays });
            }
            closed_from = open.until;
        }
        closures
    }

    /// Whether the span takes in, wholly or in part, a day that is no business day.
    pub fn touches_day_off(&self, closure: &Closure) -> bool {
        self.dates_of(closure.from, closure.until).any(|date| !self.is_business_day(date))
    }

    /// The open spans from `from` until `until`, in order; two that touch are not joined.
    fn open_spans(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Span> {
        // A day more on either side: where clocks are set back over midnight, the local date goes back, too.
        let first = self.date(from).yesterday().unwrap_or(Date::MIN);
        let last = self.date(until).tomorrow().unwrap_or(Date::MAX);
        let blocks = dates(first, last).flat_map(|date| self.blocks(date).iter().map(move |block| (date, block)));
        let mut reached = from;
        blocks.filter_map(move |(date, block)| {
            let opens = begins(&self.zone, block.from.on(date)?)?.max(reached);
            let closes = ends(&self.zone, block.until.on(date)?)?.min(until);
            (opens < closes).then(|| {
                // Two days overlap where clocks are set back over midnight; that time counts once.
                reached = closes;
                Span { from: opens, until: closes }
            })
        })
    }

    fn blocks(&self, date: Date) -> &[Block] {
        if self.holidays.contains(date) { &[] } else { self.hours.blocks(date.weekday().into()) }
    }

    fn is_missed_holiday(&self, date: Date) -> bool {
        self.holidays.contains(date) && !self.hours.blocks(date.weekday().into()).is_empty()
    }

    /// The local dates of a span; one that ends at midnight has nothing of the day that begins there.
    fn dates_of(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Date> {
        let last_moment = time::from_millis(until.as_millisecond().saturating_sub(1));
        dates(self.date(from), self.date(last_moment))
    }

    /// What the branch's clock shows.
    pub fn time_of_day(&self, at: Timestamp) -> Time {
        self.zone.to_datetime(at).time()
    }

    fn date(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }
}

/// From `first` to `last`, both included.
fn dates(first: Date, last: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |date| date.tomorrow().ok()).take_while(move |date| *date <= last)
}

fn horizon(at: Timestamp) -> Timestamp {
    time::plus_seconds(at, HORIZON_DAYS * 24 * 60 * 60)
}

#[cfg(test)]
mod tests;
