//! `ringback user …`

use std::io::Read as _;

use clap::{Args, Subcommand};
use ringback_domain::access::Role;
use ringback_store::{NewStaff, Staff};
use serde::Serialize;

use super::{Outcome, Refused, fields, open, say_json};
use crate::{
    config::{Config, Problem},
    passwords,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Create a staff member who can sign in, and print it as JSON
    Create(Create),
}

#[derive(Args)]
pub(super) struct Create {
    /// The company's slug
    #[arg(long, value_name = "SLUG")]
    company: String,
    #[arg(long)]
    email: String,
    #[arg(long)]
    name: String,
    /// What the person may do: owner, manager or staff
    #[arg(long, default_value_t = Role::Staff)]
    role: Role,
    /// Read the password (at least 10 characters) from stdin
    #[arg(long, required = true)]
    password_stdin: bool,
}

pub(super) async fn run(command: Command, config: &Config) -> Outcome {
    let Command::Create(create) = command;
    let mut problems = fields::Problems::default();
    let email = problems.check("--email", fields::email(&create.email));
    let name = problems.check("--name", fields::name(&create.name));
    let password = problems.check("--password-stdin", password());
    let (email, name, password) = problems.finish((|| Some((email?, name?, password?)))())?;
    let store = open::store(config).await?;
    let company = open::company(&store, &create.company).await?;
    let hash = passwords::hash(password).await?;
    let new = NewStaff { name: &name, email: &email, role: create.role, password_hash: Some(&hash) };
    let staff = store.tenant(company.id).create_staff(&new, open::now()).await.map_err(|error| {
        if !error.is_taken() {
            return anyhow::Error::from(error);
        }
        let message = format!("{email:?} signs somebody in already; one address is one person of one company");
        Refused(vec![Problem { what: "--email".to_owned(), message }]).into()
    })?;
    say_json(&Shown { company: &company.slug, staff: &staff })?;
    store.db().close().await;
    Ok(())
}

#[derive(Serialize)]
struct Shown<'a> {
    company: &'a str,
    #[serde(flatten)]
    staff: &'a Staff,
}

/// The first line of stdin, so that `echo` may write it too.
fn password() -> Result<String, String> {
    const MOST: u64 = 4096;
    let mut text = String::new();
    std::io::stdin().take(MOST).read_to_string(&mut text).map_err(|error| format!("stdin could not be read: {error}"))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    passwords::acceptable(line).map_err(str::to_owned)?;
    Ok(line.to_owned())
}
