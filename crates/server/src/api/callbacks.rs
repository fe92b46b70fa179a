//! Callbacks: the promises to call people back, as lists, one by one, and with all that happened to them.

mod bulk;
mod change;
pub(crate) mod create;
mod filter;
mod include;
mod moves;
mod next_action;
mod remove;
mod tabs;
mod timeline;

use std::collections::HashMap;

use axum::{Json, extract::State};
use jiff::Timestamp;
use ringback_domain::{
    callback::{EscalationKind, EscalationReason, Priority, ReturnBy, Source, Status},
    dialing::WaitingBecause,
    ids::{BranchId, CallId, CallbackId, CustomerId, PhoneId, ServiceId, StaffId},
    phone_number::PhoneNumber,
};
use ringback_store::{CallbackRecord, Shown, TenantStore};
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
use super::{branches::Branch, services::Service};
use crate::{app::App, errors::ApiError};
use include::{Included, IncludedCustomer, IncludedStaff};
use next_action::NextAction;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(index, create::create))
        .routes(routes!(bulk::bulk))
        .routes(routes!(tabs::tabs))
        .routes(routes!(show, change::change, remove::remove))
        .routes(routes!(remove::restore))
        .routes(routes!(timeline::timeline))
        .merge(moves::routes())
}

/// The promise to call one person back.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::option_option, reason = "not asked for is left out, nobody is null")]
pub(crate) struct Callback {
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
    branch_id: Option<BranchId>,
    #[schema(value_type = Option<Uuid>)]
    service_id: Option<ServiceId>,
    /// Whom the customer would like to be called by.
    #[schema(value_type = Option<Uuid>)]
    staff_id: Option<StaffId>,
    #[schema(value_type = Option<Uuid>)]
    assigned_to: Option<StaffId>,
    assigned_at: Option<Timestamp>,
    /// Why him; or, where nobody has it, why nobody.
    assignment_reason: Option<String>,
    topic: Option<String>,
    language: Option<String>,
    /// As it was asked for.
    preferred_time_window: Option<serde_json::Value>,
    not_before: Option<Timestamp>,
    #[schema(schema_with = schema::return_by)]
    return_by: ReturnBy,
    /// The call that it came from.
    #[schema(value_type = Option<Uuid>)]
    call_id: Option<CallId>,
    notes: Option<String>,
    #[schema(value_type = Object)]
    metadata: serde_json::Value,
    due_at: Timestamp,
    /// The same as `due_at`.
    expires_at: Timestamp,
    /// How the due time came about, for programs; null where nobody wrote it down.
    #[schema(value_type = Option<Object>)]
    due_because: Option<serde_json::Value>,
    /// The same for people: in the company's language, on the clocks of the branch.
    due_explanation: Option<String>,
    is_overdue: bool,
    contacted_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    /// How it was closed, where something closed it by itself.
    closed_because: Option<String>,
    /// Automatic dials so far.
    attempts: u32,
    /// Calls of people that reached nobody.
    staff_attempts: u32,
    escalations_count: u32,
    merged_count: u32,
    /// Who is calling; null for programs.
    #[schema(value_type = Option<Uuid>)]
    claimed_by: Option<StaffId>,
    /// Somebody is calling until then.
    claimed_until: Option<Timestamp>,
    /// Why nobody is calling at this moment: what its waiting attempt waits for, that it is not to be called before some time, or
    /// why nobody has it.
    waiting_because: Option<String>,
    /// Null when it is closed.
    next_action: Option<NextAction>,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// Only of deleted ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<Timestamp>,
    /// How often it was handed up, oldest first. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    escalations: Option<Vec<Escalation>>,
    /// The requests that it answers, oldest first: more than one when others were merged into it. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<Vec<Request>>,
    /// With `include=branch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<Option<Branch>>,
    /// With `include=service`.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<Option<Service>>,
    /// With `include=customer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Option<IncludedCustomer>>,
    /// With `include=staff`: to whom it is assigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    staff: Option<Option<IncludedStaff>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Escalation {
    #[schema(schema_with = schema::escalation_reason)]
    reason: EscalationReason,
    #[schema(schema_with = schema::escalation_kind)]
    kind: EscalationKind,
    details: Option<String>,
    #[schema(value_type = Option<Uuid>)]
    from: Option<StaffId>,
    /// Null: there was nobody.
    #[schema(value_type = Option<Uuid>)]
    to: Option<StaffId>,
    at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
struct Request {
    id: Uuid,
    #[schema(schema_with = schema::callback_source)]
    source: Source,
    /// What was asked for, as it was understood.
    #[schema(value_type = Object)]
    asked: serde_json::Value,
    at: Timestamp,
}

impl Callback {
    fn of(it: CallbackRecord, attempt: Option<&Shown>, included: &Included, now: Timestamp) -> Self {
        let (is_overdue, next_action) = (it.is_overdue(now), NextAction::of(&it, attempt, now));
        let waiting_because = waiting_because(&it, attempt, now);
        let claimed_until = it.claimed_until.filter(|until| *until > now);
        let due_explanation = it.due_explanation();
        Self {
            customer: included.customer_of(it.customer_id),
            branch: included.branch_of(it.branch_id),
            service: included.service_of(it.service_id),
            escalations: None,
            requests: None,
            branch_id: it.branch_id,
            service_id: it.service_id,
            staff_id: it.staff_id,
            assigned_at: it.assigned_at,
            assignment_reason: it.assignment_reason,
            topic: it.topic,
            language: it.language,
            preferred_time_window: it.preferred_time_window.and_then(|json| serde_json::from_str(&json).ok()),
            not_before: it.not_before,
            return_by: it.return_by,
            due_explanation,
            due_because: serde_json::from_str(&it.due_because).ok().filter(|because| *because != serde_json::json!({})),
            staff_attempts: it.staff_attempts,
            escalations_count: it.escalations_count,
            claimed_by: it.claimed_by.filter(|_| claimed_until.is_some()),
            claimed_until,
            deleted_at: it.deleted_at,
            staff: included.staff_of(it.assigned_to),
            is_overdue,
            next_action,
            waiting_because,
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

/// What keeps everybody from calling at this moment.
fn waiting_because(it: &CallbackRecord, attempt: Option<&Shown>, now: Timestamp) -> Option<String> {
    if !it.status.is_open() {
        return None;
    }
    if let Some(attempt) = attempt {
        return attempt.waiting_because.as_ref().map(ToString::to_string);
    }
    if let Some(at) = it.not_before_now(now) {
        return Some(WaitingBecause::NotBefore { at }.to_string());
    }
    it.assignment_reason.clone().filter(|_| it.assigned_to.is_none())
}

/// The attempts that wait or run, by their callbacks.
async fn open_attempts(app: &App, caller: &Caller, callbacks: &[CallbackId], now: Timestamp) -> Answer<HashMap<CallbackId, Shown>> {
    let attempts = caller.rows(&app.store).open_attempts_of(callbacks, now).await?;
    Ok(attempts.into_iter().map(|shown| (shown.attempt.callback_id, shown)).collect())
}

/// As lists show them, without what `include` adds.
pub(crate) async fn listed(rows: TenantStore<'_>, records: Vec<CallbackRecord>, now: Timestamp) -> Answer<Vec<Callback>> {
    let ids: Vec<CallbackId> = records.iter().map(|it| it.id).collect();
    let attempts = rows.open_attempts_of(&ids, now).await?;
    let mut attempts: HashMap<_, _> = attempts.into_iter().map(|shown| (shown.attempt.callback_id, shown)).collect();
    let included = Included::default();
    Ok(records
        .into_iter()
        .map(|it| {
            let attempt = attempts.remove(&it.id);
            Callback::of(it, attempt.as_ref(), &included, now)
        })
        .collect())
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
        Callback::of(it, attempt.as_ref(), &included, now)
    }))
}

/// One callback.
#[utoipa::path(get, path = "/callbacks/{id}", tag = "callbacks", operation_id = "show_callback",
    params(("id" = Uuid, Path), schema::IncludeParams),
    responses((status = 200, body = One<Callback>)), security(("token" = ["read"])))]
async fn show(
    May(caller, _): May<Read>,
    State(app): State<App>,
    Id(id): Id<CallbackId>,
    mut params: Params,
) -> Answer<Json<One<Callback>>> {
    let wanted = params.optional("include", include::read).unwrap_or_default();
    params.finish()?;
    Ok(one(shown(&app, &caller, id, wanted).await?))
}

/// One callback with everything that lists leave out.
async fn shown(app: &App, caller: &Caller, id: CallbackId, wanted: include::Wanted) -> Answer<Callback> {
    let now = app.clock.now();
    let rows = caller.rows(&app.store);
    let record = rows.callback(id).await?.ok_or(ApiError::NotFound)?;
    let attempt = open_attempts(app, caller, &[id], now).await?.remove(&id);
    let included = Included::load(app, caller, wanted, std::slice::from_ref(&record)).await?;
    let escalations = rows.escalations(id).await?.into_iter().map(|it| Escalation {
        reason: it.reason,
        kind: it.kind,
        details: it.details,
        from: it.from_staff,
        to: it.to_staff,
        at: it.created_at,
    });
    let requests = rows.requests(id).await?.into_iter();
    let requests = requests.map(|it| Request { id: it.id, source: it.source, asked: it.asked, at: it.created_at });
    let mut callback = Callback::of(record, attempt.as_ref(), &included, now);
    callback.escalations = Some(escalations.collect());
    callback.requests = Some(requests.collect());
    Ok(callback)
}
