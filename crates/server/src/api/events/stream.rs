//! Events as they happen (server-sent events). The bell of the store says when to look; the table says what happened.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::sse::{self, KeepAlive, Sse},
};
use futures::{Stream, stream};
use ringback_domain::{
    access::Sight,
    ids::{CompanyId, EventId},
};
use ringback_store::{Mark, Start, Window};
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::{Instant, timeout},
};
use uuid::Uuid;

use super::Event;
use crate::{
    api::{
        answer::Answer,
        caller::{Caller, May, Read},
        params::Params,
        read,
    },
    app::App,
    errors::{ApiError, Code},
    streams::{LIFETIME, OF_COMPANY, Place, Streams},
};

/// How often the table is looked at although no bell rang: another node's may have.
const LOOK: Duration = Duration::from_secs(2);
const BATCH: u32 = 100;

/// Events as they happen, as server-sent events. `Last-Event-ID` or `after` goes on behind an event.
#[utoipa::path(get, path = "/stream", tag = "events", operation_id = "stream_events",
    params(("after" = Option<Uuid>, Query, description = "Only events behind this one; without it only new ones"),
        ("Last-Event-ID" = Option<Uuid>, Header, description = "As browsers send it when they connect again")),
    responses((status = 200, content_type = "text/event-stream", body = String)), security(("token" = ["read"])))]
pub(super) async fn stream(
    May(caller, _): May<Read>,
    State(app): State<App>,
    Extension(streams): Extension<Streams>,
    mut params: Params,
    headers: HeaderMap,
) -> Answer<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>> {
    let after: Option<EventId> = params.optional("after", read::id);
    params.finish()?;
    let last_seen = headers.get("last-event-id").map(|id| id.to_str().ok().and_then(|id| Uuid::try_parse(id).ok()));
    let last_seen = match last_seen {
        Some(None) => return Err(ApiError::field("Last-Event-ID", Code::Format, "must be an id (UUID)")),
        Some(Some(id)) => Some(EventId(id)),
        None => after,
    };
    let place = streams.enter(caller.company).ok_or_else(|| {
        let detail = format!("At most {OF_COMPANY} streams of a company are open at once.");
        ApiError::with_header(StatusCode::TOO_MANY_REQUESTS, detail, header::RETRY_AFTER, HeaderValue::from_static("30"))
    })?;
    // Listening comes before looking, so that nothing falls in between.
    let bell = app.store.committed();
    let after = match last_seen {
        Some(id) => Some(id),
        None => caller.rows(&app.store).last_event().await?,
    };
    let Caller { token_hash, sight, .. } = caller;
    let now = Instant::now();
    let teller = Teller { app, token_hash, sight, seen_at: now, place, bell, after, told: VecDeque::new(), ends_at: now + LIFETIME };
    let events = stream::unfold(teller, |mut teller| async move {
        let event = teller.next().await?;
        Some((Ok(event), teller))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

struct Teller {
    app: App,
    token_hash: [u8; 32],
    /// Of whoever listens, as it was when his token was last looked up.
    sight: Sight,
    seen_at: Instant,
    place: Place,
    bell: broadcast::Receiver<CompanyId>,
    after: Option<EventId>,
    told: VecDeque<ringback_store::Event>,
    ends_at: Instant,
}

impl Teller {
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            // Whoever is gone, or has come to another branch, is told nothing more of what was his.
            let stale = !self.told.is_empty() || self.seen_at.elapsed() >= LOOK;
            if stale && self.look_at_token().await? {
                self.told.clear();
            }
            if let Some(event) = self.told.pop_front() {
                self.after = Some(event.id);
                let told = sse::Event::default().id(event.id.to_string()).event(event.kind.as_str());
                return told.json_data(Event::from(event)).ok();
            }
            if Instant::now() >= self.ends_at {
                return None;
            }
            let rows = self.app.store.tenant(self.place.company()).seen_by(self.sight);
            let start = self.after.map_or(Start::Offset(0), |after| Start::After(Mark { key: 0, id: after.0 }));
            match rows.events_behind(Window { limit: BATCH, start }).await {
                Ok(events) if events.is_empty() => self.wait().await?,
                Ok(events) => self.told.extend(events),
                Err(error) => return broken(&error),
            }
        }
    }

    /// Whether what he sees has changed. `None`: his token is valid no more.
    async fn look_at_token(&mut self) -> Option<bool> {
        let token = match self.app.store.token(&self.token_hash).await {
            Ok(token) => token?,
            Err(error) => return broken(&error),
        };
        self.seen_at = Instant::now();
        let before = std::mem::replace(&mut self.sight, token.sight());
        Some(before != self.sight)
    }

    /// Until something of the company has committed, or it is time to look anyway. `None`: the node is going down.
    async fn wait(&mut self) -> Option<()> {
        let company = self.place.company();
        let rung = timeout(LOOK, async {
            loop {
                match self.bell.recv().await {
                    Ok(whose) if whose != company => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return Some(()),
                    Err(RecvError::Closed) => return None,
                }
            }
        });
        rung.await.unwrap_or(Some(()))
    }
}

fn broken<T>(error: &ringback_store::db::Error) -> Option<T> {
    tracing::warn!(event = "stream.broken", %error, "a stream ends: the database does not answer");
    None
}
