//! Which crate may know which. A new edge needs an ADR; then it is written here.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::metadata::{Dependency, Package};
use super::{Metadata, verdict};
use crate::workspace::{cargo, output_of};

/// Our own crates each may use, in tests too.
const EDGES: [(&str, &[&str]); 5] = [
    ("ringback-domain", &[]),
    ("ringback-store", &["ringback-domain"]),
    ("ringback-telephony", &["ringback-domain"]),
    ("ringback-server", &["ringback-domain", "ringback-store", "ringback-telephony"]),
    ("xtask", &[]),
];

/// What must not be reached from a crate, however long the way.
const UNREACHABLE: [(&str, &[&str], &str); 2] = [
    ("ringback-domain", &["tokio", "sqlx", "rusqlite", "axum", "reqwest"], "domain decides and does no I/O"),
    ("ringback-telephony", &["sqlx", "rusqlite", "axum"], "telephony speaks to carriers and knows neither store nor web"),
];

/// Crates that one of ours keeps for itself, with the reason; an empty name keeps it from all.
const RESERVED: [(&str, &str, &str); 3] = [
    ("sqlx", "ringback-store", "only store speaks SQL"),
    ("rusqlite", "ringback-store", "only store speaks SQL"),
    ("chrono", "", "jiff is the one time library"),
];

/// Named in no source file, and needed all the same.
const USED_OTHERWISE: [(&str, &str); 0] = [];

pub(super) fn check_edges(metadata: &Metadata) -> Result<()> {
    let mut findings = Vec::new();
    let own: Vec<&str> = metadata.members().map(|package| package.name.as_str()).collect();
    for package in metadata.members() {
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == package.name) else {
            findings.push(format!("{} is a new crate; xtask does not know which crates it may use", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            if own.contains(&name) && name != package.name && !allowed.contains(&name) {
                findings.push(format!("{} must not depend on {name}", package.name));
            }
            findings.extend(reserved(package, dependency));
        }
    }
    for (from, forbidden, reason) in UNREACHABLE {
        let shipped = shipped_with(from)?;
        for name in forbidden.iter().filter(|name| shipped.lines().any(|line| line.split(' ').next() == Some(**name))) {
            findings.push(format!("{from} reaches {name}, but {reason}; `cargo tree -p {from} -e no-dev -i {name}` shows how"));
        }
    }
    verdict(&findings)
}

/// The crate and all below it, as they are built for people: without tests and optional features. `cargo metadata` cannot
/// say this, it joins the features of everything.
fn shipped_with(package: &str) -> Result<String> {
    let tree = ["tree", "--locked", "--package", package, "--edges", "no-dev", "--prefix", "none", "--format", "{p}"];
    output_of(&mut cargo(tree))
}

fn reserved(package: &Package, dependency: &Dependency) -> Option<String> {
    let (name, _, reason) = RESERVED.iter().find(|(name, keeper, _)| *name == dependency.name && *keeper != package.name)?;
    dependency.is_shipped().then(|| format!("{} must not depend on {name}: {reason}", package.name))
}

/// A dependency is used when its name stands in some source file of the crate. Crude, quick, and right so far.
pub(super) fn check_unused(metadata: &Metadata, files: &[PathBuf]) -> Result<()> {
    let mut findings = Vec::new();
    for package in metadata.members() {
        let folder = Path::new(&package.manifest_path).parent().context("a manifest lies in a folder")?;
        let mut sources = String::new();
        for file in files.iter().filter(|file| file.starts_with(folder) && file.extension().is_some_and(|it| it == "rs")) {
            sources.push_str(&fs::read_to_string(file)?);
        }
        for dependency in &package.dependencies {
            let excused = USED_OTHERWISE.contains(&(package.name.as_str(), dependency.name.as_str()));
            if !excused && !names(&sources, &dependency.name.replace('-', "_")) {
                findings.push(format!("{} does not use {}", package.name, dependency.name));
            }
        }
    }
    verdict(&findings)
}

fn names(sources: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    sources
        .match_indices(word)
        .any(|(at, _)| !sources[..at].ends_with(part_of_word) && !sources[at + word.len()..].starts_with(part_of_word))
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_dependency_is_found_as_a_whole_word() {
        assert!(names("use tokio_util::sync;", "tokio_util"));
        assert!(names("#[tokio::test]", "tokio"));
        assert!(!names("use tokio_util::sync; my_tokio", "tokio"));
    }
}
