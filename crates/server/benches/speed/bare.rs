//! The bare limit: take a request, commit one row durably, send a request. The same HTTP server and client, the same
//! database with the same settings, and nothing decided.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, extract::State, http::StatusCode, routing::post};
use ringback_store::db::Db;
use tokio::{net::TcpListener, sync::mpsc};

use crate::{FREED, Spread, WARM_UP, client, pause};

#[derive(Clone)]
struct Bare {
    db: Db,
    http: reqwest::Client,
    target: Arc<str>,
}

pub(crate) async fn http_and_commit(database: &str) -> Spread {
    let db = Db::connect(database).await.expect("connects");
    db.maintain("create table bare (note text not null)").await.expect("creates");
    let (arrived, mut arrivals) = mpsc::channel(1);
    let target = serve(Router::new().route("/", post(move || arrive(arrived))), "/").await;
    let bare = Bare { db, http: client(), target: target.into() };
    let url = serve(Router::new().route("/", post(take)).with_state(bare.clone()), "/").await;
    let http = client();
    let mut took: Vec<Duration> = Vec::new();
    for _ in 0..FREED + WARM_UP {
        pause(3).await;
        let begun = Instant::now();
        let sent = tokio::spawn(http.post(&url).body("CallSid=1&Status=completed").send());
        let at: Instant = arrivals.recv().await.expect("arrives");
        took.push(at.duration_since(begun));
        sent.await.expect("sent").expect("taken");
    }
    bare.db.close().await;
    Spread::of(took.split_off(WARM_UP))
}

async fn arrive(arrived: mpsc::Sender<Instant>) -> StatusCode {
    arrived.send(Instant::now()).await.expect("somebody waits");
    StatusCode::OK
}

async fn take(State(bare): State<Bare>) -> StatusCode {
    const SQL: &str = "insert into bare (note) values ('ended')";
    let mut tx = bare.db.begin().await.expect("begins");
    tx.execute(SQL, vec![]).await.expect("inserts");
    tx.commit().await.expect("commits");
    tokio::spawn(bare.http.post(&*bare.target).body("From=1&CallerId=2").send());
    StatusCode::OK
}

async fn serve(router: Router, path: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}{path}")
}
