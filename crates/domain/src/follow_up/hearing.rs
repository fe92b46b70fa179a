//! A sentence as heard: its words without hesitations, its times understood, its language known.

use super::Language;
use super::pattern::{Pattern, Unit};
use super::speech::{Speech, speech};
use super::text::{Pause, Token};
use super::when::{Lexeme, Pair, Said, TimeWord, read};

/// A language's markers weigh more when it is usually mixed with another: Hindi with English.
const MIXED: usize = 3;

pub(super) struct Heard<'s> {
    pub(super) speech: &'static Speech,
    pub(super) units: Vec<Unit<'s>>,
    /// In tokens of the turn.
    pub(super) times: Vec<Said>,
}

impl<'s> Heard<'s> {
    /// `tokens[sentence]`, heard in this language. `answer`: it answers "when?".
    pub(super) fn new(tokens: &'s [Token], sentence: std::ops::Range<usize>, language: Language, answer: bool) -> Self {
        let speech = speech(language);
        let spoken: Vec<(usize, &'s str)> = sentence
            .clone()
            .filter(|at| !speech.fillers.contains(tokens[*at].word.as_str()))
            .map(|at| (at, speech.spelled(&tokens[at].word)))
            .collect();
        let times = read(&lexemes(speech, tokens, &spoken), answer);
        let mut units = Vec::with_capacity(spoken.len());
        let mut at = 0;
        while at < spoken.len() {
            let time = times.iter().position(|said| said.first <= at && at < said.next);
            let next = time.map_or(at + 1, |time| times[time].next);
            let last = spoken[next - 1].0;
            let word = if time.is_some() { "" } else { spoken[at].1 };
            // A filler's pause is the pause of the word before it.
            let until = spoken.get(next).map_or(sentence.end, |(token, _)| *token);
            let pause = tokens[last..until].iter().any(|token| token.pause > Pause::None);
            units.push(Unit { word, time, pause });
            at = next;
        }
        let tokens_of = |said: &Said| Said { first: spoken[said.first].0, next: spoken[said.next - 1].0 + 1, ..*said };
        let times = times.iter().map(tokens_of).collect();
        Self { speech, units, times }
    }

    pub(super) fn has(&self, patterns: &[Pattern]) -> bool {
        self.has_in(0..self.units.len(), patterns)
    }

    /// Whether one of the patterns begins and ends in these units.
    pub(super) fn has_in(&self, range: std::ops::Range<usize>, patterns: &[Pattern]) -> bool {
        let units = &self.units[..range.end.min(self.units.len())];
        patterns.iter().any(|pattern| (range.start..units.len()).any(|at| pattern.matches(units, at, &self.speech.ground).is_some()))
    }
}

/// The language most of whose own words are here; the one spoken before where that does not decide.
pub(super) fn language_of(tokens: &[Token], before: Language) -> Language {
    if tokens.iter().any(|token| token.word.chars().any(|c| matches!(c, '\u{900}'..='\u{97f}'))) {
        return Language::Hindi;
    }
    let weight = |language: Language| {
        let markers = &speech(language).markers;
        let found = tokens.iter().filter(|token| markers.contains(token.word.as_str())).count();
        if language == Language::Hindi { found * MIXED } else { found }
    };
    let (german, english, hindi) = (weight(Language::German), weight(Language::English), weight(Language::Hindi));
    let most = german.max(english).max(hindi);
    let winners = [(german, Language::German), (english, Language::English), (hindi, Language::Hindi)];
    let winners: Vec<Language> = winners.into_iter().filter(|(found, _)| *found == most).map(|(_, language)| language).collect();
    match winners.as_slice() {
        [only] => *only,
        several if several.contains(&before) => before,
        several => several.first().copied().unwrap_or(before),
    }
}

fn lexemes(speech: &Speech, tokens: &[Token], spoken: &[(usize, &str)]) -> Vec<Lexeme> {
    let mut lexemes = Vec::with_capacity(spoken.len());
    let mut at = 0;
    while at < spoken.len() {
        let (token, word) = spoken[at];
        let known = speech.time_word(&spoken[at..].iter().map(|(_, word)| *word));
        let pair = pair(word);
        let (time_word, length) = match (known, number(word)) {
            (Some((word, length)), _) => (Some(word), length),
            (None, Some(TimeWord::Number(number))) if is_suffixed(speech, tokens, spoken.get(at + 1), token) => {
                (Some(TimeWord::Ordinal(number)), 2)
            }
            (None, number) => (number.filter(|_| pair.is_none()), 1),
        };
        let ground = &speech.ground;
        let ends_phrase = time_word.is_none()
            && (ground.light.contains(word)
                || ground.follows.contains(word)
                || ground.stops.contains(word)
                || speech.carries.contains(word));
        lexemes.push(Lexeme { word: time_word, pair, first: at, next: at + length, ends_phrase });
        at += length;
    }
    lexemes
}

/// `3rd`: the letters follow at once.
fn is_suffixed(speech: &Speech, tokens: &[Token], next: Option<&(usize, &str)>, number: usize) -> bool {
    next.is_some_and(|(token, word)| {
        tokens[*token].start == tokens[number].end && speech.time_word(&std::iter::once(*word)) == Some((TimeWord::Suffix, 1))
    })
}

/// A number in digits; one that is too long for a time is part of a phone number or a price.
fn number(word: &str) -> Option<TimeWord> {
    if !word.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number = word.parse().ok().filter(|number| (0..60).contains(number) && word.len() <= 2);
    Some(number.map_or(TimeWord::Nothing, TimeWord::Number))
}

/// `17:30`, `03.12`, `03.12.2026`.
fn pair(word: &str) -> Option<(i8, i8, Pair)> {
    let (first, rest) = word.split_once([':', '.'])?;
    let second = rest.split('.').next().filter(|second| second.len() <= 2 && first.len() <= 2)?;
    let kind = if word.contains(':') { Pair::Colon { padded: first.starts_with('0') } } else { Pair::Dot };
    Some((first.parse().ok()?, second.parse().ok()?, kind))
}
