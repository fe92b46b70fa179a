//! Days and their parts.

use super::super::{Bound, Day, Days, Part, Slice, Unit};
use super::{Atom, Pair, Reader, W, on};

impl Reader<'_> {
    /// A part of a day, with what Hindi puts behind it. `bound` was said before it.
    pub(super) fn part(&self, at: usize, bound: Bound) -> Option<(Atom, usize)> {
        let (part, next) = match self.word(at)? {
            W::Part(part) => (part, at + 1),
            // "Montag Morgen".
            W::Morgen if at > 0 && matches!(self.word(at - 1), Some(W::Weekday(_) | W::Day(_))) => (Part::Morning, at + 1),
            _ => return None,
        };
        let (bound, next) = self.bound_behind(next, bound);
        Some((Atom::Part(part, bound), next))
    }

    /// A day or several. `named`: "on", "the" or the like came before it, so that a bare ordinal is a date.
    pub(super) fn days(&self, at: usize, bound: Bound, named: bool) -> Option<(Atom, usize)> {
        if matches!(self.word(at), Some(W::Day(..0))) {
            return Some((Atom::Past, at + 1));
        }
        let (first, mut next) = self.day(at, named)?;
        let mut days = Days { bound, ..on(first) };
        if matches!(self.word(next), Some(W::Or | W::And | W::To | W::Through | W::By))
            && let Some((last, after)) = self.day(self.past_glue(next + 1), named)
        {
            days = Days { last: Some(last), bound: Bound::On, ..days };
            next = after;
            if self.is(next, W::BetweenThem) {
                next += 1;
            }
        }
        (days.bound, next) = self.bound_behind(next, days.bound);
        // "Wednesday week".
        if self.is(next, W::Unit(Unit::Week)) && matches!(first, Day::Weekday(_)) {
            (days.later, next) = (7, next + 1);
        }
        Some((Atom::Days(days), next))
    }

    fn day(&self, at: usize, named: bool) -> Option<(Day, usize)> {
        let next = at + 1;
        match self.word(at) {
            Some(W::Day(days @ 0..)) => Some((Day::In(i16::from(days)), next)),
            Some(W::Morgen) => Some((Day::In(1), next)),
            Some(W::Weekday(weekday)) => Some((Day::Weekday(weekday), next)),
            Some(W::Weekend) => Some((Day::Weekend(0), next)),
            Some(W::WeekAfterNext) => Some((Day::Week(2, Slice::Whole), next)),
            Some(W::Next) => self.of_week(next, 1),
            Some(W::AfterNext) => self.of_week(next, 2),
            Some(W::Coming) => self.coming(next),
            Some(W::Start) => self.slice(next, Slice::Start),
            Some(W::Early) if self.is(next, W::Next) => self.slice(next, Slice::Start),
            Some(W::Middle) => self.slice(next, Slice::Middle),
            Some(W::End) => self.slice(next, Slice::End),
            Some(W::Month(month)) => self.of_month(self.past_glue(next), month),
            Some(W::Number(_)) => self.numbered(at, named),
            Some(W::Ordinal(number)) => self.ordinal(number, next, named),
            _ => self.dotted_date(at),
        }
    }

    /// "November 16", "December the third".
    fn of_month(&self, at: usize, month: i8) -> Option<(Day, usize)> {
        let (day, next) = match self.word(at)? {
            W::Ordinal(day) => (day, at + 1),
            W::Number(_) => self.number(at)?,
            _ => return None,
        };
        Some((Day::Date { day, month: Some(month) }, next))
    }

    /// "3. Dezember", "bees tareekh", "am 3.", "twenty first of May".
    fn numbered(&self, at: usize, named: bool) -> Option<(Day, usize)> {
        let (number, next) = self.number(at)?;
        match self.word(next) {
            Some(W::Ordinal(unit @ 1..10)) if number >= 20 && number % 10 == 0 => return self.ordinal(number + unit, next + 1, named),
            Some(W::DateMark) => return Some((Day::Date { day: number, month: None }, next + 1)),
            _ => {}
        }
        let dated = at > 0 && self.is(at - 1, W::On);
        self.ordinal(number, next, dated)
    }

    fn ordinal(&self, day: i8, next: usize, named: bool) -> Option<(Day, usize)> {
        let behind = self.past_glue(next);
        if let Some(W::Month(month)) = self.word(behind) {
            return Some((Day::Date { day, month: Some(month) }, behind + 1));
        }
        (named && self.ends_phrase(next)).then_some((Day::Date { day, month: None }, next))
    }

    /// What is counted or named is said already: no word for it follows.
    fn ends_phrase(&self, next: usize) -> bool {
        let counts = |word| matches!(word, W::Measure | W::Unit(_) | W::Number(_) | W::Nothing | W::OClock);
        self.lexemes.get(next).is_none_or(|lexeme| lexeme.ends_phrase || lexeme.word.is_some_and(|word| !counts(word)))
    }

    /// `03.12.`; `17.30` is a time.
    fn dotted_date(&self, at: usize) -> Option<(Day, usize)> {
        let (day, month, Pair::Dot) = self.lexemes.get(at)?.pair? else { return None };
        let date = (1..=31).contains(&day) && (1..=12).contains(&month) && !self.is(at + 1, W::OClock);
        date.then_some((Day::Date { day, month: Some(month) }, at + 1))
    }

    fn of_week(&self, at: usize, weeks: i16) -> Option<(Day, usize)> {
        match self.word(at)? {
            W::Weekday(weekday) => Some((Day::OfWeek(weeks, weekday), at + 1)),
            W::Weekend => Some((Day::Weekend(weeks), at + 1)),
            W::Unit(Unit::Week) => match self.word(self.past_glue(at + 1)) {
                Some(W::Weekday(weekday)) => Some((Day::OfWeek(weeks, weekday), self.past_glue(at + 1) + 1)),
                _ => Some((Day::Week(weeks, Slice::Whole), at + 1)),
            },
            _ => None,
        }
    }

    fn coming(&self, at: usize) -> Option<(Day, usize)> {
        match self.word(at)? {
            W::Weekday(weekday) => Some((Day::Weekday(weekday), at + 1)),
            W::Weekend => Some((Day::Weekend(0), at + 1)),
            W::Unit(Unit::Week) => Some((Day::Week(0, Slice::Whole), at + 1)),
            // "This afternoon": the part is read next.
            W::Part(part) if part != Part::DayEnd => Some((Day::In(0), at)),
            _ => None,
        }
    }

    /// "Anfang nächster Woche", "end of the week".
    fn slice(&self, at: usize, slice: Slice) -> Option<(Day, usize)> {
        let at = self.past_glue(at);
        match self.word(at)? {
            W::Unit(Unit::Week) => Some((Day::Week(0, slice), at + 1)),
            W::Next | W::AfterNext | W::Coming if self.is(at + 1, W::Unit(Unit::Week)) => {
                let weeks = match self.word(at)? {
                    W::AfterNext => 2,
                    W::Next => 1,
                    _ => 0,
                };
                Some((Day::Week(weeks, slice), at + 2))
            }
            _ => None,
        }
    }

    /// "Shaam tak", "das baje ke baad": the bound behind the time, else the one before it.
    pub(super) fn bound_behind(&self, next: usize, before: Bound) -> (Bound, usize) {
        match self.word(self.through_tail(next)) {
            Some(W::AfterIt) => (Bound::After, self.through_tail(next) + 1),
            Some(W::BeforeIt) => (Bound::Before, self.through_tail(next) + 1),
            Some(W::ByIt) => (Bound::AllBy, self.through_tail(next) + 1),
            _ => (before, next),
        }
    }
}
