//! The truth as the world outside knows it: who rang, what he was told, which calls were live when.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

#[derive(Default)]
pub(crate) struct Books(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    callers: usize,
    /// Carrier ids of callers who were told that they will be called back.
    promised: Vec<String>,
    live: HashMap<String, usize>,
    most: HashMap<String, usize>,
    faults: HashMap<&'static str, usize>,
}

impl Books {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rang(&self) {
        self.inner().callers += 1;
    }

    pub(crate) fn promised(&self, call_sid: &str) {
        self.inner().promised.push(call_sid.to_owned());
    }

    pub(crate) fn promises(&self) -> Vec<String> {
        self.inner().promised.clone()
    }

    pub(crate) fn callers(&self) -> usize {
        self.inner().callers
    }

    pub(crate) fn begins(&self, phone: &str) {
        let mut inner = self.inner();
        let live = inner.live.entry(phone.to_owned()).or_default();
        *live += 1;
        let live = *live;
        let most = inner.most.entry(phone.to_owned()).or_default();
        *most = live.max(*most);
    }

    pub(crate) fn ends(&self, phone: &str) {
        if let Some(live) = self.inner().live.get_mut(phone) {
            *live -= 1;
        }
    }

    pub(crate) fn most_at_once(&self) -> HashMap<String, usize> {
        self.inner().most.clone()
    }

    pub(crate) fn fault(&self, kind: &'static str) {
        *self.inner().faults.entry(kind).or_default() += 1;
    }

    pub(crate) fn faults(&self) -> usize {
        self.inner().faults.values().sum()
    }

    pub(crate) fn fault_kinds(&self) -> HashMap<&'static str, usize> {
        self.inner().faults.clone()
    }
}
