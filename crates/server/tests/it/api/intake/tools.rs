//! Tools that an agent uses while the caller is on the line.

use axum::http::Method;
use ringback_domain::phone_number::PhoneNumber;
use serde_json::{Value as Json, json};

use super::{CALLER, OURS, callbacks, open, post, retell_tool};
use crate::api::{
    bench::{Api, request},
    carriers::{carrier, phone, rings},
};

/// What the agent is to say.
async fn says(api: &Api, path: &str, call: &str, from: Option<&str>, name: &str, args: Json) -> String {
    let answer = post(api, path, &retell_tool(call, from, name, &args)).await;
    answer["result"].as_str().expect("a sentence").to_owned()
}

#[tokio::test]
async fn a_wish_becomes_a_callback_and_the_agent_says_when() {
    for api in Api::each().await {
        let path = open(&api, "retell", None).await;
        let args = json!({"when": "2026-03-03T15:00", "topic": "Termin", "customer_name": "Ali Kaya"});
        let answer = post(&api, &path, &retell_tool("call_1", Some(CALLER), "create_callback", &args)).await;
        assert_eq!(answer["result"], "Wir rufen Sie morgen um 15 Uhr zurück.");
        let made = callbacks(&api).await;
        assert_eq!(made.len(), 1);
        assert_eq!(answer["callback_id"], made[0]["id"]);
        assert_eq!((&made[0]["source"], &made[0]["customer_name"]), (&json!("voice_agent"), &json!("Ali Kaya")));
        assert_eq!((&made[0]["phone_number"], &made[0]["due_at"]), (&json!(CALLER), &json!("2026-03-03T15:00:00Z")));
        let english = json!({"when": "on Wednesday after lunch", "language": "en-GB"});
        let sentence = says(&api, &path, "call_2", Some("+4915112345679"), "create_callback", english).await;
        assert_eq!(sentence, "We will call you back on Wednesday between 1 pm and 3 pm.");
        let hindi = json!({"when": "2026-03-03T17:30", "language": "hi"});
        let sentence = says(&api, &path, "call_3", Some("+4915112345670"), "create_callback", hindi).await;
        assert_eq!(sentence, "We will call you back tomorrow at 5:30 pm.", "a language without sentences of its own");
        let soon = says(&api, &path, "call_4", Some("+4915112345671"), "create_callback", json!({})).await;
        assert_eq!(soon, "Wir rufen Sie so bald wie möglich zurück, spätestens morgen um 12 Uhr.");
        let asap = json!({"when": "so schnell wie möglich"});
        assert_eq!(says(&api, &path, "call_5", Some("+4915112345672"), "create_callback", asap).await, soon);
    }
}

#[tokio::test]
async fn the_phone_that_was_called_is_known_by_its_number_where_the_key_names_none() {
    for api in Api::each().await {
        let (path, phone) = (open(&api, "retell", None).await, api.phone(1).await);
        post(&api, &path, &retell_tool("call_1", Some(CALLER), "create_callback", &json!({}))).await;
        assert_eq!(callbacks(&api).await[0]["phone_id"], phone.as_str());
    }
}

#[tokio::test]
async fn a_wish_outlives_the_talk_in_which_it_was_made() {
    for api in Api::each().await {
        let (path, carrier) = (open(&api, "retell", None).await, carrier().await);
        let (incoming, _) = phone(&api, &carrier, 1, false).await;
        let number = CALLER.replace('+', "%2B");
        assert_eq!(rings(&api, &incoming, "first", &number).await, 200);
        api.advance(20);
        let sentence = says(&api, &path, "call_1", Some(CALLER), "create_callback", json!({"when": "2026-03-03T15:00"})).await;
        assert_eq!(sentence, "Wir rufen Sie morgen um 15 Uhr zurück.");
        api.advance(20);
        let status = |call: &str| {
            let ended =
                format!("{}/status?CallSid={call}&Status=completed&ConversationDuration=40", incoming.trim_end_matches("/incoming"));
            request(Method::POST, &ended, None)
        };
        assert_eq!(api.send(status("first")).await.status, 200);
        assert_eq!(callbacks(&api).await[0]["status"], "pending", "he was promised a call while he talked");

        // Told again what he is owed, or not understood: both are said in a talk that ends before it comes to that.
        let again = [("find_callback", json!({})), ("move_callback", json!({"when": "irgendwann"}))];
        for (nth, (tool, args)) in again.into_iter().enumerate() {
            let call = format!("again-{nth}");
            assert_eq!(rings(&api, &incoming, &call, &number).await, 200);
            api.advance(20);
            says(&api, &path, &call, Some(CALLER), tool, args).await;
            api.advance(20);
            assert_eq!(api.send(status(&call)).await.status, 200);
            assert_eq!(callbacks(&api).await[0]["status"], "pending", "{tool}");
        }
        assert_eq!(callbacks(&api).await[0]["notes"], "irgendwann", "what could not be understood is for a person to read");

        assert_eq!(rings(&api, &incoming, "last", &number).await, 200);
        assert_eq!(api.send(status("last")).await.status, 200);
        assert_eq!(callbacks(&api).await[0]["status"], "completed", "he got through");
    }
}

#[tokio::test]
async fn a_new_wish_after_a_kept_one_names_the_callback_that_keeps_it() {
    for api in Api::each().await {
        api.patch("/api/v1/company", json!({"settings": {"dedupe": "30m"}})).await.data(200);
        let path = open(&api, "retell", None).await;
        let first = post(&api, &path, &retell_tool("call_1", Some(CALLER), "create_callback", &json!({}))).await["callback_id"].clone();
        api.post(&format!("/api/v1/callbacks/{}/contact", first.as_str().expect("an id")), json!({})).await.data(200);
        api.advance(31 * 60);
        let again = json!({"when": "2026-03-04T09:00"});
        let told = post(&api, &path, &retell_tool("call_2", Some(CALLER), "move_callback", &again)).await;
        let newest = callbacks(&api).await[0].clone();
        assert_eq!((&told["callback_id"], &newest["due_at"]), (&newest["id"], &json!("2026-03-04T09:00:00Z")));
        assert_ne!(told["callback_id"], first);
    }
}

#[tokio::test]
async fn vapi_hears_an_answer_for_each_of_its_calls() {
    for api in Api::each().await {
        let path = open(&api, "vapi", None).await;
        let call = |id: &str, name: &str, arguments: Json| json!({"id": id, "name": name, "arguments": arguments});
        let message = |calls: Json| {
            json!({"message": {"type": "tool-calls", "toolCallList": calls, "call": {"id": "vapi-1", "type": "inboundPhoneCall",
                "customer": {"number": CALLER}}, "phoneNumber": {"number": OURS}}})
        };
        let calls = json!([
            call("a", "create_callback", json!({"when": "tomorrow at five", "language": "en"})),
            call("b", "find_callback", json!({"language": "en"})),
            call("c", "open_the_door", json!({"language": "en"})),
        ]);
        let answer = post(&api, &path, &message(calls)).await;
        let results = answer["results"].as_array().expect("results");
        let ids: Vec<_> = results.iter().map(|result| result["toolCallId"].as_str().expect("an id")).collect();
        assert_eq!(ids, ["a", "b", "c"]);
        for result in &results[..2] {
            let said: Json = serde_json::from_str(result["result"].as_str().expect("text")).expect("an object");
            assert_eq!(said["result"], "We will call you back tomorrow at 5 pm.");
        }
        assert_eq!(results[2]["error"], "I did not get that. Could you please say it in another way?");
        assert_eq!(callbacks(&api).await.len(), 1);
    }
}

#[tokio::test]
async fn the_same_post_repeated_makes_nothing_twice() {
    for api in Api::each().await {
        let path = open(&api, "retell", None).await;
        let create = retell_tool("call_1", Some(CALLER), "create_callback", &json!({"when": "2026-03-03T15:00"}));
        let first = post(&api, &path, &create).await;
        assert_eq!(post(&api, &path, &create).await, first);
        // Worded anew by the model in the same call, it is still the same wish.
        let again = retell_tool("call_1", Some(CALLER), "create_callback", &json!({"topic": "Termin"}));
        assert_eq!(post(&api, &path, &again).await["result"], first["result"]);
        let made = callbacks(&api).await;
        assert_eq!((made.len(), &made[0]["merged_count"]), (1, &json!(0)));
        let moved = retell_tool("call_1", Some(CALLER), "move_callback", &json!({"when": "2026-03-04T09:00"}));
        for _ in 0..2 {
            assert_eq!(post(&api, &path, &moved).await["result"], "Gut, wir rufen Sie stattdessen am Mittwoch um 9 Uhr zurück.");
        }
        assert_eq!(callbacks(&api).await[0]["due_at"], "2026-03-04T09:00:00Z");
        // Another call of the same person joins (decision 1).
        post(&api, &path, &retell_tool("call_2", Some(CALLER), "create_callback", &json!({}))).await;
        let joined = callbacks(&api).await;
        assert_eq!((joined.len(), &joined[0]["merged_count"]), (1, &json!(1)));
    }
}

#[tokio::test]
async fn while_nobody_knows_whether_a_wish_was_noted_the_caller_is_not_told_that_it_is() {
    for api in Api::each().await {
        let path = open(&api, "vapi", None).await;
        let create = json!({"message": {"type": "tool-calls", "call": {"id": "vapi-1", "customer": {"number": CALLER}},
            "toolCallList": [{"id": "a", "name": "create_callback", "arguments": {"when": "2026-03-03T15:00"}}]}});
        post(&api, &path, &create).await;
        // As a process leaves it that died at its work.
        assert_eq!(api.execute("update idempotency_keys set status = null, body = null", vec![]).await, 1);
        assert_eq!(api.execute("update callbacks set status = 'cancelled', acts_at = null", vec![]).await, 1);
        let told = post(&api, &path, &create).await["results"][0].clone();
        assert_eq!(told["error"], "Das ist noch nicht notiert. Bitte versuchen Sie es gleich noch einmal.");
        assert_eq!(told["result"], Json::Null);
        api.advance(61);
        let told = post(&api, &path, &create).await["results"][0].clone();
        assert!(told["result"].as_str().expect("it is noted now").contains("morgen um 15 Uhr"), "{told}");
        assert_eq!(callbacks(&api).await[0]["status"], "pending");
    }
}

#[tokio::test]
async fn a_withheld_number_is_asked_for_and_read_back_before_anything_is_made() {
    for api in Api::each().await {
        let path = open(&api, "retell", None).await;
        for from in [None, Some("anonymous")] {
            let sentence = says(&api, &path, "call_1", from, "create_callback", json!({})).await;
            assert_eq!(sentence, "Ihre Nummer wird mir nicht angezeigt. Unter welcher Nummer dürfen wir Sie zurückrufen?");
        }
        let bad = says(&api, &path, "call_1", None, "create_callback", json!({"phone_number": "0151 12"})).await;
        assert!(bad.starts_with("Diese Nummer habe ich nicht richtig verstanden."), "{bad}");
        let premium = json!({"phone_number": "0900 1234567", "confirmed": true});
        let premium = says(&api, &path, "call_1", None, "create_callback", premium).await;
        assert!(premium.starts_with("Diese Nummer können wir nicht zurückrufen."), "{premium}");
        let spoken = json!({"phone_number": "030 901820"});
        let read_back = says(&api, &path, "call_1", None, "create_callback", spoken).await;
        assert_eq!(read_back, "Ich habe die Nummer 0 3 0, 9 0 1 8 2 0 verstanden. Stimmt das?");
        let spoken = json!({"phone_number": "030 901820", "language": "en"});
        let read_back = says(&api, &path, "call_1", Some(CALLER), "cancel_callback", spoken).await;
        assert_eq!(read_back, "I understood 0 3 0, 9 0 1 8 2 0. Is that right?", "nor is another's number taken on trust");
        assert!(callbacks(&api).await.is_empty());
        let confirmed = json!({"phone_number": "030 901820", "confirmed": true, "when": "2026-03-03T15:00"});
        let done = says(&api, &path, "call_1", None, "create_callback", confirmed).await;
        assert_eq!(done, "Wir rufen Sie morgen um 15 Uhr zurück.");
        assert_eq!(callbacks(&api).await[0]["phone_number"], OURS);
    }
}

#[tokio::test]
async fn callers_reach_only_what_is_promised_to_them() {
    for api in Api::each().await {
        let path = open(&api, "retell", None).await;
        let mine = retell_tool("call_1", Some(CALLER), "create_callback", &json!({"when": "2026-03-03T15:00"}));
        let id = post(&api, &path, &mine).await["callback_id"].clone();
        let stranger = Some("+4915112345679");
        for (tool, args) in [
            ("find_callback", json!({})),
            ("find_callback", json!({"callback_id": id})),
            ("move_callback", json!({"callback_id": id, "when": "2026-03-04T10:00"})),
            ("cancel_callback", json!({"callback_id": id})),
        ] {
            let sentence = says(&api, &path, "call_2", stranger, tool, args).await;
            assert_eq!(sentence, "Unter dieser Nummer ist bei uns kein Rückruf vorgemerkt.", "{tool}");
        }
        let theirs = crate::api::bench::token(ringback_domain::access::Scope::Admin, true);
        let other = json!({"name": "x", "kind": "retell"});
        let other = api.ask_as(axum::http::Method::POST, "/api/v1/intake-keys", &theirs, Some(other)).await;
        let other = other.data(201)["url"].as_str().and_then(|url| url.strip_prefix("http://ringback.test")).expect("a URL").to_owned();
        let sentence = says(&api, &other, "call_3", Some(CALLER), "cancel_callback", json!({"callback_id": id})).await;
        assert_eq!(sentence, "Unter dieser Nummer ist bei uns kein Rückruf vorgemerkt.", "another company's key");
        assert_eq!(callbacks(&api).await[0]["status"], "pending");
        assert_eq!(says(&api, &path, "call_4", Some(CALLER), "find_callback", json!({})).await, "Wir rufen Sie morgen um 15 Uhr zurück.");
        let cancel = json!({"callback_id": id, "reason": "hat sich erledigt"});
        assert_eq!(says(&api, &path, "call_4", Some(CALLER), "cancel_callback", cancel).await, "Gut, der Rückruf ist abgesagt.");
        let shown = api.get(&format!("/api/v1/callbacks/{}", id.as_str().expect("an id"))).await;
        assert_eq!(shown.data(200)["status"], "cancelled");
        let gone = says(&api, &path, "call_4", Some(CALLER), "cancel_callback", json!({"callback_id": id})).await;
        assert_eq!(gone, "Unter dieser Nummer ist bei uns kein Rückruf vorgemerkt.");
    }
}

#[tokio::test]
async fn a_time_that_cannot_be_kept_is_asked_for_again_and_the_wish_is_not_lost() {
    for api in Api::each().await {
        let path = open(&api, "retell", None).await;
        for (n, (when, begins)) in [
            ("irgendwann mal", "Ihr Rückrufwunsch ist notiert. Nur die Zeit habe ich nicht verstanden"),
            ("2025-03-03T15:00", "Diese Zeit ist schon vorbei."),
            ("2026-06-01T15:00", "So weit im Voraus kann ich nichts vormerken, höchstens 30 Tage."),
        ]
        .into_iter()
        .enumerate()
        {
            let from = format!("+49151123456{n:02}");
            let sentence = says(&api, &path, &format!("call_{n}"), Some(&from), "create_callback", json!({"when": when})).await;
            assert!(sentence.starts_with(begins), "{sentence}");
            assert_eq!(callbacks(&api).await.len(), n + 1, "noted all the same");
            let wished = json!({"when": "morgen um fünf"});
            let sentence = says(&api, &path, &format!("call_{n}"), Some(&from), "create_callback", wished).await;
            assert_eq!(sentence, "Gut, wir rufen Sie stattdessen morgen um 17 Uhr zurück.");
            assert_eq!(callbacks(&api).await.len(), n + 1);
        }
    }
}

#[tokio::test]
async fn the_customers_language_is_spoken_where_the_agent_names_none() {
    for api in Api::each().await {
        let path = open(&api, "retell", None).await;
        let number = PhoneNumber::parse(CALLER, "DE").expect("a number");
        let id = uuid::Uuid::now_v7();
        let insert = "insert into customers (id, company_id, name, language, vip, no_call, created_at, updated_at)
            values ($1, $2, 'Jo', 'en', $3, $3, 0, 0)";
        api.execute(insert, vec![id.into(), api.company.into(), false.into()]).await;
        let with_number = "insert into customer_numbers (company_id, number, customer_id) values ($1, $2, $3)";
        api.execute(with_number, vec![api.company.into(), (&number).into(), id.into()]).await;
        let sentence = says(&api, &path, "call_1", Some(CALLER), "create_callback", json!({"when": "2026-03-03T15:00"})).await;
        assert_eq!(sentence, "We will call you back tomorrow at 3 pm.");
    }
}
