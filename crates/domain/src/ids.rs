//! Typed ids (UUID version 7, so they sort by the time they were made) and their source.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self { Self(id) }
        }
        impl From<$name> for Uuid {
            fn from(id: $name) -> Self { id.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { Uuid::from_str(text).map(Self) }
        }
    )+};
}

ids!(
    CompanyId,
    BranchId,
    StaffId,
    ServiceId,
    CustomerId,
    AppointmentId,
    PhoneId,
    AgentId,
    CampaignId,
    CallId,
    CallbackId,
    AttemptId,
    EventId,
    CreditEntryId,
    TokenId,
    SessionId,
    IntakeKeyId,
    CallReportId,
);

/// Makes version 7 ids that rise strictly within one source, also inside one millisecond: two things that arrive in
/// the same millisecond keep their order of arrival. `entropy` is 64 random bits per id.
#[derive(Debug, Default)]
pub struct IdSource {
    last: u64,
    counter: u16,
}

impl IdSource {
    pub fn next(&mut self, now: Timestamp, entropy: u64) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        if millis > self.last {
            self.last = millis;
            self.counter = 0;
        } else {
            self.counter += 1;
            if self.counter > 0x0fff {
                // 4,096 ids in one millisecond, or a clock set back: borrow from the future rather than lose order.
                self.last += 1;
                self.counter = 0;
            }
        }
        let mut random = [0; 10];
        random[..2].copy_from_slice(&self.counter.to_be_bytes());
        random[2..].copy_from_slice(&entropy.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(self.last, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_within_a_millisecond_and_when_the_clock_is_set_back() {
        let mut source = IdSource::default();
        let at = |ms| crate::time::from_millis(ms);
        let ids: Vec<_> =
            (0..10_000).map(|i| source.next(at(if i < 5_000 { 1_700_000_000_000 } else { 1_699_999_999_000 }), 0xdead_beef ^ i)).collect();
        assert!(ids.windows(2).all(|w| w[0] < w[1]));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }
}
