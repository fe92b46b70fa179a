//! Calls, and what a voice agent must know of one.

mod context;

use axum::{Json, extract::State};
use jiff::Timestamp;
use ringback_domain::{
    call::{CallOutcome, CallStatus, Direction, MissedReason},
    ids::{AgentId, AttemptId, CallId, CallbackId, PhoneId},
    phone_number::PhoneNumber,
};
use ringback_store::{CallFilter, CallRecord};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    answer::{Answer, List, One, list, one},
    caller::{May, Read},
    params::{Id, NoParams, Params},
    read,
    schema::{self, PageParams},
};
use crate::{app::App, errors::ApiError};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(index)).routes(routes!(show)).routes(routes!(context::agent_context))
}

/// One telephone call, as the carrier knows it.
#[derive(Debug, Serialize, ToSchema)]
struct Call {
    #[schema(value_type = Uuid)]
    id: CallId,
    #[schema(schema_with = schema::direction)]
    direction: Direction,
    #[schema(value_type = Uuid)]
    phone_id: PhoneId,
    #[schema(value_type = Option<Uuid>)]
    agent_id: Option<AgentId>,
    /// The other side, E.164; null when withheld.
    #[schema(value_type = Option<String>)]
    number: Option<PhoneNumber>,
    carrier_call_id: Option<String>,
    #[schema(schema_with = schema::call_status)]
    status: CallStatus,
    #[schema(schema_with = schema::call_outcome_or_null)]
    outcome: Option<CallOutcome>,
    #[schema(schema_with = schema::missed_reason_or_null)]
    missed_reason: Option<MissedReason>,
    /// Of talk, as charged.
    seconds: u32,
    /// The attempt that this call is.
    #[schema(value_type = Option<Uuid>)]
    attempt_id: Option<AttemptId>,
    #[schema(value_type = Option<Uuid>)]
    callback_id: Option<CallbackId>,
    is_auto_callback: bool,
    #[schema(value_type = Option<Uuid>)]
    original_missed_call_id: Option<CallId>,
    recording_url: Option<String>,
    transcript: Option<String>,
    /// What the voice platform made of the call: `summary, sentiment, successful, in_voicemail, custom`, each where it said so.
    analysis: Option<serde_json::Value>,
    /// The voice platform's word for why it ended.
    disconnection_reason: Option<String>,
    started_at: Timestamp,
    answered_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<CallRecord> for Call {
    fn from(it: CallRecord) -> Self {
        Self {
            id: it.id,
            direction: it.direction,
            phone_id: it.phone_id,
            agent_id: it.agent_id,
            number: it.number,
            carrier_call_id: it.carrier_call_id,
            status: it.status,
            outcome: it.outcome,
            missed_reason: it.missed_reason,
            seconds: it.seconds,
            is_auto_callback: it.attempt_id.is_some(),
            attempt_id: it.attempt_id,
            callback_id: it.callback_id,
            original_missed_call_id: it.original_missed_call_id,
            recording_url: it.recording_url,
            transcript: it.transcript,
            analysis: it.analysis.and_then(|analysis| serde_json::from_str(&analysis).ok()),
            disconnection_reason: it.disconnection_reason,
            started_at: it.started_at,
            answered_at: it.answered_at,
            ended_at: it.ended_at,
            created_at: it.created_at,
            updated_at: it.updated_at,
        }
    }
}

/// Which calls.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `index` reads")]
struct CallParams {
    #[param(schema_with = schema::direction)]
    direction: Option<Direction>,
    #[param(schema_with = schema::call_status)]
    status: Option<CallStatus>,
    #[param(schema_with = schema::call_outcome)]
    outcome: Option<CallOutcome>,
    phone_id: Option<Uuid>,
    callback_id: Option<Uuid>,
    attempt_id: Option<Uuid>,
    /// Started then or later.
    started_from: Option<Timestamp>,
    /// Started then or earlier.
    started_to: Option<Timestamp>,
}

/// The calls, newest first.
#[utoipa::path(get, path = "/calls", tag = "calls", operation_id = "list_calls", params(CallParams, PageParams),
    responses((status = 200, body = List<Call>)), security(("token" = ["read"])))]
async fn index(May(caller, _): May<Read>, State(app): State<App>, mut params: Params) -> Answer<Json<List<Call>>> {
    let filter = CallFilter {
        direction: params.optional("direction", read::word),
        status: params.optional("status", read::word),
        outcome: params.optional("outcome", read::word),
        phone: params.optional("phone_id", read::id),
        callback: params.optional("callback_id", read::id),
        attempt: params.optional("attempt_id", read::id),
        from: params.optional("started_from", read::instant),
        to: params.optional("started_to", read::instant),
    };
    let paging = params.paging(20, 0);
    let paging = paging.keeping(params.finish()?);
    let slice = caller.rows(&app.store).calls(&filter, paging.window()).await?;
    Ok(list(&app, &paging, slice, Call::from))
}

/// One call.
#[utoipa::path(get, path = "/calls/{id}", tag = "calls", operation_id = "show_call", params(("id" = Uuid, Path)),
    responses((status = 200, body = One<Call>)), security(("token" = ["read"])))]
async fn show(May(caller, _): May<Read>, State(app): State<App>, Id(id): Id<CallId>, _: NoParams) -> Answer<Json<One<Call>>> {
    let call = caller.rows(&app.store).call(id).await?.ok_or(ApiError::NotFound)?;
    Ok(one(call.into()))
}
