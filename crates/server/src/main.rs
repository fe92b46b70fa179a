use std::process::ExitCode;

fn main() -> ExitCode {
    ringback_server::cli::main()
}
