//! Our tools as each platform wants them described: to be pasted into its dashboard or sent to its API.

use serde_json::{Value, json};

use super::{Tool, VoicePlatform};

impl VoicePlatform {
    /// The JSON of one tool, which posts to `url` (an intake key's). A Vapi tool whose key has a secret also needs the
    /// `credentialId` of a credential with that secret.
    pub fn tool_definition(self, tool: Tool, url: &str) -> Value {
        match self {
            Self::Retell => json!({
                "type": "custom",
                "name": tool.as_str(),
                "description": description(tool),
                "url": url,
                "method": "POST",
                "args_at_root": false,
                "parameters": parameters(tool),
                "response_variables": { "callback_id": "callback_id" },
                "speak_during_execution": true,
                "execution_message_description": "One short sentence that you are writing it down or looking it up.",
                "speak_after_execution": true,
                // With the caller on the line; a repetition does nothing twice.
                "timeout_ms": 10_000,
                "max_retry": 1,
            }),
            Self::Vapi => json!({
                "type": "function",
                "async": false,
                "function": { "name": tool.as_str(), "description": description(tool), "parameters": parameters(tool) },
                "server": { "url": url, "timeoutSeconds": 10 },
            }),
        }
    }

    /// All four.
    pub fn tool_definitions(self, url: &str) -> Value {
        Tool::ALL.iter().map(|tool| self.tool_definition(*tool, url)).collect()
    }
}

fn description(tool: Tool) -> &'static str {
    match tool {
        Tool::CreateCallback => {
            "Notes that the caller wants to be called back. Use it as soon as the caller agrees to a call back. Say the sentence in \
             `result` to the caller. If it asks for the number, ask the caller, read the digits back, and call the tool again with \
             phone_number and confirmed = true."
        }
        Tool::FindCallback => "Looks up whether and when the caller will be called back. Say the sentence in `result` to the caller.",
        Tool::MoveCallback => {
            "Moves a call back that was promised to another time. Use it after the caller has named the new time. Say the sentence in \
             `result` to the caller."
        }
        Tool::CancelCallback => {
            "Cancels a call back that was promised. Use it only after the caller has said that no call back is wanted any more. Say the \
             sentence in `result` to the caller."
        }
    }
}

fn parameters(tool: Tool) -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let flag = |description: &str| json!({ "type": "boolean", "description": description });
    let phone_number = text(
        "Only if it is not the number the caller is calling from: all digits, with the country code where known, such as +4930901820.",
    );
    let callback_id = text("The callback_id that an earlier answer gave. Leave it out if there is none.");
    let language = text("The language the caller speaks, as a code: de, en, hi.");
    let when = text("Local date and time such as 2026-11-23T17:00, or the caller's own words such as \"tomorrow after lunch\".");
    let number_confirmed = flag("True once phone_number was read back and the caller said yes.");
    match tool {
        Tool::CreateCallback => json!({
            "type": "object",
            "properties": {
                "phone_number": phone_number,
                "customer_name": text("The caller's name, if it was said."),
                "when": when,
                "topic": text("What the call is about, in one short sentence."),
                "language": language,
                "confirmed": number_confirmed,
            },
            "required": [],
        }),
        Tool::FindCallback => json!({
            "type": "object",
            "properties": {
                "phone_number": phone_number,
                "callback_id": callback_id,
                "language": language,
                "confirmed": number_confirmed,
            },
            "required": [],
        }),
        Tool::MoveCallback => json!({
            "type": "object",
            "properties": {
                "when": when,
                "phone_number": phone_number,
                "callback_id": callback_id,
                "language": language,
                "confirmed": flag("True once the new time, and phone_number if there is one, was read back and the caller said yes."),
            },
            "required": ["when"],
        }),
        Tool::CancelCallback => json!({
            "type": "object",
            "properties": {
                "phone_number": phone_number,
                "callback_id": callback_id,
                "reason": text("Why, if the caller said so."),
                "language": language,
                "confirmed": flag("True once the caller has confirmed that the call back is to be cancelled, and phone_number if there is one."),
            },
            "required": [],
        }),
    }
}

#[cfg(test)]
mod tests;
