//! Finds in a transcript the wish or the promise of a call: "Rufen Sie mich morgen um fünf zurück."
//!
//! Rules that can be read, not a model: each language has tables of phrases ([`speech`]) and of words for times. A phrase
//! counts only in the mouth of those it is a wish or a promise of, and guards silence it: refusals, the past, what somebody
//! else said or shall do. Whoever is not certain says nothing: a call that nobody wanted is worse than a sentence missed,
//! since a person reads the transcript too.
//!
//! The last valid promise wins. A later time moves it, a refusal takes it back. `corpus/follow_up` holds sentences with what
//! is to be understood, a half for tuning and a half for measuring.

mod conversation;
mod hearing;
mod pattern;
mod promise;
mod speech;
mod text;
mod transcript;
mod when;
mod wished;

use jiff::{Timestamp, tz::TimeZone};

use conversation::Conversation;
pub use transcript::turns;
pub use when::Window;
pub use wished::wished;

use crate::words::words;

words!(
    /// What was spoken.
    #[derive(Default)]
    Language {
        German = "de",
        #[default]
        English = "en",
        /// Also in Latin letters and mixed with English.
        Hindi = "hi",
    }
);

/// Who speaks: "ich rufe Sie an" is a promise of the agent, and of a person that no callback is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The company's side: a voice agent or staff.
    Agent,
    Person,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn<'a> {
    pub speaker: Speaker,
    pub text: &'a str,
}

/// A call that was wished or promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp<'a> {
    /// The sentence, verbatim.
    pub evidence: &'a str,
    /// The index of its turn.
    pub turn: usize,
    pub language: Language,
    /// The name of the rule that found it.
    pub rule: &'static str,
    /// When to call; `None` if nobody said, or nothing that sets bounds within 30 days.
    pub window: Option<Window>,
    /// The words that say when, verbatim; maybe of a later turn than the evidence.
    pub time_words: Option<&'a str>,
}

/// What to follow up of a conversation at this instant, in the local time of those who spoke.
pub fn understand<'a>(turns: &[Turn<'a>], at: Timestamp, zone: &TimeZone) -> Option<FollowUp<'a>> {
    let mut conversation = Conversation::default();
    for (index, turn) in turns.iter().enumerate() {
        conversation.listen(index, turn);
    }
    let pledge = conversation.pledge?;
    let window = pledge.time.and_then(|time| when::resolve(&time.when, at, zone));
    let time_words = pledge.time.map(|time| time.words);
    Some(FollowUp { evidence: pledge.evidence, turn: pledge.turn, language: pledge.language, rule: pledge.rule, window, time_words })
}
