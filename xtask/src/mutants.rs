//! Puts each known fault back, one at a time, and asks its own tests whether they notice.

mod table;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::postgres::{Instance, URL_VARIABLE};
use crate::test::Counts;
use crate::workspace::{cargo, forget_cargo_run, target_dir};

use table::{MUTANTS, Mutant};

/// Read by the code built with the feature `mutants`: the number of the fault to bring back.
const SWITCH: &str = "RINGBACK_MUTANT";

const PATIENCE: Duration = Duration::from_mins(2);

/// A built test program and the folder it expects to run in.
struct Program {
    path: PathBuf,
    folder: PathBuf,
}

/// By package and target.
type Programs = BTreeMap<(&'static str, &'static str), Program>;

#[derive(Debug)]
enum Verdict {
    Caught,
    Missed(String),
}

pub(crate) fn mutants(only: Option<u8>) -> Result<ExitCode> {
    let chosen: Vec<&Mutant> = MUTANTS.iter().filter(|mutant| only.is_none_or(|number| number == mutant.number)).collect();
    if chosen.is_empty() {
        bail!("no such mutant in xtask/src/mutants/table.rs");
    }
    let programs = build(&chosen)?;
    let logs = target_dir().join("mutants");
    fs::create_dir_all(&logs)?;
    let postgres = Instance::start()?;
    let mut caught = 0;
    for mutant in &chosen {
        let since = Instant::now();
        let verdict = try_out(mutant, &programs, &logs, &postgres)?;
        let (word, why) = match verdict {
            Verdict::Caught => ("caught", String::new()),
            Verdict::Missed(why) => ("MISSED", format!(": {why}")),
        };
        caught += usize::from(word == "caught");
        println!(
            "{:>2}  {word}  {:>5.1} s  {} [{}]{why}",
            mutant.number,
            since.elapsed().as_secs_f64(),
            mutant.fault,
            mutant.tests.join(", ")
        );
    }
    println!("{caught}/{}", chosen.len());
    Ok(if caught == chosen.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// First without the fault: a test that fails anyway catches nothing.
fn try_out(mutant: &Mutant, programs: &Programs, logs: &Path, postgres: &Instance) -> Result<Verdict> {
    let program = &programs[&(mutant.package, mutant.target)];
    let log = |state: &str| logs.join(format!("{:02}-{state}.log", mutant.number));
    let healthy = run(mutant, program, None, &log("without"), postgres)?;
    match healthy {
        Some(Counts { passed, failed: 0 }) if passed == mutant.tests.len() => {}
        Some(Counts { passed: 0, failed: 0 }) => return Ok(Verdict::Missed("its tests do not exist".to_owned())),
        Some(counts) => {
            return Ok(Verdict::Missed(format!("without the fault {} of {} tests passed", counts.passed, mutant.tests.len())));
        }
        None => return Ok(Verdict::Missed("without the fault the tests did not end".to_owned())),
    }
    match run(mutant, program, Some(mutant.number), &log("with"), postgres)? {
        // One test that fails has noticed.
        Some(counts) if counts.failed > 0 => Ok(Verdict::Caught),
        Some(_) => Ok(Verdict::Missed("its tests pass with the fault".to_owned())),
        // A test that hangs tells nobody what is wrong.
        None => Ok(Verdict::Missed(format!("with the fault its tests did not come to an end in {} s", PATIENCE.as_secs()))),
    }
}

/// `None`: the program was stopped, or died before it could count.
fn run(mutant: &Mutant, program: &Program, switch: Option<u8>, log: &Path, postgres: &Instance) -> Result<Option<Counts>> {
    let mut command = Command::new(&program.path);
    forget_cargo_run(&mut command);
    let output = File::create(log)?;
    command.current_dir(&program.folder).args(["--include-ignored", "--exact"]).args(mutant.tests);
    command.env(URL_VARIABLE, postgres.url()).env_remove(SWITCH);
    command.stdin(Stdio::null()).stderr(output.try_clone()?).stdout(output);
    if let Some(number) = switch {
        command.env(SWITCH, number.to_string());
    }
    let mut child = command.spawn().with_context(|| format!("starting {}", program.path.display()))?;
    let since = Instant::now();
    while child.try_wait()?.is_none() {
        if since.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(fs::read_to_string(log)?.lines().find_map(Counts::parse))
}

#[derive(Deserialize)]
struct Artifact {
    reason: String,
    executable: Option<PathBuf>,
    manifest_path: Option<PathBuf>,
    target: Option<ArtifactTarget>,
}

#[derive(Deserialize)]
struct ArtifactTarget {
    name: String,
    kind: Vec<String>,
}

/// Builds once: the fault is chosen when a test runs, not when it is compiled.
fn build(chosen: &[&Mutant]) -> Result<Programs> {
    let mut programs = Programs::new();
    for mutant in chosen {
        let key = (mutant.package, mutant.target);
        if programs.contains_key(&key) {
            continue;
        }
        let mut command = cargo(["test", "--no-run", "--message-format=json-render-diagnostics", "--all-features"]);
        command.args(["--package", mutant.package]);
        if mutant.target == table::LIBRARY {
            command.arg("--lib")
        } else {
            command.args(["--test", mutant.target])
        };
        let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().context("starting cargo")?;
        if !output.status.success() {
            bail!("{} --test {} does not build with the feature `mutants`", mutant.package, mutant.target);
        }
        let program = String::from_utf8_lossy(&output.stdout).lines().find_map(|line| program_of(line, mutant.target));
        programs.insert(key, program.with_context(|| format!("cargo named no program for {} {}", mutant.package, mutant.target))?);
    }
    Ok(programs)
}

fn program_of(line: &str, target: &str) -> Option<Program> {
    let artifact: Artifact = serde_json::from_str(line).ok()?;
    let built = artifact.target?;
    let wanted = if target == table::LIBRARY {
        built.kind.iter().any(|kind| kind == "lib")
    } else {
        built.name == target && built.kind.iter().any(|kind| kind == "test")
    };
    let folder = artifact.manifest_path?.parent()?.to_path_buf();
    (artifact.reason == "compiler-artifact" && wanted).then_some(Program { path: artifact.executable?, folder })
}
