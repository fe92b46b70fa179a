//! What every handler is handed, and the router that holds them all.

use std::sync::Arc;

use axum::Router;
use ringback_domain::time::Clock;
use ringback_store::Store;
use ringback_telephony::registry::Registry;

use crate::{api, dispatcher::Dispatcher, ingress, ops, pages, vault::Vault};

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

/// Every route there is.
pub fn router(app: App) -> Router {
    Router::new().merge(ingress::routes()).merge(api::routes(&app)).merge(pages::routes()).merge(ops::routes()).with_state(app)
}
