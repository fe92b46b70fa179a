//! The API under `/api/v1`: routes, their gate, and the OpenAPI document that is generated from them.

mod agents;
mod answer;
mod appointments;
pub(crate) mod body;
mod branches;
pub(crate) mod callbacks;
mod caller;
mod calls;
mod campaigns;
mod company;
mod credits;
pub(crate) mod customers;
mod docs;
mod document;
mod events;
mod gate;
mod idempotency;
pub(crate) mod intake_keys;
mod limits;
mod missed;
mod params;
mod phones;
pub(crate) mod read;
mod schema;
mod services;
pub(crate) mod staff;

use axum::{
    Router,
    http::{Method, StatusCode},
    middleware::from_fn_with_state,
    routing::any,
};
use jiff::Timestamp;
use utoipa_axum::router::OpenApiRouter;

use crate::{app::App, errors::ApiError};

pub use document::{document, openapi};

/// More than any body of ours ever has.
const BODY_LIMIT: usize = 1024 * 1024;

pub fn routes(app: &App) -> Router<App> {
    let nowhere = || async { ApiError::NotFound };
    let (nouns, _) = nouns().split_for_parts();
    let state = gate::Gate::new(app);
    let open_gate = from_fn_with_state(state.clone(), gate::open_gate);
    let gate = from_fn_with_state(state, gate::gate);
    let nouns = nouns.fallback(nowhere).method_not_allowed_fallback(refuse_method).layer(gate.clone());
    // A nested router does not answer under its own address with a slash behind.
    let docs = docs::routes().method_not_allowed_fallback(refuse_method).layer(open_gate);
    docs.nest("/api/v1", nouns).route("/api/v1/", any(nowhere).layer(gate))
}

fn nouns() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(agents::routes())
        .merge(appointments::routes())
        .merge(branches::routes())
        .merge(callbacks::routes())
        .merge(missed::routes())
        .merge(calls::routes())
        .merge(campaigns::routes())
        .merge(company::routes())
        .merge(credits::routes())
        .merge(customers::routes())
        .merge(events::routes())
        .merge(intake_keys::routes())
        .merge(phones::routes())
        .merge(services::routes())
        .merge(staff::routes())
}

async fn refuse_method(method: Method) -> ApiError {
    ApiError::refused(StatusCode::METHOD_NOT_ALLOWED, format!("{method} is not possible here; the Allow header says what is."))
}

/// The instant of a change: always behind the one before it, so that no change is mistaken for another.
fn changed_at(seen: Timestamp, now: Timestamp) -> Timestamp {
    let next = ringback_domain::time::from_millis(seen.as_millisecond().saturating_add(1));
    now.max(next)
}

/// Why something is still there that was to be deleted.
fn still_in_use(told: &str) -> ApiError {
    ApiError::conflict(format!("This still depends on it: {told}. Move, finish or cancel that first."))
}

const SOMEBODY_ELSE: &str = "Somebody else changed this at the same moment; try again.";
