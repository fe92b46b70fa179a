//! Bad input at every route: the right status, a problem document, never a fault of ours.

use axum::{
    body::Body,
    http::{Method, header},
};
use ringback_domain::access::Scope;
use serde_json::{Value as Json, json};

use super::bench::{Answer, Api, request, token};

const NOBODY: &str = "018f0000-0000-7000-8000-000000000000";

fn routes() -> Vec<(Method, String)> {
    let document = serde_json::to_value(ringback_server::api::openapi()).expect("JSON");
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("methods").keys() {
            routes.push((method.to_uppercase().parse().expect("a method"), path.clone()));
        }
    }
    routes
}

fn takes_body(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PATCH | Method::PUT)
}

/// The route with an id of this company where one is wanted.
async fn target(api: &Api, path: &str) -> String {
    let id = match path {
        _ if !path.contains("{id}") => String::new(),
        _ if path.contains("/agents/") => api.post("/api/v1/agents", super::bench::new_agent()).await.id(201),
        _ if path.contains("/phones/") => api.phone(1).await,
        _ if path.contains("/campaigns/") => {
            let phone = api.phone(1).await;
            api.post("/api/v1/campaigns", json!({"name": "x", "phone_id": phone})).await.id(201)
        }
        _ if path.contains("/branches/") => api.post("/api/v1/branches", json!({"name": "x"})).await.id(201),
        _ if path.contains("/services/") => api.post("/api/v1/services", json!({"name": "x", "duration_minutes": 5})).await.id(201),
        _ if path.contains("/staff/") => {
            let email = format!("{}@example.com", uuid::Uuid::now_v7());
            api.post("/api/v1/staff", super::bench::new_staff(&email)).await.id(201)
        }
        _ if path.contains("/customers/") => api.post("/api/v1/customers", json!({"name": "x"})).await.id(201),
        _ if path.contains("/appointments/") => api.appointment().await,
        _ if path.contains("/callbacks/") && !path.contains("/missed/") => api.requested().await,
        _ => NOBODY.to_owned(),
    };
    path.replace("{id}", &id)
}

async fn send(api: &Api, method: &Method, path: &str, kind: Option<&str>, body: impl Into<Body>) -> Answer {
    let mut request = request(method.clone(), path, Some(&token(Scope::Operator, false)));
    if let Some(kind) = kind {
        request.headers_mut().insert(header::CONTENT_TYPE, kind.parse().expect("a header"));
    }
    *request.body_mut() = body.into();
    api.send(request).await
}

#[tokio::test]
async fn every_body_that_is_no_json_object_is_refused_with_the_right_status() {
    for api in Api::each().await {
        for (method, path) in routes().into_iter().filter(|(method, _)| takes_body(method)) {
            let target = target(&api, &path).await;
            let json = Some("application/json");
            for (kind, body, status) in [
                (json, "{".as_bytes().to_vec(), 400),
                (json, b"{\"a\":1,}".to_vec(), 400),
                (json, b"{\"a\":\xff}".to_vec(), 400),
                (json, b"{\"a\":\"\\ud800\"}".to_vec(), 400),
                (json, b"{\"a\":1e999}".to_vec(), 400),
                (json, "[".repeat(100_000).into_bytes(), 400),
                (json, b"null".to_vec(), 422),
                (json, b"[]".to_vec(), 422),
                (json, b"\"x\"".to_vec(), 422),
                (json, b"7".to_vec(), 422),
                (json, vec![b' '; 1024 * 1024 + 1], 413),
                (Some("text/plain"), b"{}".to_vec(), 415),
                (Some("application/x-www-form-urlencoded"), b"a=1".to_vec(), 415),
                (None, b"{}".to_vec(), 415),
            ] {
                let size = body.len();
                let answer = send(&api, &method, &target, kind, body).await;
                // A route that names nothing which is there may say so first.
                let gone = path.contains("missed") && answer.status == 404;
                assert!(answer.status == status || gone, "{method} {path} ({size} bytes): {} instead of {status}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn a_post_without_a_body_needs_no_content_type() {
    for api in Api::each().await {
        let phone = api.phone(1).await;
        let rotate = format!("/api/v1/phones/{phone}/rotate-key");
        assert_eq!(send(&api, &Method::POST, &rotate, None, Body::empty()).await.status, 200);
        assert_eq!(send(&api, &Method::POST, &rotate, Some("text/plain"), Body::empty()).await.status, 200);
        let nothing = send(&api, &Method::POST, "/api/v1/agents", None, Body::empty()).await;
        assert_eq!(nothing.refused(), ["name", "prompt"]);
    }
}

#[tokio::test]
async fn unknown_fields_and_parameters_are_refused_by_name_everywhere() {
    for api in Api::each().await {
        for (method, path) in routes() {
            let target = target(&api, &path).await;
            let answer = send(&api, &method, &format!("{target}?no%20such=1&page=x"), None, Body::empty()).await;
            let refused = answer.refused();
            assert!(refused.contains(&"no such"), "{method} {path}: {refused:?}");
            assert!(refused.contains(&"page") || answer.status == 404, "{method} {path}: {refused:?}");
            if takes_body(&method) {
                let answer = send(&api, &method, &target, Some("application/json"), json!({"<no such>": {"a": [1]}}).to_string()).await;
                assert!(answer.refused().contains(&"<no such>"), "{method} {path}: {}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn ids_that_are_none_are_nowhere() {
    for api in Api::each().await {
        for (method, path) in routes().into_iter().filter(|(_, path)| path.contains("{id}")) {
            for id in [NOBODY, "1", "x".repeat(5000).as_str(), "%00", "%ff", "..%2f..", "null", "%27%20or%201=1--", "😀"] {
                let id = if id.is_ascii() { id.to_owned() } else { "%F0%9F%98%80".to_owned() };
                let answer = send(&api, &method, &path.replace("{id}", &id), None, Body::empty()).await;
                assert_eq!(answer.status, 404, "{method} {path} with {id}: {}", answer.text);
            }
        }
    }
}

/// Values of every wrong kind, for every field of every body.
#[tokio::test]
async fn every_field_refuses_what_it_cannot_be() {
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(18_446_744_073_709_551_615_u64),
        json!(-9_223_372_036_854_775_808_i64),
        json!(1e308),
        json!(""),
        json!("\u{0}"),
        json!("a\u{0}b"),
        json!("\u{202e}😀\u{feff}"),
        json!("x".repeat(100_000)),
        json!("'; drop table phones; --"),
        json!([]),
        json!([[[[]]]]),
        json!([null, 1, "\u{0}"]),
        json!({}),
        json!({"": {"": {}}}),
        json!({"\u{0}": "\u{0}"}),
        json!(NOBODY),
    ];
    for api in Api::each().await {
        let document = serde_json::to_value(ringback_server::api::openapi()).expect("JSON");
        for (method, path) in routes().into_iter().filter(|(method, _)| takes_body(method)) {
            let target = target(&api, &path).await;
            let operation = &document["paths"][&path][method.as_str().to_lowercase()];
            let name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str().unwrap_or_default();
            let name = name.rsplit('/').next().unwrap_or_default();
            let properties = document["components"]["schemas"][name]["properties"].as_object().cloned().unwrap_or_default();
            for field in properties.keys() {
                for value in &values {
                    let body: Json = json!({ field: value });
                    let answer = send(&api, &method, &target, Some("application/json"), body.to_string()).await;
                    assert!(matches!(answer.status, 200 | 201 | 409 | 422), "{method} {path} {field}: {}", answer.text);
                }
            }
        }
        assert_eq!(api.app.store.violations().await.expect("reads"), vec![]);
    }
}

const DATABASE_CANNOT: [&str; 5] = ["%00", "a%00b", "%0a", "%20", "%F0%9F%98%80"];

/// What stands in a path that outsiders know of.
#[tokio::test]
async fn keys_and_kinds_that_cannot_be_are_nowhere() {
    for api in Api::each().await {
        let phone = api.phone(1).await;
        let shown = api.get(&format!("/api/v1/phones/{phone}")).await;
        let url = shown.data(200)["ingress_url"].as_str().expect("a URL");
        let key = url.split('/').nth_back(1).expect("a key").to_owned();
        for odd in DATABASE_CANNOT.into_iter().chain(["x", "x".repeat(5000).as_str()]) {
            for what in ["incoming", "status", "ended"] {
                for path in [
                    format!("/voice/exotel/{odd}/{what}"),
                    format!("/voice/{odd}/{key}/{what}"),
                    format!("/voice/exotel/{key}{odd}/{what}"),
                ] {
                    for method in [Method::GET, Method::POST] {
                        let answer = api.send(request(method, &format!("{path}?CallSid=a"), None)).await;
                        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
                    }
                }
            }
            for path in [format!("/intake/retell/{odd}"), format!("/intake/{odd}/{key}")] {
                let answer = send_to_nobody(&api, &path).await;
                assert_eq!(answer.status, 404, "{path}: {}", answer.text);
            }
        }
    }
}

async fn send_to_nobody(api: &Api, path: &str) -> Answer {
    let mut post = request(Method::POST, path, None);
    *post.body_mut() = "{}".into();
    api.send(post).await
}
