//! Everything one runs in this repository besides the program itself. `cargo xtask --help` lists it.
#![expect(clippy::print_stdout, reason = "a command line whose result is what it prints")]

mod debian;
mod postgres;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Runs, checks and measures Ringback")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs a command with RINGBACK_TEST_POSTGRES pointing to a private PostgreSQL that ends with it
    WithPostgres {
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
        command: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<ExitCode> {
    match task {
        Task::WithPostgres { command } => with_postgres(&command),
    }
}

/// Runs in the directory where it was typed, like `env` would, and ends as the command ends.
fn with_postgres(arguments: &[OsString]) -> Result<ExitCode> {
    let instance = postgres::Instance::start()?;
    let [program, arguments @ ..] = arguments else { unreachable!("clap asks for at least one argument") };
    let mut command = std::process::Command::new(program);
    workspace::forget_cargo_run(&mut command);
    command.args(arguments).env(postgres::URL_VARIABLE, instance.url());
    let status = command.status().with_context(|| format!("running {}", program.display()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}
