//! Phones of a carrier that is ours, and callers who reach them.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::{
    body::Body,
    http::{Method, Request},
};
use ringback_domain::access::Scope;
use ringback_telephony::fakes::{Account, FakeExotel};
use serde_json::json;

use super::bench::{Api, new_phone, request, token};

pub(super) async fn carrier() -> FakeExotel {
    let account = Account { sid: "salon1".to_owned(), user: "the-key".to_owned(), password: "the-token".to_owned() };
    let carrier = FakeExotel::start(account).await.expect("a fake carrier");
    carrier.without_dates();
    carrier
}

/// A phone of this carrier; where it is reached and its id.
pub(super) async fn phone(api: &Api, carrier: &FakeExotel, channels: u32, other: bool) -> (String, String) {
    paced_phone(api, carrier, channels, other, 200).await
}

pub(super) async fn paced_phone(api: &Api, carrier: &FakeExotel, channels: u32, other: bool, requests_per_minute: u32) -> (String, String) {
    let mut new = new_phone(channels);
    new["carrier_config"]["api_base_url"] = json!(carrier.base_url());
    new["carrier_config"]["requests_per_minute"] = json!(requests_per_minute);
    let phone = api.ask_as(Method::POST, "/api/v1/phones", &token(Scope::Operator, other), Some(new)).await;
    let url = phone.data(201)["ingress_url"].as_str().expect("a URL");
    (url.strip_prefix("http://ringback.test").expect("ours").to_owned(), phone.id(201))
}

/// The carrier's question about a caller.
pub(super) fn caller(path: &str, call: &str, number: &str) -> Request<Body> {
    request(Method::GET, &format!("{path}?CallSid={call}&CallFrom={number}&Direction=incoming"), None)
}

/// The status that answers it.
pub(super) async fn rings(api: &Api, path: &str, call: &str, number: &str) -> u16 {
    api.send(caller(path, call, number)).await.status
}

/// Each is a person of his own.
static CALLERS: AtomicU32 = AtomicU32::new(0);

/// A phone that so many callers have missed on its only channel and that has more of them now; its id.
pub(super) async fn missed_phone(api: &Api, carrier: &FakeExotel, missed: u32, other: bool, requests_per_minute: u32) -> String {
    let (path, id) = paced_phone(api, carrier, 1, other, requests_per_minute).await;
    assert_eq!(rings(api, &path, &format!("{id}-first"), "%2B4930901821").await, 200);
    for n in 0..missed {
        let number = 100_000 + CALLERS.fetch_add(1, Ordering::Relaxed);
        assert_eq!(rings(api, &path, &format!("{id}-{n}"), &format!("%2B4915112{number}")).await, 302);
    }
    let more = json!({"channels": missed + 1});
    api.ask_as(Method::PATCH, &format!("/api/v1/phones/{id}"), &token(Scope::Admin, other), Some(more)).await.data(200);
    id
}
