use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(answer: &Value) -> Option<News> {
    news_in(answer).ok()
}

#[test]
fn seconds_settle_from_conversation_to_leg_to_duration() {
    let seconds =
        |details: Value, duration: Value| match read(&json!({"Call": {"Status": "completed", "Duration": duration}, "Details": details})) {
            Some(News::Ended(end)) => end.talk_seconds,
            other => panic!("{other:?}"),
        };
    let leg = json!([{"Leg": {"Id": 1, "OnCallDuration": 20}}]);
    assert_eq!(seconds(json!({"ConversationDuration": 12, "Legs": leg}), json!("35")), Some(12));
    assert_eq!(seconds(json!({"ConversationDuration": null, "Legs": leg}), json!("35")), Some(20));
    assert_eq!(seconds(json!(null), json!("35")), Some(35));
    assert_eq!(seconds(json!(null), json!(null)), None, "not settled yet");
}

#[test]
fn a_look_up_is_cleaned_like_an_event() {
    let heard = |url: &str| match read(&json!({"Call": {"Status": "completed\u{0}", "RecordingUrl": url}})) {
        Some(News::Ended(end)) => end.recording_url,
        other => panic!("{other:?}"),
    };
    assert_eq!(heard("http://x/\u{0}y").as_deref(), Some("http://x/y"));
    assert_eq!(heard(&"y".repeat(2049)), None);
    let calls = json!({"Calls": [{"Sid": "a\u{0}b"}, {"Sid": "c"}]});
    let candidates = candidates_in(&calls).expect("a list");
    assert_eq!(candidates.iter().map(|it| it.carrier_call_id.as_str()).collect::<Vec<_>>(), ["c"]);
}

#[test]
fn a_call_in_progress_may_still_be_ringing() {
    assert_eq!(read(&json!({"Call": {"Status": "in-progress"}})), Some(News::Ringing));
    assert_eq!(read(&json!({"Call": {"Status": "queued"}})), Some(News::Ringing));
    let answered = json!({"Call": {"Status": "in-progress"}, "Details": {"Leg1Status": "in-progress"}});
    assert_eq!(read(&answered), Some(News::Answered { by: None }));
}

#[test]
fn an_answer_that_says_nothing_is_no_news() {
    for answer in [json!({}), json!({"Call": {}}), json!({"Call": {"Status": "odd"}}), json!([])] {
        assert_eq!(read(&answer), None, "{answer}");
    }
    for body in
        ["", "{}", "<html>", r#"{"Call":{}}"#, r#"{"Call":{"Sid":""}}"#, r#"{"Call":{"Sid":null}}"#, r#"{"Call":{"Sid":"a\u0000"}}"#]
    {
        assert_eq!(sid_in(body.as_bytes()), None, "{body}");
    }
}

#[test]
fn a_date_without_zone_is_read_as_indias_and_as_utc() {
    let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
    assert_eq!(instants("2026-11-21 15:30:00"), [at("2026-11-21T15:30:00Z"), at("2026-11-21T10:00:00Z")]);
    assert_eq!(instants("2026-11-21T10:00:00Z"), [at("2026-11-21T10:00:00Z")]);
    assert_eq!(instants("yesterday"), []);
}

#[test]
fn an_inbound_call_of_the_same_person_is_marked_as_such() {
    let list = json!({"Calls": [
        {"Sid": "a", "From": "+4915112345678", "To": "+4930901820", "Direction": "inbound", "DateCreated": null},
        {"Call": {"Sid": "b", "From": "+4915112345678", "To": "+4930901820", "Direction": "outbound-api"}},
        {"From": "no id"},
    ]});
    let candidates = candidates_in(&list).expect("a list");
    assert_eq!(candidates.iter().map(|one| (one.carrier_call_id.as_str(), one.inbound)).collect::<Vec<_>>(), [("a", true), ("b", false)]);
    assert!(candidates_in(&json!({"Calls": null})).is_err());
}

proptest! {
    #[test]
    fn no_answer_makes_a_parser_panic(body in proptest::collection::vec(any::<u8>(), 0..300), text in any::<String>()) {
        let _ = (sid_in(&body), sid_in(text.as_bytes()), instants(&text), standing(&text), who(&text));
        let odd = json!({"Call": {"Sid": text, "Status": text, "DateCreated": text}, "Calls": [text, {"Sid": text, "DateCreated": text}], "Details": text});
        let _ = (news_in(&odd), candidates_in(&odd));
    }
}
