//! The long runs: every bench target of the workspace (`[[bench]] harness = false`), found by looking, so that a new one needs no
//! line here, and the tests with larger numbers. Each by its name, or all.

use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use crate::check::Metadata;
use crate::postgres::{Instance, URL_VARIABLE};
use crate::step::{Report, run_aloud};
use crate::workspace::cargo;

/// A test target that runs longer when a variable says so. One that is set already stays.
struct LongRun {
    name: &'static str,
    package: &'static str,
    variable: &'static str,
    value: &'static str,
}

const LONG_RUNS: [LongRun; 2] = [
    LongRun { name: "simulation", package: "ringback-server", variable: "RINGBACK_SEEDS", value: "1000" },
    LongRun { name: "crash", package: "ringback-server", variable: "RINGBACK_KILLS", value: "1000" },
];

pub(crate) fn bench(name: &str, arguments: &[String]) -> Result<ExitCode> {
    let targets = bench_targets(&Metadata::read()?);
    let mut chosen: Vec<(&str, Command)> = Vec::new();
    for run in LONG_RUNS.iter().filter(|run| ["all", run.name].contains(&name)) {
        let mut command = cargo(["test", "--release", "--package", run.package, "--test", run.name, "--"]);
        command.arg("--nocapture").args(arguments);
        if std::env::var_os(run.variable).is_none() {
            command.env(run.variable, run.value);
        }
        chosen.push((run.name, command));
    }
    for (package, target) in targets.iter().filter(|(_, target)| ["all", target.as_str()].contains(&name)) {
        let mut command = cargo(["bench", "--package", package, "--bench", target, "--"]);
        command.args(arguments);
        chosen.push((target, command));
    }
    if chosen.is_empty() {
        let names: Vec<&str> = LONG_RUNS.iter().map(|run| run.name).chain(targets.iter().map(|(_, target)| target.as_str())).collect();
        bail!("there is no benchmark `{name}`; there are: {}", names.join(", "));
    }
    let postgres = Instance::start()?;
    let mut report = Report::default();
    for (name, mut command) in chosen {
        report.step(name, || run_aloud(command.env(URL_VARIABLE, postgres.url())));
    }
    drop(postgres);
    Ok(report.finish(false))
}

fn bench_targets(metadata: &Metadata) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for package in metadata.members() {
        for target in package.targets.iter().filter(|target| target.kind.iter().any(|kind| kind == "bench")) {
            found.push((package.name.clone(), target.name.clone()));
        }
    }
    found
}
