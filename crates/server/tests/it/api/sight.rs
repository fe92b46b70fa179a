//! Who sees which callbacks and what belongs to them (ADR 0005): whoever does not see the callback sees nothing of it.

use axum::http::Method;
use ringback_domain::ids::BranchId;
use serde_json::{Value as Json, json};
use sha2::Digest as _;

use super::{events::Listener, roles::Company};

/// Somebody was missed in the south, and his attempt has failed.
struct South {
    callback: String,
    attempt: String,
    phone: String,
}

impl South {
    async fn of(it: &Company) -> Self {
        let (phone, _) = it.api.full_phone(1).await;
        let south = BranchId(it.south.parse().expect("an id"));
        it.api.execute("update phones set branch_id = $1", vec![south.into()]).await;
        let attempt = it.api.miss(&phone, "+4915112345678").await;
        let callback = it.api.get(&format!("/api/v1/callbacks/missed?phone_id={phone}")).await.data(200)[0]["callback_id"].clone();
        Self { callback: callback.as_str().expect("an id").to_owned(), attempt, phone }
    }
}

const SEE: [(&str, bool); 5] = [("owner", true), ("southern", true), ("manager", false), ("staff", false), ("nowhere", false)];

#[tokio::test]
async fn callbacks_of_another_branch_are_not_there() {
    for it in Company::each().await {
        let south = South::of(&it).await;
        let path = format!("callbacks/{}", south.callback);
        for (who, sees) in SEE {
            for query in ["", "?tab=unassigned", "?q=5678", "?status=pending", "?sort=due_at&per_page=1"] {
                let list = it.ask(who, Method::GET, &format!("callbacks{query}"), None).await;
                assert_eq!(
                    (list.data(200).as_array().map(Vec::len), &list.body["meta"]["total"]),
                    (Some(usize::from(sees)), &json!(u8::from(sees))),
                    "{who} {query}"
                );
            }
            for read in ["", "/timeline"] {
                let status = it.ask(who, Method::GET, &format!("{path}{read}"), None).await.status;
                assert_eq!(status, if sees { 200 } else { 404 }, "{who} {read}");
            }
            if !sees {
                for (what, body) in [
                    ("assign", json!({"staff_id": it.staff})),
                    ("auto-assign", json!({})),
                    ("reassign", json!({})),
                    ("contact", json!({})),
                    ("complete", json!({})),
                    ("cancel", json!({})),
                    ("escalate", json!({"reason": "other"})),
                    ("snooze", json!({"until": "2026-03-03T12:00:00Z"})),
                    ("reopen", json!({})),
                    ("split", json!({})),
                    ("claim", json!({})),
                    ("release", json!({})),
                    ("restore", json!({})),
                ] {
                    assert_eq!(it.ask(who, Method::POST, &format!("{path}/{what}"), Some(body)).await.status, 404, "{who} {what}");
                }
                assert_eq!(it.ask(who, Method::PATCH, &path, Some(json!({"notes": "x"}))).await.status, 404, "{who}");
                assert_eq!(it.ask(who, Method::DELETE, &path, None).await.status, 404, "{who}");
                for action in ["cancel", "delete", "restore", "auto_assign", "contact"] {
                    let bulk = json!({"action": action, "ids": [south.callback]});
                    let done = it.ask(who, Method::POST, "callbacks/bulk", Some(bulk)).await;
                    assert_eq!(done.data(200)[0]["status"], 404, "{who} {action}");
                }
            }
        }
        assert_eq!(it.api.get(&format!("/api/v1/{path}")).await.data(200)["status"], "pending", "nobody of the north has touched it");
    }
}

#[tokio::test]
async fn attempts_are_seen_by_whoever_sees_their_callback() {
    for it in Company::each().await {
        let south = South::of(&it).await;
        let missed = "callbacks/missed";
        for (who, sees) in SEE {
            let expected = usize::from(sees);
            for query in ["", "?status=pending", "?limit=1&offset=0"] {
                let list = it.ask(who, Method::GET, &format!("{missed}{query}"), None).await;
                assert_eq!(
                    (list.data(200).as_array().map(Vec::len), &list.body["meta"]["total"]),
                    (Some(expected), &json!(expected)),
                    "{who} {query}"
                );
            }
            let stats = it.ask(who, Method::GET, &format!("{missed}/stats"), None).await;
            assert_eq!(stats.data(200)["pending"], expected, "{who}");
            if !sees {
                let of_it = format!("{missed}/{}", south.attempt);
                assert_eq!(it.ask(who, Method::DELETE, &of_it, None).await.status, 404, "{who}");
                assert_eq!(it.ask(who, Method::POST, &format!("{of_it}/retry"), Some(json!({}))).await.status, 404, "{who}");
            }
        }
        let cancelled = it.ask("southern", Method::DELETE, &format!("{missed}/{}", south.attempt), None).await;
        assert_eq!(cancelled.status, 204);
        assert_eq!(it.ask("staff", Method::GET, &format!("{missed}/stats"), None).await.data(200)["cancelled"], 0);
        assert_eq!(it.ask("southern", Method::GET, &format!("{missed}/stats"), None).await.data(200)["cancelled"], 1);
    }
}

#[tokio::test]
async fn calls_and_what_an_agent_must_know_of_them_are_seen_with_their_callback() {
    for it in Company::each().await {
        let south = South::of(&it).await;
        let callback = it.api.get(&format!("/api/v1/callbacks/{}", south.callback)).await;
        let call = callback.data(200)["call_id"].as_str().expect("a call").to_owned();
        for (who, sees) in SEE {
            for path in [format!("calls/{call}"), format!("calls/{call}/agent-context"), format!("phones/{}", south.phone)] {
                assert_eq!(it.ask(who, Method::GET, &path, None).await.status, if sees { 200 } else { 404 }, "{who} {path}");
            }
        }
    }
}

#[tokio::test]
async fn an_open_stream_follows_the_person_to_another_branch_and_ends_with_him() {
    for it in Company::each().await {
        let mut live = Listener::open_as(&it.api, "southern-admin", "/api/v1/stream", None).await;
        let south = South::of(&it).await;
        let (_, first) = live.next().await;
        assert!(first["id"].is_string());
        const MOVED: &str = "update staff set branch_id = null where id = (select staff_id from tokens where token_hash = $1)";
        const GONE: &str = "update staff set active = $2 where id = (select staff_id from tokens where token_hash = $1)";
        let hash = sha2::Sha256::digest("southern-admin").to_vec();
        let mut told = Vec::new();
        it.api.execute(MOVED, vec![hash.clone().into()]).await;
        // What lay ready for him when he moved is not his any more; what belongs to no branch is.
        let open = it.api.requested().await;
        loop {
            let (kind, event) = live.next().await;
            told.push(event.to_string());
            if kind == "callback.created" && event.to_string().contains(&open) {
                break;
            }
        }
        assert!(!told.concat().contains(&south.callback), "{told:?}");
        it.api.execute(GONE, vec![hash.into(), false.into()]).await;
        it.api.requested().await;
        live.ends().await;
    }
}

#[tokio::test]
async fn a_stream_tells_staff_what_they_see_and_nothing_else() {
    for it in Company::each().await {
        let mut theirs = Listener::open_as(&it.api, "southern-admin", "/api/v1/stream", None).await;
        let mut mine = Listener::open_as(&it.api, "staff-admin", "/api/v1/stream", None).await;
        let new = |branch: &str, number: &str| json!({"customer_name": "Ada", "phone_number": number, "branch_id": branch});
        let south = it.api.post("/api/v1/callbacks", new(&it.south, "0151 12345671")).await.id(201);
        let north = it.api.post("/api/v1/callbacks", new(&it.north, "0151 12345672")).await.id(201);
        let id = |event: &Json| event["data"]["callback"]["id"].as_str().map(str::to_owned);
        assert_eq!(id(&theirs.next().await.1), Some(south));
        assert_eq!(id(&mine.next().await.1), Some(north));
    }
}

#[tokio::test]
async fn what_is_given_to_somebody_elsewhere_is_his_to_move_and_gone_when_he_gave_it_away() {
    for it in Company::each().await {
        let new = json!({"customer_name": "Ada", "phone_number": "0151 12345671", "branch_id": it.south});
        let id = it.api.post("/api/v1/callbacks", new).await.id(201);
        let path = format!("callbacks/{id}");
        it.ask("owner", Method::POST, &format!("{path}/assign"), Some(json!({"staff_id": it.staff}))).await.data(200);
        assert_eq!(it.ask("staff", Method::GET, "callbacks?tab=mine", None).await.body["meta"]["total"], 1);
        it.ask("staff", Method::POST, &format!("{path}/claim"), None).await.data(200);
        // He sees no one of the south, and so gives it to nobody there.
        let assign = |staff: &str| Some(json!({"staff_id": staff}));
        assert_eq!(it.ask("staff", Method::POST, &format!("{path}/assign"), assign(&it.other)).await.refused(), ["staff_id"]);
        let bulk = json!({"action": "assign", "ids": [id], "staff_id": it.other});
        assert_eq!(it.ask("staff", Method::POST, "callbacks/bulk", Some(bulk)).await.data(200)[0]["status"], 422);
        let given = it.ask("staff", Method::POST, &format!("{path}/assign"), assign(&it.manager)).await;
        assert_eq!(given.data(200)["assigned_to"], it.manager, "what was done is shown, though he sees it no longer");
        assert_eq!(it.ask("staff", Method::GET, &path, None).await.status, 404);
    }
}

#[tokio::test]
async fn whoever_writes_down_a_number_reads_nothing_of_a_callback_elsewhere() {
    for it in Company::each().await {
        let south = South::of(&it).await;
        let path = format!("callbacks/{}", south.callback);
        it.ask("owner", Method::PATCH, &path, Some(json!({"notes": "secret", "topic": "secret"}))).await.data(200);
        let asked = json!({"customer_name": "Ada", "phone_number": "+4915112345678", "notes": "mine"});
        let mine = it.ask("staff", Method::POST, "callbacks", Some(asked.clone())).await;
        assert!(!mine.text.contains("secret") && !mine.text.contains(&it.south) && !mine.text.contains(&south.phone), "{}", mine.text);
        let shown = mine.data(200);
        assert_eq!((&shown["id"], &shown["notes"]), (&json!(south.callback), &json!("mine")));
        assert_eq!((&shown["phone_number"], &mine.body["meta"]["merged"]), (&json!("+4915112345678"), &json!(true)));
        let theirs = it.ask("southern", Method::POST, "callbacks", Some(asked)).await;
        assert!(theirs.data(200)["notes"].as_str().is_some_and(|notes| notes.contains("secret")), "{}", theirs.text);
    }
}
