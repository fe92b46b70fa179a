//! Words and pictures for states: why somebody waits, what came of a call, where it stands.

use ringback_domain::{
    attempt::{CalledOff, Priority, ShownStatus},
    call::{AttemptOutcome, CallStatus, Direction, MissedReason},
    dialing::{NotDialable, WaitingBecause},
};
use ringback_store::CancelledBecause;

use super::{icon, pauses};
use crate::pages::{assets::Icon, reader::Reader};

/// A state as it is shown: never by colour alone.
pub(crate) struct Pill {
    /// Names a pair of colours in the stylesheet.
    pub(crate) tone: &'static str,
    pub(crate) icon: Icon,
    pub(crate) label: String,
}

fn pill(r: &Reader, tone: &'static str, icon: Icon, key: &str) -> Pill {
    Pill { tone, icon, label: r.t(key) }
}

pub(super) fn status(r: &Reader, status: ShownStatus) -> Pill {
    match status {
        ShownStatus::Pending => pill(r, "warning", icon::CLOCK, "status-pending"),
        ShownStatus::OnHold => pill(r, "gray", icon::CIRCLE_PAUSE, "status-on-hold"),
        ShownStatus::InsufficientCredits => pill(r, "danger", icon::COINS, "status-insufficient-credits"),
        ShownStatus::Processing => pill(r, "info", icon::PHONE_OUTGOING, "status-processing"),
        ShownStatus::Unknown => pill(r, "gray", icon::CIRCLE_QUESTION_MARK, "status-unknown"),
        ShownStatus::Completed => pill(r, "success", icon::CIRCLE_CHECK, "status-completed"),
        ShownStatus::Failed => pill(r, "danger", icon::CIRCLE_X, "status-failed"),
        ShownStatus::Cancelled => pill(r, "gray", icon::BAN, "status-cancelled"),
    }
}

pub(super) fn priority(r: &Reader, priority: Priority) -> Pill {
    match priority {
        Priority::High => pill(r, "warning", icon::ARROW_UP, "priority-high"),
        Priority::Low => pill(r, "gray", icon::ARROW_DOWN, "priority-low"),
    }
}

pub(super) fn missed(r: &Reader, reason: MissedReason) -> String {
    r.t(match reason {
        MissedReason::Busy => "missed-busy",
        MissedReason::NoAnswer => "missed-no-answer",
        MissedReason::NetworkError => "missed-network-error",
    })
}

/// Where a call on a channel stands.
pub(super) fn on_channel(r: &Reader, direction: Direction, status: CallStatus) -> Pill {
    match (direction, status) {
        (_, CallStatus::Unknown) => pill(r, "gray", icon::CIRCLE_QUESTION_MARK, "channel-unknown"),
        (_, CallStatus::Ended) => pill(r, "gray", icon::CLOCK, "channel-ending"),
        (Direction::Outbound, CallStatus::Queued) => pill(r, "info", icon::PHONE_OUTGOING, "channel-dialing"),
        (Direction::Outbound, CallStatus::Ringing) => pill(r, "info", icon::PHONE_OUTGOING, "channel-ringing"),
        (Direction::Outbound, CallStatus::InProgress) => pill(r, "info", icon::PHONE_CALL, "channel-returned"),
        (Direction::Inbound, CallStatus::Queued | CallStatus::Ringing) => pill(r, "plain", icon::PHONE_INCOMING, "channel-inbound-ringing"),
        (Direction::Inbound, CallStatus::InProgress) => pill(r, "plain", icon::PHONE_INCOMING, "channel-inbound"),
    }
}

pub(super) fn outcome(r: &Reader, outcome: AttemptOutcome) -> String {
    r.t(match outcome {
        AttemptOutcome::Reached => "outcome-reached",
        AttemptOutcome::Machine => "outcome-machine",
        AttemptOutcome::ShortTalk => "outcome-short-talk",
        AttemptOutcome::Busy => "outcome-busy",
        AttemptOutcome::NoAnswer => "outcome-no-answer",
        AttemptOutcome::Failed => "outcome-failed",
        AttemptOutcome::Refused => "outcome-refused",
        AttemptOutcome::NoTrace => "outcome-no-trace",
    })
}

pub(crate) fn waiting(r: &Reader, because: &WaitingBecause) -> String {
    let say = r.language;
    match because {
        WaitingBecause::ChannelsBusy => r.t("waiting-channels-busy"),
        WaitingBecause::NotItsTurn => r.t("waiting-not-its-turn"),
        WaitingBecause::NotBefore { at } => r.t1("waiting-not-before", "at", r.clock(*at)),
        WaitingBecause::CampaignRunning { name } => r.t1("waiting-campaign", "name", name.as_str()),
        WaitingBecause::CreditsShort { available, minimum } => {
            say.say_with("waiting-credits", [("available", r.number(*available).into()), ("minimum", r.number(*minimum).into())])
        }
        WaitingBecause::OutsideCallingHours { until } => r.t1("waiting-calling-hours", "until", r.clock(*until)),
        WaitingBecause::CallerOnTheLine => r.t("waiting-caller-on-the-line"),
        WaitingBecause::PersonCalling => r.t("waiting-person-calling"),
        WaitingBecause::PhonePaused { because, until } => {
            say.say_with("waiting-phone-paused", [("because", pauses::paused(r, because).into()), ("until", r.clock(*until).into())])
        }
        WaitingBecause::PhoneInactive => r.t("waiting-phone-inactive"),
        WaitingBecause::DialingPaused => r.t("waiting-dialing-paused"),
        WaitingBecause::RecordOnly => r.t("waiting-record-only"),
        WaitingBecause::TooManyAttempts { limit } => r.t1("waiting-too-many-attempts", "limit", *limit),
        WaitingBecause::NoCall => r.t("waiting-no-call"),
        WaitingBecause::NotDialable(why) => not_dialable(r, why),
    }
}

fn not_dialable(r: &Reader, why: &NotDialable) -> String {
    match why {
        NotDialable::OwnNumber => r.t("waiting-own-number"),
        NotDialable::Premium => r.t("waiting-premium"),
        NotDialable::SharedCost => r.t("waiting-shared-cost"),
        NotDialable::Satellite => r.t("waiting-satellite"),
        NotDialable::NoSubscriber => r.t("waiting-no-subscriber"),
        NotDialable::Country { country } if country.is_empty() => r.t("waiting-no-country"),
        NotDialable::Country { country } => r.t1("waiting-country", "country", country.as_str()),
    }
}

/// Why nobody is called any more.
pub(super) fn cancelled(r: &Reader, cancelled: &CancelledBecause) -> String {
    match (cancelled.why, &cancelled.by) {
        (CalledOff::OnRequest, Some(name)) => r.t1("cancelled-by", "name", name.as_str()),
        (CalledOff::OnRequest, None) => r.t("cancelled-by-program"),
        (CalledOff::GotThrough, _) => r.t("cancelled-got-through"),
        (CalledOff::Reached, _) => r.t("cancelled-reached"),
        (CalledOff::PersonCalled, _) => r.t("cancelled-person-called"),
        (CalledOff::Booked, _) => r.t("cancelled-booked"),
        (CalledOff::Closed | CalledOff::Expired, _) => r.t("cancelled-closed"),
        (CalledOff::PhoneDeleted, _) => r.t("cancelled-phone-deleted"),
    }
}
