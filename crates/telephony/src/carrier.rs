//! What every carrier can do, in our words.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use ringback_domain::{call::News, ids::CallId, phone_number::PhoneNumber};

#[async_trait]
pub trait Carrier: Send + Sync {
    /// Asks for an outbound call. Never retried by the adapter: only the caller knows whether asking again is safe.
    async fn place(&self, order: &DialOrder) -> Result<Placed, PlaceError>;

    /// Asks where a call stands. By the carrier's id where we have it, else by what we know of the request.
    async fn look_up(&self, call: &CallReference) -> Result<LookUp, LookUpError>;

    /// Ends a call. Ending one that has ended already is fine.
    async fn hang_up(&self, carrier_call_id: &str) -> Result<(), LookUpError>;

    /// Verifies and reads the question "an inbound call is here, what now?".
    fn read_incoming(&self, request: &CarrierRequest) -> Result<Incoming, EventError>;

    /// Verifies and reads a status callback or an end-of-flow notice.
    fn read_event(&self, request: &CarrierRequest) -> Result<CarrierEvent, EventError>;

    /// The answer to [`Carrier::read_incoming`]'s question, in the carrier's language.
    fn answer_inbound(&self, answer: &InboundAnswer<'_>) -> CarrierAnswer;

    /// How fast requests may follow each other, and which calls share that pace.
    fn pace(&self) -> Pace;

    /// Whether it has nothing to connect a call with unless the phone's voice agent brings a `stream_url`.
    fn needs_stream_url(&self) -> bool;

    /// Whether the phone's circuit breaker is wanted (`circuit_breaker` of its configuration, default true).
    fn circuit_breaker(&self) -> bool;
}

/// An outbound call to ask for.
#[derive(Debug, Clone)]
pub struct DialOrder {
    /// Travels with the call, so that events which overtake the answer still find it.
    pub call: CallId,
    /// The person.
    pub to: PhoneNumber,
    /// The business number.
    pub from: PhoneNumber,
    pub ring_seconds: u32,
    pub max_call_seconds: u32,
    /// Where the carrier reports: `<public_url>/voice/<carrier>/<key>/status`. Holds the phone's secret key.
    pub status_url: String,
    /// The voice agent's socket; a carrier with a flow of its own may not need it.
    pub stream_url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    pub carrier_call_id: String,
}

/// Why no call came of a request: each variant says what may be done next.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The carrier processed the request and refuses it for good (400, 404, 422). The attempt is spent.
    #[error("the carrier refused the call: {reason}")]
    Rejected { reason: String },
    /// Certainly not processed because of how this phone is set up or cannot be reached (connection, DNS, TLS before a
    /// byte was sent; 401, 402, 403). The attempt is unspent; the phone pauses.
    #[error("the carrier could not be asked: {reason}")]
    NotProcessed { reason: String },
    /// Certainly not processed, too many requests (429). The attempt is unspent; the account waits.
    #[error("the carrier asks to slow down")]
    Throttled { retry_after: Option<Duration> },
    /// The answer was lost (time-out, 5xx, a broken or malformed answer). The phone may be ringing: never dial again,
    /// ask the carrier.
    #[error("the carrier's answer was lost: {reason}")]
    OutcomeUnknown { reason: String },
}

/// What we know of a call that a carrier is asked about.
#[derive(Debug, Clone)]
pub struct CallReference {
    pub call: CallId,
    pub carrier_call_id: Option<String>,
    pub to: PhoneNumber,
    pub from: PhoneNumber,
    /// When the request went out; the carrier's own clock may differ by some seconds.
    pub asked_at: Timestamp,
    /// Ids of other calls that are already accounted for and so cannot be this one.
    pub taken: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookUp {
    /// The carrier knows no such call.
    NoTrace,
    Found {
        carrier_call_id: String,
        news: News,
    },
}

/// The look-up itself failed; nothing is known, ask again later.
#[derive(Debug, thiserror::Error)]
#[error("the carrier did not say: {reason}")]
pub struct LookUpError {
    pub reason: String,
}

/// A carrier's HTTP request, as it came in.
#[derive(Debug, Clone)]
pub struct CarrierRequest {
    pub method: String,
    /// As the carrier called it: public base URL, path and query.
    pub url: String,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl CarrierRequest {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn query(&self) -> &str {
        self.url.split_once('?').map_or("", |(_, query)| query)
    }
}

/// Who asks what to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// An inbound call that wants a channel.
    Caller {
        carrier_call_id: String,
        /// As the carrier gives it; may be withheld or no number at all.
        from: Option<String>,
    },
    /// An outbound call that was answered and whose flow passes by the same question: it has its channel.
    Ours(CarrierEvent),
}

/// News of one call, with every reference by which it may be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierEvent {
    pub carrier_call_id: Option<String>,
    /// Our own reference, where it travelled with the call.
    pub call: Option<CallId>,
    pub news: News,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    #[error("the request is not signed by its sender")]
    Unverified,
    #[error("{field}: {message}")]
    Malformed { field: &'static str, message: String },
}

#[derive(Debug, Clone)]
pub enum InboundAnswer<'a> {
    /// There is a channel: connect the caller to the voice agent.
    Connect { call: CallId, stream_url: Option<&'a str> },
    /// All channels are busy. `announce`: the sentence to say and its language (`de`, `en`); `None`: a busy tone where
    /// the carrier can give one.
    Full { announce: Option<(&'a str, &'a str)> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierAnswer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
}

/// At most `requests` per `per`, shared by everything of `account`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    pub account: String,
    pub requests: u32,
    pub per: Duration,
    /// Requests that a look-up may send, one after the other, where we have no id of the carrier's; with one it sends a single
    /// request. 0: look-ups do not count.
    pub per_look_up: u32,
}

impl Pace {
    /// How many requests a look-up of this call may cost.
    pub fn of_look_up(&self, call: &CallReference) -> u32 {
        if call.carrier_call_id.is_some() { self.per_look_up.min(1) } else { self.per_look_up }
    }
}
