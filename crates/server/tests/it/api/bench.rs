//! A server without a socket, two companies with a token of each scope, and a clock in the hand.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, header},
};
use jiff::Timestamp;
use ringback_domain::{
    access::Scope,
    ids::{CallId, CompanyId},
    phone_number::PhoneNumber,
    time::{Clock, plus_seconds},
};
use ringback_server::{
    app::{App, router},
    vault::Vault,
};
use ringback_store::{InboundCall, InboundTaken, NewCompany, NewToken, Node, Patience, Store, TenantStore, db::Db};
use ringback_telephony::registry::Registry;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::engines::{TestDatabase, each_engine, sqlite};

pub(super) struct TestClock(Mutex<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("not poisoned")
    }
}

pub(super) struct Api {
    pub(super) app: App,
    pub(super) company: CompanyId,
    /// Another tenant of the same installation.
    pub(super) other: CompanyId,
    /// Whether the second company is the one that asks.
    turned: bool,
    clock: Arc<TestClock>,
    router: Router,
    _database: TestDatabase,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    pub(super) body: Json,
}

impl Answer {
    /// The thing or the list that was asked for.
    #[track_caller]
    pub(super) fn data(&self, status: u16) -> &Json {
        assert_eq!(self.status, status, "{}", self.text);
        &self.body["data"]
    }

    #[track_caller]
    pub(super) fn id(&self, status: u16) -> String {
        self.data(status)["id"].as_str().expect("an id").to_owned()
    }

    /// The fields that a 422 names, sorted.
    #[track_caller]
    pub(super) fn refused(&self) -> Vec<&str> {
        assert_eq!(self.status, 422, "{}", self.text);
        let errors = self.body["errors"].as_array().expect("errors");
        let mut fields: Vec<_> = errors.iter().map(|error| error["field"].as_str().expect("a field")).collect();
        fields.sort_unstable();
        fields
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    pub(super) fn errors(&self) -> Vec<&Json> {
        self.body["errors"].as_array().map(|errors| errors.iter().collect()).unwrap_or_default()
    }
}

pub(super) const SCOPES: [Scope; 4] = [Scope::Read, Scope::Write, Scope::Admin, Scope::Operator];

/// The token of a scope, of either company.
pub(super) fn token(scope: Scope, other: bool) -> String {
    format!("{}-{scope}", if other { "other" } else { "salon" })
}

impl Api {
    pub(super) async fn each() -> Vec<Self> {
        let mut apis = Vec::new();
        for database in each_engine() {
            apis.push(Self::on(database).await);
        }
        apis
    }

    pub(super) async fn sqlite() -> Self {
        Self::on(sqlite()).await
    }

    async fn on(database: TestDatabase) -> Self {
        // Whoever comes first installs it; it is the same for all.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let now: Timestamp = "2026-03-02T12:00:13+01:00".parse().expect("an instant");
        let clock = Arc::new(TestClock(Mutex::new(now)));
        let db = Db::connect(&database.url).await.expect("connects");
        let node = Node { name: "test".to_owned(), run: Uuid::now_v7() };
        let store = Arc::new(Store::new(db, node, Patience::default(), None));
        store.migrate().await.expect("migrates");
        let carriers = Arc::new(Registry::new(Duration::from_secs(1), None).expect("builds"));
        let vault = Arc::new(Vault::new(&[7; 32]));
        let app = App::new(Arc::clone(&store), clock.clone(), carriers, vault, "http://ringback.test");
        let mut companies = Vec::new();
        for slug in ["salon", "other"] {
            let new = NewCompany { slug, name: slug, country: "DE", locale: "de", time_zone: "Europe/Berlin", credits: 10_000 };
            let company = store.create_company(&new, "operator", now).await.expect("is new").id;
            for scope in SCOPES {
                let hash = Sha256::digest(token(scope, slug == "other")).into();
                let new = NewToken { name: "test", hash, scope, rate_limit: u32::MAX, staff_id: None };
                store.tenant(company).create_token(&new, now).await.expect("is new");
            }
            companies.push(company);
        }
        let router = router(app.clone());
        Self { app, company: companies[0], other: companies[1], turned: false, clock, router, _database: database }
    }

    /// The same installation, seen from its other tenant.
    pub(super) fn turned(mut self) -> Self {
        std::mem::swap(&mut self.company, &mut self.other);
        self.turned = !self.turned;
        self
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn advance(&self, seconds: i64) {
        let mut now = self.clock.0.lock().expect("not poisoned");
        *now = plus_seconds(*now, seconds);
    }

    pub(super) fn rows(&self) -> TenantStore<'_> {
        self.app.store.tenant(self.company)
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, Scope::Read, None).await
    }

    pub(super) async fn post(&self, path: &str, body: Json) -> Answer {
        self.ask(Method::POST, path, Scope::Operator, Some(body)).await
    }

    pub(super) async fn patch(&self, path: &str, body: Json) -> Answer {
        self.ask(Method::PATCH, path, Scope::Admin, Some(body)).await
    }

    pub(super) async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, Scope::Admin, None).await
    }

    pub(super) async fn ask(&self, method: Method, path: &str, scope: Scope, body: Option<Json>) -> Answer {
        self.ask_as(method, path, &token(scope, self.turned), body).await
    }

    pub(super) async fn ask_as(&self, method: Method, path: &str, token: &str, body: Option<Json>) -> Answer {
        let mut request = request(method, path, Some(token));
        if let Some(body) = body {
            request.headers_mut().insert(header::CONTENT_TYPE, "application/json".parse().expect("a header"));
            *request.body_mut() = Body::from(body.to_string());
        }
        self.send(request).await
    }

    /// Every answer, whatever it answers, keeps what is promised of all of them.
    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let what = format!("{} {}", request.method(), request.uri());
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("an answer");
        let text = String::from_utf8(bytes.to_vec()).expect("answers are UTF-8");
        let body: Json = serde_json::from_str(&text).unwrap_or(Json::Null);
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, text, body };
        assert!(answer.status < 500, "{what}: {} {}", answer.status, answer.text);
        if parts.status.is_client_error() {
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{what}: {}", answer.text);
            assert_eq!(answer.body["status"], answer.status, "{what}");
            for field in ["type", "title", "detail"] {
                assert!(answer.body[field].is_string(), "{what}: {}", answer.text);
            }
        }
        if what.contains("/api/") {
            assert!(answer.header("x-ratelimit-limit").is_some() && answer.header("x-ratelimit-remaining").is_some(), "{what}");
        }
        answer
    }

    pub(super) async fn phone(&self, channels: u32) -> String {
        self.post("/api/v1/phones", new_phone(channels)).await.id(201)
    }

    pub(super) async fn inbound(&self, phone: &str, number: &str) -> InboundTaken {
        let url = self.get(&format!("/api/v1/phones/{phone}")).await.data(200)["ingress_url"].as_str().expect("a URL").to_owned();
        let key = url.split('/').nth_back(1).expect("a key").to_owned();
        let phone = self.app.store.phone_by_ingress_key("exotel", &key).await.expect("reads").expect("is there");
        let number = PhoneNumber::parse(number, "DE").expect("a number");
        let call = InboundCall { carrier_call_id: &Uuid::now_v7().to_string(), number: Some(&number) };
        self.app.store.take_inbound(&phone, &call, self.now()).await.expect("is written")
    }

    /// Somebody calls a phone of which no channel is free: the id of his attempt.
    pub(super) async fn miss(&self, phone: &str, number: &str) -> String {
        let taken = self.inbound(phone, number).await;
        assert!(!taken.connected, "a channel was free");
        let missed = self.get(&format!("/api/v1/callbacks/missed?phone_id={phone}&limit=100")).await;
        let callback = taken.callback.expect("a callback").to_string();
        let attempts = missed.data(200).as_array().expect("a list");
        let attempt = attempts.iter().find(|it| it["callback_id"] == callback.as_str()).expect("an attempt");
        attempt["id"].as_str().expect("an id").to_owned()
    }

    /// A phone whose channels are all taken by callers, and their calls.
    pub(super) async fn full_phone(&self, channels: u32) -> (String, Vec<CallId>) {
        let phone = self.phone(channels).await;
        let mut calls = Vec::new();
        for n in 0..channels {
            let taken = self.inbound(&phone, &format!("+4930901{:03}", 820 + n)).await;
            assert!(taken.connected, "no channel was free");
            calls.push(taken.call);
        }
        (phone, calls)
    }

    /// A callback of somebody who has none yet.
    pub(super) async fn requested(&self) -> String {
        let number = format!("+4915112{:06}", Uuid::now_v7().as_u128() % 1_000_000);
        self.post("/api/v1/callbacks", json!({"customer_name": "Ada", "phone_number": number})).await.id(201)
    }

    /// One that is over, of a new customer.
    pub(super) async fn appointment(&self) -> String {
        let customer = self.post("/api/v1/customers", json!({"name": "Cleo"})).await.id(201);
        let over = json!({"customer_id": customer, "starts_at": "2026-02-02T12:00:00Z", "ends_at": "2026-02-02T13:00:00Z"});
        self.post("/api/v1/appointments", over).await.id(201)
    }

    /// SQL that no code of ours runs, to bring about what takes other parts of the program to come about.
    pub(super) async fn execute(&self, sql: &'static str, params: Vec<ringback_store::db::Value>) -> u64 {
        let mut tx = self.app.store.db().begin().await.expect("begins");
        let rows = tx.execute(sql, params).await.expect("executes");
        tx.commit().await.expect("commits");
        rows
    }
}

pub(super) fn request(method: Method, path: &str, token: Option<&str>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    request.body(Body::empty()).expect("a request")
}

pub(super) fn new_phone(channels: u32) -> Json {
    json!({
        "label": "Reception", "number": "030 901820", "carrier": "exotel", "channels": channels,
        "carrier_config": {"account_sid": "salon1", "api_key": "the-key", "api_token": "the-token", "app_id": "42"},
    })
}

pub(super) fn new_staff(email: &str) -> Json {
    json!({"name": "Ada Lenz", "email": email})
}

pub(super) fn new_agent() -> Json {
    json!({"name": "Anna", "prompt": "You are Anna.\nBe kind.", "languages": ["de", "en"]})
}
