//! A private PostgreSQL: its own directory, its own port, gone when the command that needed it ends.

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::debian;
use crate::keeper::{Kept, free_port};
use crate::workspace::{command, is_root, on_path, output_of};

/// What tests read. They create a database each, from this one.
pub(crate) const URL_VARIABLE: &str = "RINGBACK_TEST_POSTGRES";

const OLDEST_SUPPORTED: u32 = 15;
const START_PATIENCE: Duration = Duration::from_mins(1);
const PORT_TRIES: u32 = 5;

/// Stops the server when stdin ends, and removes its directory. `wait` is for the shared memory: only a server that
/// ended by itself has given it back.
const KEEPER: &str = r#"
    trap '' INT TERM HUP
    dir="$1"; shift
    "$@" >"$dir/log" 2>&1 </dev/null &
    cat >/dev/null
    server=$(head -n 1 "$dir/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$server" 2>/dev/null
    wait
    rm -rf "$dir"
"#;

pub(crate) struct Instance {
    url: String,
    log: PathBuf,
    /// Stops it when dropped.
    _server: Kept,
}

impl Instance {
    pub(crate) fn start() -> Result<Self> {
        let binaries = find_or_install()?;
        let owner = Owner::choose()?;
        let mut failure = None;
        for _ in 0..PORT_TRIES {
            match Self::start_on_some_port(&binaries, &owner)? {
                Started::Ready(instance) => return Ok(instance),
                Started::PortTaken(log) => failure = Some(log),
            }
        }
        bail!("no free port after {PORT_TRIES} tries; the last server said:\n{}", failure.unwrap_or_default())
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Fails with its own words when it broke down: what failed beside it says no more than that nobody answered.
    pub(crate) fn lasted(&self) -> Result<()> {
        let log = fs::read_to_string(&self.log).with_context(|| format!("reading {}", self.log.display()))?;
        match breakdown(&log) {
            None => Ok(()),
            Some(line) => bail!("the private PostgreSQL broke down; its log in {} said: {line}", self.log.display()),
        }
    }

    fn start_on_some_port(binaries: &Path, owner: &Owner) -> Result<Started> {
        let secret = random_hex()?;
        let dir = std::env::temp_dir().join(format!("ringback-pg-{}-{}", std::process::id(), &secret[..8]));
        fs::create_dir(&dir).with_context(|| format!("creating {}", dir.display()))?;
        if let Err(error) = initialise(binaries, owner, &dir, &secret) {
            let _ = fs::remove_dir_all(&dir);
            return Err(error);
        }
        let port = free_port()?;
        let server = start_server(binaries, owner, &dir, port)?;
        let url = format!("postgres://ringback:{secret}@127.0.0.1:{port}/postgres");
        let instance = Self { url, log: dir.join("log"), _server: server };
        wait_until_ready(&dir, instance)
    }
}

/// The first line of a server's log that tells what it cannot get over.
fn breakdown(log: &str) -> Option<&str> {
    log.lines().find(|line| line.contains("PANIC:") || line.contains("No space left on device"))
}

enum Started {
    Ready(Instance),
    /// Between our choosing the port and the server's taking it, somebody else did.
    PortTaken(String),
}

fn initialise(binaries: &Path, owner: &Owner, dir: &Path, secret: &str) -> Result<()> {
    let password = dir.join("password");
    fs::write(&password, secret)?;
    owner.give(dir)?;
    owner.give(&password)?;
    let mut initdb = owner.command(&binaries.join("initdb"));
    // md5 rather than scram for a throw-away password: scram's 4,096 rounds, unoptimised, would be most of a short test.
    initdb.args(["--username=ringback", "--auth-local=md5", "--auth-host=md5", "--encoding=UTF8", "--locale=C", "--no-sync"]);
    initdb.arg("--pwfile").arg(&password).arg("--pgdata").arg(dir.join("data"));
    output_of(&mut initdb).context("creating a private PostgreSQL")?;
    fs::remove_file(&password)?;
    Ok(())
}

fn start_server(binaries: &Path, owner: &Owner, dir: &Path, port: u16) -> Result<Kept> {
    let mut server = owner.command(&binaries.join("postgres"));
    server.arg("-D").arg(dir.join("data")).arg("-p").arg(port.to_string());
    server.arg("-c").arg("listen_addresses=127.0.0.1");
    server.arg("-c").arg(format!("unix_socket_directories={}", dir.display()));
    // fsync stays on: what a test says about durability must hold for the server people run.
    server.args(["-c", "fsync=on", "-c", "synchronous_commit=on", "-c", "max_connections=300"]);
    server.args(["-c", "timezone=UTC", "-c", "lc_messages=C"]);
    Kept::start(KEEPER, &server, &[dir], Stdio::null(), Stdio::null()).context("starting the private PostgreSQL")
}

fn wait_until_ready(dir: &Path, instance: Instance) -> Result<Started> {
    let since = Instant::now();
    loop {
        // The eighth line of the server's own file says how far it is.
        let state = fs::read_to_string(dir.join("data/postmaster.pid")).unwrap_or_default();
        if state.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
            return Ok(Started::Ready(instance));
        }
        let log = fs::read_to_string(dir.join("log")).unwrap_or_default();
        if log.contains("FATAL:") || since.elapsed() > START_PATIENCE {
            if log.contains("could not create any TCP/IP sockets") {
                return Ok(Started::PortTaken(log));
            }
            bail!("the private PostgreSQL did not start:\n{log}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// PostgreSQL refuses to run as root, so root hands it to an account without rights.
struct Owner {
    account: Option<Account>,
}

struct Account {
    name: &'static str,
    uid: u32,
    gid: u32,
}

impl Owner {
    fn choose() -> Result<Self> {
        if !is_root() {
            return Ok(Self { account: None });
        }
        if on_path("setpriv").is_none() {
            bail!("PostgreSQL does not run as root, and setpriv (util-linux) is not here to run it as somebody else");
        }
        let number =
            |option: &str, name: &str| -> Option<u32> { output_of(Command::new("id").args([option, name])).ok()?.trim().parse().ok() };
        let account =
            ["postgres", "nobody"].into_iter().find_map(|name| Some(Account { name, uid: number("-u", name)?, gid: number("-g", name)? }));
        match account {
            Some(account) => Ok(Self { account: Some(account) }),
            None => bail!("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`"),
        }
    }

    fn give(&self, path: &Path) -> Result<()> {
        if let Some(account) = &self.account {
            std::os::unix::fs::chown(path, Some(account.uid), Some(account.gid))
                .with_context(|| format!("giving {} to {}", path.display(), account.name))?;
        }
        Ok(())
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = match &self.account {
            None => command(program),
            Some(account) => {
                let mut command = command("setpriv");
                command.args([format!("--reuid={}", account.uid), format!("--regid={}", account.gid), "--clear-groups".to_owned()]);
                command.arg(program);
                command
            }
        };
        command.current_dir("/");
        command
    }
}

fn find_or_install() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    debian::install(&["postgresql"]).context("PostgreSQL's server binaries are needed")?;
    find().context("postgresql was installed, but its server binaries were not found under /usr/lib/postgresql")
}

/// The directory with `initdb` and `postgres`, the newest that is new enough. Debian keeps them off PATH.
fn find() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = candidates()
        .into_iter()
        .filter(|dir| dir.join("initdb").is_file() && dir.join("postgres").is_file())
        .filter_map(|dir| Some((major_version(&dir)?, dir)))
        .filter(|(version, _)| *version >= OLDEST_SUPPORTED)
        .collect();
    found.sort();
    found.pop().map(|(_, dir)| dir)
}

fn candidates() -> Vec<PathBuf> {
    let below = |dir: &str, keep: fn(&str) -> bool| -> Vec<PathBuf> {
        let entries = fs::read_dir(dir).into_iter().flatten().flatten();
        entries.filter(|entry| entry.file_name().to_str().is_some_and(keep)).map(|entry| entry.path().join("bin")).collect()
    };
    let mut dirs = below("/usr/lib/postgresql", |_| true);
    for brew in ["/opt/homebrew/opt", "/usr/local/opt"] {
        dirs.extend(below(brew, |name| name.starts_with("postgresql")));
    }
    dirs.extend(below("/usr", |name| name.starts_with("pgsql-")));
    // A link in PATH may point away from the programs that lie beside the real one.
    dirs.extend(on_path("postgres").and_then(|path| Some(path.canonicalize().ok()?.parent()?.to_path_buf())));
    dirs
}

/// From `postgres (PostgreSQL) 15.18 (Debian …)`.
fn major_version(dir: &Path) -> Option<u32> {
    let text = output_of(command(dir.join("postgres")).arg("--version")).ok()?;
    text.split_whitespace().nth(2)?.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn random_hex() -> Result<String> {
    let mut bytes = [0_u8; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use super::breakdown;

    #[test]
    fn a_server_that_broke_down_is_told_from_one_that_was_asked_wrong_things() {
        let asked = "2026-03-02 12:00:00 UTC [7] FATAL:  database \"none\" does not exist\n";
        let full = "2026-03-02 12:00:01 UTC [3] ERROR:  could not extend file \"base/5/1259\": No space left on device";
        assert_eq!(breakdown(asked), None);
        assert_eq!(breakdown(&format!("{asked}{full}\n")), Some(full));
    }
}
