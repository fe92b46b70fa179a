//! What voice platforms post of the calls that their agents hold: tools that an agent calls while the caller is on the line,
//! and reports of calls that are over. The secret key in the path names the company; where the key has a secret, the post
//! must prove it, too. Bodies hold transcripts and numbers and are never logged.

mod promises;
mod reports;
mod spoken;
mod tools;
mod wished;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, OriginalUri, Path, State, rejection::BytesRejection},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use jiff::{Timestamp, tz::TimeZone};
use ringback_domain::{call::Direction, phone_number::PhoneNumber};
use ringback_store::{IntakeDoor, PlatformCall, ReportedCall};
use ringback_telephony::{
    carrier::CarrierAnswer,
    voice_agent::{CallRef, Intake, LARGEST_BODY, VoicePlatform},
};
use sha2::{Digest as _, Sha256};

use crate::{
    api::intake_keys,
    app::App,
    ingress::{IngressError, carrier_request, is_key},
};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/intake/{kind}/{key}", post(receive)).layer(DefaultBodyLimit::max(LARGEST_BODY))
}

pub(crate) use promises::Promises;

/// Whoever changes something here, in the timeline of a callback.
const ACTOR: &str = "voice_agent";

async fn receive(
    State(app): State<App>,
    Path((kind, key)): Path<(String, String)>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, IngressError> {
    let platform: VoicePlatform = kind.parse().map_err(|_| IngressError::UnknownKey)?;
    if !is_key(&key) {
        return Err(IngressError::UnknownKey);
    }
    let door = app.store.intake_door(platform.as_str(), &intake_keys::hash(&key)).await?.ok_or(IngressError::UnknownKey)?;
    let body = body.map_err(|_| IngressError::TooLarge)?;
    let secret = open_secret(&app, &door)?;
    let request = carrier_request(&app, &method, &uri, &headers, body);
    let posted = platform.read(&request, secret.as_deref(), app.clock.now())?;
    let dispatcher = Arc::clone(&app.dispatcher);
    dispatcher.to_the_end(async move { serve(&app, &door, platform, &request.body, posted).await }).await
}

/// What was posted, to its end and answered.
async fn serve(app: &App, door: &IntakeDoor, platform: VoicePlatform, body: &[u8], posted: Intake) -> Result<Response, IngressError> {
    let desk = Desk::new(app, door, platform)?;
    let answer = match posted {
        Intake::ToolCalls(calls) => {
            let mut answers = Vec::with_capacity(calls.len());
            let body_hash = hex::encode(Sha256::digest(body));
            for call in calls {
                let answer = desk.use_tool(&call, &body_hash).await;
                answers.push((call, answer));
            }
            platform.answer(&answers)
        }
        Intake::CallEnded(report) | Intake::CallAnalyzed(report) => {
            desk.take_report(&report).await?;
            platform.acknowledge()
        }
        Intake::Ignored(_) => platform.acknowledge(),
    };
    Ok(answered(answer))
}

/// `None`: the key has none. One that cannot be opened lets nobody in.
fn open_secret(app: &App, door: &IntakeDoor) -> Result<Option<String>, IngressError> {
    let Some(sealed) = &door.secret else { return Ok(None) };
    let plain = app.vault.open(door.company_id, door.id, sealed).map_err(anyhow::Error::from)?;
    Ok(Some(String::from_utf8(plain).map_err(anyhow::Error::from)?))
}

fn answered(answer: CarrierAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    (status, [(header::CONTENT_TYPE, answer.content_type)], answer.body).into_response()
}

/// Where the posts of one key are dealt with.
struct Desk<'a> {
    app: &'a App,
    door: &'a IntakeDoor,
    platform: VoicePlatform,
    zone: TimeZone,
    now: Timestamp,
}

impl<'a> Desk<'a> {
    fn new(app: &'a App, door: &'a IntakeDoor, platform: VoicePlatform) -> Result<Self, IngressError> {
        let zone = TimeZone::get(&door.time_zone).map_err(anyhow::Error::from)?;
        Ok(Self { app, door, platform, zone, now: app.clock.now() })
    }

    fn rows(&self) -> ringback_store::TenantStore<'_> {
        self.app.store.tenant(self.door.company_id)
    }

    fn platform_call(&self, id: &str) -> PlatformCall {
        PlatformCall { key: self.door.id, kind: self.platform.to_string(), id: id.to_owned() }
    }

    /// As our own records may know it.
    fn reported(&self, call: &CallRef) -> ReportedCall {
        let number = |text: &Option<String>| text.as_deref().and_then(|text| PhoneNumber::parse(text, &self.door.country).ok());
        let (from, to) = (number(&call.from), number(&call.to));
        let (number, own_number) = if call.direction == Some(Direction::Outbound) { (to, from) } else { (from, to) };
        ReportedCall {
            phone: self.door.phone_id,
            carrier_call_id: call.carrier_call_id.clone(),
            direction: call.direction,
            number,
            own_number,
            started_at: None,
            ended_at: None,
        }
    }
}
