//! What every handler is handed, and the router that holds them all.

use std::sync::Arc;

use axum::{Router, middleware};
use ringback_domain::time::Clock;
use ringback_store::Store;
use ringback_telephony::registry::Registry;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{api, dispatcher::Dispatcher, ingress, ops, pages, telemetry, vault::Vault};

#[derive(Clone)]
pub struct App {
    pub store: Arc<Store>,
    pub clock: Arc<dyn Clock>,
    pub carriers: Arc<Registry>,
    pub dispatcher: Arc<Dispatcher>,
    pub vault: Arc<Vault>,
    /// Without a trailing slash; carriers reach us under it.
    pub public_url: Arc<str>,
}

impl App {
    pub fn new(store: Arc<Store>, clock: Arc<dyn Clock>, carriers: Arc<Registry>, vault: Arc<Vault>, public_url: &str) -> Self {
        let public_url: Arc<str> = public_url.trim_end_matches('/').into();
        let dispatcher =
            Dispatcher::new(Arc::clone(&store), Arc::clone(&clock), Arc::clone(&carriers), Arc::clone(&vault), Arc::clone(&public_url));
        Self { store, clock, carriers, dispatcher: Arc::new(dispatcher), vault, public_url }
    }
}

/// Every route there is.
pub fn router(app: App) -> Router {
    Router::new()
        .merge(ingress::routes())
        .merge(api::routes(&app))
        .merge(pages::routes())
        .merge(ops::routes())
        // Inside the access log, so that a handler's panic is a line with its route and a 500.
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(telemetry::access_log))
        .with_state(app)
}
