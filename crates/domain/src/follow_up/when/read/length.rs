//! Lengths of time, which are a time with "in", "within", "ago" or the like.

use super::super::{Bound, Unit};
use super::{Atom, Day, Days, Reader, W, Wait, on};

#[derive(Clone, Copy)]
enum Length {
    Minutes(i16),
    Days(i16),
    Months,
}

impl Length {
    fn ahead(self) -> Atom {
        match self {
            Self::Minutes(minutes) => Atom::Wait(Wait::In(minutes)),
            Self::Days(days) => Atom::DaysAhead(days),
            Self::Months => Atom::Vague,
        }
    }

    fn within(self) -> Atom {
        match self {
            Self::Minutes(minutes) => Atom::Wait(Wait::Within(minutes)),
            Self::Days(days) => Atom::Days(Days { bound: Bound::By, ..on(Day::In(days)) }),
            Self::Months => Atom::Vague,
        }
    }
}

impl Reader<'_> {
    /// "In two hours", "do ghante baad", "a week from Monday", "two days ago".
    pub(super) fn length_of_time(&self, at: usize) -> Option<(Atom, usize)> {
        let lead = self.word(at).filter(|word| matches!(word, W::In | W::After | W::Within | W::Before));
        let (length, next) = self.length(if lead.is_some() { self.past_glue(at + 1) } else { at })?;
        match (lead, self.word(next)) {
            (Some(W::Before), _) => Some((Atom::Past, next)),
            (_, Some(W::Ago)) => Some((Atom::Past, next + 1)),
            (Some(W::Within), _) => Some((length.within(), next)),
            (_, Some(W::WithinIt)) => Some((length.within(), next + 1)),
            (Some(_), _) => Some((length.ahead(), next)),
            (None, Some(W::AfterIt | W::Tail)) => Some((length.ahead(), next + 1)),
            (None, Some(W::From)) => match (length, self.days(self.past_glue(next + 1), Bound::On, true)?) {
                (Length::Days(later), (Atom::Days(days), next)) => Some((Atom::Days(Days { later, ..days }), next)),
                _ => None,
            },
            _ => None,
        }
    }

    fn length(&self, at: usize) -> Option<(Length, usize)> {
        let (count, next) = match self.word(at)? {
            W::Minutes(minutes) => return Some((Length::Minutes(minutes), at + 1)),
            W::One => (1, at + 1),
            W::Number(_) => self.number(at)?,
            // "In the next hour".
            W::Unit(_) if at > 0 && self.is(at - 1, W::Within) => (1, at),
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
}
