//! How many streams may be open at once, and for how long.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ringback_domain::ids::CompanyId;

/// Open streams of one company, and of all together.
pub(crate) const OF_COMPANY: usize = 50;
const OF_ALL: usize = 2000;
/// Then it ends, and whoever listened comes back with what he saw last and with what still lets him in.
pub(crate) const LIFETIME: Duration = Duration::from_hours(1);

#[derive(Clone, Default)]
pub(crate) struct Streams {
    open: Arc<Mutex<HashMap<CompanyId, usize>>>,
}

/// A place among the open streams, given back when it is dropped.
pub(crate) struct Place {
    streams: Streams,
    company: CompanyId,
}

impl Streams {
    pub(crate) fn enter(&self, company: CompanyId) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.values().sum::<usize>() >= OF_ALL {
            return None;
        }
        let mine = open.entry(company).or_default();
        if *mine >= OF_COMPANY {
            return None;
        }
        *mine += 1;
        Some(Place { streams: self.clone(), company })
    }
}

impl Place {
    pub(crate) fn company(&self) -> CompanyId {
        self.company
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mine) = open.get_mut(&self.company) {
            *mine -= 1;
            if *mine == 0 {
                open.remove(&self.company);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn open_streams_are_bounded_and_places_come_back() {
        let streams = Streams::default();
        let company = CompanyId(Uuid::from_u128(1));
        let places: Vec<_> = std::iter::from_fn(|| streams.enter(company)).take(OF_COMPANY + 1).collect();
        assert_eq!(places.len(), OF_COMPANY);
        assert!(streams.enter(CompanyId(Uuid::from_u128(2))).is_some());
        drop(places);
        assert!(streams.open.lock().expect("not poisoned").is_empty());
    }
}
