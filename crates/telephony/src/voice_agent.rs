//! What voice platforms (Retell, Vapi) post of the calls their agents hold: the tools an agent calls while the caller is
//! on the line, and the reports of calls that are over. Both are read into one model. Theirs are third parties' formats:
//! what is unknown here is ignored. A raw body is never to be logged or kept, for Vapi's hold the phone's Twilio token.

mod answer;
mod arguments;
mod definition;
mod json;
pub mod retell;
mod tool;
pub mod vapi;

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use ringback_domain::{UnknownWord, call::Direction};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::{
    answer::ToolAnswer,
    arguments::{BadArgument, When},
    json::LARGEST_BODY,
    tool::{Action, Tool, ToolRequest, Unreadable, Which},
};
use crate::carrier::{CarrierRequest, EventError};

/// Who runs the voice agent during a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VoicePlatform {
    Retell,
    Vapi,
}

impl VoicePlatform {
    pub const ALL: [Self; 2] = [Self::Retell, Self::Vapi];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retell => "retell",
            Self::Vapi => "vapi",
        }
    }

    /// Verifies and reads a post. Without a `secret` an unsigned one is taken: then the key in the URL is the only proof.
    pub fn read(self, request: &CarrierRequest, secret: Option<&str>, now: Timestamp) -> Result<Intake, EventError> {
        let proven = secret.is_none_or(|secret| match self {
            // Anybody can sign with nothing.
            _ if secret.is_empty() => false,
            Self::Retell => retell::verify(secret, request, now),
            Self::Vapi => vapi::verify(secret, request, now),
        });
        if !proven {
            return Err(EventError::Unverified);
        }
        match self {
            Self::Retell => retell::read(request),
            Self::Vapi => vapi::read(request),
        }
    }
}

impl fmt::Display for VoicePlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for VoicePlatform {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|platform| platform.as_str() == text).ok_or(UnknownWord { accepted: &["retell", "vapi"] })
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Intake {
    /// The agent waits for each answer with the caller on the line.
    ToolCalls(Vec<ToolCall>),
    CallEnded(Box<CallReport>),
    /// The same call once more, now with its analysis. May overtake the end, or come alone.
    CallAnalyzed(Box<CallReport>),
    /// Anything else, by the platform's word for it: to be acknowledged, no more.
    Ignored(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    /// The platform's id of this invocation, which its answer repeats. Retell has none.
    pub id: Option<String>,
    pub name: String,
    /// What the model wrote. Where that is no JSON object, the call must still be answered, with what is wrong.
    pub arguments: Result<Map<String, Value>, BadArgument>,
    /// `None`: the platform was told to leave it out (Retell's "args only"), or the agent is being tried in a chat.
    pub call: Option<CallRef>,
}

/// A call as the platform knows it. Numbers are as it gives them: a caller's may be withheld or no number at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRef {
    pub provider_call_id: String,
    /// The carrier's id of the same call, where the platform knows it.
    pub carrier_call_id: Option<String>,
    /// `None` for a call that is not by telephone.
    pub direction: Option<Direction>,
    pub from: Option<String>,
    pub to: Option<String>,
}

/// What is known of a call that is over, as far as the platform says.
#[derive(Debug, Clone, PartialEq)]
pub struct CallReport {
    pub call: CallRef,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// The platform's word: `user_hangup`, `customer-ended-call`.
    pub disconnection_reason: Option<String>,
    /// Lines of `Agent: …` and `User: …`, or as the platform writes them.
    pub transcript: Option<String>,
    /// What agent and user said; a person to whom the call was passed on is in the transcript alone.
    pub turns: Vec<Turn>,
    /// `http` or `https`; may be signed and expire.
    pub recording_url: Option<String>,
    pub analysis: Option<Analysis>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    pub role: Role,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Agent,
    User,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    pub summary: Option<String>,
    /// `positive`, `neutral`, `negative`, or another word of the platform's.
    pub sentiment: Option<String>,
    pub successful: Option<bool>,
    pub in_voicemail: Option<bool>,
    /// What the business had extracted, under its own names.
    pub custom: Map<String, Value>,
}

impl Analysis {
    fn told(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }
}

fn transcript_of(turns: &[Turn]) -> Option<String> {
    let line = |turn: &Turn| match turn.role {
        Role::Agent => format!("Agent: {}", turn.text),
        Role::User => format!("User: {}", turn.text),
    };
    (!turns.is_empty()).then(|| turns.iter().map(line).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests;
