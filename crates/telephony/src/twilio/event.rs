//! What Twilio posts: the question about an inbound call, and status callbacks. Their order is not guaranteed and
//! `SequenceNumber` is not needed: an end is an end whenever it comes.

use ringback_domain::call::{End, News};

use super::wire::{self, Standing};
use crate::{
    carrier::{CarrierEvent, CarrierRequest, EventError, Incoming},
    fields::{Fields, carrier_id, malformed, recording_of},
};

pub(super) fn incoming(request: &CarrierRequest) -> Result<Incoming, EventError> {
    let fields = Fields::of(request)?;
    let carrier_call_id = carrier_id(&fields, "CallSid")?.ok_or_else(|| malformed("CallSid", "is missing"))?;
    Ok(Incoming::Caller { carrier_call_id, from: fields.text("From") })
}

pub(super) fn event(request: &CarrierRequest) -> Result<CarrierEvent, EventError> {
    let fields = Fields::of(request)?;
    let carrier_call_id = carrier_id(&fields, "CallSid")?;
    // Of the query alone: the URL is ours, a form field of that name is not.
    let call = form_urlencoded::parse(request.query().as_bytes()).find(|(name, _)| name == "call").and_then(|(_, id)| id.parse().ok());
    if carrier_call_id.is_none() && call.is_none() {
        return Err(malformed("CallSid", "is missing"));
    }
    let word = fields.text("CallStatus").ok_or_else(|| malformed("CallStatus", "is missing"))?;
    let by = fields.text("AnsweredBy").and_then(|word| wire::who(&word));
    let news = match wire::standing(&word).ok_or_else(|| malformed("CallStatus", "is not known here"))? {
        Standing::Waiting => News::Ringing,
        Standing::Running => News::Answered { by },
        // `Duration` beside it counts minutes, rounded up.
        Standing::Ended(how) => News::Ended(End {
            answered_by: by,
            talk_seconds: fields.seconds("CallDuration"),
            recording_url: fields.get("RecordingUrl").and_then(recording_of),
            ..End::plain(how)
        }),
    };
    Ok(CarrierEvent { carrier_call_id, call, news })
}

#[cfg(test)]
mod tests;
