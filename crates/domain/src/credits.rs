//! Credits: one is a second of talk (decision 7).

use crate::words::words;

words!(
    /// What an entry of the ledger is.
    EntryType { Addition = "addition", Removal = "removal", Call = "call" }
);

/// More than any company ever adds at once: thirty thousand years of talk, and far from where numbers end.
pub const MOST_AT_ONCE: i64 = 1_000_000_000_000;

/// A company's account. `balance` may be below zero after a call that outlasted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    pub balance: i64,
    pub reserved: i64,
}

impl Account {
    pub fn unreserved(self) -> i64 {
        self.balance - self.reserved
    }

    /// Whether an automatic attempt may start: the unreserved balance is above the minimum.
    pub fn covers(self, minimum: u32) -> bool {
        self.unreserved() > i64::from(minimum)
    }
}
