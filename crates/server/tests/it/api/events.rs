use std::time::Duration;

use axum::http::{Method, header};
use futures::StreamExt as _;
use ringback_domain::access::Scope;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use super::bench::{Api, request, token};

#[tokio::test]
async fn events_are_told_in_order_from_wherever_one_was() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        api.miss(&phone, "+4915112345678").await;
        let all = api.get("/api/v1/events").await;
        let events = all.data(200).as_array().expect("a list").clone();
        let kinds: Vec<&str> = events.iter().filter_map(|it| it["type"].as_str()).collect();
        assert_eq!(kinds, ["credits.added", "call.started", "callback.created", "call.missed"]);
        for event in &events {
            assert_eq!(event["company_id"], api.company.to_string());
            assert!(event["occurred_at"].is_string() && event["data"].is_object());
        }
        let after = events[1]["id"].as_str().expect("an id");
        let rest = api.get(&format!("/api/v1/events?after={after}&limit=1")).await;
        assert_eq!(rest.data(200), &json!([events[2]]));
        let next = rest.body["links"]["next"].as_str().expect("more").strip_prefix("http://ringback.test").expect("ours").to_owned();
        assert_eq!(api.get(&next).await.data(200), &json!([events[3]]));
        assert_eq!(rest.body["meta"]["next_cursor"], events[2]["id"]);
        assert_eq!(api.get("/api/v1/events?after=x&limit=0&page=1").await.refused(), ["after", "limit", "page"]);
    }
}

pub(super) struct Listener(futures::stream::BoxStream<'static, String>);

impl Listener {
    async fn open(api: &Api, path: &str, last_seen: Option<&str>) -> Self {
        Self::open_as(api, &token(Scope::Read, false), path, last_seen).await
    }

    pub(super) async fn open_as(api: &Api, token: &str, path: &str, last_seen: Option<&str>) -> Self {
        let mut request = request(Method::GET, path, Some(token));
        if let Some(id) = last_seen {
            request.headers_mut().insert("last-event-id", id.parse().expect("a header"));
        }
        let router = ringback_server::app::router(api.app.clone());
        let response = router.oneshot(request).await.expect("infallible");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        let chunks = response.into_body().into_data_stream();
        Self(chunks.map(|chunk| String::from_utf8(chunk.expect("reads").to_vec()).expect("UTF-8")).boxed())
    }

    /// It tells nothing more.
    pub(super) async fn ends(&mut self) {
        let last = tokio::time::timeout(Duration::from_secs(20), self.0.next()).await.expect("in time");
        assert_eq!(last, None);
    }

    /// The next event's type, once its frame is checked.
    pub(super) async fn next(&mut self) -> (String, Json) {
        let frame = tokio::time::timeout(Duration::from_secs(20), self.0.next()).await.expect("in time").expect("goes on");
        let field = |name: &str| {
            let line = frame.lines().find_map(|line| line.strip_prefix(name).and_then(|rest| rest.strip_prefix(": ")));
            line.unwrap_or_else(|| panic!("{name} is missing in {frame}")).to_owned()
        };
        let data: Json = serde_json::from_str(&field("data")).expect("JSON");
        assert_eq!(data["id"], field("id"));
        assert_eq!(data["type"], field("event"));
        (field("event"), data)
    }
}

#[tokio::test]
async fn a_stream_tells_what_happens_as_it_happens_and_nothing_of_others() {
    for api in Api::each().await {
        let mut live = Listener::open(&api, "/api/v1/stream", None).await;
        api.app.store.add_credits(api.other, 5, "theirs", "operator", api.now()).await.expect("is written");
        api.post("/api/v1/credits/transactions", json!({"amount": 7, "reason": "ours"})).await.id(201);
        let (kind, event) = live.next().await;
        assert_eq!((kind.as_str(), &event["data"]["credits"]["amount"]), ("credits.added", &json!(7)));
        let first = event["id"].as_str().expect("an id").to_owned();
        api.post("/api/v1/credits/transactions", json!({"amount": 8, "reason": "ours"})).await.id(201);
        assert_eq!(live.next().await.1["data"]["credits"]["amount"], 8);
        drop(live);
        api.post("/api/v1/credits/transactions", json!({"amount": 9, "reason": "while nobody listened"})).await.id(201);
        for (path, last_seen) in [("/api/v1/stream".to_owned(), Some(first.as_str())), (format!("/api/v1/stream?after={first}"), None)] {
            let mut again = Listener::open(&api, &path, last_seen).await;
            assert_eq!(again.next().await.1["data"]["credits"]["amount"], 8);
            assert_eq!(again.next().await.1["data"]["credits"]["amount"], 9);
        }
    }
}

#[tokio::test]
async fn an_event_is_told_only_when_none_before_it_can_still_appear() {
    for api in Api::each().await {
        if api.app.store.db().engine() == "sqlite" {
            continue;
        }
        // A transaction that has begun to write, and will commit an event with an earlier id.
        let early = api.app.store.new_id(api.now());
        let mut slow = api.app.store.db().begin().await.expect("begins");
        let insert =
            "insert into events (id, company_id, type, actor, data, occurred_at) values ($1, $2, 'credits.low', 'system', '{}', $3)";
        slow.execute(insert, vec![early.into(), api.company.into(), api.now().into()]).await.expect("inserts");
        api.post("/api/v1/credits/transactions", json!({"amount": 7, "reason": "later"})).await.id(201);
        assert_eq!(api.get("/api/v1/events").await.data(200).as_array().expect("a list").len(), 1, "the first top-up alone");
        slow.commit().await.expect("commits");
        let list = api.get("/api/v1/events").await;
        let kinds: Vec<&str> = list.data(200).as_array().expect("a list").iter().filter_map(|it| it["type"].as_str()).collect();
        assert_eq!(kinds, ["credits.added", "credits.low", "credits.added"]);
    }
}
