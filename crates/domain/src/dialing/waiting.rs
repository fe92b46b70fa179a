//! Why an attempt is not dialed yet.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Stored as JSON beside an attempt that was looked at and put off; otherwise computed when somebody looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum WaitingBecause {
    /// All channels of the phone that outbound calls may use are taken.
    ChannelsBusy,
    /// Others stand before it in the queue.
    NotItsTurn,
    NotBefore {
        at: Timestamp,
    },
    CampaignRunning {
        name: String,
    },
    CreditsShort {
        available: i64,
        minimum: u32,
    },
    OutsideCallingHours {
        until: Timestamp,
    },
    CallerOnTheLine,
    PersonCalling,
    PhonePaused {
        because: String,
        until: Timestamp,
    },
    PhoneInactive,
    DialingPaused,
    RecordOnly,
    TooManyAttempts {
        limit: u32,
    },
    NoCall,
    NotDialable(NotDialable),
}

/// Why the machine may never ring a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum NotDialable {
    /// A phone of the company itself.
    OwnNumber,
    Premium,
    SharedCost,
    Satellite,
    /// Toll-free, pagers, voicemail access, machines: nobody to reach there.
    NoSubscriber,
    Country {
        country: String,
    },
}

impl WaitingBecause {
    /// It does not pass by itself: the machine will not call, unless somebody changes what stands against it.
    pub fn is_for_good(&self) -> bool {
        matches!(self, Self::RecordOnly | Self::PhoneInactive | Self::NoCall | Self::NotDialable(_))
    }
}

impl fmt::Display for WaitingBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ChannelsBusy => f.write_str("channel busy"),
            Self::NotItsTurn => f.write_str("others are before it in the queue"),
            Self::NotBefore { at } => write!(f, "not before {at}"),
            Self::CampaignRunning { name } => write!(f, "campaign {name} running"),
            Self::CreditsShort { available, minimum } => write!(f, "credits short: {available} left, more than {minimum} needed"),
            Self::OutsideCallingHours { until } => write!(f, "outside calling hours until {until}"),
            Self::CallerOnTheLine => f.write_str("caller on the line"),
            Self::PersonCalling => f.write_str("a colleague is calling"),
            Self::PhonePaused { because, until } => write!(f, "phone paused until {until}: {because}"),
            Self::PhoneInactive => f.write_str("phone inactive"),
            Self::DialingPaused => f.write_str("dialing paused by the operator"),
            Self::RecordOnly => f.write_str("auto_callback is record_only"),
            Self::TooManyAttempts { limit } => write!(f, "{limit} attempts at this number in 24 hours"),
            Self::NoCall => f.write_str("customer does not want to be called"),
            Self::NotDialable(why) => write!(f, "not called by machine: {why}"),
        }
    }
}

impl fmt::Display for NotDialable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnNumber => f.write_str("a number that this server answers itself"),
            Self::Premium => f.write_str("premium number"),
            Self::SharedCost => f.write_str("shared-cost number"),
            Self::Satellite => f.write_str("satellite number"),
            Self::NoSubscriber => f.write_str("not a subscriber's line"),
            Self::Country { country } if country.is_empty() => f.write_str("a number of no country"),
            Self::Country { country } => write!(f, "calls to {country} are not allowed"),
        }
    }
}
