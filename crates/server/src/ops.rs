//! For whoever runs the server: is it alive, is it ready, how much does it do.

mod look;
mod metrics;
mod ready;

use std::sync::Arc;

use axum::{Router, extract::State, routing::get};

use crate::app::App;

pub(crate) fn routes() -> Router<App> {
    let looks = Arc::<ready::Looks>::default();
    let readyz = get(async move |State(app): State<App>| ready::readyz(app, &looks).await);
    Router::new().route("/livez", get(livez)).route("/readyz", readyz).route("/metrics", get(metrics::metrics))
}

/// Says nothing but that this process answers: whoever restarts it must not do so because of a database.
async fn livez() -> &'static str {
    "alive\n"
}
