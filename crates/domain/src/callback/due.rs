//! A due time that knows where it comes from: first as data, which is stored beside it, and told in words from that.

mod telling;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{business_time::Closure, words::words};

words!(Language { English = "en", German = "de" });

impl Language {
    /// German for `de` and what begins with it, English for all others.
    pub fn of_locale(locale: &str) -> Self {
        if locale.starts_with("de") { Self::German } else { Self::English }
    }

    /// An instant as due times are told, with its day: "Mon 2 Mar 14:30", "Mo. 02.03. 14:30".
    pub fn moment(self, at: Timestamp, zone: &TimeZone) -> String {
        telling::moment(at, self, zone)
    }
}

words!(
    /// What a callback's time is counted from.
    StartedBy {
        Created = "created",
        /// Nobody is to call before then, and no end was wished for.
        NotBefore = "not_before",
        Snoozed = "snoozed",
        Reopened = "reopened",
    }
);

/// The instant from which a callback's time counts. It is stored, so that a new priority counts from it and not from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    pub at: Timestamp,
    pub by: StartedBy,
}

impl Start {
    pub fn created(at: Timestamp) -> Self {
        Self { at, by: StartedBy::Created }
    }

    /// Counts from the end of the snooze, not from the moment somebody asked for it.
    pub fn snoozed(until: Timestamp) -> Self {
        Self { at: until, by: StartedBy::Snoozed }
    }

    pub fn reopened(at: Timestamp) -> Self {
        Self { at, by: StartedBy::Reopened }
    }
}

/// When a callback is due, and why then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    pub at: Timestamp,
    #[serde(flatten)]
    pub why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Why {
    WallTime {
        minutes: u32,
        start: Start,
        /// Business time was asked for, but there is not that much of it in sight.
        for_lack_of_hours: bool,
    },
    /// From the start to the due time, what was skipped left out, it is so many minutes.
    BusinessTime { minutes: u32, start: Start, skipped: Skipped },
    /// The same time so many business days later. Of what was skipped only that which moved it is told, not each night.
    BusinessDays { days: u32, start: Start, skipped: Skipped },
    /// Somebody wished to be called from then until the due time.
    Wished { from: Timestamp },
    /// A person set it.
    ByHand,
}

impl Why {
    /// From where the clock ran; `None` where no clock did.
    pub fn start(&self) -> Option<Start> {
        match self {
            Self::WallTime { start, .. } | Self::BusinessTime { start, .. } | Self::BusinessDays { start, .. } => Some(*start),
            Self::Wished { .. } | Self::ByHand => None,
        }
    }
}

impl Due {
    pub fn by_hand(at: Timestamp) -> Self {
        Self { at, why: Why::ByHand }
    }

    /// In words, on the clocks of `zone`: "2 h business time from Fri 17:10, closed 18:00–Mon 09:00 → Mon 10:10".
    pub fn tell(&self, language: Language, zone: &TimeZone) -> String {
        telling::tell(self, language, zone)
    }
}

/// Closed spans between start and due time: the first ones each, the rest as a sum, so that nothing grows without bound.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    pub closures: Vec<Closure>,
    #[serde(default, skip_serializing_if = "More::is_none")]
    pub more: More,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct More {
    pub closures: usize,
    pub seconds: i64,
}

impl More {
    fn is_none(&self) -> bool {
        self.closures == 0
    }
}

impl Skipped {
    /// Four weeks of a shop that closes for lunch and at night.
    pub const MOST: usize = 40;

    pub fn new(mut closures: Vec<Closure>) -> Self {
        let rest = closures.split_off(closures.len().min(Self::MOST));
        let more = More { closures: rest.len(), seconds: rest.iter().map(|it| it.length().as_secs()).sum() };
        Self { closures, more }
    }
}
