//! In 2026 the clocks of Berlin are set forward on Sunday, 29 March, at 2:00 and back on Sunday, 25 October, at 3:00.

use jiff::SignedDuration;

use super::{ALL_DAYS, Calendar, WEEKDAYS, at, hours, in_berlin, office, round_the_clock, zone};

const MIDDAY: [[&str; 2]; 2] = [["09:00", "12:30"], ["13:30", "18:00"]];

fn minutes_between(calendar: &Calendar, from: &str, until: &str) -> i64 {
    calendar.open_time_between(at(from), at(until)).as_mins()
}

#[track_caller]
fn assert_after_minutes(calendar: &Calendar, minutes: i64, from: &str, expected: &str) {
    assert_eq!(calendar.after_open_time(at(from), SignedDuration::from_mins(minutes)), Some(at(expected)), "{minutes} min from {from}");
}

#[track_caller]
fn assert_after_days(calendar: &Calendar, days: u32, from: &str, expected: &str) {
    assert_eq!(calendar.after_business_days(at(from), days), Some(at(expected)), "{days} business days from {from}");
}

#[test]
fn it_is_open_from_the_first_moment_of_a_block_up_to_the_last_but_one() {
    let office = office();
    assert!(office.is_open(at("2026-03-27 09:00")));
    assert!(office.is_open(at("2026-03-27 17:59:59.999")));
    assert!(!office.is_open(at("2026-03-27 18:00")));
    assert!(!office.is_open(at("2026-03-28 12:00")), "a Saturday");
    assert_eq!(office.next_opening(at("2026-03-27 12:00")), Some(at("2026-03-27 12:00")), "it is open");
    assert_eq!(office.next_opening(at("2026-03-27 18:00")), Some(at("2026-03-30 09:00")), "next Monday, in summer time");
}

#[test]
fn nights_weekends_lunch_and_holidays_do_not_count() {
    let shop = in_berlin(hours(&WEEKDAYS, &MIDDAY), &["2026-04-03", "2026-04-06"]);
    assert_after_minutes(&office(), 120, "2026-03-27 17:10", "2026-03-30 10:10");
    assert_after_minutes(&shop, 120, "2026-03-26 11:30", "2026-03-26 14:30");
    assert_after_minutes(&shop, 240, "2026-04-02 16:00", "2026-04-07 11:00");
    assert_eq!(minutes_between(&shop, "2026-04-02 16:00", "2026-04-07 11:00"), 240);
    assert_eq!(minutes_between(&shop, "2026-04-03 00:00", "2026-04-07 00:00"), 0, "Easter");
}

#[test]
fn time_that_runs_out_at_closing_time_is_due_then_and_not_at_the_next_opening() {
    assert_after_minutes(&office(), 120, "2026-03-27 16:00", "2026-03-27 18:00");
    assert_after_minutes(&office(), 0, "2026-03-27 18:00", "2026-03-30 09:00");
}

#[test]
fn a_day_round_the_clock_has_23_or_25_hours_when_the_clocks_are_changed() {
    let always = round_the_clock();
    assert_eq!(minutes_between(&always, "2026-03-29 00:00", "2026-03-30 00:00"), 23 * 60);
    assert_eq!(minutes_between(&always, "2026-10-25 00:00", "2026-10-26 00:00"), 25 * 60);
    assert_after_minutes(&always, 120, "2026-03-29 01:00", "2026-03-29 04:00");
    assert_after_minutes(&always, 120, "2026-10-25 01:30", "2026-10-25 02:30 +01:00");
}

#[test]
fn over_the_night_of_a_change_the_shop_opens_at_nine_by_its_own_clock() {
    let daily = in_berlin(hours(&ALL_DAYS, &[["09:00", "18:00"]]), &[]);
    for [evening, morning] in [["2026-03-28 17:00", "2026-03-29 10:00"], ["2026-10-24 17:00", "2026-10-25 10:00"]] {
        assert_after_minutes(&daily, 120, evening, morning);
        assert_after_days(&daily, 1, evening, &morning.replace("10:00", "17:00"));
    }
}

#[test]
fn an_edge_in_the_hour_that_is_skipped_is_the_moment_of_the_change() {
    let from_skipped = in_berlin(hours(&["sun"], &[["02:30", "05:00"]]), &[]);
    assert_eq!(from_skipped.next_opening(at("2026-03-28 12:00")), Some(at("2026-03-29 03:00")));
    assert_eq!(minutes_between(&from_skipped, "2026-03-29 00:00", "2026-03-29 12:00"), 120);
    let until_skipped = in_berlin(hours(&["sun"], &[["01:00", "02:30"]]), &[]);
    assert_eq!(minutes_between(&until_skipped, "2026-03-29 00:00", "2026-03-29 12:00"), 60);
    let all_skipped = in_berlin(hours(&["sun"], &[["02:00", "03:00"]]), &[]);
    assert_eq!(all_skipped.next_opening(at("2026-03-28 12:00")), Some(at("2026-04-05 02:00")));
}

#[test]
fn an_edge_in_the_hour_that_comes_twice_gives_the_block_all_of_it() {
    let from_twice = in_berlin(hours(&["sun"], &[["02:30", "05:00"]]), &[]);
    assert_eq!(from_twice.next_opening(at("2026-10-25 00:00")), Some(at("2026-10-25 02:30 +02:00")));
    assert_eq!(minutes_between(&from_twice, "2026-10-25 00:00", "2026-10-25 12:00"), 3 * 60 + 30);
    let until_twice = in_berlin(hours(&["sun"], &[["01:00", "02:30"]]), &[]);
    assert_eq!(minutes_between(&until_twice, "2026-10-25 00:00", "2026-10-25 12:00"), 2 * 60 + 30);
    // An end at two is before the hour, a beginning at three behind it.
    let around = in_berlin(hours(&["sun"], &[["01:00", "02:00"], ["03:00", "04:00"]]), &[]);
    assert_eq!(minutes_between(&around, "2026-10-25 00:00", "2026-10-25 12:00"), 120);
}

#[test]
fn the_next_business_day_is_counted_from_the_next_opening() {
    assert_after_days(&office(), 1, "2026-03-26 10:15", "2026-03-27 10:15");
    assert_after_days(&office(), 1, "2026-03-27 17:10", "2026-03-30 17:10");
    assert_after_days(&office(), 1, "2026-03-27 20:00", "2026-03-31 09:00");
    assert_after_days(&office(), 1, "2026-03-30 08:00", "2026-03-31 09:00");
    assert_after_days(&office(), 3, "2026-03-27 17:10", "2026-04-01 17:10");
}

#[test]
fn holidays_and_closed_days_are_no_business_days() {
    let easter = in_berlin(hours(&WEEKDAYS, &[["09:00", "18:00"]]), &["2026-04-03", "2026-04-06"]);
    assert_after_days(&easter, 1, "2026-04-02 11:00", "2026-04-07 11:00");
    assert!(!easter.is_business_day(jiff::civil::date(2026, 4, 3)));
}

#[test]
fn where_the_same_time_is_closed_the_next_opening_after_it_counts() {
    let short_friday = serde_json::json!({"thu": [["09:00", "18:00"]], "fri": [["09:00", "13:00"]], "mon": MIDDAY});
    let short_friday = in_berlin(serde_json::from_value(short_friday).expect("opening hours"), &[]);
    assert_after_days(&short_friday, 1, "2026-03-26 12:00", "2026-03-27 12:00");
    assert_after_days(&short_friday, 1, "2026-03-26 17:00", "2026-03-30 09:00");
    assert_after_days(&short_friday, 1, "2026-03-27 12:45", "2026-03-30 13:30");
}

#[test]
fn the_same_time_in_the_hour_that_is_skipped_is_the_moment_of_the_change() {
    assert_after_days(&round_the_clock(), 1, "2026-03-28 02:30", "2026-03-29 03:00");
    assert_after_days(&round_the_clock(), 1, "2026-10-24 02:30", "2026-10-25 02:30 +02:00");
}

#[test]
fn what_never_opens_has_no_next_opening_and_no_open_time() {
    let never = in_berlin(hours(&ALL_DAYS, &[]), &[]);
    assert!(!never.has_hours());
    assert_eq!(never.next_opening(at("2026-03-27 12:00")), None);
    assert_eq!(never.after_open_time(at("2026-03-27 12:00"), SignedDuration::from_mins(1)), None);
    assert_eq!(never.after_business_days(at("2026-03-27 12:00"), 1), None);
    assert_eq!(minutes_between(&never, "2020-01-01 00:00", "2030-01-01 00:00"), 0);
}

#[test]
fn nothing_is_searched_beyond_two_years() {
    // One minute a week, and three years of holidays.
    let rarely = hours(&["mon"], &[["09:00", "09:01"]]);
    let mondays: Vec<String> =
        std::iter::successors(Some(jiff::civil::date(2026, 1, 5)), |day| day.checked_add(jiff::Span::new().days(7)).ok())
            .take(156)
            .map(|day| day.to_string())
            .collect();
    let holidays: Vec<&str> = mondays.iter().map(String::as_str).collect();
    assert_eq!(in_berlin(rarely.clone(), &holidays).next_opening(at("2026-01-01 00:00")), None);
    let rarely = in_berlin(rarely, &[]);
    assert_after_minutes(&rarely, 100, "2026-01-01 00:00", "2027-11-29 09:01");
    assert_eq!(rarely.after_open_time(at("2026-01-01 00:00"), SignedDuration::from_mins(110)), None);
    assert_eq!(rarely.after_business_days(at("2026-01-01 00:00"), 110), None);
}

#[test]
fn blocks_that_touch_at_midnight_are_one_opening() {
    let friday_night = serde_json::json!({"fri": [["18:00", "24:00"]], "sat": [["00:00", "02:00"]]});
    let friday_night = in_berlin(serde_json::from_value(friday_night).expect("opening hours"), &[]);
    assert_after_minutes(&friday_night, 300, "2026-03-27 20:00", "2026-03-28 01:00");
    assert_eq!(friday_night.closures(at("2026-03-27 20:00"), at("2026-03-28 02:00")), []);
}

#[test]
fn closures_name_the_holidays_that_cost_open_time() {
    let easter = in_berlin(hours(&WEEKDAYS, &[["09:00", "18:00"]]), &["2026-04-03", "2026-04-05", "2026-04-06"]);
    let closures = easter.closures(at("2026-04-02 17:00"), at("2026-04-07 10:00"));
    let [closure] = closures.as_slice() else { panic!("one closure over Easter: {closures:?}") };
    assert_eq!((closure.from, closure.until), (at("2026-04-02 18:00"), at("2026-04-07 09:00")));
    let named: Vec<_> = closure.holidays.iter().map(ToString::to_string).collect();
    assert_eq!(named, ["2026-04-03", "2026-04-06"], "Sunday is closed anyway");
    let evening = easter.closures(at("2026-04-02 18:00"), at("2026-04-03 00:00"));
    assert_eq!(evening[0].holidays, [], "it ends where the holiday begins");
}

#[test]
fn a_day_that_a_zone_left_out_has_no_open_time() {
    let samoa = Calendar::new(hours(&ALL_DAYS, &[["09:00", "17:00"]]), super::Holidays::default(), zone("Pacific/Apia"));
    let instant = |text: &str| text.parse::<jiff::Timestamp>().expect("an instant");
    // Friday, 30 December 2011, did not exist there.
    let open = samoa.open_time_between(instant("2011-12-29T00:00:00-10:00"), instant("2012-01-01T00:00:00+14:00"));
    assert_eq!(open, SignedDuration::from_hours(16));
}

#[test]
fn days_overlap_when_the_clocks_are_set_back_over_midnight() {
    // At one minute past midnight the clocks of Newfoundland were set back to 23:01 of the day before.
    let open_on = |day| Calendar::new(hours(&[day], &[["00:00", "24:00"]]), super::Holidays::default(), zone("America/St_Johns"));
    let [sunday, still_saturday, midnight] =
        ["2008-11-02T00:00:30-02:30", "2008-11-01T23:30:00-03:30", "2008-11-02T00:00:00-03:30"].map(|at| at.parse().expect("an instant"));
    assert!(open_on("sat").is_open(sunday), "an hour of Saturday is still to come");
    assert_eq!(open_on("sat").open_time_between(sunday, midnight), SignedDuration::from_secs(59 * 60 + 30));
    assert!(!open_on("sat").is_open(midnight));
    assert_eq!(open_on("sun").open_time_between(sunday, still_saturday), SignedDuration::from_secs(29 * 60 + 30), "Sunday has begun");
}
