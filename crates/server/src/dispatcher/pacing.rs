//! How fast an account's requests may follow each other (generic cell rate algorithm, one number per account).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use ringback_telephony::carrier::Pace;

#[derive(Default)]
pub(super) struct Pacer {
    accounts: Mutex<HashMap<String, Account>>,
}

#[derive(Default)]
struct Account {
    /// When the bucket will be empty again; this and the others in microseconds since 1970: some accounts are fast.
    empty_at: i64,
    interval: i64,
    /// The carrier asked to slow down until then.
    held_until: i64,
    refusals: u32,
}

/// Accounts that have had nothing to do for this long are forgotten.
const FORGET_MICROS: i64 = 10 * 60 * 1_000_000;

impl Pacer {
    /// Takes the right to so many requests in a row, as soon as there is one: those behind wait for all of them. Else says when
    /// there will be one.
    pub(super) fn take(&self, pace: &Pace, count: u32, now: Timestamp) -> Result<(), Timestamp> {
        let now = now.as_microsecond();
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if accounts.len() > 10_000 {
            accounts.retain(|_, it| it.empty_at.max(it.held_until) > now - FORGET_MICROS);
        }
        let account = accounts.entry(pace.account.clone()).or_default();
        let requests = i64::from(pace.requests.max(1));
        let per = i64::try_from(pace.per.as_micros()).unwrap_or(i64::MAX);
        // A burst of a tenth of the limit; then so slow that burst, rate and what a look-up takes in advance never pass the limit
        // in any window.
        let burst = (requests / 10).max(1);
        let in_advance = i64::from(pace.per_look_up.max(1)) - 1;
        let steps = (requests - burst + 1 - in_advance).max(1);
        account.interval = per / steps + i64::from(per % steps > 0);
        let next = account.held_until.max(account.empty_at - (burst - 1) * account.interval);
        if next > now {
            return Err(ringback_domain::time::from_millis(next.div_euclid(1000) + 1));
        }
        account.empty_at = account.empty_at.max(now) + i64::from(count) * account.interval;
        Ok(())
    }

    /// Returns a right that was not used.
    pub(super) fn give_back(&self, account: &str) {
        if let Some(account) = self.accounts.lock().unwrap_or_else(PoisonError::into_inner).get_mut(account) {
            account.empty_at -= account.interval;
        }
    }

    /// The carrier refused for speed: hold the account back for `retry_after_seconds`, else a second, doubling to 30.
    pub(super) fn refused(&self, account: &str, retry_after_seconds: Option<i64>, now: Timestamp) -> Timestamp {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let account = accounts.entry(account.to_owned()).or_default();
        let seconds = retry_after_seconds.unwrap_or((1 << account.refusals.min(5)).min(30)).max(1);
        account.refusals += 1;
        let until = ringback_domain::time::plus_seconds(now, seconds);
        account.held_until = account.held_until.max(until.as_microsecond());
        until
    }

    pub(super) fn accepted(&self, account: &str) {
        if let Some(account) = self.accounts.lock().unwrap_or_else(PoisonError::into_inner).get_mut(account) {
            account.refusals = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ringback_domain::time::from_millis;

    use super::*;

    fn pace(requests: u32, seconds: u64) -> Pace {
        Pace { account: "a".to_owned(), requests, per: Duration::from_secs(seconds), per_look_up: 0 }
    }

    fn taken_in(pacer: &Pacer, pace: &Pace, millis: std::ops::Range<i64>) -> usize {
        millis.step_by(10).filter(|ms| pacer.take(pace, 1, from_millis(*ms)).is_ok()).count()
    }

    #[test]
    fn no_window_of_a_minute_sees_more_than_the_limit() {
        let pacer = Pacer::default();
        let pace = pace(200, 60);
        assert!(taken_in(&pacer, &pace, 1_000..61_000) <= 200);
        assert!(taken_in(&pacer, &pace, 61_000..121_000) >= 170);
    }

    #[test]
    fn look_ups_of_several_requests_stay_within_the_limit_and_let_calls_through() {
        for requests in [3, 10, 60, 200] {
            let (pacer, pace) = (Pacer::default(), Pace { per_look_up: 3, ..pace(requests, 60) });
            let mut sent: Vec<(i64, u32)> = Vec::new();
            for at in (1_000..301_000).step_by(10) {
                let count = if sent.len().is_multiple_of(2) { 3 } else { 1 };
                if pacer.take(&pace, count, from_millis(at)).is_ok() {
                    sent.push((at, count));
                }
            }
            for (end, _) in &sent {
                let window = sent.iter().filter(|(at, _)| (end - 59_999..=*end).contains(at));
                let in_window: u32 = window.map(|(_, count)| count).sum();
                assert!(in_window <= requests, "{in_window} of {requests}");
            }
            assert!(sent.len() > 1, "whoever comes behind a look-up waits, but not for ever");
        }
    }

    #[test]
    fn one_call_a_second_is_one_call_a_second() {
        let pacer = Pacer::default();
        assert_eq!(taken_in(&pacer, &pace(1, 1), 1_000..11_000), 10);
    }

    #[test]
    fn a_right_given_back_can_be_taken_again() {
        let pacer = Pacer::default();
        assert!(pacer.take(&pace(1, 1), 1, from_millis(1_000)).is_ok());
        assert!(pacer.take(&pace(1, 1), 1, from_millis(1_001)).is_err());
        pacer.give_back("a");
        assert!(pacer.take(&pace(1, 1), 1, from_millis(1_002)).is_ok());
    }

    #[test]
    fn a_refused_account_waits_as_told_or_doubling() {
        let pacer = Pacer::default();
        let now = from_millis(1_000_000);
        assert_eq!(pacer.refused("a", Some(7), now), from_millis(1_007_000));
        assert!(pacer.take(&pace(100, 1), 1, from_millis(1_006_999)).is_err());
        assert!(pacer.take(&pace(100, 1), 1, from_millis(1_007_000)).is_ok());
        assert_eq!(pacer.refused("a", None, now), from_millis(1_002_000));
        assert_eq!(pacer.refused("a", None, now), from_millis(1_004_000));
        pacer.accepted("a");
        assert_eq!(pacer.refused("a", None, now), from_millis(1_001_000));
    }
}
