//! How many lines of what decides and dials are run by tests. Outside the gate: it rebuilds everything its own way.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::postgres::{Instance, URL_VARIABLE};
use crate::step::run_aloud;
use crate::workspace::{cargo, command, on_path, target_dir};

const TARPAULIN: &str = "0.37.5";
/// Of the simulation, watched line by line.
const SEEDS: &str = "RINGBACK_SEEDS";
const FEW_SEEDS: &str = "10";
const GOAL_PERCENT: f64 = 90.0;

/// The parts that are measured, each with the folder or file names it begins with.
const PARTS: [(&str, &str); 2] = [("domain", "crates/domain/src/"), ("dispatcher", "crates/server/src/dispatcher")];

#[derive(Deserialize)]
struct Measured {
    files: Vec<MeasuredFile>,
}

#[derive(Deserialize)]
struct MeasuredFile {
    path: Vec<String>,
    covered: u32,
    coverable: u32,
}

pub(crate) fn coverage() -> Result<ExitCode> {
    let program = tarpaulin()?;
    let output = target_dir().join("coverage");
    std::fs::create_dir_all(&output)?;
    let postgres = Instance::start()?;
    let mut tarpaulin = command(program);
    // ptrace: the other engine needs the toolchain's llvm-tools.
    tarpaulin.args(["tarpaulin", "--engine", "ptrace", "--locked", "--all-features", "--skip-clean", "--out", "Json", "--timeout", "600"]);
    // Not those that kill processes by the clock: watched, they are too slow for it.
    tarpaulin.args([
        "--lib",
        "--test",
        "it",
        "--test",
        "simulation",
        "--test",
        "follow_up*",
        "--packages",
        "ringback-domain",
        "--packages",
        "ringback-server",
    ]);
    tarpaulin.args(["--include-files", "crates/domain/src/*", "--include-files", "crates/server/src/dispatcher*"]);
    tarpaulin.arg("--target-dir").arg(target_dir().join("tarpaulin")).arg("--output-dir").arg(&output);
    if std::env::var_os(SEEDS).is_none() {
        tarpaulin.env(SEEDS, FEW_SEEDS);
    }
    run_aloud(tarpaulin.env(URL_VARIABLE, postgres.url()))?;
    drop(postgres);
    let text = std::fs::read_to_string(output.join("tarpaulin-report.json")).context("reading tarpaulin's report")?;
    let enough = print(&serde_json::from_str(&text).context("reading tarpaulin's report")?)?;
    Ok(if enough { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(measured: &Measured) -> Result<bool> {
    let mut enough = true;
    for (name, start) in PARTS {
        let lines = |count: fn(&MeasuredFile) -> u32| -> u32 {
            measured.files.iter().filter(|file| file.path.join("/").contains(start)).map(count).sum()
        };
        let (covered, coverable) = (lines(|file| file.covered), lines(|file| file.coverable));
        if coverable == 0 {
            bail!("no line of {start} was measured");
        }
        let percent = f64::from(covered) / f64::from(coverable) * 100.0;
        enough &= percent >= GOAL_PERCENT;
        println!("{name}: {percent:.1} % ({covered} of {coverable} lines, goal {GOAL_PERCENT:.0} %)");
    }
    Ok(enough)
}

fn tarpaulin() -> Result<PathBuf> {
    if let Some(found) = on_path("cargo-tarpaulin") {
        return Ok(found);
    }
    let folder = target_dir().join("tools/cargo");
    let program = folder.join("bin/cargo-tarpaulin");
    if !program.is_file() {
        eprintln!("building cargo-tarpaulin {TARPAULIN}; this takes some minutes, once");
        let mut install = cargo(["install", "cargo-tarpaulin", "--locked", "--version", TARPAULIN, "--root"]);
        run_aloud(install.arg(&folder))?;
    }
    Ok(program)
}
