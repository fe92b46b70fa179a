//! The stylesheet, scripts and icons inside the binary. Their names change with their content, so browsers may keep them.

use std::fmt;

use axum::{
    Router,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::app::App;

struct Asset {
    path: &'static str,
    content_type: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// A picture beside a word; the word says the same, so it is hidden from those who listen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Icon(&'static str);

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r#"<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"/></svg>"#, self.0)
    }
}

impl askama::filters::HtmlSafe for Icon {}

pub(super) fn routes() -> Router<App> {
    ASSETS.iter().fold(Router::new(), |router, asset| router.route(asset.path, get(serve)))
}

async fn serve(uri: Uri, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.path == uri.path()) else { return StatusCode::NOT_FOUND.into_response() };
    let gzip = headers.get(header::ACCEPT_ENCODING).and_then(|it| it.to_str().ok()).is_some_and(takes_gzip);
    let kept = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "Accept-Encoding"),
    ];
    if gzip { (kept, [(header::CONTENT_ENCODING, "gzip")], asset.gzip).into_response() } else { (kept, asset.plain).into_response() }
}

fn takes_gzip(accept: &str) -> bool {
    accept.split(',').any(|part| {
        let (coding, weight) = part.split_once(';').unwrap_or((part, ""));
        coding.trim() == "gzip" && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}
