//! `GET /metrics`: Prometheus' text, for tokens of scope `admin`.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use metrics::{counter, gauge, histogram};
use ringback_domain::{access::Scope, attempt::ShownStatus, callback};
use ringback_store::{Happened, Workload, db};
use sha2::{Digest as _, Sha256};

use crate::{app::App, telemetry};

pub(super) async fn metrics(State(app): State<App>, headers: HeaderMap) -> Response {
    match render(&app, &headers).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::error!(event = "metrics.failed", %error, "the gauges could not be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

async fn render(app: &App, headers: &HeaderMap) -> db::Result<Response> {
    let Some(scope) = scope_of_bearer(app, headers).await? else {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"ringback\"")];
        return Ok((StatusCode::UNAUTHORIZED, challenge, "send a token of scope admin\n").into_response());
    };
    if !scope.includes(Scope::Admin) {
        return Ok((StatusCode::FORBIDDEN, "this needs a token of scope admin\n").into_response());
    }
    let recorder = telemetry::recorder();
    set_gauges(&app.store.workload(app.clock.now()).await?);
    set_counters(&app.store.happened());
    let text = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((text, recorder.render()).into_response())
}

async fn scope_of_bearer(app: &App, headers: &HeaderMap) -> db::Result<Option<Scope>> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((scheme, token)) = value.and_then(|value| value.split_once(' ')) else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    let token = app.store.token(&Sha256::digest(token.trim()).into()).await?;
    Ok(token.map(|token| token.scope))
}

/// All statuses, also those that nothing has now: a gauge that is not set keeps its last value.
fn set_gauges(workload: &Workload) {
    for status in ShownStatus::ALL.iter().filter(|status| is_open(**status)) {
        gauge!(telemetry::ATTEMPTS, "status" => status.as_str()).set(number(workload.attempts.get(status)));
    }
    for status in [callback::Status::Pending, callback::Status::Assigned, callback::Status::Contacted] {
        gauge!(telemetry::CALLBACKS_OPEN, "status" => status.as_str()).set(number(workload.callbacks.get(&status)));
    }
    gauge!(telemetry::CALLBACKS_WITHOUT_NEXT_ACTION).set(number(Some(&workload.without_next_action)));
    gauge!(telemetry::CHANNELS_IN_USE).set(number(Some(&workload.channels_in_use)));
}

fn set_counters(happened: &Happened) {
    for ((priority, source), number) in &happened.callbacks_created {
        let labels = [("priority", priority.as_str()), ("source", source.as_str())];
        counter!(telemetry::CALLBACKS_CREATED_TOTAL, &labels).absolute(*number);
    }
    for (outcome, number) in &happened.attempts_finished {
        counter!(telemetry::ATTEMPTS_FINISHED_TOTAL, "outcome" => outcome.as_str()).absolute(*number);
    }
    for priority in callback::Priority::ALL {
        let number = happened.sla_breaches.get(priority).copied().unwrap_or(0);
        counter!(telemetry::CALLBACKS_SLA_BREACH_TOTAL, "priority" => priority.as_str()).absolute(number);
    }
    for (priority, seconds) in &happened.assignment_seconds {
        let histogram = histogram!(telemetry::CALLBACKS_ASSIGNMENT_DURATION_SECONDS, "priority" => priority.as_str());
        histogram.record(number(Some(seconds)));
    }
}

fn is_open(status: ShownStatus) -> bool {
    !matches!(status, ShownStatus::Completed | ShownStatus::Failed | ShownStatus::Cancelled)
}

#[expect(clippy::cast_precision_loss, reason = "no count of ours comes near 2^53")]
fn number(count: Option<&i64>) -> f64 {
    count.copied().unwrap_or(0) as f64
}
