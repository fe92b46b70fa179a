//! Events: what happened in the company, to be asked for or to be told as it happens.

mod stream;

use axum::{Extension, Json, extract::State};
use jiff::Timestamp;
use ringback_domain::{
    event::EventType,
    ids::{CompanyId, EventId},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    answer::{Answer, List, list},
    caller::{May, Read},
    params::Params,
    schema,
};
use crate::app::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    let streams = OpenApiRouter::new().routes(routes!(stream::stream)).layer(Extension(crate::streams::Streams::default()));
    OpenApiRouter::new().routes(routes!(index)).merge(streams)
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
struct Event {
    #[schema(value_type = Uuid)]
    id: EventId,
    #[serde(rename = "type")]
    #[schema(schema_with = schema::event_type)]
    kind: EventType,
    #[schema(value_type = Uuid)]
    company_id: CompanyId,
    occurred_at: Timestamp,
    #[schema(value_type = Object)]
    data: serde_json::Value,
}

impl From<ringback_store::Event> for Event {
    fn from(it: ringback_store::Event) -> Self {
        Self { id: it.id, kind: it.kind, company_id: it.company_id, occurred_at: it.occurred_at, data: it.data }
    }
}

/// Which events.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `index` reads")]
struct EventParams {
    /// Only those behind this event.
    after: Option<Uuid>,
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// What happened, oldest first.
#[utoipa::path(get, path = "/events", tag = "events", operation_id = "list_events", params(EventParams),
    responses((status = 200, body = List<Event>)), security(("token" = ["read"])))]
async fn index(May(caller, _): May<Read>, State(app): State<App>, mut params: Params) -> Answer<Json<List<Event>>> {
    let paging = params.after_and_limit();
    let paging = paging.keeping(params.finish()?);
    let slice = caller.rows(&app.store).events(paging.window()).await?;
    Ok(list(&app, &paging, slice, Event::from))
}
