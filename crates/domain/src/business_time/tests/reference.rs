//! The same questions answered in a slow way that is easy to believe: minute by minute, looking at what the local clock
//! shows. A block runs from the first minute that shows a time of it to the last one, whatever the clocks do in between.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    ops::RangeInclusive,
    thread,
};

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};
use rand::{RngExt as _, SeedableRng, rngs::StdRng};

use super::{ALL_DAYS, Calendar, zone};
use crate::time::from_millis;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
const EPOCH: Date = date(1970, 1, 1);

/// A month of minutes, and what a clock and a calendar on the wall show in each: the minutes since the local 1970.
struct Clock {
    begins: i64,
    shows: Vec<i64>,
}

impl Clock {
    fn new(begins: i64, zone: &TimeZone) -> Self {
        let shows = (0..25 * 24 * 60).map(|minute| {
            let local = from_millis(begins + minute * MINUTE).to_zoned(zone.clone());
            assert_eq!(local.second(), 0, "clocks are changed by whole minutes");
            i64::from((local.date() - EPOCH).get_days()) * 1440 + i64::from(local.hour()) * 60 + i64::from(local.minute())
        });
        Self { begins, shows: shows.collect() }
    }

    fn minute(&self, at: i64) -> usize {
        usize::try_from((at - self.begins) / MINUTE).expect("within the month")
    }

    fn instant(&self, minute: usize) -> i64 {
        self.begins + i64::try_from(minute).expect("small") * MINUTE
    }
}

/// Blocks as weekday (0 is Monday), first minute, and the minute after the last; holidays as days since 1970.
#[derive(Debug, Clone)]
struct Plan {
    blocks: Vec<(i64, i64, i64)>,
    holidays: Vec<i64>,
}

/// 1970 began on a Thursday.
fn weekday(day: i64) -> i64 {
    (day + 3) % 7
}

impl Plan {
    fn calendar(&self, zone: &TimeZone) -> Calendar {
        let time = |minute: &i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        let mut days: BTreeMap<&str, Vec<[String; 2]>> = BTreeMap::new();
        for (weekday, from, until) in &self.blocks {
            days.entry(ALL_DAYS[usize::try_from(*weekday).expect("0 to 6")]).or_default().push([time(from), time(until)]);
        }
        let hours = serde_json::from_value(serde_json::json!(days)).expect("a plan is valid");
        let holidays = self.holidays.iter().map(|day| EPOCH + SignedDuration::from_hours(24 * day));
        Calendar::new(hours, holidays.collect(), zone.clone())
    }

    fn block_at(&self, shown: i64) -> Option<usize> {
        let (day, minute) = (shown / 1440, shown % 1440);
        let weekday = weekday(day);
        let block = self.blocks.iter().position(|block| block.0 == weekday && block.1 <= minute && minute < block.2)?;
        if self.holidays.contains(&day) { None } else { Some(block) }
    }

    fn is_business_day(&self, day: i64) -> bool {
        !self.holidays.contains(&day) && self.blocks.iter().any(|block| block.0 == weekday(day))
    }
}

struct Reference<'a> {
    clock: &'a Clock,
    plan: &'a Plan,
    open: Vec<bool>,
}

impl<'a> Reference<'a> {
    fn new(clock: &'a Clock, plan: &'a Plan) -> Self {
        let mut pieces: BTreeMap<(i64, usize), RangeInclusive<usize>> = BTreeMap::new();
        for (minute, shown) in clock.shows.iter().enumerate() {
            if let Some(block) = plan.block_at(*shown) {
                let piece = pieces.entry((shown / 1440, block)).or_insert(minute..=minute);
                *piece = *piece.start()..=minute;
            }
        }
        let mut open = vec![false; clock.shows.len()];
        for piece in pieces.into_values() {
            open[piece].fill(true);
        }
        Self { clock, plan, open }
    }

    fn next_opening(&self, at: i64) -> Option<i64> {
        let now = self.clock.minute(at);
        if self.open[now] {
            return Some(at);
        }
        (now..self.open.len()).find(|minute| self.open[*minute]).map(|minute| self.clock.instant(minute))
    }

    fn open_time_between(&self, from: i64, until: i64) -> i64 {
        let mut total = 0;
        for minute in self.clock.minute(from)..=self.clock.minute(until) {
            let begins = self.clock.instant(minute);
            if self.open[minute] {
                total += (until.min(begins + MINUTE) - from.max(begins)).max(0);
            }
        }
        total
    }

    fn after_open_time(&self, from: i64, open_time: i64) -> Option<i64> {
        let mut left = open_time;
        for minute in self.clock.minute(from)..self.open.len() {
            let begins = from.max(self.clock.instant(minute));
            let ends = self.clock.instant(minute) + MINUTE;
            if self.open[minute] {
                if left <= ends - begins {
                    return Some(begins + left);
                }
                left -= ends - begins;
            }
        }
        None
    }

    fn after_business_days(&self, from: i64, days: usize) -> Option<i64> {
        let opening = self.next_opening(from)?;
        let first = self.clock.minute(opening);
        let (mut day, time_of_day) = (self.clock.shows[first] / 1440, self.clock.shows[first] % 1440);
        let mut left = days;
        for minute in first..self.clock.shows.len() {
            let shown = self.clock.shows[minute];
            if left > 0 && shown / 1440 > day {
                day = shown / 1440;
                left -= usize::from(self.plan.is_business_day(day));
            }
            let same_time = day * 1440 + time_of_day;
            if left == 0 && shown >= same_time {
                // Seconds are kept, unless that very time is skipped: then the first moment after the gap counts.
                let seconds = if shown == same_time { (opening - self.clock.begins) % MINUTE } else { 0 };
                return self.next_opening(self.clock.instant(minute) + seconds);
            }
        }
        None
    }
}

/// Zones, each with the year from which on its changes of the clocks are taken.
const ZONES: [(&str, i16); 15] = [
    ("Europe/Berlin", 2024),
    ("America/New_York", 2024),
    ("Asia/Kolkata", 2024),
    ("Asia/Kathmandu", 2024),
    // Half an hour of daylight saving,
    ("Australia/Lord_Howe", 2024),
    // and two hours of it.
    ("Antarctica/Troll", 2024),
    // Changes that skip or repeat midnight;
    ("America/Santiago", 2024),
    ("Africa/Cairo", 2024),
    ("Asia/Beirut", 2024),
    ("America/Havana", 2024),
    ("America/Nuuk", 2024),
    // here at one minute past, so that the date went back.
    ("America/St_Johns", 2005),
    // Twice a year around Ramadan.
    ("Africa/Casablanca", 2024),
    ("Australia/Adelaide", 2024),
    ("Pacific/Chatham", 2024),
];

fn random_plan(random: &mut StdRng, month: &Clock) -> Plan {
    let kind = random.random_range(0..8);
    let mut blocks = Vec::new();
    for weekday in 0..7 {
        match kind {
            0 if weekday < 5 => blocks.extend([(weekday, 540, 750), (weekday, 810, 1080)]),
            1 => blocks.push((weekday, 0, 1440)),
            2 => blocks.extend([(weekday, 0, 150), (weekday, 1320, 1440)]),
            // Closed on most days.
            0 | 3 if weekday != 6 => {}
            _ => blocks.extend(random_blocks(random).into_iter().map(|(from, until)| (weekday, from, until))),
        }
    }
    let holidays = random.random_range(0..7);
    let holidays: BTreeSet<i64> = (0..holidays).map(|_| month.shows[random.random_range(0..month.shows.len())] / 1440).collect();
    Plan { blocks: if random.random_ratio(1, 40) { Vec::new() } else { blocks }, holidays: holidays.into_iter().collect() }
}

/// Up to three blocks, half of their edges in the small hours, where clocks are changed.
fn random_blocks(random: &mut StdRng) -> Vec<(i64, i64)> {
    let mut edges: Vec<i64> = (0..random.random_range(0..4) * 2)
        .map(|_| match random.random_range(0..8) {
            0..=3 => random.random_range(0..=16) * 15,
            4 => 1440 - random.random_range(0..=8) * 15,
            _ => random.random_range(0..=1440),
        })
        .collect();
    edges.sort_unstable();
    edges.chunks_exact(2).map(|edge| (edge[0], edge[1])).filter(|(from, until)| from < until).collect()
}

/// Half of the starts within hours of the change of the clocks that the month was chosen for; some at its very instant.
fn random_start(random: &mut StdRng, month: &Clock, change: i64) -> i64 {
    let start = match random.random_range(0..10) {
        0 => change,
        1..=4 => change + random.random_range(-4 * 60 * MINUTE..4 * 60 * MINUTE),
        5 | 6 => change + random.random_range(-3 * DAY..DAY),
        _ => month.begins + random.random_range(DAY..12 * DAY),
    };
    match random.random_range(0..4) {
        0 => start,
        1 => start - start.rem_euclid(15 * MINUTE),
        _ => start - start.rem_euclid(MINUTE),
    }
}

/// Compares `cases` questions of each kind in one month of one zone; how many due times were found.
fn compare(random: &mut StdRng, name: &str, change: i64, cases: u32) -> u32 {
    let zone = zone(name);
    let month = Clock::new(change - change.rem_euclid(MINUTE) - 8 * DAY - random.random_range(0..DAY) / MINUTE * MINUTE, &zone);
    let mut found = 0;
    for _ in 0..6 {
        let plan = random_plan(random, &month);
        let (calendar, reference) = (plan.calendar(&zone), Reference::new(&month, &plan));
        for _ in 0..cases / 6 {
            let start = random_start(random, &month, change);
            let end = start + if random.random_ratio(1, 10) { random.random_range(0..10 * DAY) } else { random.random_range(0..2 * DAY) };
            let (minutes, days) = (random.random_range(0..1500), random.random_range(1..5));
            let (from, case) = (from_millis(start), || format!("{name} {plan:?} from {}", from_millis(start)));

            let opening = within(&month, calendar.next_opening(from));
            assert_eq!(opening, reference.next_opening(start), "next opening: {}", case());
            let between = calendar.open_time_between(from, from_millis(end)).as_millis();
            assert_eq!(between, i128::from(reference.open_time_between(start, end)), "open time until {}: {}", from_millis(end), case());
            let due = within(&month, calendar.after_open_time(from, SignedDuration::from_mins(minutes)));
            assert_eq!(due, reference.after_open_time(start, minutes * MINUTE), "after {minutes} min: {}", case());
            let in_days = within(&month, calendar.after_business_days(from, u32::try_from(days).expect("few")));
            assert_eq!(in_days, reference.after_business_days(start, days), "after {days} days: {}", case());
            found += u32::from(due.is_some());
        }
    }
    found
}

/// The reference knows one month; what lies behind it, both must not find in it.
fn within(month: &Clock, at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_millisecond).filter(|at| *at < month.instant(month.shows.len()))
}

/// Two changes of the clocks within six years, or any moment where there are none.
fn changes(random: &mut StdRng, name: &str, year: i16) -> Vec<i64> {
    let zone = zone(name);
    let first = date(year, 1, 1).to_zoned(zone.clone()).expect("a date").timestamp().as_millisecond();
    let any = first + random.random_range(0..5 * 365 * DAY);
    let changes: Vec<i64> = zone.following(from_millis(any)).take(2).map(|change| change.timestamp().as_millisecond()).collect();
    if changes.is_empty() { vec![any] } else { changes }
}

/// More rounds: `RINGBACK_SEEDS=100 cargo test -p ringback-domain reference`.
#[test]
fn ten_thousand_random_cases_are_answered_as_by_walking_the_minutes() {
    let rounds = env::var("RINGBACK_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(1);
    let found: u32 = thread::scope(|scope| {
        let zones = ZONES.map(|(name, year)| {
            scope.spawn(move || {
                let mut random = StdRng::seed_from_u64(name.bytes().map(u64::from).sum());
                let months = (0..rounds).flat_map(|_| changes(&mut random, name, year)).collect::<Vec<_>>();
                months.into_iter().map(|change| compare(&mut random, name, change, 450)).sum::<u32>()
            })
        });
        zones.into_iter().map(|zone| zone.join().expect("no difference")).sum()
    });
    println!("{found} due times compared");
    assert!(found >= 10_000, "only {found} cases had a due time to compare");
}
