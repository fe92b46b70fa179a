//! Many callbacks at once: each action, each id by itself, whatever is wrong with another.

use axum::http::{Method, header};
use ringback_domain::access::Scope;
use serde_json::{Value as Json, json};

use super::bench::{Answer, Api, new_staff, request, token};

async fn callbacks(api: &Api, number: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..number {
        let body = json!({"customer_name": "Max", "phone_number": format!("0151 234567{n:02}")});
        ids.push(api.post("/api/v1/callbacks", body).await.id(201));
    }
    ids
}

async fn bulk(api: &Api, action: &str, ids: &[String], more: Json) -> Answer {
    let mut body = json!({"action": action, "ids": ids});
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    api.post("/api/v1/callbacks/bulk", body).await
}

fn statuses(answer: &Answer) -> Vec<u64> {
    let rows = answer.data(200).as_array().expect("a list");
    for row in rows {
        assert_eq!(row["ok"] == true, row["status"] == 200, "{row}");
        assert_eq!(row["ok"] == true, row.get("error").is_none(), "{row}");
    }
    rows.iter().map(|row| row["status"].as_u64().expect("a number")).collect()
}

async fn field(api: &Api, id: &str, name: &str) -> Json {
    api.get(&format!("/api/v1/callbacks/{id}")).await.data(200)[name].clone()
}

#[tokio::test]
async fn each_action_does_what_it_does_alone() {
    for api in Api::each().await {
        let ids = callbacks(&api, 3).await;
        let ada = api.post("/api/v1/staff", new_staff("ada@example.com")).await.id(201);
        let ben = api.post("/api/v1/staff", new_staff("ben@example.com")).await.id(201);
        assert_eq!(statuses(&bulk(&api, "assign", &ids[..2], json!({"staff_id": ada})).await), [200, 200]);
        assert_eq!(field(&api, &ids[1], "assigned_to").await, ada);
        assert_eq!(statuses(&bulk(&api, "auto_assign", &ids[2..], json!({"strategy": "load_based"})).await), [200]);
        assert_eq!(field(&api, &ids[2], "assigned_to").await, ben, "who has less");
        assert_eq!(statuses(&bulk(&api, "priority", &ids, json!({"priority": "urgent"})).await), [200; 3]);
        assert_eq!(field(&api, &ids[0], "priority").await, "urgent");
        assert_eq!(statuses(&bulk(&api, "snooze", &ids[..1], json!({"until": "2026-03-03T11:00:00Z"})).await), [200]);
        assert_eq!(field(&api, &ids[0], "waiting_because").await, "not before 2026-03-03T11:00:00Z");
        assert_eq!(statuses(&bulk(&api, "contact", &ids, json!({"outcome": "mailbox", "notes": "beep"})).await), [200; 3]);
        assert_eq!(field(&api, &ids[0], "staff_attempts").await, 1);
        assert_eq!(statuses(&bulk(&api, "complete", &ids[..1], json!({})).await), [409], "nobody was reached");
        assert_eq!(statuses(&bulk(&api, "batch_call", &ids[..2], json!({"outcome": "contacted"})).await), [200, 200]);
        assert_eq!(statuses(&bulk(&api, "batch_call", &ids, json!({"outcome": "completed"})).await), [200; 3], "from where each is");
        assert_eq!(field(&api, &ids[2], "status").await, "completed");
        assert_eq!(statuses(&bulk(&api, "cancel", &ids, json!({"reason": "x"})).await), [409; 3]);
        assert_eq!(statuses(&bulk(&api, "delete", &ids, json!({})).await), [200; 3]);
        assert_eq!(statuses(&bulk(&api, "delete", &ids, json!({})).await), [404; 3]);
        assert_eq!(statuses(&bulk(&api, "restore", &ids, json!({})).await), [200; 3]);
        assert_eq!(field(&api, &ids[0], "status").await, "completed");
    }
}

#[tokio::test]
async fn ids_that_are_doubled_foreign_or_too_many() {
    for api in Api::each().await {
        let ids = callbacks(&api, 2).await;
        let theirs = json!({"customer_name": "Eve", "phone_number": "0151 11111111"});
        let theirs = api.ask_as(Method::POST, "/api/v1/callbacks", &token(Scope::Write, true), Some(theirs)).await.id(201);
        let doubled = [ids[0].clone(), ids[1].clone(), ids[0].clone()];
        assert_eq!(bulk(&api, "cancel", &doubled, json!({})).await.refused(), ["ids"]);
        assert_eq!(field(&api, &ids[1], "status").await, "pending", "nothing of it was done");
        let named = [ids[0].clone(), theirs.clone(), ids[1].clone()];
        let done = bulk(&api, "cancel", &named, json!({})).await;
        assert_eq!(statuses(&done), [200, 404, 200], "each by itself, in the order of their naming");
        assert_eq!((&done.data(200)[0]["id"], &done.data(200)[2]["id"]), (&json!(ids[0]), &json!(ids[1])));
        let path = format!("/api/v1/callbacks/{theirs}");
        let untouched = api.ask_as(Method::GET, &path, &token(Scope::Read, true), None).await;
        assert_eq!(untouched.data(200)["status"], "pending");
        let many: Vec<String> = (0..101).map(|_| uuid::Uuid::now_v7().to_string()).collect();
        assert_eq!(bulk(&api, "cancel", &many, json!({})).await.refused(), ["ids"]);
        assert_eq!(statuses(&bulk(&api, "cancel", &many[..100], json!({})).await), [404; 100]);
        assert_eq!(bulk(&api, "cancel", &[], json!({})).await.refused(), ["ids"]);
        assert_eq!(bulk(&api, "assign", &ids, json!({})).await.refused(), ["staff_id"]);
        assert_eq!(bulk(&api, "batch_call", &ids, json!({"outcome": "mailbox"})).await.refused(), ["outcome"]);
        assert_eq!(bulk(&api, "snooze", &ids, json!({"until": "2026-05-01T00:00:00Z"})).await.refused(), ["until"]);
        let nobody = json!({"staff_id": uuid::Uuid::now_v7()});
        assert_eq!(statuses(&bulk(&api, "assign", &callbacks(&api, 1).await, nobody).await), [422]);
    }
}

#[tokio::test]
async fn a_repeated_bulk_does_nothing_twice() {
    for api in Api::each().await {
        let ids = callbacks(&api, 2).await;
        let body = json!({"action": "contact", "outcome": "mailbox", "ids": ids}).to_string();
        let mut answers = Vec::new();
        for _ in 0..2 {
            let mut post = request(Method::POST, "/api/v1/callbacks/bulk", Some(&token(Scope::Write, false)));
            post.headers_mut().insert("idempotency-key", "one".parse().expect("a header"));
            post.headers_mut().insert(header::CONTENT_TYPE, "application/json".parse().expect("a header"));
            *post.body_mut() = body.clone().into();
            answers.push(api.send(post).await);
        }
        assert_eq!(answers[1].header("idempotent-replayed"), Some("true"));
        assert_eq!(answers[0].text, answers[1].text);
        assert_eq!(field(&api, &ids[0], "staff_attempts").await, 1);
    }
}

#[tokio::test]
async fn what_nobody_is_there_for_is_not_told_as_assigned() {
    for api in Api::each().await {
        let ids = callbacks(&api, 1).await;
        let answer = bulk(&api, "auto_assign", &ids, json!({})).await;
        assert_eq!(statuses(&answer), [409]);
        let told = answer.data(200)[0]["error"].as_str().expect("why").to_owned();
        assert!(told.contains("nobody"), "{told}");
        assert_eq!(field(&api, &ids[0], "assigned_to").await, Json::Null);
    }
}
