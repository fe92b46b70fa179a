//! Tells open boards that something of their company has changed; they fetch what changed themselves.

use std::{convert::Infallible, time::Duration};

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::stream;
use ringback_domain::ids::CompanyId;
use tokio::{
    sync::broadcast,
    time::{Instant, Interval, MissedTickBehavior, interval_at, timeout_at},
};

use super::super::{
    errors::PageError,
    session::{self, Staff},
};
use crate::{
    app::App,
    streams::{LIFETIME, Place, Streams},
};

/// Four changes a second are as many as people can follow.
const APART: Duration = Duration::from_millis(250);
const ALIVE: Duration = Duration::from_secs(15);

pub(super) fn bounded() -> Extension<Streams> {
    Extension(Streams::default())
}

/// One board more than there is room for is told to come again later, and shows that it is not live meanwhile.
pub(super) async fn stream(
    State(app): State<App>,
    Extension(streams): Extension<Streams>,
    staff: Staff,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let Some(session) = session::token(&headers, &app) else { return Ok(StatusCode::UNAUTHORIZED.into_response()) };
    let Some(place) = streams.enter(staff.person.company_id) else { return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()) };
    let committed = app.store.committed();
    let changes = Changes { app, session, committed, first: true, pace: pace(), ends_at: Instant::now() + LIFETIME, place };
    let events = stream::unfold(changes, |mut changes| async move {
        changes.next().await?;
        Some((Ok::<_, Infallible>(Event::default().event("board").data("changed")), changes))
    });
    let alive = KeepAlive::new().interval(ALIVE).event(Event::default().event("alive").data("still"));
    // Proxies that buffer would hold the events back.
    Ok(([("x-accel-buffering", "no")], Sse::new(events).keep_alive(alive)).into_response())
}

fn pace() -> Interval {
    let mut pace = interval_at(Instant::now(), APART);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}

struct Changes {
    app: App,
    /// The hash of its token.
    session: [u8; 32],
    committed: broadcast::Receiver<CompanyId>,
    first: bool,
    pace: Interval,
    ends_at: Instant,
    place: Place,
}

impl Changes {
    /// Returns when there is something new to look at; `None` when there never will be again.
    async fn next(&mut self) -> Option<()> {
        // What happened between the page and this stream is made up for by looking once.
        while !std::mem::take(&mut self.first) {
            match timeout_at(self.ends_at, self.committed.recv()).await {
                Ok(Ok(company)) if company == self.place.company() => break,
                Ok(Ok(_)) => {}
                // Too much happened to say what: then surely something.
                Ok(Err(broadcast::error::RecvError::Lagged(_))) => break,
                Ok(Err(broadcast::error::RecvError::Closed)) | Err(_) => return None,
            }
        }
        self.pace.tick().await;
        // What came until now is told with this one.
        self.committed = self.committed.resubscribe();
        match self.app.store.session(&self.session, self.app.clock.now()).await {
            Ok(Some(_)) if Instant::now() < self.ends_at => Some(()),
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(event = "board.stream_broken", %error, "a board's stream ends: the database does not answer");
                None
            }
        }
    }
}
