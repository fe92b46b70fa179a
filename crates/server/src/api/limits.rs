//! How often somebody may ask: the generic cell rate algorithm, one instant for each.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;

const MINUTE: i128 = 60_000_000_000;
/// Who is remembered at once. Beyond it, those who have all their requests left are forgotten first.
const REMEMBERED: usize = 50_000;

/// Of tokens, or of addresses.
pub(crate) struct Limits<K> {
    /// For each the instant, in nanoseconds, at which it has all its requests again.
    full_at: Mutex<HashMap<K, i128>>,
}

impl<K> Default for Limits<K> {
    fn default() -> Self {
        Self { full_at: Mutex::default() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// Seconds until the next request is taken, when this one was not.
    pub(crate) wait: Option<u32>,
}

impl<K: Hash + Eq> Limits<K> {
    /// Takes one of its `per_minute` requests. All of them may come at once; then they come back evenly.
    pub(crate) fn take(&self, who: K, per_minute: u32, now: Timestamp) -> Allowance {
        let limit = per_minute.max(1);
        let now = now.as_nanosecond();
        let interval = MINUTE / i128::from(limit);
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= REMEMBERED && !full_at.contains_key(&who) {
            make_room(&mut full_at, now);
        }
        let entry = full_at.entry(who).or_insert(now);
        // A clock that was set back must not lock anybody out for longer than a minute.
        let from = (*entry).clamp(now, now + MINUTE);
        let after = from + interval;
        if after - now > MINUTE {
            let wait = (after - now - MINUTE + 999_999_999) / 1_000_000_000;
            return Allowance { limit, remaining: 0, wait: Some(u32::try_from(wait.max(1)).unwrap_or(60)) };
        }
        *entry = after;
        let left = (MINUTE - (after - now)) / interval.max(1);
        Allowance { limit, remaining: u32::try_from(left).unwrap_or(u32::MAX).min(limit), wait: None }
    }
}

fn make_room<K>(full_at: &mut HashMap<K, i128>, now: i128) {
    full_at.retain(|_, at| *at > now);
    if full_at.len() >= REMEMBERED {
        // So many are busy at once that forgetting is all that keeps memory bounded.
        full_at.clear();
    }
}

#[cfg(test)]
mod tests {
    use ringback_domain::ids::TokenId;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        ringback_domain::time::from_millis(1_772_000_000_000 + millis)
    }

    fn token(n: u128) -> TokenId {
        TokenId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn a_minutes_requests_may_come_at_once_and_come_back_evenly() {
        let limits = Limits::default();
        for left in (0..60).rev() {
            assert_eq!(limits.take(token(1), 60, at(0)), Allowance { limit: 60, remaining: left, wait: None });
        }
        assert_eq!(limits.take(token(1), 60, at(0)), Allowance { limit: 60, remaining: 0, wait: Some(1) });
        assert_eq!(limits.take(token(1), 60, at(999)).wait, Some(1));
        assert_eq!(limits.take(token(1), 60, at(1000)).wait, None);
        assert_eq!(limits.take(token(1), 60, at(61_000)).remaining, 59);
        assert_eq!(limits.take(token(2), 60, at(0)).remaining, 59, "each token has its own");
    }

    #[test]
    fn the_wait_is_as_long_as_it_must_be_and_limits_have_no_upper_bound() {
        let limits = Limits::default();
        assert_eq!(limits.take(token(1), 1, at(0)).wait, None);
        assert_eq!(limits.take(token(1), 1, at(10_000)).wait, Some(50));
        for _ in 0..1000 {
            assert_eq!(limits.take(token(2), u32::MAX, at(0)).wait, None);
        }
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let limits = Limits::default();
        limits.take(token(1), 60, at(3_600_000));
        assert!(limits.take(token(1), 60, at(0)).wait.is_none_or(|wait| wait <= 60));
    }

    #[test]
    fn memory_is_bounded() {
        let limits = Limits::default();
        for n in 0..(REMEMBERED as u128 + 10) {
            limits.take(token(n), 60, at(0));
        }
        assert!(limits.full_at.lock().expect("not poisoned").len() <= REMEMBERED);
    }
}
