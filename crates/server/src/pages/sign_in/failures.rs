//! Guessing passwords is slow: after some failures the next try has to wait. In bounded memory, by this node.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use ringback_domain::time::seconds_between;
use sha2::{Digest, Sha256};

use crate::client_address::subscriber;

const WINDOW_SECONDS: i64 = 15 * 60;

/// Of one person from one address; a stranger's guesses do not lock the person out elsewhere.
const PER_PERSON_AND_ADDRESS: u32 = 5;
/// Of one person from anywhere.
const PER_PERSON: u32 = 50;
/// From one address at anybody.
const PER_ADDRESS: u32 = 50;

/// More are not kept: the oldest goes.
const KEPT: usize = 20_000;

/// Who tries.
#[derive(Clone, Copy)]
pub(super) struct Stranger<'a> {
    pub(super) email: &'a str,
    pub(super) address: Option<IpAddr>,
}

type Key = [u8; 32];

impl Stranger<'_> {
    fn keys(self) -> [(Key, u32); 3] {
        let address = self.address.map(|it| subscriber(it).to_string()).unwrap_or_default();
        [
            (key(&["both", self.email, &address]), PER_PERSON_AND_ADDRESS),
            (key(&["email", self.email]), PER_PERSON),
            // Without an address there is nobody to hold to account.
            (key(&["address", &address]), if address.is_empty() { u32::MAX } else { PER_ADDRESS }),
        ]
    }
}

/// Hashed, so that every key is as long and no address lies around.
fn key(parts: &[&str]) -> Key {
    Sha256::digest(parts.join("\n")).into()
}

#[derive(Default)]
pub(super) struct Failures {
    /// How many since when.
    counted: Mutex<HashMap<Key, (u32, Timestamp)>>,
}

impl Failures {
    /// Counts a try before its password is looked at, so that no two of them see the same count. `Err`: seconds until the next
    /// try is allowed.
    pub(super) fn begin(&self, from: Stranger<'_>, now: Timestamp) -> Result<(), i64> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let left = |(key, limit)| {
            let (count, since) = counted.get(&key).copied()?;
            let left = WINDOW_SECONDS - seconds_between(since, now);
            (count >= limit && left > 0).then_some(left)
        };
        if let Some(left) = from.keys().into_iter().filter_map(left).max() {
            return Err(left);
        }
        for (key, _) in from.keys() {
            if counted.len() >= KEPT && !counted.contains_key(&key) {
                let oldest = counted.iter().min_by_key(|(_, (_, since))| *since).map(|(key, _)| *key);
                oldest.and_then(|oldest| counted.remove(&oldest));
            }
            let entry = counted.entry(key).or_insert((0, now));
            if seconds_between(entry.1, now) >= WINDOW_SECONDS {
                *entry = (0, now);
            }
            entry.0 += 1;
        }
        Ok(())
    }

    /// The try was no failure.
    pub(super) fn take_back(&self, from: Stranger<'_>) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in from.keys() {
            if let Some((count, _)) = counted.get_mut(&key) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    counted.remove(&key);
                }
            }
        }
    }

    /// The right password came: what this person mistyped here before is forgotten.
    pub(super) fn forget(&self, from: Stranger<'_>) {
        self.take_back(from);
        let [(both, _), ..] = from.keys();
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).remove(&both);
    }
}

#[cfg(test)]
mod tests;
