//! The gate before every route of the API: who asks, how often, and whether he asked that before.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use ringback_domain::ids::TokenId;
use ringback_store::Token;
use sha2::{Digest, Sha256};

use super::{
    caller::Caller,
    idempotency,
    limits::{Allowance, Limits},
};
use crate::{
    app::App,
    client_address::{client_address, subscriber},
    errors::ApiError,
};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// What an address may ask in a minute without a token: enough to read the documentation with all it loads, and for
/// many behind one address.
const WITHOUT_TOKEN: u32 = 600;

#[derive(Clone)]
pub(super) struct Gate {
    app: App,
    tokens: Arc<Limits<TokenId>>,
    /// By address; `None`: where it is not known.
    strangers: Arc<Limits<Option<IpAddr>>>,
}

impl Gate {
    pub(super) fn new(app: &App) -> Self {
        Self { app: app.clone(), tokens: Arc::default(), strangers: Arc::default() }
    }

    /// Takes one of the requests that the address has without a token; the refusal when none is left.
    fn admit_stranger(&self, request: &Request) -> Result<Allowance, Exhausted> {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
        let address = client_address(peer, request.headers()).map(subscriber);
        let allowance = self.strangers.take(address, WITHOUT_TOKEN, self.app.clock.now());
        admit("Without a token this address", allowance)
    }
}

/// Before what is for everybody: the document and the page that shows it.
pub(super) async fn open_gate(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    match gate.admit_stranger(&request) {
        Ok(allowance) => with_allowance(next.run(request).await, allowance),
        Err(exhausted) => exhausted.into_response(),
    }
}

pub(super) async fn gate(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let (token, hash) = match identify(&gate.app, request.headers().get(header::AUTHORIZATION).cloned()).await {
        Ok(known) => known,
        Err(error) => {
            return match gate.admit_stranger(&request) {
                Ok(allowance) => with_allowance(error.into_response(), allowance),
                Err(exhausted) => exhausted.into_response(),
            };
        }
    };
    let allowance = match admit("This token", gate.tokens.take(token.id, token.rate_limit, gate.app.clock.now())) {
        Ok(allowance) => allowance,
        Err(exhausted) => return exhausted.into_response(),
    };
    let caller = Caller::new(&token, hash);
    request.extensions_mut().insert(caller.clone());
    let response =
        if request.method() == Method::POST { idempotency::once(&gate.app, &caller, request, next).await } else { next.run(request).await };
    with_allowance(response, allowance)
}

/// Nothing of the minute is left.
struct Exhausted {
    who: &'static str,
    allowance: Allowance,
    wait: u32,
}

impl IntoResponse for Exhausted {
    fn into_response(self) -> Response {
        let Self { who, allowance, wait } = self;
        let detail = format!("{who} may ask {} times a minute; try again in {wait} s.", allowance.limit);
        let error = ApiError::with_header(StatusCode::TOO_MANY_REQUESTS, detail, header::RETRY_AFTER, HeaderValue::from(wait));
        with_allowance(error.into_response(), allowance)
    }
}

fn admit(who: &'static str, allowance: Allowance) -> Result<Allowance, Exhausted> {
    allowance.wait.map_or(Ok(allowance), |wait| Err(Exhausted { who, allowance, wait }))
}

fn with_allowance(mut response: Response, allowance: Allowance) -> Response {
    response.headers_mut().insert(LIMIT, HeaderValue::from(allowance.limit));
    response.headers_mut().insert(REMAINING, HeaderValue::from(allowance.remaining));
    response
}

async fn identify(app: &App, given: Option<HeaderValue>) -> Result<(Token, [u8; 32]), ApiError> {
    let Some(bearer) = given.as_ref().and_then(|value| value.to_str().ok()).and_then(bearer) else {
        let challenge = HeaderValue::from_static("Bearer realm=\"ringback\"");
        return Err(unauthorized("Send a token: Authorization: Bearer TOKEN.", challenge));
    };
    let hash: [u8; 32] = Sha256::digest(bearer).into();
    let token = app.store.token(&hash).await?.ok_or_else(|| {
        let challenge = HeaderValue::from_static("Bearer realm=\"ringback\", error=\"invalid_token\"");
        unauthorized("This token is not valid.", challenge)
    })?;
    Ok((token, hash))
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
}

fn unauthorized(detail: &str, challenge: HeaderValue) -> ApiError {
    ApiError::with_header(StatusCode::UNAUTHORIZED, detail, header::WWW_AUTHENTICATE, challenge)
}
