//! What time itself does with an open callback (decisions 5 and 12): it is warned of, it becomes overdue, it is handed
//! upwards rung by rung, and it expires. Each once, in this order, however late and how often somebody looks.

use jiff::Timestamp;

use super::state::Status;
use crate::{
    settings::Settings,
    time::{plus_seconds, seconds_between},
};

/// Managers of the branch, then owners.
pub const TOP_RUNG: u32 = 2;

/// What decides which of it comes next.
///
/// What was told is told of one due time: an instant that lies before the due time's own (a warning before `warns_at`, a
/// breach before `due_at`) was about an earlier due time and counts for nothing. So whoever moves a due time has nothing to
/// clear; he writes `due_at`, `warns_at` and [`acts_at`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    pub status: Status,
    pub due_at: Timestamp,
    pub warns_at: Timestamp,
    /// When it was to be looked at again: nothing happens before that, and what follows is counted from it.
    pub acts_at: Timestamp,
    pub warned_at: Option<Timestamp>,
    pub overdue_at: Option<Timestamp>,
    /// By whomever.
    pub escalated_at: Option<Timestamp>,
    /// How far it was handed up since it became overdue.
    pub rung: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Warn,
    Overdue,
    /// To the first rung above this one on which there is somebody.
    Escalate {
        above: u32,
    },
    Expire,
}

/// An act and the instant at which it is due. It keeps that instant even when it is done late, so that nothing drifts by the
/// seconds that somebody looks late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    pub at: Timestamp,
    pub act: Act,
}

/// Whoever looks this late was busy; whoever looks later was away, and the cool-down begins only now: whom it is handed to
/// has not had it before.
const BUSY_SECONDS: i64 = 60;

/// When a callback that was made, or whose due time was moved, is looked at again: what the look finds is decided then.
pub fn acts_at(warns_at: Timestamp, now: Timestamp) -> Timestamp {
    warns_at.max(now)
}

/// As a warning tells it: whole minutes, the nearest, none when it is over.
pub fn minutes_remaining(due_at: Timestamp, now: Timestamp) -> i64 {
    (seconds_between(now, due_at) + 30) / 60
}

impl Watched {
    /// `None`: nothing is left for time to do.
    pub fn next(&self, settings: &Settings) -> Option<Next> {
        if !self.status.is_open() {
            return None;
        }
        let next = |at: Timestamp, act| Some(Next { at: at.max(self.acts_at), act });
        let Some(overdue_at) = self.overdue_at.filter(|at| *at >= self.due_at) else {
            return match self.warned_at.filter(|at| *at >= self.warns_at) {
                None => next(self.warns_at, Act::Warn),
                Some(_) => next(self.due_at, Act::Overdue),
            };
        };
        let escalates = (self.rung < TOP_RUNG).then(|| {
            let cooled_down = self.escalated_at.map(|at| plus_minutes(at, settings.escalation_cooldown_minutes));
            cooled_down.map_or(overdue_at, |at| at.max(overdue_at))
        });
        // Only what nobody has taken up expires, and not before somebody above was told.
        let expires = matches!(self.status, Status::Pending | Status::Assigned)
            .then_some(self.escalated_at)
            .flatten()
            .map(|escalated_at| plus_minutes(self.due_at, settings.expire_grace_minutes).max(escalated_at));
        match (escalates, expires) {
            (Some(at), None) => next(at, Act::Escalate { above: self.rung }),
            (Some(at), Some(expires)) if at <= expires => next(at, Act::Escalate { above: self.rung }),
            (_, Some(expires)) => next(expires, Act::Expire),
            (None, None) => None,
        }
    }

    /// After the act, done now, which led up to `rung` if it was an escalation.
    #[must_use]
    pub fn after(self, done: Next, rung: u32, now: Timestamp) -> Self {
        let watched = Self { acts_at: done.at, ..self };
        match done.act {
            Act::Warn => Self { warned_at: Some(done.at), ..watched },
            Act::Overdue => Self { overdue_at: Some(done.at), rung: 0, ..watched },
            Act::Escalate { above } => {
                let at = if seconds_between(done.at, now) > BUSY_SECONDS { now } else { done.at };
                Self { escalated_at: Some(at), rung: rung.max(above + 1), ..watched }
            }
            Act::Expire => Self { status: Status::Expired, ..watched },
        }
    }
}

fn plus_minutes(at: Timestamp, minutes: u32) -> Timestamp {
    plus_seconds(at, i64::from(minutes) * 60)
}

#[cfg(test)]
mod tests;
