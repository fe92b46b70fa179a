//! `ringback config …`

use clap::Subcommand;

use super::{Found, Outcome, Refused, say};
use crate::config::{Config, Problem};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Say what is wrong with the configuration, if anything is
    Check,
    /// Print every key with its value and where it comes from; secrets are masked
    Print,
}

pub(super) fn run(command: &Command, config: Result<Config, Vec<Problem>>) -> Outcome {
    match command {
        Command::Print => print(&config.map_err(Refused)?),
        Command::Check => check(config),
    }
}

fn print(config: &Config) -> Outcome {
    for (name, value, source) in config.effective() {
        match value {
            Some(value) => say(format!("{name} = {}  # {source}", serde_json::Value::from(value)))?,
            None => say(format!("# {name} is {source}"))?,
        }
    }
    Ok(())
}

fn check(config: Result<Config, Vec<Problem>>) -> Outcome {
    let mut wrong = Vec::new();
    let mut notes = Vec::new();
    match config {
        Err(problems) => wrong = problems,
        Ok(config) => {
            if !config.uses_sqlite() {
                wrong.extend(config.secret_key().err());
            } else if config.secret_key_is_missing() {
                notes.push(format!("the first start makes a secret key in {}", config.data_dir.display()));
            }
            if config.public_url.is_none() {
                notes.push("RINGBACK_PUBLIC_URL is not set: carriers are told the address that is listened on".to_owned());
            }
            notes.extend(config.unused.iter().map(|key| format!("{key} is accepted and not used by this version")));
        }
    }
    for problem in &wrong {
        say(format!("wrong: {problem}"))?;
    }
    for note in notes {
        say(format!("note: {note}"))?;
    }
    if wrong.is_empty() {
        say("the configuration is in order")?;
        Ok(())
    } else {
        Err(Found.into())
    }
}
