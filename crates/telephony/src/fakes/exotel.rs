//! A fake Exotel: connect, call details, the list of calls, status callbacks.

use std::{io, net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Account, Answer, Dial, Encoding, Ending, Serving,
    board::{Board, field},
    serve,
};

#[derive(Clone)]
pub struct FakeExotel {
    knows: Knows,
    serving: Serving,
    http: reqwest::Client,
}

#[derive(Clone)]
struct Knows {
    board: Arc<Board>,
    account: Arc<Account>,
}

impl FakeExotel {
    /// On a free port of this machine.
    pub async fn start(account: Account) -> io::Result<Self> {
        Self::start_on(SocketAddr::from(([127, 0, 0, 1], 0)), account).await
    }

    pub async fn start_on(address: SocketAddr, account: Account) -> io::Result<Self> {
        let knows = Knows { board: Arc::new(Board::new()), account: Arc::new(account) };
        let router = Router::new()
            .route("/v1/Accounts/{account}/Calls/connect.json", post(connect))
            .route("/v1/Accounts/{account}/Calls/{call}", get(details))
            .route("/v1/Accounts/{account}/Calls.json", get(list))
            .with_state(knows.clone());
        let http = reqwest::Client::builder().no_proxy().build().map_err(io::Error::other)?;
        Ok(Self { knows, serving: serve(address, router).await?, http })
    }

    pub fn base_url(&self) -> String {
        format!("http://{}", self.serving.address)
    }

    pub fn answer_next(&self, answers: impl IntoIterator<Item = Answer>) {
        self.knows.board.answer_next(answers);
    }

    pub fn answer_always(&self, answer: Answer) {
        self.knows.board.answer_always(answer);
    }

    /// Look-ups answer with this status; `None`: with the truth.
    pub fn fail_look_ups(&self, status: Option<u16>) {
        self.knows.board.fail_look_ups(status);
    }

    /// Look-ups get no answer until the client gives up.
    pub fn silence_look_ups(&self) {
        self.knows.board.silence_look_ups();
    }

    /// Look-ups that came in, answered or not.
    pub fn look_ups(&self) -> usize {
        self.knows.board.look_ups()
    }

    pub async fn wait_for_look_ups(&self, count: usize) {
        self.knows.board.wait_for_look_ups(count).await;
    }

    /// Calls carry no dates, for tests whose clock is not the world's.
    pub fn without_dates(&self) {
        self.knows.board.without_dates();
    }

    pub fn dials(&self) -> Vec<Dial> {
        self.knows.board.dials()
    }

    /// Well-formed requests for a call, accepted or not.
    pub fn requests(&self) -> usize {
        self.knows.board.requests()
    }

    pub async fn wait_for_dials(&self, count: usize) -> Vec<Dial> {
        self.knows.board.wait_for_dials(count).await
    }

    /// Somebody answered: the event is posted where the call asked for it.
    pub async fn answered(&self, call_sid: &str, encoding: Encoding) -> io::Result<StatusCode> {
        let dial = self.knows.board.change(call_sid, |dial| {
            "in-progress".clone_into(&mut dial.status);
            dial.answered = true;
        });
        let dial = dial.ok_or_else(|| io::Error::other("no such call"))?;
        self.post(&dial, "answered", encoding).await
    }

    /// The call ends and nobody is told: the event that never comes.
    pub fn end(&self, call_sid: &str, ending: &Ending) -> Option<Dial> {
        self.knows.board.change(call_sid, |dial| {
            ending.status.clone_into(&mut dial.status);
            dial.seconds = ending.seconds;
            dial.answered_by = ending.answered_by.map(str::to_owned);
        })
    }

    /// The call ends, and the event is posted.
    pub async fn finish(&self, call_sid: &str, ending: &Ending, encoding: Encoding) -> io::Result<StatusCode> {
        let dial = self.end(call_sid, ending).ok_or_else(|| io::Error::other("no such call"))?;
        self.post(&dial, "terminal", encoding).await
    }

    async fn post(&self, dial: &Dial, event_type: &str, encoding: Encoding) -> io::Result<StatusCode> {
        let url = dial.status_url.clone().ok_or_else(|| io::Error::other("the call asked for no events"))?;
        let (content_type, body) = encoding.encode(&Self::event(dial, event_type));
        let request = self.http.post(url).header(header::CONTENT_TYPE, content_type).body(body);
        Ok(request.send().await.map_err(io::Error::other)?.status())
    }

    /// The fields of a status callback about this call.
    pub fn event(dial: &Dial, event_type: &str) -> Vec<(String, String)> {
        let seconds = dial.seconds.map(|seconds| seconds.to_string()).unwrap_or_default();
        let by = dial.answered_by.as_deref().unwrap_or("NA");
        [
            ("CallSid", dial.call_sid.as_str()),
            ("EventType", event_type),
            ("Status", &dial.status),
            ("From", &dial.customer),
            ("To", &dial.phone),
            ("PhoneNumberSid", &dial.phone),
            ("Direction", "outbound-api"),
            ("ConversationDuration", &seconds),
            ("CustomField", dial.reference.as_deref().unwrap_or_default()),
            ("Legs[0][OnCallDuration]", &seconds),
            ("Legs[0][Status]", &dial.status),
            ("Legs[0][AnsweredBy]", by),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
    }
}

fn error(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"RestException": {"Status": status.as_u16(), "Message": message}}))).into_response()
}

impl Knows {
    fn admits(&self, account: &str, headers: &HeaderMap) -> Result<(), Box<Response>> {
        let expected = format!("Basic {}", STANDARD.encode(format!("{}:{}", self.account.user, self.account.password)));
        if headers.get(header::AUTHORIZATION).is_none_or(|given| given.as_bytes() != expected.as_bytes()) {
            return Err(Box::new(error(StatusCode::UNAUTHORIZED, "Authentication failed")));
        }
        if account != self.account.sid {
            return Err(Box::new(error(StatusCode::NOT_FOUND, "No such account")));
        }
        Ok(())
    }

    fn call(&self, dial: &Dial) -> Value {
        let date = self.board.dated().then(|| india(dial.made));
        let to = dial.field("To").unwrap_or(&dial.phone);
        json!({
            "Sid": dial.call_sid, "ParentCallSid": null, "DateCreated": date, "DateUpdated": date, "AccountSid": self.account.sid,
            "To": to, "From": dial.customer, "PhoneNumberSid": dial.phone, "Status": dial.status, "StartTime": date, "EndTime": null,
            "Duration": dial.seconds.map(|seconds| seconds.to_string()), "Price": null, "Direction": "outbound-api",
            "AnsweredBy": dial.answered_by, "ForwardedFrom": null, "CallerName": null,
            "Uri": format!("/v1/Accounts/{}/Calls/{}.json", self.account.sid, dial.call_sid), "RecordingUrl": null,
            "CustomField": dial.reference,
        })
    }
}

/// Exotel's dates: local, without a zone.
fn india(at: Timestamp) -> String {
    (at + SignedDuration::from_mins(330)).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[expect(clippy::disallowed_methods, reason = "a fake carrier lives outside, in the world's time")]
fn new_dial(form: Vec<(String, String)>, customer: String, phone: String) -> Dial {
    Dial {
        call_sid: hex::encode(rand::random::<[u8; 16]>()),
        customer,
        phone,
        reference: field(&form, "CustomField").map(str::to_owned),
        status_url: field(&form, "StatusCallback").map(str::to_owned),
        form,
        at: Instant::now(),
        made: Timestamp::now(),
        status: "in-progress".to_owned(),
        answered: false,
        seconds: None,
        answered_by: None,
    }
}

async fn connect(State(knows): State<Knows>, Path(account): Path<String>, headers: HeaderMap, body: bytes::Bytes) -> Response {
    if let Err(refusal) = knows.admits(&account, &headers) {
        return *refusal;
    }
    let form: Vec<_> = form_urlencoded::parse(&body).into_owned().collect();
    let (Some(customer), Some(phone)) = (field(&form, "From").map(str::to_owned), field(&form, "CallerId").map(str::to_owned)) else {
        return error(StatusCode::BAD_REQUEST, "From and CallerId are mandatory parameters");
    };
    let to_a_flow = field(&form, "Url").is_some_and(|url| url.starts_with("http://my.exotel."));
    if !to_a_flow && field(&form, "To").is_none() && field(&form, "StreamUrl").is_none() {
        return error(StatusCode::BAD_REQUEST, "One of To, Url and StreamUrl is mandatory");
    }
    if field(&form, "CustomField").is_some_and(|value| value.len() > 128) {
        return error(StatusCode::BAD_REQUEST, "CustomField is too long");
    }
    let dial = new_dial(form, customer, phone);
    knows.board.take(dial, StatusCode::OK, |dial| json!({"Call": knows.call(dial)})).await
}

/// A leg has no status until it is answered or over, unlike its call, which is in-progress from the start.
fn leg_status(dial: &Dial) -> Option<&str> {
    (dial.answered || dial.status != "in-progress").then_some(dial.status.as_str())
}

async fn details(State(knows): State<Knows>, Path((account, call)): Path<(String, String)>, headers: HeaderMap) -> Response {
    if let Err(refusal) = knows.admits(&account, &headers) {
        return *refusal;
    }
    if let Some(status) = knows.board.look_up_status().await {
        return error(status, "told to fail");
    }
    match call.strip_suffix(".json").and_then(|sid| knows.board.dial(sid)) {
        Some(dial) => Json(json!({
            "Call": knows.call(&dial),
            "Details": {
                "ConversationDuration": dial.seconds, "Leg1Status": leg_status(&dial), "Leg2Status": null,
                "Legs": [{"Leg": {"Id": 1, "OnCallDuration": dial.seconds}}],
            },
        }))
        .into_response(),
        None => error(StatusCode::NOT_FOUND, "No such call"),
    }
}

async fn list(
    State(knows): State<Knows>,
    Path(account): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = knows.admits(&account, &headers) {
        return *refusal;
    }
    if let Some(status) = knows.board.look_up_status().await {
        return error(status, "told to fail");
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let fits = |name: &str, number: &str| field(&query, name).is_none_or(|wished| digits(number).ends_with(&digits(wished)));
    let dials = knows.board.dials();
    let calls: Vec<_> =
        dials.iter().rev().filter(|dial| fits("To", dial.field("To").unwrap_or(&dial.phone)) && fits("From", &dial.customer)).collect();
    let calls: Vec<_> = calls.into_iter().take(100).map(|dial| knows.call(dial)).collect();
    Json(json!({"Metadata": {"Total": calls.len(), "PageSize": 100}, "Calls": calls})).into_response()
}
