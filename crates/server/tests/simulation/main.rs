//! Invariants under fire: one seed is one run of the real dispatcher and store against the simulator, with a clock,
//! crashes, lost answers and events out of order, all drawn from the seed. A failing seed is printed and replays with
//! `RINGBACK_SEED=<seed> cargo test -p ringback-server --test simulation`.

mod check;
mod people;
mod scene;
mod world;

use check::Tally;
use world::World;

const STEPS: usize = 175;

fn seeds(default: u64) -> Vec<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match number("RINGBACK_SEED") {
        Some(seed) => vec![seed],
        None => (1..=number("RINGBACK_SEEDS").unwrap_or(default)).collect(),
    }
}

#[expect(clippy::print_stdout, reason = "what the runs met is their result")]
/// Runs the seeds, two at a time: the machine has few cores and each run is a sequence.
fn run_all(seeds: &[u64], scene: &scene::Engine) {
    let failed = std::sync::Mutex::new(Vec::new());
    let tally = std::sync::Mutex::new(Tally::default());
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(seed) = seeds.get(at) else { break };
                    match runtime.block_on(run(*seed, scene)) {
                        Ok(one) => tally.lock().expect("no panic holds it").add(&one),
                        Err(what) => failed.lock().expect("no panic holds it").push((*seed, what)),
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("no panic holds it");
    assert!(
        failed.is_empty(),
        "{} of {} seeds failed, {:?}; the first: RINGBACK_SEED={}\n{}",
        failed.len(),
        seeds.len(),
        failed.iter().map(|(seed, _)| seed).collect::<Vec<_>>(),
        failed[0].0,
        failed[0].1
    );
    let tally = tally.into_inner().expect("no panic holds it");
    println!("{} runs: {tally:?}", seeds.len());
    if seeds.len() >= 20 {
        tally.assert_everything_happened();
    }
    if seeds.len() >= 300 {
        assert!(tally.faults >= 10_000, "a carrier this friendly proves little: {} faults", tally.faults);
    }
}

async fn run(seed: u64, scene: &scene::Engine) -> Result<Tally, String> {
    let mut world = World::new(seed, scene).await;
    for _ in 0..STEPS {
        world.step().await;
        world.check().await.map_err(|what| world.story(&what))?;
    }
    world.calm_down().await;
    world.check_end().await.map_err(|what| world.story(&what))?;
    let tally = world.tally().await;
    world.close().await;
    Ok(tally)
}

#[test]
fn nothing_breaks_an_invariant_on_sqlite() {
    run_all(&seeds(300), &scene::Engine::Sqlite);
}

#[test]
fn nothing_breaks_an_invariant_on_postgres() {
    match std::env::var("RINGBACK_TEST_POSTGRES") {
        Ok(admin) => run_all(&seeds(50), &scene::Engine::Postgres { admin }),
        Err(_) => assert!(
            std::env::var_os("RINGBACK_TEST_SKIP_POSTGRES").is_some(),
            "RINGBACK_TEST_POSTGRES names no server; run `cargo xtask test`, or skip with RINGBACK_TEST_SKIP_POSTGRES=1"
        ),
    }
}

#[test]
fn one_seed_is_one_run() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let story = || {
        runtime.block_on(async {
            let mut world = World::new(7, &scene::Engine::Sqlite).await;
            for _ in 0..STEPS {
                world.step().await;
            }
            let story = world.story("");
            world.close().await;
            story
        })
    };
    assert_eq!(story(), story());
}
