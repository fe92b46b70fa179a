//! Typos, by the tool of that name; `typos.toml` says what is no typo.

use anyhow::Result;

use crate::step::{NotRun, run_quietly};
use crate::tools;
use crate::workspace::{command, on_path};

const VERSION: &str = "1.52.0";

pub(super) fn check() -> Result<()> {
    let program = match tools::python_package("typos", VERSION) {
        Ok(folder) => folder.join("bin/typos"),
        Err(error) => on_path("typos").ok_or_else(|| NotRun(format!("typos is not here and could not be installed: {error:#}")))?,
    };
    run_quietly(command(program).args(["--config", "typos.toml", "--format", "brief"]))
}
