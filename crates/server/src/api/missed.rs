//! Automatic attempts: who was missed, what became of it, and why somebody still waits.

use axum::{Json, extract::State, http::StatusCode};
use jiff::Timestamp;
use ringback_domain::{
    attempt::{Priority, ShownStatus, Status},
    call::{AttemptOutcome, MissedReason},
    ids::{AgentId, AttemptId, CallId, CallbackId, CampaignId, PhoneId},
    phone_number::PhoneNumber,
};
use ringback_store::{AttemptFilter, AttemptStats, Cancelled, Retried, Shown};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    answer::{Answer, Created, List, One, list, one},
    body::Fields,
    caller::{May, Read, Write},
    params::{Id, NoParams, Params},
    read, schema,
};
use crate::{app::App, errors::ApiError};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(index)).routes(routes!(stats)).routes(routes!(cancel)).routes(routes!(retry))
}

/// One try of the machine to return a missed call.
#[derive(Debug, Serialize, ToSchema)]
struct Attempt {
    #[schema(value_type = Uuid)]
    id: AttemptId,
    #[schema(value_type = Uuid)]
    callback_id: CallbackId,
    #[schema(value_type = Uuid)]
    phone_id: PhoneId,
    #[schema(value_type = Option<Uuid>)]
    agent_id: Option<AgentId>,
    #[schema(value_type = String)]
    caller_number: PhoneNumber,
    missed_at: Timestamp,
    /// Null: nobody was missed, a call was asked for.
    #[schema(schema_with = schema::missed_reason_or_null)]
    reason: Option<MissedReason>,
    #[schema(schema_with = schema::attempt_priority)]
    priority: Priority,
    #[schema(schema_with = schema::attempt_status)]
    status: ShownStatus,
    #[schema(schema_with = schema::attempt_outcome_or_null)]
    outcome: Option<AttemptOutcome>,
    /// Dials so far.
    attempts: u32,
    max_attempts: u32,
    next_attempt_at: Option<Timestamp>,
    #[schema(value_type = Option<Uuid>)]
    campaign_id: Option<CampaignId>,
    #[schema(value_type = Option<Uuid>)]
    missed_call_id: Option<CallId>,
    /// The call of the dial.
    #[schema(value_type = Option<Uuid>)]
    call_id: Option<CallId>,
    /// Why it is not being dialed at this moment; null when it is, is over, or is next.
    waiting_because: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Shown> for Attempt {
    fn from(shown: Shown) -> Self {
        let it = shown.attempt;
        Self {
            next_attempt_at: it.next_attempt_at(),
            id: it.id,
            callback_id: it.callback_id,
            phone_id: it.phone_id,
            agent_id: it.agent_id,
            caller_number: it.number,
            missed_at: it.missed_at,
            reason: it.missed_reason,
            priority: it.priority,
            status: shown.status,
            outcome: it.outcome,
            attempts: it.dials,
            max_attempts: it.max_dials,
            campaign_id: it.campaign_id,
            missed_call_id: it.missed_call_id,
            call_id: it.call_id,
            waiting_because: shown.waiting_because.map(|because| because.to_string()),
            created_at: it.created_at,
            updated_at: it.updated_at,
        }
    }
}

/// How many attempts are shown with which status.
#[derive(Debug, Serialize, ToSchema)]
struct Stats {
    pending: u64,
    on_hold: u64,
    insufficient_credits: u64,
    processing: u64,
    unknown: u64,
    completed: u64,
    failed: u64,
    cancelled: u64,
}

impl From<AttemptStats> for Stats {
    fn from(it: AttemptStats) -> Self {
        let AttemptStats { pending, on_hold, insufficient_credits, processing, unknown, completed, failed, cancelled } = it;
        Self { pending, on_hold, insufficient_credits, processing, unknown, completed, failed, cancelled }
    }
}

/// Which attempts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `index` reads")]
struct MissedParams {
    /// One status, or several with commas between them.
    #[param(style = Form, explode = false, schema_with = schema::attempt_statuses)]
    status: Option<String>,
    phone_id: Option<Uuid>,
    /// How many rows; 50 unless told. Not together with `page`, `per_page` or `cursor`.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// How many rows are passed over.
    #[param(minimum = 0, maximum = 1_000_000_000)]
    offset: Option<u32>,
}

/// Tells its cursors from those of other lists.
const NEWEST_MISS_FIRST: u8 = 1;

/// The automatic attempts, newest miss first: by `limit` and `offset`, or by page or cursor like every list.
#[utoipa::path(get, path = "/callbacks/missed", tag = "missed calls", operation_id = "list_attempts",
    params(MissedParams, schema::PageParams), responses((status = 200, body = List<Attempt>)), security(("token" = ["read"])))]
async fn index(May(caller, _): May<Read>, State(app): State<App>, mut params: Params) -> Answer<Json<List<Attempt>>> {
    let filter =
        AttemptFilter { status: params.optional("status", read::words).unwrap_or_default(), phone: params.optional("phone_id", read::id) };
    let paging = params.offset_or_paging(20, NEWEST_MISS_FIRST);
    let paging = paging.keeping(params.finish()?);
    let slice = caller.rows(&app.store).attempts(&filter, paging.window(), app.clock.now()).await?;
    Ok(list(&app, &paging, slice, Attempt::from))
}

/// How many attempts are in which status.
#[utoipa::path(get, path = "/callbacks/missed/stats", tag = "missed calls", operation_id = "show_attempt_stats",
    responses((status = 200, body = One<Stats>)), security(("token" = ["read"])))]
async fn stats(May(caller, _): May<Read>, State(app): State<App>, _: NoParams) -> Answer<Json<One<Stats>>> {
    let stats = caller.rows(&app.store).attempt_stats(app.clock.now()).await?;
    Ok(one(stats.into()))
}

/// Tries a failed attempt again: a new attempt, before all campaign work and never held.
#[utoipa::path(post, path = "/callbacks/missed/{id}/retry", tag = "missed calls", operation_id = "retry_attempt",
    params(("id" = Uuid, Path)), responses((status = 201, body = One<Attempt>)), security(("token" = ["write"])))]
async fn retry(
    May(caller, _): May<Write>,
    State(app): State<App>,
    Id(id): Id<AttemptId>,
    _: NoParams,
    fields: Fields,
) -> Answer<Created<Attempt>> {
    fields.none()?;
    let now = app.clock.now();
    let rows = caller.rows(&app.store);
    let (attempt, phone) = match rows.retry_attempt(id, &caller.actor(), now).await? {
        Retried::Yes { attempt, phone } => (attempt, phone),
        Retried::Unknown => return Err(ApiError::NotFound),
        Retried::NotFailed(status) => {
            let detail = format!("Only a failed attempt is tried again; this one is {status}.");
            return Err(ApiError::illegal_move(detail, allowed(status)));
        }
        Retried::AnotherOpen => return Err(ApiError::conflict("Another attempt at this person waits or runs.")),
        Retried::CallbackClosed(status) => return Err(ApiError::conflict(format!("Its callback is closed: it is {status}."))),
        Retried::PhoneDeleted => return Err(ApiError::conflict("Its phone was deleted.")),
    };
    app.dispatcher.wake(phone);
    let shown = rows.attempt(attempt, now).await?.ok_or_else(|| anyhow::anyhow!("a new attempt is gone"))?;
    Ok(Created(shown.into()))
}

/// Calls a waiting attempt off. Its callback stays open, with people.
#[utoipa::path(delete, path = "/callbacks/missed/{id}", tag = "missed calls", operation_id = "cancel_attempt",
    params(("id" = Uuid, Path)), responses((status = 204)), security(("token" = ["write"])))]
async fn cancel(May(caller, _): May<Write>, State(app): State<App>, Id(id): Id<AttemptId>, _: NoParams) -> Answer<StatusCode> {
    match caller.rows(&app.store).cancel_attempt(id, &caller.actor(), app.clock.now()).await? {
        Cancelled::Yes { phone } => {
            app.dispatcher.wake(phone);
            Ok(StatusCode::NO_CONTENT)
        }
        Cancelled::Unknown => Err(ApiError::NotFound),
        Cancelled::NotWaiting(status) => {
            let detail = format!("Only pending, on_hold and insufficient_credits attempts are called off; this one is {status}.");
            Err(ApiError::illegal_move(detail, allowed(status)))
        }
    }
}

/// What may be done with an attempt in this status.
fn allowed(status: Status) -> Vec<String> {
    match status {
        Status::Pending => vec!["cancel".to_owned()],
        Status::Failed => vec!["retry".to_owned()],
        Status::Processing | Status::Unknown | Status::Completed | Status::Cancelled => Vec::new(),
    }
}
