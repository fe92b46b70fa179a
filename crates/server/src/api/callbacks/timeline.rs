//! Everything that happened to a callback.

use axum::{Json, extract::State};
use jiff::Timestamp;
use ringback_domain::{
    event::EventType,
    ids::{CallbackId, EventId, PhoneId},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        answer::{Answer, List, list},
        caller::{May, Read},
        params::{Id, Params},
        schema::{self, PageParams},
    },
    app::App,
    errors::ApiError,
};

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TimelineEntry {
    #[schema(value_type = Uuid)]
    id: EventId,
    #[serde(rename = "type")]
    #[schema(schema_with = schema::event_type)]
    kind: EventType,
    occurred_at: Timestamp,
    /// `system`, `carrier`, `operator`, `staff:<id>` or `token:<id>`.
    actor: String,
    #[schema(value_type = Option<Uuid>)]
    phone_id: Option<PhoneId>,
    #[schema(value_type = Object)]
    data: serde_json::Value,
}

/// Everything that happened to a callback, oldest first.
#[utoipa::path(get, path = "/callbacks/{id}/timeline", tag = "callbacks", operation_id = "show_timeline",
    params(("id" = Uuid, Path), PageParams), responses((status = 200, body = List<TimelineEntry>)), security(("token" = ["read"])))]
pub(super) async fn timeline(
    May(caller, _): May<Read>,
    State(app): State<App>,
    Id(id): Id<CallbackId>,
    mut params: Params,
) -> Answer<Json<List<TimelineEntry>>> {
    // Most callbacks have fewer entries than a page has, so that one answer tells the whole story.
    let paging = params.paging(100, 0);
    let paging = paging.keeping(params.finish()?);
    let rows = caller.rows(&app.store);
    rows.callback(id).await?.ok_or(ApiError::NotFound)?;
    let slice = rows.timeline(id, paging.window()).await?;
    Ok(list(&app, &paging, slice, |it| TimelineEntry {
        id: it.id,
        kind: it.kind,
        occurred_at: it.occurred_at,
        actor: it.actor,
        phone_id: it.phone_id,
        data: it.data,
    }))
}
