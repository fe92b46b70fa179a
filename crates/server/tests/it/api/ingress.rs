//! What a carrier's requests do, over HTTP.

use axum::{
    body::Body,
    http::{Method, header},
};
use ringback_domain::access::Scope;
use ringback_telephony::twilio::signature::sign;
use serde_json::json;

use super::bench::{Api, request};

const CALLER: &str = "%2B4915112345678";

/// Exotel's question about a call: the status alone is the answer.
async fn asks(api: &Api, phone: &str, query: &str) -> u16 {
    let shown = api.get(&format!("/api/v1/phones/{phone}")).await;
    let url = shown.data(200)["ingress_url"].as_str().expect("a URL");
    let path = url.strip_prefix("http://ringback.test").expect("ours");
    api.send(request(Method::GET, &format!("{path}?{query}"), None)).await.status
}

async fn total(api: &Api, list: &str) -> u64 {
    let list = api.get(list).await;
    list.data(200);
    list.body["meta"]["total"].as_u64().expect("a count")
}

#[tokio::test]
async fn a_free_channel_is_200_and_a_full_phone_302_with_the_miss_on_disk() {
    for api in Api::each().await {
        let phone = api.phone(1).await;
        assert_eq!(asks(&api, &phone, "CallSid=a&CallFrom=%2B4930901821&Direction=incoming").await, 200);
        let full = format!("CallSid=b&CallFrom={CALLER}&CallTo=030901820&Direction=incoming");
        assert_eq!([asks(&api, &phone, &full).await, asks(&api, &phone, &full).await], [302, 302], "the same question, the same answer");
        assert_eq!(total(&api, "/api/v1/callbacks/missed").await, 1);
        assert_eq!(total(&api, "/api/v1/callbacks").await, 1);
        assert_eq!(asks(&api, &phone, "CallSid=c&CallFrom=anonymous").await, 302, "a withheld number is missed, too");
        assert_eq!(total(&api, "/api/v1/calls").await, 3);
        assert_eq!(total(&api, "/api/v1/callbacks").await, 1, "but there is nobody to call back");
        assert_eq!(asks(&api, &phone, &format!("CallFrom={CALLER}")).await, 422);
        let unknown = api.send(request(Method::GET, "/voice/exotel/guess/incoming?CallSid=d", None)).await;
        assert_eq!(unknown.status, 404);
    }
}

#[tokio::test]
async fn our_own_call_passes_the_question_without_another_channel_or_a_miss() {
    for api in Api::each().await {
        let (phone, calls) = api.full_phone(1).await;
        let ours = calls[0];
        let flow = format!("CallSid=x&CallFrom={CALLER}&CallTo=030901820&Direction=outbound-dial&CustomField={ours}");
        assert_eq!(asks(&api, &phone, &flow).await, 200);
        assert_eq!(total(&api, "/api/v1/calls").await, 1);
        assert_eq!(total(&api, "/api/v1/callbacks").await, 0);
        let call = api.get(&format!("/api/v1/calls/{ours}")).await;
        assert_eq!(call.data(200)["status"], "in_progress", "its flow begins when it has been answered");
    }
}

/// An end with a text that no database takes is still an end.
#[tokio::test]
async fn odd_texts_of_a_carrier_keep_no_channel() {
    for api in Api::each().await {
        let phone = api.phone(1).await;
        let shown = api.get(&format!("/api/v1/phones/{phone}")).await;
        let url = shown.data(200)["ingress_url"].as_str().expect("a URL").to_owned();
        let status = url.strip_prefix("http://ringback.test").expect("ours").replace("/incoming", "/status");
        let too_long = format!("http://x/{}", "y".repeat(3000));
        for (call, recording) in [("a", "http://x/%00y"), ("b", "%00"), ("c", too_long.as_str())] {
            assert_eq!(asks(&api, &phone, &format!("CallSid={call}&CallFrom={CALLER}")).await, 200, "{call}: the channel is free");
            let ended = format!("{status}?CallSid={call}&Status=completed%00&ConversationDuration=7&RecordingUrl={recording}&Note=%00");
            assert_eq!(api.send(request(Method::POST, &ended, None)).await.status, 200, "{call}");
        }
        let calls = api.get("/api/v1/calls").await;
        let calls = calls.data(200).as_array().expect("a list");
        assert_eq!(calls.iter().map(|it| &it["status"]).collect::<Vec<_>>(), ["ended"; 3]);
        // An id that is none names no call; the question is refused and the event changes nothing.
        assert_eq!(asks(&api, &phone, &format!("CallSid=%00&CallFrom={CALLER}")).await, 422);
        assert_eq!(api.send(request(Method::POST, &format!("{status}?CallSid=a%00b&Status=busy"), None)).await.status, 200);
        assert_eq!(asks(&api, &phone, "CallSid=d&CallFrom=%00%2B4915112345678%00").await, 200);
        assert_eq!(api.app.store.violations().await.expect("reads"), vec![]);
    }
}

#[tokio::test]
async fn what_has_happened_is_counted_for_the_operator() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        let (first, second) = (api.miss(&phone, "+4915112345678").await, api.miss(&phone, "+4915112345679").await);
        assert_ne!(first, second);
        assert_eq!(api.app.store.happened().callbacks_created.values().sum::<u64>(), 2);
        let metrics = api.ask(Method::GET, "/metrics", Scope::Admin, None).await;
        assert_eq!(metrics.status, 200);
        // Other tests of this process count too.
        let line = r#"ringback_callbacks_created_total{priority="high",source="missed_call"} "#;
        assert!(metrics.text.lines().any(|it| it.starts_with(line) && !it.ends_with(" 0")), "{}", metrics.text);
        assert!(metrics.text.lines().any(|line| line == "ringback_callbacks_without_next_action 0"), "{}", metrics.text);
    }
}

#[tokio::test]
async fn a_body_longer_than_any_carrier_sends_is_refused_with_a_problem_document() {
    let api = Api::sqlite().await;
    let phone = api.phone(1).await;
    let shown = api.get(&format!("/api/v1/phones/{phone}")).await;
    let url = shown.data(200)["ingress_url"].as_str().expect("a URL");
    let incoming = url.strip_prefix("http://ringback.test").expect("ours").to_owned();
    for path in [incoming.clone(), incoming.replace("/incoming", "/status"), incoming.replace("/incoming", "/ended")] {
        let mut post = request(Method::POST, &path, None);
        *post.body_mut() = vec![b'x'; 256 * 1024 + 1].into();
        assert_eq!(api.send(post).await.status, 413, "{path}");
    }
    let unnamed = api.send(request(Method::GET, &format!("{incoming}?CallFrom={CALLER}"), None)).await;
    assert_eq!((unnamed.refused(), unnamed.errors()[0]["code"].as_str()), (vec!["CallSid"], Some("format")));
}

/// Twilio's question about a call, signed: what the caller is to hear.
async fn twilio_hears(api: &Api, url: &str, call: &str, from: &str) -> String {
    let fields = [("CallSid", call), ("From", from), ("To", "+4930901820"), ("Direction", "inbound"), ("CallStatus", "ringing")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    let mut asked = request(Method::POST, url.strip_prefix("http://ringback.test").expect("ours"), None);
    let signature = sign("the-token", url, &fields);
    asked.headers_mut().insert("x-twilio-signature", signature.parse().expect("a header"));
    asked.headers_mut().insert(header::CONTENT_TYPE, "application/x-www-form-urlencoded".parse().expect("a header"));
    *asked.body_mut() = Body::from(body);
    let answer = api.send(asked).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text
}

#[tokio::test]
async fn whom_nobody_can_call_back_is_not_told_that_he_will_be() {
    for api in Api::each().await {
        let config = json!({"account_sid": "AC1", "auth_token": "the-token", "stream_url": "wss://agent.example.com"});
        let new = json!({"label": "Desk", "number": "030 901820", "carrier": "twilio", "channels": 1, "carrier_config": config});
        let made = api.post("/api/v1/phones", new).await;
        let url = made.data(201)["ingress_url"].as_str().expect("a URL").to_owned();
        assert!(twilio_hears(&api, &url, "CA1", "+4930901821").await.contains("<Stream"));
        assert!(twilio_hears(&api, &url, "CA2", "+4915112345678").await.contains("<Say"));
        assert!(twilio_hears(&api, &url, "CA3", "anonymous").await.contains("<Reject"));
    }
}
