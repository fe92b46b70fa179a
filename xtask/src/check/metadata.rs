//! The part of `cargo metadata` we look at.

use std::collections::HashMap;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::workspace::{cargo, output_of};

#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    pub(crate) manifest_path: String,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
}

#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Option<String>,
}

impl Dependency {
    /// Part of what is shipped, unlike what only tests need.
    pub(crate) fn is_shipped(&self) -> bool {
        self.kind.as_deref() != Some("dev")
    }
}

#[derive(Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Deserialize)]
struct EdgeKind {
    kind: Option<String>,
}

impl Metadata {
    /// `--locked`: a lock file that does not fit the manifests is a finding, not something to mend silently.
    pub(crate) fn read() -> Result<Self> {
        let text = output_of(&mut cargo(["metadata", "--format-version=1", "--all-features", "--locked"]))?;
        serde_json::from_str(&text).context("reading cargo metadata")
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    /// How `from` comes to depend on `to` in what is shipped, as a path of names.
    pub(crate) fn shipped_path(&self, from: &str, to: &str) -> Option<Vec<&str>> {
        let names: HashMap<&str, &str> = self.packages.iter().map(|package| (package.id.as_str(), package.name.as_str())).collect();
        let nodes: HashMap<&str, &Node> = self.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let start = self.packages.iter().find(|package| package.name == from)?;
        let mut came_from: HashMap<&str, &str> = HashMap::new();
        let mut waiting = vec![start.id.as_str()];
        while let Some(id) = waiting.pop() {
            if names[id] == to {
                let path = std::iter::successors(Some(id), |id| came_from.get(id).copied());
                let mut path: Vec<&str> = path.map(|id| names[id]).collect();
                path.reverse();
                return Some(path);
            }
            for edge in &nodes[id].deps {
                let shipped = edge.dep_kinds.iter().any(|it| it.kind.as_deref() != Some("dev"));
                let target = edge.pkg.as_str();
                if shipped && target != start.id && !came_from.contains_key(target) {
                    came_from.insert(target, id);
                    waiting.push(target);
                }
            }
        }
        None
    }
}
