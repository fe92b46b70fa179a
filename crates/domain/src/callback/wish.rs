//! When somebody wishes to be called. A wish rules instead of the priority's time: not before its start, due at its end.

mod window;

use jiff::Timestamp;

pub use window::{TimeWindow, WishedDay};

use super::due::{Due, Start, StartedBy, Why};
use crate::{time, written::WrongField};

/// How far ahead a call can be wished for.
const MOST_DAYS_AHEAD: i64 = 30;

/// A wish that can still be kept: it ends after it begins, in the future, and at most 30 days ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    from: Timestamp,
    until: Timestamp,
}

impl Wish {
    pub fn new(field: &str, from: Timestamp, until: Timestamp, now: Timestamp) -> Result<Self, WrongField> {
        if until <= from {
            return Err(WrongField::new(field, "value", "must end after it begins"));
        }
        if until <= now {
            return Err(WrongField::new(field, "range", "must not be over already"));
        }
        within_reach(field, until, now)?;
        Ok(Self { from, until })
    }

    /// The callback's not-before time.
    pub fn from(self) -> Timestamp {
        self.from
    }

    pub fn until(self) -> Timestamp {
        self.until
    }

    pub fn due(self) -> Due {
        Due { at: self.until, why: Why::Wished { from: self.from } }
    }
}

impl Start {
    /// A wish without an end: the priority's time counts from then. One that lies in the past asks for nothing.
    pub fn not_before(field: &str, at: Timestamp, now: Timestamp) -> Result<Self, WrongField> {
        within_reach(field, at, now)?;
        Ok(if at > now { Self { at, by: StartedBy::NotBefore } } else { Self::created(now) })
    }
}

fn within_reach(field: &str, at: Timestamp, now: Timestamp) -> Result<(), WrongField> {
    if at > time::plus_seconds(now, MOST_DAYS_AHEAD * 24 * 60 * 60) { Err(too_far(field)) } else { Ok(()) }
}

fn too_far(field: &str) -> WrongField {
    WrongField::new(field, "range", format!("must be at most {MOST_DAYS_AHEAD} days ahead"))
}

#[cfg(test)]
mod tests;
