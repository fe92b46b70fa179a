//! `ringback doctor`: looks for what is wrong, and says how to mend it.

mod phones;

use std::{collections::BTreeSet, fmt, fs::File, os::unix::fs::PermissionsExt as _, path::PathBuf};

use reqwest::Url;
use ringback_domain::time::Clock as _;
use ringback_store::{ForgottenBecause, Store, db};

use super::{Found, Outcome, open, say};
use crate::{clock::SystemClock, config::Config};

struct Finding {
    what: String,
    mend: String,
    /// Nothing works as promised until it is mended; else it is worth a look.
    serious: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n  mend: {}", if self.serious { "wrong" } else { "note" }, self.what, self.mend)
    }
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn wrong(&mut self, what: impl Into<String>, mend: impl Into<String>) {
        self.0.push(Finding { what: what.into(), mend: mend.into(), serious: true });
    }

    fn note(&mut self, what: impl Into<String>, mend: impl Into<String>) {
        self.0.push(Finding { what: what.into(), mend: mend.into(), serious: false });
    }
}

pub(super) async fn run(config: &Config) -> Outcome {
    let mut findings = Findings::default();
    look_at_data_dir(config, &mut findings);
    look_at_public_url(config, &mut findings);
    // What was found until then is told all the same.
    if let Err(error) = open_and_look(config, &mut findings).await {
        let mend = "let the database answer, then run `ringback doctor` again";
        findings.wrong(format!("the database could not be looked at: {error:#}"), mend);
    }
    for finding in &findings.0 {
        say(finding)?;
    }
    let serious = findings.0.iter().filter(|finding| finding.serious).count();
    say(conclusion(serious, findings.0.len() - serious))?;
    if serious > 0 { Err(Found.into()) } else { Ok(()) }
}

async fn open_and_look(config: &Config, findings: &mut Findings) -> anyhow::Result<()> {
    let key = config.secret_key_is_missing();
    let Some(store) = open::as_it_is(config).await? else {
        findings.note("there is no database yet", "nothing: the first `ringback serve` makes one");
        return Ok(());
    };
    let pending = db::pending(store.db()).await?;
    if pending > 0 {
        findings.wrong(format!("{pending} migrations are not applied; nothing in the database was looked at"), "ringback migrate");
    } else {
        look_at_database(config, key, &store, findings).await?;
    }
    store.db().close().await;
    Ok(())
}

async fn look_at_database(config: &Config, key: bool, store: &Store, findings: &mut Findings) -> anyhow::Result<()> {
    look_at_invariants(store, findings).await?;
    let phones = store.phone_setups().await?;
    if key && config.uses_sqlite() && phones.is_empty() {
        findings.note("there is no secret key yet", "nothing: the first `ringback serve` makes one");
    } else {
        phones::look_at_configs(config, key, &phones, findings)?;
    }
    for phone in &phones {
        phones::look_at(phone, findings);
    }
    look_at_companies(store, findings).await?;
    Ok(())
}

/// What all of it comes to: a note is no fault, and no note is not silence.
fn conclusion(wrong: usize, notes: usize) -> String {
    let many = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    match (wrong, notes) {
        (0, 0) => "nothing is wrong".to_owned(),
        (0, notes) => format!("no faults; {} to look at", many(notes, "note")),
        (wrong, 0) => format!("{} to mend", many(wrong, "fault")),
        (wrong, notes) => format!("{} to mend, {} to look at", many(wrong, "fault"), many(notes, "note")),
    }
}

fn look_at_data_dir(config: &Config, findings: &mut Findings) {
    let dir = &config.data_dir;
    if dir.metadata().is_ok_and(|it| !it.is_dir()) {
        return findings.wrong(format!("{} is not a directory", dir.display()), "name another one with --data-dir or RINGBACK_DATA_DIR");
    }
    // Opened, not written: what stands in it stays.
    if let Some(file) = config.database_file()
        && file.is_file()
        && let Err(error) = File::options().append(true).open(&file)
    {
        findings.wrong(format!("{} cannot be written: {error}", file.display()), "let the server's account write there");
    }
    let beside = |end: &str| config.database_file().map(|file| PathBuf::from(format!("{}{end}", file.display())));
    let database = ["", "-wal", "-shm"].into_iter().filter_map(beside);
    for path in [dir.clone(), dir.join("secret.key")].into_iter().chain(database) {
        let Ok(metadata) = path.metadata() else { continue };
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let narrower = if metadata.is_dir() { "700" } else { "600" };
            findings.wrong(
                format!("{} can be opened by other accounts (mode {mode:o})", path.display()),
                format!("chmod {narrower} {}", path.display()),
            );
        }
    }
}

fn look_at_public_url(config: &Config, findings: &mut Findings) {
    let Some(text) = &config.public_url else {
        return findings.note(
            "RINGBACK_PUBLIC_URL is not set: carriers are told the address that is listened on, which they reach on this machine only",
            "set RINGBACK_PUBLIC_URL to the address under which carriers reach this server, such as https://ringback.example.com",
        );
    };
    let local = Url::parse(text).ok().and_then(|url| url.host_str().map(is_local)).unwrap_or(false);
    if local {
        findings.note(format!("RINGBACK_PUBLIC_URL is {text}: carriers cannot reach it"), "set it to an address that the internet knows");
    } else if text.starts_with("http://") {
        findings.wrong(
            format!("RINGBACK_PUBLIC_URL is {text}: the keys in carriers' requests would travel in the clear"),
            "serve it over https:// behind a reverse proxy, and say so in RINGBACK_PUBLIC_URL",
        );
    }
}

fn is_local(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| match address {
            std::net::IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_unspecified() || v4.is_link_local(),
            std::net::IpAddr::V6(v6) => v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local(),
        })
}

async fn look_at_invariants(store: &Store, findings: &mut Findings) -> anyhow::Result<()> {
    for violation in store.broken_books().await? {
        findings.wrong(
            format!("{} ({})", violation.invariant, violation.what),
            "this is a fault of Ringback: keep a copy of the database, run `ringback pause-dialing`, and report it",
        );
    }
    for it in store.forgotten(SystemClock.now()).await? {
        let what = format!("callback {} of company {}: {}", it.callback, it.company, it.because);
        match it.because {
            // A person's work that lies there, no fault.
            ForgottenBecause::Expired => findings.note(what, it.because.mend()),
            _ => findings.wrong(what, it.because.mend()),
        }
    }
    Ok(())
}

async fn look_at_companies(store: &Store, findings: &mut Findings) -> anyhow::Result<()> {
    if store.dialing_paused().await? {
        findings.note("automatic calls of all companies are paused", "ringback resume-dialing");
    }
    let mut known = BTreeSet::new();
    for company in store.company_standings().await? {
        if company.is_short() {
            findings.note(
                format!(
                    "{} has {} credits; automatic callbacks need more than {}",
                    company.slug, company.balance, company.settings.minimum_credits
                ),
                format!("ringback credits add --company {} AMOUNT", company.slug),
            );
        }
        if company.dialing_paused {
            findings.note(
                format!("automatic calls of {} are paused", company.slug),
                format!("ringback resume-dialing --company {}", company.slug),
            );
        }
        known.insert(company.slug);
    }
    if known.is_empty() {
        findings.note("there is no company", "ringback company create NAME");
    }
    Ok(())
}
