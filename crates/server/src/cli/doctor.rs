//! `ringback doctor`: looks for what is wrong, and says how to mend it.

use std::{collections::BTreeSet, fmt, os::unix::fs::PermissionsExt as _};

use reqwest::Url;
use ringback_store::{PhoneSetup, Store, db};

use super::{Found, Outcome, open, say};
use crate::{
    config::Config,
    vault::{Vault, VaultError},
};

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
    let key = config.secret_key_is_missing();
    let store = open::store(config).await?;
    let pending = db::pending(store.db()).await?;
    if pending > 0 {
        findings.wrong(format!("{pending} migrations are not applied"), "ringback migrate");
    }
    look_at_invariants(&store, &mut findings).await?;
    let phones = store.phone_setups().await?;
    if key && config.uses_sqlite() && phones.is_empty() {
        findings.note("there is no secret key yet", "nothing: the first `ringback serve` makes one");
    } else {
        look_at_secrets(config, key, &phones, &mut findings);
    }
    for phone in &phones {
        look_at_phone(phone, &mut findings);
    }
    look_at_companies(&store, &mut findings).await?;
    store.db().close().await;

    for finding in &findings.0 {
        say(finding)?;
    }
    if findings.0.iter().any(|finding| finding.serious) {
        return Err(Found.into());
    }
    say("nothing is wrong")?;
    Ok(())
}

fn look_at_data_dir(config: &Config, findings: &mut Findings) {
    let dir = &config.data_dir;
    for path in [dir.clone(), dir.join("secret.key")] {
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
    for violation in store.violations().await? {
        findings.wrong(
            format!("{} ({})", violation.invariant, violation.what),
            "this is a fault of Ringback: keep a copy of the database, run `ringback pause-dialing`, and report it",
        );
    }
    Ok(())
}

fn look_at_secrets(config: &Config, missing: bool, phones: &[PhoneSetup], findings: &mut Findings) {
    const MEND: &str = "bring back the key that was used before (secret.key of a backup's data directory, or RINGBACK_SECRET_KEY); without it, \
                        enter the carrier_config of each phone anew";
    if missing && config.uses_sqlite() {
        let lost = format!("the secret key is gone, and {} phones have credentials sealed with it", phones.len());
        return findings.wrong(lost, MEND);
    }
    let vault = match config.secret_key() {
        Ok(key) => Vault::new(&key),
        Err(problem) => return findings.wrong(problem.to_string(), "set it"),
    };
    for phone in phones {
        match vault.open(phone.company_id, phone.id, &phone.carrier_config) {
            Ok(_) => {}
            Err(error @ VaultError::OtherKey) => findings.wrong(format!("the carrier_config of {} is {error}", called(phone)), MEND),
            Err(error @ VaultError::Damaged) => {
                findings.wrong(format!("the carrier_config of {}: {error}", called(phone)), "enter the phone's carrier_config anew");
            }
        }
    }
}

fn called(phone: &PhoneSetup) -> String {
    format!("phone \"{}\" ({}) of {}", phone.label, phone.id, phone.company)
}

fn look_at_phone(phone: &PhoneSetup, findings: &mut Findings) {
    match (&phone.agent, phone.agent_active) {
        (None, _) => findings.note(format!("{} has no voice agent", called(phone)), "give it an agent_id: PATCH /api/v1/phones/ID"),
        (Some(agent), Some(false)) => {
            findings.note(
                format!("the voice agent {agent} of {} is not active", called(phone)),
                "activate it, or give the phone another agent_id",
            );
        }
        // Twilio connects a call to the agent's stream; without one the person hears nothing.
        (Some(agent), _) if phone.carrier == "twilio" && phone.stream_url.is_none() => {
            findings.note(
                format!("the voice agent {agent} of {} has no stream_url", called(phone)),
                "set the agent's stream_url, or one in carrier_config",
            );
        }
        _ => {}
    }
    if let Some(until) = phone.paused_until.filter(|until| *until > open::now()) {
        let because = phone.paused_because.as_deref().unwrap_or("no reason was written");
        findings.wrong(
            format!("{} is paused until {until}: {because}", called(phone)),
            "check the carrier account and the phone's carrier_config; it is tried again by itself when the pause ends",
        );
    }
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
