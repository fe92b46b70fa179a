//! One line per thing done. What fails does not stop the rest, and what could not run never looks like a success.

use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::workspace::typed;

/// The error of a step whose tools are neither here nor installable.
#[derive(Debug)]
pub(crate) struct NotRun(pub(crate) String);

impl std::fmt::Display for NotRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotRun {}

#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<String>,
    failed: usize,
    not_run: usize,
}

impl Report {
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<()>) {
        let since = Instant::now();
        let result = work();
        let seconds = since.elapsed().as_secs_f64();
        let line = match result {
            Ok(()) => format!("ok {name} ({seconds:.1} s)"),
            Err(error) if error.is::<NotRun>() => {
                self.not_run += 1;
                format!("NOT RUN {name}: {error:#}")
            }
            Err(error) => {
                self.failed += 1;
                println!("{error:#}");
                format!("FAILED {name} ({seconds:.1} s)")
            }
        };
        println!("{line}");
        self.lines.push(line);
    }

    /// Repeats the lines: after minutes of output they are what one looks for.
    pub(crate) fn repeat(&self) {
        println!("\n{}", self.lines.join("\n"));
    }

    pub(crate) fn finish(&self, allow_missing: bool) -> ExitCode {
        let total = self.lines.len();
        let passed = total - self.failed - self.not_run;
        println!("{passed} of {total} ok, {} failed, {} not run", self.failed, self.not_run);
        if self.failed > 0 || (self.not_run > 0 && !allow_missing) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

/// Quiet while all is well; everything the command wrote when it is not.
pub(crate) fn run_quietly(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("starting `{}`", typed(command)))?;
    if !output.status.success() {
        let text = [output.stdout, output.stderr].concat();
        bail!("{}", String::from_utf8_lossy(&text).trim_end());
    }
    Ok(())
}

/// Lets the command write to our own stdout and stderr.
pub(crate) fn run_aloud(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("starting `{}`", typed(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", command.get_program().display());
    }
    Ok(())
}
