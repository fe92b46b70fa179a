//! Everything that shows whether Ringback works, on both engines. What needs more than Rust and PostgreSQL is marked
//! `#[ignore = "…"]` in its crate, so that a plain `cargo test` does not count it as passed, and has a line here.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

use crate::needs::Need;
use crate::postgres::{Instance, URL_VARIABLE};
use crate::step::{NotRun, Report, run_aloud};
use crate::workspace::cargo;

/// Tests of one target that run when what they need is there.
struct Extra {
    name: &'static str,
    package: &'static str,
    target: &'static str,
    /// Part of the tests' names; empty for all ignored ones of the target.
    filter: &'static str,
    needs: &'static [Need],
}

const EXTRAS: [Extra; 3] = [
    Extra {
        name: "interop: the Python client `exotel` drives our fake of Exotel",
        package: "ringback-telephony",
        target: "interop",
        filter: "exotel",
        needs: &[Need::Python { name: "exotel", version: "0.1.5", variable: "RINGBACK_TEST_EXOTEL_CLIENT" }],
    },
    Extra {
        name: "interop: the npm package `emulate` plays Twilio",
        package: "ringback-telephony",
        target: "interop",
        filter: "emulate",
        needs: &[Need::Npm { name: "emulate", manifest_folder: "crates/telephony/tests/interop", variable: "RINGBACK_TEST_EMULATE" }],
    },
    Extra { name: "browser", package: "ringback-server", target: "browser", filter: "", needs: &[Need::Chromium] },
];

pub(crate) fn test(allow_missing: bool) -> ExitCode {
    let mut report = Report::default();
    let postgres = Instance::start();
    report.step("PostgreSQL", || postgres.as_ref().map(|_| ()).map_err(|error| NotRun(format!("{error:#}")).into()));
    report.step("cargo test on both engines", || {
        let Ok(instance) = &postgres else { bail!(NotRun("without PostgreSQL only half would be tested".to_owned())) };
        let mut command = cargo(["test", "--workspace", "--all-features", "--no-fail-fast"]);
        run_aloud(command.env(URL_VARIABLE, instance.url()))
    });
    for extra in &EXTRAS {
        report.step(extra.name, || run_extra(extra, postgres.as_ref().ok()));
    }
    drop(postgres);
    report.repeat();
    report.finish(allow_missing)
}

fn run_extra(extra: &Extra, postgres: Option<&Instance>) -> Result<()> {
    let mut command = cargo(["test", "--all-features", "--package", extra.package, "--test", extra.target]);
    command.args(["--", "--ignored", extra.filter]);
    for need in extra.needs {
        command.envs(need.provide()?);
    }
    if let Some(instance) = postgres {
        command.env(URL_VARIABLE, instance.url());
    }
    match passed_tests(&mut command)? {
        0 => bail!("no test in {} --test {} has `{}` in its name", extra.package, extra.target, extra.filter),
        _ => Ok(()),
    }
}

/// Shows the output while it comes, and counts: a filter that meets nothing would look like a success.
fn passed_tests(command: &mut Command) -> Result<usize> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("starting cargo test")?;
    let mut passed = 0;
    for line in BufReader::new(child.stdout.take().context("stdout is piped")?).lines() {
        let line = line?;
        println!("{line}");
        passed += Counts::parse(&line).map_or(0, |counts| counts.passed);
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("cargo test ended with {status}");
    }
    Ok(passed)
}

/// The closing line of Rust's test harness.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Counts {
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let count = |word: &str| counts.split("; ").find_map(|part| part.strip_suffix(word)?.trim().parse().ok());
        Some(Self { passed: count("passed")?, failed: count("failed")? })
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn the_harness_line_is_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.10s";
        assert_eq!(Counts::parse(line), Some(Counts { passed: 12, failed: 3 }));
        assert_eq!(Counts::parse("test store::a_claim ... ok"), None);
    }
}
