//! The demo's company: a salon, its voice agent, a phone with two channels, somebody who signs in, a token.

use rand::RngExt as _;
use ringback_domain::{
    access::{Role, Scope},
    ids::{AgentId, CompanyId, CustomerId, PhoneId},
    phone_number::PhoneNumber,
    settings::{AutoCallback, WhenFull},
};
use ringback_store::{Agent, NewCompany, NewStaff, NewToken, PhoneRecord, Start, Window};
use sha2::{Digest as _, Sha256};

use super::super::token::new_token;
use crate::{app::App, passwords};

const SLUG: &str = "demo";
const NUMBER: &str = "+4930901820";
const CHANNELS: u32 = 2;
/// Half a million seconds of talk: nobody watches a demo for longer.
const CREDITS: i64 = 500_000;

#[derive(Clone)]
pub(super) struct Salon {
    pub(super) company: CompanyId,
    pub(super) phone_number: String,
    pub(super) ingress_key: String,
    pub(super) email: String,
    pub(super) password: String,
    pub(super) token: String,
}

/// The demo makes people and tokens: not in somebody's real database.
pub(super) async fn refuse_strangers(app: &App) -> anyhow::Result<()> {
    match app.store.company_standings().await?.iter().find(|company| company.slug != SLUG) {
        Some(company) => anyhow::bail!(
            "--data-dir holds the company {}, which is not the demo's; give an empty directory, or none for a temporary one",
            company.slug
        ),
        None => Ok(()),
    }
}

/// Opens the salon, or the one that a kept data directory has already.
pub(super) async fn open(app: &App) -> anyhow::Result<Salon> {
    let now = app.clock.now();
    let company = if let Some(company) = app.store.company_by_slug(SLUG).await? { company.id } else { found(app).await? };
    let tenant = app.store.tenant(company);
    let known = tenant.phones(Window { limit: 1, start: Start::Offset(0) }).await?.rows.into_iter().next();
    let phone = match known {
        Some(phone) => phone,
        None => connect_phone(app, company).await?,
    };
    let (email, password) = sign_in(app, company).await?;
    let token = new_token();
    let new = NewToken { name: "demo", hash: Sha256::digest(&token).into(), scope: Scope::Admin, rate_limit: 600, staff_id: None };
    tenant.create_token(&new, now).await?;
    Ok(Salon { company, phone_number: phone.number.reveal().to_owned(), ingress_key: phone.ingress_key, email, password, token })
}

/// The company itself, and whom it knows.
async fn found(app: &App) -> anyhow::Result<CompanyId> {
    let new = NewCompany { slug: SLUG, name: "Salon Morgenrot", country: "DE", locale: "de", time_zone: "Europe/Berlin", credits: CREDITS };
    let id = app.store.create_company(&new, "operator", app.clock.now()).await?.id;
    regulars(app, id).await?;
    Ok(id)
}

async fn connect_phone(app: &App, company: CompanyId) -> anyhow::Result<PhoneRecord> {
    let now = app.clock.now();
    let tenant = app.store.tenant(company);
    let agent = Agent {
        id: AgentId(app.store.new_id(now)),
        name: "Mila".to_owned(),
        prompt: "Du bist Mila vom Salon Morgenrot. Hilf beim Termin, nenne die Preise, sei freundlich und kurz.".to_owned(),
        voice: Some("warm".to_owned()),
        llm: None,
        languages: vec!["de".to_owned(), "en".to_owned()],
        stream_url: Some("wss://agents.demo.invalid/mila".to_owned()),
        active: true,
        created_at: now,
        updated_at: now,
    };
    tenant.add_agent(&agent).await?;
    let id = PhoneId(app.store.new_id(now));
    let phone = PhoneRecord {
        id,
        label: "Salon Morgenrot".to_owned(),
        number: PhoneNumber::parse(NUMBER, "DE")?,
        carrier: "simulator".to_owned(),
        carrier_config: app.vault.seal(company, id, b"{}")?,
        channels: CHANNELS,
        reserved_inbound: 0,
        agent_id: Some(agent.id),
        branch_id: None,
        active: true,
        auto_callback: AutoCallback::On,
        when_full: WhenFull::Announce,
        max_call_seconds: 3600,
        ingress_key: new_token(),
        channels_in_use: 0,
        paused_until: None,
        paused_because: None,
        created_at: now,
        updated_at: now,
    };
    tenant.add_phone(&phone).await?;
    Ok(phone)
}

/// A new person at each start: the password is shown once and only its hash is kept.
async fn sign_in(app: &App, company: CompanyId) -> anyhow::Result<(String, String)> {
    let tenant = app.store.tenant(company);
    let first = "anna@demo.example".to_owned();
    let email = match tenant.staff_by_email(&first).await? {
        None => first,
        Some(_) => format!("anna.{:08x}@demo.example", rand::random::<u32>()),
    };
    let password: String = {
        let mut random = rand::rng();
        // Without letters that look alike.
        let letters = b"abcdefghkmnpqrstuvwxyz23456789";
        (0..14).map(|_| char::from(letters[random.random_range(0..letters.len())])).collect()
    };
    let hash = passwords::hash(password.clone()).await?;
    let new = NewStaff { name: "Anna Lang", email: &email, role: Role::Owner, password_hash: Some(&hash) };
    tenant.create_staff(&new, app.clock.now()).await?;
    Ok((email, password))
}

/// A few callers whom the salon knows by name.
async fn regulars(app: &App, company: CompanyId) -> anyhow::Result<()> {
    let names = ["Petra Sommer", "Jonas Weber", "Aylin Kaya", "Mia Schröder", "Paul Neumann", "Lena Vogt"];
    for (nth, name) in names.into_iter().enumerate() {
        let number = PhoneNumber::parse(&super::callers::number(nth), "DE")?;
        let id = CustomerId(app.store.new_id(app.clock.now()));
        app.store.tenant(company).add_customer(id, name, &number, nth == 0, app.clock.now()).await?;
    }
    Ok(())
}
