//! What goes wrong at the API, as problem documents (RFC 9457).

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use ringback_store::db;
use serde::Serialize;
use utoipa::ToSchema;

/// One of four things: it is not there, it may not be done, it was asked for wrongly, or we are at fault.
#[derive(Debug)]
pub enum ApiError {
    NotFound,
    Refused(Box<Refusal>),
    Invalid(Vec<FieldError>),
    Internal(anyhow::Error),
}

#[derive(Debug)]
pub struct Refusal {
    pub status: StatusCode,
    pub detail: String,
    /// The moves that would be legal instead.
    pub allowed: Option<Vec<String>>,
    pub header: Option<(HeaderName, HeaderValue)>,
}

/// What is wrong with one field of a body, or with one query parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Dotted inside objects: `carrier_config.api_key`.
    pub field: String,
    pub code: Code,
    pub message: String,
}

/// For programs; the message beside it is for people. `required`: must be there. `unknown`: there is no such field or
/// parameter here. `read_only`: shown, never set. `type`: text, number, list, object, true or false where another is
/// wanted. `format`: not written as it must be. `range`: too long, too short, too great, too small, too many. `choice`:
/// none of the accepted words. `repeated`: given twice. `reference`: not the id of one of the company's own things.
/// `conflict`: does not go together with another field, or with what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FieldErrorCode)]
pub enum Code {
    Required,
    Unknown,
    ReadOnly,
    Type,
    Format,
    Range,
    Choice,
    Repeated,
    Reference,
    Conflict,
}

impl FieldError {
    pub fn new(field: impl Into<String>, code: Code, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

/// A problem document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    /// All that is wrong with the request, not only the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// With 409: the moves that would be legal.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<Vec<String>>,
    /// With 500: under which reference the log tells more.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
}

impl ApiError {
    pub fn refused(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::Refused(Box::new(Refusal { status, detail: detail.into(), allowed: None, header: None }))
    }

    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::refused(StatusCode::CONFLICT, detail)
    }

    /// Somebody else was faster at this moment: sent again, the request may succeed.
    pub fn outrun(detail: impl Into<String>) -> Self {
        Self::with_header(StatusCode::CONFLICT, detail, header::RETRY_AFTER, HeaderValue::from_static("1"))
    }

    /// A move that is not legal now, and those that are.
    pub fn illegal_move(detail: impl Into<String>, allowed: Vec<String>) -> Self {
        Self::Refused(Box::new(Refusal { status: StatusCode::CONFLICT, detail: detail.into(), allowed: Some(allowed), header: None }))
    }

    pub fn with_header(status: StatusCode, detail: impl Into<String>, name: HeaderName, value: HeaderValue) -> Self {
        Self::Refused(Box::new(Refusal { status, detail: detail.into(), allowed: None, header: Some((name, value)) }))
    }

    pub fn field(field: impl Into<String>, code: Code, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, message)])
    }

    /// The status and the sentence of the problem document.
    pub(crate) fn into_problem(self) -> (StatusCode, String) {
        let (status, problem, _) = self.problem();
        (status, problem.detail)
    }

    fn problem(self) -> (StatusCode, Problem, Option<(HeaderName, HeaderValue)>) {
        let problem = |status: StatusCode, detail: String| Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail,
            errors: Vec::new(),
            allowed: None,
            instance: None,
        };
        match self {
            Self::NotFound => {
                (StatusCode::NOT_FOUND, problem(StatusCode::NOT_FOUND, "There is nothing under this address.".to_owned()), None)
            }
            Self::Refused(refusal) => {
                let refusal = *refusal;
                let told = Problem { allowed: refusal.allowed, ..problem(refusal.status, refusal.detail) };
                (refusal.status, told, refusal.header)
            }
            Self::Invalid(errors) => {
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                let detail = errors.iter().map(|it| format!("{} {}", it.field, it.message)).collect::<Vec<_>>().join("; ");
                (status, Problem { errors, ..problem(status, detail) }, None)
            }
            Self::Internal(error) => {
                let reference = uuid::Uuid::now_v7();
                tracing::error!(event = "api.failed", %reference, error = format!("{error:#}"), "a request failed");
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                let told = problem(status, "The fault is ours; the log tells more under the reference.".to_owned());
                (status, Problem { instance: Some(format!("urn:uuid:{reference}")), ..told }, None)
            }
        }
    }
}

impl From<db::Error> for ApiError {
    fn from(error: db::Error) -> Self {
        if error.is_unavailable() {
            tracing::error!(event = "api.database_unavailable", %error, "the database does not answer");
            let retry = (header::RETRY_AFTER, HeaderValue::from_static("2"));
            return Self::with_header(StatusCode::SERVICE_UNAVAILABLE, "The database does not answer; try again.", retry.0, retry.1);
        }
        Self::Internal(error.into())
    }
}

impl From<anyhow::Error> for ApiError {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, problem, header) = self.problem();
        let mut response = (status, Json(problem)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

pub(crate) const PROBLEM_JSON: &str = "application/problem+json";
