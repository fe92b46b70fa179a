//! Calling an attempt off and trying a failed one again, from the board.

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use ringback_domain::ids::AttemptId;
use ringback_store::{Cancelled, Retried};

use super::{Asked, Show};
use crate::{
    app::App,
    pages::{errors::PageError, session::Staff},
};

/// What a move came to, as the address of the next page carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Cancelled,
    TooLate,
    Retried,
    NotFailed,
    AnotherOpen,
    Closed,
    PhoneGone,
}

impl Said {
    const ALL: [Self; 7] =
        [Self::Cancelled, Self::TooLate, Self::Retried, Self::NotFailed, Self::AnotherOpen, Self::Closed, Self::PhoneGone];

    pub(super) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|said| said.word() == word)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::TooLate => "too-late",
            Self::Retried => "retried",
            Self::NotFailed => "not-failed",
            Self::AnotherOpen => "another-open",
            Self::Closed => "closed",
            Self::PhoneGone => "phone-gone",
        }
    }

    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::Cancelled => "said-cancelled",
            Self::TooLate => "said-too-late",
            Self::Retried => "said-retried",
            Self::NotFailed => "said-not-failed",
            Self::AnotherOpen => "said-another-open",
            Self::Closed => "said-closed",
            Self::PhoneGone => "said-phone-gone",
        }
    }
}

pub(super) async fn retry(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<AttemptId>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let said = match staff.company(&app).retry_attempt(id, &staff.actor(), app.clock.now()).await? {
        Retried::Yes { phone, .. } => {
            app.dispatcher.wake(phone);
            Said::Retried
        }
        Retried::Unknown => return Err(PageError::NotFound),
        Retried::NotFailed(_) => Said::NotFailed,
        Retried::AnotherOpen => Said::AnotherOpen,
        Retried::CallbackClosed(_) => Said::Closed,
        Retried::PhoneDeleted => Said::PhoneGone,
    };
    Ok(back(&asked, said))
}

pub(super) async fn cancel(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<AttemptId>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let said = match staff.company(&app).cancel_attempt(id, &staff.actor(), app.clock.now()).await? {
        Cancelled::Yes { phone } => {
            // Whoever stood behind it may be next.
            app.dispatcher.wake(phone);
            Said::Cancelled
        }
        Cancelled::Unknown => return Err(PageError::NotFound),
        Cancelled::NotWaiting(_) => Said::TooLate,
    };
    Ok(back(&asked, said))
}

fn back(asked: &Asked, said: Said) -> Response {
    let query = Show::of(asked.show.as_deref()).query();
    let joint = if query.is_empty() { '?' } else { '&' };
    Redirect::to(&format!("/board{query}{joint}said={}", said.word())).into_response()
}
