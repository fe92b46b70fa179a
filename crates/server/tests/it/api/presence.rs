//! Who is calling, who has it and why, and when: as the API shows what people agree with each other and with the customer.

use axum::http::Method;
use serde_json::{Value as Json, json};

use super::{
    bench::{Answer, Api, new_staff},
    roles::Company,
};

async fn ask(api: &Api, more: Json) -> Answer {
    let mut body = json!({"customer_name": "Max Mustermann", "phone_number": "0151 23456789"});
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    api.post("/api/v1/callbacks", body).await
}

#[tokio::test]
async fn who_is_calling_is_shown_and_told_to_whoever_comes_second() {
    for it in Company::each().await {
        let id = ask(&it.api, json!({"branch_id": it.north})).await.id(201);
        let path = format!("callbacks/{id}");
        let claimed = it.ask("staff", Method::POST, &format!("{path}/claim"), None).await;
        assert_eq!(
            (&claimed.data(200)["claimed_by"], &claimed.data(200)["claimed_until"]),
            (&json!(it.staff), &json!("2026-03-02T11:10:13Z"))
        );
        for what in ["claim", "release"] {
            let refused = it.ask("manager", Method::POST, &format!("{path}/{what}"), None).await;
            assert_eq!(refused.status, 409);
            assert!(refused.body["detail"].as_str().expect("text").starts_with("staff is calling"), "{}", refused.text);
            assert!(refused.body["allowed"].as_array().expect("moves").contains(&json!("contact")));
        }
        it.api.advance(601);
        let shown = it.ask("manager", Method::GET, &path, None).await;
        assert_eq!((&shown.data(200)["claimed_by"], &shown.data(200)["claimed_until"]), (&Json::Null, &Json::Null));
        let taken = it.ask("manager", Method::POST, &format!("{path}/claim"), None).await;
        assert_eq!(taken.data(200)["claimed_by"], it.manager);
        it.ask("manager", Method::POST, &format!("{path}/contact"), Some(json!({"outcome": "not_reached"}))).await.data(200);
        assert_eq!(it.ask("manager", Method::GET, &path, None).await.data(200)["claimed_by"], Json::Null);
    }
}

#[tokio::test]
async fn a_reassignment_keeps_the_reason_that_was_given() {
    for api in Api::each().await {
        let id = ask(&api, json!({})).await.id(201);
        let path = format!("/api/v1/callbacks/{id}");
        let nobody = api.post(&format!("{path}/auto-assign"), json!({})).await;
        let why = nobody.data(200)["assignment_reason"].as_str().expect("why nobody").to_owned();
        assert_eq!(nobody.data(200)["waiting_because"], why, "nobody calls, because nobody is there");
        assert_eq!(nobody.data(200)["next_action"]["kind"], "unassigned");
        let ada = api.post("/api/v1/staff", new_staff("ada@example.com")).await.id(201);
        let given = api.post(&format!("{path}/auto-assign"), json!({"strategy": "round_robin"})).await;
        assert_eq!((&given.data(200)["assigned_to"], &given.data(200)["waiting_because"]), (&json!(ada), &Json::Null));
        assert_eq!(given.data(200)["next_action"]["id"], ada);
        assert_eq!(given.data(200)["next_action"]["text"], "wer den Rückruf übernommen hat, ruft an: bis Di. 03.03. 12:00");
        assert_eq!(api.post(&format!("{path}/reassign"), json!({"reason": "ill"})).await.status, 409, "there is nobody else");
        let ben = api.post("/api/v1/staff", new_staff("ben@example.com")).await.id(201);
        let moved = api.post(&format!("{path}/reassign"), json!({"reason": "Ada is ill", "strategy": "load_based"})).await;
        assert_eq!(moved.data(200)["assigned_to"], ben);
        let because = moved.data(200)["assignment_reason"].as_str().expect("a reason");
        assert!(because.ends_with("; Ada is ill") && because.len() > 13, "{because}");
        let timeline = api.get(&format!("{path}/timeline")).await;
        let last = timeline.data(200).as_array().expect("events").last().expect("one").clone();
        assert_eq!((&last["type"], &last["data"]["callback"]["assignment_reason"]), (&json!("callback.assigned"), &json!(because)));
        assert_eq!(last["data"]["callback"]["assigned_from"], ada);
        api.post(&format!("{path}/cancel"), json!({})).await.data(200);
        let refused = api.post(&format!("{path}/reassign"), json!({})).await;
        assert_eq!((refused.status, &refused.body["allowed"]), (409, &json!(["reopen"])));
    }
}

#[tokio::test]
async fn a_wish_that_changes_moves_the_due_time_and_one_that_is_taken_back_gives_it_back() {
    for api in Api::each().await {
        let made = ask(&api, json!({})).await;
        let (id, due) = (made.id(201), made.data(201)["due_at"].clone());
        let path = format!("/api/v1/callbacks/{id}");
        let later = api.patch(&path, json!({"not_before": "2026-03-05T10:00:00Z"})).await;
        assert_eq!(later.data(200)["due_at"], "2026-03-06T10:00:00Z");
        assert_eq!(later.data(200)["waiting_because"], "not before 2026-03-05T10:00:00Z");
        assert_eq!(api.patch(&path, json!({"not_before": null})).await.data(200)["due_at"], due);
        let window = json!({"date": "2026-03-04", "from": "14:00", "until": "16:00"});
        let wished = api.patch(&path, json!({"preferred_time_window": window})).await;
        assert_eq!(
            (&wished.data(200)["not_before"], &wished.data(200)["due_at"]),
            (&json!("2026-03-04T13:00:00Z"), &json!("2026-03-04T15:00:00Z"))
        );
        let any_time = api.patch(&path, json!({"preferred_time_window": null})).await;
        let it = any_time.data(200);
        assert_eq!((&it["preferred_time_window"], &it["not_before"], &it["due_at"]), (&Json::Null, &Json::Null, &due));
        assert_eq!(api.patch(&path, json!({"not_before": "2026-04-05T10:00:00Z"})).await.refused(), ["not_before"], "30 days at most");
        api.post(&format!("{path}/cancel"), json!({})).await.data(200);
        let closed = api.patch(&path, json!({"priority": "urgent"})).await;
        assert_eq!((closed.status, &closed.body["allowed"]), (409, &json!(["reopen"])));
        assert_eq!(api.get("/api/v1/callbacks?tab=unassigned").await.body["meta"]["total"], 0, "what is closed stays closed");
    }
}
