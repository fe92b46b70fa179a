//! The company itself, and what it sets for itself.

mod settings;

use axum::{Json, extract::State};
use jiff::Timestamp;
use ringback_domain::{callback::Language, ids::CompanyId};
use ringback_store::Company as Record;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    answer::{Answer, One, one},
    body::Fields,
    caller::{Administer, May, Read},
    changed_at,
    params::NoParams,
    read, schema,
};
use crate::{app::App, errors::ApiError};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, change))
}

/// The company that the token belongs to.
#[derive(Debug, Serialize, ToSchema)]
struct Company {
    #[schema(value_type = Uuid)]
    id: CompanyId,
    slug: String,
    name: String,
    /// ISO 3166: national numbers are read with it.
    country: String,
    locale: String,
    time_zone: String,
    #[schema(value_type = settings::SettingsChange)]
    settings: ringback_domain::settings::Settings,
    /// The operator has stopped automatic dialing for this company.
    dialing_paused: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Record> for Company {
    fn from(it: Record) -> Self {
        let Record { id, slug, name, country, locale, time_zone, settings, dialing_paused, created_at, updated_at } = it;
        Self { id, slug, name, country, locale, time_zone, settings, dialing_paused, created_at, updated_at }
    }
}

/// What of the company is to change.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `change` reads")]
struct CompanyChange {
    #[schema(max_length = 200, nullable = false)]
    name: Option<String>,
    #[schema(schema_with = schema::country)]
    country: Option<String>,
    /// In which its sentences are written, and its pages for whoever chose no other.
    #[schema(schema_with = schema::locale)]
    locale: Option<String>,
    /// IANA, such as `Europe/Berlin`.
    #[schema(schema_with = schema::time_zone)]
    time_zone: Option<String>,
    #[schema(nullable = false)]
    settings: Option<settings::SettingsChange>,
}

/// The company and its settings.
#[utoipa::path(get, path = "/company", tag = "company", operation_id = "show_company",
    responses((status = 200, body = One<Company>)), security(("token" = ["read"])))]
async fn show(May(caller, _): May<Read>, State(app): State<App>, _: NoParams) -> Answer<Json<One<Company>>> {
    Ok(one(caller.rows(&app.store).own_company().await?.into()))
}

/// Changes the given fields and the given settings, and leaves the others as they are.
#[utoipa::path(patch, path = "/company", tag = "company", operation_id = "change_company", request_body = CompanyChange,
    responses((status = 200, body = One<Company>)), security(("token" = ["admin"])))]
async fn change(May(caller, _): May<Administer>, State(app): State<App>, _: NoParams, mut fields: Fields) -> Answer<Json<One<Company>>> {
    let rows = caller.rows(&app.store);
    let company = rows.own_company().await?;
    let seen = company.updated_at;
    fields.read_only(&["id", "slug", "dialing_paused", "created_at", "updated_at"]);
    let name = fields.optional("name", read::line(200));
    let country = fields.optional("country", read::text(read::country));
    let locale = fields.optional("locale", read::text(read::word::<Language>));
    let time_zone = fields.optional("time_zone", read::text(read::time_zone));
    let mut new_settings = company.settings.clone();
    if let Some(mut inside) = fields.open("settings") {
        settings::read(&mut inside, &mut new_settings);
        fields.close(inside);
    }
    let updated_at = changed_at(seen, app.clock.now());
    let company = fields.finish(|| {
        Some(Record {
            name: name.unwrap_or(company.name),
            country: country.unwrap_or(company.country),
            locale: locale.map_or(company.locale, |locale| locale.as_str().to_owned()),
            time_zone: time_zone.unwrap_or(company.time_zone),
            settings: new_settings,
            updated_at,
            ..company
        })
    })?;
    if !rows.save_company(&company, seen).await? {
        return Err(ApiError::outrun("Somebody else changed the company at the same moment; try again."));
    }
    app.dispatcher.wake_all();
    Ok(one(company.into()))
}
