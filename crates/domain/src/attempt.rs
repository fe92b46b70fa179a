//! An attempt: one try to keep a callback's promise. What is stored, what is shown, which moves exist (decision 4).

use crate::words::words;

words!(
    /// As shown. `OnHold` and `InsufficientCredits` are never stored: they are what a pending attempt looks like while
    /// its campaign runs or its company is short of credits, so that no resume step can be forgotten.
    ShownStatus {
        Pending = "pending",
        OnHold = "on_hold",
        InsufficientCredits = "insufficient_credits",
        Processing = "processing",
        Unknown = "unknown",
        Completed = "completed",
        Failed = "failed",
        Cancelled = "cancelled",
    }
);

words!(
    /// As stored.
    Status {
        Pending = "pending",
        Processing = "processing",
        Unknown = "unknown",
        Completed = "completed",
        Failed = "failed",
        Cancelled = "cancelled",
    }
);

words!(
    /// Why nobody is rung any more by an attempt that waited; where somebody was spoken with, also why the callback is kept.
    CalledOff {
        /// The caller rang again and got somebody.
        GotThrough = "the person got through",
        /// Another automatic call reached him.
        Reached = "reached by automatic callback",
        /// One of the staff did.
        PersonCalled = "a person called",
        Booked = "booked an appointment",
        /// The promise was kept or taken back meanwhile.
        Closed = "the callback was closed",
        Expired = "expired",
        PhoneDeleted = "its phone was deleted",
        /// Whoever is the event's actor did.
        OnRequest = "called off",
    }
);

impl Status {
    /// Whether the attempt still may ring somebody: it waits, runs, or may be running.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Processing | Self::Unknown)
    }

    /// The moves that exist. `Failed → Completed` and back is late truth: the carrier's word wins, nothing is dialed.
    pub fn may_become(self, next: Self) -> bool {
        use Status::{Cancelled, Completed, Failed, Pending, Processing, Unknown};
        matches!(
            (self, next),
            (Pending, Processing | Cancelled)
                | (Processing, Pending | Unknown | Completed | Failed)
                | (Unknown, Processing | Completed | Failed)
                | (Failed, Completed)
                | (Completed, Failed)
        )
    }

    pub fn shown(self, held: bool, credits_short: bool) -> ShownStatus {
        match self {
            Self::Pending if held => ShownStatus::OnHold,
            Self::Pending if credits_short => ShownStatus::InsufficientCredits,
            Self::Pending => ShownStatus::Pending,
            Self::Processing => ShownStatus::Processing,
            Self::Unknown => ShownStatus::Unknown,
            Self::Completed => ShownStatus::Completed,
            Self::Failed => ShownStatus::Failed,
            Self::Cancelled => ShownStatus::Cancelled,
        }
    }
}

words!(
    /// The order of dialing on a phone: all `High` before any `Low`.
    Priority { High = "high", Low = "low" }
);

impl Priority {
    /// As the database orders it.
    pub fn rank(self) -> i64 {
        match self {
            Self::High => 0,
            Self::Low => 1,
        }
    }

    pub fn from_rank(rank: i64) -> Self {
        if rank == 0 { Self::High } else { Self::Low }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hold_is_shown_before_credits_and_both_only_while_pending() {
        assert_eq!(Status::Pending.shown(true, true), ShownStatus::OnHold);
        assert_eq!(Status::Pending.shown(false, true), ShownStatus::InsufficientCredits);
        assert_eq!(Status::Pending.shown(false, false), ShownStatus::Pending);
        assert_eq!(Status::Processing.shown(true, true), ShownStatus::Processing);
    }

    #[test]
    fn a_closed_attempt_never_becomes_dialable_again() {
        for closed in [Status::Completed, Status::Failed, Status::Cancelled] {
            assert!(!closed.is_open());
            for next in Status::ALL.iter().filter(|next| next.is_open()) {
                assert!(!closed.may_become(*next), "{closed} → {next}");
            }
        }
    }

    #[test]
    fn what_may_be_ringing_is_never_dialed_again() {
        assert!(!Status::Unknown.may_become(Status::Pending));
    }
}
