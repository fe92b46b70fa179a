//! Retell: custom functions (`{"name", "call", "args"}`, or the arguments alone) and webhooks (`{"event", "call"}`).
//! <https://docs.retellai.com/build/conversation-flow/custom-function>, <https://docs.retellai.com/features/webhook>;
//! names of fields after the types of retell-sdk 6.2.13, read 2026-11-21.

mod signature;

use ringback_domain::call::Direction;
use serde_json::Value;

pub use self::signature::{sign, verify};
use super::{Analysis, CallRef, CallReport, Intake, Role, ToolCall, Turn, json, transcript_of};
use crate::{
    carrier::{CarrierRequest, EventError},
    fields::malformed,
};

pub(super) fn read(request: &CarrierRequest) -> Result<Intake, EventError> {
    let body = json::body(request)?;
    let named = tool_in_query(request);
    match event(&body, named.is_some()) {
        Some(event) => match event.as_str() {
            "call_ended" => Ok(Intake::CallEnded(Box::new(report(&body)?))),
            "call_analyzed" => Ok(Intake::CallAnalyzed(Box::new(report(&body)?))),
            _ => Ok(Intake::Ignored(event)),
        },
        None => Ok(Intake::ToolCalls(vec![tool_call(&body, named)?])),
    }
}

/// The tool that `?tool=…` names: with "args only" the body does not, and no header does.
fn tool_in_query(request: &CarrierRequest) -> Option<String> {
    let (_, tool) = form_urlencoded::parse(request.query().as_bytes()).find(|(name, _)| name == "tool")?;
    let tool = tool.trim();
    (!tool.is_empty()).then(|| tool.to_owned())
}

/// A webhook's word. Where the URL names a tool, only a body that is plainly a webhook is taken for one: an argument may
/// be called `event`. One page of the documentation writes `event_type`.
fn event(body: &Value, tool_named: bool) -> Option<String> {
    let event = ["event", "event_type"].into_iter().find_map(|name| json::line(body.get(name), 64))?;
    let plainly = body.get("call").is_some_and(Value::is_object) && body.get("args").is_none();
    (plainly || !tool_named).then_some(event)
}

fn tool_call(body: &Value, named: Option<String>) -> Result<ToolCall, EventError> {
    let written = body.get("name").and_then(Value::as_str).map(str::trim).filter(|name| !name.is_empty());
    let wrapped = written.is_some() && (named.is_none() || body.get("args").is_some());
    let Some(name) = named.or_else(|| written.map(str::to_owned)) else {
        return Err(malformed(
            "name",
            "is missing; a function with the payload \"args only\" names its tool in the URL, as ?tool=create_callback",
        ));
    };
    let arguments = json::arguments(if wrapped { body.get("args") } else { Some(body) });
    Ok(ToolCall { id: None, name, arguments, call: body.get("call").and_then(call_ref) })
}

fn call_ref(call: &Value) -> Option<CallRef> {
    let direction = match call.get("direction").and_then(Value::as_str) {
        Some("inbound") => Some(Direction::Inbound),
        Some("outbound") => Some(Direction::Outbound),
        _ => None,
    };
    Some(CallRef {
        provider_call_id: json::id(call.get("call_id"))?,
        carrier_call_id: json::id(call.pointer("/telephony_identifier/twilio_call_sid")),
        direction,
        from: json::line(call.get("from_number"), 64),
        to: json::line(call.get("to_number"), 64),
    })
}

fn report(body: &Value) -> Result<CallReport, EventError> {
    let call = body.get("call").filter(|call| call.is_object()).ok_or_else(|| malformed("call", "is missing"))?;
    // Where the agent keeps no personal data, only the scrubbed ones come.
    let turns = ["transcript_object", "transcript_with_tool_calls", "scrubbed_transcript_with_tool_calls"]
        .into_iter()
        .map(|name| turns(call.get(name)))
        .find(|turns| !turns.is_empty())
        .unwrap_or_default();
    let recording = ["recording_url", "scrubbed_recording_url"];
    Ok(CallReport {
        call: call_ref(call).ok_or_else(|| malformed("call.call_id", "is missing or not an id"))?,
        started_at: json::instant(call.get("start_timestamp")),
        ended_at: json::instant(call.get("end_timestamp")),
        disconnection_reason: json::line(call.get("disconnection_reason"), 100),
        transcript: json::prose(call.get("transcript")).or_else(|| transcript_of(&turns)),
        turns,
        recording_url: recording.into_iter().find_map(|name| json::web_address(call.get(name))),
        analysis: call.get("call_analysis").and_then(analysis),
    })
}

/// Among what was said there may be tool calls, pressed digits and the person to whom the call was transferred.
fn turns(spoken: Option<&Value>) -> Vec<Turn> {
    let turn = |spoken: &Value| {
        let role = match spoken.get("role")?.as_str()? {
            "agent" => Role::Agent,
            "user" => Role::User,
            _ => return None,
        };
        Some(Turn { role, text: json::prose(spoken.get("content"))? })
    };
    spoken.and_then(Value::as_array).into_iter().flatten().filter_map(turn).collect()
}

fn analysis(of: &Value) -> Option<Analysis> {
    let sentiment = json::line(of.get("user_sentiment"), 32).map(|word| word.to_lowercase()).filter(|word| word != "unknown");
    let analysis = Analysis {
        summary: json::prose(of.get("call_summary")),
        sentiment,
        successful: json::flag(of.get("call_successful")),
        in_voicemail: json::flag(of.get("in_voicemail")),
        custom: json::object(of.get("custom_analysis_data")).unwrap_or_default(),
    };
    analysis.told()
}

#[cfg(test)]
mod tests;
