//! The routes outside the API: pages, carriers' and voice platforms' posts, what operators ask.

use std::sync::LazyLock;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, header},
};
use ringback_domain::access::Role;
use ringback_server::passwords;
use ringback_store::NewStaff;
use serde_json::json;
use tower::ServiceExt as _;

use super::{
    super::bench::Api,
    table::{Beside, Door, beside_the_api},
    things::{Things, everything, secrets, tells_none},
};

const PASSWORD: &str = "correct horse battery";
/// Of a route that leaves the method to its handler.
const ANY: [&str; 2] = ["GET", "POST"];

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Beside {
    fn methods(&self) -> &[&'static str] {
        if self.method == "ANY" { &ANY } else { std::slice::from_ref(&self.method) }
    }

    fn is_stream(&self) -> bool {
        self.path.ends_with("/stream")
    }

    /// With every place filled.
    fn at(&self, id: &str, kind: &str, key: &str) -> String {
        let path = self.path.replace("{id}", id).replace("{key}", key).replace("{file}", "start.js");
        path.replace("{carrier}", kind).replace("{kind}", "retell")
    }
}

async fn ask(router: &Router, method: &str, path: &str, cookie: &str, body: &str) -> Answer {
    let request = Request::builder().method(method).uri(path).header(header::COOKIE, cookie).header("sec-fetch-site", "same-origin");
    let request = request.header(header::HOST, "ringback.test").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = request.body(Body::from(body.to_owned())).expect("a request");
    let (parts, body) = router.clone().oneshot(request).await.expect("infallible").into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("an answer");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(parts.status.as_u16() < 500 || path == "/readyz", "{method} {path}: {text}");
    Answer { status: parts.status.as_u16(), headers: parts.headers, text }
}

/// The cookies of somebody who has signed in.
async fn signed_in(api: &Api, router: &Router, role: Role, branch: Option<&str>) -> String {
    static HASH: LazyLock<tokio::sync::OnceCell<String>> = LazyLock::new(tokio::sync::OnceCell::new);
    let hash = HASH.get_or_init(async || passwords::hash(PASSWORD.to_owned()).await.expect("hashes")).await;
    let email = format!("{}@example.com", uuid::Uuid::now_v7());
    let new = NewStaff { name: "Somebody", email: &email, role, password_hash: Some(hash) };
    let id = api.rows().create_staff(&new, api.now()).await.expect("is new").id;
    if let Some(branch) = branch {
        api.patch(&format!("/api/v1/staff/{id}"), json!({"branch_id": branch})).await.data(200);
    }
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs([("email", &*email), ("password", PASSWORD)]).finish();
    let answer = ask(router, "POST", "/login", "", &form).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let cookies = answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|it| it.to_str().ok()?.split(';').next().map(str::to_owned));
    cookies.collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn without_a_key_a_session_or_a_token_nothing_of_a_company_is_told() {
    for api in Api::each().await {
        let (things, secrets) = (Things::make(&api).await, secrets(&api).await);
        let before = everything(&api).await;
        let router = ringback_server::app::router(api.app.clone());
        for route in beside_the_api() {
            for method in route.methods() {
                let answer = ask(&router, method, &route.at(&things["attempt"], "exotel", "no-key-of-anybody"), "", "").await;
                let what = format!("{method} {}", route.path);
                tells_none(&answer.text, &secrets, "", &what);
                let as_expected = match route.door {
                    // Nothing sweeps here: it is not ready, and says no more than that.
                    Door::Open => matches!(answer.status, 200 | 303 | 422) || (answer.status == 503 && route.path == "/readyz"),
                    Door::Key => answer.status == 404,
                    Door::Session => matches!(answer.status, 303 | 401),
                    Door::Admin | Door::Nowhere => answer.status == 401,
                };
                assert!(as_expected, "{what}: {} {}", answer.status, answer.text);
            }
        }
        assert_eq!(everything(&api).await, before);
    }
}

#[tokio::test]
async fn a_page_shows_and_moves_nothing_of_another_company_or_branch() {
    for api in Api::each().await {
        let (things, secrets) = (Things::make(&api).await, secrets(&api).await);
        let before = everything(&api).await;
        let router = ringback_server::app::router(api.app.clone());
        let api = api.turned();
        let another = signed_in(&api, &router, Role::Owner, None).await;
        let api = api.turned();
        let south = api.post("/api/v1/branches", json!({"name": "South"})).await.id(201);
        let southern = signed_in(&api, &router, Role::Manager, Some(&south)).await;
        for (who, cookie) in [("another company's owner", another), ("another branch's manager", southern)] {
            for route in beside_the_api().iter().filter(|it| it.door == Door::Session && !it.is_stream()) {
                for query in ["", "?show=pending", "?show=failed"] {
                    let path = format!("{}{query}", route.at(&things["attempt"], "", ""));
                    let what = format!("{} {path} by {who}", route.method);
                    let answer = ask(&router, route.method, &path, &cookie, "").await;
                    let expected = if route.method == "GET" { 200 } else { 404 };
                    assert_eq!(answer.status, expected, "{what}: {}", answer.text);
                    tells_none(&answer.text, &secrets, &path, &what);
                }
            }
        }
        let after = everything(&api).await;
        let untouched =
            |all: &[serde_json::Value]| all.iter().filter(|it| it.to_string().contains(&things["attempt"])).cloned().collect::<Vec<_>>();
        assert_eq!(untouched(&after), untouched(&before));
    }
}

#[tokio::test]
async fn a_key_opens_its_own_company_alone() {
    for api in Api::each().await {
        let things = Things::make(&api).await;
        let secrets = secrets(&api).await;
        let router = ringback_server::app::router(api.app.clone());
        let api = api.turned();
        let own = Things::make(&api).await;
        let url = api.get(&format!("/api/v1/phones/{}", &own["phone"])).await.data(200)["ingress_url"].as_str().expect("a URL").to_owned();
        let key = url.split('/').nth_back(1).expect("a key").to_owned();
        let api = api.turned();
        let before = everything(&api).await;
        // Of a call that the first company has; and the key of one carrier is none of another's.
        let call =
            api.get(&format!("/api/v1/calls/{}", &things["call"])).await.data(200)["carrier_call_id"].as_str().expect("an id").to_owned();
        let query = format!("CallSid={call}&CallFrom=%2B4915112345678&CallTo=%2B4930901820&Direction=incoming&Status=completed");
        for route in beside_the_api().iter().filter(|it| it.door == Door::Key && it.path.starts_with("/voice")) {
            for (carrier, known) in [("exotel", true), ("twilio", false), ("simulator", false)] {
                let answer = ask(&router, "GET", &format!("{}?{query}", route.at("", carrier, &key)), "", "").await;
                assert_eq!(answer.status == 404, !known, "{} at {carrier}: {}", route.path, answer.text);
                tells_none(&answer.text, &secrets, &query, &route.path);
            }
        }
        assert_eq!(everything(&api).await, before);
    }
}
