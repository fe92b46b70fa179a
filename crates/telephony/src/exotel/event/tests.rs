use bytes::Bytes;
use proptest::prelude::*;

use super::*;

const CALL: &str = "01890000-0000-7000-8000-000000000001";

fn get(query: &str) -> CarrierRequest {
    CarrierRequest {
        method: "GET".to_owned(),
        url: format!("https://x.example/voice/exotel/k/ended?{query}"),
        headers: vec![],
        body: Bytes::new(),
    }
}

fn post(content_type: &str, body: impl Into<Bytes>) -> CarrierRequest {
    CarrierRequest {
        method: "POST".to_owned(),
        url: "https://x.example/voice/exotel/k/status".to_owned(),
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        body: body.into(),
    }
}

fn read(query: &str) -> Result<News, EventError> {
    event(&get(&format!("CallSid=s&{query}"))).map(|event| event.news)
}

fn ended(query: &str) -> End {
    match read(query) {
        Ok(News::Ended(end)) => end,
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn a_terminal_event_tells_how_long_and_with_whom() {
    let body = include_str!("../../../tests/fixtures/exotel_terminal.json");
    let read = event(&post("application/json", body)).expect("readable");
    assert_eq!(read.carrier_call_id.as_deref(), Some("c5797dcbaaeed7678c4062a4a3ed2f8a"));
    assert_eq!(read.call.map(|call| call.to_string()).as_deref(), Some(CALL));
    let News::Ended(end) = read.news else { panic!("{:?}", read.news) };
    assert_eq!((end.how, end.talk_seconds, end.answered_by), (EndedHow::Completed, Some(35), Some(AnsweredBy::Human)));
    assert!(!end.abandoned && end.recording_url.is_some());
}

#[test]
fn each_status_is_known_and_others_are_named() {
    for (word, how) in [
        ("completed", EndedHow::Completed),
        ("busy", EndedHow::Busy),
        ("no-answer", EndedHow::NoAnswer),
        ("failed", EndedHow::Failed),
        ("canceled", EndedHow::Canceled),
    ] {
        assert_eq!(ended(&format!("Status={word}")).how, how);
    }
    assert_eq!(read("Status=ringing"), Ok(News::Ringing));
    assert_eq!(read("Status=queued"), Ok(News::Ringing));
    assert_eq!(read("Status=in-progress&AnsweredBy=HUMAN"), Ok(News::Answered { by: Some(AnsweredBy::Human) }));
    assert_eq!(read("EventType=answered"), Ok(News::Answered { by: None }));
    assert_eq!(read("EventType=Dial&Status=busy"), Ok(News::Ringing));
    assert!(matches!(read("Status=free"), Err(EventError::Malformed { field: "Status", .. })));
    assert!(matches!(read("x=y"), Err(EventError::Malformed { field: "Status", .. })));
    assert!(matches!(read("CallType=odd"), Err(EventError::Malformed { field: "CallType", .. })));
    assert!(matches!(event(&get("Status=busy")), Err(EventError::Malformed { field: "CallSid", .. })));
}

#[test]
fn seconds_are_the_conversations_then_the_customer_legs_then_the_dialled_ones() {
    let legs = "Legs[0][OnCallDuration]=20&Legs[1][OnCallDuration]=9";
    assert_eq!(ended(&format!("Status=completed&ConversationDuration=12&{legs}&DialCallDuration=5")).talk_seconds, Some(12));
    assert_eq!(ended(&format!("Status=completed&{legs}&DialCallDuration=5")).talk_seconds, Some(20));
    assert_eq!(ended("CallType=completed&DialCallStatus=completed&DialCallDuration=5").talk_seconds, Some(5));
    assert_eq!(ended("Status=completed&Duration=77").talk_seconds, None);
    assert_eq!(ended("CallType=call-attempt&DialCallDuration=0").talk_seconds, None);
}

#[test]
fn the_end_of_a_flow_tells_who_was_left_alone() {
    for call_type in ["incomplete", "client-hangup", "voicemail"] {
        let end = ended(&format!("CallType={call_type}&Direction=incoming&DialCallStatus=no-answer&CallStatus=in-progress"));
        assert!(end.abandoned && end.how == EndedHow::Completed, "{call_type}");
    }
    let mailbox = ended("CallType=voicemail&Direction=outbound-dial");
    assert_eq!((mailbox.answered_by, mailbox.abandoned), (Some(AnsweredBy::Machine), false));
    assert_eq!(ended("CallType=call-attempt&CallStatus=in-progress").how, EndedHow::Completed);
    assert_eq!(ended("CallType=completed&DialCallStatus=busy").how, EndedHow::Busy);
}

#[test]
fn our_own_call_whose_flow_asks_is_no_caller() {
    let ours = |call: Option<&str>| {
        let call = call.map(|id| id.parse().expect("an id"));
        Ok(Incoming::Ours(CarrierEvent { carrier_call_id: Some("abc".to_owned()), call, news: News::Answered { by: None } }))
    };
    let named = format!("CallSid=abc&CallFrom=%2B4915112345678&CustomField={CALL}");
    assert_eq!(incoming(&get(&named)), ours(Some(CALL)));
    assert_eq!(incoming(&get("CallSid=abc&CallFrom=%2B4915112345678&Direction=outbound-dial")), ours(None));
}

#[test]
fn an_inbound_call_is_read_from_a_query_a_form_and_json() {
    let query = get("CallSid=%22abc%22&CallFrom=%2B4915112345678&CallTo=030901820&Direction=incoming&digits=%22%221%22%22");
    let form = post("application/x-www-form-urlencoded", "CallSid=abc&CallFrom=%2B4915112345678");
    let json = post("application/json", r#"{"CallSid":"abc","CallFrom":"+4915112345678"}"#);
    let bare_plus = get("CallSid=abc&CallFrom=+4915112345678");
    for request in [query, form, json, bare_plus] {
        let expected = Incoming::Caller { carrier_call_id: "abc".to_owned(), from: Some("+4915112345678".to_owned()) };
        assert_eq!(incoming(&request), Ok(expected));
    }
    let withheld = Incoming::Caller { carrier_call_id: "abc".to_owned(), from: None };
    assert_eq!(incoming(&get("CallSid=abc&CallFrom=")), Ok(withheld));
    for query in ["CallFrom=1", "CallSid=&CallFrom=1", "CallSid=%20"] {
        assert!(matches!(incoming(&get(query)), Err(EventError::Malformed { field: "CallSid", .. })), "{query}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(query in any::<String>(), body in proptest::collection::vec(any::<u8>(), 0..300), json in any::<bool>()) {
        let kind = if json { "application/json" } else { "application/x-www-form-urlencoded" };
        let request = CarrierRequest { url: format!("https://x.example/?{query}"), ..post(kind, body) };
        let _ = (incoming(&request), event(&request));
    }

    #[test]
    fn any_values_of_known_fields_are_read_or_refused(values in proptest::collection::vec((prop_oneof![
        Just("Status"), Just("CallType"), Just("CallSid"), Just("Legs"), Just("Legs[0][OnCallDuration]"), Just("EventType"), Just("Direction"),
    ], ".{0,20}"), 0..9)) {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(values);
        let _ = event(&get(&query.finish()));
    }

    #[test]
    fn seconds_survive_every_encoding(seconds in any::<u32>()) {
        let query = format!("CallSid=s&Status=completed&Legs[0][OnCallDuration]={seconds}");
        let json = format!(r#"{{"CallSid":"s","Status":"completed","Legs":[{{"OnCallDuration":"{seconds}"}}]}}"#);
        for request in [get(&query), post("application/x-www-form-urlencoded", query), post("application/json", json)] {
            let News::Ended(end) = event(&request).expect("readable").news else { panic!("not an end") };
            prop_assert_eq!(end.talk_seconds, Some(seconds));
        }
    }
}
