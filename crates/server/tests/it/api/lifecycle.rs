//! The way of a callback through the API: asked for, merged, moved, split, put away.

use axum::http::Method;
use ringback_domain::access::Scope;
use serde_json::{Value as Json, json};

use super::bench::{Answer, Api, new_staff};

async fn ask(api: &Api, more: Json) -> Answer {
    let mut body = json!({"customer_name": "Max Mustermann", "phone_number": "0151 23456789"});
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    api.post("/api/v1/callbacks", body).await
}

async fn act(api: &Api, id: &str, what: &str, body: Json) -> Answer {
    api.post(&format!("/api/v1/callbacks/{id}/{what}"), body).await
}

async fn shown(api: &Api, id: &str) -> Json {
    api.get(&format!("/api/v1/callbacks/{id}")).await.data(200).clone()
}

async fn events(api: &Api, id: &str) -> Vec<String> {
    let timeline = api.get(&format!("/api/v1/callbacks/{id}/timeline")).await;
    timeline.data(200).as_array().expect("a list").iter().map(|it| it["type"].as_str().expect("a type").to_owned()).collect()
}

#[tokio::test]
async fn a_request_is_a_callback_with_a_reason_for_its_priority_and_its_due_time() {
    for api in Api::each().await {
        let answer = ask(&api, json!({"notes": "Bitte DRINGEND zurückrufen", "topic": "Termin", "metadata": {"shop": 7}})).await;
        let it = answer.data(201);
        for (field, value) in [
            ("phone_number", json!("+4915123456789")),
            ("status", json!("pending")),
            ("priority", json!("high")),
            ("priority_reason", json!("urgency word: dringend")),
            ("source", json!("api")),
            ("return_by", json!("staff")),
            ("topic", json!("Termin")),
            ("metadata", json!({"shop": 7})),
            ("due_at", json!("2026-03-02T15:00:13Z")),
            ("is_overdue", json!(false)),
            ("escalations", json!([])),
        ] {
            assert_eq!(it[field], value, "{field}");
        }
        assert_eq!(it["due_because"]["kind"], "wall_time");
        assert_eq!(it["requests"][0]["asked"]["notes"], "Bitte DRINGEND zurückrufen");
        assert_eq!(it["next_action"]["kind"], "unassigned");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_field_by_field() {
    for api in Api::each().await {
        let foreign = "018f0000-0000-7000-8000-000000000000";
        let body = json!({
            "phone_number": "12", "status": "pending", "wife": 1, "branch_id": foreign, "customer_id": foreign, "service_id": foreign,
            "staff_id": foreign, "phone_id": foreign, "call_id": foreign, "priority": "low", "return_by": "fax", "metadata": [],
            "not_before": "2026-05-01T00:00:00Z", "preferred_time_window": "whenever", "source": "mail", "notes": 3,
        });
        let expected = [
            "branch_id",
            "call_id",
            "customer_id",
            "customer_name",
            "metadata",
            "not_before",
            "notes",
            "phone_id",
            "phone_number",
            "preferred_time_window",
            "priority",
            "return_by",
            "service_id",
            "source",
            "staff_id",
            "status",
            "wife",
        ];
        assert_eq!(api.post("/api/v1/callbacks", body).await.refused(), expected);
        let far = ask(&api, json!({"preferred_time_window": {"date": "2026-05-01", "from": "10:00", "until": "11:00"}})).await;
        assert_eq!(far.refused(), ["preferred_time_window"]);
        assert_eq!(ask(&api, json!({"return_by": "agent"})).await.refused(), ["phone_id"]);
        assert!(api.get("/api/v1/callbacks").await.data(200).as_array().expect("a list").is_empty());
    }
}

#[tokio::test]
async fn a_second_request_joins_the_first_and_can_be_split_off_again() {
    for api in Api::each().await {
        let first = ask(&api, json!({"notes": "one"})).await.id(201);
        api.advance(60);
        let second = ask(&api, json!({"notes": "two", "priority": "urgent"})).await;
        assert_eq!(second.body["meta"]["merged"], true);
        let it = second.data(200);
        assert_eq!(it["id"], first.as_str());
        assert_eq!((&it["priority"], &it["merged_count"], &it["notes"]), (&json!("urgent"), &json!(1), &json!("one\ntwo")));
        // From where its clock began, not from the second request.
        assert_eq!(it["due_at"], "2026-03-02T13:00:13Z");
        let own = act(&api, &first, "split", json!({})).await;
        let own = own.data(200);
        assert_ne!(own["id"], first.as_str());
        assert_eq!((&own["notes"], &own["priority"], &own["merged_count"]), (&json!("two"), &json!("urgent"), &json!(0)));
        assert_eq!(own["due_at"], "2026-03-02T13:01:13Z");
        assert_eq!(shown(&api, &first).await["merged_count"], 0);
        let again = act(&api, &first, "split", json!({})).await;
        assert_eq!(again.status, 409);
        assert!(!again.body["allowed"].as_array().expect("moves").contains(&json!("split")));
    }
}

#[tokio::test]
async fn what_is_noted_with_a_call_is_kept_with_the_callback() {
    for api in Api::each().await {
        let id = ask(&api, json!({"notes": "about the colour"})).await.id(201);
        let noted = act(&api, &id, "contact", json!({"outcome": "mailbox", "notes": "left a word"})).await;
        assert_eq!(noted.data(200)["notes"], "about the colour\nleft a word");
        let noted = act(&api, &id, "contact", json!({"outcome": "reached", "notes": "Comes on Friday"})).await;
        assert_eq!(noted.data(200)["notes"], "about the colour\nleft a word\nComes on Friday");
        let long = "x".repeat(4999);
        let refused = act(&api, &id, "contact", json!({"outcome": "reached", "notes": "again"})).await;
        assert_eq!(refused.status, 409);
        let done = act(&api, &id, "complete", json!({"notes": long})).await;
        assert_eq!(
            done.data(200)["notes"],
            "about the colour\nleft a word\nComes on Friday",
            "too long together, and refused ones are none"
        );
        let timeline = api.get(&format!("/api/v1/callbacks/{id}/timeline")).await;
        assert!(timeline.text.contains(&long), "it is in the timeline");
        let other = api.post("/api/v1/callbacks", json!({"customer_name": "Eva", "phone_number": "030 901820"})).await.id(201);
        let bulk = json!({"action": "contact", "ids": [other], "outcome": "reached", "notes": "all said"});
        api.post("/api/v1/callbacks/bulk", bulk).await.data(200);
        assert_eq!(api.get(&format!("/api/v1/callbacks/{other}")).await.data(200)["notes"], "all said");
    }
}

#[tokio::test]
async fn a_callback_goes_its_way_and_says_what_is_allowed_instead() {
    for api in Api::each().await {
        let staff = api.post("/api/v1/staff", new_staff("ada@example.com")).await.id(201);
        let id = ask(&api, json!({})).await.id(201);
        let refused = act(&api, &id, "complete", json!({})).await;
        let allowed = json!(["assign", "auto-assign", "reassign", "contact", "cancel", "snooze", "escalate", "claim"]);
        assert_eq!((refused.status, &refused.body["allowed"]), (409, &allowed), "given to the only one there is");
        assert_eq!(act(&api, &id, "assign", json!({"staff_id": id})).await.refused(), ["staff_id"]);
        assert_eq!(act(&api, &id, "assign", json!({"staff_id": staff})).await.data(200)["assigned_to"], staff.as_str());
        for (n, outcome) in ["not_reached", "mailbox"].iter().enumerate() {
            let it = act(&api, &id, "contact", json!({"outcome": outcome, "notes": "nobody"})).await;
            assert_eq!((&it.data(200)["status"], &it.data(200)["staff_attempts"]), (&json!("assigned"), &json!(n + 1)));
        }
        let third = act(&api, &id, "contact", json!({"outcome": "wrong_number"})).await;
        assert_eq!(third.data(200)["escalations"][0]["reason"], "multiple_attempts_failed");
        let contacted = act(&api, &id, "contact", json!({"notes": "talked"})).await;
        assert_eq!(contacted.data(200)["status"], "contacted");
        assert_eq!(act(&api, &id, "contact", json!({})).await.status, 409);
        assert_eq!(act(&api, &id, "complete", json!({})).await.data(200)["status"], "completed");
        assert_eq!(act(&api, &id, "assign", json!({"staff_id": staff})).await.body["allowed"], json!(["reopen"]));
        let open = act(&api, &id, "reopen", json!({})).await;
        assert_eq!((&open.data(200)["status"], &open.data(200)["completed_at"]), (&json!("assigned"), &Json::Null));
        let handed = act(&api, &id, "escalate", json!({"reason": "complex_case", "details": "ask the boss"})).await;
        assert_eq!(handed.data(200)["escalations_count"], 2);
        assert_eq!(act(&api, &id, "escalate", json!({"reason": "sla_breach"})).await.refused(), ["reason"]);
        let snoozed = act(&api, &id, "snooze", json!({"until": "2026-03-05T09:00:00+01:00"})).await;
        assert_eq!(snoozed.data(200)["due_at"], "2026-03-06T08:00:00Z");
        assert_eq!(act(&api, &id, "snooze", json!({"until": "2026-03-01T09:00:00Z"})).await.refused(), ["until"]);
        assert_eq!(act(&api, &id, "cancel", json!({"reason": "moved away"})).await.data(200)["closed_because"], "moved away");
        let told = events(&api, &id).await;
        for kind in [
            "callback.created",
            "attempt.failed",
            "callback.escalated",
            "attempt.completed",
            "callback.contacted",
            "callback.completed",
            "callback.reopened",
            "callback.snoozed",
            "callback.cancelled",
        ] {
            assert!(told.iter().any(|it| it == kind), "{kind}: {told:?}");
        }
    }
}

#[tokio::test]
async fn while_a_person_calls_the_machine_waits() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        api.miss(&phone, "+4915112345678").await;
        let id = api.get("/api/v1/callbacks").await.data(200)[0]["id"].as_str().expect("an id").to_owned();
        assert_eq!(act(&api, &id, "claim", json!({})).await.data(200)["waiting_because"], "a colleague is calling");
        assert_eq!(act(&api, &id, "claim", json!({})).await.status, 200, "claiming again goes on");
        assert_eq!(act(&api, &id, "release", json!({})).await.data(200)["waiting_because"], "channel busy");
        act(&api, &id, "contact", json!({})).await.data(200);
        let attempts = api.get("/api/v1/callbacks/missed").await;
        assert_eq!(attempts.data(200)[0]["status"], "cancelled");
    }
}

#[tokio::test]
async fn a_callback_is_changed_put_away_taken_back_and_erased() {
    for api in Api::each().await {
        let id = ask(&api, json!({"notes": "secret"})).await.id(201);
        let path = format!("/api/v1/callbacks/{id}");
        assert_eq!(api.patch(&path, json!({"status": "completed"})).await.refused(), ["status"]);
        let urgent = api.patch(&path, json!({"priority": "urgent", "notes": null, "topic": "x"})).await;
        assert_eq!((&urgent.data(200)["due_at"], &urgent.data(200)["notes"]), (&json!("2026-03-02T13:00:13Z"), &Json::Null));
        let by_hand = api.patch(&path, json!({"due_at": "2026-03-09T10:00:00Z"})).await;
        assert_eq!(by_hand.data(200)["due_because"]["kind"], "by_hand");
        assert_eq!(api.patch(&path, json!({"priority": "normal"})).await.data(200)["due_at"], "2026-03-09T10:00:00Z");
        assert_eq!(api.ask(Method::DELETE, &path, Scope::Write, None).await.status, 204);
        assert_eq!(api.get(&path).await.status, 404);
        assert_eq!(api.get("/api/v1/callbacks?trashed=true").await.body["meta"]["total"], 1);
        assert_eq!(act(&api, &id, "restore", json!({})).await.data(200)["topic"], "x");
        let erase = format!("{path}?force=true");
        assert_eq!(api.ask(Method::DELETE, &erase, Scope::Write, None).await.status, 403);
        assert_eq!(api.ask(Method::DELETE, &erase, Scope::Admin, None).await.status, 204);
        assert_eq!(act(&api, &id, "restore", json!({})).await.status, 404);
        assert!(!api.get("/api/v1/events?limit=100").await.text.contains(&id));
    }
}

#[tokio::test]
async fn in_bulk_one_failure_hides_no_other() {
    for api in Api::each().await {
        let mut ids = Vec::new();
        for n in 0..3 {
            ids.push(ask(&api, json!({"phone_number": format!("0151 2345678{n}")})).await.id(201));
        }
        act(&api, &ids[1], "cancel", json!({})).await.data(200);
        let nobody = "018f0000-0000-7000-8000-000000000000";
        let all = json!([ids[0], ids[1], nobody, ids[2]]);
        let done = api.post("/api/v1/callbacks/bulk", json!({"action": "batch_call", "outcome": "completed", "ids": all})).await;
        let told: Vec<_> = done.data(200).as_array().expect("a list").iter().map(|it| (it["ok"] == true, it["status"].as_u64())).collect();
        assert_eq!(told, [(true, Some(200)), (false, Some(409)), (false, Some(404)), (true, Some(200))]);
        assert_eq!(shown(&api, &ids[2]).await["status"], "completed");
        let wrong = api.post("/api/v1/callbacks/bulk", json!({"action": "dance", "ids": [], "x": 1})).await;
        assert_eq!(wrong.refused(), ["action", "ids", "x"]);
    }
}

#[tokio::test]
async fn an_agent_calls_at_the_wished_time() {
    for api in Api::each().await {
        let phone = api.phone(1).await;
        let answer =
            ask(&api, json!({"return_by": "agent", "preferred_time_window": {"date": "2026-03-03", "from": "14:00", "until": "16:00"}}))
                .await;
        assert_eq!(answer.data(201)["due_at"], "2026-03-03T15:00:00Z");
        assert_eq!(answer.data(201)["due_because"]["kind"], "wished");
        let attempts = api.get(&format!("/api/v1/callbacks/missed?phone_id={phone}")).await;
        assert_eq!(attempts.data(200)[0]["next_attempt_at"], "2026-03-03T13:00:00Z");
        assert_eq!(attempts.data(200)[0]["reason"], Json::Null);
    }
}
