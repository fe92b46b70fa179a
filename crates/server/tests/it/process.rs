//! The real binary: one command, or a server that is stopped when the test ends.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use crate::engines::TestDatabase;

const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes 7, base64: PostgreSQL wants a key that is given.
pub(crate) const SECRET_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// `ringback ARGUMENTS` on this database, and nothing of the surroundings' configuration.
pub(crate) fn ringback(database: &TestDatabase, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("RINGBACK_") {
            command.env_remove(name);
        }
    }
    command.env("RINGBACK_DATABASE_URL", &database.url).env("RINGBACK_SECRET_KEY", SECRET_KEY);
    command.current_dir(database.dir()).args(arguments).stdin(Stdio::null());
    command
}

/// What a command said and how it ended.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("prints UTF-8");
        Self { code: output.status.code().expect("ends by itself"), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Said {
    /// Its result, when it went well.
    #[track_caller]
    pub(crate) fn result(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
        self.stdout.trim_end().to_owned()
    }
}

pub(crate) fn run(database: &TestDatabase, arguments: &[&str]) -> Said {
    ringback(database, arguments).output().expect("starts").into()
}

pub(crate) fn run_with_input(database: &TestDatabase, arguments: &[&str], input: &str) -> Said {
    let mut child =
        ringback(database, arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    // It may refuse its arguments without reading.
    let _ = child.stdin.take().expect("is piped").write_all(input.as_bytes());
    child.wait_with_output().expect("ends").into()
}

/// A running `ringback serve`.
pub(crate) struct Serving {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
}

impl Serving {
    /// Started on a free port, and ready.
    pub(crate) fn start(database: &TestDatabase) -> Self {
        Self::start_with(database, &[])
    }

    pub(crate) fn start_with(database: &TestDatabase, environment: &[(&str, &str)]) -> Self {
        Self::of(ringback(database, &["serve", "--listen", "127.0.0.1:0"]).envs(environment.iter().copied()))
    }

    /// Of a command that serves on a free port.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        let mut line = String::new();
        let printed = BufReader::new(child.stdout.take().expect("is piped")).read_line(&mut line);
        let Some(address) = line.trim().strip_prefix("url: http://").filter(|_| printed.is_ok()) else {
            panic!("no address but {line:?}: {}", Said::from(child.wait_with_output().expect("ends")).stderr)
        };
        let serving = Self { child, address: address.to_owned() };
        let since = Instant::now();
        while serving.get("/readyz", None).0 != 200 {
            assert!(since.elapsed() < PATIENCE, "not ready: {:?}", serving.get("/readyz", None));
            std::thread::sleep(Duration::from_millis(5));
        }
        serving
    }

    /// Status and body.
    pub(crate) fn get(&self, path: &str, token: Option<&str>) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out above zero");
        let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\n{authorization}Connection: close\r\n\r\n", self.address)
            .expect("takes a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answers");
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
    }

    /// Status alone.
    pub(crate) fn post_form(&self, path: &str, form: &str) -> u16 {
        let mut stream = TcpStream::connect(&self.address).expect("listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out above zero");
        let head = format!("POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        let kind = "Content-Type: application/x-www-form-urlencoded";
        write!(stream, "{head}{kind}\r\nContent-Length: {}\r\n\r\n{form}", form.len()).expect("takes a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answers");
        answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }

    /// What the process has of its own in memory; the rest are pages of files, which the system takes back at will.
    #[cfg(target_os = "linux")]
    pub(crate) fn own_memory_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("Linux says so");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
    }

    /// SIGTERM; how it ended, and after how long.
    pub(crate) fn stop(mut self) -> (Said, Duration) {
        let since = Instant::now();
        signal(&self.child, "TERM");
        let mut stderr = String::new();
        // Read to the end first: a full pipe would keep the process from ending.
        self.child.stderr.take().expect("is piped").read_to_string(&mut stderr).expect("prints UTF-8");
        let status = self.child.wait().expect("ends");
        let code = status.code().expect("ends by itself");
        (Said { code, stdout: String::new(), stderr }, since.elapsed())
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status();
    assert!(sent.expect("kill is everywhere").success());
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Stopped already, or it is time.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
