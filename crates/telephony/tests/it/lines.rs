//! One line per carrier with the same handle, so that each promise of the contract is written once.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::request::Parts};
use jiff::{SignedDuration, Timestamp};
use ringback_domain::{ids::CallId, phone_number::PhoneNumber, time::Clock};
use ringback_telephony::{
    carrier::{CallReference, Carrier, CarrierRequest, DialOrder},
    fakes::{Account, Answer, Dial, Encoding, Ending, FakeExotel, FakeTwilio},
    registry::{CarrierKind, Registry},
    simulator::{Outcome, Profile, Simulator},
    twilio::signature::sign,
};
use serde_json::{Value, json};

pub(crate) const CUSTOMER: &str = "+4915112345678";
pub(crate) const PHONE: &str = "+4930901820";
/// Long enough for an answer from this machine, short enough to wait for.
const TIMEOUT: Duration = Duration::from_millis(400);
const STREAM: &str = "wss://agent.example/stream?a=1&b=2";

/// What the carrier does with the next request for a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Next {
    Accept,
    Refuse,
    NotProcess,
    Throttle,
    LoseBefore,
    LoseAfter,
}

/// How the call goes once it was placed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Course {
    Talk,
    Busy,
    NoAnswer,
    Machine,
}

pub(crate) struct HandClock(Mutex<Timestamp>);

impl HandClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2026-11-21T10:00:00Z".parse().expect("an instant"))))
    }

    pub(crate) fn advance(&self, seconds: i64) {
        let mut now = self.0.lock().expect("no panic while held");
        *now += SignedDuration::from_secs(seconds);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("no panic while held")
    }
}

enum Behind {
    Exotel(FakeExotel),
    Twilio(FakeTwilio),
    Simulator(Simulator, Arc<HandClock>),
}

pub(crate) struct Line {
    pub(crate) kind: CarrierKind,
    pub(crate) carrier: Arc<dyn Carrier>,
    behind: Behind,
    receiver: Receiver,
}

pub(crate) fn with_cryptography() {
    // A second installation in the same process is refused, and that is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

pub(crate) fn registry(simulator: Option<Simulator>) -> Registry {
    with_cryptography();
    Registry::new(TIMEOUT, simulator).expect("a client")
}

pub(crate) fn config(kind: CarrierKind, base_url: &str) -> Value {
    match kind {
        CarrierKind::Exotel => {
            json!({"account_sid": "acme", "api_key": "key", "api_token": "token", "api_base_url": base_url, "stream_url": STREAM})
        }
        CarrierKind::Twilio => json!({"account_sid": "AC1", "auth_token": "token", "api_base_url": base_url, "stream_url": STREAM}),
        CarrierKind::Simulator => json!({}),
    }
}

pub(crate) async fn lines() -> Vec<Line> {
    vec![Line::start(CarrierKind::Exotel).await, Line::start(CarrierKind::Twilio).await, Line::start(CarrierKind::Simulator).await]
}

fn profile() -> Profile {
    Profile { says_who: 1.0, ..Profile::default() }
}

impl Line {
    pub(crate) async fn start(kind: CarrierKind) -> Self {
        with_cryptography();
        let receiver = Receiver::start().await;
        let account = |sid: &str, user: &str| Account { sid: sid.to_owned(), user: user.to_owned(), password: "token".to_owned() };
        let clock = HandClock::new();
        let simulator = Simulator::new(7, profile(), clock.clone());
        let (behind, base_url) = match kind {
            CarrierKind::Exotel => {
                let fake = FakeExotel::start(account("acme", "key")).await.expect("a port");
                let base_url = fake.base_url();
                (Behind::Exotel(fake), base_url)
            }
            CarrierKind::Twilio => {
                let fake = FakeTwilio::start(account("AC1", "AC1")).await.expect("a port");
                let base_url = fake.base_url();
                (Behind::Twilio(fake), base_url)
            }
            CarrierKind::Simulator => (Behind::Simulator(simulator.clone(), clock), String::new()),
        };
        let carrier = registry(Some(simulator)).carrier(kind, &config(kind, &base_url)).expect("a good configuration");
        Self { kind, carrier, behind, receiver }
    }

    pub(crate) fn exotel(&self) -> &FakeExotel {
        match &self.behind {
            Behind::Exotel(fake) => fake,
            Behind::Twilio(_) | Behind::Simulator(..) => panic!("this is no Exotel line"),
        }
    }

    pub(crate) fn next(&self, next: Next) {
        let answer = match next {
            Next::Accept => Answer::Accept,
            Next::Refuse => Answer::Refuse(400),
            Next::NotProcess => Answer::Refuse(401),
            Next::Throttle => Answer::Throttle { retry_after_seconds: Some(7) },
            Next::LoseBefore => Answer::TimeOutBeforeAcceptance,
            Next::LoseAfter => Answer::TimeOutAfterAcceptance,
        };
        match &self.behind {
            Behind::Exotel(fake) => fake.answer_next([answer]),
            Behind::Twilio(fake) => fake.answer_next([answer]),
            Behind::Simulator(simulator, _) => {
                let certain = |wanted| f64::from(u8::from(next == wanted));
                simulator.set_profile(Profile {
                    refused: certain(Next::Refuse),
                    not_processed: certain(Next::NotProcess),
                    throttled: certain(Next::Throttle),
                    lost_before: certain(Next::LoseBefore),
                    lost_after: certain(Next::LoseAfter),
                    ..profile()
                });
            }
        }
    }

    /// Requests with an answer of one kind, where the carrier speaks HTTP.
    pub(crate) fn answers(&self, answer: Answer) -> bool {
        match &self.behind {
            Behind::Exotel(fake) => fake.answer_next([answer]),
            Behind::Twilio(fake) => fake.answer_next([answer]),
            Behind::Simulator(..) => return false,
        }
        true
    }

    pub(crate) fn dialed(&self) -> usize {
        match &self.behind {
            Behind::Exotel(fake) => fake.dials().len(),
            Behind::Twilio(fake) => fake.dials().len(),
            Behind::Simulator(simulator, _) => simulator.dials().len(),
        }
    }

    fn last_dial(&self) -> Dial {
        match &self.behind {
            Behind::Exotel(fake) => fake.dials(),
            Behind::Twilio(fake) => fake.dials(),
            Behind::Simulator(..) => Vec::new(),
        }
        .pop()
        .expect("a call was accepted")
    }

    pub(crate) fn expect(&self, course: Course) {
        if let Behind::Simulator(simulator, _) = &self.behind {
            simulator.script(
                CUSTOMER,
                match course {
                    Course::Talk => Outcome::Answer,
                    Course::Busy => Outcome::Busy,
                    Course::NoAnswer => Outcome::NoAnswer,
                    Course::Machine => Outcome::Voicemail,
                },
            );
        }
    }

    /// Plays the last accepted call to its end; what the carrier posted meanwhile, as it arrived over HTTP.
    pub(crate) async fn play(&self, course: Course, encoding: Encoding) -> Vec<CarrierRequest> {
        let machine = if self.kind == CarrierKind::Twilio { "machine_start" } else { "Machine" };
        let ending = match course {
            Course::Talk => Ending::talked(35),
            Course::Busy => Ending::busy(),
            Course::NoAnswer => Ending::no_answer(),
            Course::Machine => Ending { answered_by: Some(machine), ..Ending::talked(35) },
        };
        let answers = matches!(course, Course::Talk | Course::Machine);
        match &self.behind {
            Behind::Exotel(fake) => {
                let sid = self.last_dial().call_sid;
                if answers {
                    fake.answered(&sid, encoding).await.expect("posted");
                }
                fake.finish(&sid, &ending, encoding).await.expect("posted");
                self.receiver.take()
            }
            Behind::Twilio(fake) => {
                let sid = self.last_dial().call_sid;
                if answers {
                    fake.answered(&sid).await.expect("posted");
                }
                fake.finish(&sid, &ending).await.expect("posted");
                self.receiver.take()
            }
            Behind::Simulator(simulator, clock) => {
                clock.advance(3600);
                simulator.take_due(clock.now()).into_iter().map(|delivery| post(&delivery.url, delivery.body)).collect()
            }
        }
    }

    /// The request with more at the end of its form, signed by whoever signs.
    pub(crate) fn resigned(&self, request: &CarrierRequest, more: &str) -> CarrierRequest {
        let body = [&request.body[..], more.as_bytes()].concat();
        self.signed(CarrierRequest { body: body.into(), ..request.clone() })
    }

    /// The carrier's question about an inbound call.
    pub(crate) fn asked(&self, query: &str) -> CarrierRequest {
        let url = format!("{}/voice/{}/secret/incoming?{query}", self.receiver.base_url, self.kind);
        self.signed(CarrierRequest { method: "GET".to_owned(), url, headers: Vec::new(), body: Bytes::new() })
    }

    fn signed(&self, mut request: CarrierRequest) -> CarrierRequest {
        if self.kind == CarrierKind::Twilio {
            let fields: Vec<_> = form_urlencoded::parse(&request.body).into_owned().collect();
            request.headers.retain(|(name, _)| name != "x-twilio-signature");
            request.headers.push(("x-twilio-signature".to_owned(), sign("token", &request.url, &fields)));
        }
        request
    }

    /// The time that tests of this line live in: the fakes are out in the world.
    #[expect(clippy::disallowed_methods, reason = "a fake carrier dates its calls by the world's clock")]
    fn now(&self) -> Timestamp {
        match &self.behind {
            Behind::Simulator(_, clock) => clock.now(),
            Behind::Exotel(_) | Behind::Twilio(_) => Timestamp::now(),
        }
    }

    pub(crate) fn order(&self, call: u8) -> DialOrder {
        DialOrder {
            call: call_id(call),
            to: number(CUSTOMER),
            from: number(PHONE),
            ring_seconds: 30,
            max_call_seconds: 600,
            status_url: format!("{}/voice/{}/secret/status", self.receiver.base_url, self.kind),
            stream_url: None,
        }
    }

    pub(crate) fn reference(&self, call: u8, carrier_call_id: Option<&str>) -> CallReference {
        CallReference {
            call: call_id(call),
            carrier_call_id: carrier_call_id.map(str::to_owned),
            to: number(CUSTOMER),
            from: number(PHONE),
            asked_at: self.now(),
            taken: Vec::new(),
        }
    }
}

pub(crate) fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text, "DE").expect("valid")
}

pub(crate) fn call_id(n: u8) -> CallId {
    format!("01890000-0000-7000-8000-0000000000{n:02x}").parse().expect("an id")
}

pub(crate) fn post(url: &str, body: Bytes) -> CarrierRequest {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    CarrierRequest { method: "POST".to_owned(), url: url.to_owned(), headers, body }
}

/// Keeps what carriers post.
struct Receiver {
    base_url: String,
    received: Received,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Clone, Default)]
struct Received {
    base_url: Arc<str>,
    requests: Arc<Mutex<Vec<CarrierRequest>>>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base_url = format!("http://{}", listener.local_addr().expect("bound"));
        let received = Received { base_url: base_url.as_str().into(), ..Received::default() };
        let router = Router::new().fallback(receive).with_state(received.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
        Self { base_url, received, task }
    }

    fn take(&self) -> Vec<CarrierRequest> {
        std::mem::take(&mut self.received.requests.lock().expect("no panic while held"))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(State(received): State<Received>, parts: Parts, body: Bytes) {
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let url = format!("{}{}", received.base_url, parts.uri);
    received.requests.lock().expect("no panic while held").push(CarrierRequest { method: parts.method.to_string(), url, headers, body });
}
