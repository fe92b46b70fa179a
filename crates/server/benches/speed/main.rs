//! How fast the real process is, on each engine: from a freed channel to the dial request at the carrier, from an inbound
//! call to its answer, idle with ten thousand phones, and from start to ready. Ratios are against a bare loop in the
//! same run. `cargo xtask bench speed`.

mod bare;
mod caller;
mod idle;
#[path = "../../tests/crash/process.rs"]
mod process;
#[path = "../../../store/benches/report.rs"]
mod report;

use std::time::{Duration, Instant};

use caller::Caller;
use process::{SID, Server};
use report::{Row, median};
use ringback_telephony::fakes::{Account, Encoding, Ending, FakeExotel};

/// Of the server: those that everybody has who changes none.
const SETTINGS: &[(&str, &str)] = &[];

const FREED: usize = 400;
const WARM_UP: usize = 50;

#[expect(clippy::disallowed_methods, reason = "the measured process lives in real time")]
async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

#[tokio::main]
async fn main() {
    rustls::crypto::ring::default_provider().install_default().expect("first");
    let mut rows = Vec::new();
    let dir = std::env::temp_dir().join(format!("ringback-speed-{:016x}", rand::random::<u64>()));
    std::fs::create_dir_all(&dir).expect("a temporary directory");
    measure("sqlite", &|name| format!("sqlite:{}", dir.join(format!("{name}.db")).display()), &mut rows).await;
    if let Ok(admin) = std::env::var("RINGBACK_TEST_POSTGRES") {
        let (server, _) = admin.rsplit_once('/').expect("postgres://…/DATABASE");
        let stamp: u32 = rand::random();
        measure("postgres", &|name| format!("{server}/ringback_speed_{name}_{stamp:08x}"), &mut rows).await;
    }
    report::print("speed", &rows);
    std::fs::remove_dir_all(dir).expect("removed");
}

/// Percentiles of a measurement, in milliseconds.
struct Spread {
    p50: f64,
    p99: f64,
}

impl Spread {
    fn of(mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        let at = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)].as_secs_f64() * 1000.0;
        Self { p50: at(50), p99: at(99) }
    }
}

async fn measure(engine: &'static str, database: &dyn Fn(&str) -> String, rows: &mut Vec<Row>) {
    let mut row = |what: &str, value: f64, unit, bound: Option<(String, bool)>| {
        let (bound, holds) = bound.map_or((None, None), |(bound, holds)| (Some(bound), Some(holds)));
        rows.push(Row { engine, what: what.to_owned(), value, unit, bound, holds });
    };
    let at_most = |value: f64, bound: f64| Some((format!("<= {bound:.1}"), value <= bound));

    let bare = bare::http_and_commit(&database("bare")).await;
    row("bare HTTP + commit + HTTP, p50", bare.p50, "ms", None);
    row("bare HTTP + commit + HTTP, p99", bare.p99, "ms", None);
    let freed = freed_to_dial(&database("freed")).await;
    row("channel freed to dial request, p50", freed.p50, "ms", at_most(freed.p50, 3.0));
    row("channel freed to dial request, p99", freed.p99, "ms", at_most(freed.p99, (2.0 * bare.p99).max(8.0)));
    row("channel freed to dial request, p50 / bare p50", freed.p50 / bare.p50, "", None);

    let quiet = inbound(&database("quiet"), 1, 0).await;
    row("inbound call to answer, unloaded, p50", quiet.p50, "ms", at_most(quiet.p50, 1.5));
    row("inbound call to answer, unloaded, p99", quiet.p99, "ms", None);
    let busy = inbound(&database("busy"), 100, 500).await;
    row("inbound call to answer, 100 phones ring, p50", busy.p50, "ms", None);
    row("inbound call to answer, 100 phones ring, p99", busy.p99, "ms", at_most(busy.p99, 15.0));

    let (seconds, lost) = plan_load(&database("load")).await;
    row("100 missed calls on 10 phones drained in", seconds, "s", None);
    #[expect(clippy::cast_precision_loss, reason = "a hundred")]
    row("of them lost", lost as f64, "", at_most(lost as f64, 0.0));

    let idle = idle::measure(&database("idle")).await;
    row("start to ready", idle.start_millis, "ms", at_most(idle.start_millis, 150.0));
    row("resident, idle", idle.resident_mib, "MiB", at_most(idle.resident_mib, 40.0));
    row("of a core, idle, 10,000 phones", idle.core_percent, "%", at_most(idle.core_percent, 1.0));
}

async fn carrier() -> FakeExotel {
    let account = Account { sid: SID.to_owned(), user: "key".to_owned(), password: "token".to_owned() };
    FakeExotel::start(account).await.expect("a fake carrier")
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("a client")
}

/// A phone whose channels are busy and a queue behind it: each end of a call frees a channel and dials the next.
async fn freed_to_dial(database: &str) -> Spread {
    let server = Server::start(database, 1, true).await;
    let (carrier, http) = (carrier().await, client());
    let (_, ingress) = server.connect_phone(0, &carrier.base_url()).await;
    let mut callers = Caller::at(&ingress).await;
    for nth in 0..FREED + WARM_UP + 2 {
        callers.rings(nth).await;
    }
    // The two who got a channel hang up; from here on the phone calls back.
    for nth in 0..2 {
        let ended = format!("{ingress}/ended?CallSid=in-{nth}&CallType=completed&DialCallDuration=9");
        http.get(ended).send().await.expect("taken");
    }
    let mut took = Vec::new();
    for nth in 0..FREED + WARM_UP - 2 {
        let dials = carrier.wait_for_dials(nth + 2).await;
        // The answers to the two dials before are written; what is measured begins with the end of the older one.
        pause(3).await;
        let begun = Instant::now();
        let finished = tokio::spawn({
            let (carrier, sid) = (carrier.clone(), dials[nth].call_sid.clone());
            async move { carrier.finish(&sid, &Ending::talked(30), Encoding::Urlencoded).await }
        });
        let dials = carrier.wait_for_dials(nth + 3).await;
        took.push(dials[nth + 2].at.duration_since(begun));
        finished.await.expect("posted").expect("taken");
    }
    Spread::of(took.split_off(WARM_UP))
}

/// `phones` ring, each every `millis` (0: as fast as answers come).
async fn inbound(database: &str, phones: usize, millis: u64) -> Spread {
    let server = Server::start(database, phones, true).await;
    let carrier = carrier().await;
    let mut tasks = Vec::new();
    for phone in 0..phones {
        let (_, ingress) = server.connect_phone(phone, &carrier.base_url()).await;
        tasks.push(ingress);
    }
    let rounds = if phones == 1 { 400 } else { 12 };
    let tasks: Vec<_> = tasks
        .into_iter()
        .enumerate()
        .map(|(phone, ingress)| {
            tokio::spawn(async move {
                let mut callers = Caller::at(&ingress).await;
                let mut took = Vec::new();
                // Not all in the same moment.
                pause(millis * phone as u64 / 100).await;
                for round in 0..rounds {
                    let begun = Instant::now();
                    callers.rings(phone * 1000 + round).await;
                    took.push(begun.elapsed());
                    pause(millis.max(2)).await;
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        let mut one = task.await.expect("rang");
        // Connections and statements are prepared by the first two.
        took.append(&mut one.split_off(2));
    }
    Spread::of(took)
}

/// The plan's load: a hundred callers on ten full phones, all called back. Seconds, and how many were not.
async fn plan_load(database: &str) -> (f64, usize) {
    let server = Server::start(database, 10, true).await;
    let (carrier, http) = (carrier().await, client());
    let mut phones = Vec::new();
    for phone in 0..10 {
        phones.push(server.connect_phone(phone, &carrier.base_url()).await.1);
    }
    for nth in 0..120 {
        Caller::at(&phones[nth % 10]).await.rings(nth).await;
    }
    let begun = Instant::now();
    for nth in 0..20 {
        let ended = format!("{}/ended?CallSid=in-{nth}&CallType=completed&DialCallDuration=9", phones[nth % 10]);
        http.get(ended).send().await.expect("taken");
    }
    let mut done = 0;
    while done < 100 {
        let waited = tokio::time::timeout(Duration::from_secs(10), carrier.wait_for_dials(done + 1)).await;
        let Ok(dials) = waited else { break };
        for dial in &dials[done..] {
            carrier.finish(&dial.call_sid, &Ending::talked(30), Encoding::Json).await.expect("taken");
        }
        done = dials.len();
    }
    (begun.elapsed().as_secs_f64(), 100_usize.saturating_sub(done))
}
