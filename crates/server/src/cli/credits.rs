//! `ringback credits …`

use clap::{Args, Subcommand};
use ringback_domain::credits::MOST_AT_ONCE;

use super::{Outcome, fields, open, say};
use crate::config::Config;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Add credits (negative: remove) and print the new balance
    Add(Add),
}

#[derive(Args)]
pub(super) struct Add {
    /// The company's slug
    #[arg(long, value_name = "SLUG")]
    company: String,
    /// Seconds of talk
    #[arg(allow_negative_numbers = true, value_parser = clap::value_parser!(i64).range(-MOST_AT_ONCE..=MOST_AT_ONCE))]
    amount: i64,
    /// What the ledger says about it
    #[arg(long, default_value = "operator")]
    reason: String,
}

pub(super) async fn run(command: Command, config: &Config) -> Outcome {
    let Command::Add(add) = command;
    let mut problems = fields::Problems::default();
    let amount = problems.check("AMOUNT", if add.amount == 0 { Err("must not be 0".to_owned()) } else { Ok(add.amount) });
    let reason = problems.check("--reason", fields::name(&add.reason));
    let (amount, reason) = problems.finish((|| Some((amount?, reason?)))())?;
    let store = open::store_of_companies(config).await?;
    let company = open::company(&store, &add.company).await?;
    let added = store.add_credits(company.id, amount, &reason, "operator", open::now()).await?;
    say(added.balance)?;
    store.db().close().await;
    Ok(())
}
