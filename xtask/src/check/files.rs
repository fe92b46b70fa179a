//! Files one can read in a sitting, with names that say what is inside.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::verdict;
use crate::workspace::{command, output_of, root};

const LIMIT: usize = 500;

/// Longer than the limit, with the length each had and why. The list only shrinks: a file that grew past its number fails,
/// and so does one that became shorter without its number.
const LONG_FILES: [(&str, usize, &str); 0] = [];

const BANNED_NAMES: [&str; 9] = ["utils", "util", "helpers", "helper", "common", "manager", "service", "data", "info"];

/// Everything git tracks or would track, as full paths.
pub(super) fn tracked() -> Result<Vec<PathBuf>> {
    let list = output_of(command("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
    let mut files: Vec<PathBuf> = list.split_terminator('\0').map(|path| root().join(path)).filter(|path| path.is_file()).collect();
    files.sort();
    files.dedup();
    Ok(files)
}

pub(super) fn check_sizes(files: &[PathBuf]) -> Result<()> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|it| it == "rs")) {
        let name = shown(file);
        let lines = fs::read_to_string(file)?.lines().count();
        findings.extend(judge(&name, lines, LONG_FILES.iter().find(|(long, _, _)| *long == name).map(|(_, ceiling, _)| *ceiling)));
    }
    for (long, _, _) in LONG_FILES.iter().filter(|(long, _, _)| !root().join(long).is_file()) {
        findings.push(format!("{long} is gone; take it off the list of long files"));
    }
    verdict(&findings)
}

fn judge(name: &str, lines: usize, ceiling: Option<usize>) -> Option<String> {
    match ceiling {
        None if lines > LIMIT => Some(format!("{name} has {lines} lines; the limit is {LIMIT}")),
        Some(_) if lines <= LIMIT => Some(format!("{name} has {lines} lines; take it off the list of long files")),
        Some(ceiling) if lines > ceiling => Some(format!("{name} grew from {ceiling} to {lines} lines")),
        Some(ceiling) if lines < ceiling => Some(format!("{name} shrank to {lines} lines; lower its {ceiling} in the list")),
        _ => None,
    }
}

pub(super) fn check_names(files: &[PathBuf]) -> Result<()> {
    let mut findings: Vec<String> = files.iter().map(|file| shown(file)).filter_map(|file| banned_in(&file)).collect();
    findings.dedup();
    verdict(&findings)
}

fn banned_in(file: &str) -> Option<String> {
    let banned = file.split('/').find(|part| BANNED_NAMES.contains(&part.split('.').next().unwrap_or(part)))?;
    Some(format!("{file}: `{banned}` says nothing about what is inside"))
}

fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::{banned_in, judge};

    #[test]
    fn a_long_file_needs_an_entry_and_the_entry_only_shrinks() {
        assert!(judge("a.rs", 500, None).is_none());
        assert!(judge("a.rs", 501, None).is_some());
        assert!(judge("a.rs", 520, Some(520)).is_none());
        assert!(judge("a.rs", 521, Some(520)).is_some());
        assert!(judge("a.rs", 519, Some(520)).is_some());
        assert!(judge("a.rs", 400, Some(520)).is_some());
    }

    #[test]
    fn names_that_hide_their_content_are_found_as_files_and_as_folders() {
        assert!(banned_in("crates/store/src/utils.rs").is_some());
        assert!(banned_in("crates/server/tests/common/clock.rs").is_some());
        assert!(banned_in("crates/server/src/pages/services/index.rs").is_none());
    }
}
