//! Programs that run beside a test and must not outlive it.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::workspace::{command, typed};

const START_PATIENCE: Duration = Duration::from_mins(1);

/// Stops the program, which has nothing to lose, when the shell's own stdin ends.
const UNTIL_STDIN_ENDS: &str = r#"
    trap '' INT TERM HUP
    "$@" </dev/null &
    cat >/dev/null
    kill -KILL "$!" 2>/dev/null
    wait
"#;

/// A program with a shell that holds a pipe from us. The pipe closes however xtask ends, also by Ctrl-C, a panic or SIGKILL;
/// the shell then does what its script says.
pub(crate) struct Kept(Child);

impl Kept {
    pub(crate) fn start(script: &str, arguments: &Command, before: &[&Path], output: Stdio, errors: Stdio) -> Result<Self> {
        let mut shell = command("sh");
        shell.args(["-c", script, "kept"]).args(before).arg(arguments.get_program()).args(arguments.get_args());
        if let Some(folder) = arguments.get_current_dir() {
            shell.current_dir(folder);
        }
        // A process group of its own, or the terminal's Ctrl-C would reach the program before its keeper.
        shell.process_group(0).stdin(Stdio::piped()).stdout(output).stderr(errors);
        Ok(Self(shell.spawn().with_context(|| format!("starting `{}`", typed(arguments)))?))
    }

    /// A program that listens on a port of this machine, once it does.
    pub(crate) fn listening(program: &Command, port: u16, log: &Path) -> Result<Self> {
        fs::create_dir_all(log.parent().context("a log lies in a folder")?)?;
        let output = File::create(log)?;
        let mut kept = Self::start(UNTIL_STDIN_ENDS, program, &[], output.try_clone()?.into(), output.into())?;
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if since.elapsed() > START_PATIENCE || kept.0.try_wait()?.is_some() {
                bail!("`{}` does not listen on port {port}:\n{}", typed(program), fs::read_to_string(log).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(kept)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
