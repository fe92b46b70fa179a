//! The API's description is generated from the code and kept in the repository, so that a change to it is seen in review.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::workspace::{cargo, output_of, root};

fn committed() -> PathBuf {
    root().join("docs/api/openapi.json")
}

fn generated() -> Result<String> {
    let text = output_of(&mut cargo(["run", "--quiet", "--package", "ringback-server", "--", "openapi"]))?;
    serde_json::from_str::<serde_json::Value>(&text).context("`ringback openapi` printed no JSON")?;
    Ok(text)
}

pub(super) fn check() -> Result<()> {
    let generated = generated()?;
    let committed = fs::read_to_string(committed()).context("reading docs/api/openapi.json; `cargo xtask openapi` writes it")?;
    let Some(line) = first_difference(&committed, &generated) else { return Ok(()) };
    bail!("docs/api/openapi.json differs from `ringback openapi` from line {line}; `cargo xtask openapi` writes it anew");
}

pub(crate) fn write() -> Result<ExitCode> {
    let path = committed();
    fs::create_dir_all(path.parent().context("the document lies in a folder")?)?;
    fs::write(&path, generated()?)?;
    println!("wrote {}", path.display());
    Ok(ExitCode::SUCCESS)
}

fn first_difference(committed: &str, generated: &str) -> Option<usize> {
    if committed == generated {
        return None;
    }
    let same = committed.lines().zip(generated.lines()).take_while(|(left, right)| left == right).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn the_first_line_that_differs_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
    }
}
