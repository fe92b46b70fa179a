//! Signing in and out.

mod failures;

use std::{net::SocketAddr, sync::Arc};

use askama::Template;
use axum::{
    Extension, Form, Router,
    extract::{ConnectInfo, Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use failures::{Failures, Stranger};
use ringback_store::Credentials;

use super::{
    assets,
    errors::{PageError, render},
    preferences,
    reader::Reader,
    session::{self, own_path},
    words::Language,
};
use crate::{app::App, client_address::client_address, email, passwords};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/login", get(show).post(submit)).route("/logout", post(sign_out)).layer(Extension(Arc::new(Failures::default())))
}

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

#[derive(serde::Deserialize)]
struct Asked {
    next: Option<String>,
}

#[derive(serde::Deserialize)]
struct Entered {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    r: &'a Reader,
    next: &'a str,
    email: &'a str,
    error: Option<String>,
}

async fn show(reader: Reader, Query(asked): Query<Asked>) -> Result<Response, PageError> {
    let next = own_path(asked.next.as_deref());
    if reader.staff.is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    Ok(render(&SignInPage { r: &reader, next, email: "", error: None })?.into_response())
}

async fn submit(
    State(app): State<App>,
    Extension(failures): Extension<Arc<Failures>>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    mut reader: Reader,
    headers: HeaderMap,
    Form(entered): Form<Entered>,
) -> Result<Response, PageError> {
    // After this post the person stands on the form again, not on the post.
    "/login".clone_into(&mut reader.here);
    let email = entered.email.trim().to_lowercase();
    let next = own_path(entered.next.as_deref());
    let refuse = |status: StatusCode, error: String| -> Result<Response, PageError> {
        let page = render(&SignInPage { r: &reader, next, email: &email, error: Some(error) })?;
        Ok((status, page).into_response())
    };
    if email.is_empty() || entered.password.is_empty() {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, reader.t("sign-in-incomplete"));
    }
    let from = Stranger { email: &email, address: client_address(peer.map(|it| it.0.0), &headers) };
    if let Err(seconds) = failures.begin(from, app.clock.now()) {
        let mut response = refuse(StatusCode::TOO_MANY_REQUESTS, reader.t1("sign-in-blocked", "minutes", (seconds + 59) / 60))?;
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        return Ok(response);
    }
    let looked = look(&app, &email, entered.password).await;
    if looked.is_err() {
        failures.take_back(from);
    }
    let Some(person) = looked? else {
        tracing::info!(event = "sign_in.refused", "a sign-in was refused");
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, reader.t("sign-in-wrong"));
    };
    failures.forget(from);
    // A session that this browser had before ends: its token must not outlive the change of person.
    session::close(&app, &headers).await?;
    let cookie = session::open(&app, person.staff_id, person.company_id).await?;
    tracing::info!(event = "sign_in.accepted", staff_id = %person.staff_id, company_id = %person.company_id, "signed in");
    let language = preferences::brought_in(&app, &headers, &person).await?;
    Ok(session::go_to(next, [cookie, language]))
}

/// Whose e-mail and password these are. What is no address is nobody's, and no database is asked for it.
async fn look(app: &App, email: &str, password: String) -> Result<Option<Credentials>, PageError> {
    let found = match email::parse(email) {
        Ok(email) => app.store.credentials(&email).await?,
        Err(_) => None,
    };
    let hash = found.as_ref().filter(|it| it.active).and_then(|it| it.password_hash.clone());
    let right = passwords::verify(password, hash).await?;
    Ok(found.filter(|_| right))
}

async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, PageError> {
    let cookie = session::close(&app, &headers).await?;
    let mut response = session::go_to("/login", [cookie, preferences::left_behind(&app)]);
    // The way back must not show the board as the browser has kept it.
    response.headers_mut().insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""));
    Ok(response)
}
