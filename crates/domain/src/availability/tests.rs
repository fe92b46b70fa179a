use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

#[expect(clippy::unnecessary_wraps, reason = "as the fields have it")]
fn day(text: &str) -> Option<Date> {
    Some(text.parse().expect("a date"))
}

#[expect(clippy::unnecessary_wraps, reason = "as the fields have it")]
fn hours(json: &str) -> Option<OpeningHours> {
    Some(serde_json::from_str(json).expect("opening hours"))
}

fn berlin() -> Presence {
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    Presence { active: true, present: true, absent_from: None, absent_until: None, working_hours: None, zone }
}

#[track_caller]
fn holds(presence: &Presence, now: &str, away: Option<Away>, changes_at: Option<&str>) {
    let expected = Availability { away, changes_at: changes_at.map(at) };
    assert_eq!(presence.at(at(now)), expected, "{now}");
}

#[test]
fn whoever_is_neither_absent_nor_bound_to_hours_is_always_there() {
    holds(&berlin(), "2026-03-02T03:00:00Z", None, None);
    let never = Presence { working_hours: hours(r#"{"mon": []}"#), ..berlin() };
    holds(&never, "2026-03-02T03:00:00Z", None, None);
}

#[test]
fn what_was_set_by_hand_stays_until_a_hand_changes_it() {
    let hours = hours(r#"{"mon": [["09:00", "17:00"]]}"#);
    let inactive = Presence { active: false, present: false, working_hours: hours.clone(), ..berlin() };
    holds(&inactive, "2026-03-02T09:00:00Z", Some(Away::Inactive), None);
    let gone = Presence { present: false, working_hours: hours, ..berlin() };
    holds(&gone, "2026-03-02T09:00:00Z", Some(Away::NotPresent), None);
}

#[test]
fn absence_takes_in_its_first_and_its_last_day() {
    let ill = Presence { absent_from: day("2026-03-03"), absent_until: day("2026-03-04"), ..berlin() };
    let until = Some(Away::Absent { until: day("2026-03-04") });
    holds(&ill, "2026-03-02T22:59:59.999Z", None, Some("2026-03-02T23:00:00Z"));
    holds(&ill, "2026-03-02T23:00:00Z", until, Some("2026-03-04T23:00:00Z"));
    holds(&ill, "2026-03-04T22:59:59.999Z", until, Some("2026-03-04T23:00:00Z"));
    holds(&ill, "2026-03-04T23:00:00Z", None, None);
}

#[test]
fn absence_may_have_no_end_or_no_beginning() {
    let left = Presence { absent_from: day("2026-03-03"), ..berlin() };
    holds(&left, "2026-03-02T12:00:00Z", None, Some("2026-03-02T23:00:00Z"));
    holds(&left, "2027-03-02T12:00:00Z", Some(Away::Absent { until: None }), None);
    let returns = Presence { absent_until: day("2026-03-03"), ..berlin() };
    holds(&returns, "2026-03-02T12:00:00Z", Some(Away::Absent { until: day("2026-03-03") }), Some("2026-03-03T23:00:00Z"));
}

#[test]
fn hours_count_with_their_breaks_and_blocks_that_touch_are_one() {
    let hours = hours(r#"{"mon": [["09:00", "12:00"], ["12:00", "12:30"], ["13:00", "17:00"]], "tue": [["08:00", "10:00"]]}"#);
    let works = Presence { working_hours: hours, ..berlin() };
    let out = Some(Away::OutsideHours);
    holds(&works, "2026-03-02T07:59:59Z", out, Some("2026-03-02T08:00:00Z"));
    holds(&works, "2026-03-02T08:00:00Z", None, Some("2026-03-02T11:30:00Z"));
    holds(&works, "2026-03-02T11:30:00Z", out, Some("2026-03-02T12:00:00Z"));
    holds(&works, "2026-03-02T16:00:00Z", out, Some("2026-03-03T07:00:00Z"));
    holds(&works, "2026-03-03T12:00:00Z", out, Some("2026-03-09T08:00:00Z"));
}

#[test]
fn midnight_does_not_end_a_night_shift_and_who_always_works_never_leaves() {
    let night = Presence { working_hours: hours(r#"{"mon": [["22:00", "24:00"]], "tue": [["00:00", "06:00"]]}"#), ..berlin() };
    holds(&night, "2026-03-02T22:00:00Z", None, Some("2026-03-03T05:00:00Z"));
    let all: Vec<_> = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|day| format!(r#""{day}": [["00:00", "24:00"]]"#)).into();
    let always = Presence { working_hours: hours(&format!("{{{}}}", all.join(","))), ..berlin() };
    holds(&always, "2026-03-02T22:00:00Z", None, None);
}

#[test]
fn whoever_returns_returns_at_the_next_hours_after_the_absence() {
    let hours = hours(r#"{"mon": [["09:00", "17:00"]], "thu": [["09:00", "17:00"]]}"#);
    let away = Presence { absent_from: day("2026-03-04"), absent_until: day("2026-03-05"), working_hours: hours, ..berlin() };
    // Monday evening: the next hours are Thursday's, and they lie within the absence.
    holds(&away, "2026-03-02T18:00:00Z", Some(Away::OutsideHours), Some("2026-03-09T08:00:00Z"));
    holds(&away, "2026-03-05T09:00:00Z", Some(Away::Absent { until: day("2026-03-05") }), Some("2026-03-09T08:00:00Z"));
    let long = Presence { absent_until: None, ..away };
    holds(&long, "2026-03-02T18:00:00Z", Some(Away::OutsideHours), None);
}

#[test]
fn the_hour_that_is_skipped_in_spring_moves_nobody() {
    let hours = hours(r#"{"sat": [["09:00", "17:00"]], "sun": [["02:30", "10:00"]], "mon": [["09:00", "17:00"]]}"#);
    let works = Presence { working_hours: hours, ..berlin() };
    // 2026-03-29: 02:00 becomes 03:00. 02:30 is never shown; 10:00 is 08:00 UTC, a day before it was 09:00 UTC.
    holds(&works, "2026-03-28T20:00:00Z", Some(Away::OutsideHours), Some("2026-03-29T01:00:00Z"));
    holds(&works, "2026-03-29T01:00:00Z", None, Some("2026-03-29T08:00:00Z"));
    holds(&works, "2026-03-29T08:00:00Z", Some(Away::OutsideHours), Some("2026-03-30T07:00:00Z"));
    let ill = Presence { absent_from: day("2026-03-29"), absent_until: day("2026-03-29"), ..berlin() };
    holds(&ill, "2026-03-28T22:00:00Z", None, Some("2026-03-28T23:00:00Z"));
    holds(&ill, "2026-03-28T23:00:00Z", Some(Away::Absent { until: day("2026-03-29") }), Some("2026-03-29T22:00:00Z"));
}

#[test]
fn the_hour_that_comes_twice_in_autumn_is_worked_twice() {
    let hours = hours(r#"{"sun": [["02:30", "10:00"]], "mon": [["09:00", "17:00"]]}"#);
    let works = Presence { working_hours: hours, ..berlin() };
    // 2026-10-25: 03:00 becomes 02:00. 02:30 first comes at 00:30 UTC; 10:00 is 09:00 UTC.
    holds(&works, "2026-10-24T20:00:00Z", Some(Away::OutsideHours), Some("2026-10-25T00:30:00Z"));
    holds(&works, "2026-10-25T01:10:00Z", None, Some("2026-10-25T09:00:00Z"));
    holds(&works, "2026-10-25T09:00:00Z", Some(Away::OutsideHours), Some("2026-10-26T08:00:00Z"));
    let ill = Presence { absent_from: day("2026-10-25"), absent_until: day("2026-10-25"), ..berlin() };
    holds(&ill, "2026-10-24T22:00:00Z", Some(Away::Absent { until: day("2026-10-25") }), Some("2026-10-25T23:00:00Z"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Against asking each quarter of an hour for ten days: nothing changes before the announced instant, and something
    /// does then.
    #[test]
    fn what_is_announced_is_the_next_change(
        start in 0_i64..365 * 96,
        from in proptest::option::of(0_i64..12),
        length in proptest::option::of(0_i64..4),
        days in proptest::collection::vec((0_usize..7, 0_u16..20, 1_u16..5), 0..6),
        zone in proptest::sample::select(vec!["Europe/Berlin", "Asia/Kolkata", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe"]),
    ) {
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let mut week = std::collections::BTreeMap::new();
        for (day, opens, length) in &days {
            week.insert(names[*day], vec![[format!("{opens:02}:00"), format!("{:02}:15", opens + length.min(&(23 - opens)))]]);
        }
        let now = crate::time::plus_seconds(at("2026-01-01T00:00:00Z"), start * 900);
        let zone = TimeZone::get(zone).expect("a zone");
        let today = zone.to_datetime(now).date();
        let absent_from = from.map(|days| today.checked_add(jiff::Span::new().days(days - 3)).expect("a date"));
        let absent_until = absent_from.zip(length).map(|(first, days)| first.checked_add(jiff::Span::new().days(days)).expect("a date"));
        let working_hours = Some(serde_json::from_value(serde_json::json!(week)).expect("hours"));
        let presence = Presence { active: true, present: true, absent_from, absent_until, working_hours, zone };
        let told = presence.at(now);
        let is_there = |at: Timestamp| presence.at(at).is_available();
        if let Some(changes) = told.changes_at {
            prop_assert!(changes > now);
            prop_assert_ne!(is_there(changes), told.is_available());
            prop_assert_eq!(is_there(crate::time::from_millis(changes.as_millisecond() - 1)), told.is_available());
        }
        for quarter in 0..10 * 96 {
            let later = crate::time::plus_seconds(now, quarter * 900);
            if told.changes_at.is_some_and(|changes| later >= changes) {
                break;
            }
            prop_assert_eq!(is_there(later), told.is_available(), "{}", later);
        }
    }
}
