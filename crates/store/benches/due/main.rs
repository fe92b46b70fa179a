//! How fast time acts: so many callbacks due in the same minute, each warned of, overdue and handed up once, while others
//! are claimed for dialing; and how long one assignment takes. Prints a table; writes `target/bench/due.json`.
//!
//! `cargo xtask bench due`; `RINGBACK_BENCH_DUE` is the number of callbacks (100,000), PostgreSQL is measured when
//! `RINGBACK_TEST_POSTGRES` names a server.

#[path = "../database.rs"]
mod database;
#[path = "../report.rs"]
mod report;
mod seed;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use report::{Row, median};
use ringback_domain::{assignment::Strategy, ids::CallbackId};
use ringback_store::{Node, Patience, Store, ToAct, db::Db};
use seed::{Scene, due, now};

/// As the clock's loop looks for them.
const PER_LOOK: u32 = 1000;

#[tokio::main]
async fn main() {
    let number = std::env::var("RINGBACK_BENCH_DUE").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let mut rows = Vec::new();
    for url in engines().await {
        let db = Db::connect(&url).await.expect("connects");
        let store = Arc::new(Store::new(db, Node { name: "bench".into(), run: uuid::Uuid::nil() }, Patience::default(), Some(1)));
        store.migrate().await.expect("migrates");
        measure(&store, number, &mut rows).await;
    }
    report::print("due", &rows);
}

async fn measure(store: &Arc<Store>, number: usize, rows: &mut Vec<Row>) {
    let engine = store.db().engine();
    let mut row = |what: String, value: f64, unit, bound: Option<(&str, bool)>| {
        rows.push(Row { engine, what, value, unit, bound: bound.map(|b| b.0.to_owned()), holds: bound.map(|b| b.1) });
    };
    let scene = seed::scene(store, number).await;

    let assigned = assignments(store, &scene).await;
    row("assignment, p50".to_owned(), of_rounds(&assigned, 50), "ms", None);
    let p99 = of_rounds(&assigned, 99);
    row("assignment, p99".to_owned(), p99, "ms", Some(("<= 25", p99 <= 25.0)));

    // About as long as what is due takes: a hundredth of ten seconds are five claims.
    let calm = claims_during(store, &scene, async |_| nothing_for(Duration::from_secs(24)).await).await.0;
    let (busy, took) = claims_during(store, &scene, async |store| until_nothing_is_due(store).await).await;
    row(format!("{number} due at once, all told"), took.as_secs_f64(), "s", Some(("<= 30", took.as_secs_f64() <= 30.0)));
    row("claim meanwhile, p50".to_owned(), of_rounds(&busy, 50), "ms", None);
    let (calm, busy) = (of_rounds(&calm, 99), of_rounds(&busy, 99));
    row("claim in calm, p99".to_owned(), calm, "ms", None);
    row("claim meanwhile, p99".to_owned(), busy, "ms", None);
    row("claim p99 meanwhile / in calm".to_owned(), busy / calm, "", Some(("<= 2", busy <= 2.0 * calm)));
    for kind in ["callback.due_soon", "callback.overdue", "callback.escalated"] {
        let told = seed::events(store, kind).await;
        #[expect(clippy::cast_precision_loss, reason = "thousands")]
        row(format!("{kind} told"), told as f64, "", Some(("each once", usize::try_from(told) == Ok(number))));
    }
}

async fn nothing_for(long: Duration) {
    let _ = tokio::time::timeout(long, std::future::pending::<()>()).await;
}

/// Everything that is due, as the clock's loop does it.
async fn until_nothing_is_due(store: &Store) {
    let mut last: Option<ToAct> = None;
    loop {
        let found = store.callbacks_to_act(last.as_ref(), PER_LOOK, due()).await.expect("reads");
        for some in found.chunks(store.acted_on_at_once()) {
            store.act_on(some[0].company_id, some, due()).await.expect("acts");
            tokio::task::yield_now().await;
        }
        last = found.last().copied();
        if last.is_none() && store.callbacks_to_act(None, 1, due()).await.expect("reads").is_empty() {
            return;
        }
    }
}

/// How long each claim takes while something else goes on, 50 a second, and how long that took.
async fn claims_during(store: &Arc<Store>, scene: &Scene, other: impl AsyncFnOnce(&Store)) -> (Vec<Duration>, Duration) {
    let stop = Arc::new(AtomicBool::new(false));
    let claiming = tokio::spawn({
        let (store, stop, phones) = (Arc::clone(store), Arc::clone(&stop), scene.phones.clone());
        async move {
            let mut took = Vec::new();
            let mut beat = tokio::time::interval(Duration::from_millis(20));
            for phone in phones.iter().cycle() {
                beat.tick().await;
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let started = Instant::now();
                let claim = store.claim_next(*phone, now()).await.expect("claims").expect("somebody waits");
                took.push(started.elapsed());
                database::undo(&store, &claim).await;
            }
            took
        }
    });
    let started = Instant::now();
    other(store).await;
    let elapsed = started.elapsed();
    stop.store(true, Ordering::Relaxed);
    (claiming.await.expect("claims"), elapsed)
}

/// 400 assignments, two at a time, after 30 to warm up.
async fn assignments(store: &Arc<Store>, scene: &Scene) -> Vec<Duration> {
    let mut took = Vec::new();
    for (nth, some) in scene.unassigned.chunks(2).enumerate() {
        let mut people = tokio::task::JoinSet::new();
        for callback in some.iter().copied() {
            people.spawn(assign(Arc::clone(store), scene.company, callback));
        }
        let these = people.join_all().await;
        if nth >= 15 {
            took.extend(these);
        }
    }
    took
}

async fn assign(store: Arc<Store>, company: ringback_domain::ids::CompanyId, callback: CallbackId) -> Duration {
    let started = Instant::now();
    let assigned = store.tenant(company).auto_assign(callback, Strategy::Relationship, None, "bench", now()).await;
    assert!(assigned.expect("assigns").is_some());
    started.elapsed()
}

/// Milliseconds: of three rounds, one after the other, the median one, because the machine's speed drifts.
fn of_rounds(took: &[Duration], percent: usize) -> f64 {
    let percentile = |round: &[Duration]| {
        let mut sorted = round.to_vec();
        sorted.sort_unstable();
        sorted.get(sorted.len() * percent / 100).map_or(f64::NAN, |it| it.as_secs_f64() * 1000.0)
    };
    median(took.chunks(took.len().div_ceil(3).max(1)).map(percentile).collect())
}

async fn engines() -> Vec<String> {
    let dir = std::env::temp_dir().join(format!("ringback-bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a temporary directory");
    let mut urls = vec![format!("sqlite:{}", dir.join("due.db").display())];
    if let Ok(admin) = std::env::var("RINGBACK_TEST_POSTGRES") {
        urls.push(database::fresh_postgres(&admin, "due").await);
    }
    urls
}
