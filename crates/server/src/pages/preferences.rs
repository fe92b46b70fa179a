//! Language and theme of this browser: buttons in the footer, cookies behind them.

use axum::{Form, Router, extract::State, response::Response, routing::post};

use super::{
    cookies,
    reader::Theme,
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

async fn choose(State(app): State<App>, Form(choice): Form<Choice>) -> Response {
    let secure = secure(&app);
    let language = choice.language.and_then(|it| Language::of(&it));
    let language = language.map(|it| cookies::choice(cookies::LANGUAGE, Some(it.code()), secure));
    let theme = choice.theme.map(|it| cookies::choice(cookies::THEME, Theme::of(&it).map(Theme::word), secure));
    go_to(own_path(choice.next.as_deref()), language.into_iter().chain(theme))
}
