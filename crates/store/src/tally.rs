//! What has happened on this node since it started, counted for its operator; of what is committed alone.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use ringback_domain::{
    call::AttemptOutcome,
    callback::{Priority, Source},
    event::EventType,
};
use serde_json::Value as Json;

use crate::{outbox::NewEvent, store::Store};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Happened {
    pub callbacks_created: BTreeMap<(Priority, Source), u64>,
    pub attempts_finished: BTreeMap<AttemptOutcome, u64>,
    /// Callbacks that became overdue.
    pub sla_breaches: BTreeMap<Priority, u64>,
    /// Seconds from a callback's making to its first owner, one entry each; taken out by whoever measures.
    pub assignment_seconds: Vec<(Priority, i64)>,
}

/// Nobody measures where no server runs: then only so many are kept.
const MOST_SECONDS: usize = 100_000;

#[derive(Default)]
pub(crate) struct Tally(Mutex<Happened>);

impl Tally {
    pub(crate) fn add(&self, more: &Happened) {
        if *more == Happened::default() {
            return;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (kind, number) in &more.callbacks_created {
            *all.callbacks_created.entry(*kind).or_default() += number;
        }
        for (outcome, number) in &more.attempts_finished {
            *all.attempts_finished.entry(*outcome).or_default() += number;
        }
        for (priority, number) in &more.sla_breaches {
            *all.sla_breaches.entry(*priority).or_default() += number;
        }
        let room = MOST_SECONDS.saturating_sub(all.assignment_seconds.len());
        all.assignment_seconds.extend(more.assignment_seconds.iter().take(room));
    }
}

impl Happened {
    pub(crate) fn count(&mut self, events: &[NewEvent]) {
        for event in events {
            match event.kind {
                EventType::CallbackCreated => {
                    let callback = &event.data["callback"];
                    if let (Some(priority), Some(source)) = (word(&callback["priority"]), word(&callback["source"])) {
                        *self.callbacks_created.entry((priority, source)).or_default() += 1;
                    }
                }
                // What people tried is not the machine's.
                EventType::AttemptCompleted | EventType::AttemptFailed if event.data["attempt"]["by"] != "person" => {
                    if let Some(outcome) = word(&event.data["attempt"]["outcome"]) {
                        *self.attempts_finished.entry(outcome).or_default() += 1;
                    }
                }
                EventType::CallbackOverdue => {
                    if let Some(priority) = word(&event.data["callback"]["priority"]) {
                        *self.sla_breaches.entry(priority).or_default() += 1;
                    }
                }
                EventType::CallbackAssigned => {
                    let callback = &event.data["callback"];
                    if let (Some(priority), Some(seconds)) = (word(&callback["priority"]), callback["assignment_seconds"].as_i64()) {
                        self.assignment_seconds.push((priority, seconds));
                    }
                }
                _ => {}
            }
        }
    }
}

fn word<T: std::str::FromStr>(value: &Json) -> Option<T> {
    value.as_str()?.parse().ok()
}

impl Store {
    /// The counts, and each assignment's seconds once.
    pub fn happened(&self) -> Happened {
        let mut all = self.tally.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = std::mem::take(&mut all.assignment_seconds);
        Happened { assignment_seconds: seconds, ..all.clone() }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use ringback_domain::ids::{CompanyId, EventId};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn finished(kind: EventType, attempt: &Json) -> NewEvent {
        NewEvent {
            id: EventId(Uuid::nil()),
            kind,
            company_id: CompanyId(Uuid::nil()),
            actor: "system".to_owned(),
            callback_id: None,
            phone_id: None,
            data: json!({"attempt": attempt}),
            occurred_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_people_tried_is_not_counted_as_the_machines() {
        let mut happened = Happened::default();
        happened.count(&[
            finished(EventType::AttemptCompleted, &json!({"by": "person", "outcome": "reached"})),
            finished(EventType::AttemptFailed, &json!({"by": "person", "outcome": "not_reached"})),
            finished(EventType::AttemptCompleted, &json!({"outcome": "reached"})),
            finished(EventType::AttemptFailed, &json!({"outcome": "busy"})),
        ]);
        assert_eq!(happened.attempts_finished, BTreeMap::from([(AttemptOutcome::Reached, 1), (AttemptOutcome::Busy, 1)]));
    }
}
