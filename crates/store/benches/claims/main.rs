//! How fast attempts are claimed, and whether it stays so: against a bare loop of the same statements, with a thousand
//! and a million waiting, with ten and ten thousand phones. Prints a table; writes `target/bench/claims.json`.
//!
//! `cargo xtask bench claims`; PostgreSQL is measured when `RINGBACK_TEST_POSTGRES` names a server.

mod bare;
#[path = "../database.rs"]
mod database;
#[path = "../report.rs"]
mod report;
mod seed;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use report::{Row, median};
use ringback_domain::ids::PhoneId;
use ringback_store::{Node, Patience, Store, db::Db};
use seed::{Scene, now};

const WORKERS: usize = 8;
const P99_ROUNDS: usize = 9;

#[tokio::main]
async fn main() {
    let mut rows = Vec::new();
    for url in engines().await {
        let db = Db::connect(&url).await.expect("connects");
        let store = Arc::new(Store::new(db, Node { name: "bench".into(), run: uuid::Uuid::nil() }, Patience::default(), Some(1)));
        store.migrate().await.expect("migrates");
        measure(&store, &mut rows).await;
    }
    report::print("claims", &rows);
}

async fn measure(store: &Arc<Store>, rows: &mut Vec<Row>) {
    let engine = store.db().engine();
    let mut row = |what: &str, value: f64, unit, bound: Option<(&str, bool)>| {
        rows.push(Row { engine, what: what.to_owned(), value, unit, bound: bound.map(|b| b.0.to_owned()), holds: bound.map(|b| b.1) });
    };

    // Rounds alternate, because the machine's speed drifts; the median round counts.
    let (mut ours, mut bares) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let phones = seed::scene(store, Scene { phones: 40, channels: 100, attempts: 4000 }).await;
        let claiming = Arc::clone(store);
        let claim = move |phone| {
            let store = Arc::clone(&claiming);
            async move { store.claim_next(phone, now()).await.expect("claims").is_some() }
        };
        ours.push(rate(&phones, claim).await);
        let phones = seed::scene(store, Scene { phones: 40, channels: 100, attempts: 4000 }).await;
        let bare = Arc::new(bare::Bare::new(store.db()));
        let claim = move |phone| {
            let bare = Arc::clone(&bare);
            async move { bare.claim(phone).await }
        };
        bares.push(rate(&phones, claim).await);
    }
    let (ours, bare) = (median(ours), median(bares));
    row("claims, 8 workers", ours, "/s", None);
    row("bare loop of the same statements", bare, "/s", None);
    row("ratio", ours / bare, "", Some((">= 0.7", ours / bare >= 0.7)));

    let few_phones = p99(store, Scene { phones: 10, channels: 50, attempts: 500 }, row_label(&mut row, "claim, 10 phones")).await;
    let many_phones =
        p99(store, Scene { phones: 10_000, channels: 2, attempts: 20_000 }, row_label(&mut row, "claim, 10,000 phones")).await;
    row("p99 at 10,000 phones / at 10", many_phones / few_phones, "", Some(("<= 2", many_phones / few_phones <= 2.0)));
    let thousand = p99(store, Scene { phones: 10, channels: 50, attempts: 1000 }, row_label(&mut row, "claim, 1,000 waiting")).await;
    let million =
        p99(store, Scene { phones: 10, channels: 50, attempts: 1_000_000 }, row_label(&mut row, "claim, 1,000,000 waiting")).await;
    row("p99 at 1,000,000 waiting / at 1,000", million / thousand, "", Some(("<= 1.3", million / thousand <= 1.3)));
}

fn row_label<'a>(row: &'a mut impl FnMut(&str, f64, &'static str, Option<(&str, bool)>), what: &'a str) -> impl FnMut(&str, f64) + 'a {
    move |percentile, millis| row(&format!("{what}, {percentile}"), millis, "ms", None)
}

/// Claims per second with all workers at it, each round over all phones until nothing is left.
async fn rate<F: Future<Output = bool> + Send + 'static>(
    phones: &[PhoneId],
    claim: impl Fn(PhoneId) -> F + Send + Sync + Clone + 'static,
) -> f64 {
    let claimed = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let workers: Vec<_> = (0..WORKERS)
        .map(|worker| {
            let (phones, claim, claimed) = (phones.to_vec(), claim.clone(), Arc::clone(&claimed));
            tokio::spawn(async move {
                let mut open: Vec<_> = phones.iter().skip(worker).step_by(WORKERS).copied().collect();
                while !open.is_empty() {
                    let mut still = Vec::with_capacity(open.len());
                    for phone in open {
                        if claim(phone).await {
                            claimed.fetch_add(1, Ordering::Relaxed);
                            still.push(phone);
                        }
                    }
                    open = still;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("a worker");
    }
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let claimed = claimed.load(Ordering::Relaxed) as f64;
    claimed / started.elapsed().as_secs_f64()
}

/// The 99th percentile of one claim, in milliseconds, one worker: 400 claims after 50 to warm up; the median of many rounds,
/// because a hundredth of 400 is four claims.
async fn p99(store: &Arc<Store>, scene: Scene, mut row: impl FnMut(&str, f64)) -> f64 {
    let phones = seed::scene(store, scene).await;
    let (mut p50s, mut p99s) = (Vec::new(), Vec::new());
    for _ in 0..P99_ROUNDS {
        let mut took: Vec<Duration> = Vec::new();
        'claims: for phone in phones.iter().cycle().take(450) {
            let started = Instant::now();
            let Some(claim) = store.claim_next(*phone, now()).await.expect("claims") else { break 'claims };
            took.push(started.elapsed());
            database::undo(store, &claim).await;
        }
        took.drain(..50.min(took.len()));
        took.sort_unstable();
        p50s.push(took[took.len() / 2].as_secs_f64() * 1000.0);
        p99s.push(took[took.len() * 99 / 100].as_secs_f64() * 1000.0);
    }
    let (p50, p99) = (median(p50s), median(p99s));
    row("p50", p50);
    row("p99", p99);
    p99
}

async fn engines() -> Vec<String> {
    let dir = std::env::temp_dir().join(format!("ringback-bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a temporary directory");
    let mut urls = vec![format!("sqlite:{}", dir.join("claims.db").display())];
    if let Ok(admin) = std::env::var("RINGBACK_TEST_POSTGRES") {
        urls.push(database::fresh_postgres(&admin, "claims").await);
    }
    urls
}
