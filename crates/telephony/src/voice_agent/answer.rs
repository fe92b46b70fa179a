//! What an agent hears of its tool call. The sentence is what it may say; details stand beside it under names, so that
//! a platform can take them out of the answer.

use serde_json::{Map, Value, json};

use super::{ToolCall, VoicePlatform, json::one_line};
use crate::carrier::CarrierAnswer;

/// Retell cuts what it hands to the model there, in the middle of the JSON if need be.
const LONGEST_ANSWER: usize = 15_000;
/// Escaped, every character may be two.
const LONGEST_SENTENCE: usize = 7_000;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct ToolAnswer {
    /// For the caller's ears, in the caller's language.
    pub sentence: String,
    /// The tool could not do it. A question back ("which number?") is no failure.
    pub failed: bool,
    /// For the model and its variables: `callback_id`, `due_at`. May be dropped when the answer grows too long.
    pub details: Map<String, Value>,
}

impl VoicePlatform {
    /// The answer to [`Intake::ToolCalls`](super::Intake::ToolCalls). Always 200: any other status makes Vapi ignore it and
    /// Retell report a failure instead of the sentence.
    pub fn answer(self, answers: &[(ToolCall, ToolAnswer)]) -> CarrierAnswer {
        match self {
            // One function call is one request.
            Self::Retell => ok(answers.first().map_or_else(|| "{}".to_owned(), |(_, answer)| object(answer))),
            Self::Vapi => {
                let results: Vec<_> = answers.iter().map(|(call, answer)| vapi_result(call, answer)).collect();
                ok(json!({ "results": results }).to_string())
            }
        }
    }

    /// The answer to everything that awaits none.
    pub fn acknowledge(self) -> CarrierAnswer {
        match self {
            Self::Retell | Self::Vapi => ok("{}".to_owned()),
        }
    }
}

fn ok(body: String) -> CarrierAnswer {
    CarrierAnswer { status: 200, content_type: "application/json", body }
}

/// Vapi takes text alone, on one line; the text may be an object's, for its variables.
fn vapi_result(call: &ToolCall, answer: &ToolAnswer) -> Value {
    let text = if answer.failed || answer.details.is_empty() { spoken(answer) } else { object(answer) };
    let outcome = if answer.failed { "error" } else { "result" };
    json!({ "toolCallId": call.id, "name": call.name, outcome: text })
}

/// `{"result": "the sentence", "ok": true, "callback_id": …}`: Retell's response variables are paths into it.
fn object(answer: &ToolAnswer) -> String {
    let with = |details: Map<String, Value>| {
        let mut object = details;
        object.insert("result".to_owned(), spoken(answer).into());
        object.insert("ok".to_owned(), (!answer.failed).into());
        Value::Object(object).to_string()
    };
    let whole = with(answer.details.clone());
    if whole.chars().count() <= LONGEST_ANSWER { whole } else { with(Map::new()) }
}

fn spoken(answer: &ToolAnswer) -> String {
    one_line(&answer.sentence).chars().take(LONGEST_SENTENCE).collect()
}

#[cfg(test)]
mod tests;
