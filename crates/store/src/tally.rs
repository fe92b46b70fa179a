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
}

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
    }
}

impl Happened {
    pub(crate) fn of(events: &[NewEvent]) -> Self {
        let mut happened = Self::default();
        for event in events {
            match event.kind {
                EventType::CallbackCreated => {
                    let callback = &event.data["callback"];
                    if let (Some(priority), Some(source)) = (word(&callback["priority"]), word(&callback["source"])) {
                        *happened.callbacks_created.entry((priority, source)).or_default() += 1;
                    }
                }
                EventType::AttemptCompleted | EventType::AttemptFailed => {
                    if let Some(outcome) = word(&event.data["attempt"]["outcome"]) {
                        *happened.attempts_finished.entry(outcome).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
        happened
    }
}

fn word<T: std::str::FromStr>(value: &Json) -> Option<T> {
    value.as_str()?.parse().ok()
}

impl Store {
    pub fn happened(&self) -> Happened {
        self.tally.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
