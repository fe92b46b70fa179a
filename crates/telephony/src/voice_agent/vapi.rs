//! Vapi: server messages, `{"message": {"type", …, "call"}}`. Its documentation and its SDKs write a tool call in
//! different ways, and all of them are sent. <https://docs.vapi.ai/server-url/events>,
//! <https://docs.vapi.ai/tools/custom-tools-troubleshooting>; names of fields after vapi-server-sdk 3.0.0, read 2026-11-21.

mod proof;

use ringback_domain::call::Direction;
use serde_json::{Map, Value};

pub use self::proof::verify;
use super::{Analysis, CallRef, CallReport, Intake, Role, ToolCall, Turn, json, transcript_of};
use crate::{
    carrier::{CarrierRequest, EventError},
    fields::malformed,
};

/// A model calls two or three tools at a time.
const MOST_TOOL_CALLS: usize = 16;

pub(super) fn read(request: &CarrierRequest) -> Result<Intake, EventError> {
    let body = json::body(request)?;
    let message = body.get("message").filter(|message| message.is_object()).ok_or_else(|| malformed("message", "is missing"))?;
    let kind = json::line(message.get("type"), 64).ok_or_else(|| malformed("message.type", "is missing"))?;
    match kind.as_str() {
        "tool-calls" => tool_calls(message).map(Intake::ToolCalls),
        "end-of-call-report" => Ok(Intake::CallEnded(Box::new(report(message)?))),
        _ => Ok(Intake::Ignored(kind)),
    }
}

fn tool_calls(message: &Value) -> Result<Vec<ToolCall>, EventError> {
    // The same calls up to three times; the first list that has any is taken.
    let list = ["toolCallList", "toolCalls", "toolWithToolCallList"]
        .into_iter()
        .find_map(|name| message.get(name)?.as_array().filter(|list| !list.is_empty()))
        .ok_or_else(|| malformed("message.toolCallList", "is missing or empty"))?;
    if list.len() > MOST_TOOL_CALLS {
        return Err(malformed("message.toolCallList", format!("has more than {MOST_TOOL_CALLS} calls")));
    }
    let call = call_ref(message);
    list.iter().map(|listed| tool_call(listed, call.clone())).collect()
}

/// `{id, name, parameters}`, `{id, name, arguments}`, `{id, function: {name, arguments}}`, the arguments as an object or
/// as text, and each of these as the `toolCall` of a tool's configuration, which may be what holds the name.
fn tool_call(listed: &Value, call: Option<CallRef>) -> Result<ToolCall, EventError> {
    let made = listed.get("toolCall").unwrap_or(listed);
    let id = json::id(made.get("id")).ok_or_else(|| malformed("message.toolCallList", "has a call without a usable id"))?;
    let names = [
        made.pointer("/function/name"),
        made.get("name"),
        listed.get("name"),
        listed.pointer("/function/name"),
        listed.pointer("/tool/name"),
    ];
    let written = ["/function/arguments", "/function/parameters", "/arguments", "/parameters"];
    Ok(ToolCall {
        id: Some(id),
        name: names.into_iter().find_map(|name| json::line(name, 100)).unwrap_or_default(),
        arguments: json::arguments(written.into_iter().find_map(|path| made.pointer(path))),
        call,
    })
}

fn call_ref(message: &Value) -> Option<CallRef> {
    let first = |paths: &[&str]| paths.iter().find_map(|path| json::line(message.pointer(path), 64));
    let customer = first(&["/call/customer/number", "/customer/number", "/call/customer/sipUri", "/customer/sipUri"]);
    let phone = first(&["/phoneNumber/number", "/call/phoneNumber/number", "/call/phoneNumber/twilioPhoneNumber"]);
    let direction = match message.pointer("/call/type").and_then(Value::as_str) {
        Some("inboundPhoneCall") => Some(Direction::Inbound),
        Some("outboundPhoneCall") => Some(Direction::Outbound),
        _ => None,
    };
    let (from, to) = if direction == Some(Direction::Outbound) { (phone, customer) } else { (customer, phone) };
    let carrier_ids = ["/call/phoneCallProviderId", "/call/transport/callSid"];
    Some(CallRef {
        provider_call_id: json::id(message.pointer("/call/id"))?,
        carrier_call_id: carrier_ids.into_iter().find_map(|path| json::id(message.pointer(path))),
        direction,
        from,
        to,
    })
}

/// What belongs to the call stands beside it, in its artifact or, in older messages, in the message itself.
fn report(message: &Value) -> Result<CallReport, EventError> {
    let at = |paths: &[&str]| paths.iter().find_map(|path| message.pointer(path).filter(|value| !value.is_null()));
    let turns = turns(at(&["/artifact/messages", "/messages", "/call/artifact/messages"]));
    let disconnection_reason = json::line(at(&["/endedReason", "/call/endedReason"]), 100);
    let recordings = [
        "/artifact/recordingUrl",
        "/artifact/recording/mono/combinedUrl",
        "/artifact/recording/stereoUrl",
        "/artifact/stereoRecordingUrl",
        "/recordingUrl",
        "/call/artifact/recordingUrl",
    ];
    Ok(CallReport {
        call: call_ref(message).ok_or_else(|| malformed("message.call.id", "is missing or not an id"))?,
        started_at: json::instant(at(&["/startedAt", "/call/startedAt"])),
        ended_at: json::instant(at(&["/endedAt", "/call/endedAt"])),
        transcript: json::prose(at(&["/artifact/transcript", "/transcript", "/call/artifact/transcript"]))
            .or_else(|| transcript_of(&turns)),
        turns,
        recording_url: recordings.into_iter().find_map(|path| json::web_address(message.pointer(path))),
        analysis: analysis(message, disconnection_reason.as_deref()),
        disconnection_reason,
    })
}

/// The prompt and tool calls stand among what was said.
fn turns(messages: Option<&Value>) -> Vec<Turn> {
    let turn = |message: &Value| {
        let role = match message.get("role")?.as_str()? {
            "bot" | "assistant" => Role::Agent,
            "user" => Role::User,
            _ => return None,
        };
        Some(Turn { role, text: json::prose(message.get("message").or_else(|| message.get("content")))? })
    };
    messages.and_then(Value::as_array).into_iter().flatten().filter_map(turn).collect()
}

fn analysis(message: &Value, ended_reason: Option<&str>) -> Option<Analysis> {
    let of = message.get("analysis").or_else(|| message.pointer("/call/analysis"));
    let part = |name: &str| of.and_then(|of| of.get(name));
    let evaluation = part("successEvaluation");
    let successful = json::flag(evaluation);
    let mut custom: Map<String, Value> = json::object(part("structuredData")).unwrap_or_default();
    // A rubric may also be a number, a percentage, a list: then it is the business's to read.
    if let (None, Some(words)) = (successful, json::line(evaluation, 1000)) {
        custom.insert("successEvaluation".to_owned(), Value::String(words));
    }
    if let Some(outputs) = json::object(message.pointer("/artifact/structuredOutputs")) {
        custom.insert("structuredOutputs".to_owned(), Value::Object(outputs));
    }
    let analysis = Analysis {
        summary: json::prose(part("summary").or_else(|| message.get("summary"))),
        sentiment: None,
        successful,
        in_voicemail: (ended_reason == Some("voicemail")).then_some(true),
        custom,
    };
    analysis.told()
}

#[cfg(test)]
mod tests;
