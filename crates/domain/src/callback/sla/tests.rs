use jiff::{Timestamp, Zoned, tz::TimeZone};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    business_time::{Holidays, OpeningHours},
    callback::{Language, StartedBy},
};

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").expect("bundled")
}

fn at(local: &str) -> Timestamp {
    format!("{local}[Europe/Berlin]").parse::<Zoned>().expect("a local time").timestamp()
}

/// Monday to Friday, the same blocks each day.
fn open(blocks: &[[&str; 2]], holidays: &[&str]) -> Calendar {
    let hours = json!({"mon": blocks, "tue": blocks, "wed": blocks, "thu": blocks, "fri": blocks});
    let hours: OpeningHours = serde_json::from_value(hours).expect("opening hours");
    Calendar::new(hours, serde_json::from_value::<Holidays>(json!(holidays)).expect("dates"), berlin())
}

fn nine_to_six() -> Calendar {
    open(&[["09:00", "18:00"]], &[])
}

fn with_lunch() -> Calendar {
    open(&[["09:00", "12:30"], ["13:30", "18:00"]], &[])
}

fn due_in(priority: Priority, minutes: u32, from: &str, calendar: &Calendar) -> Due {
    let mut settings = Settings::default();
    let all = &mut settings.sla_minutes;
    (all.urgent, all.high, all.normal) = (minutes, minutes, minutes);
    due(priority, Start::created(at(from)), DueClock::Business(calendar), &settings)
}

#[track_caller]
fn assert_told(due: &Due, english: &str, german: &str) {
    assert_eq!(due.tell(Language::English, &berlin()), english);
    assert_eq!(due.tell(Language::German, &berlin()), german);
}

#[track_caller]
fn assert_due(priority: Priority, from: &str, clock: DueClock<'_>, expected: &str) {
    assert_eq!(due(priority, Start::created(at(from)), clock, &Settings::default()).at, at(expected), "{priority} from {from}");
}

#[test]
fn on_the_wall_clock_it_is_two_four_and_twenty_four_hours() {
    assert_due(Priority::Urgent, "2026-03-27 17:10", DueClock::Wall, "2026-03-27 19:10");
    assert_due(Priority::High, "2026-03-27 17:10", DueClock::Wall, "2026-03-27 21:10");
    assert_due(Priority::Normal, "2026-03-27 17:10", DueClock::Wall, "2026-03-28 17:10");
}

#[test]
fn on_the_business_clock_it_is_two_and_four_open_hours_and_the_same_time_next_business_day() {
    let calendar = nine_to_six();
    let clock = DueClock::Business(&calendar);
    assert_due(Priority::Urgent, "2026-03-27 17:10", clock, "2026-03-30 10:10");
    assert_due(Priority::High, "2026-03-27 17:10", clock, "2026-03-30 12:10");
    assert_due(Priority::Normal, "2026-03-27 17:10", clock, "2026-03-30 17:10");
    assert_due(Priority::Normal, "2026-03-27 20:00", clock, "2026-03-31 09:00");
}

#[test]
fn the_company_chooses_the_clock_and_a_branch_without_hours_has_only_the_wall() {
    let (calendar, without) = (nine_to_six(), open(&[], &[]));
    assert!(matches!(DueClock::of(SlaClock::Business, Some(&calendar)), DueClock::Business(_)));
    assert!(matches!(DueClock::of(SlaClock::Wall, Some(&calendar)), DueClock::Wall));
    assert!(matches!(DueClock::of(SlaClock::Business, Some(&without)), DueClock::Wall));
    assert!(matches!(DueClock::of(SlaClock::Business, None), DueClock::Wall));
}

#[test]
fn a_new_priority_counts_from_the_original_start_and_never_restarts_the_clock() {
    let calendar = nine_to_six();
    let (clock, settings) = (DueClock::Business(&calendar), Settings::default());
    let start = Start::created(at("2026-03-24 09:00"));
    let normal = due(Priority::Normal, start, clock, &settings);
    assert_eq!(normal.at, at("2026-03-25 09:00"));
    // Raised at noon, lowered in the afternoon: nothing but start and priority counts, so it is overdue at once, and not again.
    let urgent = due(Priority::Urgent, start, clock, &settings);
    assert_eq!(urgent.at, at("2026-03-24 11:00"));
    assert_eq!(due(Priority::Normal, start, clock, &settings), normal);
    let Why::BusinessTime { start: told, .. } = urgent.why else { panic!("two hours of business time: {urgent:?}") };
    assert_eq!(told, start);
}

#[test]
fn snooze_reopening_and_not_before_count_from_where_they_say() {
    let calendar = nine_to_six();
    let from = |start| due(Priority::Urgent, start, DueClock::Business(&calendar), &Settings::default());
    assert_told(
        &from(Start::snoozed(at("2026-03-27 17:10"))),
        "2 h business time from Fri 17:10 (end of snooze), closed 18:00–Mon 09:00 → Mon 10:10",
        "2 Std. Geschäftszeit ab Fr. 17:10 (nach Zurückstellung), geschlossen 18:00–Mo. 09:00 → Mo. 10:10",
    );
    assert_told(
        &from(Start::reopened(at("2026-03-27 10:00"))),
        "2 h business time from Fri 10:00 (reopened) → Fri 12:00",
        "2 Std. Geschäftszeit ab Fr. 10:00 (wieder geöffnet) → Fr. 12:00",
    );
    let wished = Start::not_before("not_before", at("2026-03-30 15:00"), at("2026-03-27 10:00")).expect("in three days");
    assert_eq!(wished.by, StartedBy::NotBefore);
    assert_eq!(from(wished).at, at("2026-03-30 17:00"));
}

#[test]
fn a_due_time_is_warned_of_an_hour_before_on_the_wall_clock() {
    assert_eq!(warns_at(at("2026-03-30 09:30"), &Settings::default()), at("2026-03-30 08:30"));
}

#[test]
fn business_time_is_told_with_what_was_closed() {
    assert_told(
        &due_in(Priority::Urgent, 120, "2026-03-27 17:10", &nine_to_six()),
        "2 h business time from Fri 17:10, closed 18:00–Mon 09:00 → Mon 10:10",
        "2 Std. Geschäftszeit ab Fr. 17:10, geschlossen 18:00–Mo. 09:00 → Mo. 10:10",
    );
    assert_told(
        &due_in(Priority::Urgent, 90, "2026-03-24 10:00", &nine_to_six()),
        "1 h 30 min business time from Tue 10:00 → Tue 11:30",
        "1 Std. 30 Min. Geschäftszeit ab Di. 10:00 → Di. 11:30",
    );
    assert_told(
        &due_in(Priority::High, 240, "2026-03-28 11:00", &with_lunch()),
        "4 h business time from Sat 11:00, closed until Mon 09:00, 12:30–13:30 → Mon 14:00",
        "4 Std. Geschäftszeit ab Sa. 11:00, geschlossen bis Mo. 09:00, 12:30–13:30 → Mo. 14:00",
    );
}

#[test]
fn holidays_are_told_with_their_date() {
    let easter = open(&[["09:00", "18:00"]], &["2026-04-03", "2026-04-06"]);
    assert_told(
        &due_in(Priority::Urgent, 45, "2026-04-02 17:40", &easter),
        "45 min business time from Thu 17:40, closed 18:00–Tue 09:00 (holidays Fri 3 Apr, Mon 6 Apr) → Tue 09:25",
        "45 Min. Geschäftszeit ab Do. 17:40, geschlossen 18:00–Di. 09:00 (Feiertage Fr. 03.04., Mo. 06.04.) → Di. 09:25",
    );
    let break_up = ["2026-12-21", "2026-12-22", "2026-12-23", "2026-12-24", "2026-12-25", "2026-12-28"];
    assert_told(
        &due_in(Priority::Urgent, 120, "2026-12-18 17:00", &open(&[["09:00", "18:00"]], &break_up)),
        "2 h business time from Fri 18 Dec 17:00, closed 18:00–Tue 29 Dec 09:00 (6 holidays, Mon 21 Dec–Mon 28 Dec) → Tue 29 Dec 10:00",
        "2 Std. Geschäftszeit ab Fr. 18.12. 17:00, geschlossen 18:00–Di. 29.12. 09:00 (6 Feiertage, Mo. 21.12.–Mo. 28.12.) → Di. 29.12. 10:00",
    );
}

#[test]
fn business_days_are_told_with_what_moved_them_and_without_ordinary_nights() {
    assert_told(
        &due_in(Priority::Normal, 1440, "2026-03-24 10:00", &with_lunch()),
        "1 business day from Tue 10:00 → Wed 10:00",
        "1 Geschäftstag ab Di. 10:00 → Mi. 10:00",
    );
    assert_told(
        &due_in(Priority::Normal, 1440, "2026-03-27 20:00", &with_lunch()),
        "1 business day from Fri 20:00, closed until Mon 09:00 → Tue 09:00",
        "1 Geschäftstag ab Fr. 20:00, geschlossen bis Mo. 09:00 → Di. 09:00",
    );
    assert_told(
        &due_in(Priority::Normal, 1440, "2026-03-24 20:00", &with_lunch()),
        "1 business day from Tue 20:00, closed until Wed 09:00 → Thu 09:00",
        "1 Geschäftstag ab Di. 20:00, geschlossen bis Mi. 09:00 → Do. 09:00",
    );
    assert_told(
        &due_in(Priority::Normal, 2880, "2026-03-26 17:10", &with_lunch()),
        "2 business days from Thu 17:10, closed Fri 18:00–Mon 09:00 → Mon 17:10",
        "2 Geschäftstage ab Do. 17:10, geschlossen Fr. 18:00–Mo. 09:00 → Mo. 17:10",
    );
    let early_tuesday = json!({"mon": [["09:00", "18:00"]], "tue": [["08:00", "10:00"], ["11:00", "13:00"]], "wed": [["09:00", "18:00"]]});
    let hours: OpeningHours = serde_json::from_value(early_tuesday).expect("opening hours");
    let early_tuesday = Calendar::new(hours, Holidays::default(), berlin());
    assert_told(
        &due_in(Priority::Normal, 1440, "2026-03-23 10:30", &early_tuesday),
        "1 business day from Mon 10:30, closed Tue 10:00–11:00 → Tue 11:00",
        "1 Geschäftstag ab Mo. 10:30, geschlossen Di. 10:00–11:00 → Di. 11:00",
    );
}

#[test]
fn many_closures_are_told_by_their_kinds() {
    assert_told(
        &due_in(Priority::Normal, 2400, "2026-03-23 10:00", &with_lunch()),
        "40 h business time from Mon 23 Mar 10:00, closed 5 × 12:30–13:30, 4 × 18:00–09:00, Fri 27 Mar 18:00–Mon 30 Mar 09:00 → Mon 30 Mar 10:00",
        "40 Std. Geschäftszeit ab Mo. 23.03. 10:00, geschlossen 5 × 12:30–13:30, 4 × 18:00–09:00, Fr. 27.03. 18:00–Mo. 30.03. 09:00 → Mo. 30.03. 10:00",
    );
}

#[test]
fn a_kind_of_which_there_is_one_is_told_with_its_day_and_holidays_are_never_summed_up() {
    let day = [["09:00", "12:30"], ["13:30", "18:00"]];
    let hours =
        json!({"mon": [["09:00", "12:30"], ["13:30", "15:00"], ["15:30", "18:00"]], "tue": day, "wed": day, "thu": day, "fri": day});
    let teatime = Calendar::new(serde_json::from_value(hours).expect("opening hours"), Holidays::default(), berlin());
    assert_told(
        &due_in(Priority::High, 1200, "2026-03-23 10:00", &teatime),
        "20 h business time from Mon 10:00, closed 3 × 12:30–13:30, Mon 15:00–15:30, 2 × 18:00–09:00 → Wed 15:30",
        "20 Std. Geschäftszeit ab Mo. 10:00, geschlossen 3 × 12:30–13:30, Mo. 15:00–15:30, 2 × 18:00–09:00 → Mi. 15:30",
    );
    let two_eves = open(&[["09:00", "18:00"]], &["2026-12-24", "2026-12-31"]);
    let told = due_in(Priority::High, 75 * 60, "2026-12-22 09:00", &two_eves).tell(Language::English, &berlin());
    for eve in ["Wed 23 Dec 18:00–Fri 25 Dec 09:00 (holiday Thu 24 Dec)", "Wed 30 Dec 18:00–Fri 1 Jan 09:00 (holiday Thu 31 Dec)"] {
        assert!(told.contains(eve), "{told}");
    }
}

#[test]
fn years_of_closures_stay_a_line() {
    let due = due_in(Priority::Normal, 60_001, "2026-03-28 10:00", &with_lunch());
    let Why::BusinessTime { skipped, .. } = &due.why else { panic!("business time: {due:?}") };
    assert_eq!((skipped.closures.len(), skipped.more.closures), (Skipped::MOST, 211));
    assert_told(
        &due,
        "1000 h 1 min business time from Sat 28 Mar 10:00, closed until Mon 30 Mar 09:00, 20 × 12:30–13:30, 16 × 18:00–09:00, 3 × Fri 18:00–Mon 09:00 and 211 more → Mon 21 Sep 09:01",
        "1000 Std. 1 Min. Geschäftszeit ab Sa. 28.03. 10:00, geschlossen bis Mo. 30.03. 09:00, 20 × 12:30–13:30, 16 × 18:00–09:00, 3 × Fr. 18:00–Mo. 09:00 und 211 weitere → Mo. 21.09. 09:01",
    );
}

#[test]
fn the_wall_clock_tells_itself_also_where_it_stands_in() {
    let start = Start::created(at("2026-03-27 17:10"));
    assert_told(
        &due(Priority::Normal, start, DueClock::Wall, &Settings::default()),
        "24 h from Fri 17:10 → Sat 17:10",
        "24 Std. ab Fr. 17:10 → Sa. 17:10",
    );
    let never = due_in(Priority::High, 240, "2026-03-27 17:10", &open(&[], &[]));
    assert_eq!(never.at, at("2026-03-27 21:10"));
    assert_told(
        &never,
        "4 h from Fri 17:10, for lack of opening hours → Fri 21:10",
        "4 Std. ab Fr. 17:10, mangels Öffnungszeiten → Fr. 21:10",
    );
    assert_told(
        &due_in(Priority::Normal, 525_600, "2026-03-27 17:10", &open(&[], &[])),
        "8760 h from Fri 27 Mar 2026 17:10, for lack of opening hours → Sat 27 Mar 2027 17:10",
        "8760 Std. ab Fr. 27.03.2026 17:10, mangels Öffnungszeiten → Sa. 27.03.2027 17:10",
    );
}

#[test]
fn a_due_time_set_by_hand_says_so() {
    assert_told(&Due::by_hand(at("2026-03-31 16:00")), "set by hand → Tue 31 Mar 16:00", "von Hand gesetzt → Di. 31.03. 16:00");
}

#[test]
fn an_explanation_is_stored_and_read_back_as_it_was() {
    let easter = open(&[["09:00", "18:00"]], &["2026-04-03", "2026-04-06"]);
    let due = due_in(Priority::Urgent, 120, "2026-04-02 17:10", &easter);
    let stored = serde_json::to_value(&due).expect("JSON");
    let expected = json!({
        "at": "2026-04-07T08:10:00Z", "kind": "business_time", "minutes": 120, "start": {"at": "2026-04-02T15:10:00Z", "by": "created"},
        "skipped": {"closures": [{"from": "2026-04-02T16:00:00Z", "until": "2026-04-07T07:00:00Z", "holidays": ["2026-04-03", "2026-04-06"]}]},
    });
    assert_eq!(stored, expected);
    assert_eq!(serde_json::from_value::<Due>(stored).expect("as written"), due);
    for due in [Due::by_hand(at("2026-03-31 16:00")), due_in(Priority::Normal, 1440, "2026-04-02 17:10", &easter)] {
        assert_eq!(serde_json::from_value::<Due>(serde_json::to_value(&due).expect("JSON")).expect("as written"), due);
    }
}

proptest! {
    #[test]
    fn an_explanation_adds_up_to_its_due_time(minutes in 1_u32..20_000, start in 1_767_225_600_000_i64..1_798_761_600_000, days in 1_u32..30) {
        let calendar = open(&[["09:00", "12:30"], ["13:30", "18:00"]], &["2026-04-03", "2026-04-06", "2026-05-01", "2026-12-25"]);
        let mut settings = Settings::default();
        (settings.sla_minutes.high, settings.sla_minutes.normal) = (minutes, days * 1440);
        let start = Start::created(time::from_millis(start));
        let clock = DueClock::Business(&calendar);

        let by_days = due(Priority::Normal, start, clock, &settings);
        let opening = calendar.next_opening(start.at).expect("it opens").to_zoned(berlin()).date();
        let counted = std::iter::successors(opening.tomorrow().ok(), |date| date.tomorrow().ok())
            .take_while(|date| *date <= by_days.at.to_zoned(berlin()).date())
            .filter(|date| calendar.is_business_day(*date))
            .count();
        prop_assert_eq!(counted, usize::try_from(days).expect("few"));

        prop_assume!(!minutes.is_multiple_of(1440));
        let due = due(Priority::High, start, clock, &settings);
        let Why::BusinessTime { skipped, minutes: told, .. } = &due.why else { panic!("business time: {due:?}") };
        let closed: SignedDuration = skipped.closures.iter().map(Closure::length).sum();
        let counted = due.at.duration_since(start.at) - closed - SignedDuration::from_secs(skipped.more.seconds);
        prop_assert_eq!((counted, *told), (SignedDuration::from_mins(minutes.into()), minutes));
    }

    #[test]
    fn a_higher_priority_is_never_due_later(start in 1_767_225_600_000_i64..1_798_761_600_000, lunch in any::<bool>()) {
        let calendar = if lunch { with_lunch() } else { nine_to_six() };
        let start = Start::created(time::from_millis(start));
        for clock in [DueClock::Wall, DueClock::Business(&calendar)] {
            let [urgent, high, normal] = [Priority::Urgent, Priority::High, Priority::Normal].map(|it| due(it, start, clock, &Settings::default()).at);
            prop_assert!(start.at < urgent && urgent < high && high < normal);
        }
    }
}
