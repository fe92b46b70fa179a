//! Finds in one sentence the phrase that wishes or promises a call, and the time meant with it.

mod guards;
mod time;

use std::ops::Range;

use super::Speaker;
use super::hearing::Heard;
use super::speech::{Because, Rule};
use guards::Guards;
pub(super) use guards::earnestly;
pub(super) use time::{Time, latest_time, time_of};

pub(super) struct Promise {
    pub(super) rule: &'static Rule,
    /// In units.
    pub(super) span: Range<usize>,
    pub(super) time: Option<Time>,
}

/// What the sentence says about calling.
pub(super) enum Verdict {
    Promised(Promise),
    /// Somebody does not want the call.
    Refused,
    Nothing,
}

/// The last valid wish or promise in the sentence, with an earlier one's time where it says none.
pub(super) fn find(heard: &Heard<'_>, speaker: Speaker) -> Verdict {
    let mut guards = None;
    let mut valid: Vec<(&'static Rule, Range<usize>)> = Vec::new();
    let mut refused = false;
    for at in 0..heard.units.len() {
        for (rule, pattern) in heard.speech.rules.iter().filter(|(rule, _)| rule.by.says(speaker)) {
            let Some(end) = pattern.matches(&heard.units, at, &heard.speech.ground) else { continue };
            if let Some(because) = guards.get_or_insert_with(|| Guards::of(heard, speaker)).silence(rule, &(at..end)) {
                refused |= because == Because::Refused;
                continue;
            }
            // "Can you call me back" has a "call me back" in it.
            if valid.last().is_none_or(|(_, outer)| outer.end < end) {
                valid.push((rule, at..end));
            }
            break;
        }
    }
    let time = valid.iter().rev().find_map(|(_, span)| time_of(heard, span));
    match valid.pop() {
        Some((rule, span)) => Verdict::Promised(Promise { rule, span, time }),
        None if refused => Verdict::Refused,
        None => Verdict::Nothing,
    }
}
