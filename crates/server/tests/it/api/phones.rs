use serde_json::{Value as Json, json};

use super::bench::{Api, new_agent, new_phone};

#[tokio::test]
async fn a_phone_shows_what_was_given_except_its_secrets() {
    for api in Api::each().await {
        let made = api.post("/api/v1/phones", new_phone(3)).await;
        let phone = made.data(201);
        assert_eq!(phone["number"], "+4930901820");
        assert_eq!(phone["channels"], 3);
        assert_eq!(phone["channels_in_use"], 0);
        assert_eq!(phone["max_call_seconds"], 3600);
        assert_eq!(phone["when_full"], "announce");
        assert_eq!(phone["carrier_config"], json!({"account_sid": "salon1", "app_id": "42"}));
        let url = phone["ingress_url"].as_str().expect("a URL");
        let key = url.strip_prefix("http://ringback.test/voice/exotel/").and_then(|rest| rest.strip_suffix("/incoming"));
        assert_eq!(key.expect("our address").len(), 43);
        let id = made.id(201);
        let shown = api.get(&format!("/api/v1/phones/{id}")).await;
        assert_eq!(shown.data(200), phone);
        let listed = api.get("/api/v1/phones").await;
        assert_eq!(listed.data(200), &json!([phone]));
        for answer in [&made, &shown, &listed] {
            assert!(!answer.text.contains("the-key") && !answer.text.contains("the-token"), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn a_change_keeps_what_was_not_given_and_above_all_the_secrets() {
    for api in Api::each().await {
        let id = api.phone(2).await;
        let path = format!("/api/v1/phones/{id}");
        let agent = api.post("/api/v1/agents", new_agent()).await.id(201);
        let change = json!({"label": "Desk", "agent_id": agent, "carrier_config": {"app_id": "43", "api_key": "other-key"}});
        let changed = api.patch(&path, change).await;
        assert_eq!(changed.data(200)["label"], "Desk");
        assert_eq!(changed.data(200)["agent_id"], agent);
        assert_eq!(changed.data(200)["number"], "+4930901820");
        assert_eq!(changed.data(200)["carrier_config"], json!({"account_sid": "salon1", "app_id": "43"}));
        let phone = api.rows().phone(id.parse().expect("an id")).await.expect("reads").expect("is there");
        let plain = api.app.vault.open(api.company, phone.id, &phone.carrier_config).expect("opens");
        let config: Json = serde_json::from_slice(&plain).expect("JSON");
        assert_eq!(config["api_key"], "other-key");
        assert_eq!(config["api_token"], "the-token");
        assert_eq!(api.patch(&path, json!({"agent_id": null})).await.data(200)["agent_id"], Json::Null);
        assert_eq!(api.patch(&path, json!({"carrier_config": {"api_key": null}})).await.refused(), ["carrier_config.api_key"]);
        // Another carrier begins with nothing of the first one's.
        let twilio = json!({"carrier": "twilio"});
        assert!(api.patch(&path, twilio).await.refused().contains(&"carrier_config.auth_token"));
    }
}

#[tokio::test]
async fn all_that_is_wrong_with_a_phone_is_told_at_once() {
    for api in Api::each().await {
        let wrong = json!({
            "label": "", "number": "12", "carrier": "exotel", "carrier_config": {"account_sid": "a/b", "colour": 1}, "channels": 101,
            "agent_id": "018f0000-0000-7000-8000-000000000000", "active": "yes", "when_full": "loud", "max_call_seconds": 59, "nonsense": 1,
            "id": "x", "reserved_inbound": 101, "branch_id": "018f0000-0000-7000-8000-000000000000",
        });
        let expected = [
            "active",
            "agent_id",
            "branch_id",
            "carrier_config.account_sid",
            "carrier_config.api_key",
            "carrier_config.api_token",
            "carrier_config.colour",
            "channels",
            "id",
            "label",
            "max_call_seconds",
            "nonsense",
            "number",
            "reserved_inbound",
            "when_full",
        ];
        let answer = api.post("/api/v1/phones", wrong).await;
        let refused = answer.refused();
        for field in expected {
            assert!(refused.contains(&field), "{field} is not among {refused:?}");
        }
        assert_eq!(api.post("/api/v1/phones", json!({})).await.refused(), ["carrier", "carrier_config", "label", "number"]);
        assert_eq!(api.get("/api/v1/phones").await.data(200), &json!([]));
    }
}

#[tokio::test]
async fn only_free_channels_are_taken_away() {
    for api in Api::each().await {
        let (id, _) = api.full_phone(2).await;
        let path = format!("/api/v1/phones/{id}");
        assert_eq!(api.get(&path).await.data(200)["channels_in_use"], 2);
        assert_eq!(api.patch(&path, json!({"channels": 1})).await.status, 409);
        assert_eq!(api.patch(&path, json!({"channels": 5})).await.data(200)["channels"], 5);
        assert!(api.inbound(&id, "+4915112345678").await.connected);
        assert_eq!(api.patch(&path, json!({"channels": 3})).await.data(200)["channels_in_use"], 3);
        assert!(!api.inbound(&id, "+4915112345679").await.connected);
        assert!(api.app.store.violations().await.expect("reads").is_empty());
    }
}

#[tokio::test]
async fn a_phone_is_deleted_when_nothing_runs_and_what_waited_is_cancelled() {
    for api in Api::each().await {
        let (id, _) = api.full_phone(1).await;
        let attempt = api.miss(&id, "+4915112345678").await;
        let path = format!("/api/v1/phones/{id}");
        assert_eq!(api.delete(&path).await.status, 409);
        let gone =
            "update calls set settled_at = started_at, ended_at = started_at, ask_at = null, status = 'ended' where ask_at is not null";
        api.execute(gone, vec![]).await;
        api.execute("update channel_leases set call_id = null, leased_until = null", vec![]).await;
        assert_eq!(api.delete(&path).await.status, 204);
        assert_eq!(api.get(&path).await.status, 404);
        assert_eq!(api.delete(&path).await.status, 404);
        let missed = api.get("/api/v1/callbacks/missed").await;
        assert_eq!(missed.data(200)[0]["id"], attempt);
        assert_eq!(missed.data(200)[0]["status"], "cancelled");
        assert_eq!(api.get("/api/v1/callbacks").await.data(200)[0]["status"], "pending");
        let events = api.get("/api/v1/events").await;
        let kinds: Vec<&str> = events.data(200).as_array().expect("a list").iter().filter_map(|it| it["type"].as_str()).collect();
        assert_eq!(kinds.last(), Some(&"attempt.cancelled"));
    }
}

#[tokio::test]
async fn a_new_key_ends_the_old_address() {
    for api in Api::each().await {
        let id = api.phone(2).await;
        let before = api.get(&format!("/api/v1/phones/{id}")).await;
        let after = api.post(&format!("/api/v1/phones/{id}/rotate-key"), json!({})).await;
        let url = |data: &Json| data["ingress_url"].as_str().expect("a URL").to_owned();
        let (before, after) = (url(before.data(200)), url(after.data(200)));
        assert_ne!(before, after);
        let key = before.split('/').nth_back(1).expect("a key");
        assert!(api.app.store.phone_by_ingress_key("exotel", key).await.expect("reads").is_none());
    }
}

#[tokio::test]
async fn an_agent_that_answers_on_a_phone_stays() {
    for api in Api::each().await {
        let agent = api.post("/api/v1/agents", new_agent()).await.id(201);
        let phone = api.phone(1).await;
        api.patch(&format!("/api/v1/phones/{phone}"), json!({"agent_id": agent})).await.data(200);
        let path = format!("/api/v1/agents/{agent}");
        assert_eq!(api.delete(&path).await.status, 409);
        assert_eq!(api.delete(&format!("/api/v1/phones/{phone}")).await.status, 204);
        assert_eq!(api.delete(&path).await.status, 204);
        assert_eq!(api.get(&path).await.status, 404);
    }
}

#[tokio::test]
async fn an_agent_is_kept_as_it_was_typed() {
    for api in Api::each().await {
        let prompt = "You are <Anna> & \"kind\".\n\tÄ 😀 '; drop table agents; --";
        let made = api.post("/api/v1/agents", json!({"name": " O'Hara ", "prompt": prompt, "voice": null})).await;
        assert_eq!(made.data(201)["prompt"], prompt);
        assert_eq!(made.data(201)["name"], " O'Hara ");
        let path = format!("/api/v1/agents/{}", made.id(201));
        let changed = api.patch(&path, json!({"voice": "warm", "stream_url": "wss://agent.example/x", "languages": []})).await;
        assert_eq!(changed.data(200)["voice"], "warm");
        assert_eq!(changed.data(200)["prompt"], prompt);
        let wrong = json!({"name": null, "prompt": "a\u{0}b", "languages": ["de", "de"], "stream_url": "javascript:alert(1)", "llm": 7});
        assert_eq!(api.patch(&path, wrong).await.refused(), ["languages", "llm", "name", "prompt", "stream_url"]);
        assert_eq!(api.get(&path).await.data(200), changed.data(200));
    }
}
