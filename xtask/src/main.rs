//! Everything one runs in this repository besides the program itself. `cargo xtask --help` lists it.
#![expect(clippy::print_stdout, reason = "a command line whose result is what it prints")]

mod bench;
mod check;
mod coverage;
mod debian;
mod interop;
mod keeper;
mod mutants;
mod needs;
mod postgres;
mod schemathesis;
mod step;
mod test;
mod tools;
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
    /// The gate: format, lints, documentation, licences, crate edges, file sizes, spelling, OpenAPI
    Check {
        /// End well although something could not run
        #[arg(long)]
        allow_missing: bool,
    },
    /// The part of `check` that needs no compiler
    Tidy,
    /// Every test on both engines, with everything they need started, and stopped afterwards
    Test {
        /// End well although something could not run
        #[arg(long)]
        allow_missing: bool,
    },
    /// The part of `test` that holds the server against its OpenAPI document
    Schemathesis,
    /// The long runs: `simulation`, `crash`, `speed`, a single bench target, or `all`
    Bench {
        #[arg(default_value = "all")]
        name: String,
        /// Handed to the benchmark
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Puts known faults back, one at a time, and shows that tests notice each
    Mutants {
        /// Only this one
        number: Option<u8>,
    },
    /// The share of lines of the domain and the dispatcher that tests run
    Coverage,
    /// Writes docs/api/openapi.json
    Openapi,
    /// Runs a command with `RINGBACK_TEST_POSTGRES` pointing to a private PostgreSQL that ends with it
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
        Task::Check { allow_missing } => check::check(allow_missing),
        Task::Tidy => check::tidy(),
        Task::Test { allow_missing } => Ok(test::test(allow_missing)),
        Task::Schemathesis => schemathesis::against_the_server().map(|()| ExitCode::SUCCESS),
        Task::Bench { name, arguments } => bench::bench(&name, &arguments),
        Task::Mutants { number } => mutants::mutants(number),
        Task::Coverage => coverage::coverage(),
        Task::Openapi => check::openapi::write(),
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
