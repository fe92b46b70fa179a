//! The document says what the routes do, and the page that shows it asks nobody outside.

use std::collections::BTreeSet;

use axum::http::Method;
use ringback_domain::access::Scope;
use serde_json::{Value as Json, json};

use super::bench::{Api, request};

fn document() -> Json {
    serde_json::to_value(ringback_server::api::openapi()).expect("JSON")
}

fn schema<'a>(document: &'a Json, mut schema: &'a Json) -> &'a Json {
    while let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/components/schemas/")) {
        schema = &document["components"]["schemas"][name];
    }
    if let Some(inner) = schema["oneOf"].as_array().and_then(|any| any.iter().find(|it| it.get("$ref").is_some())) {
        return self::schema(document, inner);
    }
    schema
}

fn operations(document: &Json) -> Vec<(Method, String, &Json)> {
    let paths = document["paths"].as_object().expect("paths");
    let mut operations = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("methods") {
            operations.push((method.to_uppercase().parse().expect("a method"), path.clone(), operation));
        }
    }
    operations
}

/// What the refusal of an unknown field says is accepted.
fn accepted(answer: &super::bench::Answer, field: &str) -> BTreeSet<String> {
    let errors = answer.errors();
    let error = errors.iter().find(|it| it["field"] == field).unwrap_or_else(|| panic!("{field} is not refused: {}", answer.text));
    assert_eq!(error["code"], "unknown");
    let (_, names) = error["message"].as_str().expect("a message").split_once("accepted are: ").expect("names");
    names.split(", ").filter(|name| *name != "none").map(str::to_owned).collect()
}

#[tokio::test]
async fn the_document_names_exactly_the_fields_that_are_read() {
    let api = Api::sqlite().await;
    let document = document();
    let things = [
        ("agents", api.post("/api/v1/agents", super::bench::new_agent()).await.id(201)),
        ("phones", api.phone(1).await),
        ("branches", api.post("/api/v1/branches", json!({"name": "x"})).await.id(201)),
        ("services", api.post("/api/v1/services", json!({"name": "x", "duration_minutes": 5})).await.id(201)),
        ("staff", api.post("/api/v1/staff", super::bench::new_staff("ada@example.com")).await.id(201)),
        ("customers", api.post("/api/v1/customers", json!({"name": "x"})).await.id(201)),
        ("appointments", api.appointment().await),
        ("callbacks", api.requested().await),
    ];
    let campaign = api.post("/api/v1/campaigns", json!({"name": "x", "phone_id": things[1].1})).await.id(201);
    let mut checked = 0;
    for (method, path, operation) in operations(&document) {
        if !matches!(method, Method::POST | Method::PATCH | Method::PUT) || path.contains("missed") {
            continue;
        }
        let id = things.iter().find(|(noun, _)| path.contains(noun)).map_or(&campaign, |(_, id)| id);
        let target = path.replace("{id}", id);
        let answer = api.ask(method.clone(), &target, Scope::Operator, Some(json!({"zz": 1}))).await;
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        let properties = schema(&document, body)["properties"].as_object().cloned().unwrap_or_default();
        let documented: BTreeSet<String> = properties.keys().cloned().collect();
        assert_eq!(accepted(&answer, "zz"), documented, "{method} {path}");
        checked += 1;
        for (name, property) in &properties {
            let Some(inside) = schema(&document, property)["properties"].as_object() else { continue };
            let answer = api.ask(method.clone(), &target, Scope::Operator, Some(json!({ name: {"zz": 1} }))).await;
            assert_eq!(accepted(&answer, &format!("{name}.zz")), inside.keys().cloned().collect(), "{name} of {method} {path}");
            for (deep, property) in inside {
                let Some(deeper) = schema(&document, property)["properties"].as_object() else { continue };
                let body = json!({ name: { deep: {"zz": 1} } });
                let answer = api.ask(method.clone(), &target, Scope::Operator, Some(body)).await;
                let field = format!("{name}.{deep}.zz");
                assert_eq!(accepted(&answer, &field), deeper.keys().cloned().collect(), "{field} of {method} {path}");
            }
        }
    }
    assert!(checked >= 15, "{checked}");
}

#[tokio::test]
async fn the_document_names_exactly_the_parameters_that_are_read() {
    let api = Api::sqlite().await;
    let document = document();
    for (method, path, operation) in operations(&document) {
        let target = path.replace("{id}", "018f0000-0000-7000-8000-000000000000");
        let answer = api.ask(method.clone(), &format!("{target}?zz=1"), Scope::Operator, None).await;
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let documented: BTreeSet<String> =
            parameters.iter().filter(|it| it["in"] == "query").filter_map(|it| it["name"].as_str()).map(str::to_owned).collect();
        assert_eq!(accepted(&answer, "zz"), documented, "{method} {path}");
    }
}

#[tokio::test]
async fn answers_have_the_documented_fields() {
    let api = Api::sqlite().await;
    let (phone, _) = api.full_phone(1).await;
    api.miss(&phone, "+4915112345678").await;
    api.post("/api/v1/agents", super::bench::new_agent()).await.id(201);
    api.post("/api/v1/campaigns", json!({"name": "x", "phone_id": phone})).await.id(201);
    api.post("/api/v1/intake-keys", json!({"name": "x", "kind": "vapi"})).await.id(201);
    api.post("/api/v1/branches", json!({"name": "x"})).await.id(201);
    api.post("/api/v1/services", json!({"name": "x", "duration_minutes": 5})).await.id(201);
    api.post("/api/v1/staff", super::bench::new_staff("ada@example.com")).await.id(201);
    api.appointment().await;
    let document = document();
    for (method, path, operation) in operations(&document) {
        if method != Method::GET || path.contains("{id}") || path.ends_with("stream") {
            continue;
        }
        let query = match path.as_str() {
            "/api/v1/callbacks" | "/api/v1/appointments" => "?include=customer,branch,service,staff",
            "/api/v1/staff" => "?include=branch",
            _ => "",
        };
        let answer = api.ask(Method::GET, &format!("{path}{query}"), Scope::Admin, None).await;
        let body = schema(&document, &operation["responses"]["200"]["content"]["application/json"]["schema"]);
        let data = schema(&document, &body["properties"]["data"]);
        let (thing, described) = match answer.data(200) {
            Json::Array(rows) => (rows.first().expect("something is there"), schema(&document, &data["items"])),
            thing => (thing, data),
        };
        let shown: BTreeSet<&String> = thing.as_object().expect("an object").keys().collect();
        let documented: BTreeSet<&String> = described["properties"].as_object().expect("properties").keys().collect();
        // Of one callback alone, or of one that was deleted.
        let apart = ["escalations", "requests", "deleted_at"];
        let documented = documented.into_iter().filter(|it| path != "/api/v1/callbacks" || !apart.contains(&it.as_str())).collect();
        assert_eq!(shown, documented, "{path}");
    }
}

#[test]
fn the_document_is_openapi_3_1_with_an_id_for_every_operation() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let ids: Vec<&str> = operations(&document).iter().filter_map(|(_, _, it)| it["operationId"].as_str()).collect();
    assert_eq!(ids.len(), operations(&document).len());
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
}

#[test]
fn the_committed_document_is_this_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api/openapi.json");
    let committed = std::fs::read_to_string(path).expect("docs/api/openapi.json is there");
    assert!(committed == ringback_server::api::document(), "docs/api/openapi.json is old: `cargo xtask openapi` writes it anew");
}

#[tokio::test]
async fn the_page_loads_everything_from_here() {
    let api = Api::sqlite().await;
    let page = api.send(request(Method::GET, "/api/docs", None)).await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'; script-src 'self';"), "{policy}");
    let html = scraper::Html::parse_document(&page.text);
    let select = |what: &str| scraper::Selector::parse(what).expect("a selector");
    let mut assets = Vec::new();
    for (what, attribute) in [("script", "src"), ("link", "href")] {
        for element in html.select(&select(what)) {
            assert!(element.text().all(|text| text.trim().is_empty()), "inline {what}");
            assets.push(element.attr(attribute).expect("an address").to_owned());
        }
    }
    assert!(html.select(&select("style, [style], [onload], [onclick]")).next().is_none());
    assert!(assets.len() >= 4, "{assets:?}");
    for asset in assets {
        assert!(asset.starts_with("/api/docs/"), "{asset}");
        let router = ringback_server::app::router(api.app.clone());
        let answer = tower::ServiceExt::oneshot(router, request(Method::GET, &asset, None)).await.expect("infallible");
        assert_eq!(answer.status(), 200, "{asset}");
        assert!(answer.headers().contains_key("content-security-policy"), "{asset}");
    }
    for path in ["/api/docs/nothing.js", "/api/docs/index.html", "/api/docs/..%2f..%2fetc%2fpasswd"] {
        assert_eq!(api.send(request(Method::GET, path, None)).await.status, 404, "{path}");
    }
    let document = api.send(request(Method::GET, "/api/v1/openapi.json", None)).await;
    assert_eq!(document.body, self::document());
}
