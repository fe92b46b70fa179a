//! A due time told in words. A day is named when it is another than the one named last, with its date as soon as a
//! weekday alone could be mistaken, and many closures are told by their kinds: "4 × 18:00–09:00".

use jiff::{
    Timestamp, Zoned,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};

use super::{Due, Language, More, Skipped, Start, StartedBy, Why};
use crate::business_time::Closure;

/// More than so many closures are told by their kinds,
const TOLD_SINGLY: usize = 3;
/// and not more than so many kinds, or holidays, one by one.
const TOLD_AT_ALL: usize = 4;

struct Words {
    weekdays: [&'static str; 7],
    months: Option<[&'static str; 12]>,
    hours: &'static str,
    minutes: &'static str,
    business_time: &'static str,
    day_and_days: [&'static str; 2],
    from: &'static str,
    closed: &'static str,
    until: &'static str,
    holiday_and_holidays: [&'static str; 2],
    and: &'static str,
    more: &'static str,
    lack_of_hours: &'static str,
    wished: &'static str,
    by_hand: &'static str,
    not_before: &'static str,
    snoozed: &'static str,
    reopened: &'static str,
}

const ENGLISH: Words = Words {
    weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    months: Some(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]),
    hours: "h",
    minutes: "min",
    business_time: "business time",
    day_and_days: ["business day", "business days"],
    from: "from",
    closed: "closed",
    until: "until",
    holiday_and_holidays: ["holiday", "holidays"],
    and: "and",
    more: "more",
    lack_of_hours: "for lack of opening hours",
    wished: "wished for",
    by_hand: "set by hand",
    not_before: "as wished",
    snoozed: "end of snooze",
    reopened: "reopened",
};

const GERMAN: Words = Words {
    weekdays: ["Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."],
    months: None,
    hours: "Std.",
    minutes: "Min.",
    business_time: "Geschäftszeit",
    day_and_days: ["Geschäftstag", "Geschäftstage"],
    from: "ab",
    closed: "geschlossen",
    until: "bis",
    holiday_and_holidays: ["Feiertag", "Feiertage"],
    and: "und",
    more: "weitere",
    lack_of_hours: "mangels Öffnungszeiten",
    wished: "gewünscht",
    by_hand: "von Hand gesetzt",
    not_before: "wie gewünscht",
    snoozed: "nach Zurückstellung",
    reopened: "wieder geöffnet",
};

fn words_of(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
    }
}

pub(super) fn moment(at: Timestamp, language: Language, zone: &TimeZone) -> String {
    Teller { words: words_of(language), zone, dates: Dates::Full, named: None }.moment(at)
}

pub(super) fn tell(due: &Due, language: Language, zone: &TimeZone) -> String {
    let words = words_of(language);
    let mut teller = Teller { words, zone, dates: Dates::Full, named: None };
    let story = match &due.why {
        Why::WallTime { minutes, start, for_lack_of_hours } => {
            let from = teller.start(*start, due.at);
            let why = if *for_lack_of_hours { format!(", {}", words.lack_of_hours) } else { String::new() };
            format!("{} {from}{why}", teller.amount(*minutes))
        }
        Why::BusinessTime { minutes, start, skipped } => {
            let from = teller.start(*start, due.at);
            format!("{} {} {from}{}", teller.amount(*minutes), words.business_time, teller.skipped(skipped, start.at))
        }
        Why::BusinessDays { days, start, skipped } => {
            let from = teller.start(*start, due.at);
            format!("{days} {} {from}{}", words.day_and_days[usize::from(*days != 1)], teller.skipped(skipped, start.at))
        }
        Why::Wished { from } => format!("{} {}–{}", words.wished, teller.moment(*from), teller.moment(due.at)),
        Why::ByHand => words.by_hand.to_owned(),
    };
    teller.named = None;
    format!("{story} → {}", teller.moment(due.at))
}

/// How much of a day is named.
#[derive(Clone, Copy)]
enum Dates {
    /// All within a few days: the weekday says which.
    Weekday,
    Full,
    WithYear,
}

struct Teller<'a> {
    words: &'a Words,
    zone: &'a TimeZone,
    dates: Dates,
    named: Option<Date>,
}

impl Teller<'_> {
    fn start(&mut self, start: Start, due_at: Timestamp) -> String {
        let days = (self.local(due_at).date() - self.local(start.at).date()).get_days();
        self.dates = match days {
            ..=6 => Dates::Weekday,
            7..=180 => Dates::Full,
            _ => Dates::WithYear,
        };
        let by = match start.by {
            StartedBy::Created => String::new(),
            StartedBy::NotBefore => format!(" ({})", self.words.not_before),
            StartedBy::Snoozed => format!(" ({})", self.words.snoozed),
            StartedBy::Reopened => format!(" ({})", self.words.reopened),
        };
        format!("{} {}{by}", self.words.from, self.moment(start.at))
    }

    fn amount(&self, minutes: u32) -> String {
        let Words { hours, minutes: unit, .. } = self.words;
        match (minutes / 60, minutes % 60) {
            (0, minutes) => format!("{minutes} {unit}"),
            (whole, 0) => format!("{whole} {hours}"),
            (whole, minutes) => format!("{whole} {hours} {minutes} {unit}"),
        }
    }

    fn skipped(&mut self, skipped: &Skipped, start: Timestamp) -> String {
        if skipped.closures.is_empty() {
            return String::new();
        }
        let told = if skipped.closures.len() <= TOLD_SINGLY && skipped.more.closures == 0 {
            skipped.closures.iter().map(|it| self.closure(it, start)).collect::<Vec<_>>().join(", ")
        } else {
            self.kinds(&skipped.closures, skipped.more, start)
        };
        format!(", {} {told}", self.words.closed)
    }

    fn closure(&mut self, closure: &Closure, start: Timestamp) -> String {
        let span = if closure.from == start {
            format!("{} {}", self.words.until, self.moment(closure.until))
        } else {
            format!("{}–{}", self.moment(closure.from), self.moment(closure.until))
        };
        format!("{span}{}", self.holidays(&closure.holidays))
    }

    /// Always with the date, so that one can look it up.
    fn holidays(&self, dates: &[Date]) -> String {
        let [one, many] = self.words.holiday_and_holidays;
        match dates {
            [] => String::new(),
            [date] => format!(" ({one} {})", self.full_day(*date)),
            [first, .., last] if dates.len() > TOLD_AT_ALL => {
                format!(" ({} {many}, {}–{})", dates.len(), self.full_day(*first), self.full_day(*last))
            }
            several => format!(" ({many} {})", several.iter().map(|date| self.full_day(*date)).collect::<Vec<_>>().join(", ")),
        }
    }

    /// Closures at the same local times are one kind, told where the first of them stands.
    fn kinds(&mut self, closures: &[Closure], more: More, start: Timestamp) -> String {
        let mut kinds: Vec<(&Closure, usize)> = Vec::new();
        for closure in closures {
            let alike = |(first, _): &&mut (&Closure, usize)| {
                first.holidays.is_empty() && closure.holidays.is_empty() && self.shape(first) == self.shape(closure)
            };
            match kinds.iter_mut().find(alike) {
                Some((_, count)) => *count += 1,
                None => kinds.push((closure, 1)),
            }
        }
        let untold = kinds.split_off(kinds.len().min(TOLD_AT_ALL));
        let untold = untold.iter().map(|(_, count)| count).sum::<usize>() + more.closures;
        let mut told = Vec::new();
        for (closure, count) in kinds {
            if count == 1 {
                told.push(self.closure(closure, start));
            } else {
                told.push(format!("{count} × {}–{}", self.kind_edge(closure, closure.from), self.kind_edge(closure, closure.until)));
                // Several days have come between: the next one needs its name again.
                self.named = None;
            }
        }
        let told = told.join(", ");
        if untold == 0 { told } else { format!("{told} {} {untold} {}", self.words.and, self.words.more) }
    }

    fn kind_edge(&self, closure: &Closure, at: Timestamp) -> String {
        let (.., more_than_a_night) = self.shape(closure);
        let weekday = more_than_a_night.map(|_| format!("{} ", self.weekday(self.local(at).date())));
        format!("{}{}", weekday.unwrap_or_default(), self.time(at))
    }

    /// The local times of a closure, and the weekday of its beginning when it is more than a night.
    fn shape(&self, it: &Closure) -> (Time, Time, i32, Option<Weekday>) {
        let (from, until) = (self.local(it.from), self.local(it.until));
        let days = (until.date() - from.date()).get_days();
        (from.time(), until.time(), days, (days > 1).then(|| from.weekday()))
    }

    /// The time, after its day when that was not the last one named.
    fn moment(&mut self, at: Timestamp) -> String {
        let date = self.local(at).date();
        if self.named.replace(date) == Some(date) { self.time(at) } else { format!("{} {}", self.day(date), self.time(at)) }
    }

    fn time(&self, at: Timestamp) -> String {
        self.local(at).strftime("%H:%M").to_string()
    }

    fn day(&self, date: Date) -> String {
        match self.dates {
            Dates::Weekday => self.weekday(date).to_owned(),
            Dates::Full => self.full_day(date),
            Dates::WithYear if self.words.months.is_some() => format!("{} {}", self.full_day(date), date.year()),
            Dates::WithYear => format!("{}{}", self.full_day(date), date.year()),
        }
    }

    fn full_day(&self, date: Date) -> String {
        let weekday = self.weekday(date);
        match self.words.months {
            Some(months) => format!("{weekday} {} {}", date.day(), months[usize::from(date.month().unsigned_abs()) - 1]),
            None => format!("{weekday} {:02}.{:02}.", date.day(), date.month()),
        }
    }

    fn weekday(&self, date: Date) -> &'static str {
        self.words.weekdays[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())]
    }

    fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }
}
