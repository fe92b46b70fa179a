//! Zero forgotten, as operators see it: `/readyz` and `/metrics` name who is being forgotten, and measure how promises are kept.

use std::sync::Arc;

use axum::http::Method;
use ringback_domain::access::Scope;
use ringback_server::clockwork::Clockwork;
use serde_json::{Value as Json, json};

use super::bench::{Answer, Api, new_staff};

/// What the server's loop does each second.
async fn time_acts(api: &Api) {
    let clockwork = Clockwork::new(Arc::clone(&api.app.store), Arc::clone(&api.app.clock));
    assert!(!clockwork.tick().await.expect("ticks"), "there are not that many");
}

async fn ready(api: &Api) -> Answer {
    // It is ready once somebody has swept.
    api.app.dispatcher.sweep().await.expect("sweeps");
    api.get("/readyz").await
}

async fn metrics(api: &Api) -> String {
    let answer = api.ask(Method::GET, "/metrics", Scope::Admin, None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text
}

/// The value of one series.
fn value(metrics: &str, series: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{series} is not in {metrics}"))
}

#[tokio::test]
async fn the_forgotten_are_named_and_do_not_make_the_server_unready() {
    for api in Api::each().await {
        let found = ready(&api).await;
        assert_eq!((found.status, &found.body["forgotten"]), (200, &json!({"number": 0, "callbacks": []})));
        let person = api.post("/api/v1/staff", new_staff("ada@example.com")).await.id(201);
        let forgotten = api.requested().await;
        let kept = api.requested().await;
        time_acts(&api).await;
        assert_eq!(api.get(&format!("/api/v1/callbacks/{kept}")).await.data(200)["assigned_to"], person.as_str());
        let id: ringback_domain::ids::CallbackId = forgotten.parse().expect("an id");
        api.execute("update callbacks set acts_at = null where id = $1", vec![id.into()]).await;
        let found = ready(&api).await;
        assert_eq!(found.status, 200, "{}", found.text);
        assert_eq!(found.body["ready"], true);
        let mend = "give it a due time (PATCH due_at), or cancel it";
        let offender = json!({"callback_id": forgotten, "because": "time passes it by", "mend": mend});
        assert_eq!(found.body["forgotten"], json!({"number": 1, "callbacks": [offender]}));
        // The mend mends it.
        let due = api.now() + std::time::Duration::from_hours(2);
        api.patch(&format!("/api/v1/callbacks/{forgotten}"), json!({"due_at": due})).await.data(200);
        assert_eq!(ready(&api).await.body["forgotten"]["number"], 0);
    }
}

#[tokio::test]
async fn many_offenders_are_counted_and_the_first_are_named() {
    let api = Api::sqlite().await;
    for _ in 0..25 {
        api.requested().await;
    }
    api.execute("update callbacks set acts_at = null", vec![]).await;
    let found = ready(&api).await;
    assert_eq!(found.body["forgotten"]["number"], 25);
    assert_eq!(found.body["forgotten"]["callbacks"].as_array().map(Vec::len), Some(20));
}

#[tokio::test]
#[expect(clippy::float_cmp, reason = "whole numbers")]
async fn promises_are_measured_by_priority() {
    for api in Api::each().await {
        api.post("/api/v1/staff", new_staff("ada@example.com")).await.id(201);
        let breaches = "ringback_callbacks_sla_breach_total{priority=\"urgent\"}";
        let body = json!({"customer_name": "Ada", "phone_number": "0151 23456789", "priority": "urgent"});
        let asked = api.post("/api/v1/callbacks", body).await;
        assert_eq!(asked.data(201)["priority"], "urgent");
        let made = metrics(&api).await;
        assert!(value(&made, "ringback_callbacks_created_total{priority=\"urgent\",source=\"api\"}") >= 1.0);
        let assigned = "ringback_callbacks_assignment_duration_seconds";
        for edge in ["1", "5", "10", "30", "60", "300", "600", "1800", "+Inf"] {
            let bucket = format!("{assigned}_bucket{{priority=\"urgent\",le=\"{edge}\"}}");
            assert!(value(&made, &bucket) >= 1.0, "it was assigned at once: {bucket}");
        }
        assert_eq!(made.matches(&format!("{assigned}_bucket{{priority=\"urgent\"")).count(), 9, "these buckets and no others");
        for status in ["pending", "assigned", "contacted"] {
            value(&made, &format!("ringback_callbacks_open{{status=\"{status}\"}}"));
        }
        api.advance(2 * 3600);
        time_acts(&api).await;
        assert!(value(&metrics(&api).await, breaches) >= 1.0);
        api.execute("update callbacks set acts_at = null", vec![]).await;
        // Another test may be asking for its own at the same moment.
        let mut found = false;
        for _ in 0..3 {
            found |= value(&metrics(&api).await, "ringback_callbacks_without_next_action") == 1.0;
        }
        assert!(found, "the one is counted");
    }
}

#[tokio::test]
async fn every_due_time_is_explained_in_words() {
    for api in Api::each().await {
        let day = json!([["09:00", "12:30"], ["13:30", "18:00"]]);
        let hours = json!({"mon": day, "tue": day, "wed": day, "thu": day, "fri": day});
        let branch = json!({"name": "Mitte", "time_zone": "Europe/Berlin", "opening_hours": hours});
        let branch = api.post("/api/v1/branches", branch).await.id(201);
        let body = json!({"customer_name": "Ada", "phone_number": "0151 23456789", "priority": "high", "branch_id": branch});
        let asked = api.post("/api/v1/callbacks", body).await;
        let told = "4 Std. Geschäftszeit ab Mo. 12:00, geschlossen 12:30–13:30 → Mo. 17:00";
        assert_eq!(asked.data(201)["due_explanation"], told);
        let id = asked.id(201);
        api.patch("/api/v1/company", json!({"locale": "en"})).await.data(200);
        api.post(&format!("/api/v1/callbacks/{id}/snooze"), json!({"until": "2026-03-06T17:10:00+01:00"})).await.data(200);
        let told = "4 h business time from Fri 17:10 (end of snooze), closed 18:00–Mon 09:00 → Mon 12:10";
        assert_eq!(api.get(&format!("/api/v1/callbacks/{id}")).await.data(200)["due_explanation"], told);
        let listed = api.get("/api/v1/callbacks").await;
        let listed: Vec<&Json> = listed.data(200).as_array().expect("a list").iter().map(|it| &it["due_explanation"]).collect();
        assert_eq!(listed, [told]);
    }
}

#[tokio::test]
async fn what_is_next_is_told_in_the_companys_language_by_the_clocks_of_the_branch() {
    for api in Api::each().await {
        let body = json!({"customer_name": "Ada", "phone_number": "0151 23456789", "priority": "high"});
        let id = api.post("/api/v1/callbacks", body).await.id(201);
        let next = async || api.get(&format!("/api/v1/callbacks/{id}")).await.data(200)["next_action"]["text"].clone();
        let due = "jemand übernimmt ihn aus der Liste der nicht zugewiesenen; Mo. 02.03. 16:00 wird er nach oben gegeben";
        assert_eq!(next().await, due);
        api.patch("/api/v1/company", json!({"locale": "en", "time_zone": "Asia/Kolkata"})).await.data(200);
        assert_eq!(next().await, "somebody takes it from the unassigned list; it is handed up at Mon 2 Mar 20:30");
        api.post(&format!("/api/v1/callbacks/{id}/contact"), json!({"outcome": "reached"})).await.data(200);
        assert_eq!(next().await, "spoken with; to be completed");
        api.patch("/api/v1/company", json!({"locale": "de"})).await.data(200);
        assert_eq!(next().await, "gesprochen; noch abzuschließen");
    }
}

#[tokio::test]
async fn a_slow_look_for_the_forgotten_does_not_take_a_server_out_of_service() {
    for api in Api::each().await {
        if api.app.store.db().engine() == "sqlite" {
            continue; // Nobody can lock its readers out.
        }
        api.app.dispatcher.sweep().await.expect("sweeps");
        let mut lock = api.app.store.db().begin().await.expect("begins");
        lock.execute("lock table callbacks in access exclusive mode", vec![]).await.expect("locks");
        let answer = api.get("/readyz").await;
        assert_eq!((answer.status, answer.body["forgotten"].is_null()), (200, true), "{}", answer.text);
        lock.commit().await.expect("commits");
        assert_eq!(api.get("/readyz").await.body["forgotten"]["number"], 0);
    }
}
