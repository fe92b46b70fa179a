//! One thing of each kind, of the company and of its northern branch, and the bodies that routes take.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
};

use axum::http::Method;
use serde_json::{Value as Json, json};

use super::{
    super::bench::{Api, new_agent, new_phone, new_staff},
    table::{self, Route},
};

/// In every name and text that the company has, and in none that another has.
pub(super) const MARK: &str = "Quartz";
const NOBODYS: &str = "018f0000-0000-7000-8000-000000000000";

/// The ids, by kind. `""`: what has no id in its path.
pub(super) struct Things(BTreeMap<&'static str, String>);

impl std::ops::Index<&str> for Things {
    type Output = str;

    fn index(&self, kind: &str) -> &str {
        &self.0[kind]
    }
}

impl Things {
    pub(super) async fn make(api: &Api) -> Self {
        // Addresses and numbers belong to one alone.
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let n = MADE.fetch_add(1, Ordering::Relaxed);
        let make = async |noun: &str, mut body: Json| {
            if body.get("name").is_some() {
                body["name"] = json!(format!("{MARK} {noun} {n}"));
            }
            api.post(&format!("/api/v1/{noun}"), body).await.id(201)
        };
        let branch = make("branches", json!({"name": ""})).await;
        let service = make("services", json!({"name": "", "duration_minutes": 30, "branch_ids": [branch]})).await;
        let mut person = new_staff(&format!("quartz{n}@example.com"));
        person["branch_id"] = json!(branch);
        let staff = make("staff", person).await;
        let customer = make("customers", json!({"name": "", "phone_numbers": [format!("+491511{n:07}")]})).await;
        let agent = make("agents", new_agent()).await;
        let (phone, calls) = api.full_phone(1).await;
        api.patch(&format!("/api/v1/phones/{phone}"), json!({"branch_id": branch, "label": MARK})).await.data(200);
        let attempt = api.miss(&phone, &format!("+491512{n:07}")).await;
        let missed = api.get(&format!("/api/v1/callbacks/missed?phone_id={phone}")).await;
        let callback = missed.data(200)[0]["callback_id"].as_str().expect("a callback").to_owned();
        let campaign = make("campaigns", json!({"name": "", "phone_id": phone})).await;
        let intake_key = make("intake-keys", json!({"name": "", "kind": "retell", "phone_id": phone})).await;
        // One that is over: nothing open depends on it.
        let appointment = make("appointments", over(&customer, &branch)).await;
        let ids = [
            ("", String::new()),
            ("agent", agent),
            ("appointment", appointment),
            ("attempt", attempt),
            ("branch", branch),
            ("call", calls[0].to_string()),
            ("callback", callback),
            ("campaign", campaign),
            ("customer", customer),
            ("intake_key", intake_key),
            ("phone", phone),
            ("service", service),
            ("staff", staff),
        ];
        Self(ids.into())
    }

    /// A body that the route takes, naming these things; `None` where it takes none.
    pub(super) fn body(&self, route: &Route) -> Option<Json> {
        if route.method == Method::GET || route.method == Method::DELETE {
            return None;
        }
        Some(match (route.path, &route.method) {
            ("/api/v1/agents", _) => new_agent(),
            ("/api/v1/phones", _) => new_phone(1),
            ("/api/v1/campaigns", _) => json!({"name": "Winter", "phone_id": self["phone"]}),
            ("/api/v1/intake-keys", _) => json!({"name": "Ben", "kind": "vapi", "phone_id": self["phone"]}),
            ("/api/v1/branches", _) => json!({"name": "South"}),
            ("/api/v1/services", _) => json!({"name": "Colour", "duration_minutes": 60}),
            ("/api/v1/staff", _) => new_staff(&format!("{}@example.com", uuid::Uuid::now_v7())),
            ("/api/v1/customers", _) => json!({"name": "Dora"}),
            ("/api/v1/appointments", _) => over(&self["customer"], &self["branch"]),
            ("/api/v1/callbacks", _) => json!({"customer_name": "Emil", "phone_number": "030 5551234"}),
            ("/api/v1/callbacks/bulk", _) => json!({"action": "restore", "ids": [NOBODYS]}),
            ("/api/v1/callbacks/{id}/assign", _) => json!({"staff_id": self["staff"]}),
            ("/api/v1/callbacks/{id}/escalate", _) => json!({"reason": "other"}),
            ("/api/v1/callbacks/{id}/snooze", _) => json!({"until": "2026-03-03T12:00:00Z"}),
            ("/api/v1/credits/transactions", _) => json!({"amount": 1, "reason": "x"}),
            _ => json!({}),
        })
    }
}

fn over(customer: &str, branch: &str) -> Json {
    json!({"customer_id": customer, "branch_id": branch, "starts_at": "2026-02-02T12:00:00Z", "ends_at": "2026-02-02T13:00:00Z"})
}

/// What can be seen of the company, to show that nothing of it changed.
pub(super) async fn everything(api: &Api) -> Vec<Json> {
    let mut seen = Vec::new();
    for route in table::API.iter().filter(|it| it.method == Method::GET && it.of.is_empty() && !it.is_stream()) {
        let answer = api.ask(Method::GET, route.path, ringback_domain::access::Scope::Operator, None).await;
        assert_eq!(answer.status, 200, "{}", route.path);
        seen.push(answer.body);
    }
    seen
}

/// What nobody outside the company may read: its ids, its people's addresses and numbers, and the mark of its names.
pub(super) async fn secrets(api: &Api) -> BTreeSet<String> {
    let mut secrets = BTreeSet::from([MARK.to_owned(), api.company.to_string()]);
    let mut open: Vec<Json> = everything(api).await;
    while let Some(value) = open.pop() {
        match value {
            Json::Array(values) => open.extend(values),
            Json::Object(fields) => open.extend(fields.into_iter().map(|(_, value)| value)),
            Json::String(text) if uuid::Uuid::try_parse(&text).is_ok() || text.starts_with("+49") || text.contains('@') => {
                secrets.insert(text);
            }
            _ => {}
        }
    }
    assert!(secrets.len() > 20, "{secrets:?}");
    secrets
}

/// Fails where any of the secrets is in the text. What the asker wrote himself may come back to him.
#[track_caller]
pub(super) fn tells_none(text: &str, secrets: &BTreeSet<String>, written: &str, what: &str) {
    for secret in secrets.iter().filter(|it| !written.contains(it.as_str())) {
        assert!(!text.contains(secret.as_str()), "{what} tells {secret}: {text}");
    }
}
