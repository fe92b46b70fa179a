//! Every crate we link must come under terms we have read.

use anyhow::{Result, bail};

use super::policy::Policy;
use super::{Metadata, verdict};

pub(super) fn check(metadata: &Metadata, policy: &Policy) -> Result<()> {
    let mut findings = Vec::new();
    for package in &metadata.packages {
        let Some(expression) = &package.license else {
            findings.push(format!("{} {} names no licence", package.name, package.version));
            continue;
        };
        let extra = policy.licenses.exceptions.iter().filter(|it| it.name == package.name).flat_map(|it| &it.allow);
        let allowed: Vec<&str> = policy.licenses.allow.iter().chain(extra).map(String::as_str).collect();
        match permits(expression, &allowed) {
            Ok(true) => {}
            Ok(false) => findings.push(format!("{} {} comes under {expression}", package.name, package.version)),
            Err(error) => findings.push(format!("{} {}: {expression}: {error:#}", package.name, package.version)),
        }
    }
    verdict(&findings)
}

/// Whether an SPDX expression can be met with the allowed licences alone. Old manifests write `/` for `OR`.
fn permits(expression: &str, allowed: &[&str]) -> Result<bool> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words: Vec<&str> = spaced.split_whitespace().collect();
    words.reverse();
    let result = either(&mut words, allowed)?;
    if let Some(word) = words.pop() {
        bail!("`{word}` was not expected");
    }
    Ok(result)
}

fn either(words: &mut Vec<&str>, allowed: &[&str]) -> Result<bool> {
    let mut result = both(words, allowed)?;
    while words.pop_if(|word| *word == "OR").is_some() {
        result |= both(words, allowed)?;
    }
    Ok(result)
}

fn both(words: &mut Vec<&str>, allowed: &[&str]) -> Result<bool> {
    let mut result = single(words, allowed)?;
    while words.pop_if(|word| *word == "AND").is_some() {
        result &= single(words, allowed)?;
    }
    Ok(result)
}

fn single(words: &mut Vec<&str>, allowed: &[&str]) -> Result<bool> {
    match words.pop() {
        None => bail!("ends too early"),
        Some("(") => {
            let result = either(words, allowed)?;
            if words.pop() != Some(")") {
                bail!("a bracket is not closed");
            }
            Ok(result)
        }
        Some(name @ (")" | "AND" | "OR" | "WITH")) => bail!("`{name}` was not expected"),
        Some(name) if words.pop_if(|word| *word == "WITH").is_some() => {
            let Some(exception) = words.pop() else { bail!("ends after WITH") };
            Ok(allowed.contains(&format!("{name} WITH {exception}").as_str()))
        }
        Some(name) => Ok(allowed.contains(&name)),
    }
}

#[cfg(test)]
mod tests {
    use super::permits;

    const ALLOWED: [&str; 3] = ["MIT", "Apache-2.0", "Unicode-3.0"];

    #[test]
    fn one_allowed_choice_is_enough() {
        for expression in ["MIT", "GPL-3.0 OR MIT", "Zlib/MIT", "(GPL-3.0 OR MIT) AND Unicode-3.0", "MIT OR Apache-2.0 WITH LLVM-exception"]
        {
            assert!(permits(expression, &ALLOWED).unwrap(), "{expression}");
        }
    }

    #[test]
    fn every_joined_licence_must_be_allowed() {
        for expression in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND OpenSSL", "Apache-2.0 WITH LLVM-exception"] {
            assert!(!permits(expression, &ALLOWED).unwrap(), "{expression}");
        }
    }

    #[test]
    fn nonsense_is_an_error_not_a_permission() {
        for expression in ["", "MIT OR", "(MIT", "MIT Apache-2.0", "AND MIT", "MIT WITH"] {
            assert!(permits(expression, &ALLOWED).is_err(), "{expression}");
        }
    }
}
