//! What may keep a phone from taking and making calls.

use std::sync::Arc;

use ringback_store::PhoneSetup;
use ringback_telephony::{
    registry::Registry,
    simulator::{Profile, Simulator},
};

use super::{super::open, Findings};
use crate::{
    clock::SystemClock,
    config::Config,
    vault::{Vault, VaultError},
};

const OTHER_KEY: &str = "bring back the key that was used before (secret.key of a backup's data directory, or RINGBACK_SECRET_KEY); \
                         without it, enter the carrier_config of each phone anew";
const ENTER_ANEW: &str = "enter the phone's carrier_config anew: PATCH /api/v1/phones/ID";

/// What the phones' sealed configurations hold, as far as the key opens them.
pub(super) fn look_at_configs(config: &Config, missing: bool, phones: &[PhoneSetup], findings: &mut Findings) -> anyhow::Result<()> {
    if missing && config.uses_sqlite() {
        let lost = format!("the secret key is gone, and {} phones have credentials sealed with it", phones.len());
        findings.wrong(lost, OTHER_KEY);
        return Ok(());
    }
    let vault = match config.secret_key() {
        Ok(key) => Vault::new(&key),
        Err(problem) => {
            findings.wrong(problem.to_string(), "set it");
            return Ok(());
        }
    };
    // As the server builds them; none of them is asked for anything here.
    let simulator = Simulator::new(0, Profile::default(), Arc::new(SystemClock));
    let carriers = Registry::new(config.patience.carrier_timeout, simulator)?;
    for phone in phones {
        match vault.open(phone.company_id, phone.id, &phone.carrier_config) {
            Ok(plain) => look_at_config(phone, &plain, &carriers, findings),
            Err(error @ VaultError::OtherKey) => findings.wrong(format!("the carrier_config of {} is {error}", called(phone)), OTHER_KEY),
            Err(error @ VaultError::Damaged) => findings.wrong(format!("the carrier_config of {}: {error}", called(phone)), ENTER_ANEW),
        }
    }
    Ok(())
}

fn look_at_config(phone: &PhoneSetup, plain: &[u8], carriers: &Registry, findings: &mut Findings) {
    let config = serde_json::from_slice(plain).unwrap_or_default();
    let Ok(kind) = phone.carrier.parse() else {
        return findings.wrong(format!("{} is at a carrier that this version does not know: {}", called(phone), phone.carrier), ENTER_ANEW);
    };
    match carriers.carrier(kind, &config) {
        Ok(carrier) if carrier.needs_stream_url() && phone.stream_url.is_none() => findings.wrong(
            format!("{} has nothing to connect calls with: neither it nor its voice agent has a stream_url", called(phone)),
            "set carrier_config.stream_url, at Exotel or its app_id (PATCH /api/v1/phones/ID), or its agent's stream_url (PATCH /api/v1/agents/ID)",
        ),
        Ok(_) => {}
        Err(errors) => {
            let errors: Vec<String> = errors.iter().map(|error| format!("{} {}", error.field, error.message)).collect();
            findings.wrong(format!("the carrier_config of {} is not accepted: {}", called(phone), errors.join("; ")), ENTER_ANEW);
        }
    }
}

fn called(phone: &PhoneSetup) -> String {
    format!("phone \"{}\" ({}) of {}", phone.label, phone.id, phone.company)
}

pub(super) fn look_at(phone: &PhoneSetup, findings: &mut Findings) {
    match (&phone.agent, phone.agent_active) {
        (None, _) => findings.note(format!("{} has no voice agent", called(phone)), "give it an agent_id: PATCH /api/v1/phones/ID"),
        (Some(agent), Some(false)) => findings.note(
            format!("the voice agent {agent} of {} is not active; it goes on taking that phone's calls", called(phone)),
            "activate it (PATCH /api/v1/agents/ID), or give the phone another agent_id",
        ),
        (Some(_), _) => {}
    }
    if let Some(until) = phone.paused_until.filter(|until| *until > open::now()) {
        let because = phone.paused_because.as_deref().unwrap_or("no reason was written");
        findings.wrong(
            format!("{} is paused until {until}: {because}", called(phone)),
            "check the carrier account and the phone's carrier_config; it is tried again by itself when the pause ends",
        );
    }
}
