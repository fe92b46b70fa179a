//! What tests want from outside, and how it is seen that they ran.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Error, Result, bail};

use crate::debian;
use crate::step::NotRun;
use crate::workspace::{on_path, typed};

/// Whatever kept a tool away: the test was seen neither to pass nor to fail.
#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
pub(crate) fn not_run(error: Error) -> Error {
    NotRun(format!("{error:#}")).into()
}

/// A browser and its driver.
pub(crate) fn chromium() -> Result<(PathBuf, PathBuf)> {
    let find = || {
        let browser = ["chromium", "google-chrome", "chromium-browser"].into_iter().find_map(on_path)?;
        Some((browser, on_path("chromedriver")?))
    };
    if let Some(found) = find() {
        return Ok(found);
    }
    debian::install(&["chromium", "chromium-driver"]).context("Chromium and its driver are needed")?;
    find().context("chromium and chromium-driver were installed, but are not on PATH")
}

/// Shows the output while it comes, and counts what passed: a filter that meets nothing would look like a success.
pub(crate) fn show(command: &mut Command, passed_in_line: fn(&str) -> Option<usize>) -> Result<()> {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().with_context(|| format!("starting `{}`", typed(command)))?;
    let mut passed = 0;
    for line in BufReader::new(child.stdout.take().context("stdout is piped")?).lines() {
        let line = line?;
        println!("{line}");
        passed += passed_in_line(&line).unwrap_or(0);
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("{} ended with {status}", command.get_program().display());
    }
    if passed == 0 {
        bail!("nothing ran: {}", typed(command));
    }
    Ok(())
}
