//! `Idempotency-Key`: a POST that is sent again is answered, not done, again.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use ringback_domain::time::seconds_between;
use ringback_store::KeyClaim;
use sha2::{Digest, Sha256};

use super::{BODY_LIMIT, caller::Caller};
use crate::{
    app::App,
    errors::{ApiError, Code, PROBLEM_JSON},
};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// An answer that is not there after this long was interrupted.
const WORKING_SECONDS: i64 = 60;

pub(super) async fn once(app: &App, caller: &Caller, request: Request, next: Next) -> Response {
    let key = match read_key(&request) {
        Ok(None) => return next.run(request).await,
        Ok(Some(key)) => key,
        Err(error) => return error.into_response(),
    };
    // Another token may do other things: its keys are its own.
    let key = format!("{}/{key}", caller.token);
    match claim(app, caller, &key, request).await {
        Ok(Claimed::Ours(request)) => {
            let secret = holds_secret(&target(&request));
            work(app.clone(), caller.clone(), Key { key, secret }, request, next).await
        }
        Ok(Claimed::Answered(response)) => response,
        Err(error) => error.into_response(),
    }
}

/// Under which an answer is kept.
struct Key {
    key: String,
    /// The answer tells what is told once.
    secret: bool,
}

/// Whether the answer of a POST to this address tells a key that is shown there alone.
fn holds_secret(target: &str) -> bool {
    ["/intake-keys", "/phones"].iter().any(|path| target.contains(path))
}

fn target(request: &Request) -> String {
    request.extensions().get::<axum::extract::OriginalUri>().map_or_else(|| request.uri().to_string(), |uri| uri.0.to_string())
}

/// What a sealed answer begins with; an answer itself is JSON.
const SEALED: &str = "sealed:";

enum Claimed {
    Ours(Request),
    Answered(Response),
}

async fn claim(app: &App, caller: &Caller, key: &str, request: Request) -> Result<Claimed, ApiError> {
    let now = app.clock.now();
    let target = target(&request);
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return Err(super::body::too_large());
    };
    let hash = hash(&target, &body);
    match caller.rows(&app.store).claim_key(key, &hash, now).await? {
        KeyClaim::Ours => Ok(Claimed::Ours(Request::from_parts(parts, Body::from(body)))),
        KeyClaim::Answered { status, body } => Ok(Claimed::Answered(replay(status, opened(app, caller, body)?))),
        KeyClaim::OtherRequest => {
            Err(ApiError::field("Idempotency-Key", Code::Conflict, "was used for another request in the last 24 hours"))
        }
        KeyClaim::Open { since } if seconds_between(since, now) < WORKING_SECONDS => {
            Err(ApiError::conflict("A request with this Idempotency-Key is being worked on; ask again in a moment."))
        }
        KeyClaim::Open { .. } => Err(ApiError::conflict(
            "A request with this Idempotency-Key was interrupted; whether it was done must be looked up before it is sent with a new key.",
        )),
    }
}

/// Does the work in a task of its own: a client that hangs up meanwhile must not leave it half known.
async fn work(app: App, caller: Caller, key: Key, request: Request, next: Next) -> Response {
    let dispatcher = Arc::clone(&app.dispatcher);
    let work = async move {
        let response = next.run(request).await;
        keep(&app, &caller, &key, response).await
    };
    dispatcher.to_the_end(work).await
}

async fn keep(app: &App, caller: &Caller, Key { key, secret }: &Key, response: Response) -> Response {
    let rows = caller.rows(&app.store);
    if !is_answer(&response) {
        return match rows.release_key(key).await {
            Ok(()) => response,
            Err(error) => ApiError::from(error).into_response(),
        };
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return ApiError::Internal(anyhow::anyhow!("an answer of the API could not be read")).into_response();
    };
    let text = match if *secret { sealed(app, caller, &bytes) } else { Ok(String::from_utf8_lossy(&bytes).into_owned()) } {
        Ok(text) => text,
        Err(error) => return error.into_response(),
    };
    if let Err(error) = rows.keep_answer(key, parts.status.as_u16(), &text).await {
        return ApiError::from(error).into_response();
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn sealed(app: &App, caller: &Caller, answer: &[u8]) -> Result<String, ApiError> {
    let sealed = app.vault.seal(caller.company, caller.token, answer).map_err(anyhow::Error::from)?;
    Ok(format!("{SEALED}{}", hex::encode(sealed)))
}

fn opened(app: &App, caller: &Caller, kept: String) -> Result<String, ApiError> {
    let Some(sealed) = kept.strip_prefix(SEALED) else { return Ok(kept) };
    let sealed = hex::decode(sealed).map_err(anyhow::Error::from)?;
    let plain = app.vault.open(caller.company, caller.token, &sealed).map_err(anyhow::Error::from)?;
    Ok(String::from_utf8(plain).map_err(anyhow::Error::from)?)
}

/// Whether this answer stands for 24 hours. Not those that say nothing of the request itself, or that ask to be tried again: a
/// fault of ours, and a 409 to somebody who lost a race ([`ApiError::outrun`]), which alone of them says when.
fn is_answer(response: &Response) -> bool {
    let status = response.status();
    let outrun = status == StatusCode::CONFLICT && response.headers().contains_key(header::RETRY_AFTER);
    let says_nothing = matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::TOO_MANY_REQUESTS
    );
    !(says_nothing || outrun || status.is_server_error())
}

fn replay(status: u32, body: String) -> Response {
    let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    let kind = if status.is_success() { "application/json" } else { PROBLEM_JSON };
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn read_key(request: &Request) -> Result<Option<String>, ApiError> {
    let mut given = request.headers().get_all(KEY).iter();
    let Some(value) = given.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let fits = (1..=255).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'"');
    if !fits || given.next().is_some() {
        return Err(ApiError::field(
            "Idempotency-Key",
            Code::Format,
            "must be one key of 1 to 255 printable ASCII characters, quoted or bare",
        ));
    }
    Ok(Some(text.to_owned()))
}

fn hash(target: &str, body: &Bytes) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(u64::try_from(target.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(target);
    hash.update(body);
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asks_to_be_tried_again_is_no_answer() {
        let is_kept = |error: ApiError| is_answer(&error.into_response());
        assert!(!is_kept(ApiError::outrun("Somebody else changed this at the same moment; try again.")));
        assert!(!is_kept(ApiError::Internal(anyhow::anyhow!("a fault of ours"))));
        for status in [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT] {
            assert!(!is_kept(ApiError::refused(status, "later")), "{status}");
        }
        // It says what is, and will be so.
        assert!(is_kept(ApiError::conflict("There is one already.")));
        assert!(is_kept(ApiError::illegal_move("It is closed.", Vec::new())));
    }
}
