//! What a page shows when it cannot show what was asked for.

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use rand::RngExt as _;
use tower_http::csrf::ProtectionError;

use super::{assets, reader::Reader, words::Language};
use crate::app::App;

/// Rendered by [`explain`], which knows the reader.
#[derive(Debug, Clone)]
pub(crate) enum PageError {
    NotFound,
    /// Logged under this reference.
    Internal {
        reference: String,
    },
}

impl From<ringback_store::db::Error> for PageError {
    fn from(error: ringback_store::db::Error) -> Self {
        Self::internal(&error)
    }
}

impl From<anyhow::Error> for PageError {
    fn from(error: anyhow::Error) -> Self {
        Self::internal(error.as_ref())
    }
}

impl PageError {
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        let reference = hex::encode(rand::rng().random::<[u8; 4]>());
        tracing::error!(event = "page.failed", reference, %error, "a page could not be served");
        Self::Internal { reference }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    r: &'a Reader,
    heading: &'static str,
    what_next: &'static str,
    reference: Option<String>,
}

/// Renders a template; a failure would be a fault of ours.
pub(crate) fn render(template: &impl Template) -> Result<Html<String>, PageError> {
    template.render().map(Html).map_err(|error| PageError::internal(&error))
}

/// Gives refused and failed requests a page that says what to do next.
pub(crate) async fn explain(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let response = next.run(request).await;
    let (heading, what_next, reference) = if response.extensions().get::<ProtectionError>().is_some() {
        ("error-foreign-title", "error-foreign-next", None)
    } else {
        match response.extensions().get::<PageError>() {
            Some(PageError::NotFound) => ("error-not-found-title", "error-not-found-next", None),
            Some(PageError::Internal { reference }) => ("error-internal-title", "error-internal-next", Some(reference.clone())),
            None => return response,
        }
    };
    let stranger = || Reader::stranger(&headers, "/board", app.clock.now());
    // Where something has failed, the database is not asked once more.
    let known = matches!(response.extensions().get(), Some(PageError::NotFound));
    let reader = if known { Reader::of(&headers, "/board", &app).await.unwrap_or_else(|_| stranger()) } else { stranger() };
    let page = ErrorPage { r: &reader, heading, what_next, reference };
    match page.render() {
        Ok(html) => (response.status(), Html(html)).into_response(),
        Err(_) => response.status().into_response(),
    }
}
