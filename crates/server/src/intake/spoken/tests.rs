use super::*;

/// A Monday, noon in Berlin.
const NOW: &str = "2026-03-02T12:00:00+01:00";

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn window(language: Language, from: &str, until: &str) -> String {
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    Voice { language, zone: &zone, now: at(NOW) }.window(at(from), at(until))
}

#[test]
fn times_are_said_as_people_say_them() {
    let cases = [
        ("2026-03-03T15:00:00+01:00", "2026-03-03T16:00:00+01:00", "morgen um 15 Uhr", "tomorrow at 3 pm"),
        ("2026-03-02T17:30:00+01:00", "2026-03-02T18:30:00+01:00", "heute um 17 Uhr 30", "today at 5:30 pm"),
        (
            "2026-03-04T13:00:00+01:00",
            "2026-03-04T15:00:00+01:00",
            "am Mittwoch zwischen 13 Uhr und 15 Uhr",
            "on Wednesday between 1 pm and 3 pm",
        ),
        ("2026-03-03T08:00:00+01:00", "2026-03-03T18:00:00+01:00", "morgen", "tomorrow"),
        ("2026-03-02T11:59:00+01:00", "2026-03-02T18:00:00+01:00", "heute bis 18 Uhr", "today by 6 pm"),
        ("2026-03-09T09:00:00+01:00", "2026-03-09T10:00:00+01:00", "am Montag, dem 9. März um 9 Uhr", "on Monday, March 9 at 9 am"),
        (
            "2026-03-09T08:00:00+01:00",
            "2026-03-13T18:00:00+01:00",
            "zwischen Montag, dem 9. März und Freitag, dem 13. März",
            "between Monday, March 9 and Friday, March 13",
        ),
        ("2026-03-03T12:00:00+01:00", "2026-03-03T14:00:00+01:00", "morgen zwischen 12 Uhr und 14 Uhr", "tomorrow between noon and 2 pm"),
        // Across the change to daylight saving time.
        ("2026-03-29T09:00:00+02:00", "2026-03-29T10:00:00+02:00", "am Sonntag, dem 29. März um 9 Uhr", "on Sunday, March 29 at 9 am"),
    ];
    for (from, until, german, english) in cases {
        assert_eq!(window(Language::De, from, until), german);
        assert_eq!(window(Language::En, from, until), english);
    }
}

#[test]
fn a_deadline_is_a_quarter_that_people_would_name() {
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    let voice = Voice { language: Language::De, zone: &zone, now: at(NOW) };
    assert_eq!(voice.deadline(at("2026-03-02T16:07:44+01:00")), "heute um 16 Uhr 15");
    assert_eq!(voice.deadline(at("2026-03-03T09:59:59+01:00")), "morgen um 10 Uhr");
    assert_eq!(voice.deadline(at("2026-03-03T10:00:13+01:00")), "morgen um 10 Uhr", "nobody counts the seconds");
}

#[test]
fn numbers_are_said_digit_by_digit() {
    let number = PhoneNumber::parse("+4930901820", "DE").expect("a number");
    assert_eq!(digits(Language::De, &number, "DE"), "0 3 0, 9 0 1 8 2 0");
    assert_eq!(digits(Language::En, &number, "GB"), "plus 4 9, 3 0, 9 0 1 8 2 0");
}
