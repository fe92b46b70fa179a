//! What keeps a callback's promise next.

use jiff::{Timestamp, tz::TimeZone};
use ringback_domain::{
    attempt::ShownStatus,
    callback::{self, Status},
    dialing::WaitingBecause,
};
use ringback_store::{CallbackRecord, Shown};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::pages::{board::reasons, reader::Reader};

/// What keeps the promise next.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NextAction {
    kind: NextActionKind,
    /// Of an attempt: when it is looked at next, where that is known. Else when the callback is due.
    at: Option<Timestamp>,
    /// The attempt or the person.
    id: Option<Uuid>,
    /// The same for people: in the company's language, on the clocks of the branch.
    text: String,
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum NextActionKind {
    /// An automatic attempt waits or runs.
    Attempt,
    /// A person has it.
    Owner,
    /// It is in the unassigned list.
    Unassigned,
}

impl NextAction {
    /// `None`: it is closed, and nothing is owed any more.
    pub(super) fn of(it: &CallbackRecord, attempt: Option<&Shown>, now: Timestamp) -> Option<Self> {
        if !it.status.is_open() {
            return None;
        }
        // What the machine will not do is nobody's next action.
        let attempt = attempt.filter(|shown| !shown.waiting_because.as_ref().is_some_and(WaitingBecause::is_for_good));
        let text = text(it, attempt, now);
        let (kind, at, id) = match (attempt, it.assigned_to) {
            (Some(shown), _) => (NextActionKind::Attempt, shown.attempt.next_attempt_at(), Some(shown.attempt.id.0)),
            (None, Some(owner)) => (NextActionKind::Owner, Some(it.due_at), Some(owner.0)),
            (None, None) => (NextActionKind::Unassigned, Some(it.due_at), None),
        };
        Some(Self { kind, at, id, text })
    }
}

fn text(it: &CallbackRecord, attempt: Option<&Shown>, now: Timestamp) -> String {
    let zone = TimeZone::get(&it.time_zone).unwrap_or(TimeZone::UTC);
    let due = callback::Language::of_locale(&it.locale).moment(it.due_at, &zone);
    let company = Reader::of_company(&it.locale, zone, now);
    match (attempt, it.assigned_to) {
        (Some(shown), _) => attempt_text(&company, shown),
        // Spoken with: nobody has to call any more, and somebody to say that it is done.
        (None, _) if it.status == Status::Contacted => company.t("next-complete"),
        (None, Some(_)) => company.t1("next-owner", "due", due),
        (None, None) => company.t1("next-unassigned", "due", due),
    }
}

fn attempt_text(company: &Reader, shown: &Shown) -> String {
    match (&shown.waiting_because, shown.status) {
        (_, ShownStatus::Processing | ShownStatus::Unknown) => company.t("next-attempt-runs"),
        (Some(because), _) => company.t1("next-attempt-waits", "because", reasons::waiting(company, because)),
        (None, _) => company.t("next-attempt"),
    }
}
