//! One line of the board each: a phone, a channel, somebody who waits, an outcome.

use jiff::Timestamp;
use ringback_domain::{attempt::ShownStatus, phone_number::PhoneNumber};
use ringback_store::{BoardPhone, CancelledBecause, OnChannel, Outcome, Waiting, WithheldMiss};

use super::{
    icon, pauses,
    reasons::{self, Pill},
};
use crate::pages::reader::Reader;

/// A person as staff see him: by name where there is one, always with the number to tap.
pub(crate) struct Caller {
    pub(crate) name: Option<String>,
    pub(crate) number: Option<Number>,
}

pub(crate) struct Number {
    pub(crate) e164: String,
    pub(crate) readable: String,
}

impl Caller {
    fn new(r: &Reader, name: Option<String>, number: Option<&PhoneNumber>) -> Self {
        let number = number.map(|it| Number { e164: it.reveal().to_owned(), readable: r.phone_number(it) });
        // Callers whom nobody knows are named by their number.
        let known = |name: &String| number.as_ref().is_none_or(|it| it.readable != *name && it.e164 != *name);
        Self { name: name.filter(known), number }
    }

    /// Whoever speaks there may be none of those whom this reader knows of.
    fn on_channel(r: &Reader, on: &OnChannel) -> Self {
        if on.seen {
            Self::new(r, on.customer_name.clone(), on.number.as_ref())
        } else {
            Self { name: Some(r.t("channel-elsewhere")), number: None }
        }
    }

    /// For the names of buttons.
    pub(crate) fn called(&self) -> &str {
        self.name.as_deref().or(self.number.as_ref().map(|it| it.readable.as_str())).unwrap_or_default()
    }
}

/// An instant as it is shown and as machines read it.
pub(crate) struct At {
    pub(crate) iso: String,
    pub(crate) text: String,
}

impl At {
    fn new(r: &Reader, at: Timestamp) -> Self {
        Self { iso: at.to_string(), text: r.clock(at) }
    }
}

pub(crate) struct PhoneCard {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) number: String,
    pub(crate) occupancy: String,
    pub(crate) full: bool,
    pub(crate) notices: Vec<Pill>,
    pub(crate) channels: Vec<Channel>,
    /// Free channels beyond the ones shown as slots.
    pub(crate) more_free: Option<String>,
}

pub(crate) struct Channel {
    pub(crate) label: String,
    pub(crate) busy: Option<Busy>,
}

pub(crate) struct Busy {
    pub(crate) caller: Caller,
    pub(crate) state: Pill,
    pub(crate) note: Option<String>,
    pub(crate) since: String,
    pub(crate) lasting: String,
}

fn came_at(r: &Reader, was_missed: bool, at: Timestamp) -> String {
    r.t1(if was_missed { "missed-at" } else { "asked-for-at" }, "at", r.clock(at))
}

/// Slots that are drawn even when they are free.
const SLOTS: u32 = 6;

impl PhoneCard {
    pub(super) fn new(r: &Reader, phone: &BoardPhone, on: &[&OnChannel]) -> Self {
        let busy = u32::try_from(on.len()).unwrap_or(u32::MAX);
        let shown = phone.channels.min(SLOTS.max(busy));
        let mut channels: Vec<Channel> = on.iter().map(|it| Channel::busy(r, it)).collect();
        let free = (1..=i64::from(phone.channels)).filter(|channel| on.iter().all(|it| it.channel != *channel));
        let slots = usize::try_from(shown.saturating_sub(busy)).unwrap_or(0);
        channels.extend(free.take(slots).map(|channel| Channel { label: r.t1("channel-label", "channel", channel), busy: None }));
        let hidden = phone.channels.saturating_sub(shown.max(busy));
        Self {
            id: phone.id.to_string(),
            label: phone.label.clone(),
            number: r.phone_number(&phone.number),
            occupancy: r.language.say_with("phone-occupancy", [("busy", busy.into()), ("channels", phone.channels.into())]),
            full: busy >= phone.channels,
            notices: notices(r, phone),
            channels,
            more_free: (hidden > 0).then(|| r.t1("channels-more-free", "count", hidden)),
        }
    }
}

fn notices(r: &Reader, phone: &BoardPhone) -> Vec<Pill> {
    let mut notices = Vec::new();
    let mut tell = |tone, icon, label| notices.push(Pill { tone, icon, label });
    if !phone.active {
        tell("gray", icon::CIRCLE_PAUSE, r.t("phone-inactive"));
    }
    if let Some(until) = phone.paused_until.filter(|until| *until > r.now) {
        let because = pauses::paused(r, phone.paused_because.as_deref().unwrap_or_default());
        let values = [("because", because.into()), ("until", r.clock_seconds(until).into())];
        tell("danger", icon::TRIANGLE_ALERT, r.language.say_with("phone-paused", values));
    }
    if phone.agent_inactive {
        tell("gray", icon::CIRCLE_PAUSE, r.t("phone-agent-inactive"));
    }
    if phone.record_only {
        tell("gray", icon::CIRCLE_PAUSE, r.t("phone-record-only"));
    }
    if let Some(campaign) = &phone.campaign {
        tell("info", icon::CIRCLE_PAUSE, r.t1("phone-campaign", "name", campaign.as_str()));
    }
    if phone.reserved_inbound > 0 {
        tell("gray", icon::PHONE_INCOMING, r.t1("phone-reserved", "count", phone.reserved_inbound));
    }
    notices
}

impl Channel {
    fn busy(r: &Reader, on: &OnChannel) -> Self {
        let since = on.answered_at.unwrap_or(on.started_at);
        let busy = Busy {
            caller: Caller::on_channel(r, on),
            state: reasons::on_channel(r, on.direction, on.status),
            note: on.missed_at.filter(|_| on.seen).map(|at| came_at(r, on.was_missed, at)),
            since: since.to_string(),
            lasting: Reader::lasting(ringback_domain::time::seconds_between(since, r.now)),
        };
        Self { label: r.t1("channel-label", "channel", on.channel), busy: Some(busy) }
    }
}

pub(crate) struct WaitingRow {
    pub(crate) id: String,
    pub(crate) position: Option<String>,
    pub(crate) caller: Caller,
    pub(crate) missed_at: At,
    /// Why it was missed; `None`: nothing was, the call was asked for.
    pub(crate) reason: Option<String>,
    pub(crate) priority: Pill,
    pub(crate) status: Pill,
    pub(crate) because: String,
    /// Where there are several phones: which one calls.
    pub(crate) phone: Option<String>,
}

impl WaitingRow {
    /// `None`: it is being dialed by now.
    pub(super) fn new(r: &Reader, waiting: Waiting, phones: &[BoardPhone]) -> Option<Self> {
        let Waiting { position, customer_name, shown } = waiting;
        let attempt = &shown.attempt;
        if !matches!(shown.status, ShownStatus::Pending | ShownStatus::OnHold | ShownStatus::InsufficientCredits) {
            return None;
        }
        let phone = phones.iter().find(|phone| phone.id == attempt.phone_id && phones.len() > 1);
        Some(Self {
            id: attempt.id.to_string(),
            position: position.map(|it| it.to_string()),
            caller: Caller::new(r, Some(customer_name), Some(&attempt.number)),
            missed_at: At::new(r, attempt.missed_at),
            reason: attempt.missed_reason.map(|reason| reasons::missed(r, reason)),
            priority: reasons::priority(r, attempt.priority),
            status: reasons::status(r, shown.status),
            because: shown.waiting_because.as_ref().map_or_else(|| r.t("waiting-next"), |because| reasons::waiting(r, because)),
            phone: phone.map(|phone| phone.label.clone()),
        })
    }
}

pub(crate) struct OutcomeRow {
    pub(crate) id: String,
    pub(crate) caller: Caller,
    pub(crate) status: Pill,
    /// What exactly came of the call, or why there will be none, where that is more than the status.
    pub(crate) outcome: Option<String>,
    /// When it was missed or asked for.
    pub(crate) came: String,
    pub(crate) ended_at: At,
    pub(crate) talked: Option<String>,
    pub(crate) phone: String,
    pub(crate) may_retry: bool,
}

impl OutcomeRow {
    pub(super) fn new(r: &Reader, cancelled: Option<&CancelledBecause>, outcome: Outcome) -> Self {
        let status = outcome.status.shown(false, false);
        let failed = outcome.outcome.filter(|_| status == ShownStatus::Failed).map(|it| reasons::outcome(r, it));
        Self {
            id: outcome.id.to_string(),
            caller: Caller::new(r, Some(outcome.customer_name), Some(&outcome.number)),
            status: reasons::status(r, status),
            outcome: failed.or_else(|| cancelled.map(|because| reasons::cancelled(r, because))),
            came: came_at(r, outcome.was_missed, outcome.missed_at),
            ended_at: At::new(r, outcome.ended_at),
            talked: outcome.seconds.filter(|seconds| *seconds > 0).map(|seconds| r.t1("outcome-talked", "time", Reader::lasting(seconds))),
            phone: outcome.phone_label,
            may_retry: outcome.may_retry,
        }
    }
}

/// A missed call that nobody can return.
pub(crate) struct WithheldRow {
    pub(crate) id: String,
    pub(crate) missed_at: At,
    pub(crate) reason: String,
    pub(crate) phone: String,
}

impl WithheldRow {
    pub(super) fn new(r: &Reader, miss: WithheldMiss) -> Self {
        Self {
            id: miss.id.to_string(),
            missed_at: At::new(r, miss.missed_at),
            reason: reasons::missed(r, miss.reason),
            phone: miss.phone_label,
        }
    }
}
