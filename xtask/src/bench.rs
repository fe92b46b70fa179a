//! Runs the workspace's benchmarks. Each is a bench target of its own (`[[bench]] harness = false`), found by its name here,
//! so that a new one needs no line in xtask.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::check::Metadata;
use crate::postgres::{Instance, URL_VARIABLE};
use crate::step::{Report, run_aloud};
use crate::workspace::cargo;

pub(crate) fn bench(name: &str, arguments: &[String]) -> Result<ExitCode> {
    let known = benches(&Metadata::read()?);
    let chosen: Vec<&(String, String)> = known.iter().filter(|(_, bench)| name == "all" || name == bench).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = known.iter().map(|(_, bench)| bench.as_str()).collect();
        bail!("there is no benchmark `{name}`; there are: {}", names.join(", "));
    }
    let postgres = Instance::start()?;
    let mut report = Report::default();
    for (package, bench) in chosen {
        report.step(bench, || {
            let mut command = cargo(["bench", "--all-features", "--package", package, "--bench", bench, "--"]);
            run_aloud(command.args(arguments).env(URL_VARIABLE, postgres.url()))
        });
    }
    drop(postgres);
    Ok(report.finish(false))
}

fn benches(metadata: &Metadata) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for package in metadata.members() {
        for target in package.targets.iter().filter(|target| target.kind.iter().any(|kind| kind == "bench")) {
            found.push((package.name.clone(), target.name.clone()));
        }
    }
    found
}
