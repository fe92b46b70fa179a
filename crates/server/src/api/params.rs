//! Query parameters and ids in the path. What is not known is refused by name.

use axum::{
    extract::{FromRequestParts, OriginalUri, Path},
    http::request::Parts,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ringback_store::{Mark, Start, Window};
use uuid::Uuid;

use super::read::{self, Reading, wrong};
use crate::errors::{ApiError, Code, FieldError};

pub(crate) struct Params {
    path: String,
    given: Vec<(String, String)>,
    /// What the links to other pages keep.
    kept: Vec<(String, String)>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0);
        let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let given = pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        Ok(Self { path: uri.path().to_owned(), given, kept: Vec::new(), known: Vec::new(), errors: Vec::new() })
    }
}

/// For routes without any parameter: proof that none was given.
pub(crate) struct NoParams;

impl<S: Sync> FromRequestParts<S> for NoParams {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Params::from_request_parts(parts, state).await?.finish().map(|_| Self)
    }
}

impl Params {
    pub(crate) fn optional<T>(&mut self, name: &'static str, read: impl FnOnce(&str) -> Reading<T>) -> Option<T> {
        let value = self.take(name)?;
        self.kept.push((name.to_owned(), value.clone()));
        self.read(name, &value, read)
    }

    fn read<T>(&mut self, name: &str, value: &str, read: impl FnOnce(&str) -> Reading<T>) -> Option<T> {
        match read(value) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.errors.push(FieldError::new(name, wrong.code, wrong.message));
                None
            }
        }
    }

    fn take(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        let mut values = Vec::new();
        self.given.retain(|(given, value)| {
            if given == name {
                values.push(value.clone());
            }
            given != name
        });
        if values.len() > 1 {
            self.errors.push(FieldError::new(name, Code::Repeated, "must be given once"));
        }
        values.pop()
    }

    /// `page` and `per_page`, or `cursor`. `order` tells cursors of different orders apart.
    pub(crate) fn paging(&mut self, default: u32, order: u8) -> Paging {
        let page: Option<u32> = self.take("page").and_then(|text| self.read("page", &text, read::digits(1..=1_000_000_000)));
        let per_page = self.optional("per_page", read::digits(1..=100)).unwrap_or(default);
        let cursor = self.take("cursor").and_then(|text| self.read("cursor", &text, |text| decode(text, order)));
        if page.is_some() && cursor.is_some() {
            self.errors.push(FieldError::new("cursor", Code::Conflict, "must not be given together with page"));
        }
        let page = page.unwrap_or(1);
        let start = cursor.map_or(Start::Offset(u64::from(page - 1) * u64::from(per_page)), Start::After);
        Paging { page, per_page, start, order, style: Style::Pages, path: self.path.clone(), kept: Vec::new() }
    }

    /// `limit` and `offset`, or [`Params::paging`]'s as every list has them.
    pub(crate) fn offset_or_paging(&mut self, default: u32, order: u8) -> Paging {
        let among = |names: &[&str]| self.given.iter().map(|(name, _)| name.as_str()).find(|name| names.contains(name)).map(str::to_owned);
        let (by_offset, by_page) = (among(&["limit", "offset"]), among(&["page", "per_page", "cursor"]));
        if let (Some(name), Some(other)) = (&by_offset, &by_page) {
            self.errors.push(FieldError::new(name, Code::Conflict, format!("must not be given together with {other}")));
        }
        let (offset, pages) = (self.limit_and_offset(order), self.paging(default, order));
        if by_page.is_some() { pages } else { offset }
    }

    fn limit_and_offset(&mut self, order: u8) -> Paging {
        let limit = self.optional("limit", read::digits(1..=100)).unwrap_or(50);
        let offset: u32 = self.take("offset").and_then(|text| self.read("offset", &text, read::digits(0..=1_000_000_000))).unwrap_or(0);
        let page = offset / limit + 1;
        let start = Start::Offset(u64::from(offset));
        Paging { page, per_page: limit, start, order, style: Style::Offset(offset), path: self.path.clone(), kept: Vec::new() }
    }

    /// `after` an id, and `limit`.
    pub(crate) fn after_and_limit(&mut self) -> Paging {
        let limit = self.optional("limit", read::digits(1..=100)).unwrap_or(50);
        let after: Option<Uuid> = self.take("after").and_then(|text| self.read("after", &text, read::id));
        let start = after.map_or(Start::Offset(0), |id| Start::After(Mark { key: 0, id }));
        Paging { page: 1, per_page: limit, start, order: 0, style: Style::After, path: self.path.clone(), kept: Vec::new() }
    }

    /// All that was wrong, unknown parameters included; else what links to other pages keep.
    pub(crate) fn finish(mut self) -> Result<Vec<(String, String)>, ApiError> {
        let accepted = if self.known.is_empty() { "none".to_owned() } else { self.known.join(", ") };
        for (name, _) in &self.given {
            let name: String = name.chars().take(100).collect();
            self.errors.push(FieldError::new(name, Code::Unknown, format!("is not a parameter here; accepted are: {accepted}")));
        }
        if self.errors.is_empty() { Ok(self.kept) } else { Err(ApiError::Invalid(self.errors)) }
    }
}

/// How a list is asked for, and what is needed to link to its other pages.
pub(crate) struct Paging {
    pub(super) page: u32,
    pub(super) per_page: u32,
    pub(super) start: Start,
    pub(super) order: u8,
    pub(super) style: Style,
    pub(super) path: String,
    pub(super) kept: Vec<(String, String)>,
}

#[derive(Clone, Copy)]
pub(super) enum Style {
    Pages,
    Offset(u32),
    /// By the id of the last row.
    After,
}

impl Paging {
    pub(crate) fn keeping(mut self, kept: Vec<(String, String)>) -> Self {
        self.kept = kept;
        self
    }

    pub(crate) fn window(&self) -> Window {
        Window { limit: self.per_page, start: self.start }
    }
}

pub(super) fn encode(mark: Mark, order: u8) -> String {
    let mut bytes = vec![order];
    bytes.extend_from_slice(&mark.key.to_be_bytes());
    bytes.extend_from_slice(mark.id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(text: &str, order: u8) -> Reading<Mark> {
    let bytes: Option<[u8; 25]> = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    let Some(bytes) = bytes.filter(|bytes| bytes[0] == order) else {
        return wrong(Code::Format, "must be a next_cursor of this list in this order");
    };
    let (key, id) = bytes[1..].split_at(8);
    let key = i64::from_be_bytes(key.try_into().unwrap_or_default());
    Ok(Mark { key, id: Uuid::from_slice(id).unwrap_or_default() })
}

/// The id in the path. What is no id at all is nowhere.
pub(crate) struct Id<T>(pub(crate) T);

impl<T: From<Uuid>, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(text)| Uuid::try_parse(&text).ok());
        id.map(|id| Self(id.into())).ok_or(ApiError::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_and_only_to_its_own_order() {
        let mark = Mark { key: -5, id: Uuid::from_u128(7) };
        assert_eq!(decode(&encode(mark, 2), 2), Ok(mark));
        assert!(decode(&encode(mark, 2), 1).is_err());
        for text in ["", "x", "AAAA", "é"] {
            assert!(decode(text, 0).is_err(), "{text}");
        }
    }
}
