//! The domain's events in the log of the server that committed them: one line each, without names, notes or whole numbers.

use jiff::Timestamp;
use ringback_domain::{
    event::EventType,
    ids::{CallbackId, CompanyId, PhoneId},
    phone_number::PhoneNumber,
};
use serde_json::{Map, Value as Json};
use tokio::task::yield_now;
use tracing::Level;
use uuid::Uuid;

use crate::{outbox::NewEvent, tally::Happened};

/// By which the log's filter knows these lines.
macro_rules! target {
    () => {
        "ringback::events"
    };
}

/// After so many lines others have their turn.
const LINES_AT_ONCE: usize = 250;

/// What a transaction's events say on this node once it has committed.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) happened: Happened,
    lines: Vec<Line>,
}

/// What is kept of an event until its transaction has committed; of its data only [`WORDS`], [`NUMBERS`] and the masked number.
struct Line {
    kind: EventType,
    company: CompanyId,
    actor: String,
    callback: Option<CallbackId>,
    phone: Option<PhoneId>,
    occurred_at: Timestamp,
    data: Map<String, Json>,
}

const WORDS: [&str; 18] = [
    "id",
    "call_id",
    "attempt_id",
    "status",
    "state",
    "priority",
    "source",
    "direction",
    "outcome",
    "missed_reason",
    "assignment_reason",
    "because",
    "assigned_to",
    "assigned_from",
    "from",
    "to",
    "due_at",
    "paused_until",
];
const NUMBERS: [&str; 8] =
    ["seconds", "assignment_seconds", "minutes_remaining", "escalations_count", "amount", "balance", "minimum", "merged_count"];

impl Told {
    /// Costs next to nothing when nobody reads the log.
    pub(crate) fn add(&mut self, events: &[NewEvent]) {
        self.happened.count(events);
        let (all, warnings) = (tracing::enabled!(target: target!(), Level::INFO), tracing::enabled!(target: target!(), Level::WARN));
        if all || warnings {
            self.lines.extend(events.iter().filter(|event| all || warning(event.kind).is_some()).map(Line::of));
        }
    }

    pub(crate) async fn tell(self) {
        for (nth, line) in self.lines.iter().enumerate() {
            if nth > 0 && nth % LINES_AT_ONCE == 0 {
                yield_now().await;
            }
            line.write();
        }
    }
}

/// What the operator is told, who may have to do something: a promise is broken or nothing is dialed.
fn warning(kind: EventType) -> Option<&'static str> {
    Some(match kind {
        EventType::CallbackOverdue => "a callback is overdue",
        EventType::CallbackExpired => "a callback has expired: nobody called in time",
        EventType::CreditsLow => "credits are at or below the minimum: nothing automatic is dialed until some are added",
        EventType::AttemptInsufficientCredits => "an automatic callback waits for credits",
        EventType::PhonePaused => "a phone rests after a carrier error: nothing is dialed on it meanwhile",
        _ => return None,
    })
}

impl Line {
    fn of(event: &NewEvent) -> Self {
        let mut data = Map::new();
        if let Some(it) = event.data.as_object().and_then(|data| data.values().next()).and_then(Json::as_object) {
            for name in WORDS.into_iter().chain(NUMBERS) {
                if let Some(value) = it.get(name).filter(|value| value.is_string() || value.is_number()) {
                    data.insert(name.to_owned(), value.clone());
                }
            }
            if event.kind == EventType::CallbackEscalated
                && let Some(reason) = it.get("reason")
            {
                // Elsewhere it is what somebody wrote.
                data.insert("reason".to_owned(), reason.clone());
            }
            if let Some(number) = it.get("number").or_else(|| it.get("phone_number")).and_then(Json::as_str) {
                data.insert("number".to_owned(), PhoneNumber::from_stored(number.to_owned()).to_string().into());
            }
        }
        Self {
            kind: event.kind,
            company: event.company_id,
            actor: event.actor.clone(),
            callback: event.callback_id,
            phone: event.phone_id,
            occurred_at: event.occurred_at,
            data,
        }
    }

    fn word(&self, name: &str) -> Option<&str> {
        self.data.get(name)?.as_str()
    }

    /// The id of what the event tells of, when it is one of these: `call`, `attempt`.
    fn own_id(&self, subject: &str) -> Option<&str> {
        self.word("id").filter(|_| self.kind.as_str().split_once('.').is_some_and(|(it, _)| it == subject))
    }

    /// Why: one of our own sentences. What people add to the choice of an owner follows a semicolon, and who left is named where
    /// there is no new owner: both stay out.
    fn reason(&self) -> Option<&str> {
        let chosen = || self.word("assigned_to").and(self.word("assignment_reason"));
        let assigned = || chosen().map(|it| it.split("; ").next().unwrap_or(it));
        self.word("missed_reason").or_else(|| self.word("reason")).or_else(assigned).or_else(|| self.word("because"))
    }

    /// Since a thing was written: its id tells when.
    fn milliseconds_since(&self, id: Option<Uuid>) -> Option<i64> {
        let (seconds, nanos) = id?.get_timestamp()?.to_unix();
        let made = i64::try_from(seconds).ok()?.checked_mul(1000)?.checked_add(i64::from(nanos / 1_000_000))?;
        Some((self.occurred_at.as_millisecond() - made).max(0))
    }

    fn write(&self) {
        let number = |name: &str| self.data.get(name).and_then(Json::as_i64);
        let attempt = self.word("attempt_id").or_else(|| self.own_id("attempt"));
        let call = self.word("call_id").or_else(|| self.own_id("call"));
        let waited = if self.kind == EventType::AttemptStarted { attempt } else { None }.and_then(|id| id.parse().ok());
        let warning = warning(self.kind);
        macro_rules! line {
            ($level:expr) => {
                tracing::event!(
                    target: target!(), $level, message = warning, event = self.kind.as_str(), company_id = %self.company, actor = self.actor,
                    callback_id = self.callback.map(tracing::field::display), phone_id = self.phone.map(tracing::field::display),
                    attempt_id = attempt, call_id = call, number = self.word("number"),
                    status = self.word("status").or_else(|| self.word("state")), priority = self.word("priority"),
                    source = self.word("source"), direction = self.word("direction"), outcome = self.word("outcome"),
                    reason = self.reason(), assigned_to = self.word("assigned_to"), assigned_from = self.word("assigned_from"),
                    from = self.word("from"), to = self.word("to"), escalations_count = number("escalations_count"),
                    merged_count = number("merged_count"), due_at = self.word("due_at"), paused_until = self.word("paused_until"),
                    minutes_remaining = number("minutes_remaining"), seconds = number("seconds"),
                    assignment_seconds = number("assignment_seconds"), waited_ms = self.milliseconds_since(waited),
                    age_ms = self.milliseconds_since(self.callback.map(|it| it.0)),
                    amount = number("amount"), balance = number("balance"), minimum = number("minimum"),
                )
            };
        }
        if warning.is_some() {
            line!(Level::WARN);
        } else {
            line!(Level::INFO);
        }
    }
}
