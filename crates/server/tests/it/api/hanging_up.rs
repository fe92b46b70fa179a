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
use ringback_telephony::fakes::FakeExotel;
use tokio::{sync::Notify, time::timeout};
use tower::ServiceExt as _;

use super::{
    bench::{Api, request},
    carriers::{caller, carrier, phone, rings},
};

pub(super) const PATIENCE: Duration = Duration::from_secs(20);

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
pub(super) async fn asks_and_hangs_up(api: &Api, request: Request<Body>) {
    let clock = Arc::new(Watched { clock: Arc::clone(&api.app.clock), asked: Notify::new() });
    let App { store, carriers, vault, public_url, .. } = api.app.clone();
    let app = App::new(store, Arc::clone(&clock) as Arc<dyn Clock>, carriers, vault, &public_url);
    tokio::select! {
        answer = router(app).oneshot(request) => panic!("nobody held it up: {answer:?}"),
        () = clock.asked.notified() => {}
    }
}

/// Holds the phone's row on PostgreSQL, the only writer on SQLite.
pub(super) async fn hold(api: &Api) -> Tx {
    let mut tx = api.app.store.db().begin().await.expect("begins");
    tx.execute("update phone_dialing set fence = fence", vec![]).await.expect("executes");
    tx
}

/// A phone with one channel, which a caller has; where it is reached.
async fn busy_phone(api: &Api, carrier: &FakeExotel) -> String {
    let (path, _) = phone(api, carrier, 1, false).await;
    assert_eq!(rings(api, &path, "first", "%2B4930901821").await, 200);
    path
}

#[tokio::test]
async fn the_end_of_a_call_is_kept_and_the_next_one_dialed_when_the_carrier_hangs_up_meanwhile() {
    for api in Api::each().await {
        let carrier = carrier().await;
        let path = busy_phone(&api, &carrier).await;
        assert_eq!(rings(&api, &path, "second", "%2B4915112345678").await, 302);
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
        let missed = api.get("/api/v1/callbacks/missed").await;
        assert_eq!(missed.data(200).as_array().map(Vec::len), Some(1));
    }
}
