use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn request(content_type: &str, url: &str, body: impl Into<Bytes>) -> CarrierRequest {
    CarrierRequest {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        body: body.into(),
    }
}

fn read(content_type: &str, body: &str) -> Fields {
    Fields::of(&request(content_type, "https://x.example/status", body.to_owned())).expect("readable")
}

const MULTIPART: &str = "--xyz\r\nContent-Disposition: form-data; name=\"CallSid\"\r\n\r\nabc\r\n--xyz\r\ncontent-disposition: form-data; \
     filename=\"a;b\"; name=\"Legs[0][OnCallDuration]\"\r\nContent-Type: text/plain\r\n\r\n35\r\n--xyz\r\nContent-Disposition: form-data; \
     name=\"Empty\"\r\n\r\n\r\n--xyz--\r\n";

#[test]
fn each_encoding_of_the_same_fields_reads_alike() {
    let form = read("application/x-www-form-urlencoded", "CallSid=abc&Legs[0][OnCallDuration]=35");
    let multi = read("multipart/form-data; boundary=\"xyz\"", MULTIPART);
    let json = read("application/json; charset=utf-8", r#"{"CallSid":"abc","Legs":[{"OnCallDuration":35}]}"#);
    let text = read("application/x-www-form-urlencoded", "CallSid=abc&Legs=%5B%7B%22OnCallDuration%22%3A%2235%22%7D%5D");
    for fields in [form, multi, json, text] {
        assert_eq!(fields.text("CallSid").as_deref(), Some("abc"));
        let leg = element(fields.get("Legs").expect("legs"), 0).expect("a leg");
        assert_eq!(seconds_of(&leg["OnCallDuration"]), Some(35));
        assert_eq!(fields.text("Empty"), None);
    }
}

#[test]
fn line_feeds_alone_end_multipart_lines_too() {
    let fields = read("multipart/form-data; boundary=xyz", &MULTIPART.replace("\r\n", "\n"));
    assert_eq!(fields.text("CallSid").as_deref(), Some("abc"));
}

#[test]
fn the_body_counts_before_the_query() {
    let request = request("application/x-www-form-urlencoded", "https://x.example/s?a=1&b=2", "b=3");
    let fields = Fields::of(&request).expect("readable");
    assert_eq!((fields.text("a"), fields.text("b")), (Some("1".to_owned()), Some("3".to_owned())));
}

#[test]
fn quotes_blanks_and_null_are_not_part_of_a_value() {
    let fields = Fields::from_value(json!({"digits": "\"42\"", "blank": "  ", "null": "null", "nothing": null, "list": []}));
    assert_eq!(fields.text("digits").as_deref(), Some("42"));
    for name in ["blank", "null", "nothing", "list", "absent"] {
        assert_eq!(fields.text(name), None, "{name}");
    }
}

#[test]
fn seconds_are_whole_and_never_guessed() {
    let seconds = |value: Value| seconds_of(&value);
    assert_eq!(seconds(json!("35")), Some(35));
    assert_eq!(seconds(json!(35.7)), Some(35));
    assert_eq!(seconds(json!("-1")), None);
    assert_eq!(seconds(json!("soon")), None);
    assert_eq!(seconds(json!("99999999999999")), None);
}

#[test]
fn a_body_that_is_not_what_it_says_is_refused() {
    for (content_type, body) in
        [("application/json", "[1]"), ("application/json", "{"), ("multipart/form-data", "a=b"), ("multipart/form-data; boundary=q", "a=b")]
    {
        let refused = Fields::of(&request(content_type, "https://x.example", body));
        assert!(matches!(refused, Err(EventError::Malformed { field: "body", .. })), "{content_type} {body}");
    }
}

#[test]
fn deep_nesting_is_a_name_not_a_tree() {
    let name = format!("a{}", "[b]".repeat(10_000));
    let fields = read("application/x-www-form-urlencoded", &format!("{name}=1"));
    assert_eq!(fields.text(&name).as_deref(), Some("1"));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(
        body in proptest::collection::vec(any::<u8>(), 0..400),
        content_type in prop_oneof![
            Just("application/json".to_owned()), Just("multipart/form-data; boundary=xyz".to_owned()),
            Just("application/x-www-form-urlencoded".to_owned()), any::<String>(),
        ],
        query in any::<String>(),
    ) {
        let _ = Fields::of(&request(&content_type, &format!("https://x.example/?{query}"), body));
    }

    #[test]
    fn pieces_of_multipart_never_make_the_reader_panic(pieces in proptest::collection::vec(prop_oneof![
        Just("--xyz"), Just("\r\n"), Just("\n"), Just("Content-Disposition: form-data; name=\"a\""), Just("name="), Just("\""), Just("--"), Just("ä"),
    ], 0..40)) {
        let _ = Fields::of(&request("multipart/form-data; boundary=xyz", "https://x.example/", pieces.concat()));
    }

    #[test]
    fn multipart_gives_back_what_was_put_in(fields in proptest::collection::btree_map("[A-Za-z]{1,12}", "[^\r\n]{0,40}", 1..8)) {
        prop_assume!(fields.values().all(|value| !value.contains("xyz") && !value.trim_start().starts_with(['[', '{'])));
        let part = |(name, value)| format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        let body: String = fields.iter().map(part).chain(["--xyz--\r\n".to_owned()]).collect();
        let read = read("multipart/form-data; boundary=xyz", &body);
        for (name, value) in fields {
            prop_assert_eq!(read.get(&name), Some(&Value::String(value)));
        }
    }
}
