use serde_json::{Value, json};

use super::*;

fn read(name: &str, arguments: Value) -> Result<ToolRequest, String> {
    let Value::Object(arguments) = arguments else { panic!("not an object") };
    let call = ToolCall { id: None, name: name.to_owned(), arguments: Ok(arguments), call: None };
    ToolRequest::read(&call, "DE").map_err(|unreadable| unreadable.to_string())
}

fn number() -> Option<PhoneNumber> {
    PhoneNumber::parse("+4930901820", "DE").ok()
}

#[test]
fn each_tool_asks_for_its_own() {
    let create = json!({
        "phone_number": "030 901820", "customer_name": " Ali  Kaya", "when": "tomorrow", "topic": "Termin", "language": "de-DE",
        "confirmed": "yes", "an_argument_of_others": 1,
    });
    let action = Action::Create {
        phone_number: number(),
        customer_name: Some("Ali Kaya".to_owned()),
        when: Some(When::Words("tomorrow".to_owned())),
        topic: Some("Termin".to_owned()),
        confirmed: true,
    };
    assert_eq!(read("create_callback", create), Ok(ToolRequest { language: Some("de".to_owned()), action }));
    let empty = Action::Create { phone_number: None, customer_name: None, when: None, topic: None, confirmed: false };
    assert_eq!(read("create_callback", json!({})).map(|request| request.action), Ok(empty));
    let which = Which { callback_id: None, phone_number: number() };
    assert_eq!(
        read("find_callback", json!({"phone_number": "030901820"})).map(|request| request.action),
        Ok(Action::Find { which: which.clone(), confirmed: false })
    );
    let moved = Action::Move { which: Which::default(), when: When::Day("2026-11-23".parse().expect("a day")), confirmed: false };
    assert_eq!(read("move_callback", json!({"when": "2026-11-23"})).map(|request| request.action), Ok(moved));
    let cancelled = Action::Cancel { which, reason: Some("solved".to_owned()), confirmed: true };
    let cancel = json!({"phone_number": 30_901_820, "reason": "solved", "confirmed": true});
    assert_eq!(read("cancel_callback", cancel).map(|request| request.action), Ok(cancelled));
}

#[test]
fn what_is_told_along_never_loses_the_wish() {
    let sent = json!({"when": "morgen um fünf", "topic": "Farbe ".repeat(60), "customer_name": ["Ali"]});
    let Ok(ToolRequest { action: Action::Create { topic, customer_name, when, .. }, .. }) = read("create_callback", sent) else {
        panic!("refused");
    };
    assert_eq!((topic.map(|it| it.chars().count()), customer_name), (Some(200), None));
    assert_eq!(when, Some(When::Words("morgen um fünf".to_owned())));
}

#[test]
fn reason_and_topic_are_one() {
    let Ok(ToolRequest { action: Action::Create { topic, .. }, .. }) = read("create_callback", json!({"reason": "r"})) else {
        panic!("unread")
    };
    let Ok(ToolRequest { action: Action::Cancel { reason, .. }, .. }) = read("cancel_callback", json!({"topic": "t"})) else {
        panic!("unread")
    };
    assert_eq!((topic.as_deref(), reason.as_deref()), (Some("r"), Some("t")));
}

#[test]
fn names_are_taken_as_businesses_type_them() {
    for name in ["create_callback", "createCallback", "Create-Callback", "CREATE CALLBACK"] {
        assert_eq!(name.parse(), Ok(Tool::CreateCallback));
    }
    let unknown = "the tool's name must be one of: create_callback, find_callback, move_callback, cancel_callback";
    for name in ["", "callback", "delete_callback", "create_callbacks"] {
        assert_eq!(read(name, json!({})), Err(unknown.to_owned()), "{name}");
    }
}

#[test]
fn every_bad_argument_is_told_at_once() {
    let wrong = read("create_callback", json!({"phone_number": "12", "when": "2026-13-01", "confirmed": "perhaps", "language": "x"}));
    let wrong = wrong.expect_err("bad arguments");
    for argument in ["phone_number: ", "when: ", "confirmed: ", "language: "] {
        assert!(wrong.contains(argument), "{wrong}");
    }
    let missing = read("move_callback", json!({"confirmed": "perhaps"})).expect_err("no time");
    assert!(missing.contains("when: is missing; accepted is the new time") && missing.contains("confirmed: "), "{missing}");
    let twice = read("move_callback", json!({"when": "2026-13-01"})).expect_err("no time");
    assert_eq!(twice.matches("when: ").count(), 1, "{twice}");
    let unread = ToolCall {
        id: None,
        name: "find_callback".to_owned(),
        arguments: Err(BadArgument::new("arguments", "are not a JSON object")),
        call: None,
    };
    assert_eq!(ToolRequest::read(&unread, "DE").map_err(|wrong| wrong.to_string()), Err("arguments: are not a JSON object".to_owned()));
}
