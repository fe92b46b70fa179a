//! How many requests run at once, and how many of them for one account: one carrier that does not answer must not hold up the
//! others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// With more accounts than this, those that nobody asks at the moment are forgotten.
const ACCOUNTS: usize = 1000;

pub(super) struct Turns {
    at_once: Arc<Semaphore>,
    per_account: usize,
    accounts: Mutex<HashMap<String, Arc<Semaphore>>>,
}

pub(super) struct Turn {
    _account: OwnedSemaphorePermit,
    _permit: OwnedSemaphorePermit,
}

impl Turns {
    pub(super) fn new(at_once: usize, per_account: usize) -> Self {
        Self { at_once: Arc::new(Semaphore::new(at_once)), per_account, accounts: Mutex::default() }
    }

    /// Waits for the account first, so that whoever waits for a slow one takes no room from the others.
    pub(super) async fn turn(&self, account: &str) -> Turn {
        const OPEN: &str = "the semaphore is never closed";
        let of_account = self.of_account(account).acquire_owned().await.expect(OPEN);
        let permit = Arc::clone(&self.at_once).acquire_owned().await.expect(OPEN);
        Turn { _account: of_account, _permit: permit }
    }

    /// `None`: there is no room now.
    pub(super) fn try_turn(&self, account: &str) -> Option<Turn> {
        let of_account = self.of_account(account).try_acquire_owned().ok()?;
        let permit = Arc::clone(&self.at_once).try_acquire_owned().ok()?;
        Some(Turn { _account: of_account, _permit: permit })
    }

    fn of_account(&self, account: &str) -> Arc<Semaphore> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if accounts.len() >= ACCOUNTS {
            // Whoever waits or holds a permit holds the semaphore, too.
            accounts.retain(|_, it| Arc::strong_count(it) > 1);
        }
        Arc::clone(accounts.entry(account.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(self.per_account))))
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn an_account_takes_its_share_and_no_more() {
        let turns = Turns::new(64, 4);
        let now = |account: &str| turns.turn(account).now_or_never();
        let mut slow: Vec<_> = (0..4).map(|_| now("slow").expect("a turn")).collect();
        assert!(now("slow").is_none() && turns.try_turn("slow").is_none());
        assert!(now("other").is_some() && turns.try_turn("other").is_some());
        slow.pop();
        assert!(now("slow").is_some());
    }

    #[test]
    fn all_accounts_together_take_no_more_than_there_is() {
        let turns = Turns::new(2, 4);
        let (one, another) = (turns.try_turn("one").expect("a turn"), turns.try_turn("another").expect("a turn"));
        assert!(turns.try_turn("one").is_none());
        drop((one, another));
        assert!(turns.try_turn("one").is_some());
    }

    #[test]
    fn accounts_that_nobody_asks_are_forgotten_and_the_others_keep_their_bound() {
        let turns = Turns::new(64, 4);
        let held: Vec<_> = (0..4).map(|_| turns.turn("slow").now_or_never().expect("a turn")).collect();
        for n in 0..ACCOUNTS * 2 {
            assert!(turns.turn(&n.to_string()).now_or_never().is_some());
        }
        assert!(turns.accounts.lock().expect("not poisoned").len() <= ACCOUNTS);
        assert!(turns.turn("slow").now_or_never().is_none());
        drop(held);
    }
}
