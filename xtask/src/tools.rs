//! Programs that checks and tests need and that Debian does not have: fetched in a fixed version, once, below the build directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::debian;
use crate::step::run_quietly;
use crate::workspace::{command, on_path, output_of, root, target_dir};

/// The folder of a PyPI package: its programs lie in `bin`, its modules are found with the folder in PYTHONPATH.
pub(crate) fn python_package(name: &str, version: &str) -> Result<PathBuf> {
    let folder = target_dir().join("tools/python").join(format!("{name}-{version}"));
    fetch(&folder, |unfinished| {
        let requirement = format!("{name}=={version}");
        let mut pip = pip()?;
        pip.args(["install", "--quiet", "--no-input", "--disable-pip-version-check", "--target"]).arg(unfinished).arg(requirement);
        run_quietly(&mut pip)
    })?;
    Ok(folder)
}

/// The folder of PyPI packages in the versions that a committed `requirements.txt` fixes.
pub(crate) fn python_packages(name: &str, manifest_folder: &str) -> Result<PathBuf> {
    const FILE: &str = "requirements.txt";
    let source = root().join(manifest_folder).join(FILE);
    let fixed = fs::read_to_string(&source).with_context(|| format!("reading {manifest_folder}/{FILE}"))?;
    let folder = target_dir().join("tools/python").join(name);
    if fs::read_to_string(folder.join(FILE)).is_ok_and(|installed| installed != fixed) {
        fs::remove_dir_all(&folder)?;
    }
    fetch(&folder, |unfinished| {
        let mut pip = pip()?;
        pip.args(["install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "--target"]).arg(unfinished);
        run_quietly(pip.arg("--requirement").arg(&source))?;
        fs::copy(&source, unfinished.join(FILE)).context("remembering what was installed")?;
        Ok(())
    })?;
    Ok(folder)
}

fn pip() -> Result<Command> {
    let works = || output_of(command("python3").args(["-m", "pip", "--version"])).is_ok();
    if !works() {
        debian::install(&["python3-pip"]).context("Python's pip is needed")?;
    }
    let mut pip = command("python3");
    pip.args(["-m", "pip"]);
    Ok(pip)
}

/// The folder with the `node_modules` that a committed lock file describes. Install scripts do not run.
pub(crate) fn npm_packages(name: &str, manifest_folder: &str) -> Result<PathBuf> {
    let source = root().join(manifest_folder);
    let lock =
        fs::read_to_string(source.join("package-lock.json")).with_context(|| format!("reading {manifest_folder}/package-lock.json"))?;
    let folder = target_dir().join("tools/npm").join(name);
    if fs::read_to_string(folder.join("package-lock.json")).is_ok_and(|installed| installed != lock) {
        fs::remove_dir_all(&folder)?;
    }
    fetch(&folder, |unfinished| {
        if on_path("npm").is_none() {
            bail!("npm is not here; install Node.js with npm");
        }
        fs::create_dir_all(unfinished)?;
        for file in ["package.json", "package-lock.json"] {
            fs::copy(source.join(file), unfinished.join(file)).with_context(|| format!("copying {manifest_folder}/{file}"))?;
        }
        run_quietly(command("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(unfinished))
    })?;
    Ok(folder)
}

/// Fills a folder once. What was interrupted half-way is thrown away, and two runs at a time do not meet.
fn fetch(folder: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    if folder.exists() {
        return Ok(());
    }
    let unfinished = folder.with_extension(format!("unfinished-{}", std::process::id()));
    fs::create_dir_all(folder.parent().context("a tool's folder lies below another")?)?;
    let filled = fill(&unfinished).and_then(|()| match fs::rename(&unfinished, folder) {
        Err(_) if folder.exists() => Ok(()),
        renamed => Ok(renamed?),
    });
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    filled
}
