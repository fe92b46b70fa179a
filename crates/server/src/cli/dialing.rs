//! `ringback pause-dialing` and `ringback resume-dialing`: the kill switch.

use clap::Args;

use super::{Outcome, open, say};
use crate::config::Config;

#[derive(Args)]
pub(super) struct Whose {
    /// Only this company's; without it, everybody's
    #[arg(long, value_name = "SLUG")]
    company: Option<String>,
}

pub(super) async fn run(whose: Whose, paused: bool, config: &Config) -> Outcome {
    // The switch of all may be set before there is anything to stop.
    let store = if whose.company.is_some() { open::store_of_companies(config).await? } else { open::store(config).await? };
    let company = match &whose.company {
        Some(slug) => Some(open::company(&store, slug).await?),
        None => None,
    };
    store.set_dialing_paused(company.as_ref().map(|company| company.id), paused, open::now()).await?;
    let of = company.as_ref().map_or("all companies", |company| &company.slug);
    say(if paused { format!("automatic calls of {of} are paused") } else { format!("automatic calls of {of} may start") })?;
    if !paused {
        // Two switches must be on; say so where only one is.
        if company.is_some() && store.dialing_paused().await? {
            say("those of all companies are still paused: `ringback resume-dialing` without --company ends that")?;
        }
        for standing in store.company_standings().await?.iter().filter(|it| company.is_none() && it.dialing_paused) {
            say(format!("those of {0} are still paused: `ringback resume-dialing --company {0}` ends that", standing.slug))?;
        }
    }
    store.db().close().await;
    Ok(())
}
