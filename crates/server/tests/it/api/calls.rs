use ringback_store::db::Value;
use serde_json::{Value as Json, json};

use super::bench::{Api, new_agent};

#[tokio::test]
async fn calls_are_listed_newest_first_and_narrowed() {
    for api in Api::each().await {
        let (phone, calls) = api.full_phone(1).await;
        api.advance(60);
        api.miss(&phone, "+4915112345678").await;
        let list = api.get("/api/v1/calls").await;
        assert_eq!(list.body["meta"]["total"], 2);
        assert_eq!(list.data(200)[0]["outcome"], "missed");
        assert_eq!(list.data(200)[0]["number"], "+4915112345678");
        assert_eq!(list.data(200)[1]["id"], calls[0].to_string());
        assert_eq!(list.data(200)[1]["status"], "ringing");
        assert_eq!(list.data(200)[1]["is_auto_callback"], false);
        let callback = list.data(200)[0]["callback_id"].as_str().expect("a callback").to_owned();
        for (query, expected) in [
            ("outcome=missed".to_owned(), 1),
            ("status=ringing".to_owned(), 1),
            ("direction=outbound".to_owned(), 0),
            (format!("phone_id={phone}"), 2),
            (format!("callback_id={callback}"), 1),
            ("started_from=2026-03-02T12:01:00%2B01:00".to_owned(), 1),
            ("started_to=2026-03-02T12:01:00%2B01:00".to_owned(), 1),
        ] {
            assert_eq!(api.get(&format!("/api/v1/calls?{query}")).await.body["meta"]["total"], expected, "{query}");
        }
        assert_eq!(api.get("/api/v1/calls?status=busy&phone_id=1&zz=").await.refused(), ["phone_id", "status", "zz"]);
    }
}

/// An automatic callback to somebody who was missed, claimed by the dispatcher: its call.
async fn callback_call(api: &Api) -> String {
    let agent = api.post("/api/v1/agents", new_agent()).await.id(201);
    let (phone, _) = api.full_phone(1).await;
    api.patch(&format!("/api/v1/phones/{phone}"), json!({"agent_id": agent})).await.data(200);
    api.miss(&phone, "+4915112345678").await;
    api.patch(&format!("/api/v1/phones/{phone}"), json!({"channels": 2})).await.data(200);
    let claim = api.app.store.claim_next(phone.parse().expect("an id"), api.now()).await.expect("claims");
    claim.expect("somebody waits").call.to_string()
}

#[tokio::test]
async fn a_voice_agent_is_told_why_it_calls() {
    for api in Api::each().await {
        let call = callback_call(&api).await;
        let context = api.get(&format!("/api/v1/calls/{call}/agent-context")).await;
        let it = context.data(200);
        let prompt = it["prompt"].as_str().expect("a prompt");
        assert!(prompt.starts_with("Dies ist ein Rückruf: salon"), "{prompt}");
        assert!(prompt.contains("alle Leitungen belegt"), "{prompt}");
        assert!(prompt.ends_with("\n\nYou are Anna.\nBe kind."), "{prompt}");
        assert_eq!(it["call_id"], call);
        assert_eq!(it["language"], "de");
        assert_eq!(it["missed_call"], json!({"at": "2026-03-02T11:00:13Z", "reason": "busy"}));
        assert!(it["callback_id"].is_string());
        let shown = api.get(&format!("/api/v1/calls/{call}")).await;
        assert_eq!(shown.data(200)["is_auto_callback"], true);
        assert!(shown.data(200)["attempt_id"].is_string() && shown.data(200)["original_missed_call_id"].is_string());
        // A customer who is known, and speaks English.
        let customer = api.app.store.new_id(api.now());
        let insert = "insert into customers (id, company_id, name, language, vip, no_call, notes, created_at, updated_at)
            values ($1, $2, 'Mia Wong', 'en-GB', $3, $4, 'Likes mornings', 0, 0)";
        api.execute(insert, vec![customer.into(), api.company.into(), true.into(), false.into()]).await;
        let number = "insert into customer_numbers (company_id, number, customer_id) values ($1, $2, $3)";
        api.execute(number, vec![api.company.into(), Value::from("+4915112345678"), customer.into()]).await;
        let context = api.get(&format!("/api/v1/calls/{call}/agent-context")).await;
        assert_eq!(context.data(200)["customer"], json!({"name": "Mia Wong", "vip": true, "notes": "Likes mornings"}));
        assert_eq!(context.data(200)["language"], "en-GB");
        assert!(context.data(200)["prompt"].as_str().expect("a prompt").starts_with("This is a callback: salon is calling"));
    }
}

#[tokio::test]
async fn a_voice_agent_is_told_what_was_asked_for_in_the_language_it_was_asked_in() {
    for api in Api::each().await {
        let agent = api.post("/api/v1/agents", new_agent()).await.id(201);
        let phone = api.phone(3).await;
        api.patch(&format!("/api/v1/phones/{phone}"), json!({"agent_id": agent})).await.data(200);
        // A customer who speaks French, and asked in English once.
        let customer = json!({"name": "Mia Wong", "language": "fr", "phone_numbers": ["+4915112345678"]});
        api.post("/api/v1/customers", customer).await.id(201);
        let asked = async |number: &str, language: Json, topic: Json| {
            let body = json!({"phone_number": number, "customer_name": "Mia", "return_by": "agent", "phone_id": phone, "language": language, "topic": topic});
            let callback = api.post("/api/v1/callbacks", body).await.id(201);
            let claim = api.app.store.claim_next(phone.parse().expect("an id"), api.now()).await.expect("claims").expect("somebody waits");
            let context = api.get(&format!("/api/v1/calls/{}/agent-context", claim.call)).await;
            let context = context.data(200).clone();
            assert_eq!(context["callback_id"], callback.as_str());
            assert_eq!(context["missed_call"], Json::Null, "nobody was missed");
            context
        };
        let english = asked("+4915112345678", json!("en"), json!("a haircut")).await;
        assert_eq!(english["language"], "en");
        let prompt = english["prompt"].as_str().expect("a prompt");
        assert!(
            prompt.starts_with("This is a callback: salon is calling this person back. They asked at 12:00 on 2 March to be"),
            "{prompt}"
        );
        assert!(prompt.contains("It is about: \"a haircut\".") && prompt.ends_with("\n\nYou are Anna.\nBe kind."), "{prompt}");
        let german = asked("+4915187654321", json!(null), json!("Färben")).await;
        assert_eq!(german["language"], "de");
        let prompt = german["prompt"].as_str().expect("a prompt");
        assert!(prompt.contains("Sie hat am 02.03. um 12:00 Uhr um einen Rückruf gebeten. Es geht um: „Färben“."), "{prompt}");
        let plain = asked("+4915123456789", json!("de"), json!(null)).await;
        let prompt = plain["prompt"].as_str().expect("a prompt");
        assert!(prompt.contains("gebeten. Beginne mit") && !prompt.contains("Es geht um"), "{prompt}");
    }
}

#[tokio::test]
async fn who_was_missed_is_spoken_to_in_the_language_of_the_callback() {
    for api in Api::each().await {
        let call = callback_call(&api).await;
        api.execute("update callbacks set language = 'en', topic = 'a haircut'", vec![]).await;
        let context = api.get(&format!("/api/v1/calls/{call}/agent-context")).await;
        assert_eq!(context.data(200)["language"], "en");
        assert!(context.data(200)["prompt"].as_str().expect("a prompt").starts_with("This is a callback: salon is calling"));
        assert_eq!(context.data(200)["missed_call"]["reason"], "busy");
    }
}

#[tokio::test]
async fn an_ordinary_call_has_the_plain_prompt() {
    for api in Api::each().await {
        let (_, calls) = api.full_phone(1).await;
        let context = api.get(&format!("/api/v1/calls/{}/agent-context", calls[0])).await;
        assert_eq!(context.data(200)["prompt"], Json::Null);
        assert_eq!(context.data(200)["missed_call"], Json::Null);
        assert_eq!(context.data(200)["customer"], Json::Null);
    }
}
