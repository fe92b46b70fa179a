//! The gate before a change lands. Own checks first: they take a second and fail most often.

mod crates;
mod files;
mod licences;
mod metadata;
mod migrations;
pub(crate) mod openapi;
mod policy;
mod spelling;

use std::process::ExitCode;

use anyhow::Result;

use crate::step::{Report, run_quietly};
use crate::workspace::cargo;

pub(crate) use metadata::Metadata;

pub(crate) fn check(allow_missing: bool) -> Result<ExitCode> {
    let mut report = Report::default();
    own_checks(&mut report)?;
    report.step("spelling", spelling::check);
    report.step("format", || run_quietly(&mut cargo(["fmt", "--all", "--check", "--", "--color", "never"])));
    report.step("clippy", || {
        run_quietly(&mut cargo(["clippy", "--quiet", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]))
    });
    report.step("rustdoc", || {
        let mut doc = cargo(["doc", "--quiet", "--workspace", "--all-features", "--no-deps", "--document-private-items"]);
        // Private items have pages here, so public ones may point to them.
        run_quietly(doc.env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links"))
    });
    report.step("openapi unchanged", openapi::check);
    Ok(report.finish(allow_missing))
}

/// What needs no compiler.
pub(crate) fn tidy() -> Result<ExitCode> {
    let mut report = Report::default();
    own_checks(&mut report)?;
    Ok(report.finish(false))
}

fn own_checks(report: &mut Report) -> Result<()> {
    let metadata = Metadata::read()?;
    let policy = policy::Policy::read()?;
    let files = files::tracked()?;
    report.step("licences", || licences::check(&metadata, &policy));
    report.step("banned crates", || policy::check_bans(&metadata, &policy));
    report.step("crate edges", || crates::check_edges(&metadata));
    report.step("unused dependencies", || crates::check_unused(&metadata, &files));
    report.step("file sizes", || files::check_sizes(&files));
    report.step("file names", || files::check_names(&files));
    report.step("migration names", migrations::check);
    Ok(())
}

/// Turns a list of findings into a step's result.
fn verdict(findings: &[String]) -> Result<()> {
    if findings.is_empty() { Ok(()) } else { Err(anyhow::anyhow!("{}", findings.join("\n"))) }
}
