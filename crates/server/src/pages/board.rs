//! The board: every phone with its channels and who is on them, who waits, what came of the last ones. It moves by itself.

mod live;
mod moves;
mod pauses;
pub(crate) mod reasons;
mod rows;
mod stream;

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use live::Live;

use super::{
    assets::{self, icon},
    errors::{PageError, render},
    reader::Reader,
    session::Staff,
    words::Language,
};
use crate::app::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/board", get(index))
        .route("/board/live", get(fragment))
        .route("/board/stream", get(stream::stream))
        .route("/board/attempts/{id}/retry", post(moves::retry))
        .route("/board/attempts/{id}/cancel", post(moves::cancel))
        .layer(stream::bounded())
}

/// What the address says.
#[derive(serde::Deserialize)]
struct Asked {
    show: Option<String>,
    /// What a move came to, told once.
    said: Option<String>,
}

/// Which rows are shown: the ones behind a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Show {
    #[default]
    All,
    Pending,
    OnHold,
    InsufficientCredits,
    Completed,
    Failed,
}

impl Show {
    const FILTERS: [Self; 5] = [Self::Pending, Self::OnHold, Self::InsufficientCredits, Self::Completed, Self::Failed];

    fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Pending => "pending",
            Self::OnHold => "on_hold",
            Self::InsufficientCredits => "insufficient_credits",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    fn of(word: Option<&str>) -> Self {
        Self::FILTERS.into_iter().find(|show| Some(show.word()) == word).unwrap_or_default()
    }

    /// Behind `/board` or a path below it.
    fn query(self) -> String {
        if self == Self::All { String::new() } else { format!("?show={}", self.word()) }
    }
}

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage<'a> {
    r: &'a Reader,
    b: &'a Live,
    said: Option<String>,
}

#[derive(Template)]
#[template(path = "board/live.html")]
struct BoardLive<'a> {
    r: &'a Reader,
    b: &'a Live,
}

async fn index(State(app): State<App>, mut staff: Staff, Query(asked): Query<Asked>) -> Result<Response, PageError> {
    let show = Show::of(asked.show.as_deref());
    let b = Live::look(&app, &staff, show).await?;
    let said = asked.said.as_deref().and_then(moves::Said::of).map(|said| staff.reader.t(said.sentence()));
    // Choosing a language or theme comes back here, without telling the last move again.
    staff.reader.here = format!("/board{}", show.query());
    Ok(render(&BoardPage { r: &staff.reader, b: &b, said })?.into_response())
}

async fn fragment(State(app): State<App>, staff: Staff, Query(asked): Query<Asked>) -> Result<Html<String>, PageError> {
    let b = Live::look(&app, &staff, Show::of(asked.show.as_deref())).await?;
    render(&BoardLive { r: &staff.reader, b: &b })
}
