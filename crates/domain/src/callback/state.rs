//! The status of a callback and the moves between them (decision 5). Escalation is a record beside it, not a status.

use crate::words::words;

words!(Status {
    Pending = "pending",
    Assigned = "assigned",
    Contacted = "contacted",
    Completed = "completed",
    Expired = "expired",
    Cancelled = "cancelled",
});

words!(Move {
    Assign = "assign",
    Contact = "contact",
    Complete = "complete",
    Cancel = "cancel",
    Expire = "expire",
    Reopen = "reopen",
});

/// A move that the present status does not allow; says which ones it does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a callback that is {status} cannot {asked}; allowed are: {}", .allowed.iter().map(|m| m.as_str()).collect::<Vec<_>>().join(", "))]
pub struct IllegalMove {
    pub status: Status,
    pub asked: Move,
    pub allowed: Vec<Move>,
}

impl Status {
    /// Open: the promise still stands, so a next action must exist (I3).
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Assigned | Self::Contacted)
    }

    pub fn after(self, asked: Move) -> Result<Self, IllegalMove> {
        self.next(asked).ok_or_else(|| IllegalMove {
            status: self,
            asked,
            allowed: Move::ALL.iter().copied().filter(|m| *m != Move::Expire && self.next(*m).is_some()).collect(),
        })
    }

    fn next(self, asked: Move) -> Option<Self> {
        match (self, asked) {
            (Self::Pending | Self::Assigned, Move::Assign) => Some(Self::Assigned),
            (Self::Pending | Self::Assigned, Move::Contact) => Some(Self::Contacted),
            (Self::Contacted, Move::Complete) => Some(Self::Completed),
            (Self::Pending | Self::Assigned | Self::Contacted | Self::Expired, Move::Cancel) => Some(Self::Cancelled),
            (Self::Pending | Self::Assigned, Move::Expire) => Some(Self::Expired),
            (Self::Contacted | Self::Completed | Self::Expired | Self::Cancelled, Move::Reopen) => Some(Self::Pending),
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
}
