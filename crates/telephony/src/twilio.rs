//! Twilio and carriers that speak its API (`SignalWire`, by `api_base_url`).
//! <https://www.twilio.com/docs/voice/api/call-resource>, read 2026-11-21.

mod config;
mod event;
pub mod signature;
mod twiml;
mod wire;

use std::time::Duration;

use async_trait::async_trait;
use reqwest::{RequestBuilder, StatusCode, Url, header};
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

pub struct Twilio {
    endpoint: Endpoint,
    config: Config,
}

impl Twilio {
    pub fn new(http: reqwest::Client, timeout: Duration, config: Config) -> Self {
        Self { endpoint: Endpoint { http, timeout, base: config.base.clone() }, config }
    }

    fn url(&self, last: &[&str]) -> Url {
        let mut segments = vec!["2010-04-01", "Accounts", &self.config.account_sid];
        segments.extend(last);
        self.endpoint.url(&segments)
    }

    fn signed_in(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.config.account_sid, Some(&self.config.auth_token)).timeout(self.endpoint.timeout)
    }

    fn post(&self, url: Url, form: String) -> RequestBuilder {
        let request = self.endpoint.http.post(url).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        self.signed_in(request)
    }

    async fn get(&self, url: Url) -> Result<Option<Value>, LookUpError> {
        let answer = exchange::send(self.signed_in(self.endpoint.http.get(url))).await;
        let Some(body) = exchange::answered(answer)? else { return Ok(None) };
        serde_json::from_slice(&body).map(Some).map_err(|_| LookUpError { reason: "the answer is not JSON".to_owned() })
    }

    fn verify(&self, request: &CarrierRequest) -> Result<(), EventError> {
        if signature::verify(&self.config.auth_token, request) { Ok(()) } else { Err(EventError::Unverified) }
    }
}

#[async_trait]
impl Carrier for Twilio {
    async fn place(&self, order: &DialOrder) -> Result<Placed, PlaceError> {
        let Some(form) = wire::place_form(order, &self.config) else {
            return Err(PlaceError::NotProcessed { reason: "no stream_url is configured".to_owned() });
        };
        let answer = exchange::placed(exchange::send(self.post(self.url(&["Calls.json"]), form)).await)?;
        match wire::sid_in(&answer) {
            Some(carrier_call_id) => Ok(Placed { carrier_call_id }),
            None => Err(PlaceError::OutcomeUnknown { reason: "the answer names no call".to_owned() }),
        }
    }

    async fn look_up(&self, call: &CallReference) -> Result<LookUp, LookUpError> {
        if let Some(id) = &call.carrier_call_id {
            let Some(answer) = self.get(self.url(&["Calls", &format!("{id}.json")])).await? else { return Ok(LookUp::NoTrace) };
            return Ok(LookUp::Found { carrier_call_id: id.clone(), news: wire::news_in(&answer)? });
        }
        let mut url = self.url(&["Calls.json"]);
        url.set_query(Some(&wire::list_query(call)));
        let Some(answer) = self.get(url).await? else { return Ok(LookUp::NoTrace) };
        let (calls, candidates) = wire::candidates_in(&answer)?;
        let Some(found) = belonging::pick(&candidates, call)? else { return Ok(LookUp::NoTrace) };
        let one = calls.iter().find(|one| wire::sid_of(one).as_deref() == Some(&found.carrier_call_id)).unwrap_or(&Value::Null);
        Ok(LookUp::Found { carrier_call_id: found.carrier_call_id.clone(), news: wire::news_in(one)? })
    }

    async fn hang_up(&self, carrier_call_id: &str) -> Result<(), LookUpError> {
        let url = self.url(&["Calls", &format!("{carrier_call_id}.json")]);
        let answer = exchange::send(self.post(url, "Status=completed".to_owned())).await;
        let over = match &answer {
            Ok(answer) => answer.status == StatusCode::BAD_REQUEST && answer.body.as_deref().is_some_and(wire::says_call_is_over),
            Err(_) => false,
        };
        if over { Ok(()) } else { exchange::answered(answer).map(|_| ()) }
    }

    fn read_incoming(&self, request: &CarrierRequest) -> Result<Incoming, EventError> {
        self.verify(request)?;
        event::incoming(request)
    }

    fn read_event(&self, request: &CarrierRequest) -> Result<CarrierEvent, EventError> {
        self.verify(request)?;
        event::event(request)
    }

    fn answer_inbound(&self, answer: &InboundAnswer<'_>) -> CarrierAnswer {
        let body = match answer {
            InboundAnswer::Connect { call, stream_url } => match self.config.stream_url.as_deref().or(*stream_url) {
                Some(stream_url) => twiml::connect(stream_url, *call),
                // Nothing to connect with: an honest refusal rather than silence that is billed.
                None => twiml::REFUSED.to_owned(),
            },
            InboundAnswer::Full { announce } => twiml::full(*announce),
        };
        CarrierAnswer { status: 200, content_type: "text/xml; charset=utf-8", body }
    }

    fn pace(&self) -> Pace {
        Pace {
            account: format!("twilio:{}:{}", self.config.base.authority(), self.config.account_sid),
            requests: self.config.calls_per_second,
            per: Duration::from_secs(1),
            // The limit is on calls.
            per_look_up: 0,
        }
    }

    fn needs_stream_url(&self) -> bool {
        self.config.stream_url.is_none()
    }

    fn circuit_breaker(&self) -> bool {
        self.config.circuit_breaker
    }
}
