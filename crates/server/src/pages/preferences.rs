//! Language and theme: buttons in the footer. Both are kept in this browser; the language of somebody who is signed in
//! also with the person, who has it in every browser.

use axum::{
    Form, Router,
    extract::State,
    http::{HeaderMap, HeaderValue},
    response::Response,
    routing::post,
};
use ringback_store::Credentials;

use super::{
    cookies,
    errors::PageError,
    reader::{Reader, Theme},
    session::{go_to, own_path, secure},
    words::Language,
};
use crate::app::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/preferences", post(choose))
}

#[derive(serde::Deserialize)]
struct Choice {
    language: Option<String>,
    /// `light`, `dark`; anything else is as the system has it.
    theme: Option<String>,
    next: Option<String>,
}

async fn choose(State(app): State<App>, reader: Reader, Form(choice): Form<Choice>) -> Result<Response, PageError> {
    let secure = secure(&app);
    let language = choice.language.and_then(|it| Language::of(&it));
    if let (Some(language), Some(person)) = (language, &reader.staff) {
        app.store.tenant(person.company_id).choose_language(person.staff_id, language.code(), app.clock.now()).await?;
    }
    let repeats = reader.staff.is_some();
    let language =
        language.map(|it| if repeats { repeated(it, secure) } else { cookies::choice(cookies::LANGUAGE, Some(it.code()), secure) });
    let theme = choice.theme.map(|it| cookies::choice(cookies::THEME, Theme::of(&it).map(Theme::word), secure));
    Ok(go_to(own_path(choice.next.as_deref()), language.into_iter().chain(theme)))
}

/// Ends a cookie that only repeats what a person chose, for the pages that do not know who reads them. The next who signs
/// in with this browser may be another.
const REPEATED: &str = "-own";

fn repeated(language: Language, secure: bool) -> HeaderValue {
    cookies::choice(cookies::LANGUAGE, Some(&format!("{}{REPEATED}", language.code())), secure)
}

/// For a person who signs in: the language that was chosen before the door becomes his own, else he finds the one he has.
pub(super) async fn brought_in(app: &App, headers: &HeaderMap, person: &Credentials) -> Result<HeaderValue, PageError> {
    let chosen = cookies::read(headers, cookies::LANGUAGE).filter(|it| !it.ends_with(REPEATED)).and_then(|it| Language::of(&it));
    if let Some(language) = chosen {
        app.store.tenant(person.company_id).choose_language(person.staff_id, language.code(), app.clock.now()).await?;
    }
    let own = chosen.or_else(|| person.language.as_deref().and_then(Language::of));
    Ok(own.map_or_else(|| left_behind(app), |language| repeated(language, secure(app))))
}

/// For a person who signs out: the next one has the browser's language.
pub(super) fn left_behind(app: &App) -> HeaderValue {
    cookies::choice(cookies::LANGUAGE, None, secure(app))
}
