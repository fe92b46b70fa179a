//! The gate before every route of the API: who asks, how often, and whether he asked that before.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use ringback_store::Token;
use sha2::{Digest, Sha256};

use super::{
    caller::Caller,
    idempotency,
    limits::{Allowance, Limits},
};
use crate::{app::App, errors::ApiError};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

#[derive(Clone)]
pub(super) struct Gate {
    app: App,
    limits: Arc<Limits>,
    answers: Arc<idempotency::Answers>,
}

impl Gate {
    pub(super) fn new(app: &App) -> Self {
        Self { app: app.clone(), limits: Arc::default(), answers: Arc::default() }
    }
}

pub(super) async fn gate(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let token = match identify(&gate.app, request.headers().get(header::AUTHORIZATION).cloned()).await {
        Ok(token) => token,
        Err(error) => return error.into_response(),
    };
    let now = gate.app.clock.now();
    let allowance = gate.limits.take(token.id, token.rate_limit, now);
    if let Some(wait) = allowance.wait {
        let detail = format!("This token may ask {} times a minute; try again in {wait} s.", allowance.limit);
        let error = ApiError::with_header(StatusCode::TOO_MANY_REQUESTS, detail, header::RETRY_AFTER, HeaderValue::from(wait));
        return with_allowance(error.into_response(), allowance);
    }
    let caller = Caller::new(&token);
    request.extensions_mut().insert(caller.clone());
    let response = if request.method() == Method::POST {
        idempotency::once(&gate.app, &gate.answers, &caller, request, next).await
    } else {
        next.run(request).await
    };
    with_allowance(response, allowance)
}

fn with_allowance(mut response: Response, allowance: Allowance) -> Response {
    response.headers_mut().insert(LIMIT, HeaderValue::from(allowance.limit));
    response.headers_mut().insert(REMAINING, HeaderValue::from(allowance.remaining));
    response
}

async fn identify(app: &App, given: Option<HeaderValue>) -> Result<Token, ApiError> {
    let Some(bearer) = given.as_ref().and_then(|value| value.to_str().ok()).and_then(bearer) else {
        let challenge = HeaderValue::from_static("Bearer realm=\"ringback\"");
        return Err(unauthorized("Send a token: Authorization: Bearer TOKEN.", challenge));
    };
    let hash: [u8; 32] = Sha256::digest(bearer).into();
    app.store.token(&hash).await?.ok_or_else(|| {
        let challenge = HeaderValue::from_static("Bearer realm=\"ringback\", error=\"invalid_token\"");
        unauthorized("This token is not valid.", challenge)
    })
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
}

fn unauthorized(detail: &str, challenge: HeaderValue) -> ApiError {
    ApiError::with_header(StatusCode::UNAUTHORIZED, detail, header::WWW_AUTHENTICATE, challenge)
}
