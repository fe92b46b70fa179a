//! The simulator's own wire format: JSON.

use bytes::Bytes;
use ringback_domain::{
    call::{AnsweredBy, End, EndedHow, News},
    ids::CallId,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::life::Life;
use crate::{
    carrier::{CarrierAnswer, CarrierEvent, CarrierRequest, EventError, InboundAnswer, Incoming},
    fields::{is_id, malformed},
};

#[derive(Serialize, Deserialize)]
struct Event {
    call_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reference: Option<CallId>,
    status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answered_by: Option<AnsweredBy>,
}

pub(super) fn event(id: &str, life: &Life, status: &str, seconds: Option<u32>) -> Bytes {
    let answered_by = if matches!(status, "answered" | "completed") { life.answered_by() } else { None };
    let event = Event { call_id: id.to_owned(), reference: life.reference, status: status.to_owned(), seconds, answered_by };
    Bytes::from(serde_json::to_vec(&event).unwrap_or_default())
}

pub(super) fn is_about(body: &Bytes, id: &str) -> bool {
    serde_json::from_slice::<Event>(body).is_ok_and(|event| event.call_id == id)
}

pub(super) fn read_event(request: &CarrierRequest) -> Result<CarrierEvent, EventError> {
    let event: Event =
        serde_json::from_slice(&request.body).map_err(|error| malformed("body", format!("is not a simulator's event: {error}")))?;
    if !is_id(&event.call_id) {
        return Err(malformed("call_id", "is not an id"));
    }
    let ended = |how| News::Ended(End { answered_by: event.answered_by, talk_seconds: event.seconds, ..End::plain(how) });
    let news = match event.status.as_str() {
        "queued" | "ringing" => News::Ringing,
        "answered" => News::Answered { by: event.answered_by },
        "completed" => ended(EndedHow::Completed),
        "busy" => ended(EndedHow::Busy),
        "no_answer" => ended(EndedHow::NoAnswer),
        "failed" => ended(EndedHow::Failed),
        "canceled" => ended(EndedHow::Canceled),
        _ => {
            return Err(malformed("status", "must be one of: queued, ringing, answered, completed, busy, no_answer, failed, canceled"));
        }
    };
    Ok(CarrierEvent { carrier_call_id: Some(event.call_id), call: event.reference, news })
}

/// `call_id` and `from`, in the query or as a JSON body.
pub(super) fn read_incoming(request: &CarrierRequest) -> Result<Incoming, EventError> {
    #[derive(Deserialize)]
    struct Ringing {
        #[serde(default)]
        call_id: String,
        from: Option<String>,
    }
    let mut call_id = None;
    let mut from = None;
    for (name, value) in form_urlencoded::parse(request.query().as_bytes()) {
        match &*name {
            "call_id" => call_id = Some(value.into_owned()),
            "from" => from = Some(value.into_owned()),
            _ => {}
        }
    }
    if let Ok(body) = serde_json::from_slice::<Ringing>(&request.body) {
        call_id = call_id.or(Some(body.call_id));
        from = from.or(body.from);
    }
    match call_id.filter(|id| !id.trim().is_empty()) {
        Some(id) if !is_id(&id) => Err(malformed("call_id", "is not an id")),
        Some(carrier_call_id) => Ok(Incoming::Caller { carrier_call_id, from: from.filter(|from| !from.trim().is_empty()) }),
        None => Err(malformed("call_id", "is missing")),
    }
}

pub(super) fn answer(answer: &InboundAnswer<'_>) -> CarrierAnswer {
    let body = match answer {
        InboundAnswer::Connect { call, stream_url } => json!({"action": "connect", "call": call, "stream_url": stream_url}),
        InboundAnswer::Full { announce } => json!({"action": "full", "announce": announce.map(|(text, _)| text)}),
    };
    CarrierAnswer { status: 200, content_type: "application/json", body: body.to_string() }
}
