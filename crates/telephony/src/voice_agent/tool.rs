//! The four tools that an agent gets from us, and what a call of one asks for.

use std::{fmt, str::FromStr};

use ringback_domain::{UnknownWord, ids::CallbackId, phone_number::PhoneNumber};

use super::{
    ToolCall,
    arguments::{Arguments, BadArgument, When},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    CreateCallback,
    FindCallback,
    MoveCallback,
    CancelCallback,
}

impl Tool {
    pub const ALL: [Self; 4] = [Self::CreateCallback, Self::FindCallback, Self::MoveCallback, Self::CancelCallback];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateCallback => "create_callback",
            Self::FindCallback => "find_callback",
            Self::MoveCallback => "move_callback",
            Self::CancelCallback => "cancel_callback",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Tool {
    type Err = UnknownWord;

    /// Also `createCallback` and `create-callback`: businesses type the name into a form.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let unknown = UnknownWord { accepted: &["create_callback", "find_callback", "move_callback", "cancel_callback"] };
        Self::ALL.into_iter().find(|tool| letters(tool.as_str()) == letters(text)).ok_or(unknown)
    }
}

/// A tool call understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolRequest {
    /// The language to answer in, two or three letters; `None`: the agent did not say.
    pub language: Option<String>,
    pub action: Action,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Create {
        /// The number the person asked to be called at; `None`: the one that is calling.
        phone_number: Option<PhoneNumber>,
        customer_name: Option<String>,
        when: Option<When>,
        topic: Option<String>,
        /// The number was read back and the person said yes.
        confirmed: bool,
    },
    Find {
        which: Which,
        confirmed: bool,
    },
    Move {
        which: Which,
        when: When,
        confirmed: bool,
    },
    Cancel {
        which: Which,
        reason: Option<String>,
        confirmed: bool,
    },
}

/// Which callback is meant: both may be missing, then the caller's number says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Which {
    pub callback_id: Option<CallbackId>,
    pub phone_number: Option<PhoneNumber>,
}

/// Why a tool call is not understood; its words are for the model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the tool's name {0}")]
    UnknownTool(UnknownWord),
    #[error("{}", sentence(.0))]
    Arguments(Vec<BadArgument>),
}

fn sentence(wrong: &[BadArgument]) -> String {
    wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl ToolRequest {
    /// `country` (ISO 3166, two letters) is for numbers as people inside it say them.
    pub fn read(call: &ToolCall, country: &str) -> Result<Self, Unreadable> {
        let tool: Tool = call.name.parse().map_err(Unreadable::UnknownTool)?;
        let values = call.arguments.as_ref().map_err(|wrong| Unreadable::Arguments(vec![wrong.clone()]))?;
        let mut arguments = Arguments::new(values);
        let language = arguments.language("language");
        let action = action(tool, &mut arguments, country);
        arguments.finish(action.map(|action| Self { language, action })).map_err(Unreadable::Arguments)
    }
}

fn action(tool: Tool, arguments: &mut Arguments<'_>, country: &str) -> Option<Action> {
    Some(match tool {
        Tool::CreateCallback => Action::Create {
            phone_number: arguments.phone_number("phone_number", country),
            customer_name: arguments.detail("customer_name"),
            when: arguments.when("when"),
            topic: arguments.detail("topic").or_else(|| arguments.detail("reason")),
            confirmed: arguments.confirmed("confirmed"),
        },
        Tool::FindCallback => Action::Find { which: which(arguments, country), confirmed: arguments.confirmed("confirmed") },
        Tool::MoveCallback => {
            let which = which(arguments, country);
            let when = arguments.when("when");
            let confirmed = arguments.confirmed("confirmed");
            let when = arguments.required("when", "the new time, such as 2026-11-23T17:00 or \"tomorrow at five\"", when)?;
            Action::Move { which, when, confirmed }
        }
        Tool::CancelCallback => Action::Cancel {
            which: which(arguments, country),
            reason: arguments.detail("reason").or_else(|| arguments.detail("topic")),
            confirmed: arguments.confirmed("confirmed"),
        },
    })
}

fn which(arguments: &mut Arguments<'_>, country: &str) -> Which {
    Which { callback_id: arguments.callback_id("callback_id"), phone_number: arguments.phone_number("phone_number", country) }
}

#[cfg(test)]
mod tests;
