//! Both engines go through the same steps under the same names.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result};

use super::verdict;
use crate::workspace::root;

pub(super) fn check() -> Result<()> {
    verdict(&compare(&names("sqlite")?, &names("postgres")?))
}

fn names(engine: &str) -> Result<BTreeSet<String>> {
    let folder = root().join("crates/store/migrations").join(engine);
    let entries = fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

fn compare(sqlite: &BTreeSet<String>, postgres: &BTreeSet<String>) -> Vec<String> {
    let mut findings: Vec<String> =
        sqlite.symmetric_difference(postgres).map(|name| format!("{name} exists for one engine only")).collect();
    if sqlite.is_empty() {
        findings.push("there are no migrations".to_owned());
    }
    for (position, name) in sqlite.iter().enumerate() {
        let expected = format!("{:04}_", position + 1);
        if !name.starts_with(&expected) || name.strip_suffix(".sql").is_none() {
            findings.push(format!("{name} should be {expected}….sql: numbers go up by one"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::compare;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn the_same_names_in_a_row_pass() {
        let both = set(&["0001_first.sql", "0002_second.sql"]);
        assert!(compare(&both, &both).is_empty());
    }

    #[test]
    fn a_missing_twin_a_gap_and_an_empty_folder_are_found() {
        let one = set(&["0001_first.sql"]);
        let gap = set(&["0001_first.sql", "0003_third.sql"]);
        assert_eq!(compare(&one, &gap).len(), 1);
        assert_eq!(compare(&gap, &gap).len(), 1);
        assert_eq!(compare(&set(&[]), &set(&[])).len(), 1);
    }
}
