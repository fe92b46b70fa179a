use proptest::prelude::*;
use serde_json::json;

use super::*;

/// What one argument is read as, and the words of its error.
fn read<T>(value: Value, how: impl Fn(&mut Arguments<'_>) -> T) -> (T, Option<String>) {
    let values = Map::from_iter([("it".to_owned(), value)]);
    let mut arguments = Arguments::new(&values);
    let read = how(&mut arguments);
    let wrong = arguments.finish(Some(())).err().map(|wrong| wrong.iter().map(ToString::to_string).collect());
    (read, wrong)
}

fn number(value: Value) -> (Option<String>, Option<String>) {
    let (number, wrong) = read(value, |it| it.phone_number("it", "DE"));
    (number.map(|number| number.reveal().to_owned()), wrong)
}

fn time(value: Value) -> (Option<When>, Option<String>) {
    read(value, |it| it.when("it"))
}

#[test]
fn numbers_are_read_as_models_write_what_was_spoken() {
    for written in [
        json!("+49 30 901820"),
        json!("+4930901820"),
        json!("030 901820"),
        json!("030901820"),
        json!("0049 30 901820"),
        json!("plus 49 30 90 18 20"),
        json!("0, 3, 0, 9, 0, 1, 8, 2, 0"),
        json!("(030) 9018–20"),
        json!(4_930_901_820_u64),
        json!(30_901_820),
        json!(" tel:+4930901820 "),
    ] {
        assert_eq!(number(written.clone()), (Some("+4930901820".to_owned()), None), "{written}");
    }
}

#[test]
fn a_number_that_does_not_exist_is_refused_without_repeating_it() {
    for written in [
        json!("0301"),
        json!("call me"),
        json!("+49 30 901820 or 901821"),
        json!(3.5),
        json!(-30_901_820),
        json!(["+4930901820"]),
        json!(true),
    ] {
        let (number, wrong) = number(written.clone());
        let wrong = wrong.unwrap_or_else(|| panic!("{written} passes"));
        assert!(number.is_none() && wrong.starts_with("it: ") && wrong.contains("+49 30 901820"), "{wrong}");
        assert!(!wrong.contains("901821") && !wrong.contains("0301"), "{wrong}");
    }
}

#[test]
fn what_nobody_said_is_absent() {
    for nothing in
        [json!(null), json!(""), json!("  "), json!("null"), json!("None"), json!("unknown"), json!("N/A"), json!("{{user_number}}")]
    {
        assert_eq!(number(nothing.clone()), (None, None), "{nothing}");
        assert_eq!(time(nothing.clone()), (None, None), "{nothing}");
        assert_eq!(read(nothing.clone(), |it| it.confirmed("it")), (false, None), "{nothing}");
        assert_eq!(read(nothing.clone(), |it| it.detail("it")), (None, None), "{nothing}");
    }
}

#[test]
fn times_are_instants_local_times_days_or_words() {
    let at = |text: &str| When::At(text.parse().expect("an instant"));
    let local = |text: &str| When::Local(text.parse().expect("a local time"));
    for (written, expected) in [
        ("2026-11-23T17:00:00Z", at("2026-11-23T17:00:00Z")),
        ("2026-11-23T17:00:00+01:00", at("2026-11-23T16:00:00Z")),
        ("2026-11-23T17:00+01:00[Europe/Berlin]", at("2026-11-23T16:00:00Z")),
        ("2026-11-23T17:00[Europe/Berlin]", at("2026-11-23T16:00:00Z")),
        ("2026-11-23T17:00:00.123456Z", at("2026-11-23T17:00:00.123Z")),
        ("2026-11-23T17:00", local("2026-11-23T17:00:00")),
        ("2026-11-23 17:00", local("2026-11-23T17:00:00")),
        ("2026-11-23", When::Day("2026-11-23".parse().expect("a day"))),
        ("tomorrow  at\nfive", When::Words("tomorrow at five".to_owned())),
        ("17:00", When::Words("17:00".to_owned())),
        ("23.11.2026 17 Uhr", When::Words("23.11.2026 17 Uhr".to_owned())),
        ("kal shaam ko", When::Words("kal shaam ko".to_owned())),
        ("übermorgen", When::Words("übermorgen".to_owned())),
    ] {
        assert_eq!(time(json!(written)), (Some(expected), None), "{written}");
    }
    for written in [
        json!("2026-02-30"),
        json!("2026-11-23T25:00"),
        json!("2026-11-2x"),
        json!("2026-11-23T17:00[Nowhere/Else]"),
        json!(17),
        json!(1_795_240_800),
        json!({}),
    ] {
        let (time, wrong) = time(written.clone());
        assert!(time.is_none() && wrong.expect("an error").contains("2026-11-23T17:00"), "{written}");
    }
    let long = json!("when the moon is full ".repeat(20));
    assert!(matches!(time(long), (Some(When::Words(words)), None) if words.chars().count() == 200));
}

#[test]
fn a_date_and_a_time_apart_are_one() {
    let values = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect::<Map<_, _>>();
    let when = |pairs: &[(&str, &str)]| Arguments::new(&values(pairs)).when("when");
    assert_eq!(when(&[("date", "2026-11-23"), ("time", "17:00")]), Some(When::Local("2026-11-23T17:00:00".parse().expect("a time"))));
    assert_eq!(when(&[("date", "2026-11-23")]), Some(When::Day("2026-11-23".parse().expect("a day"))));
    assert_eq!(when(&[("date", "tomorrow"), ("time", "at five")]), Some(When::Words("tomorrow at five".to_owned())));
    assert_eq!(when(&[("time", "at five")]), None);
}

#[test]
fn yes_and_no_come_in_many_words() {
    for yes in [json!(true), json!("true"), json!("True"), json!("yes"), json!("Ja."), json!(1), json!("haan"), json!("हाँ")] {
        assert_eq!(read(yes.clone(), |it| it.confirmed("it")), (true, None), "{yes}");
    }
    for no in [json!(false), json!("false"), json!("no"), json!("Nein"), json!(0), json!("नहीं")] {
        assert_eq!(read(no.clone(), |it| it.confirmed("it")), (false, None), "{no}");
    }
    assert_eq!(read(json!("perhaps"), |it| it.confirmed("it")), (false, Some("it: must be true or false".to_owned())));
}

#[test]
fn a_language_is_a_code_or_a_name() {
    for (written, code) in [
        ("de", "de"),
        ("de-DE", "de"),
        ("en_US", "en"),
        ("German", "de"),
        ("Englisch", "en"),
        ("Hinglish", "hi"),
        ("hi-Latn", "hi"),
        ("fil", "fil"),
    ] {
        assert_eq!(read(json!(written), |it| it.language("it")), (Some(code.to_owned()), None), "{written}");
    }
    for wrong in ["Klingon", "d", "1", "日本語"] {
        assert!(read(json!(wrong), |it| it.language("it")).1.expect("an error").contains("de, en or hi"), "{wrong}");
    }
}

#[test]
fn ids_are_ids() {
    let id = "01890000-0000-7000-8000-000000000001";
    assert_eq!(read(json!(id), |it| it.callback_id("it")).0.map(|id| id.to_string()).as_deref(), Some(id));
    assert!(read(json!("the first one"), |it| it.callback_id("it")).1.expect("an error").contains("leave it out"));
}

proptest! {
    #[test]
    fn nothing_that_a_model_may_write_panics(text in any::<String>(), number in any::<f64>(), whole in any::<i64>()) {
        for value in [json!(text), json!(number), json!(whole), json!([text]), json!({"a": text})] {
            let _ = super::tests::number(value.clone());
            let _ = time(value.clone());
            let _ = read(value.clone(), |it| it.language("it"));
            let _ = read(value.clone(), |it| it.confirmed("it"));
            let (line, wrong) = read(value, |it| it.detail("it"));
            prop_assert!(line.is_none_or(|line| line.chars().count() <= 200 && !line.chars().any(char::is_control)));
            prop_assert!(wrong.is_none());
        }
    }

    #[test]
    fn what_begins_like_a_date_is_a_time_or_an_error(rest in ".{0,20}") {
        let (when, wrong) = time(json!(format!("2026-{rest}")));
        prop_assert!(!matches!(when, Some(When::Words(_))));
        prop_assert_eq!(when.is_some(), wrong.is_none());
    }
}
