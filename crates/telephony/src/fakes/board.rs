//! What a fake carrier knows: how to answer next, the calls it accepted, and their state.

use std::{
    collections::VecDeque,
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use axum::{
    body::Body,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;
use tokio_stream::wrappers::ReceiverStream;

/// How the fake answers one request for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Accept,
    /// 429, with `Retry-After` where given.
    Throttle {
        retry_after_seconds: Option<u32>,
    },
    /// This status, and no call.
    Refuse(u16),
    /// This status, although the call was made.
    FailAfterAcceptance(u16),
    /// No answer until the client gives up, and no call.
    TimeOutBeforeAcceptance,
    /// No answer until the client gives up, although the call was made.
    TimeOutAfterAcceptance,
    /// A success whose body is not what was promised, although the call was made.
    Malformed,
    /// A success whose body names no call, although the call was made.
    EmptySid,
    /// A success whose body breaks off, although the call was made.
    BrokenBody,
    /// 302 to somewhere else, and no call.
    Redirect,
}

impl Answer {
    fn accepts(self) -> bool {
        match self {
            Self::Accept
            | Self::FailAfterAcceptance(_)
            | Self::TimeOutAfterAcceptance
            | Self::Malformed
            | Self::EmptySid
            | Self::BrokenBody => true,
            Self::Throttle { .. } | Self::Refuse(_) | Self::TimeOutBeforeAcceptance | Self::Redirect => false,
        }
    }
}

/// A request that the fake accepted: somebody's phone rings.
#[derive(Debug, Clone)]
pub struct Dial {
    pub call_sid: String,
    /// The person.
    pub customer: String,
    /// The business number.
    pub phone: String,
    /// Our call id, as it travelled with the request.
    pub reference: Option<String>,
    pub status_url: Option<String>,
    /// The whole form.
    pub form: Vec<(String, String)>,
    pub at: Instant,
    pub(super) made: Timestamp,
    /// The carrier's word for where the call stands.
    pub status: String,
    pub answered: bool,
    pub seconds: Option<u32>,
    pub answered_by: Option<String>,
}

impl Dial {
    pub fn field(&self, name: &str) -> Option<&str> {
        field(&self.form, name)
    }
}

pub(super) fn field<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    form.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
}

/// How a call ends, in the carrier's words (`completed`, `busy`, `no-answer`, `failed`, `canceled`).
#[derive(Debug, Clone)]
pub struct Ending {
    pub status: &'static str,
    pub seconds: Option<u32>,
    pub answered_by: Option<&'static str>,
}

impl Ending {
    pub fn busy() -> Self {
        Self { status: "busy", seconds: None, answered_by: None }
    }

    pub fn no_answer() -> Self {
        Self { status: "no-answer", seconds: None, answered_by: None }
    }

    pub fn talked(seconds: u32) -> Self {
        Self { status: "completed", seconds: Some(seconds), answered_by: Some("human") }
    }
}

pub(super) struct Board {
    inner: Mutex<Inner>,
    /// How many calls were accepted, to wait for.
    accepted: watch::Sender<usize>,
    looked_up: watch::Sender<usize>,
}

struct Inner {
    next: VecDeque<Answer>,
    always: Answer,
    dials: Vec<Dial>,
    requests: usize,
    /// Answers of the look-up instead of the truth.
    look_up_status: Option<u16>,
    look_ups_silent: bool,
    dated: bool,
}

impl Board {
    pub(super) fn new() -> Self {
        let inner = Inner {
            next: VecDeque::new(),
            always: Answer::Accept,
            dials: Vec::new(),
            requests: 0,
            look_up_status: None,
            look_ups_silent: false,
            dated: true,
        };
        Self { inner: Mutex::new(inner), accepted: watch::Sender::new(0), looked_up: watch::Sender::new(0) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn answer_next(&self, answers: impl IntoIterator<Item = Answer>) {
        self.inner().next.extend(answers);
    }

    pub(super) fn answer_always(&self, answer: Answer) {
        self.inner().always = answer;
    }

    pub(super) fn fail_look_ups(&self, status: Option<u16>) {
        self.inner().look_up_status = status;
    }

    /// From now on look-ups get no answer until the client gives up.
    pub(super) fn silence_look_ups(&self) {
        self.inner().look_ups_silent = true;
    }

    /// Counts a look-up and says with which status it fails; `None`: not at all.
    pub(super) async fn look_up_status(&self) -> Option<StatusCode> {
        let (silent, status) = {
            let inner = self.inner();
            (inner.look_ups_silent, inner.look_up_status)
        };
        self.looked_up.send_modify(|count| *count += 1);
        if silent {
            std::future::pending::<()>().await;
        }
        status.and_then(|status| StatusCode::from_u16(status).ok())
    }

    pub(super) fn look_ups(&self) -> usize {
        *self.looked_up.borrow()
    }

    pub(super) async fn wait_for_look_ups(&self, count: usize) {
        // The sender lives as long as this board does.
        let _ = self.looked_up.subscribe().wait_for(|looked_up| *looked_up >= count).await;
    }

    pub(super) fn without_dates(&self) {
        self.inner().dated = false;
    }

    pub(super) fn dated(&self) -> bool {
        self.inner().dated
    }

    pub(super) fn dials(&self) -> Vec<Dial> {
        self.inner().dials.clone()
    }

    pub(super) fn requests(&self) -> usize {
        self.inner().requests
    }

    pub(super) fn dial(&self, call_sid: &str) -> Option<Dial> {
        self.inner().dials.iter().find(|dial| dial.call_sid == call_sid).cloned()
    }

    /// Returns once so many calls were accepted.
    pub(super) async fn wait_for_dials(&self, count: usize) -> Vec<Dial> {
        let mut accepted = self.accepted.subscribe();
        // The sender lives as long as this board does.
        let _ = accepted.wait_for(|accepted| *accepted >= count).await;
        self.dials()
    }

    /// Changes a call's state and returns it as it stands now.
    pub(super) fn change(&self, call_sid: &str, change: impl FnOnce(&mut Dial)) -> Option<Dial> {
        let mut inner = self.inner();
        let dial = inner.dials.iter_mut().find(|dial| dial.call_sid == call_sid)?;
        change(dial);
        Some(dial.clone())
    }

    /// Takes a well-formed request: notes the call if it is to be made, and answers as told.
    pub(super) async fn take(&self, dial: Dial, success: StatusCode, body: impl Fn(&Dial) -> Value) -> Response {
        let answer = {
            let mut inner = self.inner();
            inner.requests += 1;
            let answer = inner.next.pop_front().unwrap_or(inner.always);
            if answer.accepts() {
                inner.dials.push(dial.clone());
                self.accepted.send_replace(inner.dials.len());
            }
            answer
        };
        match answer {
            Answer::Accept => (success, axum::Json(body(&dial))).into_response(),
            Answer::Throttle { retry_after_seconds: Some(seconds) } => {
                (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())]).into_response()
            }
            Answer::Throttle { retry_after_seconds: None } => StatusCode::TOO_MANY_REQUESTS.into_response(),
            Answer::Refuse(status) | Answer::FailAfterAcceptance(status) => {
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
            }
            // The connection stays open until the client closes it.
            Answer::TimeOutBeforeAcceptance | Answer::TimeOutAfterAcceptance => std::future::pending().await,
            Answer::Malformed => (success, "<html>").into_response(),
            Answer::EmptySid => {
                let mut empty = dial.clone();
                empty.call_sid.clear();
                (success, axum::Json(body(&empty))).into_response()
            }
            Answer::BrokenBody => (success, broken_off()).into_response(),
            Answer::Redirect => (StatusCode::FOUND, [(header::LOCATION, "/elsewhere")]).into_response(),
        }
    }
}

/// A body that begins well and then breaks.
fn broken_off() -> Body {
    let (tx, rx) = tokio::sync::mpsc::channel(2);
    for piece in [Ok("{\""), Err(io::Error::other("broken off"))] {
        tx.try_send(piece).expect("there is room for both");
    }
    Body::from_stream(ReceiverStream::new(rx))
}
