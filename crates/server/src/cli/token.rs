//! `ringback token …`

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::{Args, Subcommand};
use rand::RngExt as _;
use ringback_domain::access::Scope;
use ringback_store::NewToken;
use sha2::{Digest as _, Sha256};

use super::{Outcome, Refused, fields, open, say};
use crate::config::{Config, Problem};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Create a token and print it; it is shown this once and stored as a hash
    Create(Create),
}

#[derive(Args)]
pub(super) struct Create {
    /// The company's slug
    #[arg(long, value_name = "SLUG")]
    company: String,
    /// What it is for
    #[arg(long)]
    name: String,
    /// What it may do: read, write, admin or operator, each with all before it
    #[arg(long, default_value_t = Scope::Read)]
    scope: Scope,
    /// Requests it may make
    #[arg(long, value_name = "PER_MINUTE", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    rate_limit: u32,
    /// Act as this person of the company
    #[arg(long, value_name = "EMAIL")]
    staff: Option<String>,
}

pub(super) async fn run(command: Command, config: &Config) -> Outcome {
    let Command::Create(create) = command;
    let mut problems = fields::Problems::default();
    let name = problems.check("--name", fields::name(&create.name));
    let staff = create.staff.as_deref().map(|email| problems.check("--staff", fields::email(email)));
    let name = problems.finish(name)?;
    let store = open::store_of_companies(config).await?;
    let company = open::company(&store, &create.company).await?;
    let tenant = store.tenant(company.id);
    let staff_id = match staff.flatten() {
        None => None,
        Some(email) => {
            let nobody = || Problem { what: "--staff".to_owned(), message: format!("{email:?} is nobody of the company {}", company.slug) };
            let staff = tenant.staff_by_email(&email).await?.filter(|staff| staff.active);
            Some(staff.ok_or_else(|| Refused(vec![nobody()]))?.id)
        }
    };
    let token = new_token();
    let new = NewToken { name: &name, hash: Sha256::digest(&token).into(), scope: create.scope, rate_limit: create.rate_limit, staff_id };
    tenant.create_token(&new, open::now()).await?;
    say(token)?;
    store.db().close().await;
    Ok(())
}

/// The prefix lets scanners of leaked secrets know what they see.
pub(crate) fn new_token() -> String {
    format!("rb_{}", URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 32]>()))
}
