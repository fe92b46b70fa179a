//! Every route of the document with every kind of caller: who may do what, and that no company reaches another's things.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use ringback_domain::access::Scope;
use serde_json::{Value as Json, json};

use super::bench::{Api, SCOPES, new_agent, new_phone, new_staff, request, token};

/// What one route needs, and which of the company's things its path names.
struct Route {
    method: Method,
    path: &'static str,
    scope: Scope,
    of: &'static str,
}

const fn route(method: Method, path: &'static str, scope: Scope, of: &'static str) -> Route {
    Route { method, path, scope, of }
}

static ROUTES: [Route; 94] = [
    route(Method::GET, "/api/v1/appointments", Scope::Read, ""),
    route(Method::POST, "/api/v1/appointments", Scope::Write, ""),
    route(Method::GET, "/api/v1/appointments/{id}", Scope::Read, "appointment"),
    route(Method::PATCH, "/api/v1/appointments/{id}", Scope::Write, "appointment"),
    route(Method::PUT, "/api/v1/appointments/{id}", Scope::Write, "appointment"),
    route(Method::DELETE, "/api/v1/appointments/{id}", Scope::Write, "appointment"),
    route(Method::GET, "/api/v1/branches", Scope::Read, ""),
    route(Method::POST, "/api/v1/branches", Scope::Write, ""),
    route(Method::GET, "/api/v1/branches/{id}", Scope::Read, "branch"),
    route(Method::PATCH, "/api/v1/branches/{id}", Scope::Write, "branch"),
    route(Method::PUT, "/api/v1/branches/{id}", Scope::Write, "branch"),
    route(Method::DELETE, "/api/v1/branches/{id}", Scope::Write, "branch"),
    route(Method::GET, "/api/v1/customers", Scope::Read, ""),
    route(Method::POST, "/api/v1/customers", Scope::Write, ""),
    route(Method::GET, "/api/v1/customers/{id}", Scope::Read, "customer"),
    route(Method::PATCH, "/api/v1/customers/{id}", Scope::Write, "customer"),
    route(Method::PUT, "/api/v1/customers/{id}", Scope::Write, "customer"),
    route(Method::DELETE, "/api/v1/customers/{id}", Scope::Write, "customer"),
    route(Method::GET, "/api/v1/services", Scope::Read, ""),
    route(Method::POST, "/api/v1/services", Scope::Write, ""),
    route(Method::GET, "/api/v1/services/{id}", Scope::Read, "service"),
    route(Method::PATCH, "/api/v1/services/{id}", Scope::Write, "service"),
    route(Method::PUT, "/api/v1/services/{id}", Scope::Write, "service"),
    route(Method::DELETE, "/api/v1/services/{id}", Scope::Write, "service"),
    route(Method::GET, "/api/v1/staff", Scope::Read, ""),
    route(Method::POST, "/api/v1/staff", Scope::Admin, ""),
    route(Method::GET, "/api/v1/staff/{id}", Scope::Read, "staff"),
    route(Method::PATCH, "/api/v1/staff/{id}", Scope::Write, "staff"),
    route(Method::PUT, "/api/v1/staff/{id}", Scope::Write, "staff"),
    route(Method::DELETE, "/api/v1/staff/{id}", Scope::Admin, "staff"),
    route(Method::GET, "/api/v1/agents", Scope::Read, ""),
    route(Method::POST, "/api/v1/agents", Scope::Admin, ""),
    route(Method::GET, "/api/v1/agents/{id}", Scope::Read, "agent"),
    route(Method::PATCH, "/api/v1/agents/{id}", Scope::Admin, "agent"),
    route(Method::PUT, "/api/v1/agents/{id}", Scope::Admin, "agent"),
    route(Method::DELETE, "/api/v1/agents/{id}", Scope::Admin, "agent"),
    route(Method::GET, "/api/v1/callbacks", Scope::Read, ""),
    route(Method::POST, "/api/v1/callbacks", Scope::Write, ""),
    route(Method::POST, "/api/v1/callbacks/bulk", Scope::Write, ""),
    route(Method::GET, "/api/v1/callbacks/tabs", Scope::Read, ""),
    route(Method::PATCH, "/api/v1/callbacks/{id}", Scope::Write, "callback"),
    route(Method::PUT, "/api/v1/callbacks/{id}", Scope::Write, "callback"),
    route(Method::DELETE, "/api/v1/callbacks/{id}", Scope::Write, "callback"),
    route(Method::POST, "/api/v1/callbacks/{id}/restore", Scope::Write, "callback"),
    route(Method::POST, "/api/v1/callbacks/{id}/assign", Scope::Write, "callback"),
    route(Method::POST, "/api/v1/callbacks/{id}/auto-assign", Scope::Write, "callback"),
    route(Method::POST, "/api/v1/callbacks/{id}/reassign", Scope::Write, "callback"),
    route(Method::POST, "/api/v1/callbacks/{id}/contact", Scope::Write, "callback"),
    route(Method::POST, "/api/v1/callbacks/{id}/complete", Scope::Write, "callback"),
    route(Method::POST, "/api/v1/callbacks/{id}/cancel", Scope::Write, "callback"),
    route(Method::POST, "/api/v1/callbacks/{id}/escalate", Scope::Write, "callback"),
    route(Method::POST, "/api/v1/callbacks/{id}/snooze", Scope::Write, "callback"),
    route(Method::POST, "/api/v1/callbacks/{id}/reopen", Scope::Write, "callback"),
    route(Method::POST, "/api/v1/callbacks/{id}/split", Scope::Write, "callback"),
    route(Method::POST, "/api/v1/callbacks/{id}/claim", Scope::Write, "callback"),
    route(Method::POST, "/api/v1/callbacks/{id}/release", Scope::Write, "callback"),
    route(Method::GET, "/api/v1/callbacks/missed", Scope::Read, ""),
    route(Method::GET, "/api/v1/callbacks/missed/stats", Scope::Read, ""),
    route(Method::DELETE, "/api/v1/callbacks/missed/{id}", Scope::Write, "attempt"),
    route(Method::POST, "/api/v1/callbacks/missed/{id}/retry", Scope::Write, "attempt"),
    route(Method::GET, "/api/v1/callbacks/{id}", Scope::Read, "callback"),
    route(Method::GET, "/api/v1/callbacks/{id}/timeline", Scope::Read, "callback"),
    route(Method::GET, "/api/v1/calls", Scope::Read, ""),
    route(Method::GET, "/api/v1/calls/{id}", Scope::Read, "call"),
    route(Method::GET, "/api/v1/calls/{id}/agent-context", Scope::Read, "call"),
    route(Method::GET, "/api/v1/campaigns", Scope::Read, ""),
    route(Method::POST, "/api/v1/campaigns", Scope::Write, ""),
    route(Method::GET, "/api/v1/campaigns/{id}", Scope::Read, "campaign"),
    route(Method::PATCH, "/api/v1/campaigns/{id}", Scope::Write, "campaign"),
    route(Method::PUT, "/api/v1/campaigns/{id}", Scope::Write, "campaign"),
    route(Method::DELETE, "/api/v1/campaigns/{id}", Scope::Write, "campaign"),
    route(Method::POST, "/api/v1/campaigns/{id}/start", Scope::Write, "campaign"),
    route(Method::POST, "/api/v1/campaigns/{id}/pause", Scope::Write, "campaign"),
    route(Method::POST, "/api/v1/campaigns/{id}/complete", Scope::Write, "campaign"),
    route(Method::POST, "/api/v1/campaigns/{id}/cancel", Scope::Write, "campaign"),
    route(Method::GET, "/api/v1/company", Scope::Read, ""),
    route(Method::PATCH, "/api/v1/company", Scope::Admin, ""),
    route(Method::GET, "/api/v1/credits", Scope::Read, ""),
    route(Method::GET, "/api/v1/credits/transactions", Scope::Read, ""),
    route(Method::POST, "/api/v1/credits/transactions", Scope::Operator, ""),
    route(Method::GET, "/api/v1/events", Scope::Read, ""),
    route(Method::GET, "/api/v1/stream", Scope::Read, ""),
    route(Method::GET, "/api/v1/intake-keys", Scope::Admin, ""),
    route(Method::POST, "/api/v1/intake-keys", Scope::Admin, ""),
    route(Method::GET, "/api/v1/intake-keys/{id}", Scope::Admin, "intake_key"),
    route(Method::DELETE, "/api/v1/intake-keys/{id}", Scope::Admin, "intake_key"),
    route(Method::POST, "/api/v1/intake-keys/{id}/rotate", Scope::Admin, "intake_key"),
    route(Method::GET, "/api/v1/phones", Scope::Read, ""),
    route(Method::POST, "/api/v1/phones", Scope::Admin, ""),
    route(Method::GET, "/api/v1/phones/{id}", Scope::Read, "phone"),
    route(Method::PATCH, "/api/v1/phones/{id}", Scope::Admin, "phone"),
    route(Method::PUT, "/api/v1/phones/{id}", Scope::Admin, "phone"),
    route(Method::DELETE, "/api/v1/phones/{id}", Scope::Admin, "phone"),
    route(Method::POST, "/api/v1/phones/{id}/rotate-key", Scope::Admin, "phone"),
];

fn routes() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter()
}

#[test]
fn every_route_of_the_document_is_in_this_table_with_its_scope() {
    let document = serde_json::to_value(ringback_server::api::openapi()).expect("JSON");
    let mut documented = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("a path's methods").iter().filter(|(name, _)| *name != "parameters") {
            let scope = operation["security"][0]["token"][0].as_str().unwrap_or("none").to_owned();
            documented.insert((method.to_uppercase(), path.clone(), scope));
        }
    }
    let listed = routes().map(|it| (it.method.to_string(), it.path.to_owned(), it.scope.to_string())).collect();
    assert_eq!(documented, listed);
}

/// One thing of each kind, of the first company.
async fn things(api: &Api, person: usize) -> BTreeMap<&'static str, String> {
    let (phone, calls) = api.full_phone(1).await;
    let attempt = api.miss(&phone, &format!("+4915112345{person:03}")).await;
    let missed = api.get(&format!("/api/v1/callbacks/missed?phone_id={phone}")).await;
    let callback = missed.data(200)[0]["callback_id"].as_str().expect("a callback").to_owned();
    let agent = api.post("/api/v1/agents", new_agent()).await.id(201);
    let campaign = api.post("/api/v1/campaigns", json!({"name": "Autumn", "phone_id": phone})).await.id(201);
    let intake_key = api.post("/api/v1/intake-keys", json!({"name": "Anna", "kind": "retell"})).await.id(201);
    let branch = api.post("/api/v1/branches", json!({"name": "North"})).await.id(201);
    let service = api.post("/api/v1/services", json!({"name": "Cut", "duration_minutes": 30})).await.id(201);
    let staff = api.post("/api/v1/staff", new_staff(&format!("ada{person}@example.com"))).await.id(201);
    let customer = api.post("/api/v1/customers", json!({"name": "Cleo"})).await.id(201);
    // One that is over: nothing open depends on it.
    let over = json!({"customer_id": customer, "starts_at": "2026-02-02T12:00:00Z", "ends_at": "2026-02-02T13:00:00Z"});
    let appointment = api.post("/api/v1/appointments", over).await.id(201);
    BTreeMap::from([
        ("intake_key", intake_key),
        ("", String::new()),
        ("branch", branch),
        ("service", service),
        ("staff", staff),
        ("customer", customer),
        ("appointment", appointment),
        ("phone", phone),
        ("call", calls[0].to_string()),
        ("attempt", attempt),
        ("callback", callback),
        ("agent", agent),
        ("campaign", campaign),
    ])
}

fn body(route: &Route, phone: &str, customer: &str, staff: &str) -> Option<Json> {
    if route.method == Method::GET || route.method == Method::DELETE {
        return None;
    }
    Some(match (route.path, &route.method) {
        ("/api/v1/agents", _) => new_agent(),
        ("/api/v1/phones", _) => new_phone(1),
        ("/api/v1/campaigns", _) => json!({"name": "Winter", "phone_id": phone}),
        ("/api/v1/intake-keys", _) => json!({"name": "Ben", "kind": "vapi", "phone_id": phone}),
        ("/api/v1/branches", _) => json!({"name": "South"}),
        ("/api/v1/services", _) => json!({"name": "Colour", "duration_minutes": 60}),
        ("/api/v1/staff", _) => new_staff(&format!("{}@example.com", uuid::Uuid::now_v7())),
        ("/api/v1/customers", _) => json!({"name": "Dora"}),
        ("/api/v1/appointments", _) => {
            json!({"customer_id": customer, "starts_at": "2026-02-03T12:00:00Z", "ends_at": "2026-02-03T13:00:00Z"})
        }
        ("/api/v1/callbacks", _) => json!({"customer_name": "Emil", "phone_number": "030 5551234"}),
        ("/api/v1/callbacks/bulk", _) => json!({"action": "restore", "ids": ["018f0000-0000-7000-8000-000000000000"]}),
        ("/api/v1/callbacks/{id}/assign", _) => json!({"staff_id": staff}),
        ("/api/v1/callbacks/{id}/escalate", _) => json!({"reason": "other"}),
        ("/api/v1/callbacks/{id}/snooze", _) => json!({"until": "2026-03-03T12:00:00Z"}),
        ("/api/v1/credits/transactions", _) => json!({"amount": 1, "reason": "x"}),
        _ => json!({}),
    })
}

/// What can be seen of the first company, to show that nothing of it changed.
async fn everything(api: &Api) -> Vec<Json> {
    let mut seen = Vec::new();
    for path in [
        "phones",
        "agents",
        "campaigns",
        "calls",
        "callbacks",
        "callbacks/missed",
        "credits",
        "credits/transactions",
        "company",
        "events",
        "branches",
        "services",
        "staff",
        "customers",
        "appointments",
    ] {
        seen.push(api.get(&format!("/api/v1/{path}")).await.body);
    }
    seen
}

#[tokio::test]
async fn nobody_does_what_his_token_does_not_allow() {
    for api in Api::each().await {
        let things = things(&api, 10).await;
        let before = everything(&api).await;
        for route in routes() {
            let path = route.path.replace("{id}", &things[route.of]);
            let what = format!("{} {}", route.method, route.path);
            assert_eq!(api.send(request(route.method.clone(), &path, None)).await.status, 401, "{what}");
            assert_eq!(api.send(request(route.method.clone(), &path, Some("wrong"))).await.status, 401, "{what}");
            for scope in SCOPES.into_iter().filter(|scope| !scope.includes(route.scope)) {
                let answer =
                    api.ask(route.method.clone(), &path, scope, body(route, &things["phone"], &things["customer"], &things["staff"])).await;
                assert_eq!(answer.status, 403, "{what} with {scope}");
                assert!(answer.text.contains(&format!("scope {}", route.scope)), "{what}: {}", answer.text);
            }
        }
        assert_eq!(everything(&api).await, before);
    }
}

#[tokio::test]
async fn no_company_sees_or_changes_anything_of_another() {
    for api in Api::each().await {
        let things = things(&api, 10).await;
        let before = everything(&api).await;
        let theirs = token(Scope::Operator, true);
        for route in routes().filter(|route| !route.of.is_empty()) {
            let path = route.path.replace("{id}", &things[route.of]);
            let answer = api.ask_as(route.method.clone(), &path, &theirs, body(route, "", "", "")).await;
            assert_eq!(answer.status, 404, "{} {}", route.method, route.path);
            let nobodys = route.path.replace("{id}", "018f0000-0000-7000-8000-000000000000");
            let nothing = api.ask_as(route.method.clone(), &nobodys, &theirs, body(route, "", "", "")).await;
            assert_eq!(nothing.text, answer.text, "another's thing looks like none: {} {}", route.method, route.path);
        }
        for route in routes().filter(|route| route.of.is_empty() && route.method == Method::GET && !route.path.ends_with("stream")) {
            let answer = api.ask_as(Method::GET, route.path, &theirs, None).await;
            assert_eq!(answer.status, 200, "{}", route.path);
            for thing in things.values().filter(|thing| !thing.is_empty()) {
                assert!(!answer.text.contains(thing.as_str()), "{} shows {thing}", route.path);
            }
            assert!(!answer.text.contains(&api.company.to_string()), "{}", route.path);
        }
        for (path, field, of) in [("phones", "agent_id", "agent"), ("campaigns", "phone_id", "phone"), ("intake-keys", "phone_id", "phone")]
        {
            let mut body = match path {
                "phones" => new_phone(1),
                "intake-keys" => json!({"name": "x", "kind": "vapi"}),
                _ => json!({"name": "x"}),
            };
            body[field] = json!(things[of]);
            let answer = api.ask_as(Method::POST, &format!("/api/v1/{path}"), &theirs, Some(body)).await;
            assert_eq!(answer.refused(), [field]);
        }
        assert_eq!(everything(&api).await, before);
    }
}

#[tokio::test]
async fn whoever_may_is_let_in() {
    for api in Api::each().await {
        for (person, route) in routes().enumerate().filter(|(_, route)| !route.path.ends_with("stream")) {
            let things = things(&api, 10 + person).await;
            let path = route.path.replace("{id}", &things[route.of]);
            for scope in SCOPES.into_iter().filter(|scope| scope.includes(route.scope)) {
                let answer =
                    api.ask(route.method.clone(), &path, scope, body(route, &things["phone"], &things["customer"], &things["staff"])).await;
                assert!(!matches!(answer.status, 400..=403 | 405..=408 | 410..), "{} {}: {}", route.method, route.path, answer.text);
            }
        }
    }
}
