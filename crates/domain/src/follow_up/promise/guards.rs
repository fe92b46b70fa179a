//! What silences a phrase: refusals, the past, what others said, what is only supposed.

use std::ops::Range;

use super::super::Speaker;
use super::super::hearing::Heard;
use super::super::pattern::Pattern;
use super::super::speech::{Because, Guard, Place, Rule};

/// How far back a "not" or a "he said" is looked for.
const REACH: usize = 10;

/// The guards of one sentence.
pub(super) struct Guards<'h> {
    heard: &'h Heard<'h>,
    speaker: Speaker,
    harmless: Vec<Range<usize>>,
    /// Those found that hold for the whole sentence.
    everywhere: Vec<&'static Guard>,
}

impl<'h> Guards<'h> {
    pub(super) fn of(heard: &'h Heard<'_>, speaker: Speaker) -> Self {
        let mut guards = Self { heard, speaker, harmless: harmless(heard), everywhere: Vec::new() };
        let anywhere = heard.speech.guards.iter().filter(|(guard, _)| guard.place == Place::Anywhere);
        let found = anywhere.filter(|(_, pattern)| (0..heard.units.len()).any(|at| guards.ends(pattern, at).is_some()));
        guards.everywhere = found.map(|(guard, _)| *guard).collect();
        guards
    }

    /// Why the phrase does not mean what it seems to.
    pub(super) fn silence(&self, rule: &Rule, span: &Range<usize>) -> Option<Because> {
        if self.speaks_of_past(span) {
            return Some(Because::Past);
        }
        let applies = |guard: &Guard| guard.by.says(self.speaker) && (guard.because != Because::InWriting || rule.any_channel);
        let everywhere = self.everywhere.iter().find(|guard| applies(guard));
        let near = || self.heard.speech.guards.iter().find(|(guard, pattern)| applies(guard) && self.stands(guard.place, pattern, span));
        everywhere.copied().or_else(|| near().map(|(guard, _)| *guard)).map(|guard| guard.because)
    }

    /// A time that is over, in the phrase or beside it.
    fn speaks_of_past(&self, span: &Range<usize>) -> bool {
        let around = span.start.saturating_sub(1)..(span.end + 1).min(self.heard.units.len());
        self.heard.units[around].iter().any(|unit| unit.time.is_some_and(|time| self.heard.times[time].when.past))
    }

    fn stands(&self, place: Place, pattern: &Pattern, span: &Range<usize>) -> bool {
        let before = span.start.saturating_sub(REACH)..span.start;
        let mut ends = before.map(|at| self.ends(pattern, at)).chain([self.ends(pattern, span.start)]).flatten();
        match place {
            Place::Before => ends.any(|end| end <= span.start && self.carried(end..span.start)),
            Place::Touching => ends.any(|end| end == span.start),
            Place::Inside => span.clone().any(|at| self.ends(pattern, at).is_some_and(|end| end <= span.end)),
            Place::After => {
                let behind_time = self.heard.units.get(span.end).is_some_and(|unit| unit.time.is_some());
                self.ends(pattern, span.end).is_some() || behind_time && self.ends(pattern, span.end + 1).is_some()
            }
            Place::Anywhere => false,
        }
    }

    /// Where the pattern ends that begins here, unless it is part of something harmless.
    fn ends(&self, pattern: &Pattern, at: usize) -> Option<usize> {
        let end = pattern.matches(&self.heard.units, at, &self.heard.speech.ground)?;
        (!self.harmless.iter().any(|harmless| harmless.contains(&at))).then_some(end)
    }

    /// Nothing but words that carry a meaning on to what follows.
    fn carried(&self, between: Range<usize>) -> bool {
        let speech = self.heard.speech;
        let carries = |word| !speech.ground.stops.contains(word) && (speech.carries.contains(word) || speech.ground.light.contains(word));
        self.heard.units[between].iter().all(|unit| unit.time.is_some() || carries(unit.word))
    }
}

/// Whether one of the phrases stands there and is not part of a harmless one.
pub(in super::super) fn earnestly(heard: &Heard<'_>, patterns: &[Pattern]) -> bool {
    let harmless = harmless(heard);
    let stands = |pattern: &Pattern, at: usize| pattern.matches(&heard.units, at, &heard.speech.ground).is_some();
    let in_earnest = |at: &usize| !harmless.iter().any(|harmless| harmless.contains(at));
    patterns.iter().any(|pattern| (0..heard.units.len()).filter(in_earnest).any(|at| stands(pattern, at)))
}

fn harmless(heard: &Heard<'_>) -> Vec<Range<usize>> {
    heard.speech.harmless.iter().filter_map(|pattern| pattern.anywhere(&heard.units, &heard.speech.ground)).collect()
}
