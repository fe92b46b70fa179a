//! A phone's calls can be connected with somebody, or its setup is refused.

use std::collections::BTreeSet;

use axum::http::Method;
use ringback_domain::access::Scope;
use serde_json::{Value as Json, json};

use super::bench::{Answer, Api, new_agent, new_phone};

const STREAM: &str = "wss://agent.example/x";

fn twilio() -> Json {
    let mut phone = new_phone(1);
    phone["carrier"] = json!("twilio");
    phone["carrier_config"] = json!({"account_sid": "AC1", "auth_token": "the-token"});
    phone
}

fn with(mut thing: Json, field: &str, value: impl Into<Json>) -> Json {
    thing[field] = value.into();
    thing
}

/// The codes of a 422 by their fields.
#[track_caller]
fn codes(answer: &Answer) -> BTreeSet<(&str, &str)> {
    assert_eq!(answer.status, 422, "{}", answer.text);
    answer.errors().into_iter().filter_map(|it| Some((it["field"].as_str()?, it["code"].as_str()?))).collect()
}

const NO_STREAM: (&str, &str) = ("carrier_config.stream_url", "required");

#[tokio::test]
async fn a_phone_that_could_connect_nobody_is_not_made() {
    for api in Api::each().await {
        let mute = api.post("/api/v1/agents", new_agent()).await.id(201);
        let speaking = api.post("/api/v1/agents", with(new_agent(), "stream_url", STREAM)).await.id(201);
        assert_eq!(codes(&api.post("/api/v1/phones", twilio()).await), BTreeSet::from([NO_STREAM]));
        assert_eq!(codes(&api.post("/api/v1/phones", with(twilio(), "agent_id", mute.as_str())).await), BTreeSet::from([NO_STREAM]));
        let by_agent = api.post("/api/v1/phones", with(twilio(), "agent_id", speaking.as_str())).await.id(201);
        let config = json!({"account_sid": "AC1", "auth_token": "x", "stream_url": STREAM});
        let by_itself = api.post("/api/v1/phones", with(twilio(), "carrier_config", config)).await.id(201);

        let by_agent = format!("/api/v1/phones/{by_agent}");
        for change in [json!({"agent_id": null}), json!({"agent_id": mute})] {
            assert_eq!(codes(&api.patch(&by_agent, change).await), BTreeSet::from([NO_STREAM]));
        }
        let agent = format!("/api/v1/agents/{speaking}");
        let refused = api.patch(&agent, json!({"stream_url": null})).await;
        assert_eq!(codes(&refused), BTreeSet::from([("stream_url", "required")]));
        assert!(refused.text.contains("carrier_config.stream_url"), "{}", refused.text);
        let by_itself = format!("/api/v1/phones/{by_itself}");
        let taken = api.patch(&by_itself, json!({"carrier_config": {"stream_url": null}})).await;
        assert_eq!(codes(&taken), BTreeSet::from([NO_STREAM]));

        // With a stream of its own the phone needs the agent's no longer.
        api.patch(&by_agent, json!({"carrier_config": {"stream_url": STREAM}})).await.data(200);
        api.patch(&agent, json!({"stream_url": null})).await.data(200);
        // A flow of the account's own will do at Exotel.
        api.phone(1).await;
        let mut flowless = new_phone(1);
        flowless["carrier_config"].as_object_mut().expect("an object").remove("app_id");
        assert_eq!(codes(&api.post("/api/v1/phones", flowless.clone()).await), BTreeSet::from([NO_STREAM]));
        flowless["carrier_config"]["stream_url"] = json!(STREAM);
        api.post("/api/v1/phones", flowless).await.id(201);
    }
}

#[tokio::test]
async fn what_was_so_before_does_not_stand_in_the_way_of_another_change() {
    for api in Api::each().await {
        let agent = api.post("/api/v1/agents", with(new_agent(), "stream_url", STREAM)).await.id(201);
        let phone = api.post("/api/v1/phones", with(twilio(), "agent_id", agent.as_str())).await.id(201);
        api.execute("update agents set stream_url = null", vec![]).await;
        let path = format!("/api/v1/phones/{phone}");
        assert_eq!(api.patch(&path, json!({"label": "Desk", "agent_id": agent})).await.data(200)["label"], "Desk");
        assert_eq!(codes(&api.patch(&path, json!({"carrier_config": {"calls_per_second": 2}})).await), BTreeSet::from([NO_STREAM]));
    }
}

#[tokio::test]
async fn an_agent_that_is_not_active_is_given_to_no_phone_and_kept_by_those_that_have_it() {
    for api in Api::each().await {
        let agent = api.post("/api/v1/agents", new_agent()).await.id(201);
        let has_it = api.post("/api/v1/phones", with(new_phone(1), "agent_id", agent.as_str())).await.id(201);
        let other = api.phone(1).await;
        api.patch(&format!("/api/v1/agents/{agent}"), json!({"active": false})).await.data(200);
        let inactive = BTreeSet::from([("agent_id", "reference")]);
        assert_eq!(codes(&api.post("/api/v1/phones", with(new_phone(1), "agent_id", agent.as_str())).await), inactive);
        assert_eq!(codes(&api.patch(&format!("/api/v1/phones/{other}"), json!({"agent_id": agent})).await), inactive);
        let kept = api.patch(&format!("/api/v1/phones/{has_it}"), json!({"label": "Desk", "agent_id": agent})).await;
        assert_eq!(kept.data(200)["agent_id"], agent);
        assert!(api.inbound(&has_it, "+4915112345678").await.connected, "its calls go on");
    }
}

/// The words for programs, one of each kind.
#[tokio::test]
async fn every_kind_of_mistake_has_its_word() {
    for api in Api::each().await {
        let wrong = json!({
            "label": 7, "number": "12", "carrier": "pigeon", "channels": 101, "agent_id": "018f0000-0000-7000-8000-000000000000", "id": "x",
            "when_full": "loud", "nonsense": 1, "reserved_inbound": "3",
        });
        let answer = api.post("/api/v1/phones", wrong).await;
        let expected = [
            ("agent_id", "reference"),
            ("carrier", "choice"),
            ("carrier_config", "required"),
            ("channels", "range"),
            ("id", "read_only"),
            ("label", "type"),
            ("nonsense", "unknown"),
            ("number", "format"),
            ("reserved_inbound", "type"),
            ("when_full", "choice"),
        ];
        assert_eq!(codes(&answer), BTreeSet::from(expected));
        let config =
            json!({"account_sid": "a/b", "api_key": "", "colour": 1, "requests_per_minute": 0, "circuit_breaker": "yes", "app_id": 7});
        let answer = api.post("/api/v1/phones", with(new_phone(1), "carrier_config", config)).await;
        let expected = [
            ("carrier_config.account_sid", "format"),
            ("carrier_config.api_key", "range"),
            ("carrier_config.api_token", "required"),
            ("carrier_config.app_id", "type"),
            ("carrier_config.circuit_breaker", "type"),
            ("carrier_config.colour", "unknown"),
            ("carrier_config.requests_per_minute", "range"),
        ];
        assert_eq!(codes(&answer), BTreeSet::from(expected));
        let answer =
            api.get("/api/v1/callbacks?tab=x&sort=x&status=x&overdue=x&include=x&page=0&cursor=x&created_from=x&q=a&q=b&zz=1").await;
        let expected = [
            ("created_from", "format"),
            ("cursor", "format"),
            ("include", "choice"),
            ("overdue", "type"),
            ("page", "range"),
            ("q", "repeated"),
            ("sort", "choice"),
            ("status", "choice"),
            ("tab", "choice"),
            ("zz", "unknown"),
        ];
        assert_eq!(codes(&answer), BTreeSet::from(expected));
        let hours = json!({"settings": {"calling_hours": {"from": "08:00", "until": "08:00"}}, "time_zone": "Mars", "country": "XX"});
        let expected = [("country", "choice"), ("settings.calling_hours.until", "conflict"), ("time_zone", "choice")];
        assert_eq!(codes(&api.patch("/api/v1/company", hours).await), BTreeSet::from(expected));
    }
}

#[tokio::test]
async fn the_document_says_what_each_carrier_needs() {
    let api = Api::sqlite().await;
    let document = serde_json::to_value(ringback_server::api::openapi()).expect("JSON");
    let of = |thing: &str| document["components"]["schemas"][thing]["properties"]["carrier_config"].clone();
    let (new, changed, shown) = (of("NewPhone"), of("PhoneChange"), of("Phone"));
    for (place, carrier) in ["exotel", "twilio", "simulator"].into_iter().enumerate() {
        let shape = &new["oneOf"][place];
        assert_eq!(shape["title"], carrier);
        let body = with(with(new_phone(1), "carrier", carrier), "carrier_config", json!({"zz": 1}));
        let answer = api.ask(Method::POST, "/api/v1/phones", Scope::Admin, Some(body)).await;
        let told = codes(&answer);
        let required: BTreeSet<String> =
            told.iter().filter(|it| it.1 == "required").filter_map(|it| it.0.strip_prefix("carrier_config.")).map(str::to_owned).collect();
        let documented = shape["required"].as_array().cloned().unwrap_or_default();
        assert_eq!(required, documented.iter().filter_map(Json::as_str).map(str::to_owned).collect(), "{carrier}");
        let message = answer.errors().into_iter().find(|it| it["code"] == "unknown").expect("zz is refused")["message"].clone();
        let (_, accepted) = message.as_str().expect("text").split_once("accepted are: ").expect("names");
        let accepted: BTreeSet<&str> = accepted.split(", ").filter(|name| *name != "none").collect();
        let names =
            |shape: &Json| shape["properties"].as_object().map(|it| it.keys().cloned().collect::<BTreeSet<_>>()).unwrap_or_default();
        assert_eq!(names(shape), accepted.iter().map(|name| (*name).to_owned()).collect(), "{carrier}");
        assert_eq!(names(&changed["anyOf"][place]), names(shape), "{carrier}");
        let secret = |name: &String| shape["properties"][name]["writeOnly"] == true;
        let visible = names(shape).into_iter().filter(|name| !secret(name)).collect::<BTreeSet<_>>();
        assert_eq!(names(&shown["anyOf"][place]), visible, "{carrier}");
        let secrets = names(shape).into_iter().filter(secret).collect::<Vec<_>>();
        assert_eq!(secrets, secrets_of(carrier), "{carrier}");
    }
}

fn secrets_of(carrier: &str) -> Vec<String> {
    let kind: ringback_telephony::registry::CarrierKind = carrier.parse().expect("a carrier");
    kind.secret_fields().iter().map(|name| (*name).to_owned()).collect()
}
