use jiff::{Zoned, tz::TimeZone};
use serde_json::{Value as Json, json};

use super::*;
use crate::{Written, callback::Language};

const FIELD: &str = "preferred_time_window";

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").expect("bundled")
}

fn at(local: &str) -> Timestamp {
    format!("{local}[Europe/Berlin]").parse::<Zoned>().expect("a local time").timestamp()
}

/// Friday noon.
const NOW: &str = "2026-03-27 12:00";

fn wish(json: Json) -> Result<Wish, WrongField> {
    let written: Written = serde_json::from_value(json).expect("any JSON");
    TimeWindow::read(FIELD, written)?.at(FIELD, at(NOW), &berlin())
}

#[track_caller]
fn assert_wish(json: &Json, from: &str, until: &str) {
    assert_eq!(wish(json.clone()).map(|it| (it.from(), it.until())), Ok((at(from), at(until))), "{json}");
}

#[test]
fn a_wish_is_not_before_its_start_and_due_at_its_end() {
    let wish = wish(json!("monday 14:00-16:00")).expect("understood");
    assert_eq!((wish.from(), wish.due().at), (at("2026-03-30 14:00"), at("2026-03-30 16:00")));
    assert_eq!(wish.due().tell(Language::English, &berlin()), "wished for Mon 30 Mar 14:00–16:00 → Mon 30 Mar 16:00");
    assert_eq!(wish.due().tell(Language::German, &berlin()), "gewünscht Mo. 30.03. 14:00–16:00 → Mo. 30.03. 16:00");
}

#[test]
fn objects_lists_and_a_few_words_are_understood() {
    assert_wish(&json!({"date": "2026-03-30", "from": "14:00", "until": "16:00"}), "2026-03-30 14:00", "2026-03-30 16:00");
    assert_wish(&json!({"day": "Montag", "start": "9:00", "end": "12:30"}), "2026-03-30 09:00", "2026-03-30 12:30");
    assert_wish(&json!({"day": "tomorrow", "time": "afternoon"}), "2026-03-28 14:00", "2026-03-28 18:00");
    assert_wish(&json!({"time": "14 to 16"}), "2026-03-27 14:00", "2026-03-27 16:00");
    assert_wish(&json!({"from": "2026-03-30T12:00:00Z", "to": "2026-03-30T16:00:00+02:00"}), "2026-03-30 14:00", "2026-03-30 16:00");
    assert_wish(&json!(["14:00", "16:00"]), "2026-03-27 14:00", "2026-03-27 16:00");
    assert_wish(&json!("14:00-16:00"), "2026-03-27 14:00", "2026-03-27 16:00");
    assert_wish(&json!("14–16 Uhr"), "2026-03-27 14:00", "2026-03-27 16:00");
    assert_wish(&json!("morgen, 14 bis 16 Uhr"), "2026-03-28 14:00", "2026-03-28 16:00");
    assert_wish(&json!("morgen vormittag"), "2026-03-28 08:00", "2026-03-28 12:00");
    assert_wish(&json!(" Tomorrow  morning "), "2026-03-28 08:00", "2026-03-28 12:00");
    assert_wish(&json!("2026-04-01 abends"), "2026-04-01 18:00", "2026-04-01 21:00");
    assert_wish(&json!("30.3.2026, 14:00-16:00"), "2026-03-30 14:00", "2026-03-30 16:00");
    assert_wish(&json!({"date": "30.03.2026", "time": "morning"}), "2026-03-30 08:00", "2026-03-30 12:00");
    assert_wish(&json!("30.03.26 14:00-16:00"), "2026-03-30 14:00", "2026-03-30 16:00");
}

#[test]
fn a_day_alone_is_its_working_hours() {
    assert_wish(&json!("monday"), "2026-03-30 08:00", "2026-03-30 18:00");
    assert_wish(&json!("Morgen"), "2026-03-28 08:00", "2026-03-28 18:00");
    assert_wish(&json!("today"), "2026-03-27 08:00", "2026-03-27 18:00");
    assert_wish(&json!({"date": "2026-03-30"}), "2026-03-30 08:00", "2026-03-30 18:00");
}

#[test]
fn without_a_day_it_is_today_or_else_tomorrow() {
    assert_wish(&json!("11:00-13:00"), "2026-03-27 11:00", "2026-03-27 13:00");
    assert_wish(&json!("morning"), "2026-03-28 08:00", "2026-03-28 12:00");
    assert_wish(&json!("20:00-24:00"), "2026-03-27 20:00", "2026-03-28 00:00");
    assert_wish(&json!("übermorgen nachmittag"), "2026-03-29 14:00", "2026-03-29 18:00");
    assert_wish(&json!("Sonnabend 9 bis 11 Uhr"), "2026-03-28 09:00", "2026-03-28 11:00");
}

#[test]
fn a_weekday_is_today_while_its_window_lasts_and_else_in_a_week() {
    assert_wish(&json!("friday 11:00-13:00"), "2026-03-27 11:00", "2026-03-27 13:00");
    assert_wish(&json!("freitag vormittags"), "2026-04-03 08:00", "2026-04-03 12:00");
}

#[test]
fn a_wish_keeps_to_the_local_clock_when_the_clocks_are_changed() {
    assert_wish(&json!("sunday 01:00-03:00"), "2026-03-29 01:00", "2026-03-29 03:00");
    let sunday = wish(json!("sunday 01:00-03:00")).expect("understood");
    assert_eq!(sunday.until().duration_since(sunday.from()).as_hours(), 1);
}

#[test]
fn what_is_not_understood_is_refused_with_what_is() {
    let shapes = [
        json!("sometime soon"),
        json!("monday soon"),
        json!("after lunch"),
        json!("25:00-26:00"),
        json!("30.03.126 14:00-16:00"),
        json!("30.03.6 14:00-16:00"),
        json!(""),
        json!(1400),
        json!(null),
        json!([]),
        json!(["14:00"]),
        json!(["14:00", 16]),
        json!({}),
        json!({"from": "14:00"}),
        json!({"from": "14:00", "until": "2026-03-30T16:00:00Z"}),
        json!({"date": "2026-03-30", "from": "2026-03-30T14:00:00Z", "until": "2026-03-30T16:00:00Z"}),
        json!({"from": "14:00", "until": "16:00", "time": "morning"}),
    ];
    for json in shapes {
        let refused = wish(json.clone()).expect_err(&json.to_string());
        assert_eq!((refused.field.as_str(), refused.code), (FIELD, "format"), "{json}");
        assert!(refused.message.contains(r#"["14:00", "16:00"]"#), "{refused}");
    }
    let of = |json| wish(json).expect_err("refused").to_string();
    assert_eq!(
        of(json!({"form": "14:00"})),
        "preferred_time_window.form is not known here; accepted are: date or day, from or start, until, to or end, time"
    );
    assert_eq!(
        of(json!({"date": "30/03/2026", "time": "morning"})),
        "preferred_time_window.date must be a date such as 2026-03-02 or 02.03.2026, or a day such as monday"
    );
    assert_eq!(
        of(json!({"day": "someday", "time": "morning"})),
        "preferred_time_window.day must be a date such as 2026-03-02 or 02.03.2026, or a day such as monday"
    );
    assert_eq!(of(json!({"from": 14, "until": "16:00"})), "preferred_time_window.from must be text");
    assert_eq!(
        of(json!({"from": "14:00", "start": "14:00", "until": "16:00"})),
        "preferred_time_window.start says again what another field says"
    );
}

#[test]
fn a_wish_ends_after_it_begins_in_the_next_thirty_days() {
    let of = |json| wish(json).expect_err("refused").to_string();
    assert_eq!(of(json!("16:00-14:00")), "preferred_time_window must end after it begins");
    assert_eq!(of(json!("2026-03-26 14:00-16:00")), "preferred_time_window must not be over already");
    assert_eq!(of(json!("today 10:00-12:00")), "preferred_time_window must not be over already");
    assert_eq!(of(json!("2026-04-26 11:00-13:30")), "preferred_time_window must be at most 30 days ahead");
    // Days of 24 hours; the clocks have been set forward since.
    assert_wish(&json!("2026-04-26 11:00-13:00"), "2026-04-26 11:00", "2026-04-26 13:00");
    let not_before = |local| Start::not_before("not_before", at(local), at(NOW));
    assert_eq!(not_before("2026-04-26 13:00").map(|it| (it.at, it.by)), Ok((at("2026-04-26 13:00"), StartedBy::NotBefore)));
    assert_eq!(not_before("2026-04-26 13:01").expect_err("too far").to_string(), "not_before must be at most 30 days ahead");
    assert_eq!(not_before("2026-03-27 11:00"), Ok(Start::created(at(NOW))), "it lies in the past and asks for nothing");
}

proptest::proptest! {
    #[test]
    fn whatever_is_sent_is_understood_or_refused(
        text in "(today|morgen|friday|2026-04-0[0-9]|\\PC{0,8})?[ ,]{0,2}([0-9:]{0,5}[-– ][0-9:]{0,5}|evening|\\PC{0,8})",
        from in "[0-9:]{0,5}", until in "\\PC{0,20}", key in "(from|until|time|date|\\PC{0,4})",
    ) {
        let mut object = json!({"until": until});
        object[&key] = json!(from);
        for json in [json!(text), json!([from, until]), object, json!({"day": text, "time": text})] {
            if let Ok(wish) = wish(json) {
                proptest::prop_assert!(wish.from() < wish.until() && at(NOW) < wish.until());
            }
        }
    }
}
