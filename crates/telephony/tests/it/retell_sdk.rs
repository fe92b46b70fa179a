//! Our side of Retell against Retell's own SDK: PyPI's `retell-sdk` 6.2.13.

use std::{
    env,
    io::Write as _,
    process::{Command, Stdio},
};

use axum::body::Bytes;
use ringback_domain::time::from_millis;
use ringback_telephony::{
    carrier::CarrierRequest,
    voice_agent::{VoicePlatform, retell},
};
use serde_json::{Value, json};

const KEY: &str = "key_0123456789abcdef";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/retell_sdk.py");

fn ask(question: &Value) -> Value {
    let sdk = env::var("RINGBACK_RETELL_SDK").expect("RINGBACK_RETELL_SDK");
    let mut python = Command::new("python3");
    let mut asked = python.arg(SCRIPT).env("PYTHONPATH", sdk).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3");
    asked.stdin.take().expect("piped").write_all(question.to_string().as_bytes()).expect("read");
    let answer = asked.wait_with_output().expect("an answer");
    assert!(answer.status.success(), "{}", answer.status);
    serde_json::from_slice(&answer.stdout).expect("JSON")
}

fn verified(body: &str, signature: &str, now: i64) -> bool {
    let request = CarrierRequest {
        method: "POST".to_owned(),
        url: "https://x.example/intake/retell/k".to_owned(),
        headers: vec![("x-retell-signature".to_owned(), signature.to_owned())],
        body: Bytes::copy_from_slice(body.as_bytes()),
    };
    retell::verify(KEY, &request, from_millis(now))
}

#[test]
#[ignore = "needs PyPI's retell-sdk, its folder in RINGBACK_RETELL_SDK"]
fn retells_sdk_agrees_with_us_on_signatures_and_on_the_names_of_fields() {
    let fixtures = [
        include_str!("../fixtures/retell_custom_function.json"),
        include_str!("../fixtures/retell_call_ended.json"),
        include_str!("../fixtures/retell_call_analyzed.json"),
    ];
    let bodies: Vec<&str> = fixtures.into_iter().chain(["", "{}", "ä 👋 \\u0000", "{\"event\":\"call_ended\"}"]).collect();
    let at = |index: usize| 1_700_000_000_000 + i64::try_from(index).expect("a few") * 86_399_999;
    let posts: Vec<_> = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| {
            let signature = retell::sign(KEY, body.as_bytes(), from_millis(at(index)));
            json!({"body": body, "at": at(index), "signature": signature})
        })
        .collect();
    let calls = fixtures.map(|fixture| serde_json::from_str::<Value>(fixture).expect("JSON")["call"].take());
    let tools = VoicePlatform::Retell.tool_definitions("https://x.example/intake/retell/k");
    let answer = ask(&json!({"key": KEY, "posts": posts, "calls": calls, "tools": tools}));

    assert_eq!(answer["complaints"], json!([]));
    for (index, post) in posts.iter().enumerate() {
        let theirs = answer["signatures"][index].as_str().expect("a signature");
        assert_eq!(theirs, post["signature"], "{post}");
        assert_eq!(answer["verified"][index], true, "{post}");
        assert!(verified(bodies[index], theirs, at(index)), "{post}");
        assert!(!verified(bodies[index], theirs, at(index) + 300_001), "{post}");
    }
}
