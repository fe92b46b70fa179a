//! Whether a person is at work: set by hand (active, present, absent on these days) and by his hours, never by an open
//! window on a screen. Days and hours are those of his branch's clocks.

use std::fmt;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::business_time::{Calendar, Holidays, OpeningHours, begins};

/// All that decides it.
#[derive(Debug, Clone)]
pub struct Presence {
    pub active: bool,
    /// At work, set by hand.
    pub present: bool,
    /// Both days included. One alone: from then on without an end, or until then.
    pub absent_from: Option<Date>,
    pub absent_until: Option<Date>,
    /// `None`, or not one block in the week: at any hour.
    pub working_hours: Option<OpeningHours>,
    /// Of his branch; of the company where he has none.
    pub zone: TimeZone,
}

/// Why nothing can be given to somebody now; the first that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    Inactive,
    NotPresent,
    /// The last day, where it is known.
    Absent {
        until: Option<Date>,
    },
    OutsideHours,
}

impl fmt::Display for Away {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inactive => f.write_str("not active"),
            Self::NotPresent => f.write_str("not present"),
            Self::Absent { until: Some(until) } => write!(f, "absent until {until}"),
            Self::Absent { until: None } => f.write_str("absent"),
            Self::OutsideHours => f.write_str("outside working hours"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Availability {
    pub away: Option<Away>,
    /// When time alone next makes him available, or takes that from him. `None`: not within two years.
    pub changes_at: Option<Timestamp>,
}

impl Availability {
    pub fn is_available(self) -> bool {
        self.away.is_none()
    }
}

impl Presence {
    pub fn at(&self, now: Timestamp) -> Availability {
        let set_by_hand = match (self.active, self.present) {
            (false, _) => Some(Away::Inactive),
            (true, false) => Some(Away::NotPresent),
            (true, true) => None,
        };
        if set_by_hand.is_some() {
            return Availability { away: set_by_hand, changes_at: None };
        }
        let hours = self.hours();
        let at_work = hours.as_ref().is_none_or(|hours| hours.is_open(now));
        let away = match (self.is_absent(now), at_work) {
            (true, _) => Some(Away::Absent { until: self.absent_until }),
            (false, false) => Some(Away::OutsideHours),
            (false, true) => None,
        };
        let changes_at = if away.is_none() { self.leaves_at(hours.as_ref(), now) } else { self.returns_at(hours.as_ref(), now) };
        Availability { away, changes_at }
    }

    fn hours(&self) -> Option<Calendar> {
        let hours = self.working_hours.clone().filter(|hours| !hours.is_empty())?;
        Some(Calendar::new(hours, Holidays::default(), self.zone.clone()))
    }

    fn is_absent(&self, at: Timestamp) -> bool {
        if self.absent_from.is_none() && self.absent_until.is_none() {
            return false;
        }
        self.absence_begins().is_none_or(|begins| begins <= at) && self.absence_ends().is_none_or(|ends| at < ends)
    }

    fn absence_begins(&self) -> Option<Timestamp> {
        begins(&self.zone, self.absent_from?.to_datetime(jiff::civil::Time::midnight()))
    }

    fn absence_ends(&self) -> Option<Timestamp> {
        begins(&self.zone, self.absent_until?.tomorrow().ok()?.to_datetime(jiff::civil::Time::midnight()))
    }

    /// From an instant at which he is at work.
    fn leaves_at(&self, hours: Option<&Calendar>, now: Timestamp) -> Option<Timestamp> {
        let absent = self.absence_begins().filter(|begins| *begins > now && self.absence_ends().is_none_or(|ends| *begins < ends));
        let closes = hours.and_then(|hours| hours.next_closing(now));
        absent.into_iter().chain(closes).min()
    }

    /// From an instant at which he is not.
    fn returns_at(&self, hours: Option<&Calendar>, now: Timestamp) -> Option<Timestamp> {
        let mut at = now;
        // The one absence can lie before the next hours, or they can begin within it: then those after it count.
        for _ in 0..2 {
            if self.is_absent(at) {
                at = self.absence_ends()?;
            }
            if let Some(hours) = hours {
                at = hours.next_opening(at)?;
            }
            if !self.is_absent(at) {
                return Some(at);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
