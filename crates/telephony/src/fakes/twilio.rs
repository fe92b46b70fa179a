//! A fake Twilio: the calls of an account, and signed status callbacks.

use std::{io, net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Account, Answer, Dial, Encoding, Ending, Serving,
    board::{Board, field},
    serve,
};
use crate::twilio::signature;

#[derive(Clone)]
pub struct FakeTwilio {
    knows: Knows,
    serving: Serving,
    http: reqwest::Client,
}

#[derive(Clone)]
struct Knows {
    board: Arc<Board>,
    account: Arc<Account>,
}

impl FakeTwilio {
    /// On a free port of this machine. The account's password is its token, with which events are signed.
    pub async fn start(account: Account) -> io::Result<Self> {
        let knows = Knows { board: Arc::new(Board::new()), account: Arc::new(account) };
        let router = Router::new()
            .route("/2010-04-01/Accounts/{account}/Calls.json", get(list).post(create))
            .route("/2010-04-01/Accounts/{account}/Calls/{call}", get(details).post(update))
            .with_state(knows.clone());
        let http = reqwest::Client::builder().no_proxy().build().map_err(io::Error::other)?;
        Ok(Self { knows, serving: serve(SocketAddr::from(([127, 0, 0, 1], 0)), router).await?, http })
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

    pub async fn answered(&self, call_sid: &str) -> io::Result<StatusCode> {
        let dial = self.knows.board.change(call_sid, |dial| {
            "in-progress".clone_into(&mut dial.status);
            dial.answered = true;
        });
        self.post(&dial.ok_or_else(|| io::Error::other("no such call"))?, 2).await
    }

    /// The call ends and nobody is told: the event that never comes.
    pub fn end(&self, call_sid: &str, ending: &Ending) -> Option<Dial> {
        self.knows.board.change(call_sid, |dial| {
            ending.status.clone_into(&mut dial.status);
            dial.seconds = ending.seconds;
            dial.answered_by = ending.answered_by.map(str::to_owned);
        })
    }

    pub async fn finish(&self, call_sid: &str, ending: &Ending) -> io::Result<StatusCode> {
        let dial = self.end(call_sid, ending).ok_or_else(|| io::Error::other("no such call"))?;
        self.post(&dial, 3).await
    }

    async fn post(&self, dial: &Dial, sequence: u32) -> io::Result<StatusCode> {
        let url = dial.status_url.clone().ok_or_else(|| io::Error::other("the call asked for no events"))?;
        let fields = Self::event(dial, sequence);
        let signature = self.sign(&url, &fields);
        let (content_type, body) = Encoding::Urlencoded.encode(&fields);
        let request = self.http.post(url).header(header::CONTENT_TYPE, content_type).header("X-Twilio-Signature", signature).body(body);
        Ok(request.send().await.map_err(io::Error::other)?.status())
    }

    /// The signature that this account's requests carry.
    pub fn sign(&self, url: &str, fields: &[(String, String)]) -> String {
        signature::sign(&self.knows.account.password, url, fields)
    }

    /// The fields of a status callback about this call.
    pub fn event(dial: &Dial, sequence: u32) -> Vec<(String, String)> {
        let mut fields = vec![
            ("CallSid", dial.call_sid.clone()),
            ("CallStatus", dial.status.clone()),
            ("From", dial.phone.clone()),
            ("To", dial.customer.clone()),
            ("Direction", "outbound-api".to_owned()),
            ("CallbackSource", "call-progress-events".to_owned()),
            ("SequenceNumber", sequence.to_string()),
        ];
        if let Some(seconds) = dial.seconds {
            fields.extend([("CallDuration", seconds.to_string()), ("Duration", seconds.div_ceil(60).to_string())]);
        }
        fields.extend(dial.answered_by.clone().map(|by| ("AnsweredBy", by)));
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn error(status: StatusCode, code: u32, message: &str) -> Response {
    (status, Json(json!({"code": code, "message": message, "status": status.as_u16()}))).into_response()
}

impl Knows {
    fn admits(&self, account: &str, headers: &HeaderMap) -> Result<(), Box<Response>> {
        let expected = format!("Basic {}", STANDARD.encode(format!("{}:{}", self.account.user, self.account.password)));
        if headers.get(header::AUTHORIZATION).is_none_or(|given| given.as_bytes() != expected.as_bytes()) {
            return Err(Box::new(error(StatusCode::UNAUTHORIZED, 20003, "Authenticate")));
        }
        if account != self.account.sid {
            return Err(Box::new(error(StatusCode::NOT_FOUND, 20404, "No such account")));
        }
        Ok(())
    }

    fn call(&self, dial: &Dial) -> Value {
        let date = self.board.dated().then(|| dial.made.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string());
        json!({
            "sid": dial.call_sid, "account_sid": self.account.sid, "to": dial.customer, "from": dial.phone, "status": dial.status,
            "direction": "outbound-api", "date_created": date, "date_updated": date, "start_time": date, "end_time": null,
            "duration": dial.seconds.map(|seconds| seconds.to_string()), "price": null, "answered_by": dial.answered_by,
            "queue_time": "0", "parent_call_sid": null, "api_version": "2010-04-01",
            "uri": format!("/2010-04-01/Accounts/{}/Calls/{}.json", self.account.sid, dial.call_sid),
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "a fake carrier lives outside, in the world's time")]
fn new_dial(form: Vec<(String, String)>, customer: String, phone: String) -> Dial {
    let status_url = field(&form, "StatusCallback").map(str::to_owned);
    let query = status_url.as_deref().and_then(|url| url.split_once('?')).map_or("", |(_, query)| query).as_bytes();
    Dial {
        call_sid: format!("CA{}", hex::encode(rand::random::<[u8; 16]>())),
        customer,
        phone,
        reference: form_urlencoded::parse(query).find(|(name, _)| name == "call").map(|(_, id)| id.into_owned()),
        status_url,
        form,
        at: Instant::now(),
        made: Timestamp::now(),
        status: "queued".to_owned(),
        answered: false,
        seconds: None,
        answered_by: None,
    }
}

async fn create(State(knows): State<Knows>, Path(account): Path<String>, headers: HeaderMap, body: bytes::Bytes) -> Response {
    if let Err(refusal) = knows.admits(&account, &headers) {
        return *refusal;
    }
    let form: Vec<_> = form_urlencoded::parse(&body).into_owned().collect();
    let (Some(customer), Some(phone)) = (field(&form, "To").map(str::to_owned), field(&form, "From").map(str::to_owned)) else {
        return error(StatusCode::BAD_REQUEST, 21201, "No 'To' or no 'From' number is specified");
    };
    if field(&form, "Twiml").is_none_or(|twiml| twiml.len() > 4000) && field(&form, "Url").is_none() {
        return error(StatusCode::BAD_REQUEST, 21205, "Url parameter is required.");
    }
    let dial = new_dial(form, customer, phone);
    knows.board.take(dial, StatusCode::CREATED, |dial| knows.call(dial)).await
}

async fn details(State(knows): State<Knows>, Path((account, call)): Path<(String, String)>, headers: HeaderMap) -> Response {
    if let Err(refusal) = knows.admits(&account, &headers) {
        return *refusal;
    }
    if let Some(status) = knows.board.look_up_status().await {
        return error(status, 20500, "told to fail");
    }
    match call.strip_suffix(".json").and_then(|sid| knows.board.dial(sid)) {
        Some(dial) => Json(knows.call(&dial)).into_response(),
        None => error(StatusCode::NOT_FOUND, 20404, "The requested resource was not found"),
    }
}

async fn update(
    State(knows): State<Knows>,
    Path((account, call)): Path<(String, String)>,
    headers: HeaderMap,
    body: bytes::Bytes,
) -> Response {
    if let Err(refusal) = knows.admits(&account, &headers) {
        return *refusal;
    }
    let Some(dial) = call.strip_suffix(".json").and_then(|sid| knows.board.dial(sid)) else {
        return error(StatusCode::NOT_FOUND, 20404, "The requested resource was not found");
    };
    let form: Vec<_> = form_urlencoded::parse(&body).into_owned().collect();
    if field(&form, "Status") != Some("completed") {
        return error(StatusCode::BAD_REQUEST, 21218, "Invalid status");
    }
    if !matches!(dial.status.as_str(), "queued" | "ringing" | "in-progress") {
        return error(StatusCode::BAD_REQUEST, 21220, "Call is not in-progress. Cannot redirect.");
    }
    let dial = knows.board.change(&dial.call_sid, |dial| "completed".clone_into(&mut dial.status)).unwrap_or(dial);
    Json(knows.call(&dial)).into_response()
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
        return error(status, 20500, "told to fail");
    }
    let fits = |name: &str, number: &str| field(&query, name).is_none_or(|wished| number == wished);
    let dials = knows.board.dials();
    let found = dials.iter().rev().filter(|dial| fits("To", &dial.customer) && fits("From", &dial.phone));
    let calls: Vec<_> = found.take(100).map(|dial| knows.call(dial)).collect();
    Json(json!({"calls": calls, "page": 0, "page_size": 100, "next_page_uri": null})).into_response()
}
