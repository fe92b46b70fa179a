//! Everything that shows whether Ringback works, on both engines. What needs more than Rust and PostgreSQL is marked
//! `#[ignore = "…"]` in its crate, so that a plain `cargo test` does not count it as passed, and has a step here.

use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use crate::interop;

use crate::needs::{chromium, not_run, show};
use crate::postgres::{Instance, URL_VARIABLE};
use crate::schemathesis;
use crate::step::{NotRun, Report, run_aloud};
use crate::workspace::cargo;

pub(crate) fn test(allow_missing: bool) -> ExitCode {
    let mut report = Report::default();
    let mut postgres = None;
    report.step("PostgreSQL started", || {
        postgres = Some(Instance::start().map_err(not_run)?);
        Ok(())
    });
    report.step("cargo test on both engines", || {
        let mut tests = cargo(["test", "--workspace", "--all-features", "--no-fail-fast"]);
        run_aloud(beside(postgres.as_ref(), &mut tests)?)
    });
    report.step("interop: Exotel's Python client drives our fake", interop::exotel);
    report.step("interop: npm's emulate plays Twilio", interop::twilio);
    report.step("interop: Retell's Python SDK checks our side", interop::retell);
    report.step("OpenAPI: Schemathesis against the server", schemathesis::against_the_server);
    report.step("browser", || browser(postgres.as_ref()));
    if let Some(postgres) = postgres {
        report.step("PostgreSQL lasted", || postgres.lasted());
    }
    report.repeat();
    report.finish(allow_missing)
}

fn browser(postgres: Option<&Instance>) -> Result<()> {
    let (browser, driver) = chromium().map_err(not_run)?;
    let mut tests = cargo(["test", "--package", "ringback-server", "--all-features", "--test", "browser", "--", "--ignored"]);
    tests.env("RINGBACK_TEST_CHROMIUM", browser).env("RINGBACK_TEST_CHROMEDRIVER", driver);
    show(beside(postgres, &mut tests)?, passed_tests)
}

/// Without PostgreSQL half would be tested and the whole reported: then nothing is.
fn beside<'a>(postgres: Option<&Instance>, tests: &'a mut Command) -> Result<&'a mut Command> {
    match postgres {
        Some(instance) => Ok(tests.env(URL_VARIABLE, instance.url())),
        None => bail!(NotRun("there is no PostgreSQL".to_owned())),
    }
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

pub(crate) fn passed_tests(line: &str) -> Option<usize> {
    Counts::parse(line).map(|counts| counts.passed)
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
