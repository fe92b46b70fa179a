//! The status of a callback and the moves between statuses (decision 5). An escalation, a wish to wait and a person who is
//! calling stand beside the status and do not change it, but they, too, are legal only in some.

use crate::words::words;

words!(Status {
    Pending = "pending",
    Assigned = "assigned",
    Contacted = "contacted",
    Completed = "completed",
    Expired = "expired",
    Cancelled = "cancelled",
});

words!(
    /// As the API's routes and the `allowed` of a refusal name them.
    Move {
        Assign = "assign",
        Reassign = "reassign",
        Contact = "contact",
        Complete = "complete",
        Cancel = "cancel",
        Snooze = "snooze",
        Escalate = "escalate",
        Reopen = "reopen",
        Split = "split",
        Claim = "claim",
        Release = "release",
        Expire = "expire",
    }
);

words!(
    /// What came of a person's call.
    ContactOutcome {
        Reached = "reached",
        NotReached = "not_reached",
        Mailbox = "mailbox",
        WrongNumber = "wrong_number",
        Booked = "booked",
        Later = "later",
    }
);

impl ContactOutcome {
    /// The customer was spoken with, and what he asked for was talked about.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Reached | Self::Booked)
    }

    /// Nobody was reached, however often it was tried: somebody above is to know.
    pub fn is_fruitless(self) -> bool {
        matches!(self, Self::NotReached | Self::Mailbox | Self::WrongNumber)
    }

    /// The machine has nothing to try any more: he was spoken with and wants to be called another time, or it is not he.
    pub fn calls_off_the_machine(self) -> bool {
        self.is_success() || matches!(self, Self::WrongNumber | Self::Later)
    }
}

words!(
    EscalationReason {
        NoResponse = "no_response",
        TechnicalIssue = "technical_issue",
        CustomerComplaint = "customer_complaint",
        UrgentRequest = "urgent_request",
        ComplexCase = "complex_case",
        Other = "other",
        SlaBreach = "sla_breach",
        MultipleAttemptsFailed = "multiple_attempts_failed",
    }
);

impl EscalationReason {
    /// The ones that a person may give; the others are the system's own.
    pub const BY_PEOPLE: [Self; 6] =
        [Self::NoResponse, Self::TechnicalIssue, Self::CustomerComplaint, Self::UrgentRequest, Self::ComplexCase, Self::Other];
}

words!(EscalationKind { Auto = "auto", Manual = "manual" });

words!(
    /// Who keeps the promise first: people, or a voice agent by an automatic attempt.
    ReturnBy { Staff = "staff", Agent = "agent" }
);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a callback that is {status} cannot {asked}; allowed are: {}", .allowed.iter().map(|m| m.as_str()).collect::<Vec<_>>().join(", "))]
pub struct IllegalMove {
    pub status: Status,
    pub asked: Move,
    pub allowed: Vec<Move>,
}

/// What decides which moves are legal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub status: Status,
    /// Other requests were merged into it.
    pub has_merged: bool,
    /// Somebody began to call, so that it can be released.
    pub is_claimed: bool,
}

impl Standing {
    pub fn after(self, asked: Move) -> Result<Status, IllegalMove> {
        self.next(asked).ok_or_else(|| self.refuse(asked))
    }

    pub fn refuse(self, asked: Move) -> IllegalMove {
        IllegalMove { status: self.status, asked, allowed: self.allowed() }
    }

    /// The moves that somebody may make now and that would do something; only time itself lets a callback expire.
    pub fn allowed(self) -> Vec<Move> {
        let idle = |asked: Move| asked == Move::Expire || (asked == Move::Release && !self.is_claimed);
        Move::ALL.iter().copied().filter(|asked| !idle(*asked) && self.next(*asked).is_some()).collect()
    }

    fn next(self, asked: Move) -> Option<Status> {
        if asked == Move::Split && !self.has_merged { None } else { self.status.next(asked) }
    }
}

impl Status {
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Assigned | Self::Contacted)
    }

    /// The promise is not kept, and nobody has decided that it need not be: open, or expired.
    pub fn is_unkept(self) -> bool {
        self.is_open() || self == Self::Expired
    }

    /// The person got through, or was called, or booked: what was owed to him is kept, also what had already expired. `None`:
    /// nothing was owed.
    pub fn once_reached(self) -> Option<Self> {
        self.is_unkept().then_some(Self::Completed)
    }

    pub fn after(self, asked: Move) -> Result<Self, IllegalMove> {
        Standing { status: self, has_merged: false, is_claimed: false }.after(asked)
    }

    fn next(self, asked: Move) -> Option<Self> {
        match (self, asked) {
            (Self::Pending | Self::Assigned, Move::Assign) => Some(Self::Assigned),
            (Self::Assigned | Self::Contacted, Move::Reassign) => Some(self),
            (Self::Pending | Self::Assigned, Move::Contact) => Some(Self::Contacted),
            (Self::Contacted, Move::Complete) => Some(Self::Completed),
            (Self::Pending | Self::Assigned | Self::Contacted | Self::Expired, Move::Cancel) => Some(Self::Cancelled),
            (Self::Pending | Self::Assigned, Move::Expire) => Some(Self::Expired),
            (Self::Contacted | Self::Completed | Self::Expired | Self::Cancelled, Move::Reopen) => Some(Self::Pending),
            (_, Move::Snooze | Move::Escalate | Move::Split | Move::Claim | Move::Release) if self.is_open() => Some(self),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_of_a_callback_is_pending_assigned_contacted_completed() {
        let end = [Move::Assign, Move::Contact, Move::Complete].into_iter().try_fold(Status::Pending, Status::after);
        assert_eq!(end, Ok(Status::Completed));
        assert_eq!(Status::Pending.after(Move::Contact), Ok(Status::Contacted));
    }

    #[test]
    fn an_illegal_move_says_what_is_allowed() {
        let refused = Status::Completed.after(Move::Contact).expect_err("completed is closed");
        assert_eq!(refused.allowed, [Move::Reopen]);
        assert_eq!(refused.to_string(), "a callback that is completed cannot contact; allowed are: reopen");
    }

    #[test]
    fn every_status_has_exactly_these_moves() {
        use Move::{Assign, Cancel, Claim, Complete, Contact, Escalate, Reassign, Release, Reopen, Snooze, Split};
        for (status, moves) in [
            (Status::Pending, vec![Assign, Contact, Cancel, Snooze, Escalate, Split, Claim, Release]),
            (Status::Assigned, vec![Assign, Reassign, Contact, Cancel, Snooze, Escalate, Split, Claim, Release]),
            (Status::Contacted, vec![Reassign, Complete, Cancel, Snooze, Escalate, Reopen, Split, Claim, Release]),
            (Status::Completed, vec![Reopen]),
            (Status::Expired, vec![Cancel, Reopen]),
            (Status::Cancelled, vec![Reopen]),
        ] {
            let merged = Standing { status, has_merged: true, is_claimed: true };
            assert_eq!(merged.allowed(), moves, "{status}");
            for asked in Move::ALL.iter().copied().filter(|asked| *asked != Move::Expire) {
                assert_eq!(merged.after(asked).is_ok(), moves.contains(&asked), "{status} {asked}");
            }
        }
    }

    #[test]
    fn whoever_is_reached_is_owed_nothing_any_more() {
        for status in [Status::Pending, Status::Assigned, Status::Contacted, Status::Expired] {
            assert_eq!(status.once_reached(), Some(Status::Completed), "{status}");
        }
        assert_eq!((Status::Completed.once_reached(), Status::Cancelled.once_reached()), (None, None));
    }

    #[test]
    fn what_nobody_claimed_is_released_for_nothing() {
        let standing = Standing { status: Status::Assigned, has_merged: false, is_claimed: false };
        assert!(!standing.allowed().contains(&Move::Release) && standing.after(Move::Release).is_ok());
    }

    #[test]
    fn what_was_never_merged_is_not_split() {
        let refused = Standing { status: Status::Pending, has_merged: false, is_claimed: false }
            .after(Move::Split)
            .expect_err("there is one request");
        assert!(!refused.allowed.contains(&Move::Split));
    }
}
