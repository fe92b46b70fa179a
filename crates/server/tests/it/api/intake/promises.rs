//! Promises in transcripts become callbacks.

use std::sync::Arc;

use ringback_server::clockwork::Clockwork;
use serde_json::json;

use super::{CALLER, callbacks, open, post, retell_ended, retell_tool};
use crate::api::bench::Api;

pub(super) const WISH: &str = "Agent: Salon Lang, guten Tag.\nUser: Rufen Sie mich bitte morgen um fünf zurück.\nAgent: Gern.";

#[tokio::test]
async fn a_promise_in_a_transcript_is_kept_once_however_often_it_is_reported() {
    for api in Api::each().await {
        let phone = api.phone(2).await;
        let taken = api.inbound(&phone, CALLER).await;
        let path = open(&api, "retell", None).await;
        let ended = retell_ended(&api, "call_1", CALLER, WISH);
        let mut analyzed = ended.clone();
        analyzed["event"] = json!("call_analyzed");
        for report in [&ended, &analyzed, &ended, &analyzed] {
            post(&api, &path, report).await;
        }
        let made = callbacks(&api).await;
        assert_eq!(made.len(), 1);
        let callback = api.get(&format!("/api/v1/callbacks/{}", made[0]["id"].as_str().expect("an id"))).await;
        let callback = callback.data(200);
        assert_eq!((&callback["source"], &callback["merged_count"]), (&json!("transcript"), &json!(0)));
        assert_eq!((&callback["phone_number"], &callback["due_at"]), (&json!(CALLER), &json!("2026-03-03T17:00:00Z")));
        assert_eq!(callback["notes"], "„Rufen Sie mich bitte morgen um fünf zurück.“");
        assert_eq!(callback["metadata"]["transcript"]["evidence"], "Rufen Sie mich bitte morgen um fünf zurück.");
        assert_eq!(callback["metadata"]["transcript"]["time_words"], "morgen um fünf");
        assert!(api.app.store.violations().await.expect("asks").is_empty());
        let _ = taken;
    }
}

#[tokio::test]
async fn a_report_that_comes_twice_at_once_is_one_request() {
    for api in Api::each().await {
        let path = open(&api, "retell", None).await;
        for call in 0..10 {
            let number = format!("+49151123450{call:02}");
            let ended = retell_ended(&api, &format!("call_{call}"), &number, WISH);
            futures::future::join_all((0..4).map(|_| post(&api, &path, &ended))).await;
        }
        let made = callbacks(&api).await;
        assert_eq!(made.len(), 10);
        assert!(made.iter().all(|callback| callback["merged_count"] == 0), "{made:?}");
    }
}

#[tokio::test]
async fn a_report_that_was_kept_and_never_read_is_taken_up_later() {
    for api in Api::each().await {
        let clockwork = Clockwork::new(Arc::clone(&api.app.store), Arc::clone(&api.app.clock));
        let path = open(&api, "retell", None).await;
        post(&api, &path, &retell_ended(&api, "call_1", CALLER, "Agent: Auf Wiederhören.")).await;
        post(&api, &path, &retell_ended(&api, "call_2", CALLER, "Agent: Auf Wiederhören.")).await;
        // As a process leaves it that died between the two.
        const UNREAD: &str = "update call_reports set understood_at = null, transcript = $1 where provider_call_id = 'call_1'";
        assert_eq!(api.execute(UNREAD, vec![WISH.into()]).await, 1);
        clockwork.take_up_reports().await.expect("looks");
        assert!(callbacks(&api).await.is_empty(), "whoever took it may be at it");
        api.advance(31);
        for _ in 0..2 {
            clockwork.take_up_reports().await.expect("looks");
        }
        let made = callbacks(&api).await;
        assert_eq!(made.len(), 1);
        assert_eq!((&made[0]["source"], &made[0]["due_at"]), (&json!("transcript"), &json!("2026-03-03T17:00:00Z")));
        assert_eq!(made[0]["metadata"]["voice_agent"], json!({"platform": "retell", "call_id": "call_1"}));
    }
}

#[tokio::test]
async fn what_the_agent_noted_by_a_tool_is_not_promised_again() {
    for api in Api::each().await {
        let path = open(&api, "retell", None).await;
        post(&api, &path, &retell_tool("call_1", Some(CALLER), "create_callback", &json!({"when": "2026-03-03T17:00"}))).await;
        post(&api, &path, &retell_ended(&api, "call_1", CALLER, WISH)).await;
        let made = callbacks(&api).await;
        assert_eq!((made.len(), &made[0]["source"], &made[0]["merged_count"]), (1, &json!("voice_agent"), &json!(0)));
        // In another call it is another request of the same person, which joins.
        post(&api, &path, &retell_ended(&api, "call_2", CALLER, WISH)).await;
        let joined = callbacks(&api).await;
        assert_eq!((joined.len(), &joined[0]["merged_count"]), (1, &json!(1)));
    }
}

#[tokio::test]
async fn what_was_noted_in_a_call_and_closed_since_does_not_come_back_with_its_transcript() {
    for api in Api::each().await {
        let path = open(&api, "retell", None).await;
        let wish = json!({"when": "2026-03-03T17:00"});
        post(&api, &path, &retell_tool("call_1", Some(CALLER), "create_callback", &wish)).await;
        post(&api, &path, &retell_tool("call_1", Some(CALLER), "cancel_callback", &json!({}))).await;
        let called_off = format!("{WISH}\nUser: Ach, doch lieber absagen.\nAgent: Gut, der Rückruf ist abgesagt.");
        post(&api, &path, &retell_ended(&api, "call_1", CALLER, &called_off)).await;
        post(&api, &path, &retell_tool("call_2", Some(CALLER), "create_callback", &wish)).await;
        let id = callbacks(&api).await[0]["id"].as_str().expect("an id").to_owned();
        let contact = format!("/api/v1/callbacks/{id}/contact");
        api.post(&contact, json!({"outcome": "reached"})).await.data(200);
        api.post(&format!("/api/v1/callbacks/{id}/complete"), json!({})).await.data(200);
        post(&api, &path, &retell_ended(&api, "call_2", CALLER, WISH)).await;
        let made = callbacks(&api).await;
        let statuses: Vec<&str> = made.iter().filter_map(|callback| callback["status"].as_str()).collect();
        assert_eq!(statuses, ["completed", "cancelled"]);
        // Asked for after all, by a tool and in words.
        let after_all = json!({"when": "2026-03-03T17:00", "topic": "Farbe"});
        post(&api, &path, &retell_tool("call_2", Some(CALLER), "create_callback", &after_all)).await;
        assert_eq!(callbacks(&api).await.len(), 3);
        post(&api, &path, &retell_tool("call_3", Some(CALLER), "cancel_callback", &json!({}))).await;
        let after_all = "Agent: Gut, der Rückruf ist abgesagt.\nUser: Ach, rufen Sie mich doch am Dienstag um zehn an.";
        post(&api, &path, &retell_ended(&api, "call_3", CALLER, after_all)).await;
        let made = callbacks(&api).await;
        assert_eq!((made.len(), &made[0]["source"], &made[0]["status"]), (4, &json!("transcript"), &json!("pending")));
    }
}

#[tokio::test]
async fn what_the_agent_tells_moves_or_calls_off_in_a_later_call_is_no_request_of_its_transcript() {
    for api in Api::each().await {
        // Requests that come later are not joined, so that one too many would show.
        api.patch("/api/v1/company", json!({"settings": {"dedupe": "30m"}})).await.data(200);
        let path = open(&api, "retell", None).await;
        post(&api, &path, &retell_tool("call_1", Some(CALLER), "create_callback", &json!({"when": "2026-03-03T17:00"}))).await;
        let later = [
            ("find_callback", json!({}), "Agent: Wir rufen Sie morgen um 17 Uhr zurück."),
            ("move_callback", json!({"when": "2026-03-04T09:00"}), "Agent: Gut, wir rufen Sie stattdessen am Mittwoch um 9 Uhr zurück."),
            ("cancel_callback", json!({}), "Agent: Wir rufen Sie am Mittwoch um 9 Uhr zurück.\nAgent: Gut, der Rückruf ist abgesagt."),
        ];
        for (tool, args, said) in later {
            api.advance(31 * 60);
            post(&api, &path, &retell_tool(tool, Some(CALLER), tool, &args)).await;
            post(&api, &path, &retell_ended(&api, tool, CALLER, said)).await;
        }
        let made = callbacks(&api).await;
        assert_eq!((made.len(), &made[0]["merged_count"], &made[0]["status"]), (1, &json!(0), &json!("cancelled")));
    }
}

#[tokio::test]
async fn what_was_noted_for_another_number_is_not_promised_to_the_one_that_rang() {
    for api in Api::each().await {
        let path = open(&api, "retell", None).await;
        let mobile = json!({"phone_number": "+4915112345679", "confirmed": true, "when": "2026-03-03T17:00"});
        post(&api, &path, &retell_tool("call_1", Some(CALLER), "create_callback", &mobile)).await;
        post(&api, &path, &retell_ended(&api, "call_1", CALLER, WISH)).await;
        let made = callbacks(&api).await;
        assert_eq!((made.len(), &made[0]["phone_number"]), (1, &json!("+4915112345679")));
    }
}

#[tokio::test]
async fn calling_another_callback_off_leaves_what_was_noted() {
    for api in Api::each().await {
        let path = open(&api, "retell", None).await;
        post(&api, &path, &retell_tool("call_1", Some(CALLER), "create_callback", &json!({}))).await;
        let landline = json!({"phone_number": "+493022334455", "confirmed": true, "when": "2026-03-03T17:00"});
        post(&api, &path, &retell_tool("call_2", Some(CALLER), "create_callback", &landline)).await;
        post(&api, &path, &retell_tool("call_2", Some(CALLER), "cancel_callback", &json!({}))).await;
        post(&api, &path, &retell_ended(&api, "call_2", CALLER, WISH)).await;
        let made = callbacks(&api).await;
        let statuses: Vec<&str> = made.iter().filter_map(|callback| callback["status"].as_str()).collect();
        assert_eq!(statuses, ["pending", "cancelled"]);
    }
}

#[tokio::test]
async fn who_was_spoken_with_and_asks_again_is_called_again() {
    for api in Api::each().await {
        let path = open(&api, "retell", None).await;
        post(&api, &path, &retell_tool("call_1", Some(CALLER), "create_callback", &json!({}))).await;
        let id = callbacks(&api).await[0]["id"].as_str().expect("an id").to_owned();
        api.post(&format!("/api/v1/callbacks/{id}/contact"), json!({"outcome": "reached"})).await.data(200);
        assert_eq!(callbacks(&api).await[0]["status"], "contacted");
        for tool in ["find_callback", "create_callback"] {
            post(&api, &path, &retell_tool("call_2", Some(CALLER), tool, &json!({}))).await;
        }
        let made = callbacks(&api).await;
        assert_eq!((made.len(), &made[0]["status"], &made[0]["merged_count"]), (1, &json!("pending"), &json!(1)));
    }
}

#[tokio::test]
async fn each_call_that_joins_counts_once_however_often_it_asks() {
    for api in Api::each().await {
        let path = open(&api, "retell", None).await;
        for call in ["call_1", "call_2", "call_3"] {
            for topic in ["Termin", "Farbe"] {
                post(&api, &path, &retell_tool(call, Some(CALLER), "create_callback", &json!({"topic": topic}))).await;
            }
            post(&api, &path, &retell_ended(&api, call, CALLER, WISH)).await;
        }
        let made = callbacks(&api).await;
        assert_eq!((made.len(), &made[0]["merged_count"], &made[0]["topic"]), (1, &json!(2), &json!("Farbe")));
    }
}

#[tokio::test]
async fn no_promise_and_no_number_make_no_callback() {
    for api in Api::each().await {
        let path = open(&api, "vapi", None).await;
        let report = |id: &str, number: Option<&str>, said: &str| {
            json!({"message": {"type": "end-of-call-report", "endedReason": "customer-ended-call",
                "artifact": {"messages": [{"role": "bot", "message": "How can I help?"}, {"role": "user", "message": said}]},
                "call": {"id": id, "type": "inboundPhoneCall", "customer": {"number": number}}}})
        };
        for (n, said) in ["No need to call me back.", "You called me yesterday.", "What are your opening hours?"].into_iter().enumerate() {
            post(&api, &path, &report(&format!("vapi-{n}"), Some(CALLER), said)).await;
        }
        post(&api, &path, &report("vapi-9", None, "Please call me back tomorrow at five.")).await;
        assert!(callbacks(&api).await.is_empty());
        post(&api, &path, &report("vapi-10", Some(CALLER), "Please call me back tomorrow at five.")).await;
        let made = callbacks(&api).await;
        assert_eq!((made.len(), &made[0]["source"]), (1, &json!("transcript")));
    }
}
