//! One line per request. It names the route, never the path: carriers' paths carry a secret key.

use std::time::{Duration, Instant};

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
    let duration_ms = rounded(started.elapsed());
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

/// Milliseconds, to the microsecond.
fn rounded(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_three_decimals_at_most() {
        assert_eq!(rounded(Duration::from_nanos(1_234_567)).to_string(), "1.235");
        assert_eq!(rounded(Duration::from_millis(2)).to_string(), "2");
    }
}
