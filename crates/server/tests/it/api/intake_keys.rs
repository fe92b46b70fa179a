//! Intake keys: made, shown without their key, rotated, deleted.

use axum::http::Method;
use ringback_domain::access::Scope;
use serde_json::json;

use super::bench::{Api, token};

#[tokio::test]
async fn the_url_is_shown_once_and_the_secret_never() {
    for api in Api::each().await {
        let phone = api.phone(1).await;
        let new = json!({"name": "Anna at Retell", "kind": "retell", "phone_id": phone, "secret": "key_of_retell"});
        let made = api.post("/api/v1/intake-keys", new).await;
        let id = made.id(201);
        let url = made.data(201)["url"].as_str().expect("a URL").to_owned();
        assert!(url.starts_with("http://ringback.test/intake/retell/") && url.len() > 70, "a key that nobody guesses");
        assert_eq!((&made.data(201)["has_secret"], &made.data(201)["phone_id"]), (&json!(true), &json!(phone)));
        let path = format!("/api/v1/intake-keys/{id}");
        let shown = api.ask(Method::GET, &path, Scope::Admin, None).await;
        assert_eq!(shown.data(200)["name"], "Anna at Retell");
        let list = api.ask(Method::GET, "/api/v1/intake-keys", Scope::Admin, None).await;
        assert_eq!(list.data(200).as_array().map(Vec::len), Some(1));
        let key = url.rsplit('/').next().expect("a key");
        for answer in [&made, &shown, &list] {
            assert!(!answer.text.contains("key_of_retell"), "the secret is shown");
        }
        for answer in [&shown, &list] {
            assert!(!answer.text.contains(key) && !answer.text.contains("\"url\""), "{}", answer.text);
        }
        let rotated = api.post(&format!("{path}/rotate"), json!({})).await;
        let new_url = rotated.data(200)["url"].as_str().expect("a URL");
        assert!(new_url.starts_with("http://ringback.test/intake/retell/") && new_url != url);
        assert_eq!(api.delete(&path).await.status, 204);
        assert_eq!(api.ask(Method::GET, &path, Scope::Admin, None).await.status, 404);
        assert_eq!(api.delete(&path).await.status, 404);
    }
}

#[tokio::test]
async fn what_a_key_needs_is_told_field_by_field() {
    let api = Api::sqlite().await;
    assert_eq!(api.post("/api/v1/intake-keys", json!({})).await.refused(), ["kind", "name"]);
    let wrong = json!({"name": "", "kind": "Retell", "phone_id": "x", "secret": "", "url": "http://x", "extra": 1});
    assert_eq!(api.post("/api/v1/intake-keys", wrong).await.refused(), ["extra", "kind", "name", "phone_id", "secret", "url"]);
    let theirs = api.ask_as(Method::POST, "/api/v1/phones", &token(Scope::Admin, true), Some(super::bench::new_phone(1))).await.id(201);
    let body = json!({"name": "x", "kind": "vapi", "phone_id": theirs});
    assert_eq!(api.post("/api/v1/intake-keys", body).await.refused(), ["phone_id"]);
}
