use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn post(body: impl Into<Bytes>) -> Result<Intake, EventError> {
    let url = "https://x.example/intake/vapi/k".to_owned();
    read(&CarrierRequest { method: "POST".to_owned(), url, headers: vec![], body: body.into() })
}

fn calls(message: &Value) -> Vec<ToolCall> {
    match post(json!({"message": message}).to_string()) {
        Ok(Intake::ToolCalls(calls)) => calls,
        other => panic!("{message}: {other:?}"),
    }
}

fn refused(body: &Value) -> String {
    match post(body.to_string()) {
        Err(error @ EventError::Malformed { .. }) => error.to_string(),
        other => panic!("{body}: {other:?}"),
    }
}

#[test]
fn tool_calls_are_read_in_every_spelling_that_is_sent() {
    let Ok(Intake::ToolCalls(calls)) = post(include_str!("../../../tests/fixtures/vapi_tool_calls.json")) else { panic!("no tool calls") };
    let names: Vec<_> = calls.iter().map(|call| (call.id.as_deref().expect("an id"), call.name.as_str())).collect();
    let expected = [
        ("call_VaJOd8ZeZgWCEHDYomyCPfwN", "create_callback"),
        ("call_2", "find_callback"),
        ("call_3", "move_callback"),
        ("call_4", "cancel_callback"),
    ];
    assert_eq!(names, expected);
    let argument = |call: usize, name: &str| calls[call].arguments.as_ref().expect("arguments")[name].clone();
    assert_eq!(
        (argument(0, "when"), argument(1, "phone_number"), argument(2, "when")),
        (json!("tomorrow at five"), json!("030 901820"), json!("2026-11-23"))
    );
    assert_eq!(calls[3].arguments.as_ref().map_err(|wrong| wrong.argument), Err("arguments"), "the others are answered all the same");
    let call = calls[0].call.as_ref().expect("a call");
    assert_eq!(call.provider_call_id, "7420f27a-30fd-4f49-a995-5549ae7cc00d");
    assert_eq!(call.carrier_call_id.as_deref(), Some("CA0123456789abcdef0123456789abcdef"));
    assert_eq!(
        (call.direction, call.from.as_deref(), call.to.as_deref()),
        (Some(Direction::Inbound), Some("+4915112345678"), Some("+4930901820"))
    );
    assert!(!format!("{calls:?}").contains("none-of-our-business"), "the phone's token goes no further");
}

#[test]
fn the_list_with_configurations_does_not_take_a_schema_for_arguments() {
    let documented = json!({"type": "tool-calls", "toolWithToolCallList": [
        {"name": "create_callback", "toolCall": {"id": "a", "parameters": {"when": "x"}}},
        {"type": "function", "function": {"name": "find_callback", "parameters": {"type": "object"}}, "toolCall": {"id": "b"}},
        {"function": {"name": "f"}, "toolCall": {"id": "c", "function": {"name": "move_callback", "arguments": "{\"when\":\"y\"}"}}},
    ]});
    let read: Vec<_> =
        calls(&documented).into_iter().map(|call| (call.name, Value::Object(call.arguments.expect("arguments")), call.call)).collect();
    let expected = [("create_callback", json!({"when": "x"})), ("find_callback", json!({})), ("move_callback", json!({"when": "y"}))];
    assert_eq!(read, expected.map(|(name, arguments)| (name.to_owned(), arguments, None)));
    let older =
        json!({"type": "tool-calls", "toolCallList": [], "toolCalls": [{"id": "a", "function": {"name": "f", "parameters": {"n": 1}}}]});
    assert_eq!(calls(&older)[0].arguments.as_ref().expect("arguments")["n"], 1);
    assert_eq!(calls(&json!({"type": "tool-calls", "toolCallList": [{"id": "a"}]}))[0].name, "", "answered: no such tool");
}

#[test]
fn a_report_says_who_called_whom_and_what_was_said() {
    let Ok(Intake::CallEnded(report)) = post(include_str!("../../../tests/fixtures/vapi_end_of_call_report.json")) else {
        panic!("no report")
    };
    assert_eq!((report.call.direction, report.call.from.as_deref()), (Some(Direction::Outbound), Some("+4930901820")));
    assert_eq!(report.call.to.as_deref(), Some("+4915112345678"));
    assert_eq!(report.started_at.map(|at| at.to_string()).as_deref(), Some("2026-11-21T06:00:00Z"));
    assert_eq!(report.ended_at.map(|at| at.to_string()).as_deref(), Some("2026-11-21T06:01:01.25Z"));
    assert_eq!(report.disconnection_reason.as_deref(), Some("customer-ended-call"));
    assert_eq!(report.transcript.as_deref(), Some("AI: How can I help?\nUser: Please call me tomorrow at five."));
    let turn = |role, text: &str| Turn { role, text: text.to_owned() };
    assert_eq!(report.turns, [turn(Role::Agent, "How can I help?"), turn(Role::User, "Please call me tomorrow at five.")]);
    assert_eq!(report.recording_url.as_deref(), Some("https://storage.vapi.ai/mono.wav"));
    let analysis = report.analysis.expect("an analysis");
    assert_eq!((analysis.successful, analysis.sentiment, analysis.in_voicemail), (Some(true), None, None));
    assert_eq!(Value::Object(analysis.custom), json!({"wants_callback": true}));
}

#[test]
fn older_reports_keep_all_in_the_message_and_rubrics_may_be_numbers() {
    let message = json!({
        "type": "end-of-call-report", "endedReason": "voicemail", "call": {"id": "c", "type": "webCall"}, "transcript": "AI: Hi",
        "messages": [{"role": "assistant", "message": "Hi"}], "recordingUrl": "https://r.example/a.wav", "summary": "Nobody.",
        "analysis": {"successEvaluation": 7}, "artifact": {"structuredOutputs": {"id": {"name": "n", "result": true}}},
    });
    let Ok(Intake::CallEnded(report)) = post(json!({"message": message}).to_string()) else { panic!("no report") };
    assert_eq!((report.call.direction, report.transcript.as_deref(), report.turns.len()), (None, Some("AI: Hi"), 1));
    assert_eq!(report.recording_url.as_deref(), Some("https://r.example/a.wav"));
    let analysis = report.analysis.expect("an analysis");
    assert_eq!((analysis.summary.as_deref(), analysis.successful, analysis.in_voicemail), (Some("Nobody."), None, Some(true)));
    assert_eq!(
        Value::Object(analysis.custom),
        json!({"successEvaluation": "7", "structuredOutputs": {"id": {"name": "n", "result": true}}})
    );
    let bare = post(json!({"message": {"type": "end-of-call-report", "call": {"id": "c"}}}).to_string());
    let Ok(Intake::CallEnded(bare)) = bare else { panic!("no report") };
    assert_eq!((bare.analysis, bare.transcript, bare.turns.len()), (None, None, 0));
}

#[test]
fn other_messages_are_only_acknowledged() {
    for kind in
        ["status-update", "assistant-request", "conversation-update", "transcript[transcriptType=\"final\"]", "hang", "function-call"]
    {
        assert_eq!(post(json!({"message": {"type": kind, "status": "ended"}}).to_string()), Ok(Intake::Ignored(kind.to_owned())));
    }
}

#[test]
fn what_cannot_be_read_says_what_is_wrong() {
    assert_eq!(refused(&json!({"type": "tool-calls"})), "message: is missing");
    assert_eq!(refused(&json!({"message": {"type": {}}})), "message.type: is missing");
    assert_eq!(refused(&json!({"message": {"type": "tool-calls"}})), "message.toolCallList: is missing or empty");
    let listed = |list: Value| refused(&json!({"message": {"type": "tool-calls", "toolCallList": list}}));
    assert!(listed(json!([7])).starts_with("message.toolCallList: has a call without"));
    assert!(listed(json!([{"name": "find_callback"}])).starts_with("message.toolCallList: has a call without"));
    assert_eq!(listed(vec![json!({"id": "a"}); 17].into()), "message.toolCallList: has more than 16 calls");
    assert!(refused(&json!({"message": {"type": "end-of-call-report", "call": {}}})).starts_with("message.call.id: "));
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(body in proptest::collection::vec(any::<u8>(), 0..300), text in any::<String>()) {
        let _ = post(body);
        let list = json!([{"id": text, "name": text, "function": {"arguments": text}, "toolCall": text}]);
        let _ = post(json!({"message": {"type": "tool-calls", "toolCallList": list, "call": text}}).to_string());
        let artifact = json!({"messages": list, "transcript": text});
        let message = json!({"type": "end-of-call-report", "artifact": artifact, "call": {"id": "c"}, "startedAt": text});
        let _ = post(json!({"message": message}).to_string());
    }

    #[test]
    fn tool_calls_give_back_what_was_called(
        made in proptest::collection::vec(
            ("[a-zA-Z0-9_-]{1,40}", "[a-z_]{1,20}", proptest::collection::btree_map("[a-z_]{1,10}", any::<String>(), 0..4), 0..4), 1..6,
        ),
    ) {
        let written = |(id, name, arguments, spelling): &(String, String, _, i32)| {
            let (object, text) = (json!(arguments), json!(arguments).to_string());
            match spelling {
                0 => json!({"id": id, "name": name, "parameters": object}),
                1 => json!({"id": id, "name": name, "arguments": object}),
                2 => json!({"id": id, "function": {"name": name, "arguments": text}}),
                _ => json!({"id": id, "type": "function", "function": {"name": name, "arguments": object}}),
            }
        };
        let list: Vec<_> = made.iter().map(written).collect();
        let read = calls(&json!({"type": "tool-calls", "toolCallList": list}));
        prop_assert_eq!(read.len(), made.len());
        for (read, (id, name, arguments, _)) in read.into_iter().zip(made) {
            prop_assert_eq!((read.id, read.name), (Some(id), name));
            prop_assert_eq!(Value::Object(read.arguments.expect("arguments")), json!(arguments));
        }
    }
}
