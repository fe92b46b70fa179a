//! Finds the times in a sentence: a small grammar over [`TimeWord`]s, the same for every language.

mod atom;
mod clock;
mod day;
mod length;

use super::{Bound, Day, Days, Edge, TimeWord as W, Wait, When};
use atom::{Atom, on};

/// A phrase of a language's table, a number, or a word that has nothing to do with time.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Lexeme {
    pub(in super::super) word: Option<W>,
    /// Hour and minute, or day and month, written with a dot or a colon between them.
    pub(in super::super) pair: Option<(i8, i8, Pair)>,
    /// The words it is made of.
    pub(in super::super) first: usize,
    pub(in super::super) next: usize,
    /// Nobody who names a thing ("the third option", "at five stores") goes on with such a word.
    pub(in super::super) ends_phrase: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Pair {
    Colon { padded: bool },
    Dot,
}

/// A time and the words that say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Said {
    pub(in super::super) when: When,
    pub(in super::super) first: usize,
    pub(in super::super) next: usize,
}

/// All times of a sentence, in order. `answer`: it answers "when?", so that a bare number is a time.
pub(in super::super) fn read(lexemes: &[Lexeme], answer: bool) -> Vec<Said> {
    let reader = Reader { lexemes, answer };
    let mut times: Vec<Said> = Vec::new();
    let mut open: Option<Said> = None;
    let mut at = 0;
    while at < lexemes.len() {
        let Some((atom, next)) = reader.atom(at, open.is_some_and(|said| said.when.lacks_hour())) else {
            if !matches!(reader.word(at), Some(W::Glue | W::Tail | W::At | W::On | W::In | W::Or | W::From)) {
                times.extend(open.take());
            }
            at += 1;
            continue;
        };
        let next = reader.through_tail(next);
        let end = lexemes.get(next).map_or_else(|| lexemes.last().map_or(0, |last| last.next), |lexeme| lexeme.first);
        let said = |first: usize, before: When| atom.join(before).map(|when| Said { when, first, next: end });
        let joined = open.and_then(|before| said(before.first, before.when));
        if joined.is_none() {
            times.extend(open.take());
        }
        open = joined.or_else(|| said(lexemes[at].first, When::default()));
        at = next;
    }
    times.extend(open);
    times.retain(|said| said.when != When::default());
    times
}

struct Reader<'l> {
    lexemes: &'l [Lexeme],
    answer: bool,
}

impl Reader<'_> {
    fn word(&self, at: usize) -> Option<W> {
        self.lexemes.get(at).and_then(|lexeme| lexeme.word)
    }

    fn is(&self, at: usize, word: W) -> bool {
        self.word(at) == Some(word)
    }

    fn past_glue(&self, mut at: usize) -> usize {
        while matches!(self.word(at), Some(W::Glue | W::At | W::On)) {
            at += 1;
        }
        at
    }

    /// Before a day rather than an hour.
    fn names_day(&self, at: usize) -> bool {
        matches!(self.word(at), Some(W::On | W::In))
    }

    fn through_tail(&self, mut at: usize) -> usize {
        while self.is(at, W::Tail) {
            at += 1;
        }
        at
    }

    fn atom(&self, at: usize, after_day: bool) -> Option<(Atom, usize)> {
        match self.word(at) {
            Some(W::Not) => return self.not(at + 1),
            Some(W::Now) => return Some((Atom::Wait(Wait::Now), at + 1)),
            Some(W::Vague) => return Some((Atom::Vague, at + 1)),
            Some(W::Early) if !self.is(at + 1, W::Next) => return Some((Atom::Edge(Edge::Early), at + 1)),
            Some(W::Late) => return Some((Atom::Edge(Edge::Late), at + 1)),
            Some(W::Last) => {
                let past = matches!(self.word(at + 1), Some(W::Unit(_) | W::Weekday(_) | W::Part(_) | W::Month(_) | W::Weekend));
                return past.then_some((Atom::Past, at + 2));
            }
            _ => {}
        }
        if let Some(found) = self.length_of_time(at) {
            return Some(found);
        }
        let (bound, named) = match self.word(at) {
            Some(W::At | W::On | W::In | W::Between) => (Bound::On, true),
            Some(W::From) => (Bound::From, true),
            Some(W::After) => (Bound::After, true),
            Some(W::Before) => (Bound::Before, true),
            Some(W::By) => (Bound::By, true),
            _ => (Bound::On, false),
        };
        let start = if named { self.past_glue(at + 1) } else { at };
        if let Some(W::DayPart(day, part)) = self.word(start) {
            return Some((Atom::DayPart(Days { bound, ..on(Day::In(i16::from(day))) }, part), start + 1));
        }
        self.part(start, bound)
            .or_else(|| self.days(start, bound, named || at > 0 && self.is(at - 1, W::Glue)))
            .or_else(|| self.clock(start, bound, named && !self.names_day(at), after_day))
    }

    /// "Not today but tomorrow".
    fn not(&self, at: usize) -> Option<(Atom, usize)> {
        let (_, next) = self.days(at, Bound::On, false).or_else(|| self.part(at, Bound::On))?;
        self.is(next, W::But).then_some((Atom::Nothing, next + 1))
    }

    /// A number; "twenty three" are two words.
    fn number(&self, at: usize) -> Option<(i8, usize)> {
        let W::Number(number) = self.word(at)? else { return None };
        match self.word(at + 1) {
            Some(W::Number(unit)) if number >= 20 && number % 10 == 0 && (1..10).contains(&unit) => Some((number + unit, at + 2)),
            _ => Some((number, at + 1)),
        }
    }
}
