//! Schemathesis against the running server: thousands of requests made from the OpenAPI document, good ones and bad ones, and
//! each answer held against what the document promises.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::keeper::{Kept, free_port};
use crate::needs::not_run;
use crate::step::run_aloud;
use crate::tools;
use crate::workspace::{cargo, command, output_of, root, target_dir};

const FOLDER: &str = "crates/server/tests/openapi";
/// With fewer it has not made what it can make.
const FEWEST_CASES: u64 = 5000;

/// Only a failed attempt is tried again, and when one fails is up to the carrier.
const MAY_REFUSE_ALL: &str = "POST /api/v1/callbacks/missed/{id}/retry";

/// In a new SQLite database, or in the empty one that `RINGBACK_DATABASE_URL` names (with `RINGBACK_SECRET_KEY`).
pub(crate) fn against_the_server() -> Result<()> {
    let packages = tools::python_packages("schemathesis", FOLDER).map_err(not_run)?;
    run_aloud(cargo(["build"]).args(["--quiet", "--package", "ringback-server", "--all-features"]))?;
    let (binary, ours, run) = (target_dir().join("debug/ringback"), root().join(FOLDER), target_dir().join("openapi"));
    if run.exists() {
        fs::remove_dir_all(&run)?;
    }
    fs::create_dir_all(&run)?;
    let port = free_port()?;
    let address = format!("http://127.0.0.1:{port}");
    let data = run.join("data");
    let mut server = command("env");
    server.arg(format!("RINGBACK_DATA_DIR={}", data.display())).arg("RINGBACK_LOG=warn").arg(&binary);
    server.args(["serve", "--listen", &format!("127.0.0.1:{port}")]);
    let _server = Kept::listening(&server, port, &run.join("server.log"))?;
    let mut seed = command("python3");
    seed.arg(ours.join("seed.py")).arg(&binary).arg(&address).arg(&run).env("RINGBACK_DATA_DIR", &data).env("RINGBACK_LOG", "warn");
    let token = output_of(&mut seed)?;
    let report = run.join("report.json");
    let mut test = command("python3");
    test.current_dir(&run).args(["-m", "schemathesis.cli", "--config-file", "schemathesis.toml"]);
    test.arg("run").arg(format!("{address}/api/v1/openapi.json")).args(["--no-color", "--report-json-path"]).arg(&report);
    test.env("PYTHONPATH", packages).env("SCHEMATHESIS_HOOKS", ours.join("hooks.py"));
    test.env("RINGBACK_SERVER", &address).env("RINGBACK_TOKEN", token.trim()).env("RINGBACK_SEEDED", &run);
    run_aloud(&mut test)?;
    judge(&report)
}

/// What Schemathesis says of its run. It ends well, too, when it made little or nothing.
#[derive(Deserialize)]
struct Summary {
    complete: bool,
    operations: Operations,
    test_cases: Cases,
    /// For each operation and phase, what came of the requests that were meant to be taken.
    valid_rates: BTreeMap<String, BTreeMap<String, Taken>>,
}

#[derive(Deserialize)]
struct Operations {
    total: u64,
    tested: u64,
}

#[derive(Deserialize)]
struct Cases {
    generated: u64,
    with_failures: u64,
    errored: u64,
}

#[derive(Deserialize)]
struct Taken {
    accepted: u64,
}

fn judge(report: &Path) -> Result<()> {
    let text = fs::read_to_string(report).context("Schemathesis wrote no report")?;
    let summary: Summary = serde_json::from_str(&text).context("Schemathesis' report is not as it was")?;
    let Cases { generated, with_failures, errored } = summary.test_cases;
    let Operations { total, tested } = summary.operations;
    println!("{generated} cases over {tested} of {total} operations, {with_failures} failed");
    if !summary.complete || with_failures > 0 || errored > 0 || tested < total {
        bail!("not every operation was tested to its end without a failure");
    }
    if generated < FEWEST_CASES {
        bail!("only {generated} cases were made, at least {FEWEST_CASES} are wanted");
    }
    let never = |phases: &BTreeMap<String, Taken>| phases.values().all(|taken| taken.accepted == 0);
    let refused: Vec<_> = summary
        .valid_rates
        .iter()
        .filter(|(name, phases)| never(phases) && *name != MAY_REFUSE_ALL)
        .map(|(name, _)| name.as_str())
        .collect();
    if !refused.is_empty() {
        bail!("no request that fits the document was ever taken by: {}", refused.join(", "));
    }
    Ok(())
}
