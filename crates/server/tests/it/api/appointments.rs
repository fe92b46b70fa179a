//! Appointments, and what a booking means for whoever was to be called back.

use axum::http::Method;
use serde_json::{Value as Json, json};

use super::bench::Api;

async fn customer(api: &Api, numbers: &[&str]) -> String {
    api.post("/api/v1/customers", json!({"name": "Cleo", "phone_numbers": numbers})).await.id(201)
}

fn to_come(customer: &str) -> Json {
    json!({"customer_id": customer, "starts_at": "2026-03-03T10:00:00+01:00", "ends_at": "2026-03-03T10:30:00+01:00"})
}

/// Somebody was missed: his callback.
async fn missed(api: &Api, phone: &str, number: &str) -> String {
    api.inbound(phone, number).await.callback.expect("a callback").to_string()
}

async fn status(api: &Api, callback: &str) -> String {
    api.get(&format!("/api/v1/callbacks/{callback}")).await.data(200)["status"].as_str().expect("a status").to_owned()
}

#[tokio::test]
async fn an_appointment_lasts_as_long_as_its_service_and_moves_as_a_whole() {
    for api in Api::each().await {
        let cleo = customer(&api, &[]).await;
        let cut = api.post("/api/v1/services", json!({"name": "Cut", "duration_minutes": 45})).await.id(201);
        let body = json!({"customer_id": cleo, "service_id": cut, "starts_at": "2026-03-03T10:00:00+01:00"});
        let made = api.post("/api/v1/appointments", body).await;
        assert_eq!(
            (&made.data(201)["starts_at"], &made.data(201)["ends_at"]),
            (&json!("2026-03-03T09:00:00Z"), &json!("2026-03-03T09:45:00Z"))
        );
        assert_eq!(made.data(201)["status"], "booked");
        let path = format!("/api/v1/appointments/{}", made.id(201));
        let moved = api.patch(&path, json!({"starts_at": "2026-03-04T10:00:00Z"})).await;
        assert_eq!(moved.data(200)["ends_at"], "2026-03-04T10:45:00Z");
        let shown = api.get(&format!("{path}?include=customer,service,branch,staff")).await;
        assert_eq!((&shown.data(200)["customer"]["name"], &shown.data(200)["service"]["name"]), (&json!("Cleo"), &json!("Cut")));
        assert_eq!((&shown.data(200)["branch"], &shown.data(200)["staff"]), (&Json::Null, &Json::Null));
        assert!(api.get(&path).await.data(200).get("customer").is_none());
        assert_eq!(api.delete(&path).await.status, 204);
        assert_eq!(api.get(&path).await.status, 404);
        assert_eq!(api.delete(&path).await.status, 404);
    }
}

#[tokio::test]
async fn every_wrong_field_is_told() {
    for api in Api::each().await {
        let theirs = api.ask_as(Method::POST, "/api/v1/customers", "other-write", Some(json!({"name": "x"}))).await.id(201);
        let cleo = customer(&api, &[]).await;
        let body = json!({
            "customer_id": theirs, "branch_id": cleo, "staff_id": cleo, "service_id": "x", "callback_id": cleo, "status": "lost",
            "starts_at": "tomorrow", "ends_at": 5, "room": 1,
        });
        let fields = ["branch_id", "callback_id", "customer_id", "ends_at", "room", "service_id", "staff_id", "starts_at", "status"];
        let answer = api.post("/api/v1/appointments", body.clone()).await;
        let mut told = answer.refused();
        told.dedup();
        assert_eq!(told, fields);
        assert_eq!(api.post("/api/v1/appointments", json!({})).await.refused(), ["customer_id", "ends_at", "starts_at"]);
        let id = api.post("/api/v1/appointments", to_come(&cleo)).await.id(201);
        let path = format!("/api/v1/appointments/{id}");
        assert_eq!(api.patch(&path, body).await.refused(), fields);
        assert_eq!(api.patch(&path, json!({"ends_at": "2026-03-03T09:00:00Z"})).await.refused(), ["ends_at"]);
        let wrong = api.get("/api/v1/appointments?customer_id=1&status=lost&from=x&to=y&sort=name&include=x&q=1").await;
        assert_eq!(wrong.refused(), ["customer_id", "from", "include", "q", "sort", "status", "to"]);
    }
}

#[tokio::test]
async fn lists_are_filtered_and_sorted() {
    for api in Api::each().await {
        let (cleo, dora) = (customer(&api, &[]).await, customer(&api, &[]).await);
        let mut ids = Vec::new();
        for (who, day, status) in [(&cleo, 5, "booked"), (&dora, 3, "cancelled"), (&cleo, 4, "done")] {
            let (starts_at, ends_at) = (format!("2026-03-0{day}T10:00:00Z"), format!("2026-03-0{day}T11:00:00Z"));
            let body = json!({"customer_id": who, "status": status, "starts_at": starts_at, "ends_at": ends_at});
            ids.push(api.post("/api/v1/appointments", body).await.id(201));
        }
        for (query, expected) in [
            ("", vec![1, 2, 0]),
            ("?sort=-starts_at", vec![0, 2, 1]),
            ("?sort=created_at", vec![0, 1, 2]),
            ("?sort=-created_at", vec![2, 1, 0]),
            (&format!("?customer_id={cleo}"), vec![2, 0]),
            ("?status=cancelled,done", vec![1, 2]),
            ("?from=2026-03-04T10:00:00Z", vec![2, 0]),
            ("?to=2026-03-04T10:00:00Z", vec![1, 2]),
            (&format!("?staff_id={cleo}"), vec![]),
        ] {
            let answer = api.get(&format!("/api/v1/appointments{query}")).await;
            let found: Vec<_> = answer.data(200).as_array().expect("a list").iter().map(|it| it["id"].as_str().expect("an id")).collect();
            let expected: Vec<_> = expected.into_iter().map(|nth: usize| ids[nth].as_str()).collect();
            assert_eq!(found, expected, "{query}");
        }
        let first = api.get("/api/v1/appointments?per_page=1").await;
        let cursor = first.body["meta"]["next_cursor"].as_str().expect("more");
        let second = api.get(&format!("/api/v1/appointments?per_page=1&cursor={cursor}")).await;
        assert_eq!(second.data(200)[0]["id"], ids[2].as_str());
    }
}

/// Pitfall 24: whoever got through in the meantime is not called any more, and it can be seen why.
#[tokio::test]
async fn whoever_books_is_not_called_back_any_more() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        let (his, hers) = (missed(&api, &phone, "+4915112345678").await, missed(&api, &phone, "+4915112345679").await);
        let cleo = customer(&api, &["0151 12345678", "0151 00000000"]).await;
        let over = json!({"customer_id": cleo, "starts_at": "2026-02-02T12:00:00Z", "ends_at": "2026-02-02T13:00:00Z", "status": "done"});
        api.post("/api/v1/appointments", over).await.id(201);
        let mut off = to_come(&cleo);
        off["status"] = json!("cancelled");
        api.post("/api/v1/appointments", off).await.id(201);
        assert_eq!(status(&api, &his).await, "pending", "neither an old one nor a cancelled one is a booking");
        api.post("/api/v1/appointments", to_come(&cleo)).await.id(201);
        let kept = api.get(&format!("/api/v1/callbacks/{his}")).await;
        assert_eq!((&kept.data(200)["status"], &kept.data(200)["closed_because"]), (&json!("completed"), &json!("booked an appointment")));
        let attempts = api.get("/api/v1/callbacks/missed").await;
        let of_his = attempts.data(200).as_array().expect("a list").iter().find(|it| it["callback_id"] == his.as_str()).expect("his");
        assert_eq!(of_his["status"], "cancelled", "nothing rings him");
        let told = api.get(&format!("/api/v1/callbacks/{his}/timeline")).await;
        let actor = &told.data(200).as_array().expect("events").last().expect("one")["actor"];
        assert!(actor.as_str().expect("text").starts_with("token:"), "{actor}");
        assert_eq!(status(&api, &hers).await, "pending", "somebody else still waits");
    }
}

#[tokio::test]
async fn an_appointment_made_from_a_callback_completes_it() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        let callback = missed(&api, &phone, "+4915112345678").await;
        let cleo = customer(&api, &[]).await;
        let mut body = to_come(&cleo);
        body["callback_id"] = json!(callback);
        let made = api.post("/api/v1/appointments", body.clone()).await;
        assert_eq!(made.data(201)["callback_id"], callback.as_str());
        let kept = api.get(&format!("/api/v1/callbacks/{callback}")).await;
        assert_eq!((&kept.data(200)["status"], &kept.data(200)["customer_id"]), (&json!("completed"), &json!(cleo)));
        let twice = api.post("/api/v1/appointments", body.clone()).await;
        assert!(twice.status == 409 && twice.text.contains(&made.id(201)), "it has one already: {}", twice.text);
        api.patch(&format!("/api/v1/appointments/{}", made.id(201)), json!({"status": "cancelled"})).await.data(200);
        api.post("/api/v1/appointments", body).await.id(201);
    }
}

#[tokio::test]
async fn a_callback_that_was_called_off_is_not_completed_by_an_appointment() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        let callback = missed(&api, &phone, "+4915112345678").await;
        api.execute("update callbacks set status = 'cancelled'", vec![]).await;
        let cleo = customer(&api, &["0151 12345678"]).await;
        let mut body = to_come(&cleo);
        body["callback_id"] = json!(callback);
        let refused = api.post("/api/v1/appointments", body).await;
        assert_eq!((refused.status, &refused.body["allowed"]), (409, &json!(["reopen"])));
        assert_eq!(api.get("/api/v1/appointments").await.body["meta"]["total"], 0, "nothing was written");
    }
}
