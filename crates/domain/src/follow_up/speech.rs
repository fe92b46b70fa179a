//! What a language says: tables of words and phrases, made ready for looking up.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::pattern::{Classes, Ground, Pattern, Words};
use super::when::TimeWord;
use super::{Language, Speaker};

mod english;
mod german;
mod hindi;

/// The tables of one language. Words stand between spaces, phrases are patterns (see [`super::pattern`]).
pub(super) struct Tables {
    /// Words that tell the language.
    pub(super) markers: &'static str,
    /// Hesitations and particles: heard as if they were not there.
    pub(super) fillers: &'static str,
    pub(super) light: &'static str,
    /// Words through which a "not", a "he said" still means the phrase behind them.
    pub(super) carries: &'static str,
    pub(super) stops: &'static str,
    pub(super) follows: &'static str,
    /// Other spellings → the one that the tables use.
    pub(super) spellings: &'static [(&'static str, &'static str)],
    pub(super) classes: &'static [(&'static str, &'static str)],
    pub(super) times: &'static [&'static [(&'static str, TimeWord)]],
    /// A wish or a promise.
    pub(super) rules: &'static [&'static [Rule]],
    /// The agent asks whether to call, or when.
    pub(super) offers: &'static [&'static str],
    /// Not what it looks like. Any of them silences the rule.
    pub(super) guards: &'static [&'static [Guard]],
    /// Sounds like a guard and is none: "don't forget to".
    pub(super) harmless: &'static [&'static str],
    /// Takes back what was wished or promised before.
    pub(super) cancels: &'static [(By, &'static str)],
    /// A new thought begins here, paused or not: "ach nein".
    pub(super) turns: &'static [&'static str],
    /// The time beside it replaces the one of what was wished or promised before.
    pub(super) revises: &'static [&'static str],
    /// Such a time is one for calling: "I'm home", "works for me".
    pub(super) suits: &'static [&'static str],
    /// Beside the phrase: the call is meant for the time just spoken of.
    pub(super) refers: &'static [&'static str],
    /// Such a time is not: an appointment, opening hours.
    pub(super) unrelated: &'static [&'static str],
    /// Nor is one that this is said of: "doesn't work".
    pub(super) unsuited: &'static [&'static str],
    pub(super) asks_when: &'static [&'static str],
    pub(super) assents: &'static [&'static str],
    pub(super) denials: &'static [&'static str],
}

/// A phrase that makes a follow-up.
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) by: By,
    pub(super) phrase: &'static str,
    /// It says that somebody gets in touch, not that he calls: a letter would do.
    pub(super) any_channel: bool,
}

const fn rule(name: &'static str, by: By, phrase: &'static str) -> Rule {
    Rule { name, by, phrase, any_channel: false }
}

const fn contact(name: &'static str, by: By, phrase: &'static str) -> Rule {
    Rule { any_channel: true, ..rule(name, by, phrase) }
}

/// Whose mouth a phrase counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Anyone,
    /// The person called or calling, or nobody knows who.
    Person,
    Agent,
    /// "We": also when nobody knows who speaks.
    Company,
}

impl By {
    pub(super) fn says(self, speaker: Speaker) -> bool {
        match self {
            Self::Anyone => true,
            Self::Person => speaker != Speaker::Agent,
            Self::Agent => speaker == Speaker::Agent,
            Self::Company => speaker != Speaker::Person,
        }
    }
}

pub(super) struct Guard {
    pub(super) because: Because,
    pub(super) by: By,
    pub(super) place: Place,
    pub(super) phrase: &'static str,
}

const fn guard(because: Because, by: By, place: Place, phrase: &'static str) -> Guard {
    Guard { because, by, place, phrase }
}

/// Why a phrase is no wish and no promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Because {
    /// Somebody does not want it: this also takes back what was said before.
    Refused,
    /// It is over, or it was to be.
    Past,
    /// Somebody tells what somebody said.
    Reported,
    /// Only if something happens.
    Supposed,
    /// Somebody else is to call, or to be called.
    SomebodyElse,
    Usual,
    /// It is asked whether, when or why.
    Asked,
    /// The words mean something else.
    OtherMeaning,
    /// Somebody gets in touch by letter, mail or message.
    InWriting,
}

/// Where the guard's phrase stands, seen from the rule's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Before it, with nothing but words between that carry it there.
    Before,
    /// Before it, and nothing between.
    Touching,
    Inside,
    /// Right behind it.
    After,
    Anywhere,
}

/// [`Tables`] ready for use.
pub(super) struct Speech {
    pub(super) ground: Ground,
    pub(super) markers: Words,
    pub(super) fillers: Words,
    pub(super) carries: Words,
    spellings: HashMap<&'static str, &'static str>,
    /// First word → phrases that begin with it, longest first.
    times: HashMap<&'static str, Vec<(Vec<&'static str>, TimeWord)>>,
    pub(super) rules: Vec<(&'static Rule, Pattern)>,
    pub(super) offers: Vec<Pattern>,
    pub(super) guards: Vec<(&'static Guard, Pattern)>,
    pub(super) harmless: Vec<Pattern>,
    pub(super) cancels: Vec<(By, Pattern)>,
    pub(super) turns: Vec<Pattern>,
    pub(super) revises: Vec<Pattern>,
    pub(super) suits: Vec<Pattern>,
    pub(super) refers: Vec<Pattern>,
    pub(super) unrelated: Vec<Pattern>,
    pub(super) unsuited: Vec<Pattern>,
    pub(super) asks_when: Vec<Pattern>,
    pub(super) assents: Vec<Pattern>,
    pub(super) denials: Vec<Pattern>,
}

pub(super) fn speech(language: Language) -> &'static Speech {
    static GERMAN: LazyLock<Speech> = LazyLock::new(|| Speech::new(&german::TABLES));
    static ENGLISH: LazyLock<Speech> = LazyLock::new(|| Speech::new(&english::TABLES));
    static HINDI: LazyLock<Speech> = LazyLock::new(|| Speech::new(&hindi::TABLES));
    match language {
        Language::German => &GERMAN,
        Language::English => &ENGLISH,
        Language::Hindi => &HINDI,
    }
}

impl Speech {
    fn new(tables: &Tables) -> Self {
        let classes: Classes = tables.classes.iter().copied().collect();
        let words = |list: &'static str| list.split_whitespace().collect::<Words>();
        let patterns = |list: &[&'static str]| list.iter().map(|phrase| Pattern::new(phrase, &classes)).collect::<Vec<_>>();
        let mut times: HashMap<&'static str, Vec<(Vec<&'static str>, TimeWord)>> = HashMap::new();
        for (phrases, word) in tables.times.iter().copied().flatten() {
            for phrase in phrases.split('|') {
                let phrase: Vec<&'static str> = phrase.split_whitespace().collect();
                if let Some(first) = phrase.first() {
                    times.entry(first).or_default().push((phrase, *word));
                }
            }
        }
        for phrases in times.values_mut() {
            phrases.sort_by_key(|(phrase, _)| std::cmp::Reverse(phrase.len()));
        }
        Self {
            ground: Ground { light: words(tables.light), stops: words(tables.stops), follows: words(tables.follows) },
            markers: words(tables.markers),
            fillers: words(tables.fillers),
            carries: words(tables.carries),
            spellings: tables
                .spellings
                .iter()
                .flat_map(|(own, others)| others.split_whitespace().map(move |other| (other, *own)))
                .collect(),
            times,
            rules: tables.rules.iter().copied().flatten().map(|rule| (rule, Pattern::new(rule.phrase, &classes))).collect(),
            offers: patterns(tables.offers),
            guards: tables.guards.iter().copied().flatten().map(|guard| (guard, Pattern::new(guard.phrase, &classes))).collect(),
            harmless: patterns(tables.harmless),
            cancels: tables.cancels.iter().map(|(by, phrase)| (*by, Pattern::new(phrase, &classes))).collect(),
            turns: patterns(tables.turns),
            revises: patterns(tables.revises),
            suits: patterns(tables.suits),
            refers: patterns(tables.refers),
            unrelated: patterns(tables.unrelated),
            unsuited: patterns(tables.unsuited),
            asks_when: patterns(tables.asks_when),
            assents: patterns(tables.assents),
            denials: patterns(tables.denials),
        }
    }

    /// The word as the tables spell it.
    pub(super) fn spelled<'w>(&self, word: &'w str) -> &'w str {
        self.spellings.get(word).copied().unwrap_or(word)
    }

    /// The longest phrase about time that these words begin with, and of how many words it is.
    pub(super) fn time_word<'w>(&self, words: &(impl Iterator<Item = &'w str> + Clone)) -> Option<(TimeWord, usize)> {
        let phrases = self.times.get(words.clone().next()?)?;
        let found = phrases.iter().find(|(phrase, _)| phrase.iter().copied().eq(words.clone().take(phrase.len())))?;
        Some((found.1, found.0.len()))
    }
}
