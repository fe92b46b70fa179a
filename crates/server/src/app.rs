//! What every handler is handed, and the router that holds them all.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::Response,
};
use futures::StreamExt as _;
use ringback_domain::time::Clock;
use ringback_store::Store;
use ringback_telephony::registry::Registry;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{api, dispatcher::Dispatcher, ingress, intake, ops, pages, telemetry, vault::Vault};

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
        .merge(pages::routes())
        .merge(ops::routes())
        .layer(middleware::from_fn_with_state(app.stopping.clone(), end_streams))
        // Inside the access log, so that a handler's panic is a line with its route and a 500.
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(telemetry::access_log))
        .with_state(app)
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
