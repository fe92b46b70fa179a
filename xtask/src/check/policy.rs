//! `deny.toml`, in cargo-deny's own format, so that the tool itself can read it too. Here we need no more than lists.

use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{Metadata, verdict};
use crate::workspace::root;

#[derive(Deserialize)]
pub(super) struct Policy {
    pub(super) licenses: Licenses,
    bans: Bans,
}

#[derive(Deserialize)]
pub(super) struct Licenses {
    pub(super) allow: Vec<String>,
    #[serde(default)]
    pub(super) exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
pub(super) struct Exception {
    #[serde(rename = "crate")]
    pub(super) name: String,
    pub(super) allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    /// The crate may be there, but once.
    #[serde(default)]
    deny_multiple_versions: bool,
    reason: String,
}

impl Policy {
    pub(super) fn read() -> Result<Self> {
        let text = fs::read_to_string(root().join("deny.toml")).context("reading deny.toml")?;
        toml::from_str(&text).context("reading deny.toml")
    }
}

pub(super) fn check_bans(metadata: &Metadata, policy: &Policy) -> Result<()> {
    let findings: Vec<String> = policy.bans.deny.iter().filter_map(|ban| broken(metadata, ban)).collect();
    verdict(&findings)
}

fn broken(metadata: &Metadata, ban: &Ban) -> Option<String> {
    let versions: Vec<&str> =
        metadata.packages.iter().filter(|package| package.name == ban.name).map(|package| package.version.as_str()).collect();
    let allowed = usize::from(ban.deny_multiple_versions);
    let what = if ban.deny_multiple_versions { "more than one version of" } else { "banned crate" };
    (versions.len() > allowed).then(|| format!("{what} {} ({}): {}", ban.name, versions.join(", "), ban.reason))
}
