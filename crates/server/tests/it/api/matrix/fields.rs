//! Another company's ids in every field and in every filter that takes an id: those that the document names.

use axum::http::Method;
use ringback_domain::access::Scope;
use serde_json::{Value as Json, json};

use super::{
    super::bench::{Api, token},
    table::API,
    things::{Things, everything, secrets, tells_none},
};

/// Which kind of thing a field or a filter names.
fn kind_of(field: &str) -> &'static str {
    match field {
        "agent_id" => "agent",
        "attempt_id" => "attempt",
        "branch_id" | "branch_ids" => "branch",
        "call_id" => "call",
        "callback_id" | "ids" => "callback",
        "customer_id" => "customer",
        "phone_id" => "phone",
        "service_id" | "skills" => "service",
        "assigned_to" | "escalate_to" | "staff_id" => "staff",
        other => panic!("whose id is {other}?"),
    }
}

fn document() -> Json {
    serde_json::to_value(ringback_server::api::openapi()).expect("JSON")
}

/// Whether one id (`Some(false)`), a list of them (`Some(true)`), or something else is written there.
fn takes_ids(schema: &Json) -> Option<bool> {
    if schema["format"] == "uuid" {
        return Some(false);
    }
    if schema["type"] == "array" {
        return takes_ids(&schema["items"]).map(|_| true);
    }
    ["oneOf", "anyOf"].iter().filter_map(|either| schema[either].as_array()).flatten().find_map(takes_ids)
}

#[tokio::test]
async fn in_a_body_the_id_of_another_is_refused_as_no_id_of_ones_own() {
    let document = document();
    for api in Api::each().await {
        let (theirs, secrets) = (Things::make(&api).await, secrets(&api).await);
        let before = everything(&api).await;
        let mut asked = 0;
        let api = api.turned();
        let own = Things::make(&api).await;
        for route in &API {
            let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
            let name =
                operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str().and_then(|it| it.rsplit('/').next());
            let Some(schema) = name.map(|name| &document["components"]["schemas"][name]) else { continue };
            for (field, property) in schema["properties"].as_object().expect("an object") {
                let Some(many) = takes_ids(property) else { continue };
                let id = &theirs[kind_of(field)];
                let mut body = own.body(route).expect("a body");
                body[field] = if many { json!([id]) } else { json!(id) };
                if route.path.ends_with("/bulk") && field == "staff_id" {
                    (body["action"], body["ids"]) = (json!("assign"), json!([&own["callback"]]));
                }
                let what = format!("{} {} with {body}", route.method, route.path);
                let answer = api.ask(route.method.clone(), &route.at(&own[route.of]), Scope::Operator, Some(body)).await;
                if route.path.ends_with("/bulk") {
                    let each = if field == "ids" { 404 } else { 422 };
                    let said = if answer.status == 200 { &answer.body["data"][0]["status"] } else { &answer.body["status"] };
                    assert_eq!(said, each, "{what}: {}", answer.text);
                } else {
                    let named = answer.refused();
                    assert!(named.iter().any(|it| it.starts_with(field.as_str())), "{what}: {}", answer.text);
                    assert!(answer.errors().iter().all(|it| it["code"] == "reference"), "{what}: {}", answer.text);
                }
                tells_none(&answer.text, &secrets, id, &what);
                asked += 1;
            }
        }
        assert!(asked >= 30, "{asked}");
        assert_eq!(everything(&api.turned()).await, before);
    }
}

#[tokio::test]
async fn in_a_filter_the_id_of_another_finds_nothing() {
    let document = document();
    for api in Api::each().await {
        let (things, secrets) = (Things::make(&api).await, secrets(&api).await);
        let theirs = token(Scope::Operator, true);
        let mut asked = 0;
        for route in API.iter().filter(|route| route.method == Method::GET && !route.is_stream() && route.of.is_empty()) {
            let parameters = document["paths"][route.path]["get"]["parameters"].as_array().cloned().unwrap_or_default();
            for parameter in parameters.iter().filter(|it| it["in"] == "query" && takes_ids(&it["schema"]).is_some()) {
                let name = parameter["name"].as_str().expect("a name");
                // An event is behind or before an id whosever it is.
                let id = if name == "after" { &things["callback"] } else { &things[kind_of(name)] };
                let path = format!("{}?{name}={id}", route.path);
                let answer = api.ask_as(Method::GET, &path, &theirs, None).await;
                assert_eq!(answer.status, 200, "{path}: {}", answer.text);
                assert!(name == "after" || answer.body["data"] == json!([]), "{path}: {}", answer.text);
                assert!(name == "after" || answer.body["meta"]["total"] == 0, "{path}: {}", answer.text);
                tells_none(&answer.text, &secrets, id, &path);
                asked += 1;
            }
        }
        assert!(asked >= 10, "{asked}");
    }
}
