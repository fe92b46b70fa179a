//! One line per request. It names the route, never the path: carriers' paths carry a secret key.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};

pub async fn access_log(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let status = response.status();
    let duration_ms = started.elapsed().as_secs_f64() * 1000.0;
    if status.is_server_error() {
        tracing::warn!(event = "http.request", %method, route, status = status.as_u16(), duration_ms, "request");
    } else if matches!(route, "/livez" | "/readyz" | "/metrics") {
        // Probes come every few seconds and would be most of the log.
        tracing::debug!(event = "http.request", %method, route, status = status.as_u16(), duration_ms, "request");
    } else {
        tracing::info!(event = "http.request", %method, route, status = status.as_u16(), duration_ms, "request");
    }
    response
}
