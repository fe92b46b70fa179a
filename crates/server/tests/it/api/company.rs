use serde_json::json;

use super::bench::Api;

#[tokio::test]
async fn only_the_given_settings_change() {
    for api in Api::each().await {
        let before = api.get("/api/v1/company").await;
        assert_eq!(before.data(200)["slug"], "salon");
        assert_eq!(before.data(200)["settings"]["minimum_credits"], 100);
        let change = json!({
            "name": "Salon Ö",
            "settings": {"sla_minutes": {"high": 90}, "calling_hours": {"until": "20:30"}, "allowed_countries": ["AT", "CH"], "dedupe": "30m"},
        });
        let after = api.patch("/api/v1/company", change).await;
        let mut expected = before.data(200).clone();
        expected["name"] = json!("Salon Ö");
        expected["settings"]["sla_minutes"]["high"] = json!(90);
        expected["settings"]["calling_hours"]["until"] = json!("20:30:00");
        expected["settings"]["allowed_countries"] = json!(["AT", "CH"]);
        expected["settings"]["dedupe"] = json!("30m");
        expected["updated_at"] = after.data(200)["updated_at"].clone();
        assert_eq!(after.data(200), &expected);
        assert_eq!(api.get("/api/v1/company").await.data(200), &expected);
    }
}

#[tokio::test]
async fn a_company_speaks_a_language_that_there_is() {
    for api in Api::each().await {
        for wrong in ["fr", "en-GB", "DE", ""] {
            let refused = api.patch("/api/v1/company", json!({"locale": wrong})).await;
            assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!("locale")), "{}", refused.text);
            assert_eq!(refused.body["errors"][0]["message"], "must be one of: en, de");
        }
        assert_eq!(api.patch("/api/v1/company", json!({"locale": "en"})).await.data(200)["locale"], "en");
    }
}

#[tokio::test]
async fn what_cannot_be_set_is_named() {
    for api in Api::each().await {
        let wrong = json!({
            "country": "Germany", "locale": "German!", "time_zone": "Mars/Base", "slug": "x", "colour": 1,
            "settings": {
                "sla_minutes": {"urgent": 0, "low": 5}, "calling_hours": {"from": "8", "until": "25:00"}, "minimum_credits": 0,
                "auto_callback": "off", "ring_seconds": 1.5, "announcements": {"de": ""}, "unknown": true, "allowed_countries": ["ZZ"],
            },
        });
        let expected = [
            "colour",
            "country",
            "locale",
            "settings.allowed_countries",
            "settings.announcements.de",
            "settings.auto_callback",
            "settings.calling_hours.from",
            "settings.calling_hours.until",
            "settings.minimum_credits",
            "settings.ring_seconds",
            "settings.sla_minutes.low",
            "settings.sla_minutes.urgent",
            "settings.unknown",
            "slug",
            "time_zone",
        ];
        assert_eq!(api.patch("/api/v1/company", wrong).await.refused(), expected);
        assert_eq!(api.patch("/api/v1/company", json!({"settings": []})).await.refused(), ["settings"]);
    }
}

#[tokio::test]
async fn somebody_whom_the_old_settings_put_off_is_looked_at_again() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        // India: no country of the company's.
        let attempt = api.miss(&phone, "+919845012345").await;
        api.patch(&format!("/api/v1/phones/{phone}"), json!({"channels": 2})).await.data(200);
        assert!(api.app.store.claim_next(phone.parse().expect("an id"), api.now()).await.expect("claims").is_none());
        let because = async || api.get("/api/v1/callbacks/missed").await.data(200)[0]["waiting_because"].clone();
        assert_eq!(because().await, "not called by machine: calls to IN are not allowed");
        assert_eq!(api.get("/api/v1/callbacks/missed").await.data(200)[0]["next_attempt_at"], json!(null));
        let tomorrow = json!({
            "customer_name": "Asha", "phone_number": "+919845054321", "return_by": "agent", "phone_id": phone, "not_before": "2026-03-03T11:00:00Z",
        });
        let wished = api.post("/api/v1/callbacks", tomorrow).await;
        let wished = format!("/api/v1/callbacks/{}", wished.data(201)["id"].as_str().expect("an id"));
        assert_ne!(api.get(&wished).await.data(200)["next_action"]["kind"], "attempt", "no machine will call there");
        api.patch("/api/v1/company", json!({"settings": {"allowed_countries": ["IN"]}})).await.data(200);
        let next = api.get(&wished).await;
        assert_eq!(next.data(200)["next_action"]["kind"], "attempt");
        assert_eq!(next.data(200)["next_action"]["at"], "2026-03-03T11:00:00Z", "not before it was wished for");
        let ours = api.get("/api/v1/callbacks/missed").await;
        let ours = ours.data(200).as_array().expect("a list").iter().find(|it| it["id"] == attempt).expect("it waits").clone();
        assert_eq!(ours["waiting_because"], json!(null));
        let claim = api.app.store.claim_next(phone.parse().expect("an id"), api.now()).await.expect("claims");
        assert_eq!(claim.expect("may be called now").attempt.to_string(), attempt);
    }
}
