//! What a test wants from outside, provided before it starts and handed over in environment variables.

use std::ffi::OsString;

use anyhow::{Context, Result};

use crate::step::NotRun;
use crate::workspace::on_path;
use crate::{debian, tools};

pub(crate) enum Need {
    /// A package of PyPI; the variable holds the folder for PYTHONPATH.
    Python { name: &'static str, version: &'static str, variable: &'static str },
    /// What a lock file in the repository describes; the variable holds the folder with `node_modules`.
    Npm { name: &'static str, manifest_folder: &'static str, variable: &'static str },
    /// A browser and its driver, in `RINGBACK_TEST_CHROMIUM` and `RINGBACK_TEST_CHROMEDRIVER`.
    Chromium,
}

type Variables = Vec<(&'static str, OsString)>;

impl Need {
    /// An error is always `NotRun`: whatever the cause, the test was not seen to pass or to fail.
    pub(crate) fn provide(&self) -> Result<Variables> {
        self.look().map_err(|error| NotRun(format!("{error:#}")).into())
    }

    fn look(&self) -> Result<Variables> {
        match self {
            Self::Python { name, version, variable } => Ok(vec![(variable, tools::python_package(name, version)?.into())]),
            Self::Npm { name, manifest_folder, variable } => Ok(vec![(variable, tools::npm_packages(name, manifest_folder)?.into())]),
            Self::Chromium => chromium(),
        }
    }
}

fn chromium() -> Result<Variables> {
    let find = || -> Option<Variables> {
        let browser = ["chromium", "google-chrome", "chromium-browser"].into_iter().find_map(on_path)?;
        Some(vec![("RINGBACK_TEST_CHROMIUM", browser.into()), ("RINGBACK_TEST_CHROMEDRIVER", on_path("chromedriver")?.into())])
    };
    if let Some(found) = find() {
        return Ok(found);
    }
    debian::install(&["chromium", "chromium-driver"]).context("Chromium and its driver are needed")?;
    find().context("chromium and chromium-driver were installed, but are not on PATH")
}
