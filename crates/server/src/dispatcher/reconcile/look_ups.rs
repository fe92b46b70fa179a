//! Whose turn it is to be asked about: one carrier that does not answer must not hold up the others.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ringback_domain::ids::CallId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Look-ups that run at once, and of them those of one account.
const AT_ONCE: usize = 64;
const PER_ACCOUNT: usize = 4;
/// With more accounts than this, those that nobody asks at the moment are forgotten.
const ACCOUNTS: usize = 1000;

pub(in crate::dispatcher) struct LookUps {
    at_once: Arc<Semaphore>,
    accounts: Mutex<HashMap<String, Arc<Semaphore>>>,
    calls: Mutex<HashSet<CallId>>,
}

impl Default for LookUps {
    fn default() -> Self {
        Self { at_once: Arc::new(Semaphore::new(AT_ONCE)), accounts: Mutex::default(), calls: Mutex::default() }
    }
}

/// A call whose look-up waits or runs, until this is dropped.
pub(super) struct UnderWay<'a> {
    look_ups: &'a LookUps,
    call: CallId,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.look_ups.calls().remove(&self.call);
    }
}

pub(super) struct Turn {
    _account: OwnedSemaphorePermit,
    _permit: OwnedSemaphorePermit,
}

impl LookUps {
    fn calls(&self) -> MutexGuard<'_, HashSet<CallId>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None`: somebody is asking about it already.
    pub(super) fn begin(&self, call: CallId) -> Option<UnderWay<'_>> {
        let is_new = self.calls().insert(call);
        is_new.then(|| UnderWay { look_ups: self, call })
    }

    /// Waits for the account first, so that whoever waits for a slow one takes no room from the others.
    pub(super) async fn turn(&self, account: &str) -> Turn {
        const OPEN: &str = "the semaphore is never closed";
        let of_account = self.of_account(account).acquire_owned().await.expect(OPEN);
        let permit = Arc::clone(&self.at_once).acquire_owned().await.expect(OPEN);
        Turn { _account: of_account, _permit: permit }
    }

    fn of_account(&self, account: &str) -> Arc<Semaphore> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if accounts.len() >= ACCOUNTS {
            // Whoever waits or holds a permit holds the semaphore, too.
            accounts.retain(|_, it| Arc::strong_count(it) > 1);
        }
        Arc::clone(accounts.entry(account.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(PER_ACCOUNT))))
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_account_takes_its_share_and_no_more() {
        let look_ups = LookUps::default();
        let now = |account: &str| look_ups.turn(account).now_or_never();
        let mut slow: Vec<_> = (0..PER_ACCOUNT).map(|_| now("slow").expect("a turn")).collect();
        assert!(now("slow").is_none());
        assert!(now("other").is_some());
        slow.pop();
        assert!(now("slow").is_some());
    }

    #[test]
    fn a_call_is_asked_about_once_at_a_time() {
        let look_ups = LookUps::default();
        let call = CallId(Uuid::from_u128(1));
        let first = look_ups.begin(call).expect("nobody asks");
        assert!(look_ups.begin(call).is_none());
        assert!(look_ups.begin(CallId(Uuid::from_u128(2))).is_some());
        drop(first);
        assert!(look_ups.begin(call).is_some());
    }

    #[test]
    fn accounts_that_nobody_asks_are_forgotten_and_the_others_keep_their_bound() {
        let look_ups = LookUps::default();
        let held: Vec<_> = (0..PER_ACCOUNT).map(|_| look_ups.turn("slow").now_or_never().expect("a turn")).collect();
        for n in 0..ACCOUNTS * 2 {
            assert!(look_ups.turn(&n.to_string()).now_or_never().is_some());
        }
        assert!(look_ups.accounts.lock().expect("not poisoned").len() <= ACCOUNTS);
        assert!(look_ups.turn("slow").now_or_never().is_none());
        drop(held);
    }
}
