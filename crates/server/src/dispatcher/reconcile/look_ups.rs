//! Which calls are being asked about, and whose turn it is.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ringback_domain::ids::CallId;

use crate::dispatcher::turns::{Turn, Turns};

/// Look-ups that run at once, and of them those of one account.
const AT_ONCE: usize = 64;
const PER_ACCOUNT: usize = 4;

pub(in crate::dispatcher) struct LookUps {
    turns: Turns,
    calls: Mutex<HashSet<CallId>>,
}

impl Default for LookUps {
    fn default() -> Self {
        Self { turns: Turns::new(AT_ONCE, PER_ACCOUNT), calls: Mutex::default() }
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

impl LookUps {
    fn calls(&self) -> MutexGuard<'_, HashSet<CallId>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None`: somebody is asking about it already.
    pub(super) fn begin(&self, call: CallId) -> Option<UnderWay<'_>> {
        let is_new = self.calls().insert(call);
        is_new.then(|| UnderWay { look_ups: self, call })
    }

    pub(super) async fn turn(&self, account: &str) -> Turn {
        self.turns.turn(account).await
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

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
}
