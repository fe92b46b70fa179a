//! For whoever runs the server: is it alive, is it ready, how much does it do.

mod metrics;
mod ready;

use axum::{Router, routing::get};

use crate::app::App;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/livez", get(livez)).route("/readyz", get(ready::readyz)).route("/metrics", get(metrics::metrics))
}

/// Says nothing but that this process answers: whoever restarts it must not do so because of a database.
async fn livez() -> &'static str {
    "alive\n"
}
