//! `ringback user …`

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};

use clap::{Args, Subcommand};
use ringback_domain::access::Role;
use ringback_store::{Company, NewStaff, Staff, Store};
use serde::Serialize;

use super::{Outcome, Refused, fields, note, open, say_json};
use crate::{
    config::{Config, Problem},
    passwords,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Create a staff member who can sign in, or let one sign in who has no password yet, and print it as JSON
    Create(Create),
    /// Set another password, end the person's sessions, and print the person as JSON
    #[command(after_help = LOCKED)]
    Password(Another),
}

/// It is the servers that count wrong passwords, each in its memory.
const LOCKED: &str = "Whoever has just mistyped a password five times waits up to 15 minutes all the same: running servers count that, and \
    no command reaches it. A restart of the server ends it at once.";

#[derive(Args)]
pub(super) struct Create {
    /// The company's slug
    #[arg(long, value_name = "SLUG")]
    company: String,
    /// The address to sign in with; one address is one person of one company
    #[arg(long)]
    email: String,
    /// As colleagues see it; who is there already keeps his
    #[arg(long)]
    name: String,
    /// What the person may do: owner, manager or staff [default: staff; who is there already keeps his]
    #[arg(long)]
    role: Option<Role>,
    /// Read the password (at least 10 characters) from stdin
    #[arg(long, required = true)]
    password_stdin: bool,
}

#[derive(Args)]
pub(super) struct Another {
    /// The company's slug
    #[arg(long, value_name = "SLUG")]
    company: String,
    /// The address that the person signs in with
    #[arg(long)]
    email: String,
    /// Read the password (at least 10 characters) from stdin
    #[arg(long, required = true)]
    password_stdin: bool,
}

pub(super) async fn run(command: Command, config: &Config) -> Outcome {
    match command {
        Command::Create(create) => run_create(create, config).await,
        Command::Password(another) => run_password(another, config).await,
    }
}

async fn run_create(create: Create, config: &Config) -> Outcome {
    let mut problems = fields::Problems::default();
    let email = problems.check("--email", fields::email(&create.email));
    let name = problems.check("--name", fields::name(&create.name));
    let password = problems.check("--password-stdin", password());
    let (email, name, password) = problems.finish((|| Some((email?, name?, password?)))())?;
    let store = open::store_of_companies(config).await?;
    let company = open::company(&store, &create.company).await?;
    let staff = if let Some(there) = store.tenant(company.id).staff_by_email(&email).await? {
        let_in(&store, &company, there, create.role, password).await?
    } else {
        let hash = passwords::hash(password).await?;
        let new = NewStaff { name: &name, email: &email, role: create.role.unwrap_or(Role::Staff), password_hash: Some(&hash) };
        let made = store.tenant(company.id).create_staff(&new, open::now()).await;
        made.map_err(|error| if error.is_taken() { taken(&email) } else { error.into() })?
    };
    say_json(&Shown { company: &company.slug, staff: &staff })?;
    store.db().close().await;
    Ok(())
}

fn taken(email: &str) -> anyhow::Error {
    refused("--email", format!("{email:?} belongs to another member of staff; one address is one person of one company"))
}

/// Somebody who is there already gets the password that he lacks; nothing else of him changes.
async fn let_in(store: &Store, company: &Company, there: Staff, role: Option<Role>, password: String) -> anyhow::Result<Staff> {
    let (slug, email) = (&company.slug, &there.email);
    let has_one = || {
        let next = format!("ringback user password --company {slug} --email {email} --password-stdin");
        refused("--email", format!("{email:?} has a password already; to set another one: {next}"))
    };
    if store.credentials(email).await?.is_some_and(|it| it.password_hash.is_some()) {
        return Err(has_one());
    }
    if let Some(role) = role.filter(|role| *role != there.role) {
        let message = format!("{role} is not what {email:?} is already: {}; leave --role out, or change it by the API first", there.role);
        return Err(refused("--role", message));
    }
    let hash = passwords::hash(password).await?;
    if !store.tenant(company.id).give_password(there.id, &hash, open::now()).await? {
        return Err(has_one());
    }
    note(&format!("{} ({}) was there without a password and can sign in with this one now; name and role stay", there.name, there.role));
    note_of_rest(&there);
    Ok(there)
}

async fn run_password(another: Another, config: &Config) -> Outcome {
    let mut problems = fields::Problems::default();
    let email = problems.check("--email", fields::email(&another.email));
    let password = problems.check("--password-stdin", password());
    let (email, password) = problems.finish((|| Some((email?, password?)))())?;
    let store = open::store_of_companies(config).await?;
    let company = open::company(&store, &another.company).await?;
    let tenant = store.tenant(company.id);
    let nobody = || refused("--email", format!("{email:?} is nobody of the company {}", company.slug));
    let staff = tenant.staff_by_email(&email).await?.ok_or_else(nobody)?;
    let hash = passwords::hash(password).await?;
    if !tenant.replace_password(staff.id, &hash, open::now()).await? {
        return Err(nobody());
    }
    note(&format!("{} signs in with the new password from now on; every session before has ended", staff.name));
    note("after five wrong passwords the sign-in stays locked for up to 15 minutes: running servers count that, and no command reaches it");
    note_of_rest(&staff);
    say_json(&Shown { company: &company.slug, staff: &staff })?;
    store.db().close().await;
    Ok(())
}

fn note_of_rest(staff: &Staff) {
    if !staff.active {
        note("but not before the API sets `active` to true: nobody inactive signs in");
    }
}

fn refused(what: &str, message: String) -> anyhow::Error {
    Refused(vec![Problem { what: what.to_owned(), message }]).into()
}

#[derive(Serialize)]
struct Shown<'a> {
    company: &'a str,
    #[serde(flatten)]
    staff: &'a Staff,
}

/// The first line of stdin: of `echo`, of a file, or as somebody types it.
fn password() -> Result<String, String> {
    const MOST: u64 = 4096;
    if std::io::stdin().is_terminal() {
        // A closed terminal is no reason to stop.
        let _ = write!(std::io::stderr(), "password: ");
    }
    let mut text = String::new();
    std::io::stdin().lock().take(MOST).read_line(&mut text).map_err(|error| format!("stdin could not be read: {error}"))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    passwords::acceptable(line).map_err(str::to_owned)?;
    Ok(line.to_owned())
}
