use proptest::prelude::*;
use serde_json::Map;

use super::*;

fn call(id: Option<&str>, name: &str) -> ToolCall {
    ToolCall { id: id.map(str::to_owned), name: name.to_owned(), arguments: Ok(Map::new()), call: None }
}

fn answer(sentence: &str, failed: bool, details: Value) -> ToolAnswer {
    let Value::Object(details) = details else { panic!("not an object") };
    ToolAnswer { sentence: sentence.to_owned(), failed, details }
}

fn read(answered: &CarrierAnswer) -> Value {
    assert_eq!((answered.status, answered.content_type), (200, "application/json"));
    serde_json::from_str(&answered.body).expect("JSON")
}

#[test]
fn retell_gets_an_object_whose_fields_its_variables_can_take() {
    let good = answer("Wir rufen Sie\num fünf zurück.", false, json!({"callback_id": "c", "result": "overwritten"}));
    let read_good = read(&VoicePlatform::Retell.answer(&[(call(None, "create_callback"), good)]));
    assert_eq!(read_good, json!({"result": "Wir rufen Sie um fünf zurück.", "ok": true, "callback_id": "c"}));
    let bad = answer("phone_number: is not a telephone number", true, json!({}));
    let read_bad = read(&VoicePlatform::Retell.answer(&[(call(None, "create_callback"), bad)]));
    assert_eq!(read_bad, json!({"result": "phone_number: is not a telephone number", "ok": false}));
}

#[test]
fn vapi_gets_one_line_of_text_for_each_call() {
    let answers = [
        (call(Some("a"), "find_callback"), answer("One.\r\nTwo.", false, json!({}))),
        (call(Some("b"), "create_callback"), answer("Noted.", false, json!({"callback_id": "c"}))),
        (call(Some("c"), "f"), answer("No such\ttool.", true, json!({"dropped": 1}))),
    ];
    let expected = json!({"results": [
        {"toolCallId": "a", "name": "find_callback", "result": "One. Two."},
        {"toolCallId": "b", "name": "create_callback", "result": r#"{"callback_id":"c","ok":true,"result":"Noted."}"#},
        {"toolCallId": "c", "name": "f", "error": "No such tool."},
    ]});
    assert_eq!(read(&VoicePlatform::Vapi.answer(&answers)), expected);
}

#[test]
fn what_awaits_no_answer_is_acknowledged() {
    for platform in VoicePlatform::ALL {
        assert_eq!(read(&platform.acknowledge()), json!({}));
    }
    assert_eq!(read(&VoicePlatform::Retell.answer(&[])), json!({}));
}

#[test]
fn details_go_before_the_sentence_does() {
    let long = answer(&"\"".repeat(20_000), false, json!({"callback_id": "c"}));
    let body = VoicePlatform::Retell.answer(&[(call(None, "f"), long)]).body;
    assert!((14_000..=LONGEST_ANSWER).contains(&body.chars().count()), "{}", body.len());
    assert!(body.contains("callback_id"));
    let endless = answer("Noted.", false, json!({"endless": "x".repeat(LONGEST_ANSWER)}));
    let body = VoicePlatform::Retell.answer(&[(call(None, "f"), endless)]).body;
    assert_eq!(body, r#"{"ok":true,"result":"Noted."}"#);
}

proptest! {
    #[test]
    fn every_answer_is_whole_json_short_enough_and_on_one_line(
        sentence in any::<String>(), times in 1_usize..2000, failed in any::<bool>(), detail in any::<String>(),
    ) {
        let given = answer(&sentence.repeat(times), failed, json!({"detail": detail}));
        let retell = VoicePlatform::Retell.answer(&[(call(None, "f"), given.clone())]);
        prop_assert!(retell.body.chars().count() <= LONGEST_ANSWER);
        prop_assert_eq!(read(&retell)["ok"].as_bool(), Some(!failed));
        let vapi = read(&VoicePlatform::Vapi.answer(&[(call(Some("a"), "f"), given)]));
        let text = vapi["results"][0][if failed { "error" } else { "result" }].as_str().expect("text");
        prop_assert!(!text.chars().any(char::is_control));
    }
}
