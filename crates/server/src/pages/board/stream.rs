//! Tells open boards that something of their company has changed; they fetch what changed themselves.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::stream;
use ringback_domain::ids::CompanyId;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, broadcast},
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};

use super::super::session::Staff;
use crate::app::App;

/// Open boards of one process. One more is told to come again later, and shows that it is not live meanwhile.
const AT_ONCE: usize = 2000;
/// Four changes a second are as many as people can follow.
const APART: Duration = Duration::from_millis(250);
const ALIVE: Duration = Duration::from_secs(15);

#[derive(Clone)]
pub(super) struct Places(Arc<Semaphore>);

pub(super) fn bounded() -> Extension<Places> {
    Extension(Places(Arc::new(Semaphore::new(AT_ONCE))))
}

pub(super) async fn stream(State(app): State<App>, Extension(places): Extension<Places>, staff: Staff) -> Response {
    let Ok(place) = places.0.try_acquire_owned() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let changes = Changes { company: staff.person.company_id, committed: app.store.committed(), first: true, pace: pace(), _place: place };
    let events = stream::unfold(changes, |mut changes| async move {
        changes.next().await?;
        Some((Ok::<_, Infallible>(Event::default().event("board").data("changed")), changes))
    });
    let alive = KeepAlive::new().interval(ALIVE).event(Event::default().event("alive").data("still"));
    // Proxies that buffer would hold the events back.
    ([("x-accel-buffering", "no")], Sse::new(events).keep_alive(alive)).into_response()
}

fn pace() -> Interval {
    let mut pace = interval_at(Instant::now(), APART);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}

struct Changes {
    company: CompanyId,
    committed: broadcast::Receiver<CompanyId>,
    first: bool,
    pace: Interval,
    _place: OwnedSemaphorePermit,
}

impl Changes {
    /// Returns when there is something new to look at; `None` when there never will be again.
    async fn next(&mut self) -> Option<()> {
        // What happened between the page and this stream is made up for by looking once.
        while !std::mem::take(&mut self.first) {
            match self.committed.recv().await {
                Ok(company) if company == self.company => break,
                Ok(_) => {}
                // Too much happened to say what: then surely something.
                Err(broadcast::error::RecvError::Lagged(_)) => break,
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
        self.pace.tick().await;
        // What came until now is told with this one.
        self.committed = self.committed.resubscribe();
        Some(())
    }
}
