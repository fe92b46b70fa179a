//! Finds in one sentence the phrase that wishes or promises a call, and the time meant with it.

use std::ops::Range;

use super::Speaker;
use super::hearing::Heard;
use super::pattern::Pattern;
use super::speech::{Because, Place, Rule};
use super::when::{Said, When};

/// How far back a "not" or a "he said" is looked for.
const REACH: usize = 10;
/// Further than that from the phrase, a time is said of something else…
const NEAR: usize = 3;
/// …unless words between say that it suits for a call.
const FAR: usize = 12;

pub(super) struct Promise {
    pub(super) rule: &'static Rule,
    /// In units.
    pub(super) span: Range<usize>,
    pub(super) time: Option<Time>,
}

/// When, and the words that say it, in tokens.
#[derive(Debug, Clone)]
pub(super) struct Time {
    pub(super) when: When,
    pub(super) words: Range<usize>,
}

impl From<Said> for Time {
    fn from(said: Said) -> Self {
        Self { when: said.when, words: said.first..said.next }
    }
}

/// What the sentence says about calling.
pub(super) enum Verdict {
    Promised(Promise),
    /// Somebody does not want the call.
    Refused,
    Nothing,
}

/// The last valid wish or promise in the sentence; an earlier one's time is kept where the last says none.
pub(super) fn find(heard: &Heard<'_>, speaker: Speaker) -> Verdict {
    let mut last: Option<Promise> = None;
    let mut refused = false;
    for at in 0..heard.units.len() {
        for (rule, pattern) in heard.speech.rules.iter().filter(|(rule, _)| rule.by.says(speaker)) {
            let Some(end) = pattern.matches(&heard.units, at, &heard.speech.ground) else { continue };
            match silenced(heard, speaker, rule, &(at..end)) {
                Some(because) => refused |= because == Because::Refused,
                None => {
                    let time = time_of(heard, &(at..end)).or_else(|| last.take().and_then(|earlier| earlier.time));
                    last = Some(Promise { rule, span: at..end, time });
                    break;
                }
            }
        }
    }
    match last {
        Some(promise) => Verdict::Promised(promise),
        None if refused => Verdict::Refused,
        None => Verdict::Nothing,
    }
}

/// Why the phrase does not mean what it seems to.
fn silenced(heard: &Heard<'_>, speaker: Speaker, rule: &Rule, span: &Range<usize>) -> Option<Because> {
    let over = heard.units.iter().enumerate().find(|(at, unit)| {
        let touches = *at + 1 >= span.start && *at < span.end + 1;
        touches && unit.time.is_some_and(|time| heard.times[time].when.past)
    });
    if over.is_some() {
        return Some(Because::Past);
    }
    let harmless = harmless(heard);
    let guards = heard.speech.guards.iter().filter(|(guard, _)| guard.by.says(speaker));
    let mut relevant = guards.filter(|(guard, _)| guard.because != Because::InWriting || rule.any_channel);
    relevant.find(|(guard, pattern)| {
        let found = |start: usize| {
            let end = pattern.matches(&heard.units, start, &heard.speech.ground)?;
            (!harmless.iter().any(|masked| masked.contains(&start))).then_some(end)
        };
        let back = span.start.saturating_sub(REACH);
        match guard.place {
            Place::Before => (back..span.start).any(|at| found(at).is_some_and(|end| end <= span.start && carried(heard, end..span.start))),
            Place::Touching => (back..=span.start).any(|at| found(at) == Some(span.start)),
            Place::Inside => span.clone().any(|at| found(at).is_some_and(|end| end <= span.end)),
            Place::After => found(span.end).is_some() || following(heard, span.end).is_some_and(|at| found(at).is_some()),
            Place::Anywhere => (0..heard.units.len()).any(|at| found(at).is_some()),
        }
    })
    .map(|(guard, _)| guard.because)
}

/// The first word behind a time that stands right behind the phrase.
fn following(heard: &Heard<'_>, at: usize) -> Option<usize> {
    heard.units.get(at).filter(|unit| unit.time.is_some()).map(|_| at + 1)
}

/// Whether one of the phrases stands there and is not part of a harmless one.
pub(super) fn earnestly(heard: &Heard<'_>, patterns: &[Pattern]) -> bool {
    let harmless = harmless(heard);
    let at = |pattern: &Pattern, at: usize| pattern.matches(&heard.units, at, &heard.speech.ground).is_some();
    patterns.iter().any(|pattern| (0..heard.units.len()).any(|start| at(pattern, start) && !harmless.iter().any(|it| it.contains(&start))))
}

fn harmless(heard: &Heard<'_>) -> Vec<Range<usize>> {
    heard.speech.harmless.iter().filter_map(|pattern| pattern.anywhere(&heard.units, &heard.speech.ground)).collect()
}

/// Nothing but words that carry a meaning on to what follows.
fn carried(heard: &Heard<'_>, between: Range<usize>) -> bool {
    let speech = heard.speech;
    heard.units[between]
        .iter()
        .all(|unit| unit.time.is_some() || (!speech.ground.stops.contains(unit.word) && (speech.carries.contains(unit.word) || speech.ground.light.contains(unit.word))))
}

/// The time meant with the phrase: the nearest that belongs to it, completed by others that do.
pub(super) fn time_of(heard: &Heard<'_>, span: &Range<usize>) -> Option<Time> {
    let mut near: Vec<(usize, Time)> = heard
        .units
        .iter()
        .enumerate()
        .filter_map(|(at, unit)| Some((at, heard.times[unit.time?])))
        .filter(|(_, said)| !said.when.past)
        .filter_map(|(at, said)| Some((distance(heard, at, span)?, Time::from(said))))
        .collect();
    // "Five to six tomorrow, so call me whenever."
    near.sort_by_key(|(distance, time)| (time.when.is_vague(), *distance));
    let mut near = near.into_iter().map(|(_, time)| time);
    let mut time = near.next()?;
    for other in near {
        if time.when.completes(other.when) {
            time.when = time.when.over(other.when);
            time.words = time.words.start.min(other.words.start)..time.words.end.max(other.words.end);
        }
    }
    Some(time)
}

/// Nothing around the time says that it is one of something else, nothing behind it that it does not suit.
pub(super) fn fits(heard: &Heard<'_>, at: usize, around: &Range<usize>) -> bool {
    // Behind the phrase it would be said of what follows: "call me tomorrow I can't talk".
    let behind = if around.start < at { at..around.end.min(at + 1 + NEAR) } else { at..at };
    let paused = heard.units[around.start..at].iter().rposition(|unit| unit.pause);
    let around = paused.map_or(around.start, |pause| around.start + pause + 1)..around.end;
    !heard.has_in(around, &heard.speech.unrelated) && !heard.has_in(behind, &heard.speech.unsuited)
}

/// How far the time at this unit is from the phrase; `None` if it is said of something else.
fn distance(heard: &Heard<'_>, at: usize, span: &Range<usize>) -> Option<usize> {
    if span.contains(&at) {
        return Some(0);
    }
    let (between, around) = if at < span.start {
        (at + 1..span.start, at.saturating_sub(NEAR)..span.start)
    } else {
        (span.end..at, span.end..(at + 1 + NEAR).min(heard.units.len()))
    };
    if !fits(heard, at, &around) {
        return None;
    }
    let words = heard.units[between.clone()].iter().filter(|unit| unit.time.is_none()).count();
    let paused = heard.units[between.start - 1..between.end].iter().any(|unit| unit.pause);
    let apart = paused || heard.units[between].iter().any(|unit| heard.speech.ground.stops.contains(unit.word));
    let near = words <= NEAR && !apart;
    let referred = span.start.saturating_sub(2)..(span.end + 2).min(heard.units.len());
    let meant = heard.has_in(around, &heard.speech.suits) || at < span.start && heard.has_in(referred, &heard.speech.refers);
    let belongs = near || words <= FAR && meant;
    belongs.then_some(1 + words + if apart { NEAR } else { 0 })
}
