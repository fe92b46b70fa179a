//! The shapes of answers: one thing, or a list with its links.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use ringback_store::{Slice, Start};
use serde::Serialize;
use utoipa::ToSchema;

use super::params::{Paging, Style, encode};
use crate::{app::App, errors::ApiError};

pub(crate) type Answer<T> = Result<T, ApiError>;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct One<T> {
    pub(crate) data: T,
}

pub(crate) fn one<T>(data: T) -> Json<One<T>> {
    Json(One { data })
}

/// 201 with the new thing.
pub(crate) struct Created<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, one(self.0)).into_response()
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
    links: Links,
    meta: Meta,
}

/// The list's other parts, asked for in the way this one was: by `page`, `cursor`, `offset` or `after`.
#[derive(Debug, Serialize, ToSchema)]
struct Links {
    first: String,
    /// Null when the number of pages is not known.
    last: Option<String>,
    prev: Option<String>,
    next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Meta {
    /// From 1. With `offset`: the page in which its first row lies.
    page: u32,
    /// How many rows an answer has at most; the same as `limit` where that is the parameter.
    per_page: u32,
    /// All rows that the filters let through, not only the ones shown.
    total: u64,
    /// There are more than `total`; they were not counted.
    #[serde(skip_serializing_if = "is_false")]
    total_estimated: bool,
    /// For `cursor` (for `after`, where a list has that): what follows, whatever is added before it meanwhile. Null at the end.
    next_cursor: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// A list's answer, each row as `show` has it.
pub(crate) fn list<R, T>(app: &App, paging: &Paging, slice: Slice<R>, show: impl FnMut(R) -> T) -> Json<List<T>> {
    let meta = Meta {
        page: paging.page,
        per_page: paging.per_page,
        total: slice.total,
        total_estimated: slice.estimated,
        next_cursor: slice.next.map(|mark| match paging.style {
            Style::Pages | Style::Offset(_) => encode(mark, paging.order),
            Style::After => mark.id.to_string(),
        }),
    };
    let links = links(app, paging, &slice);
    Json(List { data: slice.rows.into_iter().map(show).collect(), links, meta })
}

fn links<R>(app: &App, paging: &Paging, slice: &Slice<R>) -> Links {
    let rows = u64::from(paging.per_page);
    let last = slice.total.saturating_sub(1) / rows;
    match (paging.style, paging.start) {
        (Style::After, _) => Links {
            first: address(app, paging, None),
            last: None,
            prev: None,
            next: slice.next.map(|mark| address(app, paging, Some(("after", mark.id.to_string())))),
        },
        (Style::Offset(offset), _) => {
            let offset = u64::from(offset);
            let at = |offset: u64| address(app, paging, Some(("offset", offset.to_string())));
            Links {
                first: at(0),
                last: (!slice.estimated).then(|| at(last * rows)),
                prev: (offset > 0).then(|| at(offset.saturating_sub(rows))),
                next: slice.next.map(|_| at(offset + rows)),
            }
        }
        (Style::Pages, Start::After(_)) => Links {
            first: address(app, paging, Some(("page", "1".to_owned()))),
            last: None,
            prev: None,
            next: slice.next.map(|mark| address(app, paging, Some(("cursor", encode(mark, paging.order))))),
        },
        (Style::Pages, Start::Offset(_)) => {
            let page = u64::from(paging.page);
            let at = |page: u64| address(app, paging, Some(("page", page.to_string())));
            Links {
                first: at(1),
                last: (!slice.estimated).then(|| at(last + 1)),
                prev: (page > 1).then(|| at(page - 1)),
                next: slice.next.map(|_| at(page + 1)),
            }
        }
    }
}

fn address(app: &App, paging: &Paging, part: Option<(&str, String)>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(&paging.kept).extend_pairs(part);
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{}{mark}{query}", app.public_url, paging.path)
}
