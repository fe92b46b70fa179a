//! What voice platforms post, over HTTP: who is let in, and what comes of it.

mod promises;
mod reports;
mod tools;

use axum::{body::Body, http::Method};
use ringback_telephony::voice_agent::{LARGEST_BODY, retell};
use serde_json::{Value as Json, json};
use tokio::time::timeout;

use super::{
    bench::{Answer, Api, request},
    hanging_up,
};

const CALLER: &str = "+4915112345678";
const OURS: &str = "+4930901820";
const SECRET: &str = "key_of_the_account";

/// The path of a new intake key.
async fn open(api: &Api, kind: &str, secret: Option<&str>) -> String {
    let made = api.post("/api/v1/intake-keys", json!({"name": "Anna", "kind": kind, "secret": secret})).await;
    made.data(201)["url"].as_str().and_then(|url| url.strip_prefix("http://ringback.test")).expect("a URL of ours").to_owned()
}

async fn post_with(api: &Api, path: &str, headers: &[(&'static str, String)], body: Vec<u8>) -> Answer {
    let mut request = request(Method::POST, path, None);
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().expect("a header"));
    }
    *request.body_mut() = Body::from(body);
    api.send(request).await
}

async fn post(api: &Api, path: &str, body: &Json) -> Json {
    let answer = post_with(api, path, &[], body.to_string().into_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

/// A tool call as Retell posts it. `call`: which one, and from where; `None`: withheld.
fn retell_tool(call: &str, from: Option<&str>, name: &str, args: &Json) -> Json {
    json!({"name": name, "args": args, "call": {
        "call_id": call, "direction": "inbound", "from_number": from, "to_number": OURS, "transcript": format!("… {name} {args}"),
    }})
}

/// A call that is over, as Retell reports it.
fn retell_ended(api: &Api, call: &str, from: &str, transcript: &str) -> Json {
    let now = api.now().as_millisecond();
    json!({"event": "call_ended", "call": {
        "call_id": call, "direction": "inbound", "from_number": from, "to_number": OURS, "start_timestamp": now - 60_000,
        "end_timestamp": now, "disconnection_reason": "user_hangup", "transcript": transcript,
        "recording_url": "https://retell.example/recording.wav",
    }})
}

/// The callbacks of the company, the newest first.
async fn callbacks(api: &Api) -> Vec<Json> {
    api.get("/api/v1/callbacks?sort=-created_at").await.data(200).as_array().expect("a list").clone()
}

#[tokio::test]
async fn nobody_is_let_in_without_the_key_and_its_secret() {
    for api in Api::each().await {
        let (signed, open_door) = (open(&api, "retell", Some(SECRET)).await, open(&api, "vapi", None).await);
        let body = retell_tool("call_1", Some(CALLER), "create_callback", &json!({})).to_string().into_bytes();
        for path in ["/intake/retell/guess", "/intake/other/guess", &signed.replace("retell", "vapi"), &open_door.replace("vapi", "retell")]
        {
            assert_eq!(post_with(&api, path, &[], body.clone()).await.status, 404, "{path}");
        }
        let signature = |key: &str, body: &[u8], at| ("x-retell-signature", retell::sign(key, body, at));
        let old = ringback_domain::time::plus_seconds(api.now(), -301);
        for header in [signature("another", &body, api.now()), signature(SECRET, b"{}", api.now()), signature(SECRET, &body, old)] {
            assert_eq!(post_with(&api, &signed, &[header], body.clone()).await.status, 403);
        }
        assert_eq!(post_with(&api, &signed, &[], body.clone()).await.status, 403, "unsigned");
        assert!(callbacks(&api).await.is_empty());
        let header = signature(SECRET, &body, api.now());
        assert_eq!(post_with(&api, &signed, &[header], body.clone()).await.status, 200);
        assert_eq!(callbacks(&api).await.len(), 1);
        let vapi = open(&api, "vapi", Some(SECRET)).await;
        let ping = json!({"message": {"type": "status-update"}}).to_string().into_bytes();
        assert_eq!(post_with(&api, &vapi, &[("x-vapi-secret", "guess".to_owned())], ping.clone()).await.status, 403);
        assert_eq!(post_with(&api, &vapi, &[("x-vapi-secret", SECRET.to_owned())], ping).await.status, 200);
    }
}

#[tokio::test]
async fn what_a_platform_posts_is_done_when_it_hangs_up_meanwhile() {
    for api in Api::each().await {
        let path = open(&api, "retell", None).await;
        let tool = retell_tool("call_1", Some(CALLER), "create_callback", &json!({}));
        let report = retell_ended(&api, "call_2", "+4915112345679", promises::WISH);
        for (made, posted) in [(1, tool), (2, report)] {
            let (held, mut written) = (hanging_up::hold(&api).await, api.app.store.committed());
            let mut post = request(Method::POST, &path, None);
            *post.body_mut() = Body::from(posted.to_string());
            hanging_up::asks_and_hangs_up(&api, post).await;
            drop(held);
            while callbacks(&api).await.len() < made {
                timeout(hanging_up::PATIENCE, written.recv()).await.expect("a callback in time").expect("is written");
            }
        }
    }
}

#[tokio::test]
async fn a_key_that_was_rotated_or_deleted_lets_nobody_in() {
    for api in Api::each().await {
        let made = api.post("/api/v1/intake-keys", json!({"name": "Anna", "kind": "vapi"})).await;
        let id = made.id(201);
        let path = |answer: &Answer| {
            let url = answer.body["data"]["url"].as_str().expect("a URL");
            url.strip_prefix("http://ringback.test").expect("ours").to_owned()
        };
        let ping = json!({"message": {"type": "status-update"}}).to_string().into_bytes();
        let old = path(&made);
        assert_eq!(post_with(&api, &old, &[], ping.clone()).await.status, 200);
        let new = path(&api.post(&format!("/api/v1/intake-keys/{id}/rotate"), json!({})).await);
        assert_eq!(post_with(&api, &old, &[], ping.clone()).await.status, 404);
        assert_eq!(post_with(&api, &new, &[], ping.clone()).await.status, 200);
        assert_eq!(api.delete(&format!("/api/v1/intake-keys/{id}")).await.status, 204);
        assert_eq!(post_with(&api, &new, &[], ping).await.status, 404);
    }
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused_and_change_nothing() {
    let api = Api::sqlite().await;
    let path = open(&api, "retell", None).await;
    for body in ["", "{", "[]", "null", "{}", r#"{"event": "call_ended"}"#, r#"{"event": "call_ended", "call": {"call_id": 7}}"#] {
        let answer = post_with(&api, &path, &[], body.as_bytes().to_vec()).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
        assert_eq!(answer.errors().len(), 1, "{body}");
    }
    let deep = format!("{{\"event\": {}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(post_with(&api, &path, &[], deep.into_bytes()).await.status, 422);
    let answer = post_with(&api, &path, &[], vec![b' '; LARGEST_BODY + 1]).await;
    assert_eq!(answer.status, 413);
    assert_eq!(post_with(&api, "/intake/retell/guess", &[], vec![b' '; LARGEST_BODY + 1]).await.status, 404);
    let long = json!({"event": "call_ended", "call": {"call_id": "c", "transcript": "x".repeat(5 << 20)}});
    assert_eq!(post(&api, &path, &long).await, json!({}), "a long call is read");
    for event in ["call_started", "transcript_updated", "anything"] {
        assert_eq!(post(&api, &path, &json!({"event": event, "call": {}})).await, json!({}));
    }
}
