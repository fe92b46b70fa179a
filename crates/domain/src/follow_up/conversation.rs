//! Follows a conversation sentence by sentence: what is promised, asked, accepted, moved to another time, taken back.

use std::ops::Range;

use super::hearing::{Heard, language_of};
use super::pattern::Unit;
use super::promise::{Time, Verdict, earnestly, find, latest_time, time_of};
use super::speech::speech;
use super::text::{Token, sentences, tokens};
use super::when::When;
use super::{Language, Speaker, Turn};

/// A time mentioned so many sentences before the promise may still be the one meant.
const REMEMBERED: usize = 2;
/// A sentence with no more words of its own than this is about the time in it.
const FEW: usize = 2;

/// What holds so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pledge<'a> {
    pub(super) evidence: &'a str,
    pub(super) turn: usize,
    pub(super) language: Language,
    pub(super) rule: &'static str,
    pub(super) time: Option<Mention<'a>>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Mention<'a> {
    pub(super) when: When,
    pub(super) words: &'a str,
}

#[derive(Default)]
pub(super) struct Conversation<'a> {
    pub(super) pledge: Option<Pledge<'a>>,
    /// What the agent asked: counts once the person agrees.
    offer: Option<Pledge<'a>>,
    /// The agent asked when.
    asked_when: bool,
    /// A time that suits, said before anybody spoke of calling, and in which sentence.
    mentioned: Option<(usize, Mention<'a>)>,
    language: Language,
    sentences: usize,
}

/// One sentence of a turn.
struct Sentence<'a, 't> {
    turn: usize,
    speaker: Speaker,
    text: &'a str,
    tokens: &'t [Token],
    range: Range<usize>,
}

impl<'a> Conversation<'a> {
    pub(super) fn listen(&mut self, index: usize, turn: &Turn<'a>) {
        let tokens = tokens(turn.text);
        let language = language_of(&tokens[..tokens.len().min(64)], self.language);
        for range in sentences(&tokens, |rest| begins_anew(rest, language)) {
            let sentence = Sentence { turn: index, speaker: turn.speaker, text: turn.text, tokens: &tokens, range };
            self.language = language_of(&tokens[sentence.range.clone()], self.language);
            self.sentences += 1;
            self.sentence(&sentence);
        }
    }

    fn sentence(&mut self, sentence: &Sentence<'a, '_>) {
        let hear = |answer| Heard::new(sentence.tokens, sentence.range.clone(), self.language, answer);
        let mut heard = hear(false);
        // Where a time is expected, a bare number is one.
        let pending = self.pledge.is_some() || self.offer.is_some();
        let expected = match sentence.speaker {
            Speaker::Agent => sentence.asks(),
            Speaker::Person | Speaker::Unknown => {
                pending && (self.asked_when || heard.has(&heard.speech.revises) || heard.has(&heard.speech.suits))
            }
        };
        if expected {
            heard = hear(true);
        }
        match sentence.speaker {
            Speaker::Agent => self.agent_says(sentence, &heard),
            Speaker::Person | Speaker::Unknown => self.person_says(sentence, &heard),
        }
        if self.pledge.is_none()
            && let Some(time) = about_time(&heard, false)
        {
            self.mentioned = Some((self.sentences, sentence.mention(&time)));
        }
    }

    fn agent_says(&mut self, sentence: &Sentence<'a, '_>, heard: &Heard<'_>) {
        self.asked_when = heard.has(&heard.speech.asks_when);
        let ground = &heard.speech.ground;
        if let Some(span) = heard.speech.offers.iter().find_map(|offer| offer.anywhere(&heard.units, ground)) {
            let time = time_of(heard, &span).map(|time| sentence.mention(&time));
            self.offer = Some(self.pledged(sentence, "offer_accepted", time));
            return;
        }
        match find(heard, Speaker::Agent) {
            Verdict::Promised(promise) => {
                let time = promise.time.map(|time| sentence.mention(&time));
                self.promise(self.pledged(sentence, promise.rule.name, time));
            }
            // "At two is not possible" leaves the call, only not at two.
            Verdict::Refused | Verdict::Nothing if heard.times.is_empty() => {
                if says(heard, Speaker::Agent, 0) {
                    self.take_back();
                }
            }
            Verdict::Refused | Verdict::Nothing if sentence.asks() => {
                self.asked_when = true;
                let time = latest_time(heard).map(|time| sentence.mention(&time));
                let asked = self.offer.take().or(self.pledge);
                self.offer = asked.map(|pledge| Pledge { time: later(time, pledge.time), ..pledge });
            }
            Verdict::Refused | Verdict::Nothing => {
                if let Some(time) = about_time(heard, true) {
                    self.refine(sentence.mention(&time));
                }
            }
        }
    }

    fn person_says(&mut self, sentence: &Sentence<'a, '_>, heard: &Heard<'_>) {
        match find(heard, sentence.speaker) {
            Verdict::Promised(promise) => {
                let time = promise.time.map(|time| sentence.mention(&time));
                self.promise(self.pledged(sentence, promise.rule.name, time));
                if says(heard, sentence.speaker, promise.span.end) {
                    self.take_back();
                }
                return;
            }
            Verdict::Refused => return self.take_back(),
            Verdict::Nothing if says(heard, sentence.speaker, 0) => return self.take_back(),
            Verdict::Nothing => {}
        }
        let time = if self.asked_when { latest_time(heard) } else { about_time(heard, false) };
        let time = time.map(|time| sentence.mention(&time));
        if let Some(mut offer) = self.offer.take() {
            let denied = earnestly(heard, &heard.speech.denials);
            if time.is_some() || (!denied && heard.has(&heard.speech.assents)) {
                offer.time = later(time, offer.time);
                self.promise(offer);
            } else if !denied {
                self.offer = Some(offer);
            }
        } else if let Some(time) = time {
            self.refine(time);
        }
    }

    fn pledged(&self, sentence: &Sentence<'a, '_>, rule: &'static str, time: Option<Mention<'a>>) -> Pledge<'a> {
        Pledge { evidence: sentence.verbatim(), turn: sentence.turn, language: self.language, rule, time }
    }

    /// The last one wins, but one that only repeats that there will be a call leaves the words that said when.
    fn promise(&mut self, new: Pledge<'a>) {
        self.offer = None;
        let mentioned = self.mentioned.take().filter(|(sentence, _)| self.sentences - sentence <= REMEMBERED);
        self.pledge = Some(match self.pledge.take() {
            Some(before) if before.time.is_some() && new.time.is_none() => before,
            Some(before) => Pledge { time: later(new.time, before.time), ..new },
            None => Pledge { time: new.time.or(mentioned.map(|(_, time)| time)), ..new },
        });
    }

    fn refine(&mut self, time: Mention<'a>) {
        if let Some(pledge) = &mut self.pledge {
            pledge.time = later(Some(time), pledge.time);
            self.asked_when = false;
        }
    }

    fn take_back(&mut self) {
        (self.pledge, self.offer, self.mentioned) = (None, None, None);
    }
}

impl<'a> Sentence<'a, '_> {
    fn words(&self, tokens: Range<usize>) -> &'a str {
        let (first, last) = (self.tokens.get(tokens.start), self.tokens.get(tokens.end.saturating_sub(1)));
        first.zip(last).and_then(|(first, last)| self.text.get(first.start..last.end)).unwrap_or_default()
    }

    /// With the mark that ends it.
    fn verbatim(&self) -> &'a str {
        let words = self.words(self.range.clone());
        let start = self.tokens.get(self.range.start).map_or(0, |first| first.start);
        let ends = |c: &char| matches!(c, '.' | '?' | '!' | '…' | '।');
        let marks: usize = self.text[start + words.len()..].chars().take_while(ends).map(char::len_utf8).sum();
        self.text.get(start..start + words.len() + marks).unwrap_or(words)
    }

    fn asks(&self) -> bool {
        self.verbatim().ends_with('?')
    }

    fn mention(&self, time: &Time) -> Mention<'a> {
        Mention { when: time.when, words: self.words(time.words.clone()) }
    }
}

fn later<'a>(new: Option<Mention<'a>>, before: Option<Mention<'a>>) -> Option<Mention<'a>> {
    match (new, before) {
        (Some(new), Some(before)) if new.when.is_vague() => Some(before),
        (Some(new), Some(before)) => Some(Mention { when: new.when.over(before.when), words: new.words }),
        (new, before) => new.or(before),
    }
}

/// A phrase that begins a new thought stands here.
fn begins_anew(rest: &[Token], language: Language) -> bool {
    let speech = speech(language);
    let words = rest.iter().take(4).map(|token| speech.spelled(&token.word));
    let units: Vec<Unit<'_>> = words.map(|word| Unit { word, time: None, pause: false }).collect();
    speech.turns.iter().any(|turn| turn.matches(&units, 0, &speech.ground).is_some())
}

/// Whether the speaker takes something back, from this unit on.
fn says(heard: &Heard<'_>, speaker: Speaker, from: usize) -> bool {
    let units = heard.units.get(from..).unwrap_or_default();
    let cancels = heard.speech.cancels.iter().filter(|(by, _)| by.says(speaker));
    cancels.map(|(_, pattern)| pattern).any(|pattern| pattern.anywhere(units, &heard.speech.ground).is_some())
}

/// The time of a sentence that is about when to call. `echo`: only if it says nothing else.
fn about_time(heard: &Heard<'_>, echo: bool) -> Option<Time> {
    let speech = heard.speech;
    let own = heard
        .units
        .iter()
        .filter(|unit| unit.time.is_none() && !speech.ground.light.contains(unit.word) && !speech.carries.contains(unit.word));
    let few = own.count() <= FEW;
    let about = few || !echo && (heard.has(&speech.revises) || heard.has(&speech.suits));
    if about { latest_time(heard) } else { None }
}
