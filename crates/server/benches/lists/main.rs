//! How fast lists of callbacks are, with a thousand and with a million of them: every tab, every filter, every order, a search
//! and the counts of the tabs, over HTTP against the real process; with a million also right after a change each, when nothing is
//! remembered. Prints a table; writes `target/bench/lists.json`.
//!
//! `cargo xtask bench lists`; `RINGBACK_BENCH_LISTS` is the larger number (1,000,000).

#[allow(dead_code, reason = "the crash tests need more of it")]
#[path = "../../tests/crash/process.rs"]
mod process;
#[path = "../../../store/benches/report.rs"]
mod report;
mod seed;

use std::time::{Duration, Instant};

use process::Server;
use report::{Row, median};
use seed::Scene;

/// Of the server: those that everybody has who changes none.
const SETTINGS: &[(&str, &str)] = &[];

const FEW: u32 = 1_000;
/// Here most totals have reached the ten thousand up to which they are exact: from here on a list has no more to count.
const ENOUGH: u32 = 100_000;
const WARM_UP: usize = 10;
const ROUND: usize = 60;
const ROUNDS: usize = 3;

#[expect(clippy::disallowed_methods, reason = "the measured process lives in real time")]
async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

#[tokio::main]
async fn main() {
    rustls::crypto::ring::default_provider().install_default().expect("first");
    let many = std::env::var("RINGBACK_BENCH_LISTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let mut rows = Vec::new();
    let dir = std::env::temp_dir().join(format!("ringback-lists-{:016x}", rand::random::<u64>()));
    std::fs::create_dir_all(&dir).expect("a temporary directory");
    measure("sqlite", many, &|name| format!("sqlite:{}", dir.join(format!("{name}.db")).display()), &mut rows).await;
    if let Ok(admin) = std::env::var("RINGBACK_TEST_POSTGRES") {
        let (server, _) = admin.rsplit_once('/').expect("postgres://…/DATABASE");
        let stamp: u32 = rand::random();
        measure("postgres", many, &|name| format!("{server}/ringback_lists_{name}_{stamp:08x}"), &mut rows).await;
    }
    report::print("lists", &rows);
    std::fs::remove_dir_all(dir).expect("removed");
}

async fn measure(engine: &'static str, many: u32, database: &dyn Fn(&str) -> String, rows: &mut Vec<Row>) {
    let mut row = |what: String, value: f64, unit, bound: Option<(&str, bool)>| {
        rows.push(Row { engine, what, value, unit, bound: bound.map(|b| b.0.to_owned()), holds: bound.map(|b| b.1) });
    };
    let (few_server, few) = serve(&database("few"), FEW).await;
    let (enough_server, enough) = serve(&database("enough"), ENOUGH).await;
    let (many_server, scene) = serve(&database("many"), many).await;
    for (nth, question) in questions(&scene).into_iter().enumerate() {
        let few = p95(&few_server, &few, &questions(&few)[nth], Before::Nothing).await;
        let enough = p95(&enough_server, &enough, &questions(&enough)[nth], Before::Nothing).await;
        let many = p95(&many_server, &scene, &question, Before::Nothing).await;
        let anew = p95(&many_server, &scene, &question, Before::Change).await;
        tell(&format!("{engine} {}: {few:.2} ms, {enough:.2} ms, {many:.2} ms, after a change {anew:.2} ms", question.name));
        row(format!("{}, p95 of {FEW}", question.name), few, "ms", None);
        row(format!("{}, p95 of {}", question.name, scene.callbacks), many, "ms", Some(("<= 20", many <= 20.0)));
        row(format!("{}, p95 of {} after a change", question.name, scene.callbacks), anew, "ms", Some(("<= 20", anew <= 20.0)));
        row(format!("{}, ratio", question.name), many / few, "", Some(("<= 1.5", many <= 1.5 * few)));
        row(format!("{}, ratio to {ENOUGH}", question.name), many / enough, "", None);
    }
}

#[expect(clippy::print_stderr, reason = "a long run shows how far it is")]
fn tell(line: &str) {
    eprintln!("{line}");
}

async fn serve(database: &str, callbacks: u32) -> (Server, Scene) {
    let mut server = Server::start(database, 0, true).await;
    server.kill();
    let begun = Instant::now();
    let scene = seed::scene(database, callbacks).await;
    tell(&format!("seeded {callbacks} callbacks in {:.0} s", begun.elapsed().as_secs_f64()));
    server.start_again().await;
    let token =
        ["token", "create", "--company", "salon", "--name", "me", "--scope", "write", "--rate-limit", "1000000", "--staff", seed::ME];
    server.token = server.command(&token);
    (server, scene)
}

/// What happens before each request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Change,
}

struct Question {
    name: String,
    path: String,
}

fn questions(scene: &Scene) -> Vec<Question> {
    let Scene { staff, branch, service, long_ago, .. } = scene;
    // Of a thousand the last that is full: they have no page 400.
    let far = (scene.callbacks / 20 - 2).min(400);
    let lists = [
        "tab=all",
        "tab=mine",
        "tab=unassigned",
        "tab=today",
        "tab=critical",
        "tab=overdue",
        "tab=completed",
        "status=pending",
        "status=contacted",
        "status=expired",
        "status=cancelled",
        "priority=urgent",
        "priority=normal",
        "source=missed_call",
        "source=api",
        "assigned_to=none",
        "overdue=true",
        "overdue=false",
        "overdue=true&sort=created_at",
        "overdue=true&sort=-due_at",
        "overdue=true&sort=priority",
        "tab=critical&priority=high",
        "tab=mine&sort=due_at",
        "tab=mine&sort=created_at",
        "tab=unassigned&sort=due_at",
        "tab=unassigned&sort=priority",
        "status=pending&sort=due_at",
        "status=pending&sort=-priority",
        "status=contacted&sort=priority",
        "priority=normal&sort=-priority",
        "trashed=true",
        "sort=due_at",
        "sort=-due_at",
        "sort=priority",
        "sort=-priority",
        "sort=created_at",
        "per_page=100",
        "q=lena",
        "q=le",
        "q=brandt0012",
        "q=0000123",
        "q=%2B491590",
        "include=customer,branch,service,staff",
    ];
    let lists = lists.map(|query| Question { name: query.to_owned(), path: format!("/callbacks?{query}") });
    let of_scene = [
        ("assigned_to=ID", format!("assigned_to={staff}")),
        ("branch_id=ID", format!("branch_id={branch}")),
        ("service_id=ID", format!("service_id={service}")),
        ("created_to=long ago", format!("created_to={long_ago}")),
        ("page far behind", format!("page={far}")),
    ];
    let of_scene = of_scene.map(|(name, query)| Question { name: name.to_owned(), path: format!("/callbacks?{query}") });
    let counts = Question { name: "counts of all tabs".to_owned(), path: "/callbacks/tabs".to_owned() };
    lists.into_iter().chain(of_scene).chain([counts]).collect()
}

/// The 95th percentile, in milliseconds; of several rounds the median one, because the machine's speed drifts.
async fn p95(server: &Server, scene: &Scene, question: &Question, before: Before) -> f64 {
    let url = format!("{}/api/v1{}", server.url, question.path);
    let mut rounds = Vec::new();
    for nth in 0..WARM_UP + ROUNDS * ROUND {
        if before == Before::Change {
            let one = format!("{}/api/v1/callbacks/{}", server.url, scene.open);
            let topic = serde_json::json!({ "topic": format!("Change {nth}") });
            let changed = server.http.patch(one).bearer_auth(&server.token).json(&topic).send().await.expect("answers");
            assert!(changed.status().is_success(), "{}", changed.status());
        }
        let begun = Instant::now();
        let answer = server.http.get(&url).bearer_auth(&server.token).send().await.expect("answers");
        let status = answer.status();
        let body = answer.bytes().await.expect("a body");
        let took = begun.elapsed();
        assert!(status.is_success(), "{}: {status} {}", question.path, String::from_utf8_lossy(&body));
        if nth == 0 {
            scene.check(&question.name, &body);
        }
        if nth >= WARM_UP {
            rounds.push(took);
        }
    }
    let p95 = |round: &[Duration]| {
        let mut round = round.to_vec();
        round.sort_unstable();
        round[round.len() * 95 / 100].as_secs_f64() * 1000.0
    };
    median(rounds.chunks(ROUND).map(p95).collect())
}
