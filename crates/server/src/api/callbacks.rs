//! Callbacks: the promises to call people back, as lists, one by one, and with all that happened to them.

mod filter;
mod include;
mod timeline;

use std::collections::HashMap;

use axum::{Json, extract::State};
use jiff::Timestamp;
use ringback_domain::{
    callback::{Priority, Source, Status},
    ids::{CallId, CallbackId, CustomerId, PhoneId, StaffId},
    phone_number::PhoneNumber,
};
use ringback_store::{CallbackRecord, Shown};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    answer::{Answer, List, One, list, one},
    caller::{Caller, May, Read},
    params::{Id, Params},
    schema::{self, PageParams},
};
use crate::{app::App, errors::ApiError};
use include::{Included, IncludedCustomer, IncludedStaff};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(index)).routes(routes!(show)).routes(routes!(timeline::timeline))
}

/// The promise to call one person back.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::option_option, reason = "not asked for is left out, nobody is null")]
struct Callback {
    #[schema(value_type = Uuid)]
    id: CallbackId,
    customer_name: String,
    #[schema(value_type = String)]
    phone_number: PhoneNumber,
    #[schema(schema_with = schema::callback_status)]
    status: Status,
    #[schema(schema_with = schema::callback_priority)]
    priority: Priority,
    priority_reason: String,
    #[schema(schema_with = schema::callback_source)]
    source: Source,
    #[schema(value_type = Option<Uuid>)]
    customer_id: Option<CustomerId>,
    #[schema(value_type = Option<Uuid>)]
    phone_id: Option<PhoneId>,
    #[schema(value_type = Option<Uuid>)]
    assigned_to: Option<StaffId>,
    /// The call that it came from.
    #[schema(value_type = Option<Uuid>)]
    call_id: Option<CallId>,
    notes: Option<String>,
    #[schema(value_type = Object)]
    metadata: serde_json::Value,
    due_at: Timestamp,
    /// The same as `due_at`.
    expires_at: Timestamp,
    is_overdue: bool,
    contacted_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    /// How it was closed, where something closed it by itself.
    closed_because: Option<String>,
    /// Automatic dials so far.
    attempts: u32,
    merged_count: u32,
    /// Why its waiting attempt is not being dialed at this moment.
    waiting_because: Option<String>,
    /// Null when it is closed.
    next_action: Option<NextAction>,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// With `include=customer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Option<IncludedCustomer>>,
    /// With `include=staff`: to whom it is assigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    staff: Option<Option<IncludedStaff>>,
}

/// What keeps the promise next.
#[derive(Debug, Serialize, ToSchema)]
struct NextAction {
    kind: NextActionKind,
    /// Of an attempt: when it is looked at next, where that is known. Else when the callback is due.
    at: Option<Timestamp>,
    /// The attempt or the person.
    id: Option<Uuid>,
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

impl Callback {
    fn of(it: CallbackRecord, attempt: Option<Shown>, included: &Included, now: Timestamp) -> Self {
        Self {
            customer: included.customer_of(it.customer_id),
            staff: included.staff_of(it.assigned_to),
            is_overdue: it.is_overdue(now),
            next_action: next_action(&it, attempt.as_ref()),
            waiting_because: attempt.and_then(|attempt| attempt.waiting_because).map(|because| because.to_string()),
            id: it.id,
            customer_name: it.customer_name,
            phone_number: it.number,
            status: it.status,
            priority: it.priority,
            priority_reason: it.priority_reason,
            source: it.source,
            customer_id: it.customer_id,
            phone_id: it.phone_id,
            assigned_to: it.assigned_to,
            call_id: it.call_id,
            notes: it.notes,
            metadata: it.metadata,
            due_at: it.due_at,
            expires_at: it.due_at,
            contacted_at: it.contacted_at,
            completed_at: it.completed_at,
            closed_because: it.closed_because,
            attempts: it.attempts,
            merged_count: it.merged_count,
            created_at: it.created_at,
            updated_at: it.updated_at,
        }
    }
}

fn next_action(it: &CallbackRecord, attempt: Option<&Shown>) -> Option<NextAction> {
    if !it.status.is_open() {
        return None;
    }
    let action = match (attempt, it.assigned_to) {
        (Some(shown), _) => NextAction { kind: NextActionKind::Attempt, at: shown.attempt.next_attempt_at(), id: Some(shown.attempt.id.0) },
        (None, Some(owner)) => NextAction { kind: NextActionKind::Owner, at: Some(it.due_at), id: Some(owner.0) },
        (None, None) => NextAction { kind: NextActionKind::Unassigned, at: Some(it.due_at), id: None },
    };
    Some(action)
}

/// The attempts that wait or run, by their callbacks.
async fn open_attempts(app: &App, caller: &Caller, callbacks: &[CallbackId], now: Timestamp) -> Answer<HashMap<CallbackId, Shown>> {
    let attempts = caller.rows(&app.store).open_attempts_of(callbacks, now).await?;
    Ok(attempts.into_iter().map(|shown| (shown.attempt.callback_id, shown)).collect())
}

/// The callbacks, newest first unless sorted otherwise.
#[utoipa::path(get, path = "/callbacks", tag = "callbacks", operation_id = "list_callbacks",
    params(filter::CallbackParams, PageParams), responses((status = 200, body = List<Callback>)), security(("token" = ["read"])))]
async fn index(May(caller, _): May<Read>, State(app): State<App>, mut params: Params) -> Answer<Json<List<Callback>>> {
    let now = app.clock.now();
    let company = caller.rows(&app.store).own_company().await?;
    let (filter, sort) = filter::read(&mut params, &caller, &company, now);
    let wanted = params.optional("include", include::read).unwrap_or_default();
    let paging = params.paging(20, filter::order_of(sort));
    let paging = paging.keeping(params.finish()?);
    let slice = caller.rows(&app.store).callbacks(&filter, sort, paging.window(), now).await?;
    let ids: Vec<CallbackId> = slice.rows.iter().map(|it| it.id).collect();
    let mut attempts = open_attempts(&app, &caller, &ids, now).await?;
    let included = Included::load(&app, &caller, wanted, &slice.rows).await?;
    Ok(list(&app, &paging, slice, |it| {
        let attempt = attempts.remove(&it.id);
        Callback::of(it, attempt, &included, now)
    }))
}

/// One callback.
#[utoipa::path(get, path = "/callbacks/{id}", tag = "callbacks", operation_id = "show_callback",
    params(("id" = Uuid, Path), ("include" = Option<String>, Query, description = "customer, staff")),
    responses((status = 200, body = One<Callback>)), security(("token" = ["read"])))]
async fn show(
    May(caller, _): May<Read>,
    State(app): State<App>,
    Id(id): Id<CallbackId>,
    mut params: Params,
) -> Answer<Json<One<Callback>>> {
    let wanted = params.optional("include", include::read).unwrap_or_default();
    params.finish()?;
    let now = app.clock.now();
    let callback = caller.rows(&app.store).callback(id).await?.ok_or(ApiError::NotFound)?;
    let attempt = open_attempts(&app, &caller, &[id], now).await?.remove(&id);
    let included = Included::load(&app, &caller, wanted, std::slice::from_ref(&callback)).await?;
    Ok(one(Callback::of(callback, attempt, &included, now)))
}
