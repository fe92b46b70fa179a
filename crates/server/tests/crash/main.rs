//! Real crashes and a hostile carrier: the real process, killed at random moments while a carrier and callers go on, and
//! a carrier that fails in every way it can. Afterwards nothing is lost, nobody was dialed twice, no phone ever carried
//! more calls than it has channels, and no lease is left. While it is killed, people ask to be called back over the API,
//! promises become due, are handed up and expire: no event is doubled or lost, and nobody is forgotten.
//!
//! `RINGBACK_KILLS` and `RINGBACK_FAULTS` raise the numbers; `cargo xtask bench crash` does.

#![expect(clippy::print_stdout, reason = "what the runs met is part of their result")]

mod books;
mod line;
mod office;
mod process;
mod promises;

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use line::{Line, Mischief};
use office::Office;
use process::Server;
use rand::{RngExt as _, SeedableRng, rngs::StdRng};
use ringback_domain::event::EventType;

/// Of the server: it asks the carrier soon.
const SETTINGS: &[(&str, &str)] =
    &[("RINGBACK_CARRIER_TIMEOUT_SECONDS", "1"), ("RINGBACK_EVENT_PATIENCE_SECONDS", "2"), ("RINGBACK_UNKNOWN_HORIZON_SECONDS", "6")];

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn with_runtime(test: impl AsyncFnOnce()) {
    static CRYPTOGRAPHY: std::sync::Once = std::sync::Once::new();
    CRYPTOGRAPHY.call_once(|| rustls::crypto::ring::default_provider().install_default().expect("first"));
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime").block_on(test());
}

/// The process lives in real time, and so must whoever waits for it.
#[expect(clippy::disallowed_methods, reason = "there is no clock of the killed process to move")]
async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

async fn killed_again_and_again(database: &str, kills: usize) {
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut server = Server::start(database, 3, true).await;
    let line = Line::open(&server, Mischief::None).await;
    let office = Office::open(&server).await;
    let callers = line.ring_for_ever(25);
    let work = office.work_for_ever();
    let (mut slowest_start, mut slowest) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..kills {
        pause(random.random_range(30..450)).await;
        server.kill();
        let started = Instant::now();
        server.start_again().await;
        slowest_start = slowest_start.max(started.elapsed());
        let dials = line.carrier.dials().len();
        line.until_work_resumes(&server, dials, started).await;
        slowest = slowest.max(started.elapsed());
    }
    callers.stop().await;
    office.closes(work).await;
    line.until_quiet(&server).await;
    promises::until_time_has_acted(&server).await;
    println!(
        "{kills} kills, {} callers, {} dials; slowest start {slowest_start:?}, slowest resumption {slowest:?}",
        line.books.callers(),
        line.carrier.dials().len()
    );
    line.check(&server).await;
    let told = promises::check(&server, &office).await;
    println!("{} requests over the API; told: {told:?}", office.promises().len());
    for kind in [
        EventType::CallbackAssigned,
        EventType::CallbackDueSoon,
        EventType::CallbackOverdue,
        EventType::CallbackEscalated,
        EventType::CallbackExpired,
        EventType::CallbackCompleted,
        EventType::CallbackCancelled,
    ] {
        assert!(told.contains_key(&kind), "{kind} never happened, and what does not happen proves nothing");
    }
}

async fn mistreated(database: &str, faults: usize) {
    // Without the breaker, which would rightly stop such a carrier for a minute each time.
    let server = Server::start(database, 8, false).await;
    let line = Line::open(&server, Mischief::Everything).await;
    let callers = line.ring_for_ever(12);
    let begun = Instant::now();
    while line.books.faults() < faults {
        pause(50).await;
        assert!(begun.elapsed() < Duration::from_mins(5), "only {} faults in five minutes", line.books.faults());
    }
    callers.stop().await;
    line.behave();
    line.until_quiet(&server).await;
    let kinds: HashMap<_, _> = line.books.fault_kinds();
    println!("{} faults {kinds:?}, {} callers, {} dials", line.books.faults(), line.books.callers(), line.carrier.dials().len());
    line.check(&server).await;
}

/// One test after the other on each engine: two would measure each other.
fn on_both(test: &impl AsyncFn(&str)) {
    with_runtime(async || {
        let dir = std::env::temp_dir().join(format!("ringback-crash-{:016x}", rand::random::<u64>()));
        std::fs::create_dir_all(&dir).expect("a temporary directory");
        test(&format!("sqlite:{}", dir.join("ringback.db").display())).await;
        std::fs::remove_dir_all(&dir).expect("removed");
        match std::env::var("RINGBACK_TEST_POSTGRES") {
            Ok(server) => {
                let (server, _) = server.rsplit_once('/').expect("postgres://…/DATABASE");
                test(&format!("{server}/ringback_crash_{:016x}", rand::random::<u64>())).await;
            }
            Err(_) => assert!(
                std::env::var_os("RINGBACK_TEST_SKIP_POSTGRES").is_some(),
                "RINGBACK_TEST_POSTGRES names no server; run `cargo xtask test`, or skip with RINGBACK_TEST_SKIP_POSTGRES=1"
            ),
        }
    });
}

#[test]
fn a_killed_process_loses_nothing_and_dials_nobody_twice() {
    on_both(&async |database| killed_again_and_again(database, number("RINGBACK_KILLS", 30)).await);
}

#[test]
fn a_hostile_carrier_gets_nobody_dialed_twice_and_nothing_lost() {
    on_both(&async |database| mistreated(database, number("RINGBACK_FAULTS", 300)).await);
}
