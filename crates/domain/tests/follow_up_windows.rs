//! What each way of saying a time means, and how a conversation arrives at it.

use jiff::{Timestamp, Zoned};
use ringback_domain::follow_up::{FollowUp, Language, Speaker, Turn, Window, turns, understand};

/// A Thursday, three days before the clocks go forward.
const BERLIN: &str = "2026-03-26T10:15[Europe/Berlin]";

fn local(at: Timestamp, call: &Zoned) -> String {
    at.to_zoned(call.time_zone().clone()).strftime("%m-%d %H:%M").to_string()
}

fn heard(call: &str, text: &str) -> String {
    let call: Zoned = call.parse().expect("an instant with its zone");
    let turns = [Turn { speaker: Speaker::Person, text }];
    let window = understand(&turns, call.timestamp(), call.time_zone()).unwrap_or_else(|| panic!("heard no wish: {text}")).window;
    window.map_or_else(|| "open".to_owned(), |it: Window| format!("{}..{}", local(it.start, &call), local(it.end, &call)))
}

fn check(call: &str, before: &str, behind: &str, cases: &[(&str, &str)]) {
    for (time, window) in cases {
        assert_eq!(heard(call, &format!("{before} {time} {behind}")), *window, "{time}");
    }
}

#[test]
fn german_times() {
    check(
        BERLIN,
        "Rufen Sie mich",
        "zurück.",
        &[
            ("um fünf", "03-26 17:00..03-26 18:00"),
            ("um neun", "03-27 09:00..03-27 10:00"),
            ("um 07:30 Uhr", "03-27 07:30..03-27 08:30"),
            ("heute um neun", "03-26 21:00..03-26 22:00"),
            ("um siebzehn Uhr dreißig", "03-26 17:30..03-26 18:30"),
            ("um halb eins", "03-26 12:30..03-26 13:30"),
            ("um Viertel vor zwölf", "03-26 11:45..03-26 12:45"),
            ("um zehn nach drei", "03-26 15:10..03-26 16:10"),
            ("heute", "03-26 10:15..03-26 18:00"),
            ("morgen", "03-27 08:00..03-27 18:00"),
            ("Montagmorgen", "03-30 08:00..03-30 12:00"),
            ("Montag, den 6. April,", "04-06 08:00..04-06 18:00"),
            ("am 30.", "03-30 08:00..03-30 18:00"),
            ("am Donnerstag", "04-02 08:00..04-02 18:00"),
            ("kommenden Freitag", "03-27 08:00..03-27 18:00"),
            ("nächsten Freitag", "04-03 08:00..04-03 18:00"),
            ("übernächsten Freitag", "04-10 08:00..04-10 18:00"),
            ("Freitag in einer Woche", "04-03 08:00..04-03 18:00"),
            ("am frühen Nachmittag", "03-26 13:00..03-26 15:00"),
            ("vormittags", "03-27 08:00..03-27 12:00"),
            ("heute Vormittag", "03-26 10:15..03-26 12:00"),
            ("morgen Nachmittag ab vier", "03-27 16:00..03-27 17:00"),
            ("nach 15 Uhr", "03-26 15:00..03-26 18:00"),
            ("nach 18 Uhr", "03-26 18:00..03-26 20:00"),
            ("vor Freitag", "03-26 10:15..03-26 18:00"),
            ("bis Freitag", "03-26 10:15..03-27 18:00"),
            ("bis morgen Mittag", "03-26 10:15..03-27 12:00"),
            ("morgen bis zwölf", "03-27 08:00..03-27 12:00"),
            ("von Montag bis Mittwoch", "03-30 08:00..04-01 18:00"),
            ("um vier oder fünf", "03-26 16:00..03-26 18:00"),
            ("nach dem Wochenende", "03-30 08:00..03-30 18:00"),
            ("Ende nächster Woche", "04-03 08:00..04-03 18:00"),
            ("innerhalb einer Stunde", "03-26 10:15..03-26 11:15"),
            ("in anderthalb Stunden", "03-26 11:45..03-26 12:45"),
            ("in vierzehn Tagen", "04-09 08:00..04-09 18:00"),
            ("nicht heute, sondern morgen", "03-27 08:00..03-27 18:00"),
        ],
    );
}

#[test]
fn english_times() {
    check(
        "2026-10-30T14:40[America/New_York]",
        "Call me back",
        "please.",
        &[
            ("at three", "10-30 15:00..10-30 16:00"),
            ("at two", "10-31 14:00..10-31 15:00"),
            ("at 9 am on Monday", "11-02 09:00..11-02 10:00"),
            ("tomorrow at half past five", "10-31 17:30..10-31 18:30"),
            ("tomorrow at ten to four", "10-31 15:50..10-31 16:50"),
            ("at nine fifteen tomorrow", "10-31 09:15..10-31 10:15"),
            ("tonight", "10-30 17:00..10-30 20:00"),
            ("tonight at eight", "10-30 20:00..10-30 21:00"),
            ("the day after tomorrow", "11-01 08:00..11-01 18:00"),
            ("on the twenty first", "11-21 08:00..11-21 18:00"),
            ("first thing Monday morning", "11-02 08:00..11-02 10:00"),
            ("late tomorrow afternoon", "10-31 15:00..10-31 17:00"),
            ("by noon on Monday", "10-30 14:40..11-02 12:00"),
            ("Monday by noon", "11-02 08:00..11-02 12:00"),
            ("Monday before noon", "11-02 08:00..11-02 12:00"),
            ("by the end of the week", "10-30 14:40..10-30 18:00"),
            ("between 10 and 2 tomorrow", "10-31 10:00..10-31 14:00"),
            ("tomorrow between two and four pm", "10-31 14:00..10-31 16:00"),
            ("tomorrow after lunch", "10-31 13:00..10-31 15:00"),
            ("within the next two hours", "10-30 14:40..10-30 16:40"),
            ("a week from Monday", "11-09 08:00..11-09 18:00"),
            ("the week after next", "11-09 08:00..11-13 18:00"),
            ("over the weekend", "10-31 08:00..11-01 18:00"),
        ],
    );
}

#[test]
fn hindi_times() {
    check(
        "2026-07-14T11:30[Asia/Kolkata]",
        "mujhe",
        "phone karna",
        &[
            ("paanch baje", "07-14 17:00..07-14 18:00"),
            ("kal saade paanch baje", "07-15 17:30..07-15 18:30"),
            ("sava paanch baje", "07-14 17:15..07-14 18:15"),
            ("paune paanch baje", "07-14 16:45..07-14 17:45"),
            ("dedh baje", "07-14 13:30..07-14 14:30"),
            ("dhai ghante baad", "07-14 14:00..07-14 15:00"),
            ("kal subah nau baje", "07-15 09:00..07-15 10:00"),
            ("raat nau baje", "07-14 21:00..07-14 22:00"),
            ("do se chaar ke beech", "07-14 14:00..07-14 16:00"),
            ("kal das baje se pehle", "07-15 08:00..07-15 10:00"),
            ("kal das baje ke baad", "07-15 10:00..07-15 18:00"),
            ("kal das baje tak", "07-14 11:30..07-15 10:00"),
            ("kal tak", "07-14 11:30..07-15 18:00"),
            ("parson", "07-16 08:00..07-16 18:00"),
            ("कल शाम को", "07-15 17:00..07-15 20:00"),
            ("साढ़े तीन बजे", "07-14 15:30..07-14 16:30"),
            ("१० बजे", "07-15 10:00..07-15 11:00"),
        ],
    );
}

#[test]
fn what_is_too_far_over_or_no_time_at_all_has_no_window() {
    check(
        BERLIN,
        "Rufen Sie mich",
        "zurück.",
        &[
            ("am 3. Dezember", "open"),
            ("am 31. Februar", "open"),
            ("am 26. April", "open"),
            ("am 25. April", "04-25 08:00..04-25 18:00"),
            ("heute um neun Uhr früh", "open"),
            ("nächsten Monat", "open"),
            ("in sechs Wochen", "open"),
            ("später", "open"),
            ("unter 0171 2345678", "open"),
        ],
    );
    check(BERLIN, "Please call me", "", &[("at 555 0142", "open"), ("at five five five one", "open"), ("about two things", "open")]);
}

#[test]
fn an_hour_is_an_hour_when_the_clocks_change() {
    let night = "2026-03-28T20:00[Europe/Berlin]";
    assert_eq!(heard(night, "Rufen Sie mich morgen um 02:30 Uhr an."), "03-29 03:30..03-29 04:30");
    assert_eq!(heard(night, "Rufen Sie mich morgen an."), "03-29 08:00..03-29 18:00");
    assert_eq!(heard("2026-03-29T01:45[Europe/Berlin]", "Rufen Sie mich in einer Stunde an."), "03-29 03:45..03-29 04:45");
    assert_eq!(heard("2026-10-24T20:00[Europe/Berlin]", "Rufen Sie mich morgen um 02:30 Uhr an."), "10-25 02:30..10-25 02:30");
}

fn understood(text: &'static str) -> Option<FollowUp<'static>> {
    let call: Zoned = BERLIN.parse().expect("an instant with its zone");
    understand(&turns(text), call.timestamp(), call.time_zone())
}

#[test]
fn the_evidence_is_the_sentence_with_its_turn_its_words_of_time_and_its_rule() {
    let text = "Agent: Guten Tag! Was kann ich tun?\nUser: Es geht um die Heizung. Rufen Sie mich morgen um fünf zurück! Danke.";
    let found = understood(text).unwrap();
    assert_eq!(found.evidence, "Rufen Sie mich morgen um fünf zurück!");
    assert_eq!((found.turn, found.language, found.rule), (1, Language::German, "ruf_mich_an"));
    assert_eq!(found.time_words, Some("morgen um fünf"));
}

#[test]
fn the_last_promise_wins_and_a_repetition_keeps_the_words_that_said_when() {
    let asked = "User: Call me back tomorrow at five.\nAgent: Okay, we'll call you back.";
    assert_eq!(understood(asked).unwrap().turn, 0);
    let moved = "User: Call me back tomorrow at five.\nAgent: I'm off tomorrow, I'll call you back on Monday at six.";
    let moved = understood(moved).unwrap();
    assert_eq!((moved.turn, moved.time_words), (1, Some("on Monday at six")));
}

#[test]
fn an_offer_counts_when_it_is_accepted_and_can_be_moved_in_accepting() {
    let offered = "Agent: Soll ich Sie morgen um zehn anrufen?";
    assert_eq!(understood(offered), None);
    assert!(understood("Agent: Soll ich Sie morgen um zehn anrufen?\nUser: Nein danke.").is_none());
    let accepted = understood("Agent: Soll ich Sie morgen um zehn anrufen?\nUser: Ja, bitte.").unwrap();
    assert_eq!((accepted.rule, accepted.time_words), ("offer_accepted", Some("morgen um zehn")));
    let moved = understood("Agent: Soll ich Sie morgen um zehn anrufen?\nUser: Lieber um elf.").unwrap();
    assert_eq!(moved.window.map(|it| it.start), "2026-03-27T10:00:00Z".parse().ok(), "{moved:?}");
}

#[test]
fn calling_a_callback_off_is_no_request_for_one() {
    for said in [
        "Bitte sagen Sie den Rückruf ab.",
        "Sagen Sie bitte den Rückruf morgen um fünf ab.",
        "Bitte löschen Sie den Rückruf.",
        "Nehmen Sie den Rückruf bitte raus.",
        "Bitte machen Sie den Rückruf rückgängig.",
        "Bitte vergessen Sie den Rückruf.",
        "Ich will den Rückruf bitte nicht.",
        "Bitte den Rückruf absagen.",
        "Please cancel the callback.",
    ] {
        let call: Zoned = BERLIN.parse().expect("an instant with its zone");
        let turns = [Turn { speaker: Speaker::Person, text: said }];
        assert_eq!(understand(&turns, call.timestamp(), call.time_zone()), None, "{said}");
    }
}

#[test]
fn a_request_beside_what_is_called_off_is_one() {
    for said in [
        "User: Ich möchte meinen Termin stornieren, bitte um Rückruf.",
        "User: Ich habe meinen Termin vergessen, bitte um Rückruf.",
        "User: Bitte um Rückruf, ich will die Bestellung rückgängig machen.",
        "User: Der Rückruf wurde rückgängig gemacht, bitte rufen Sie mich an.",
        "User: Bitte vergessen Sie den Rückruf nicht.",
        "User: Rufen Sie mich bitte zurück.\nAgent: Der Rückruf bleibt, der Termin ist storniert.",
        "User: Can someone call me back?\nAgent: Sure, I see from your call that the order was cancelled.",
    ] {
        let call: Zoned = BERLIN.parse().expect("an instant with its zone");
        assert!(understand(&turns(said), call.timestamp(), call.time_zone()).is_some(), "{said}");
    }
}

#[test]
fn what_the_agent_calls_off_is_not_promised_any_more() {
    for said in [
        "Agent: Wir rufen Sie morgen um 17 Uhr zurück.\nUser: Das passt mir nicht mehr.\nAgent: Gut, der Rückruf ist abgesagt.",
        "Agent: We will call you back tomorrow.\nUser: I am out then.\nAgent: All right, the call back is cancelled.",
    ] {
        let call: Zoned = BERLIN.parse().expect("an instant with its zone");
        assert_eq!(understand(&turns(said), call.timestamp(), call.time_zone()), None, "{said}");
    }
}

#[test]
fn what_is_taken_back_is_gone_until_it_is_wished_again() {
    let taken_back = "User: Rufen Sie mich um fünf an.\nAgent: Gern.\nUser: Ach nein, lassen Sie, ich rufe selbst an.";
    assert_eq!(understood(taken_back), None);
    let again = format!("{taken_back}\nAgent: Gut.\nUser: Oder doch, rufen Sie mich um sechs an.");
    let again: &'static str = again.leak();
    assert_eq!(understood(again).unwrap().time_words, Some("um sechs"));
}

#[test]
fn the_same_words_are_a_promise_of_the_agent_and_none_of_the_person() {
    for (text, language) in
        [("I'll call you back tomorrow.", "en"), ("Ich rufe Sie morgen zurück.", "de"), ("Main aapko kal call karta hoon.", "hi")]
    {
        let said = |speaker| understand(&[Turn { speaker, text }], Timestamp::UNIX_EPOCH, &jiff::tz::TimeZone::UTC);
        assert_eq!(said(Speaker::Agent).map(|found| found.language.as_str()), Some(language));
        assert_eq!((said(Speaker::Person), said(Speaker::Unknown)), (None, None), "{text}");
    }
}
