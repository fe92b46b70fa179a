//! Which of the times in a sentence is meant with the phrase.

use std::ops::Range;

use super::super::hearing::Heard;
use super::super::pattern::Unit;
use super::super::when::{Said, When};

/// Further than so many words from the phrase, a time is said of something else…
const NEAR: usize = 3;
/// …unless words between say that it suits for a call.
const FAR: usize = 12;

/// When, and the words that say it, in tokens.
#[derive(Debug, Clone)]
pub(in super::super) struct Time {
    pub(in super::super) when: When,
    pub(in super::super) words: Range<usize>,
}

impl From<Said> for Time {
    fn from(said: Said) -> Self {
        Self { when: said.when, words: said.first..said.next }
    }
}

impl Time {
    /// With what another says that this one leaves open.
    fn completed_by(self, other: &Said) -> Self {
        if !self.when.completes(other.when) {
            return self;
        }
        Self { when: self.when.over(other.when), words: self.words.start.min(other.first)..self.words.end.max(other.next) }
    }
}

/// The time meant with the phrase: the nearest that belongs to it, completed by others that do.
pub(in super::super) fn time_of(heard: &Heard<'_>, span: &Range<usize>) -> Option<Time> {
    let distance = |(at, said): (usize, Said)| Some((distance(heard, at, span)?, said));
    let mut near: Vec<(usize, Said)> = times(heard).filter_map(distance).collect();
    // A vague one only if there is no other: "nine to five tomorrow, so call me whenever".
    near.sort_by_key(|(distance, said)| (said.when.is_vague(), *distance));
    let (nearest, others) = near.split_first()?;
    Some(others.iter().fold(Time::from(nearest.1), |time, (_, other)| time.completed_by(other)))
}

/// The last time said that is not one of something else, completed by those before it.
pub(in super::super) fn latest_time(heard: &Heard<'_>) -> Option<Time> {
    let around = |at: usize| at.saturating_sub(NEAR)..(at + 1 + NEAR).min(heard.units.len());
    let fitting: Vec<Said> = times(heard).filter(|(at, _)| fits(heard, *at, &around(*at), true)).map(|(_, said)| said).collect();
    let (latest, earlier) = fitting.split_last()?;
    Some(earlier.iter().rev().fold(Time::from(*latest), Time::completed_by))
}

/// With the units they are.
fn times(heard: &Heard<'_>) -> impl Iterator<Item = (usize, Said)> {
    let times = heard.units.iter().enumerate().filter_map(|(at, unit)| Some((at, heard.times[unit.time?])));
    times.filter(|(_, said)| !said.when.past)
}

/// How far the time at this unit is from the phrase; `None` if it is said of something else.
fn distance(heard: &Heard<'_>, at: usize, span: &Range<usize>) -> Option<usize> {
    if span.contains(&at) {
        return Some(0);
    }
    let before = at < span.start;
    let (between, around) = if before {
        (at + 1..span.start, at.saturating_sub(NEAR)..span.start)
    } else {
        (span.end..at, span.end..(at + 1 + NEAR).min(heard.units.len()))
    };
    let words = heard.units[between.clone()].iter().filter(|unit| unit.time.is_none()).count();
    if words > FAR || !fits(heard, at, &around, before) {
        return None;
    }
    let paused = heard.units[between.start - 1..between.end].iter().any(|unit| unit.pause);
    let apart = paused || heard.units[between].iter().any(|unit| heard.speech.ground.stops.contains(unit.word));
    let near = words <= NEAR && (!apart || stands_alone(heard, at));
    let belongs = near || suits(heard, &around) || before && is_referred_to(heard, span);
    belongs.then_some(1 + words + if apart { NEAR } else { 0 })
}

/// Nothing around the time says that it is one of something else, nothing behind it that it does not suit. What follows a
/// time behind the phrase is not looked at: "call me tomorrow I can't talk" suits.
fn fits(heard: &Heard<'_>, at: usize, around: &Range<usize>, look_behind: bool) -> bool {
    let behind = at..if look_behind { around.end.min(at + 1 + NEAR) } else { at };
    let paused = heard.units[around.start..at].iter().rposition(|unit| unit.pause);
    let around = paused.map_or(around.start, |pause| around.start + pause + 1)..around.end;
    !heard.has_in(around, &heard.speech.unrelated) && !heard.has_in(behind, &heard.speech.unsuited)
}

fn suits(heard: &Heard<'_>, around: &Range<usize>) -> bool {
    heard.has_in(around.start.saturating_sub(NEAR)..around.end, &heard.speech.suits)
}

/// "Call me then": the time spoken of before.
fn is_referred_to(heard: &Heard<'_>, span: &Range<usize>) -> bool {
    heard.has_in(span.start.saturating_sub(2)..(span.end + 2).min(heard.units.len()), &heard.speech.refers)
}

/// "Sometime Friday, give me a call": the time is a thought of its own.
fn stands_alone(heard: &Heard<'_>, at: usize) -> bool {
    let ground = &heard.speech.ground;
    let ends = |unit: &Unit<'_>| unit.pause || ground.stops.contains(unit.word);
    let begins = heard.units[..at].iter().rposition(ends).map_or(0, |end| end + 1);
    heard.units[at].pause && heard.units[begins..at].iter().all(|unit| unit.time.is_some() || ground.light.contains(unit.word))
}
