//! May this attempt be dialed now? Everything that stands against it has a name, so that everybody can see why
//! somebody waits (decisions 6, 7, 9 and 17).

mod waiting;

use jiff::{SignedDuration, Timestamp};

pub use waiting::{NotDialable, WaitingBecause};

use crate::{
    calling_hours,
    credits::Account,
    phone_number::{LineKind, PhoneNumber},
    settings::{AutoCallback, Settings},
};

/// A caller who rang less than this ago may be called back at any hour.
const JUST_RANG: SignedDuration = SignedDuration::from_mins(15);

/// What concerns every attempt of a phone alike.
#[derive(Debug, Clone)]
pub struct PhoneFacts {
    pub active: bool,
    pub auto_callback: AutoCallback,
    /// The operator's kill switch, for the company or for everything.
    pub dialing_paused: bool,
    /// The dispatcher's own pause: circuit breaker, refused credentials, an account that must slow down.
    pub paused: Option<(String, Timestamp)>,
    pub free_channels: u32,
    pub reserved_inbound: u32,
    pub account: Account,
}

impl PhoneFacts {
    /// What stands against any dialing on this phone, the reason that lasts longest first.
    pub fn blocked(&self, settings: &Settings, now: Timestamp) -> Option<WaitingBecause> {
        if self.dialing_paused {
            return Some(WaitingBecause::DialingPaused);
        }
        if self.auto_callback == AutoCallback::RecordOnly || settings.auto_callback == AutoCallback::RecordOnly {
            return Some(WaitingBecause::RecordOnly);
        }
        if !self.active {
            return Some(WaitingBecause::PhoneInactive);
        }
        if !self.account.covers(settings.minimum_credits) {
            return Some(WaitingBecause::CreditsShort { available: self.account.unreserved(), minimum: settings.minimum_credits });
        }
        if let Some((because, until)) = self.paused.as_ref().filter(|(_, until)| *until > now) {
            return Some(WaitingBecause::PhonePaused { because: because.clone(), until: *until });
        }
        if self.free_channels <= self.reserved_inbound {
            return Some(WaitingBecause::ChannelsBusy);
        }
        None
    }
}

/// What concerns one attempt.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub number: PhoneNumber,
    /// When the person rang; `None` for an attempt that no inbound call asked for.
    pub missed_at: Option<Timestamp>,
    pub no_call: bool,
    /// The number is one of the company's own phones.
    pub own_number: bool,
    /// It is a phone of this server, whichever company's: two machines would go on ringing each other.
    pub answered_here: bool,
    /// Attempts at this number, over all sources, in the last 24 hours, and when the oldest of them leaves the window.
    pub recent_attempts: u32,
    pub recent_until: Option<Timestamp>,
    /// The person is on the line at this moment, not answered yet.
    pub on_the_line_until: Option<Timestamp>,
    /// A staff member is calling (presence lease).
    pub claimed_until: Option<Timestamp>,
}

/// The company's side of the question whom the machine may ring.
#[derive(Debug, Clone, Copy)]
pub struct CompanyFacts<'a> {
    pub country: &'a str,
    pub time_zone: &'a str,
    pub settings: &'a Settings,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Dial,
    /// Not now; look again at `until`, or sooner when its cause goes away.
    Wait {
        because: WaitingBecause,
        until: Timestamp,
    },
    /// Never by machine: it goes to people.
    Refuse(WaitingBecause),
}

/// Whether the number is one that the machine may ring at all (decision 17). Known when the call is missed.
pub fn dialable(number: &PhoneNumber, own_number: bool, country: &str, settings: &Settings) -> Result<(), NotDialable> {
    if own_number {
        return Err(NotDialable::OwnNumber);
    }
    match number.line_kind() {
        LineKind::Subscriber => {}
        LineKind::Premium => return Err(NotDialable::Premium),
        LineKind::SharedCost => return Err(NotDialable::SharedCost),
        LineKind::Satellite => return Err(NotDialable::Satellite),
        LineKind::Other => return Err(NotDialable::NoSubscriber),
    }
    let called = number.country().unwrap_or_default();
    let allowed = called == country || settings.allowed_countries.contains(&called);
    if allowed { Ok(()) } else { Err(NotDialable::Country { country: called }) }
}

pub fn admit(candidate: &Candidate, company: CompanyFacts<'_>, now: Timestamp) -> Verdict {
    let settings = company.settings;
    if candidate.no_call {
        return Verdict::Refuse(WaitingBecause::NoCall);
    }
    if let Err(why) = dialable(&candidate.number, candidate.own_number, company.country, settings) {
        return Verdict::Refuse(WaitingBecause::NotDialable(why));
    }
    if candidate.answered_here {
        // Told like any line on which nobody is reached: who else is served here concerns no company (I7).
        return Verdict::Refuse(WaitingBecause::NotDialable(NotDialable::NoSubscriber));
    }
    if candidate.recent_attempts >= settings.attempts_per_number {
        let because = WaitingBecause::TooManyAttempts { limit: settings.attempts_per_number };
        return match candidate.recent_until.filter(|until| *until > now) {
            Some(until) => Verdict::Wait { because, until },
            None => Verdict::Refuse(because),
        };
    }
    if let Some(until) = candidate.on_the_line_until.filter(|until| *until > now) {
        return Verdict::Wait { because: WaitingBecause::CallerOnTheLine, until };
    }
    if let Some(until) = candidate.claimed_until.filter(|until| *until > now) {
        return Verdict::Wait { because: WaitingBecause::PersonCalling, until };
    }
    let just_rang = candidate.missed_at.is_some_and(|at| now.duration_since(at) < JUST_RANG);
    if !just_rang {
        let zones = calling_hours::zones_of(&candidate.number, company.country, company.time_zone);
        if let Some(until) = calling_hours::opens_at(now, settings.calling_hours, &zones) {
            return Verdict::Wait { because: WaitingBecause::OutsideCallingHours { until }, until };
        }
    }
    Verdict::Dial
}

#[cfg(test)]
mod tests;
