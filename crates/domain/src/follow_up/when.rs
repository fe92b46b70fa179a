//! A time as it was said: parts that later sentences may add to or replace, meaning an interval only once the instant of the
//! call is known.

mod calendar;
mod read;
mod window;

pub(super) use read::{Lexeme, Pair, Said, read};
pub use window::Window;
pub(super) use window::resolve;

/// What a word means for a time. Each language has a table from words to these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeWord {
    Number(i8),
    /// "eine", "an": one of what follows, never one o'clock by itself.
    One,
    Ordinal(i8),
    /// Makes the number before it an ordinal: "3rd".
    Suffix,
    /// Makes the number before it no time: euros, per cent, people.
    Measure,
    /// Minutes that the next hour is moved by: "halb" −30, "half past" +30, "paune" −15.
    Shift(i8),
    /// An hour and a minute in one word: "dhai" is half past two.
    Fixed(i8, i8),
    OClock,
    Am,
    Pm,
    At,
    /// Before a day or a part of it; a number behind it is a date.
    On,
    From,
    After,
    Before,
    By,
    Between,
    /// "Two to four", and "ten to four" too.
    To,
    Through,
    And,
    Or,
    /// Hindi says these behind the time.
    AfterIt,
    BeforeIt,
    ByIt,
    BetweenThem,
    WithinIt,
    In,
    Within,
    Minutes(i16),
    Unit(Unit),
    /// Days from today; behind us when negative.
    Day(i8),
    /// A part of such a day in one expression: "tonight", "morgen früh".
    DayPart(i8, Part),
    /// German: tomorrow, or after the name of a day its morning.
    Morgen,
    Weekday(i8),
    Month(i8),
    /// "tareekh": the number before it is a day of the month.
    DateMark,
    Part(Part),
    Early,
    Late,
    Next,
    AfterNext,
    WeekAfterNext,
    /// "this", "kommenden": the first that comes.
    Coming,
    Last,
    Ago,
    Weekend,
    Start,
    Middle,
    End,
    Now,
    /// A time that sets no bounds: later, soon, next month.
    Vague,
    Not,
    But,
    /// Looks like a time: "guten Morgen", a long number.
    Nothing,
    /// Words inside a time that add nothing: "the", "so gegen".
    Glue,
    /// Glue that may also end a time: Hindi's "ko".
    Tail,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Fortnight,
    Month,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    FirstThing,
    Morning,
    Noon,
    /// Hindi's "dopahar" is longer than noon.
    Midday,
    AfterLunch,
    Afternoon,
    Evening,
    Night,
    /// The end of a working day, which is a bound rather than a part.
    DayEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    On,
    From,
    After,
    Before,
    By,
    /// Said behind all of it: "kal nau baje tak" begins now.
    AllBy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    In(i16),
    /// The first such day after today.
    Weekday(i8),
    /// That day of the calendar week so many weeks on.
    OfWeek(i16, i8),
    Week(i16, Slice),
    Weekend(i16),
    Date {
        day: i8,
        month: Option<i8>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slice {
    Whole,
    Start,
    Middle,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) first: Day,
    pub(super) last: Option<Day>,
    pub(super) bound: Bound,
    /// "Dienstag in einer Woche": days on top.
    pub(super) later: i16,
}

/// A time on the clock as said. Unless `sure`, "five" may be the one in the morning or the one in the afternoon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HourMinute {
    pub(super) hour: i8,
    pub(super) minute: i8,
    pub(super) sure: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// Four to five.
    End(HourMinute),
    /// Four or five: until an hour after the later one, as for one time.
    Choice(HourMinute),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) bound: Bound,
    pub(super) from: HourMinute,
    pub(super) until: Option<Until>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    Early,
    Late,
}

/// From the instant of the call on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    In(i16),
    Within(i16),
    Now,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct When {
    pub(super) days: Option<Days>,
    pub(super) part: Option<(Part, Bound)>,
    pub(super) edge: Option<Edge>,
    pub(super) clock: Option<Clock>,
    pub(super) wait: Option<Wait>,
    pub(super) vague: bool,
    pub(super) past: bool,
}

impl When {
    /// This time, completed by what was said before it: a new day keeps the old hour, a new hour keeps the old day.
    pub(super) fn over(self, earlier: Self) -> Self {
        if self.wait.is_some() {
            return self;
        }
        let hours = |when: Self| when.clock.is_some() || when.part.is_some();
        let mut merged = self;
        merged.days = self.days.or(earlier.days);
        if !hours(self) {
            (merged.part, merged.edge, merged.clock) = (earlier.part, earlier.edge, earlier.clock);
        } else if self.part.is_none() {
            // The afternoon spoken of before tells which four o'clock is meant.
            merged.part = earlier.part;
        }
        merged
    }

    fn is_bound(self, bound: Bound) -> bool {
        self.part.is_some_and(|(_, own)| own == bound) || self.clock.is_some_and(|clock| clock.bound == bound)
    }

    /// A day or a part of one, of which the hour may follow.
    fn lacks_hour(self) -> bool {
        self.clock.is_none() && (self.days.is_some() || self.part.is_some())
    }

    /// Nothing but "later".
    pub(super) fn is_vague(self) -> bool {
        self == Self { vague: true, ..Self::default() }
    }

    /// Whether each says something that the other leaves open.
    pub(super) fn completes(self, other: Self) -> bool {
        let plain = |when: Self| when.wait.is_none() && !when.vague && !when.past;
        let days_apart = self.days.is_none() || other.days.is_none();
        let hours_apart = (self.clock.is_none() || other.clock.is_none()) && (self.part.is_none() || other.part.is_none());
        plain(self) && plain(other) && days_apart && hours_apart
    }
}
