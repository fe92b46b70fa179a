//! What Exotel posts: the Passthru applet's question about an inbound call, status callbacks, and the Passthru at the
//! end of a flow (the only one that tells how a flow call went).
//! <https://developer.exotel.com/docs/references/webhooks>, read 2026-11-21.

use ringback_domain::{
    call::{AnsweredBy, End, EndedHow, News},
    ids::CallId,
};
use serde_json::Value;

use super::wire::{self, Standing};
use crate::{
    carrier::{CarrierEvent, CarrierRequest, EventError, Incoming},
    fields::{Fields, carrier_id, malformed, recording_of, seconds_of, text_of},
};

pub(super) fn incoming(request: &CarrierRequest) -> Result<Incoming, EventError> {
    let fields = Fields::of(request)?;
    let carrier_call_id = carrier_id(&fields, "CallSid")?.ok_or_else(|| malformed("CallSid", "is missing"))?;
    let call = reference(&fields);
    if call.is_some() || is_outbound(&fields) {
        // `From` is dialled first, and the flow begins when it has answered.
        let news = News::Answered { by: answered_by(&fields) };
        return Ok(Incoming::Ours(CarrierEvent { carrier_call_id: Some(carrier_call_id), call, news }));
    }
    let from = ["CallFrom", "From"].into_iter().find_map(|name| caller(&fields, name));
    Ok(Incoming::Caller { carrier_call_id, from })
}

/// Our own reference, which travels with our calls alone.
fn reference(fields: &Fields) -> Option<CallId> {
    fields.text("CustomField")?.parse().ok()
}

fn is_outbound(fields: &Fields) -> bool {
    fields.text("Direction").is_some_and(|direction| direction.to_ascii_lowercase().starts_with("outbound"))
}

/// A plus that a query did not escape arrives as a blank.
fn caller(fields: &Fields, name: &str) -> Option<String> {
    let text = fields.text(name)?;
    let lost_plus = fields.get(name)?.as_str().is_some_and(|raw| raw.starts_with(' ')) && text.bytes().all(|b| b.is_ascii_digit());
    Some(if lost_plus { format!("+{text}") } else { text })
}

pub(super) fn event(request: &CarrierRequest) -> Result<CarrierEvent, EventError> {
    let mut fields = Fields::of(request)?;
    if let (None, Some(Value::Object(call))) = (fields.get("CallSid"), fields.get("Call")) {
        fields = Fields::from_value(Value::Object(call.clone()));
    }
    let carrier_call_id = match carrier_id(&fields, "CallSid")? {
        Some(id) => Some(id),
        None => carrier_id(&fields, "Sid")?,
    };
    let call = reference(&fields);
    if carrier_call_id.is_none() && call.is_none() {
        return Err(malformed("CallSid", "is missing"));
    }
    Ok(CarrierEvent { carrier_call_id, call, news: news(&fields)? })
}

fn news(fields: &Fields) -> Result<News, EventError> {
    let event_type = fields.text("EventType").map(|word| word.to_ascii_lowercase());
    match event_type.as_deref() {
        Some("answered" | "answer") => return Ok(News::Answered { by: answered_by(fields) }),
        // The pop-up event of a Connect applet: its Status is the dialled person's, not the call's.
        Some("dial" | "ringing") => return Ok(News::Ringing),
        _ => {}
    }
    match fields.text("CallType") {
        Some(call_type) => end_of_flow(fields, &call_type).map(News::Ended),
        None => status_callback(fields),
    }
}

fn status_callback(fields: &Fields) -> Result<News, EventError> {
    let field = ["Status", "CallStatus", "DialCallStatus"].into_iter().find(|name| fields.text(name).is_some()).unwrap_or("Status");
    Ok(match status(fields, field)?.ok_or_else(|| malformed(field, "is missing"))? {
        Standing::Waiting => News::Ringing,
        Standing::Running => News::Answered { by: answered_by(fields) },
        Standing::Ended(how) => News::Ended(End { talk_seconds: seconds(fields, true), ..end(fields, how) }),
    })
}

/// A Passthru with a `CallType` stands at the end of a flow: the call is over for us, though its own status may still
/// say in-progress for the moment that the caller needs to hang up.
fn end_of_flow(fields: &Fields, call_type: &str) -> Result<End, EventError> {
    let outbound = is_outbound(fields);
    let completed = |end: End| End { how: EndedHow::Completed, ..end };
    match call_type.to_ascii_lowercase().as_str() {
        // Nobody spoke with the caller, whatever the dialled legs' statuses say.
        "incomplete" | "client-hangup" => {
            Ok(End { abandoned: true, talk_seconds: seconds(fields, true), ..completed(end(fields, EndedHow::Completed)) })
        }
        // A caller who left a message talked with nobody; a callback that met a mailbox met a machine, for which its
        // seconds are charged.
        "voicemail" => Ok(End {
            abandoned: !outbound,
            answered_by: Some(AnsweredBy::Machine),
            talk_seconds: seconds(fields, !outbound),
            ..completed(end(fields, EndedHow::Completed))
        }),
        "completed" => Ok(End { talk_seconds: seconds(fields, true), ..end(fields, ended_how(fields)?) }),
        // No Connect applet was reached, so the dialled leg's duration (0) says nothing of a talk with a voice agent.
        "call-attempt" => Ok(End { talk_seconds: seconds(fields, false), ..end(fields, ended_how(fields)?) }),
        _ => Err(malformed("CallType", "is not known here")),
    }
}

fn ended_how(fields: &Fields) -> Result<EndedHow, EventError> {
    for field in ["DialCallStatus", "Status", "CallStatus"] {
        if let Some(Standing::Ended(how)) = status(fields, field)? {
            return Ok(how);
        }
    }
    Ok(EndedHow::Completed)
}

fn status(fields: &Fields, field: &'static str) -> Result<Option<Standing>, EventError> {
    let Some(word) = fields.text(field) else { return Ok(None) };
    wire::standing(&word).map(Some).ok_or_else(|| malformed(field, "is not known here"))
}

fn end(fields: &Fields, how: EndedHow) -> End {
    End { answered_by: answered_by(fields), recording_url: fields.get("RecordingUrl").and_then(recording_of), ..End::plain(how) }
}

fn leg<'a>(fields: &'a Fields, name: &str) -> Option<&'a Value> {
    wire::customer_leg(fields.get("Legs")?, name)
}

fn answered_by(fields: &Fields) -> Option<AnsweredBy> {
    let word = fields.text("AnsweredBy").or_else(|| leg(fields, "AnsweredBy").and_then(text_of))?;
    wire::who(&word)
}

fn seconds(fields: &Fields, dialled_leg_counts: bool) -> Option<u32> {
    fields
        .seconds("ConversationDuration")
        .or_else(|| leg(fields, "OnCallDuration").and_then(seconds_of))
        .or_else(|| fields.seconds("DialCallDuration").filter(|_| dialled_leg_counts))
}

#[cfg(test)]
mod tests;
