//! What every handler is handed, and the router that holds them all.

use std::{any::Any, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use futures::StreamExt as _;
use ringback_domain::time::Clock;
use ringback_store::Store;
use ringback_telephony::registry::Registry;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{api, dispatcher::Dispatcher, errors::ApiError, ingress, intake, ops, pages, telemetry, vault::Vault};

#[derive(Clone)]
pub struct App {
    pub store: Arc<Store>,
    pub clock: Arc<dyn Clock>,
    pub carriers: Arc<Registry>,
    pub dispatcher: Arc<Dispatcher>,
    pub vault: Arc<Vault>,
    /// Without a trailing slash; carriers reach us under it.
    pub public_url: Arc<str>,
    /// Cancelled when the server is to end: whatever lasts ends with it.
    pub stopping: CancellationToken,
}

impl App {
    pub fn new(store: Arc<Store>, clock: Arc<dyn Clock>, carriers: Arc<Registry>, vault: Arc<Vault>, public_url: &str) -> Self {
        let public_url: Arc<str> = public_url.trim_end_matches('/').into();
        let dispatcher =
            Dispatcher::new(Arc::clone(&store), Arc::clone(&clock), Arc::clone(&carriers), Arc::clone(&vault), Arc::clone(&public_url));
        Self { store, clock, carriers, dispatcher: Arc::new(dispatcher), vault, public_url, stopping: CancellationToken::new() }
    }
}

/// Every route there is.
pub fn router(app: App) -> Router {
    Router::new()
        .merge(ingress::routes())
        .merge(intake::routes())
        .merge(api::routes(&app))
        .merge(pages::routes(&app))
        .merge(ops::routes())
        .layer(middleware::from_fn_with_state(app.stopping.clone(), end_streams))
        // Inside the access log, so that a handler's panic is a line with its route and a 500.
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(telemetry::access_log))
        .with_state(app)
}

/// The fault is ours, and said as all others are.
#[expect(clippy::needless_pass_by_value, reason = "so the layer hands it over")]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    ApiError::Internal(anyhow::anyhow!("a handler panicked: {}", said.unwrap_or("it did not say why"))).into_response()
}

/// A stream of events has no end of its own, and a server that waits for one never stops. Whoever listened connects
/// again and goes on behind the last event he saw.
async fn end_streams(State(stopping): State<CancellationToken>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let events = HeaderValue::from_static("text/event-stream");
    if response.headers().get(header::CONTENT_TYPE) != Some(&events) {
        return response;
    }
    response.map(|body| Body::from_stream(body.into_data_stream().take_until(stopping.cancelled_owned())))
}

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, http::Request, routing::get};
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_handler_that_panics_is_told_of_in_a_problem_document() {
        async fn handler() -> &'static str {
            panic!("on purpose: +4915112345678")
        }
        let router: Router = Router::new().route("/", get(handler)).layer(CatchPanicLayer::custom(panicked));
        let response = router.oneshot(Request::get("/").body(Body::empty()).expect("a request")).await.expect("infallible");
        assert_eq!(
            (response.status().as_u16(), &response.headers()[header::CONTENT_TYPE]),
            (500, &crate::errors::PROBLEM_JSON.parse().expect("a type"))
        );
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        let problem: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        assert!(problem["status"] == 500 && problem["instance"].is_string() && !problem.to_string().contains("on purpose"));
    }
}
