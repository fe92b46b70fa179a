//! What holds for every calendar and every moment.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::{ALL_DAYS, Calendar, Holidays, zone};
use crate::time::from_millis;

const ZONES: [&str; 6] = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo"];

/// The whole of 2025 to 2027, a third of it close to Berlin's or New York's changes of the clocks.
fn moments() -> impl Strategy<Value = i64> {
    let whole = 1_735_689_600_000_i64..1_830_297_600_000;
    let change = prop::sample::select(vec![1_774_746_000_000_i64, 1_792_890_000_000, 1_772_953_200_000, 1_793_512_800_000]);
    prop_oneof![2 => whole, 1 => change.prop_flat_map(|at| at - 20_000_000..at + 20_000_000)]
}

prop_compose! {
    fn calendars()(
        edges in prop::collection::vec(prop::collection::vec(0_u16..=288, 0..=6), 7),
        holidays in prop::collection::btree_set(0_i64..1095, 0..40),
        name in prop::sample::select(ZONES.to_vec()),
    ) -> Calendar {
        let time = |edge: u16| format!("{:02}:{:02}", edge / 12, edge % 12 * 5);
        let mut days = serde_json::Map::new();
        for (day, mut edges) in ALL_DAYS.iter().zip(edges) {
            edges.sort_unstable();
            edges.dedup();
            let blocks: Vec<[String; 2]> = edges.chunks_exact(2).map(|edge| [time(edge[0]), time(edge[1])]).collect();
            days.insert((*day).to_owned(), serde_json::json!(blocks));
        }
        let holidays: Holidays = holidays
            .into_iter()
            .filter_map(|day| jiff::civil::date(2025, 1, 1).checked_add(SignedDuration::from_hours(24 * day)).ok())
            .collect();
        Calendar::new(serde_json::from_value(days.into()).expect("valid"), holidays, zone(name))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn adding_open_time_and_measuring_it_gives_it_back(calendar in calendars(), from in moments(), minutes in 0_i64..3_000) {
        let (from, open_time) = (from_millis(from), SignedDuration::from_mins(minutes));
        if let Some(due) = calendar.after_open_time(from, open_time) {
            prop_assert!(due >= from);
            prop_assert_eq!(calendar.open_time_between(from, due), open_time);
            if minutes > 0 {
                let before = from_millis(due.as_millisecond() - 1);
                prop_assert_eq!(calendar.open_time_between(from, before), open_time - SignedDuration::from_millis(1), "the first such instant");
            }
        }
    }

    #[test]
    fn more_time_is_never_due_earlier(calendar in calendars(), from in moments(), minutes in 0_i64..3_000, more in 0_i64..600) {
        let due = |minutes| calendar.after_open_time(from_millis(from), SignedDuration::from_mins(minutes));
        if let (Some(less), Some(more)) = (due(minutes), due(minutes + more)) {
            prop_assert!(less <= more);
        }
    }

    #[test]
    fn what_starts_later_is_never_due_earlier(calendar in calendars(), from in moments(), later in 0_i64..300_000_000, minutes in 1_i64..3_000) {
        let due = |from| calendar.after_open_time(from_millis(from), SignedDuration::from_mins(minutes));
        if let (Some(first), Some(second)) = (due(from), due(from + later)) {
            prop_assert!(first <= second);
        }
    }

    #[test]
    fn business_days_rise_with_the_days_and_with_the_start(calendar in calendars(), from in moments(), later in 0_i64..300_000_000, days in 1_u32..6) {
        let due = |from, days| calendar.after_business_days(from_millis(from), days);
        if let (Some(one), Some(more)) = (due(from, days), due(from, days + 1)) {
            prop_assert!(one <= more);
        }
        // In the hour that comes twice, the later of two starts may show the earlier time.
        let shows = |at| calendar.zone().to_datetime(calendar.next_opening(from_millis(at)).unwrap_or_default());
        if let (Some(first), Some(second)) = (due(from, days), due(from + later, days)) {
            prop_assert!(first <= second || shows(from) > shows(from + later));
        }
    }

    #[test]
    fn it_is_open_when_it_opens_and_was_closed_just_before(calendar in calendars(), at in moments()) {
        let now = from_millis(at);
        if let Some(opens) = calendar.next_opening(now) {
            prop_assert!(calendar.is_open(opens));
            prop_assert_eq!(calendar.open_time_between(now, opens), SignedDuration::ZERO);
            prop_assert_eq!(calendar.is_open(now), opens == now);
        }
    }

    #[test]
    fn open_and_closed_time_make_up_the_whole(calendar in calendars(), from in moments(), length in 0_i64..2_000_000_000) {
        let (from, until) = (from_millis(from), from_millis(from + length));
        let closures = calendar.closures(from, until);
        let closed: SignedDuration = closures.iter().map(super::super::Closure::length).sum();
        prop_assert_eq!(calendar.open_time_between(from, until) + closed, until.duration_since(from));
        for closure in &closures {
            prop_assert!(from <= closure.from && closure.from < closure.until && closure.until <= until);
            prop_assert_eq!(calendar.open_time_between(closure.from, closure.until), SignedDuration::ZERO);
        }
        for pair in closures.windows(2) {
            prop_assert!(pair[0].until < pair[1].from, "between two closures it is open");
        }
    }

    #[test]
    fn time_adds_up_wherever_it_is_cut(calendar in calendars(), from in moments(), first in 0_i64..900_000_000, second in 0_i64..900_000_000) {
        let [a, b, c] = [from, from + first, from + first + second].map(from_millis);
        prop_assert_eq!(calendar.open_time_between(a, b) + calendar.open_time_between(b, c), calendar.open_time_between(a, c));
    }
}
