//! Opening hours and holidays as a branch writes them down: blocks of local time for each weekday, and dates.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::civil::{self, Date, DateTime, Time};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::{
    words::words,
    written::{Written, WrongField},
};

const MOST_BLOCKS: usize = 24;
const MOST_HOLIDAYS: usize = 1000;

words!(Weekday { Mon = "mon", Tue = "tue", Wed = "wed", Thu = "thu", Fri = "fri", Sat = "sat", Sun = "sun" });

impl From<civil::Weekday> for Weekday {
    fn from(day: civil::Weekday) -> Self {
        match day {
            civil::Weekday::Monday => Self::Mon,
            civil::Weekday::Tuesday => Self::Tue,
            civil::Weekday::Wednesday => Self::Wed,
            civil::Weekday::Thursday => Self::Thu,
            civil::Weekday::Friday => Self::Fri,
            civil::Weekday::Saturday => Self::Sat,
            civil::Weekday::Sunday => Self::Sun,
        }
    }
}

/// Minutes after midnight on the local clock. Unlike [`civil::Time`] it can be 24:00, the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    pub const END_OF_DAY: Self = Self(24 * 60);

    /// Exactly `HH:MM`.
    pub fn parse(text: &str) -> Option<Self> {
        let [h1 @ b'0'..=b'2', h2 @ b'0'..=b'9', b':', m1 @ b'0'..=b'5', m2 @ b'0'..=b'9'] = text.as_bytes() else { return None };
        let digit = |byte: &u8| u16::from(byte - b'0');
        Self::new(digit(h1) * 10 + digit(h2), digit(m1) * 10 + digit(m2))
    }

    pub fn new(hour: u16, minute: u16) -> Option<Self> {
        let time = Self(hour.checked_mul(60)?.checked_add(minute)?);
        (minute < 60 && time <= Self::END_OF_DAY).then_some(time)
    }

    /// This time on `date`; 24:00 is midnight of the next day.
    pub fn on(self, date: Date) -> Option<DateTime> {
        if self == Self::END_OF_DAY {
            return Some(date.tomorrow().ok()?.to_datetime(Time::midnight()));
        }
        let (hour, minute) = (i8::try_from(self.0 / 60).ok()?, i8::try_from(self.0 % 60).ok()?);
        Some(date.at(hour, minute, 0, 0))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// Open from `from` up to, not including, `until`; both on the same day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "(TimeOfDay, TimeOfDay)")]
pub struct Block {
    pub from: TimeOfDay,
    pub until: TimeOfDay,
}

impl From<Block> for (TimeOfDay, TimeOfDay) {
    fn from(block: Block) -> Self {
        (block.from, block.until)
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}–{}", self.from, self.until)
    }
}

/// `{"mon": [["09:00", "12:30"], ["13:30", "18:00"]], …}`: for each weekday its blocks, in order and without overlap. A
/// day that is not named is closed, like one with an empty list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct OpeningHours {
    days: BTreeMap<Weekday, Vec<Block>>,
}

impl OpeningHours {
    pub fn blocks(&self, day: Weekday) -> &[Block] {
        self.days.get(&day).map_or(&[], Vec::as_slice)
    }

    /// Not one block in the whole week: nobody wrote opening hours down, or the place is never open.
    pub fn is_empty(&self) -> bool {
        self.days.values().all(Vec::is_empty)
    }

    /// All that is wrong is told, each with its place, such as `opening_hours.tue[1]`.
    pub fn read(field: &str, written: Written) -> Result<Self, Vec<WrongField>> {
        let Written::Fields(written) = written else {
            let message = r#"must be an object of weekdays, such as {"mon": [["09:00", "12:30"], ["13:30", "18:00"]]}"#;
            return Err(vec![WrongField::new(field, "type", message)]);
        };
        let (mut days, mut wrong) = (BTreeMap::new(), Vec::new());
        for (key, blocks) in written {
            let field = format!("{field}.{key}");
            if let Ok(day) = key.parse::<Weekday>() {
                days.insert(day, read_day(&field, blocks, &mut wrong));
            } else {
                wrong.push(WrongField::new(field, "unknown", "is not known here; accepted are: mon, tue, wed, thu, fri, sat, sun"));
            }
        }
        if wrong.is_empty() { Ok(Self { days }) } else { Err(wrong) }
    }
}

fn read_day(field: &str, written: Written, wrong: &mut Vec<WrongField>) -> Vec<Block> {
    let Written::List(written) = written else {
        let message = r#"must be a list of blocks, such as [["09:00", "12:30"], ["13:30", "18:00"]], or [] for a closed day"#;
        wrong.push(WrongField::new(field, "type", message));
        return Vec::new();
    };
    if written.len() > MOST_BLOCKS {
        wrong.push(WrongField::new(field, "range", format!("must have at most {MOST_BLOCKS} blocks")));
        return Vec::new();
    }
    let mut blocks: Vec<Block> = Vec::with_capacity(written.len());
    for (index, written) in written.iter().enumerate() {
        let read = read_block(written).and_then(|block| match blocks.iter().find(|it| it.from < block.until && block.from < it.until) {
            Some(other) => Err(("value", format!("must not overlap {other}"))),
            None => Ok(block),
        });
        match read {
            Ok(block) => blocks.push(block),
            Err((code, message)) => wrong.push(WrongField::new(format!("{field}[{index}]"), code, message)),
        }
    }
    blocks.sort_unstable();
    blocks
}

fn read_block(written: &Written) -> Result<Block, (&'static str, String)> {
    let times = match written {
        Written::List(times) => match times.as_slice() {
            [Written::Text(from), Written::Text(until)] => TimeOfDay::parse(from).zip(TimeOfDay::parse(until)),
            _ => None,
        },
        Written::Text(_) | Written::Fields(_) | Written::Other(_) => None,
    };
    let Some((from, until)) = times else {
        return Err(("format", r#"must be two times of day from 00:00 to 24:00, such as ["09:00", "12:30"]"#.to_owned()));
    };
    if from >= until {
        let message = "must end after it begins; what goes past midnight is two blocks, one until 24:00 and one from 00:00 on the next day";
        return Err(("value", message.to_owned()));
    }
    Ok(Block { from, until })
}

impl<'de> Deserialize<'de> for OpeningHours {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::read("opening_hours", Written::deserialize(from)?).map_err(|wrong| D::Error::custom(WrongField::join(&wrong)))
    }
}

/// Dates on which the place is closed whatever the weekday.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Holidays {
    dates: BTreeSet<Date>,
}

impl Holidays {
    pub fn contains(&self, date: Date) -> bool {
        self.dates.contains(&date)
    }

    /// All that is wrong is told, each with its place, such as `holidays[2]`.
    pub fn read(field: &str, written: Written) -> Result<Self, Vec<WrongField>> {
        let Written::List(written) = written else {
            return Err(vec![WrongField::new(field, "type", r#"must be a list of dates, such as ["2026-12-25"]"#)]);
        };
        if written.len() > MOST_HOLIDAYS {
            return Err(vec![WrongField::new(field, "range", format!("must have at most {MOST_HOLIDAYS} dates"))]);
        }
        let (mut dates, mut wrong) = (BTreeSet::new(), Vec::new());
        for (index, written) in written.iter().enumerate() {
            let refused = match read_date(written) {
                Some(date) if dates.insert(date) => continue,
                Some(_) => ("repeated", "must not name a date twice"),
                None => ("format", "must be a date such as 2026-12-25"),
            };
            wrong.push(WrongField::new(format!("{field}[{index}]"), refused.0, refused.1));
        }
        if wrong.is_empty() { Ok(Self { dates }) } else { Err(wrong) }
    }
}

fn read_date(written: &Written) -> Option<Date> {
    match written {
        // jiff also reads `20261225` and the date of a date and time; a holiday is written in one way.
        Written::Text(text) if text.len() == 10 => text.parse().ok(),
        Written::Text(_) | Written::List(_) | Written::Fields(_) | Written::Other(_) => None,
    }
}

impl FromIterator<Date> for Holidays {
    fn from_iter<I: IntoIterator<Item = Date>>(dates: I) -> Self {
        Self { dates: dates.into_iter().collect() }
    }
}

impl<'de> Deserialize<'de> for Holidays {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::read("holidays", Written::deserialize(from)?).map_err(|wrong| D::Error::custom(WrongField::join(&wrong)))
    }
}
