//! The API's own description: the OpenAPI document, and a page that shows it without asking anybody outside.

use std::sync::Arc;

use axum::{
    Router,
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use utoipa_swagger_ui::Config;

use crate::{app::App, errors::ApiError};

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ringback API</title>
<link rel="icon" href="/api/docs/favicon-32x32.png">
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<link rel="stylesheet" href="/api/docs/index.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"#;

/// The validator's badge would ask an outside address.
const START: &str = r##"SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
"##;

/// Scripts, styles and requests only to ourselves. Swagger UI writes style attributes, nothing of it is inline script.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn routes() -> Router<App> {
    let document: Arc<str> = super::document().into();
    Router::new()
        .route("/api/v1/openapi.json", get(move || async move { content("application/json", document.to_string().into_bytes()) }))
        .route("/api/docs", get(|| async { content("text/html; charset=utf-8", PAGE.into()) }))
        .route("/api/docs/", get(|| async { content("text/html; charset=utf-8", PAGE.into()) }))
        .route("/api/docs/{file}", get(file))
}

async fn file(Path(file): Path<String>) -> Response {
    if file == "start.js" {
        return content("text/javascript; charset=utf-8", START.into());
    }
    match utoipa_swagger_ui::serve(&file, Arc::new(Config::default())) {
        Ok(Some(found)) if is_asset(&file) => content(&found.content_type, found.bytes.into_owned()),
        _ => ApiError::NotFound.into_response(),
    }
}

/// Not the pages that come with it: they carry scripts of their own.
fn is_asset(file: &str) -> bool {
    [".css", ".png"].iter().any(|end| file.ends_with(end)) || file == "swagger-ui-bundle.js"
}

fn content(kind: &str, bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
