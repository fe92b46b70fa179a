use axum::http::Method;
use ringback_domain::access::Scope;
use ringback_store::db::Value;
use serde_json::{Value as Json, json};

use super::bench::Api;

const PATH: &str = "/api/v1/callbacks/missed";

async fn shown(api: &Api, attempt: &str) -> Json {
    let list = api.get(&format!("{PATH}?limit=100")).await;
    list.data(200).as_array().expect("a list").iter().find(|it| it["id"] == attempt).expect("is listed").clone()
}

/// The ids under a filter, and what the stats say of the same status.
async fn assert_shown(api: &Api, status: &str, attempts: &[&str]) {
    let list = api.get(&format!("{PATH}?status={status}")).await;
    let mut ids: Vec<&str> = list.data(200).as_array().expect("a list").iter().filter_map(|it| it["id"].as_str()).collect();
    let mut expected = attempts.to_vec();
    ids.sort_unstable();
    expected.sort_unstable();
    assert_eq!(ids, expected, "{status}");
    assert!(list.data(200).as_array().expect("a list").iter().all(|it| it["status"] == status));
    let counts = api.get(&format!("{PATH}/stats")).await;
    assert_eq!(counts.data(200)[status], attempts.len(), "{}", counts.text);
    assert_eq!(list.body["meta"]["total"], attempts.len());
}

async fn fail(api: &Api, attempt: &str) {
    let id: uuid::Uuid = attempt.parse().expect("an id");
    assert_eq!(api.execute("update attempts set status = 'failed', outcome = 'no_answer' where id = $1", vec![Value::from(id)]).await, 1);
}

#[tokio::test]
async fn whoever_waits_is_shown_with_the_reason() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        let first = api.miss(&phone, "+4915112345678").await;
        api.advance(1);
        let second = api.miss(&phone, "+4915112345679").await;
        let list = api.get(PATH).await;
        let ids: Vec<&str> = list.data(200).as_array().expect("a list").iter().filter_map(|it| it["id"].as_str()).collect();
        assert_eq!(ids, [&second, &first], "newest miss first");
        let it = shown(&api, &first).await;
        for (field, value) in [
            ("caller_number", json!("+4915112345678")),
            ("reason", json!("busy")),
            ("priority", json!("high")),
            ("status", json!("pending")),
            ("attempts", json!(0)),
            ("max_attempts", json!(1)),
            ("phone_id", json!(phone)),
            ("campaign_id", Json::Null),
            ("call_id", Json::Null),
            ("waiting_because", json!("channel busy")),
            ("missed_at", json!("2026-03-02T11:00:13Z")),
        ] {
            assert_eq!(it[field], value, "{field}");
        }
        assert!(it["missed_call_id"].is_string() && it["callback_id"].is_string());
        assert_shown(&api, "pending", &[&first, &second]).await;
        assert_shown(&api, "on_hold", &[]).await;
        // With a channel free nothing stands against the first, and only the first against the second.
        api.patch(&format!("/api/v1/phones/{phone}"), json!({"channels": 2})).await.data(200);
        assert_eq!(shown(&api, &first).await["waiting_because"], Json::Null);
        assert_eq!(shown(&api, &second).await["waiting_because"], "others are before it in the queue");
        api.patch(&format!("/api/v1/phones/{phone}"), json!({"active": false})).await.data(200);
        assert_eq!(shown(&api, &first).await["waiting_because"], "phone inactive");
    }
}

#[tokio::test]
async fn credits_and_campaigns_change_what_is_shown_at_once() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        let before = api.miss(&phone, "+4915112345678").await;
        let campaign = api.post("/api/v1/campaigns", json!({"name": "Autumn", "phone_id": phone})).await.id(201);
        let start = api.post(&format!("/api/v1/campaigns/{campaign}/start"), json!({})).await;
        assert_eq!(start.data(200)["state"], "active");
        api.advance(1);
        let held = api.miss(&phone, "+4915112345679").await;
        assert_eq!(shown(&api, &held).await["waiting_because"], "campaign Autumn running");
        assert_eq!(shown(&api, &held).await["priority"], "low");
        assert_shown(&api, "on_hold", &[&held]).await;
        assert_shown(&api, "pending", &[&before]).await;
        api.post("/api/v1/credits/transactions", json!({"amount": -9900, "reason": "spent"})).await.data(201);
        assert_shown(&api, "insufficient_credits", &[&before]).await;
        assert_shown(&api, "on_hold", &[&held]).await;
        assert_shown(&api, "pending", &[]).await;
        assert_eq!(shown(&api, &before).await["waiting_because"], "credits short: 100 left, more than 100 needed");
        api.post(&format!("/api/v1/campaigns/{campaign}/pause"), json!({})).await.data(200);
        assert_shown(&api, "insufficient_credits", &[&before, &held]).await;
        api.post("/api/v1/credits/transactions", json!({"amount": 1, "reason": "top-up"})).await.data(201);
        assert_shown(&api, "pending", &[&before, &held]).await;
        let both = api.get(&format!("{PATH}?status=pending,failed&phone_id={phone}")).await;
        assert_eq!(both.body["meta"]["total"], 2);
        // No hold lasts beyond the warning of its callback's due time.
        api.post(&format!("/api/v1/campaigns/{campaign}/start"), json!({})).await.data(200);
        assert_shown(&api, "on_hold", &[&held]).await;
        api.advance(3 * 3600 + 1);
        assert_shown(&api, "on_hold", &[]).await;
    }
}

#[tokio::test]
async fn only_what_waits_is_called_off() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        let attempt = api.miss(&phone, "+4915112345678").await;
        let path = format!("{PATH}/{attempt}");
        assert_eq!(api.ask(Method::DELETE, &path, Scope::Write, None).await.status, 204);
        assert_shown(&api, "cancelled", &[&attempt]).await;
        let again = api.ask(Method::DELETE, &path, Scope::Write, None).await;
        assert_eq!(again.status, 409);
        assert_eq!(again.body["allowed"], json!([]));
        fail(&api, &attempt).await;
        let failed = api.ask(Method::DELETE, &path, Scope::Write, None).await;
        assert_eq!((failed.status, &failed.body["allowed"]), (409, &json!(["retry"])));
        let nobody = "018f0000-0000-7000-8000-000000000000";
        assert_eq!(api.ask(Method::DELETE, &format!("{PATH}/{nobody}"), Scope::Write, None).await.status, 404);
    }
}

#[tokio::test]
async fn a_failed_attempt_is_tried_again_by_a_new_one() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        let attempt = api.miss(&phone, "+4915112345678").await;
        let retry = format!("{PATH}/{attempt}/retry");
        let waiting = api.post(&retry, json!({})).await;
        assert_eq!((waiting.status, &waiting.body["allowed"]), (409, &json!(["cancel"])));
        fail(&api, &attempt).await;
        let tried = api.post(&retry, json!({})).await;
        let new = tried.data(201);
        assert_ne!(new["id"], attempt.as_str());
        assert_eq!(new["priority"], "high");
        assert_eq!(new["status"], "pending");
        assert_eq!(new["caller_number"], "+4915112345678");
        assert_eq!(new["attempts"], 0);
        let timeline = api.get(&format!("/api/v1/callbacks/{}/timeline", new["callback_id"].as_str().expect("an id"))).await;
        let told = timeline.data(200).as_array().expect("a list").iter().find(|it| it["type"] == "callback.changed").expect("is told");
        assert!(told["actor"].as_str().expect("who asked").starts_with("token:"), "{told}");
        assert!(told.to_string().contains(new["id"].as_str().expect("an id")), "{told}");
        assert_eq!(api.post(&retry, json!({})).await.status, 409, "another waits");
        assert_eq!(shown(&api, &attempt).await["status"], "failed");
        let second = new["id"].as_str().expect("an id").to_owned();
        fail(&api, &second).await;
        api.execute("update callbacks set status = 'completed'", vec![]).await;
        let closed = api.post(&format!("{PATH}/{second}/retry"), json!({})).await;
        assert_eq!(closed.status, 409);
        assert!(closed.text.contains("completed"), "{}", closed.text);
    }
}

#[tokio::test]
async fn of_many_retries_at_once_one_makes_an_attempt() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        for round in 0..5 {
            let attempt = api.miss(&phone, &format!("+491511234568{round}")).await;
            fail(&api, &attempt).await;
            let retry = format!("{PATH}/{attempt}/retry");
            let answers = futures::future::join_all((0..8).map(|_| api.post(&retry, json!({})))).await;
            assert_eq!(answers.iter().filter(|it| it.status == 201).count(), 1);
            assert_eq!(answers.iter().filter(|it| it.status == 409).count(), 7);
        }
    }
}
