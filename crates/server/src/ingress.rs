//! Carrier events: an inbound call asks for a channel, a call's state changes, a call ends. The secret key in the path
//! names the phone; the carrier's own signature is verified where it has one.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, OriginalUri, Path, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};
use ringback_domain::{phone_number::PhoneNumber, settings::WhenFull};
use ringback_store::{EventReference, InboundCall, IngressPhone};
use ringback_telephony::{
    carrier::{Carrier, CarrierEvent, CarrierRequest, EventError, InboundAnswer, Incoming},
    registry::CarrierKind,
};

use crate::{
    app::App,
    errors::{ApiError, Code},
};

/// More than any carrier sends.
const BODY_LIMIT: usize = 256 * 1024;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/voice/{carrier}/{key}/incoming", any(incoming))
        .route("/voice/{carrier}/{key}/status", any(status))
        .route("/voice/{carrier}/{key}/ended", any(status))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// Why a request of a carrier or a voice platform was not taken.
#[derive(Debug, thiserror::Error)]
pub enum IngressError {
    #[error("nothing is reached with this key")]
    UnknownKey,
    #[error("the body is longer than anything that is read here, or did not arrive whole")]
    TooLarge,
    #[error(transparent)]
    Refused(#[from] EventError),
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<ringback_store::db::Error> for IngressError {
    fn from(error: ringback_store::db::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl From<IngressError> for ApiError {
    fn from(error: IngressError) -> Self {
        match error {
            IngressError::UnknownKey => Self::refused(StatusCode::NOT_FOUND, error.to_string()),
            IngressError::TooLarge => Self::refused(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()),
            IngressError::Refused(EventError::Unverified) => Self::refused(StatusCode::FORBIDDEN, error.to_string()),
            IngressError::Refused(EventError::Malformed { field, message }) => Self::field(field, Code::Format, message),
            IngressError::Internal(error) => {
                tracing::error!(event = "ingress.failed", %error, "a request from outside could not be served");
                let again = (header::RETRY_AFTER, HeaderValue::from_static("2"));
                Self::with_header(StatusCode::SERVICE_UNAVAILABLE, "try again", again.0, again.1)
            }
        }
    }
}

impl IntoResponse for IngressError {
    fn into_response(self) -> Response {
        ApiError::from(self).into_response()
    }
}

async fn incoming(
    State(app): State<App>,
    Path((kind, key)): Path<(String, String)>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, IngressError> {
    let (phone, carrier) = find(&app, &kind, &key).await?;
    let request = carrier_request(&app, &method, &uri, &headers, body.map_err(|_| IngressError::TooLarge)?);
    let dispatcher = Arc::clone(&app.dispatcher);
    match carrier.read_incoming(&request)? {
        Incoming::Caller { carrier_call_id, from } => {
            let number = from.as_deref().and_then(|from| PhoneNumber::parse(from, &phone.country).ok());
            dispatcher.to_the_end(async move { take(&app, &phone, carrier.as_ref(), &carrier_call_id, number).await }).await
        }
        Incoming::Ours(event) => {
            dispatcher.to_the_end(async move { apply(&app, &phone, &carrier, event).await }).await?;
            Ok(StatusCode::OK.into_response())
        }
    }
}

/// A caller gets a channel, or his miss is written down.
async fn take(
    app: &App,
    phone: &IngressPhone,
    carrier: &dyn Carrier,
    carrier_call_id: &str,
    number: Option<PhoneNumber>,
) -> Result<Response, IngressError> {
    let inbound = InboundCall { carrier_call_id, number: number.as_ref() };
    let taken = app.store.take_inbound(phone, &inbound, app.clock.now()).await?;
    // After a miss nobody needs to be woken: whoever frees a channel from here on finds the attempt, and until here none was free.
    let answer = if taken.connected {
        InboundAnswer::Connect { call: taken.call, stream_url: phone.stream_url.as_deref() }
    } else {
        // "We will call you back" is said to nobody whom nobody can call: his number was withheld.
        let announces = phone.when_full == WhenFull::Announce && taken.callback.is_some();
        let announce = announces.then(|| phone.settings.announcements.in_locale(&phone.locale));
        InboundAnswer::Full { announce }
    };
    let answer = carrier.answer_inbound(&answer);
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    Ok((status, [(header::CONTENT_TYPE, answer.content_type)], answer.body).into_response())
}

/// Always acknowledged once it is on disk: a carrier that is told of an error only repeats itself.
async fn status(
    State(app): State<App>,
    Path((kind, key)): Path<(String, String)>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, IngressError> {
    let (phone, carrier) = find(&app, &kind, &key).await?;
    let request = carrier_request(&app, &method, &uri, &headers, body.map_err(|_| IngressError::TooLarge)?);
    let event = match carrier.read_event(&request) {
        Ok(event) => event,
        Err(EventError::Unverified) => return Err(EventError::Unverified.into()),
        Err(error @ EventError::Malformed { .. }) => {
            tracing::warn!(event = "carrier_event.malformed", phone_id = %phone.id, %error, "an event could not be read and changes nothing");
            return Ok(StatusCode::OK);
        }
    };
    let dispatcher = Arc::clone(&app.dispatcher);
    dispatcher.to_the_end(async move { apply(&app, &phone, &carrier, event).await }).await?;
    Ok(StatusCode::OK)
}

async fn apply(app: &App, phone: &IngressPhone, carrier: &Arc<dyn Carrier>, event: CarrierEvent) -> Result<(), IngressError> {
    let reference = EventReference { carrier_call_id: event.carrier_call_id, call: event.call };
    if let Some(dial) = app.dispatcher.apply(phone, carrier, &reference, &event.news).await? {
        app.dispatcher.send(dial);
    }
    Ok(())
}

async fn find(app: &App, kind: &str, key: &str) -> Result<(IngressPhone, Arc<dyn Carrier>), IngressError> {
    if kind.parse::<CarrierKind>().is_err() || !is_key(key) {
        return Err(IngressError::UnknownKey);
    }
    let phone = app.store.phone_by_ingress_key(kind, key).await?.ok_or(IngressError::UnknownKey)?;
    let carrier = app.dispatcher.carrier(phone.company_id, phone.id, &phone.carrier, &phone.carrier_config)?;
    Ok((phone, carrier))
}

/// Whether it may be a key at all; for what is none no database is asked, which might not even take it.
pub(crate) fn is_key(text: &str) -> bool {
    const LONGEST: usize = 128;
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

pub(crate) fn carrier_request(app: &App, method: &Method, uri: &axum::http::Uri, headers: &HeaderMap, body: Bytes) -> CarrierRequest {
    let path = uri.path_and_query().map_or("", |it| it.as_str());
    CarrierRequest {
        method: method.to_string(),
        url: format!("{}{path}", app.public_url),
        headers: headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))).collect(),
        body,
    }
}
