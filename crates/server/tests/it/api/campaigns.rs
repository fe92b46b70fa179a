use serde_json::json;

use super::bench::Api;

#[tokio::test]
async fn a_campaign_goes_its_way_and_no_other() {
    for api in Api::each().await {
        let phone = api.phone(2).await;
        let made = api.post("/api/v1/campaigns", json!({"name": "Autumn", "phone_id": phone})).await;
        assert_eq!(made.data(201)["state"], "draft");
        assert_eq!(made.data(201)["inbound_misses"], "after_campaign");
        let path = format!("/api/v1/campaigns/{}", made.id(201));
        let go = async |verb: &str| api.post(&format!("{path}/{verb}"), json!({})).await;
        let early = go("pause").await;
        assert_eq!((early.status, &early.body["allowed"]), (409, &json!(["start", "cancel"])));
        assert_eq!(go("start").await.data(200)["state"], "active");
        assert_eq!(go("pause").await.data(200)["state"], "paused");
        assert_eq!(go("start").await.data(200)["state"], "active");
        assert_eq!(go("complete").await.data(200)["state"], "completed");
        let late = go("start").await;
        assert_eq!((late.status, &late.body["allowed"]), (409, &json!([])));
        assert_eq!(api.delete(&path).await.status, 409, "what has run stays");
        let kinds: Vec<String> = {
            let events = api.get("/api/v1/events").await;
            let events = events.data(200).as_array().expect("a list").clone();
            events.iter().filter_map(|it| it["type"].as_str()).filter(|it| it.starts_with("campaign.")).map(str::to_owned).collect()
        };
        assert_eq!(kinds, ["campaign.started", "campaign.paused", "campaign.started", "campaign.completed"]);
    }
}

#[tokio::test]
async fn one_campaign_is_active_per_phone() {
    for api in Api::each().await {
        let phone = api.phone(2).await;
        let mut campaigns = Vec::new();
        for name in ["a", "b", "c", "d"] {
            campaigns.push(api.post("/api/v1/campaigns", json!({"name": name, "phone_id": phone})).await.id(201));
        }
        let starts: Vec<String> = campaigns.iter().map(|id| format!("/api/v1/campaigns/{id}/start")).collect();
        let answers = futures::future::join_all(starts.iter().map(|path| api.post(path, json!({})))).await;
        assert_eq!(answers.iter().filter(|it| it.status == 200).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|it| it.status == 409).count(), 3);
        assert_eq!(api.delete(&format!("/api/v1/phones/{phone}")).await.status, 409);
    }
}

#[tokio::test]
async fn a_draft_is_changed_and_deleted() {
    for api in Api::each().await {
        let (phone, other) = (api.phone(2).await, api.phone(2).await);
        let id = api.post("/api/v1/campaigns", json!({"name": "Autumn", "phone_id": phone, "max_channels": 1})).await.id(201);
        let path = format!("/api/v1/campaigns/{id}");
        let changed = api.patch(&path, json!({"phone_id": other, "inbound_misses": "immediate", "max_channels": null})).await;
        assert_eq!(changed.data(200)["phone_id"], other);
        assert_eq!(changed.data(200)["inbound_misses"], "immediate");
        assert_eq!(changed.data(200)["max_channels"], json!(null));
        let wrong = json!({"state": "active", "name": "", "max_channels": 0, "inbound_misses": "never"});
        assert_eq!(api.patch(&path, wrong).await.refused(), ["inbound_misses", "max_channels", "name", "state"]);
        api.post(&format!("{path}/start"), json!({})).await.data(200);
        assert_eq!(api.patch(&path, json!({"phone_id": phone})).await.status, 409);
        assert_eq!(api.patch(&path, json!({"name": "Winter"})).await.data(200)["name"], "Winter");
        let draft = api.post("/api/v1/campaigns", json!({"name": "x", "phone_id": phone})).await.id(201);
        assert_eq!(api.delete(&format!("/api/v1/campaigns/{draft}")).await.status, 204);
    }
}
