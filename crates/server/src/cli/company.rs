//! `ringback company …`

use clap::{Args, Subcommand};
use jiff::Timestamp;
use ringback_domain::{calling_hours::zones_of_country, credits::MOST_AT_ONCE, ids::CompanyId};
use ringback_store::NewCompany;
use serde::Serialize;

use super::{Outcome, Refused, fields, open, say_json};
use crate::config::{Config, Problem};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Create a company and print it as JSON
    Create(Create),
}

#[derive(Args)]
pub(super) struct Create {
    /// As people call it, such as "Salon Lang"
    name: String,
    /// How commands and addresses name it: a–z, 0–9 and - [default: made of the name]
    #[arg(long)]
    slug: Option<String>,
    /// Where it is and how it dials national numbers: two letters of ISO 3166
    #[arg(long, default_value = "DE")]
    country: String,
    /// Language of its pages: de or en [default: the country's]
    #[arg(long)]
    locale: Option<String>,
    /// Such as Europe/Berlin [default: where most of the country's people live]
    #[arg(long)]
    time_zone: Option<String>,
    /// Seconds of talk it starts with
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=MOST_AT_ONCE))]
    credits: i64,
}

pub(super) async fn run(command: Command, config: &Config) -> Outcome {
    let Command::Create(create) = command;
    let fields = read(&create)?;
    let store = open::store(config).await?;
    let new = NewCompany {
        slug: &fields.slug,
        name: &fields.name,
        country: &fields.country,
        locale: &fields.locale,
        time_zone: &fields.time_zone,
        credits: create.credits,
    };
    let company = store.create_company(&new, "operator", open::now()).await.map_err(|error| {
        if !error.is_taken() {
            return anyhow::Error::from(error);
        }
        let problem = Problem { what: "--slug".to_owned(), message: format!("{:?} is another company's; choose another one", fields.slug) };
        Refused(vec![problem]).into()
    })?;
    say_json(&Shown {
        id: company.id,
        slug: &company.slug,
        name: &company.name,
        country: &company.country,
        locale: &company.locale,
        time_zone: &company.time_zone,
        credits: create.credits,
        created_at: company.created_at,
    })?;
    store.db().close().await;
    Ok(())
}

#[derive(Serialize)]
struct Shown<'a> {
    id: CompanyId,
    slug: &'a str,
    name: &'a str,
    country: &'a str,
    locale: &'a str,
    time_zone: &'a str,
    credits: i64,
    created_at: Timestamp,
}

struct Fields {
    name: String,
    slug: String,
    country: String,
    locale: String,
    time_zone: String,
}

fn read(create: &Create) -> Result<Fields, Refused> {
    let mut problems = fields::Problems::default();
    let name = problems.check("NAME", fields::name(&create.name));
    let slug = problems.check(
        "--slug",
        match &create.slug {
            Some(slug) => fields::slug(slug),
            // Without a name that is one mistake, not two.
            None if name.is_none() => Ok(String::new()),
            None => fields::slug_of(&create.name).ok_or_else(|| "cannot be made of the name; give one".to_owned()),
        },
    );
    let country = problems.check("--country", fields::country(&create.country));
    let own = country.as_deref().unwrap_or("DE");
    let locale = problems.check("--locale", fields::locale(create.locale.as_deref().unwrap_or_else(|| fields::locale_of(own))));
    let home = zones_of_country(own).next().unwrap_or("UTC");
    let time_zone = problems.check("--time-zone", fields::time_zone(create.time_zone.as_deref().unwrap_or(home)));
    let fields = (|| Some(Fields { name: name?, slug: slug?, country: country?, locale: locale?, time_zone: time_zone? }))();
    problems.finish(fields)
}
