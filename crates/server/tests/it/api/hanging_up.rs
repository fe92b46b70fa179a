//! Carriers and voice platforms that hang up before they were answered: what they told is done all the same.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Method, Request},
};
use jiff::Timestamp;
use ringback_domain::time::Clock;
use ringback_server::app::{App, router};
use ringback_store::db::Tx;
use ringback_telephony::fakes::{Account, FakeExotel};
use serde_json::{Value as Json, json};
use tokio::{sync::Notify, time::timeout};
use tower::ServiceExt as _;

use super::bench::{Api, new_phone, request};

const PATIENCE: Duration = Duration::from_secs(20);

/// Tells when somebody asks for the time: whoever acts on a request does so before he writes.
struct Watched {
    clock: Arc<dyn Clock>,
    asked: Notify,
}

impl Clock for Watched {
    fn now(&self) -> Timestamp {
        self.asked.notify_one();
        self.clock.now()
    }
}

/// The same installation, asked by a client that hangs up as soon as its request is worked on.
async fn asks_and_hangs_up(api: &Api, request: Request<Body>) {
    let clock = Arc::new(Watched { clock: Arc::clone(&api.app.clock), asked: Notify::new() });
    let App { store, carriers, vault, public_url, .. } = api.app.clone();
    let app = App::new(store, Arc::clone(&clock) as Arc<dyn Clock>, carriers, vault, &public_url);
    tokio::select! {
        answer = router(app).oneshot(request) => panic!("nobody held it up: {answer:?}"),
        () = clock.asked.notified() => {}
    }
}

/// Holds the phone's row on PostgreSQL, the only writer on SQLite.
async fn hold(api: &Api) -> Tx {
    let mut tx = api.app.store.db().begin().await.expect("begins");
    tx.execute("update phone_dialing set fence = fence", vec![]).await.expect("executes");
    tx
}

/// A phone with one channel, which a caller has; where it is reached.
async fn busy_phone(api: &Api, carrier: &FakeExotel) -> String {
    let mut new = new_phone(1);
    new["carrier_config"]["api_base_url"] = json!(carrier.base_url());
    let phone = api.post("/api/v1/phones", new).await;
    let url = phone.data(201)["ingress_url"].as_str().expect("a URL");
    let path = url.strip_prefix("http://ringback.test").expect("ours").to_owned();
    assert_eq!(api.send(caller(&path, "first", "%2B4930901821")).await.status, 200);
    path
}

fn caller(path: &str, call: &str, number: &str) -> Request<Body> {
    request(Method::GET, &format!("{path}?CallSid={call}&CallFrom={number}&Direction=incoming"), None)
}

async fn carrier() -> FakeExotel {
    let account = Account { sid: "salon1".to_owned(), user: "the-key".to_owned(), password: "the-token".to_owned() };
    FakeExotel::start(account).await.expect("a fake carrier")
}

#[tokio::test]
async fn the_end_of_a_call_is_kept_and_the_next_one_dialed_when_the_carrier_hangs_up_meanwhile() {
    for api in Api::each().await {
        let carrier = carrier().await;
        let path = busy_phone(&api, &carrier).await;
        assert_eq!(api.send(caller(&path, "second", "%2B4915112345678")).await.status, 302);
        let held = hold(&api).await;
        let ended = format!("{}?CallSid=first&Status=completed&ConversationDuration=7", path.replace("/incoming", "/status"));
        asks_and_hangs_up(&api, request(Method::POST, &ended, None)).await;
        drop(held);
        timeout(PATIENCE, carrier.wait_for_dials(1)).await.expect("the channel that the event freed is dialed on at once");
        assert_eq!(api.app.store.violations().await.expect("reads"), vec![]);
    }
}

#[tokio::test]
async fn a_miss_is_written_down_when_the_carrier_hangs_up_meanwhile() {
    for api in Api::each().await {
        let path = busy_phone(&api, &carrier().await).await;
        let held = hold(&api).await;
        let mut written = api.app.store.committed();
        asks_and_hangs_up(&api, caller(&path, "second", "%2B4915112345678")).await;
        drop(held);
        timeout(PATIENCE, written.recv()).await.expect("in time").expect("is written");
        let missed: Json = api.get("/api/v1/callbacks/missed").await.data(200).clone();
        assert_eq!(missed.as_array().expect("a list").len(), 1);
    }
}
