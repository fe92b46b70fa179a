//! Being signed in: the cookie holds a random token, the database its hash.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use rand::RngExt as _;
use ringback_domain::ids::{CompanyId, StaffId};
use ringback_store::{SESSION_SECONDS, SignedIn, TenantStore};
use sha2::{Digest, Sha256};

use super::{cookies, errors::PageError, reader::Reader};
use crate::app::App;

/// An active staff member: the proof that a page may show what is the company's.
pub(crate) struct Staff {
    pub(crate) reader: Reader,
    pub(crate) person: SignedIn,
}

impl Staff {
    pub(crate) fn company<'a>(&self, app: &'a App) -> TenantStore<'a> {
        app.store.tenant(self.person.company_id).seen_by(self.person.sight())
    }

    /// As the timeline names it.
    pub(crate) fn actor(&self) -> String {
        format!("staff:{}", self.person.staff_id)
    }
}

/// Nobody is signed in: first that, then on to where he was going.
pub(crate) enum NotSignedIn {
    Elsewhere(Response),
    Failed(PageError),
}

impl IntoResponse for NotSignedIn {
    fn into_response(self) -> Response {
        match self {
            Self::Elsewhere(response) => response,
            Self::Failed(error) => error.into_response(),
        }
    }
}

impl FromRequestParts<App> for Staff {
    type Rejection = NotSignedIn;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, NotSignedIn> {
        let reader = Reader::from_request_parts(parts, app).await.map_err(NotSignedIn::Failed)?;
        if let Some(person) = reader.staff.clone() {
            return Ok(Self { reader, person });
        }
        // A fragment has no address of its own; the page around it has.
        let fragment = parts.headers.contains_key("hx-request");
        let going_to = if parts.method == Method::GET && !fragment { reader.here.as_str() } else { "/board" };
        let sign_in = format!("/login?{}", form_urlencoded::Serializer::new(String::new()).append_pair("next", going_to).finish());
        Err(NotSignedIn::Elsewhere(if fragment {
            let whole_page = HeaderValue::try_from(sign_in).expect("a percent-encoded address is plain");
            (StatusCode::UNAUTHORIZED, [("hx-redirect", whole_page)]).into_response()
        } else {
            Redirect::to(&sign_in).into_response()
        }))
    }
}

/// `__Host-` makes browsers refuse the cookie unless it is secure and of this very host.
fn cookie_name(app: &App) -> &'static str {
    if secure(app) { "__Host-ringback_session" } else { "ringback_session" }
}

pub(crate) fn secure(app: &App) -> bool {
    app.public_url.starts_with("https:")
}

/// The hash of the token that a request carries.
pub(crate) fn token(headers: &HeaderMap, app: &App) -> Option<[u8; 32]> {
    let token: [u8; 32] = hex::decode(cookies::read(headers, cookie_name(app))?).ok()?.try_into().ok()?;
    Some(Sha256::digest(token).into())
}

/// Opens a session and returns its cookie. The token is always a new one.
pub(crate) async fn open(app: &App, staff: StaffId, company: CompanyId) -> Result<HeaderValue, PageError> {
    let token: [u8; 32] = rand::rng().random();
    app.store.open_session(&Sha256::digest(token).into(), staff, company, app.clock.now()).await?;
    Ok(cookies::write(cookie_name(app), &hex::encode(token), SESSION_SECONDS, secure(app)))
}

/// Ends the session of a request; the cookie that takes its cookie away.
pub(crate) async fn close(app: &App, headers: &HeaderMap) -> Result<HeaderValue, PageError> {
    if let Some(token) = token(headers, app) {
        app.store.close_session(&token).await?;
    }
    Ok(cookies::write(cookie_name(app), "", 0, secure(app)))
}

/// `next` as it may be followed: a path of ours, never another site. Browsers read `\` as `/`.
pub(crate) fn own_path(next: Option<&str>) -> &str {
    let own = |path: &&str| {
        path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && path.chars().all(|c| c.is_ascii_graphic())
    };
    next.filter(own).unwrap_or("/board")
}

/// A redirect after a post that also sets cookies.
pub(crate) fn go_to(path: &str, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    let mut response = Redirect::to(path).into_response();
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn after_signing_in_nobody_is_sent_to_another_site() {
        assert_eq!(own_path(Some("/board?show=failed#outcomes")), "/board?show=failed#outcomes");
        for foreign in
            ["https://evil.example", "//evil.example", "/\\evil.example", "\\/evil.example", "/\t/evil.example", "board", "/ä", ""]
        {
            assert_eq!(own_path(Some(foreign)), "/board", "{foreign}");
        }
        assert_eq!(own_path(None), "/board");
    }
}
