//! What a time is put together of.

use super::super::{Bound, Clock, Day, Days, Edge, Part, Slice, Wait, When};

/// The smallest thing that is a time by itself.
pub(super) enum Atom {
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
    pub(super) fn join(&self, mut when: When) -> Option<When> {
        match *self {
            Self::Days(mut days) => {
                // "By noon on Monday": the bound came first, so it is on the whole.
                if days.bound == Bound::AllBy || days.bound == Bound::On && when.is_bound(Bound::By) {
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
        if when.is_bound(Bound::AllBy)
            && let Some(days) = &mut when.days
        {
            days.bound = Bound::By;
        }
        Some(when)
    }
}

pub(super) fn on(day: Day) -> Days {
    Days { first: day, last: None, bound: Bound::On, later: 0 }
}

/// "Monday the third", "next week Tuesday": two names for one day.
fn joined_days(before: Option<Days>, new: Days) -> Option<Days> {
    let Some(before) = before else { return Some(new) };
    let first = match (before.first, new.first) {
        (Day::Weekday(_), date @ Day::Date { .. }) | (date @ Day::Date { .. }, Day::Weekday(_)) => date,
        (Day::Week(weeks, Slice::Whole), Day::Weekday(day) | Day::OfWeek(_, day)) | (Day::Weekday(day), Day::Week(weeks, Slice::Whole)) => {
            Day::OfWeek(weeks, day)
        }
        _ => return None,
    };
    (before.last.is_none() && new.last.is_none()).then_some(Days { first, ..before })
}
