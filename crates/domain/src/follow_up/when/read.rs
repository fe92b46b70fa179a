//! Finds the times in a sentence: a small grammar over [`TimeWord`]s, the same for every language.

use super::{Bound, Clock, Day, Days, Edge, Hour, Part, Slice, TimeWord as W, Unit, Until, Wait, When};

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
        let after_day = open.is_some_and(|said| (said.when.days.is_some() || said.when.part.is_some()) && said.when.clock.is_none());
        let Some((atom, next)) = reader.atom(at, after_day) else {
            if !matches!(reader.word(at), Some(W::Glue | W::Tail | W::At | W::On | W::In | W::Or | W::From)) {
                times.extend(open.take());
            }
            at += 1;
            continue;
        };
        let (first, end) = (lexemes[at].first, lexemes[reader.through_tail(next) - 1].next);
        let said = |when: When| Said { when, first, next: end };
        let joined = open.and_then(|before| atom.join(before.when).map(|when| Said { when, first: before.first, next: end }));
        if joined.is_none() {
            times.extend(open.take());
        }
        open = joined.or_else(|| atom.join(When::default()).map(said));
        at = reader.through_tail(next);
    }
    times.extend(open);
    times.retain(|said| said.when != When::default());
    times
}

/// The smallest thing that is a time by itself.
enum Atom {
    Days(Days),
    /// "In a week", which after the name of a day is counted from there.
    DaysAhead(i16),
    DayPart(Days, Part),
    Clock(Clock),
    Part(Part, Bound),
    Edge(Edge),
    Wait(Wait),
    Vague,
    Past,
    /// "Not today but": said to be dropped.
    Nothing,
}

impl Atom {
    /// `None`: that time has such a piece already, so this begins another.
    fn join(&self, mut when: When) -> Option<When> {
        match *self {
            Self::Days(mut days) => {
                // "By noon on Monday": the bound came first, so it is on the whole.
                let by = when.part.is_some_and(|(_, bound)| bound == Bound::By) || when.clock.is_some_and(|clock| clock.bound == Bound::By);
                if by && days.bound == Bound::On {
                    days.bound = Bound::By;
                }
                when.days = Some(joined_days(when.days, days)?);
            }
            Self::DaysAhead(ahead) => {
                when.days = Some(match when.days {
                    Some(days) if days.later == 0 => Days { later: ahead, ..days },
                    Some(_) => return None,
                    None => on(Day::In(ahead)),
                });
            }
            Self::DayPart(days, part) if when.days.is_none() && when.part.is_none() => {
                (when.days, when.part) = (Some(days), Some((part, Bound::On)));
            }
            Self::Clock(clock) if when.clock.is_none() => when.clock = Some(clock),
            // "First thing Monday morning".
            Self::Part(Part::Morning, Bound::On) if matches!(when.part, Some((Part::FirstThing, _))) => {}
            Self::Part(part, bound) if when.part.is_none() => when.part = Some((part, bound)),
            Self::Edge(edge) if when.edge.is_none() => when.edge = Some(edge),
            Self::Wait(wait) if when.wait.is_none() => when.wait = Some(wait),
            Self::DayPart(..) | Self::Clock(_) | Self::Part(..) | Self::Edge(_) | Self::Wait(_) => return None,
            Self::Vague => when.vague = true,
            Self::Past => when.past = true,
            Self::Nothing => {}
        }
        Some(when)
    }
}

fn on(day: Day) -> Days {
    Days { first: day, last: None, bound: Bound::On, later: 0 }
}

/// "Monday the third", "next week Tuesday": two names for one day.
fn joined_days(before: Option<Days>, new: Days) -> Option<Days> {
    let Some(before) = before else { return Some(new) };
    let first = match (before.first, new.first) {
        (Day::Weekday(_), date @ Day::Date { .. }) | (date @ Day::Date { .. }, Day::Weekday(_)) => date,
        (Day::Week(weeks, Slice::Whole), Day::Weekday(day) | Day::OfWeek(_, day)) => Day::OfWeek(weeks, day),
        (Day::Weekday(day), Day::Week(weeks, Slice::Whole)) => Day::OfWeek(weeks, day),
        _ => return None,
    };
    (before.last.is_none() && new.last.is_none()).then_some(Days { first, ..before })
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
        if let Some(found) = self.span_of_time(at) {
            return Some(found);
        }
        let (bound, named) = match self.word(at) {
            Some(W::At | W::On | W::In) => (Bound::On, true),
            Some(W::From) => (Bound::From, true),
            Some(W::Between) => (Bound::On, true),
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

    /// "In two hours", "do ghante baad", "a week from Monday", "two days ago".
    fn span_of_time(&self, at: usize) -> Option<(Atom, usize)> {
        let lead = self.word(at);
        let start = match lead {
            Some(W::In | W::After | W::Within | W::Before | W::By) => self.past_glue(at + 1),
            _ => at,
        };
        let (length, next) = self.length(start)?;
        let ahead = |next| match length {
            Length::Minutes(minutes) => Some((Atom::Wait(Wait::In(minutes)), next)),
            Length::Days(days) => Some((Atom::DaysAhead(days), next)),
            Length::Months => Some((Atom::Vague, next)),
        };
        match (lead, self.word(next)) {
            (Some(W::Before), _) | (_, Some(W::Ago)) => Some((Atom::Past, next + usize::from(self.is(next, W::Ago)))),
            (Some(W::Within), _) => self.within(length, next),
            (_, Some(W::WithinIt)) => self.within(length, next + 1),
            (Some(W::In | W::After), _) => ahead(next),
            (_, Some(W::AfterIt | W::Tail)) => ahead(next + 1),
            (None | Some(_), Some(W::From)) if matches!(length, Length::Days(_)) => {
                let (Atom::Days(days), next) = self.days(self.past_glue(next + 1), Bound::On, true)? else { return None };
                let Length::Days(later) = length else { return None };
                Some((Atom::Days(Days { later, ..days }), next))
            }
            _ => None,
        }
    }

    fn within(&self, length: Length, next: usize) -> Option<(Atom, usize)> {
        Some(match length {
            Length::Minutes(minutes) => (Atom::Wait(Wait::Within(minutes)), next),
            Length::Days(days) => (Atom::Days(Days { bound: Bound::By, ..on(Day::In(days)) }), next),
            Length::Months => (Atom::Vague, next),
        })
        .filter(|_| next <= self.lexemes.len())
    }

    fn length(&self, at: usize) -> Option<(Length, usize)> {
        if let Some(W::Minutes(minutes)) = self.word(at) {
            return Some((Length::Minutes(minutes), at + 1));
        }
        let (count, next) = match self.word(at)? {
            W::One => (1, at + 1),
            // "In the next hour".
            W::Unit(_) if at > 0 && self.is(at - 1, W::Within) => (1, at),
            W::Number(_) => self.number(at)?,
            _ => return None,
        };
        let Some(W::Unit(unit)) = self.word(next) else { return None };
        let count = i16::from(count);
        let length = match unit {
            Unit::Minute => Length::Minutes(count),
            Unit::Hour => Length::Minutes(count * 60),
            Unit::Day => Length::Days(count),
            Unit::Week => Length::Days(count * 7),
            Unit::Fortnight => Length::Days(count * 14),
            Unit::Month => Length::Months,
        };
        Some((length, next + 1))
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

#[derive(Clone, Copy)]
enum Length {
    Minutes(i16),
    Days(i16),
    Months,
}

mod clock;
mod day;
