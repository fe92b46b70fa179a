use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;
use crate::voice_agent::BadArgument;

const URL: &str = "https://x.example/intake/retell/k";
const CALL: &str = "call_4c1b5f0d8c0a4e7a9d2f6b1e3a5c7d9f";

fn post(url: &str, body: impl Into<Bytes>) -> Result<Intake, EventError> {
    read(&CarrierRequest { method: "POST".to_owned(), url: url.to_owned(), headers: vec![], body: body.into() })
}

fn tool(url: &str, body: &Value) -> ToolCall {
    match post(url, body.to_string()) {
        Ok(Intake::ToolCalls(mut calls)) if calls.len() == 1 => calls.remove(0),
        other => panic!("{body}: {other:?}"),
    }
}

fn refused(url: &str, body: impl Into<Bytes>) -> String {
    match post(url, body) {
        Err(error @ EventError::Malformed { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_custom_function_says_tool_arguments_and_call() {
    let body: Value = serde_json::from_str(include_str!("../../../tests/fixtures/retell_custom_function.json")).expect("JSON");
    let expected = CallRef {
        provider_call_id: CALL.to_owned(),
        carrier_call_id: Some("CA0123456789abcdef0123456789abcdef".to_owned()),
        direction: Some(Direction::Inbound),
        from: Some("+4915112345678".to_owned()),
        to: Some("+4930901820".to_owned()),
    };
    let call = tool(URL, &body);
    assert_eq!((call.id, call.name.as_str(), call.call), (None, "create_callback", Some(expected)));
    assert_eq!(call.arguments.expect("arguments")["when"], "2026-11-22T17:00");
}

#[test]
fn arguments_alone_need_the_tool_in_the_url() {
    let arguments = json!({"when": "tomorrow", "name": "Max", "event": "a wedding"});
    let named = format!("{URL}?tool=create_callback");
    let call = tool(&named, &arguments);
    assert_eq!((call.name.as_str(), call.call.as_ref()), ("create_callback", None));
    assert_eq!(Value::Object(call.arguments.expect("arguments")), arguments);
    assert_eq!(tool(&named, &json!({})).arguments, Ok(Map::new()));
    // A function of another name that points at the tool.
    let wrapped = tool(&named, &json!({"name": "ruf_mich_an", "call": {"call_id": CALL}, "args": {"when": "x"}}));
    assert_eq!((wrapped.name.as_str(), wrapped.arguments.expect("arguments").len()), ("create_callback", 1));
    assert_eq!(wrapped.call.map(|call| call.provider_call_id).as_deref(), Some(CALL));
    assert!(refused(URL, r#"{"when":"tomorrow"}"#).starts_with("name: is missing"));
}

#[test]
fn arguments_may_be_missing_or_text_and_must_be_an_object() {
    let read = |args: Value| tool(URL, &json!({"name": "find_callback", "args": args})).arguments;
    let expected = Map::from_iter([("a".to_owned(), json!(1))]);
    for args in [json!({"a": 1}), json!(r#"{"a":1}"#)] {
        assert_eq!(read(args), Ok(expected.clone()));
    }
    for args in [json!(null), json!(""), json!({}), json!("{}")] {
        assert_eq!(read(args), Ok(Map::new()));
    }
    for args in [json!([]), json!(7), json!("[1]"), json!("{")] {
        assert_eq!(read(args), Err(BadArgument::new("arguments", "are not a JSON object")));
    }
}

#[test]
fn a_call_that_ended_is_reported_with_what_was_said() {
    let Ok(Intake::CallEnded(report)) = post(URL, include_str!("../../../tests/fixtures/retell_call_ended.json")) else {
        panic!("no report")
    };
    assert_eq!(report.call.provider_call_id, CALL);
    assert_eq!(report.started_at.map(|at| at.to_string()).as_deref(), Some("2026-11-21T06:00:00Z"));
    assert_eq!(report.ended_at.map(|at| at.to_string()).as_deref(), Some("2026-11-21T06:01:01.25Z"));
    assert_eq!(report.disconnection_reason.as_deref(), Some("user_hangup"));
    assert!(report.transcript.expect("a transcript").contains("\nUser: Rufen Sie mich bitte morgen um fünf zurück.\n"));
    let said: Vec<_> = report.turns.iter().map(|turn| turn.role).collect();
    assert_eq!(said, [Role::Agent, Role::User, Role::Agent]);
    assert!(report.recording_url.is_some() && report.analysis.is_none());
}

#[test]
fn an_analysis_comes_with_all_that_is_there() {
    let Ok(Intake::CallAnalyzed(report)) = post(URL, include_str!("../../../tests/fixtures/retell_call_analyzed.json")) else {
        panic!("no report")
    };
    assert_eq!((report.call.direction, report.call.from, report.call.carrier_call_id), (None, None, None));
    assert_eq!(report.transcript.as_deref(), Some("Agent: Hello.\nUser: Please call me tomorrow."));
    assert_eq!(report.recording_url.as_deref(), Some("https://dxc03zgurdly9.cloudfront.net/scrubbed.wav"));
    let analysis = report.analysis.expect("an analysis");
    assert_eq!(analysis.summary.as_deref(), Some("The caller asked to be called back."));
    assert_eq!((analysis.sentiment.as_deref(), analysis.successful, analysis.in_voicemail), (Some("positive"), Some(true), Some(false)));
    assert_eq!(Value::Object(analysis.custom), json!({"wants_callback": true, "rating": 4}));
}

#[test]
fn other_events_are_only_acknowledged() {
    for event in ["call_started", "transcript_updated", "transfer_started", "chat_ended", "call_inbound", "something_new"] {
        assert_eq!(post(URL, json!({"event": event, "call": {}}).to_string()), Ok(Intake::Ignored(event.to_owned())));
    }
}

#[test]
fn what_cannot_be_read_says_what_is_wrong() {
    assert!(refused(URL, "").starts_with("body: is empty"));
    assert!(refused(URL, "[1]").starts_with("body: is JSON, but not an object"));
    assert_eq!(refused(URL, "{\"secret\": 1x}"), "body: is not JSON (line 1, column 13)");
    assert!(refused(URL, format!("{{\"a\":{}", "[".repeat(5000))).starts_with("body: is nested too deeply"));
    assert_eq!(refused(URL, vec![b'1'; json::LARGEST_BODY + 1]), "body: is longer than 8 MiB");
    for call in [json!(null), json!("x"), json!([])] {
        assert_eq!(refused(URL, json!({"event": "call_ended", "call": call}).to_string()), "call: is missing");
    }
    for id in [json!(null), json!(7), json!(""), json!("a b"), json!("x".repeat(129))] {
        let body = json!({"event": "call_ended", "call": {"call_id": id}}).to_string();
        assert!(refused(URL, body).starts_with("call.call_id: "));
    }
}

#[test]
fn wrong_types_and_what_no_database_takes_leave_the_rest_readable() {
    let call = json!({
        "call_id": CALL, "start_timestamp": "soon", "end_timestamp": 9_223_372_036_854_775_807_i64, "from_number": "anonymous",
        "to_number": {"a": 1}, "direction": 7, "disconnection_reason": ["x"], "recording_url": "javascript:alert(1)",
        "transcript": "a\u{0}b",
        "transcript_object": [7, {"role": "user"}, {"role": "user", "content": " \u{0} "}, {"role": "agent", "content": 5}],
        "call_analysis": {"call_successful": "true", "user_sentiment": "Unknown", "custom_analysis_data": {"a\u{0}": ["\u{0}b"]}},
    });
    let Ok(Intake::CallEnded(report)) = post(URL, json!({"event": "call_ended", "call": call}).to_string()) else { panic!("no report") };
    assert_eq!((report.started_at, report.ended_at, report.recording_url, report.disconnection_reason), (None, None, None, None));
    assert_eq!((report.call.from.as_deref(), report.call.to, report.call.direction), (Some("anonymous"), None, None));
    assert_eq!((report.transcript.as_deref(), report.turns.as_slice()), (Some("ab"), &[][..]));
    let analysis = report.analysis.expect("an analysis");
    assert_eq!((analysis.successful, analysis.sentiment), (Some(true), None));
    assert_eq!(Value::Object(analysis.custom), json!({"a": ["b"]}));
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(query in any::<String>(), body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = post(&format!("{URL}?{query}"), body);
    }

    #[test]
    fn reports_give_back_what_was_reported(
        said in proptest::collection::vec((any::<bool>(), "[^\\p{C}\\s]([^\\p{C}]{0,30}[^\\p{C}\\s])?"), 0..8),
        started in 1_500_000_000_000_i64..4_000_000_000_000, millis in 0_i64..10_000_000,
        id in "[a-z0-9_]{1,40}", number in "\\+[0-9]{8,14}", inbound in any::<bool>(),
    ) {
        let utterance = |(agent, text): &(bool, String)| json!({"role": if *agent { "agent" } else { "user" }, "content": text});
        let spoken: Vec<_> = said.iter().map(utterance).collect();
        let body = json!({"event": "call_ended", "call": {
            "call_id": id, "from_number": number, "direction": if inbound { "inbound" } else { "outbound" },
            "start_timestamp": started, "end_timestamp": started + millis, "transcript_object": spoken,
        }});
        let Ok(Intake::CallEnded(report)) = post(URL, body.to_string()) else { panic!("no report") };
        prop_assert_eq!(report.call.provider_call_id, id);
        prop_assert_eq!(report.call.from, Some(number));
        prop_assert_eq!(report.call.direction == Some(Direction::Inbound), inbound);
        prop_assert_eq!(report.started_at.map(jiff::Timestamp::as_millisecond), Some(started));
        prop_assert_eq!(report.ended_at.map(jiff::Timestamp::as_millisecond), Some(started + millis));
        prop_assert_eq!(report.transcript.is_some(), !said.is_empty());
        let turns: Vec<_> = report.turns.into_iter().map(|turn| (turn.role == Role::Agent, turn.text)).collect();
        prop_assert_eq!(turns, said);
    }
}
