//! Times on the clock.

use super::super::{Bound, Clock, HourMinute, Part, Unit, Until};
use super::{Atom, Pair, Reader, W};

/// How much else must say that a number is a time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// "Half past five", "17 Uhr".
    Plain,
    /// "Five": only after "at", between two, in an answer.
    Bare,
}

impl Reader<'_> {
    /// `named`: "at", "after" or the like came before it. `after_day`: a day did.
    pub(super) fn clock(&self, at: usize, bound: Bound, named: bool, after_day: bool) -> Option<(Atom, usize)> {
        let (mut from, mut next, mut weight) = self.hour(at)?;
        let mut until = None;
        if let Some((second, after, heavier)) = self.second(next, named && bound != Bound::After) {
            from = alike(from, second);
            until = Some(if self.is(next, W::Or) { Until::Choice(second) } else { Until::End(second) });
            next = after;
            if self.is(next, W::BetweenThem) {
                (weight, next) = (Weight::Plain, next + 1);
            }
            if heavier == Weight::Plain || named || after_day || self.is_day(next) {
                weight = Weight::Plain;
            }
        }
        let (behind, after) = self.bound_behind(next, bound);
        if after > next {
            return Some((Atom::Clock(Clock { bound: behind, from, until }), after));
        }
        let counts = matches!(self.word(next), Some(W::Number(_) | W::Ordinal(_) | W::Measure | W::Nothing | W::Unit(_) | W::Month(_)));
        let last = self.lexemes.get(next).is_none_or(|lexeme| lexeme.ends_phrase || lexeme.word.is_some());
        let before_day = (at == 0 || self.word(at - 1).is_some()) && self.is_day(next);
        let meant = named || before_day || last && (self.answer || after_day);
        (weight == Weight::Plain || meant && !counts).then_some((Atom::Clock(Clock { bound, from, until }), next))
    }

    fn is_day(&self, at: usize) -> bool {
        matches!(self.word(self.past_glue(at)), Some(W::Day(_) | W::DayPart(..) | W::Weekday(_) | W::Morgen))
    }

    /// The other end of "two to four", or another choice. `between`: "and" joins them.
    fn second(&self, at: usize, between: bool) -> Option<(HourMinute, usize, Weight)> {
        let joins = matches!(self.word(at)?, W::To | W::Through | W::By | W::Or) || between && self.is(at, W::And);
        let start = self.past_glue(at + 1);
        if !joins {
            return None;
        }
        if self.is(start, W::Part(Part::Noon)) {
            return Some((HourMinute { hour: 12, minute: 0, sure: true }, start + 1, Weight::Plain));
        }
        self.hour(start).filter(|(_, next, _)| !matches!(self.word(*next), Some(W::Unit(_) | W::Measure | W::Number(_))))
    }

    fn hour(&self, at: usize) -> Option<(HourMinute, usize, Weight)> {
        if let Some((hour, minute, pair)) = self.lexemes.get(at)?.pair {
            return self.written(at, hour, minute, pair);
        }
        match self.word(at)? {
            W::Shift(minutes) => {
                let (hour, next) = self.number(at + 1)?;
                self.whole(shifted(hour, minutes)?, next)
            }
            W::Fixed(hour, minute) => self.whole(HourMinute { hour, minute, sure: false }, at + 1).filter(|(_, next, _)| *next > at + 1),
            W::One if self.is(at + 1, W::OClock) => self.whole(HourMinute { hour: 1, minute: 0, sure: false }, at + 1),
            W::Number(_) => self.minutes_around(at).or_else(|| self.spoken(at)),
            _ => None,
        }
    }

    /// `17:30`, `17.30 Uhr`.
    fn written(&self, at: usize, hour: i8, minute: i8, pair: Pair) -> Option<(HourMinute, usize, Weight)> {
        let padded = pair == Pair::Colon { padded: true };
        let date = pair == Pair::Dot && minute <= 12 && !self.is(at + 1, W::OClock);
        self.whole(HourMinute { hour, minute, sure: padded || hour > 12 }, at + 1).filter(|_| !date)
    }

    /// "Ten to six", "zehn nach fünf".
    fn minutes_around(&self, at: usize) -> Option<(HourMinute, usize, Weight)> {
        let (minutes, next) = self.number(at)?;
        let next = next + usize::from(self.is(next, W::Unit(Unit::Minute)));
        let sign = match self.word(next)? {
            W::After => 1,
            W::Before | W::To => -1,
            _ => return None,
        };
        // Others are ranges: "three to five".
        let minutes = matches!(minutes, 5 | 10 | 20 | 25).then_some(minutes * sign)?;
        let (hour, next) = self.number(next + 1)?;
        self.whole(shifted(hour, minutes)?, next)
    }

    /// "Five", "siebzehn Uhr dreißig", "nine fifteen", "5 pm".
    fn spoken(&self, at: usize) -> Option<(HourMinute, usize, Weight)> {
        let W::Number(first) = self.word(at)? else { return None };
        let (hour, mut next) = if first == 20 { self.number(at)? } else { (first, at + 1) };
        let mut weight = Weight::Bare;
        if self.is(next, W::OClock) {
            (weight, next) = (Weight::Plain, next + 1);
        }
        let mut time = HourMinute { hour, minute: 0, sure: hour > 12 };
        if let Some((minute, after)) = self.number(next).filter(|(minute, _)| (10..60).contains(minute) && minute % 5 == 0)
            && !matches!(self.word(after), Some(W::Number(_) | W::Unit(_) | W::Measure))
        {
            (time.minute, next, weight) = (minute, after, Weight::Plain);
        }
        let (time, end, _) = self.whole(time, next)?;
        Some((time, end, if end > next { Weight::Plain } else { weight }))
    }

    /// The time with the "o'clock", "am" or "pm" behind it; `None` if no clock shows it.
    fn whole(&self, time: HourMinute, next: usize) -> Option<(HourMinute, usize, Weight)> {
        let next = next + usize::from(self.is(next, W::OClock));
        let time = match self.word(next) {
            Some(W::Am) => HourMinute { hour: time.hour % 12, sure: true, ..time },
            Some(W::Pm) => HourMinute { hour: time.hour % 12 + 12, sure: true, ..time },
            _ => return valid(time).map(|time| (time, next, Weight::Plain)),
        };
        valid(time).map(|time| (time, next + 1, Weight::Plain))
    }
}

fn valid(hour: HourMinute) -> Option<HourMinute> {
    ((0..=23).contains(&hour.hour) && (0..=59).contains(&hour.minute)).then_some(hour)
}

fn shifted(hour: i8, minutes: i8) -> Option<HourMinute> {
    let total = i16::from(hour) * 60 + i16::from(minutes);
    let time =
        HourMinute { hour: i8::try_from(total.div_euclid(60)).ok()?, minute: i8::try_from(total.rem_euclid(60)).ok()?, sure: hour > 12 };
    valid(time)
}

/// Both ends of a range lie in the half of the day that was said of the second.
fn alike(first: HourMinute, second: HourMinute) -> HourMinute {
    if first.sure || !second.sure || second.hour < 12 || first.hour >= 12 || first.hour + 12 >= second.hour {
        return first;
    }
    HourMinute { hour: first.hour + 12, sure: true, ..first }
}
