//! The pages: what people of a company see and do. Links and forms first; scripts only add what moves by itself.

mod assets;
pub(crate) mod board;
mod cookies;
mod errors;
mod preferences;
pub(crate) mod reader;
mod session;
mod sign_in;
pub(crate) mod words;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::{Redirect, Response},
    routing::get,
};
use tower_http::{compression::CompressionLayer, csrf::CsrfLayer};

use crate::app::App;

/// No form here is longer.
const BODY_LIMIT: usize = 16 * 1024;

pub(crate) fn routes(app: &App) -> Router<App> {
    let pages = Router::new()
        .route("/", get(|| async { Redirect::to("/board") }))
        .merge(sign_in::routes())
        .merge(preferences::routes())
        .merge(board::routes())
        // Whatever address nobody else knows.
        .fallback(|| async { errors::PageError::NotFound })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        // Posts of other sites end here: by Sec-Fetch-Site, else by Origin.
        .layer(CsrfLayer::new())
        .layer(middleware::from_fn_with_state(app.clone(), errors::explain))
        .layer(middleware::from_fn(not_kept));
    pages.merge(assets::routes()).layer(middleware::from_fn(guarded)).layer(CompressionLayer::new())
}

/// Pages show people and their numbers: no cache keeps them.
async fn not_kept(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// What browsers may do with a page: nothing that is not ours, nothing inline, in nobody's frame.
async fn guarded(request: Request, next: Next) -> Response {
    const HEADERS: [(HeaderName, &str); 5] = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; \
             base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
