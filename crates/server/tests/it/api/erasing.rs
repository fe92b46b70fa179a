//! Erased for good: no table tells who it was, and no later report tells it again.

use axum::http::{Method, header};
use ringback_domain::access::Scope;
use ringback_store::db::Value;
use serde_json::json;

use super::bench::{Api, request, token};

const CALLER: &str = "+4915112345678";
const SAID: &str = "Agent: Salon Lang, guten Tag.\nUser: Rufen Sie mich bitte morgen um fünf zurück.\nAgent: Gern.";

/// All columns of all tables in which one of these texts stands.
async fn found(api: &Api, texts: &[&str]) -> Vec<String> {
    let db = api.app.store.db();
    let columns = if db.engine() == "sqlite" {
        "select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table'"
    } else {
        "select table_name::text, column_name::text from information_schema.columns where table_schema = 'public'"
    };
    let columns: Vec<(String, String)> = db.all(columns, vec![]).await.expect("reads");
    assert!(columns.len() > 200, "these are not all columns");
    let mut found = Vec::new();
    for (table, column) in columns {
        for text in texts {
            let sql = format!("select count(*) from {table} where cast({column} as text) like $1");
            let rows: Vec<(i64,)> = db.all_built(sql, vec![Value::from(format!("%{text}%"))]).await.expect("reads");
            if rows[0].0 > 0 {
                found.push(format!("{table}.{column}: {text}"));
            }
        }
    }
    found
}

#[tokio::test]
async fn nothing_of_an_erased_callback_is_in_any_table_nor_comes_back() {
    for api in Api::each().await {
        let texts = [CALLER, "morgen um", "recording.wav", "user_hangup", "Lang wants it"];
        let phone = api.phone(1).await;
        let made = api.post("/api/v1/intake-keys", json!({"name": "Anna", "kind": "retell"})).await;
        let intake = made.data(201)["url"].as_str().and_then(|url| url.strip_prefix("http://ringback.test")).expect("ours").to_owned();
        // He talks with the agent, who promises a call; then he rings again and nobody takes it; then he asks in a form.
        let taken = api.inbound(&phone, CALLER).await;
        api.advance(60);
        let now = api.now().as_millisecond();
        let report = json!({"event": "call_analyzed", "call": {
            "call_id": "call_1", "direction": "inbound", "from_number": CALLER, "to_number": "+4930901820",
            "start_timestamp": now - 60_000, "end_timestamp": now, "disconnection_reason": "user_hangup", "transcript": SAID,
            "recording_url": "https://retell.example/recording.wav", "call_analysis": {"call_summary": "Lang wants it"}}});
        let tell = async || {
            let mut post = request(Method::POST, &intake, None);
            *post.body_mut() = report.to_string().into();
            assert_eq!(api.send(post).await.status, 200);
        };
        tell().await;
        let tool = json!({"name": "create_callback", "args": {"phone_number": CALLER, "confirmed": true}, "call": {"call_id": "call_2",
            "direction": "inbound", "from_number": CALLER, "to_number": "+4930901820"}});
        let mut post = request(Method::POST, &intake, None);
        *post.body_mut() = tool.to_string().into();
        assert_eq!(api.send(post).await.status, 200);
        // What was said in that call promises nothing by itself.
        let plain = json!({"event": "call_ended", "call": {
            "call_id": "call_2", "direction": "inbound", "from_number": CALLER, "to_number": "+4930901820",
            "start_timestamp": now, "end_timestamp": now, "disconnection_reason": "user_hangup", "transcript": "User: Lang wants it."}});
        let mut post = request(Method::POST, &intake, None);
        *post.body_mut() = plain.to_string().into();
        assert_eq!(api.send(post).await.status, 200);
        let missed = api.inbound(&phone, CALLER).await;
        assert!(!missed.connected);
        let asked = async || {
            let mut post = request(Method::POST, "/api/v1/callbacks", Some(&token(Scope::Write, false)));
            post.headers_mut().insert("idempotency-key", "once".parse().expect("a header"));
            post.headers_mut().insert(header::CONTENT_TYPE, "application/json".parse().expect("a header"));
            *post.body_mut() = json!({"customer_name": "Ada", "phone_number": CALLER}).to_string().into();
            api.send(post).await
        };
        let id = asked().await.id(200);
        assert!(found(&api, &texts).await.len() > 10);
        let end = "update calls set ended_at = 1 where id = $1";
        for call in [taken.call, missed.call] {
            api.execute(end, vec![call.into()]).await;
        }
        assert_eq!(api.delete(&format!("/api/v1/callbacks/{id}?force=true")).await.status, 204);
        assert_eq!(found(&api, &texts).await, [""; 0]);
        assert_eq!(asked().await.status, 410, "what was asked for once is not done again");
        tell().await;
        assert_eq!(found(&api, &texts).await, [""; 0], "after a second report");
    }
}
