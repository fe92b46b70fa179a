//! What a voice agent must know at the moment it speaks: its prompt, and for an automatic callback why it calls.

use axum::{Json, extract::State};
use jiff::{Timestamp, tz::TimeZone};
use ringback_domain::{
    call::MissedReason,
    ids::{CallId, CallbackId},
};
use ringback_store::CallContext;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        answer::{Answer, One, one},
        caller::{May, Read},
        params::{Id, NoParams},
        schema,
    },
    app::App,
    errors::ApiError,
};

/// What a voice agent must know of a call.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentContext {
    #[schema(value_type = Uuid)]
    call_id: CallId,
    /// With the reason for the call in front when it is an automatic callback. Null when no agent answers on the phone
    /// and there is no reason to tell.
    prompt: Option<String>,
    /// In which to speak.
    language: String,
    customer: Option<ContextCustomer>,
    /// Why this call is made; null for calls that return no missed call.
    missed_call: Option<MissedCall>,
    #[schema(value_type = Option<Uuid>)]
    callback_id: Option<CallbackId>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ContextCustomer {
    name: String,
    vip: bool,
    notes: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MissedCall {
    at: Timestamp,
    #[schema(schema_with = schema::missed_reason)]
    reason: MissedReason,
}

impl From<CallContext> for AgentContext {
    fn from(it: CallContext) -> Self {
        let asked_in = it.language.clone().or_else(|| it.customer_language.clone());
        let language = asked_in.unwrap_or_else(|| language_of(&it.locale).to_owned());
        let missed_call = it.missed_at.zip(it.missed_reason).map(|(at, reason)| MissedCall { at, reason });
        let because = match (&missed_call, it.missed_at) {
            (Some(missed), _) => Some(returning_text(&it, &language, missed)),
            // Nobody was missed: they asked for it.
            (None, Some(at)) => Some(asked_text(&it, &language, at)),
            (None, None) => None,
        };
        let prompt = match (because, it.prompt) {
            (Some(because), Some(prompt)) => Some(format!("{because}\n\n{prompt}")),
            (because, prompt) => because.or(prompt),
        };
        let customer = it.customer_name.map(|name| ContextCustomer { name, vip: it.vip, notes: it.customer_notes });
        Self { call_id: it.id, prompt, language, customer, missed_call, callback_id: it.callback_id }
    }
}

fn language_of(locale: &str) -> &str {
    locale.split(['-', '_']).next().unwrap_or(locale)
}

/// The sentence with which an automatic callback begins, and what the agent is to make of it. German for those who
/// speak German, English for everybody else.
fn returning_text(it: &CallContext, language: &str, missed: &MissedCall) -> String {
    let company = &it.company_name;
    let german = is_german(language);
    let reason = match (missed.reason, german) {
        (MissedReason::Busy, true) => "weil alle Leitungen belegt waren",
        (MissedReason::Busy, false) => "because all lines were busy",
        (MissedReason::NoAnswer, true) => "weil niemand abgenommen hat",
        (MissedReason::NoAnswer, false) => "because nobody answered",
        (MissedReason::NetworkError, true) => "weil die Verbindung abgebrochen ist",
        (MissedReason::NetworkError, false) => "because the connection broke off",
    };
    let at = clock_time(it, missed.at, german);
    if german {
        format!(
            "Dies ist ein Rückruf: {company} ruft diese Person zurück. Sie hat am {at} angerufen und niemanden erreicht, {reason}. \
             Beginne mit: „Guten Tag, hier ist {company}, wir rufen Sie zurück.“ Bitte kurz um Entschuldigung für das Warten und frage, \
             wie du helfen kannst."
        )
    } else {
        format!(
            "This is a callback: {company} is calling this person back. They called at {at} and reached nobody, {reason}. \
             Begin with: \"Hello, this is {company}, we are calling you back.\" Apologise briefly for the wait and ask how you can help."
        )
    }
}

/// The same for somebody who asked to be called: nothing went wrong, so nobody apologises.
fn asked_text(it: &CallContext, language: &str, at: Timestamp) -> String {
    let company = &it.company_name;
    let german = is_german(language);
    let at = clock_time(it, at, german);
    let topic = it.topic.as_deref().map(str::trim).filter(|topic| !topic.is_empty());
    if german {
        let topic = topic.map(|topic| format!(" Es geht um: „{topic}“.")).unwrap_or_default();
        format!(
            "Dies ist ein Rückruf: {company} ruft diese Person zurück. Sie hat am {at} um einen Rückruf gebeten.{topic} \
             Beginne mit: „Guten Tag, hier ist {company}, Sie hatten um einen Rückruf gebeten.“ Frage, wie du helfen kannst."
        )
    } else {
        let topic = topic.map(|topic| format!(" It is about: \"{topic}\".")).unwrap_or_default();
        format!(
            "This is a callback: {company} is calling this person back. They asked at {at} to be called.{topic} \
             Begin with: \"Hello, this is {company}, you asked us to call you back.\" Ask how you can help."
        )
    }
}

fn is_german(language: &str) -> bool {
    language_of(language).eq_ignore_ascii_case("de")
}

fn clock_time(it: &CallContext, at: Timestamp, german: bool) -> String {
    let at = at.to_zoned(TimeZone::get(&it.time_zone).unwrap_or(TimeZone::UTC));
    at.strftime(if german { "%d.%m. um %H:%M Uhr" } else { "%H:%M on %-d %B" }).to_string()
}

/// What a voice agent must know of this call now.
#[utoipa::path(get, path = "/calls/{id}/agent-context", tag = "calls", operation_id = "show_agent_context", params(("id" = Uuid, Path)),
    responses((status = 200, body = One<AgentContext>)), security(("token" = ["read"])))]
pub(super) async fn agent_context(
    May(caller, _): May<Read>,
    State(app): State<App>,
    Id(id): Id<CallId>,
    _: NoParams,
) -> Answer<Json<One<AgentContext>>> {
    let context = caller.rows(&app.store).call_context(id).await?.ok_or(ApiError::NotFound)?;
    Ok(one(context.into()))
}
