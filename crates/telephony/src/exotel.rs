//! Exotel. An outbound call is `From` = the customer (dialled first) and `CallerId` = the phone, into a flow or straight
//! to a stream: one call slot, while a two-number call would take two.
//! <https://developer.exotel.com/docs/voice-v1/overview>, read 2026-11-21.

mod config;
mod event;
mod wire;

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

pub use self::config::Config;
use crate::{
    belonging,
    carrier::{
        CallReference, Carrier, CarrierAnswer, CarrierEvent, CarrierRequest, DialOrder, EventError, InboundAnswer, Incoming, LookUp,
        LookUpError, Pace, PlaceError, Placed,
    },
    exchange::{self, Endpoint},
};

pub struct Exotel {
    endpoint: Endpoint,
    config: Config,
}

impl Exotel {
    pub fn new(http: reqwest::Client, timeout: Duration, config: Config) -> Self {
        Self { endpoint: Endpoint { http, timeout, base: config.base.clone() }, config }
    }

    async fn get(&self, segments: &[&str], query: &str) -> Result<Option<Value>, LookUpError> {
        let mut url = self.endpoint.url(&["v1", "Accounts", &self.config.account_sid]);
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend(segments);
        }
        url.set_query(Some(query));
        let request =
            self.endpoint.http.get(url).basic_auth(&self.config.api_key, Some(&self.config.api_token)).timeout(self.endpoint.timeout);
        let Some(body) = exchange::answered(exchange::send(request).await)? else { return Ok(None) };
        serde_json::from_slice(&body).map(Some).map_err(|_| LookUpError { reason: "the answer is not JSON".to_owned() })
    }

    async fn by_id(&self, carrier_call_id: &str) -> Result<LookUp, LookUpError> {
        match self.get(&["Calls", &format!("{carrier_call_id}.json")], "details=true").await? {
            None => Ok(LookUp::NoTrace),
            Some(answer) => Ok(LookUp::Found { carrier_call_id: carrier_call_id.to_owned(), news: wire::news_in(&answer)? }),
        }
    }

    /// A flow call names the customer as `To` in some answers and as `From` in others, so both are asked for.
    async fn by_numbers(&self, call: &CallReference) -> Result<LookUp, LookUpError> {
        for customer_as in ["To", "From"] {
            let Some(answer) = self.get(&["Calls.json"], &wire::list_query(customer_as, call)).await? else { continue };
            let candidates = wire::candidates_in(&answer)?;
            if let Some(found) = belonging::pick(&candidates, call)? {
                // The list knows no conversation seconds, so the call itself is asked.
                return self.by_id(&found.carrier_call_id).await;
            }
        }
        Ok(LookUp::NoTrace)
    }
}

#[async_trait]
impl Carrier for Exotel {
    async fn place(&self, order: &DialOrder) -> Result<Placed, PlaceError> {
        let Some(body) = wire::place_form(order, &self.config) else {
            return Err(PlaceError::NotProcessed { reason: "neither app_id nor stream_url is configured".to_owned() });
        };
        let url = self.endpoint.url(&["v1", "Accounts", &self.config.account_sid, "Calls", "connect.json"]);
        let request = self
            .endpoint
            .http
            .post(url)
            .basic_auth(&self.config.api_key, Some(&self.config.api_token))
            .timeout(self.endpoint.timeout)
            .header(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        let answer = exchange::placed(exchange::send(request).await)?;
        match wire::sid_in(&answer) {
            Some(carrier_call_id) => Ok(Placed { carrier_call_id }),
            None => Err(PlaceError::OutcomeUnknown { reason: "the answer names no call".to_owned() }),
        }
    }

    async fn look_up(&self, call: &CallReference) -> Result<LookUp, LookUpError> {
        match &call.carrier_call_id {
            Some(id) => self.by_id(id).await,
            None => self.by_numbers(call).await,
        }
    }

    /// Exotel documents no way to end a running call of its version 1 API.
    async fn hang_up(&self, _carrier_call_id: &str) -> Result<(), LookUpError> {
        Err(LookUpError { reason: "Exotel offers no way to end a call".to_owned() })
    }

    fn read_incoming(&self, request: &CarrierRequest) -> Result<Incoming, EventError> {
        event::incoming(request)
    }

    fn read_event(&self, request: &CarrierRequest) -> Result<CarrierEvent, EventError> {
        event::event(request)
    }

    /// The flow's Passthru applet looks at the status alone: 200 takes its first branch, 302 its second. The sentence
    /// for a caller who meets full channels is the flow's greeting; a busy tone does not exist there.
    fn answer_inbound(&self, answer: &InboundAnswer<'_>) -> CarrierAnswer {
        let (status, body) = match answer {
            InboundAnswer::Connect { .. } => (200, "connect\n"),
            InboundAnswer::Full { .. } => (302, "full\n"),
        };
        CarrierAnswer { status, content_type: "text/plain; charset=utf-8", body: body.to_owned() }
    }

    fn pace(&self) -> Pace {
        Pace {
            account: format!("exotel:{}:{}", self.config.base.authority(), self.config.account_sid),
            requests: self.config.requests_per_minute,
            per: Duration::from_mins(1),
            // The limit is on all requests of the account; two lists and the call itself are asked.
            per_look_up: 3,
        }
    }

    /// Callers are in a flow of the account's own, which knows its agent; whom we call is led into a flow (`app_id`) or to a stream.
    fn needs_stream_url(&self) -> bool {
        self.config.app_id.is_none() && self.config.stream_url.is_none()
    }

    fn circuit_breaker(&self) -> bool {
        self.config.circuit_breaker
    }
}
