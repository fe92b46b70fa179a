//! Reports of calls that are over.

use serde_json::{Value as Json, json};

use super::{CALLER, open, post, retell_ended};
use crate::api::bench::Api;

async fn events(api: &Api, kind: &str) -> usize {
    let events = api.get("/api/v1/events?limit=100").await;
    events.data(200).as_array().expect("a list").iter().filter(|event| event["type"] == kind).count()
}

async fn call(api: &Api, id: &impl std::fmt::Display) -> Json {
    api.get(&format!("/api/v1/calls/{id}")).await.data(200).clone()
}

#[tokio::test]
async fn what_the_platform_knows_of_a_call_joins_it_by_number_and_time() {
    for api in Api::each().await {
        let phone = api.phone(2).await;
        let taken = api.inbound(&phone, CALLER).await;
        let other = api.inbound(&phone, "+4915112345679").await;
        let path = open(&api, "retell", None).await;
        api.advance(60);
        let ended = retell_ended(&api, "call_1", CALLER, "Agent: Guten Tag.\nUser: Danke.");
        for _ in 0..2 {
            assert_eq!(post(&api, &path, &ended).await, json!({}));
        }
        let shown = call(&api, &taken.call).await;
        assert_eq!(shown["transcript"], "Agent: Guten Tag.\nUser: Danke.");
        assert_eq!(shown["recording_url"], "https://retell.example/recording.wav");
        assert_eq!((&shown["disconnection_reason"], &shown["analysis"]), (&json!("user_hangup"), &Json::Null));
        let mut analyzed = ended.clone();
        analyzed["event"] = json!("call_analyzed");
        analyzed["call"]["call_analysis"] =
            json!({"call_summary": "He said thanks.", "call_successful": true, "user_sentiment": "Positive"});
        assert_eq!(post(&api, &path, &analyzed).await, json!({}));
        let shown = call(&api, &taken.call).await;
        assert_eq!((&shown["analysis"]["summary"], &shown["analysis"]["successful"]), (&json!("He said thanks."), &json!(true)));
        assert_eq!(shown["transcript"], "Agent: Guten Tag.\nUser: Danke.");
        assert_eq!(call(&api, &other.call).await["transcript"], Json::Null);
        assert_eq!(events(&api, "call.reported").await, 2, "a repetition tells nothing new");
    }
}

#[tokio::test]
async fn the_carriers_id_wins_over_numbers() {
    for api in Api::each().await {
        let phone = api.phone(2).await;
        let (first, second) = (api.inbound(&phone, CALLER).await, api.inbound(&phone, CALLER).await);
        let path = open(&api, "retell", None).await;
        let carrier_call_id = call(&api, &second.call).await["carrier_call_id"].clone();
        let mut ended = retell_ended(&api, "call_1", CALLER, "Agent: Zwei.");
        ended["call"]["telephony_identifier"] = json!({"twilio_call_sid": carrier_call_id});
        post(&api, &path, &ended).await;
        assert_eq!(call(&api, &second.call).await["transcript"], "Agent: Zwei.");
        // One call, one report: the next of the same person goes to the other call.
        post(&api, &path, &retell_ended(&api, "call_2", CALLER, "Agent: Eins.")).await;
        assert_eq!(call(&api, &first.call).await["transcript"], "Agent: Eins.");
        assert_eq!(call(&api, &second.call).await["transcript"], "Agent: Zwei.");
    }
}

#[tokio::test]
async fn a_report_of_a_call_that_nobody_knows_is_kept_and_joins_it_later() {
    for api in Api::each().await {
        let phone = api.phone(2).await;
        let path = open(&api, "retell", None).await;
        let ended = retell_ended(&api, "call_1", CALLER, "Agent: Guten Tag.");
        assert_eq!(post(&api, &path, &ended).await, json!({}));
        let kept = "update call_reports set updated_at = updated_at where call_id is null and transcript = 'Agent: Guten Tag.'";
        assert_eq!(api.execute(kept, vec![]).await, 1, "on disk before it was acknowledged");
        let taken = api.inbound(&phone, CALLER).await;
        let bare = json!({"event": "call_analyzed", "call": {"call_id": "call_1", "direction": "inbound", "from_number": CALLER,
            "start_timestamp": api.now().as_millisecond()}});
        post(&api, &path, &bare).await;
        assert_eq!(call(&api, &taken.call).await["transcript"], "Agent: Guten Tag.", "what was told before is not lost");
    }
}

#[tokio::test]
async fn a_key_of_one_company_reaches_no_call_of_another() {
    for api in Api::each().await {
        let phone = api.phone(1).await;
        let taken = api.inbound(&phone, CALLER).await;
        let theirs = crate::api::bench::token(ringback_domain::access::Scope::Admin, true);
        let body = json!({"name": "x", "kind": "retell"});
        let made = api.ask_as(axum::http::Method::POST, "/api/v1/intake-keys", &theirs, Some(body)).await;
        let path = made.data(201)["url"].as_str().and_then(|url| url.strip_prefix("http://ringback.test")).expect("a URL").to_owned();
        let mut ended = retell_ended(&api, "call_1", CALLER, "User: Rufen Sie mich bitte morgen um fünf zurück.");
        ended["call"]["telephony_identifier"] = json!({"twilio_call_sid": call(&api, &taken.call).await["carrier_call_id"]});
        post(&api, &path, &ended).await;
        assert_eq!(call(&api, &taken.call).await["transcript"], Json::Null);
        assert!(super::callbacks(&api).await.is_empty());
    }
}
