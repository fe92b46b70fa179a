//! The command line. stdout carries results alone; logs and errors go to stderr.

mod company;
mod configuration;
mod credits;
mod demo;
mod dialing;
mod doctor;
mod fields;
mod healthcheck;
mod open;
pub(crate) mod serve;
mod sheets;
mod token;
mod user;
mod voice_tools;

use std::{
    fmt,
    io::{ErrorKind, Write as _},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::{
    config::{Config, Flags, Problem},
    telemetry,
};

#[derive(Parser)]
#[command(name = "ringback", version, about = "Returns every missed call", max_term_width = 100, after_help = CONFIGURATION)]
struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

const CONFIGURATION: &str = "Configuration: flags, then RINGBACK_… variables, then ringback.toml, then defaults.\n`ringback config print` shows \
    every key with its value and where it comes from.";

#[derive(Args)]
struct Place {
    /// Read this file instead of ringback.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the embedded database, the secret key and the node's name lie [default: ./data; the demo's: a temporary one]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

#[derive(Args)]
struct Listen {
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// See it work: a salon, its phone, and more callers than channels; nothing else to install
    Demo(demo::Demo),
    /// Run the server
    Serve(Listen),
    /// Companies: the tenants
    #[command(subcommand)]
    Company(company::Command),
    /// People who can sign in
    #[command(subcommand)]
    User(user::Command),
    /// Tokens for the API
    #[command(subcommand)]
    Token(token::Command),
    /// A company's credits; one is a second of talk
    #[command(subcommand)]
    Credits(credits::Command),
    /// Customers, staff or callbacks from a CSV file: all rows or none
    #[command(subcommand)]
    Import(sheets::Imported),
    /// Customers, staff or callbacks as a CSV file
    #[command(subcommand)]
    Export(sheets::Exported),
    /// Stop all automatic calls at once, also on running servers; missed calls are still recorded
    PauseDialing(dialing::Whose),
    /// Let automatic calls start again
    ResumeDialing(dialing::Whose),
    /// Bring the database to this version
    Migrate,
    /// Print the OpenAPI document of the API
    Openapi,
    /// Print a voice agent's tools as its platform wants them described
    VoiceTools(voice_tools::Address),
    /// Explain the configuration
    #[command(subcommand)]
    Config(configuration::Command),
    /// Ask a running server whether it is ready
    Healthcheck(Listen),
    /// Look for what is wrong and say how to mend it
    Doctor,
}

impl Command {
    fn listen(&self) -> Option<String> {
        match self {
            Self::Serve(listen) | Self::Healthcheck(listen) => listen.listen.clone(),
            _ => None,
        }
    }
}

type Outcome = anyhow::Result<()>;

/// What was given is not accepted: one line each.
#[derive(Debug)]
struct Refused(Vec<Problem>);

/// The command ran and found what is wrong; it has said so on stdout.
#[derive(Debug)]
struct Found;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if nth == 0 { "" } else { "\nerror: " })?;
        }
        Ok(())
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("something is wrong")
    }
}

impl std::error::Error for Refused {}
impl std::error::Error for Found {}

/// Parses the command line, does it, and says in one line why not if not.
pub fn main() -> ExitCode {
    // Two TLS back-ends are compiled in by our libraries' features; without a choice the first connection would panic.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        return failed(&anyhow::anyhow!("another TLS provider was installed first"));
    }
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<Found>() => ExitCode::FAILURE,
        // Whoever read our output wanted no more of it: `ringback config print | head -1`.
        Err(error) if error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe) => {
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    // Nothing is left to do when stderr is gone too.
    let _ = writeln!(std::io::stderr(), "error: {error:#}");
    ExitCode::FAILURE
}

fn run(cli: Cli) -> Outcome {
    if matches!(cli.command, Command::Openapi) {
        say(crate::api::document().trim_end())?;
        return Ok(());
    }
    if let Command::VoiceTools(address) = &cli.command {
        return voice_tools::run(address);
    }
    if let Command::Demo(demo) = &cli.command {
        return run_demo(demo, cli.place);
    }
    let flags = Flags { config: cli.place.config, listen: cli.command.listen(), data_dir: cli.place.data_dir };
    let config = Config::load(&flags);
    if let Command::Config(command) = cli.command {
        return configuration::run(&command, config);
    }
    let config = config.map_err(Refused)?;
    // One command's log is about what went wrong; a server's also about what went right.
    let level = if matches!(cli.command, Command::Serve(_)) { "info" } else { "warn" };
    telemetry::start_logging(config.log_filter(level), config.log_format);
    let runtime = match cli.command {
        Command::Serve(_) => tokio::runtime::Builder::new_multi_thread().enable_all().build()?,
        _ => tokio::runtime::Builder::new_current_thread().enable_all().build()?,
    };
    let done = runtime.block_on(async {
        match cli.command {
            Command::Serve(_) => serve::run(&config).await,
            Command::Company(command) => company::run(command, &config).await,
            Command::User(command) => user::run(command, &config).await,
            Command::Token(command) => token::run(command, &config).await,
            Command::Credits(command) => credits::run(command, &config).await,
            Command::Import(command) => sheets::import(command, &config).await,
            Command::Export(command) => sheets::export(command, &config).await,
            Command::PauseDialing(whose) => dialing::run(whose, true, &config).await,
            Command::ResumeDialing(whose) => dialing::run(whose, false, &config).await,
            Command::Migrate => open::migrate(&config).await,
            Command::Healthcheck(_) => healthcheck::run(&config).await,
            Command::Doctor => doctor::run(&config).await,
            Command::Config(command) => configuration::run(&command, Ok(config)),
            Command::Demo(_) | Command::Openapi | Command::VoiceTools(_) => unreachable!("they read no configuration and were done above"),
        }
    });
    // What still blocks a thread must not hold up the end.
    runtime.shutdown_timeout(LAST_THREADS);
    done
}

fn run_demo(demo: &demo::Demo, place: Place) -> Outcome {
    if place.config.is_some() {
        let why = "the demo reads no configuration file: it must never write into a real database; leave --config out";
        Cli::command().error(clap::error::ErrorKind::ArgumentConflict, why).exit();
    }
    let (flags, _temporary) = demo.place(place.data_dir)?;
    let config = Config::of_flags(&flags).map_err(Refused)?;
    telemetry::start_logging(config.log_filter("warn"), config.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(demo::run(demo, &config));
    runtime.shutdown_timeout(LAST_THREADS);
    done
}

/// For threads that still block when everything else has ended.
const LAST_THREADS: Duration = Duration::from_millis(500);

/// Writes a line of the result to stdout.
pub(crate) fn say(line: impl fmt::Display) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

/// What is worth knowing and no result goes to stderr.
fn note(text: &str) {
    // A closed terminal is no reason to stop.
    let _ = writeln!(std::io::stderr(), "note: {text}");
}

fn say_json(value: &impl serde::Serialize) -> Outcome {
    say(serde_json::to_string_pretty(value)?)?;
    Ok(())
}
