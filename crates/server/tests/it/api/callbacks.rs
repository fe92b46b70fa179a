use ringback_domain::access::{Role, Scope};
use ringback_store::{NewStaff, NewToken};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::bench::Api;

async fn names(api: &Api, query: &str) -> Vec<String> {
    let list = api.get(&format!("/api/v1/callbacks?{query}")).await;
    let rows = list.data(200).as_array().expect("a list");
    assert_eq!(list.body["meta"]["total"], rows.len(), "{query}");
    rows.iter().map(|it| it["customer_name"].as_str().expect("a name").to_owned()).collect()
}

async fn name(api: &Api, number: &str, name: &str) {
    let list = api.get(&format!("/api/v1/callbacks?q={}", number.replace('+', "%2B"))).await;
    let path = format!("/api/v1/callbacks/{}", list.data(200)[0]["id"].as_str().expect("an id"));
    let named = api.ask(axum::http::Method::PATCH, &path, Scope::Write, Some(json!({"customer_name": name}))).await;
    assert_eq!(named.data(200)["customer_name"], name);
}

/// Ali and Özlem Öztürk were missed, an hour after each other.
async fn two_missed(api: &Api) -> String {
    let (phone, _) = api.full_phone(1).await;
    api.miss(&phone, "+4915112345678").await;
    name(api, "+4915112345678", "Ali Kaya").await;
    api.advance(3600);
    api.miss(&phone, "+4930123456").await;
    name(api, "+4930123456", "Özlem Öztürk-Müller").await;
    phone
}

#[tokio::test]
async fn a_missed_call_is_a_callback_with_a_next_action() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        let attempt = api.miss(&phone, "+4915112345678").await;
        let list = api.get("/api/v1/callbacks").await;
        let it = &list.data(200)[0];
        for (field, value) in [
            ("phone_number", json!("+4915112345678")),
            ("customer_name", json!("01511 2345678")),
            ("status", json!("pending")),
            ("priority", json!("high")),
            ("priority_reason", json!("missed call")),
            ("source", json!("missed_call")),
            ("due_at", json!("2026-03-02T15:00:13Z")),
            ("expires_at", json!("2026-03-02T15:00:13Z")),
            ("is_overdue", json!(false)),
            ("merged_count", json!(0)),
            ("waiting_because", json!("channel busy")),
            ("phone_id", json!(phone)),
        ] {
            assert_eq!(it[field], value, "{field}");
        }
        let text = "ein automatischer Anruf, der noch wartet: alle Kanäle sind belegt";
        assert_eq!(it["next_action"], json!({"kind": "attempt", "at": "2026-03-02T11:00:13Z", "id": attempt, "text": text}));
        let path = format!("/api/v1/callbacks/{}", it["id"].as_str().expect("an id"));
        let answer = api.get(&path).await;
        let shown = answer.data(200);
        for (field, value) in it.as_object().expect("an object") {
            assert_eq!(&shown[field], value, "{field}");
        }
        let call = api.get(&format!("/api/v1/calls/{}", it["call_id"].as_str().expect("a call"))).await;
        assert_eq!(call.data(200)["missed_reason"], "busy");
        let cancelled = api.ask(axum::http::Method::DELETE, &format!("/api/v1/callbacks/missed/{attempt}"), Scope::Write, None).await;
        assert_eq!(cancelled.status, 204);
        let it = api.get(&path).await;
        assert_eq!(it.data(200)["next_action"]["kind"], "unassigned");
        assert_eq!(it.data(200)["waiting_because"], Json::Null);
        api.miss(&phone, "+4915112345678").await;
        assert_eq!(api.get(&path).await.data(200)["merged_count"], 1);
        let timeline = api.get(&format!("{path}/timeline")).await;
        let kinds: Vec<&str> = timeline.data(200).as_array().expect("a list").iter().filter_map(|it| it["type"].as_str()).collect();
        assert_eq!(kinds, ["callback.created", "call.missed", "attempt.cancelled", "callback.merged", "call.missed"]);
        assert!(timeline.data(200)[2]["actor"].as_str().expect("an actor").starts_with("token:"));
    }
}

#[tokio::test]
async fn a_list_is_narrowed_by_what_people_ask() {
    for api in Api::each().await {
        two_missed(&api).await;
        let (ali, oe) = ("Ali Kaya", "Özlem Öztürk-Müller");
        for (query, expected) in [
            ("", vec![oe, ali]),
            ("sort=created_at", vec![ali, oe]),
            ("sort=due_at", vec![ali, oe]),
            ("sort=-due_at", vec![oe, ali]),
            ("q=ali", vec![ali]),
            ("q=ka", vec![ali]),
            ("q=li", vec![]),
            ("q=%C3%B6z", vec![oe]),
            ("q=%C3%96Z", vec![oe]),
            ("q=%C3%B6zlem+%C3%B6zt", vec![oe]),
            ("q=ali+%C3%B6zlem", vec![]),
            ("q=%25", vec![]),
            ("q=0151", vec![ali]),
            ("q=%2B4930", vec![oe]),
            ("q=5678", vec![ali]),
            ("q=456", vec![oe]),
            ("q=345", vec![]),
            ("status=pending", vec![oe, ali]),
            ("status=completed,cancelled", vec![]),
            ("priority=urgent,high", vec![oe, ali]),
            ("priority=urgent", vec![]),
            ("source=missed_call", vec![oe, ali]),
            ("source=form", vec![]),
            ("assigned_to=none", vec![oe, ali]),
            ("overdue=true", vec![]),
            ("overdue=false", vec![oe, ali]),
            ("created_from=2026-03-02T12:30:00%2B01:00", vec![oe]),
            ("created_to=2026-03-02T12:30:00%2B01:00", vec![ali]),
            ("tab=all", vec![oe, ali]),
            ("tab=unassigned&q=ali", vec![ali]),
            ("tab=today", vec![oe, ali]),
            ("tab=critical", vec![]),
            ("tab=completed", vec![]),
            ("tab=mine", vec![]),
        ] {
            assert_eq!(names(&api, query).await, expected, "{query} on {}", api.app.store.db().engine());
        }
        api.advance(3 * 3600 + 1);
        for query in ["overdue=true", "tab=overdue", "tab=critical"] {
            assert_eq!(names(&api, query).await, [ali], "{query}");
        }
        api.advance(24 * 3600);
        assert!(names(&api, "tab=today").await.is_empty());
    }
}

#[tokio::test]
async fn mine_is_what_is_assigned_to_the_person_as_whom_a_token_acts() {
    for api in Api::each().await {
        two_missed(&api).await;
        let new = NewStaff { name: "Ada", email: "ada@example.com", role: Role::Staff, password_hash: None };
        let ada = api.rows().create_staff(&new, api.now()).await.expect("is new").id;
        let hash = Sha256::digest("adas").into();
        let new = NewToken { name: "hers", hash, scope: Scope::Read, rate_limit: 60, staff_id: Some(ada) };
        api.rows().create_token(&new, api.now()).await.expect("is new");
        let assign = "update callbacks set assigned_to = $1, status = 'assigned' where customer_name = 'Ali Kaya'";
        api.execute(assign, vec![ada.into()]).await;
        let mine = api.ask_as(axum::http::Method::GET, "/api/v1/callbacks?tab=mine&include=staff,customer", "adas", None).await;
        assert_eq!(mine.body["meta"]["total"], 1);
        assert_eq!(mine.data(200)[0]["customer_name"], "Ali Kaya");
        assert_eq!(mine.data(200)[0]["staff"]["email"], "ada@example.com");
        assert_eq!(mine.data(200)[0]["customer"], Json::Null);
        assert_eq!(names(&api, &format!("assigned_to={ada}")).await, ["Ali Kaya"]);
        assert!(api.get("/api/v1/callbacks").await.data(200)[0].get("staff").is_none());
    }
}

#[tokio::test]
async fn what_is_not_known_is_refused_by_name() {
    for api in Api::each().await {
        let query = "status=nope&priority=low&tab=snoozed&sort=name&overdue=maybe&created_from=yesterday&include=wife&per_page=101&page=0&x=1&q=a%00b\
            &assigned_to=me&source=mail&cursor=zz&status=pending";
        let answer = api.get(&format!("/api/v1/callbacks?{query}")).await;
        let expected = [
            "assigned_to",
            "created_from",
            "cursor",
            "include",
            "overdue",
            "page",
            "per_page",
            "priority",
            "q",
            "sort",
            "source",
            "status",
            "tab",
            "x",
        ];
        assert_eq!(answer.refused(), expected);
    }
}
