//! A phone's `carrier_config`: judged by its carrier, sealed at rest, shown without its secrets.

use ringback_domain::ids::{CompanyId, PhoneId};
use ringback_store::PhoneRecord;
use ringback_telephony::registry::CarrierKind;
use serde_json::{Map, Value as Json};

use crate::{
    api::{
        body::Fields,
        read::{Reading, wrong},
    },
    app::App,
    errors::ApiError,
};

/// The word of a carrier.
pub(super) fn carrier(text: &str) -> Reading<CarrierKind> {
    text.parse().or_else(|error| wrong("value", format!("{error}")))
}

/// An object that the carrier will judge as a whole.
pub(super) fn object(value: &Json) -> Reading<Map<String, Json>> {
    match value {
        Json::Object(fields) => Ok(fields.clone()),
        _ => wrong("type", "must be an object"),
    }
}

/// Notes everything that the carrier has against this configuration.
pub(super) fn judge(app: &App, fields: &mut Fields, carrier: CarrierKind, config: &Map<String, Json>) {
    let Err(errors) = app.carriers.carrier(carrier, &Json::Object(config.clone())) else { return };
    for error in errors {
        let of_phone = matches!(error.field.as_str(), "carrier" | "carrier_config");
        let field = if of_phone { error.field } else { format!("carrier_config.{}", error.field) };
        fields.refuse(&field, "value", error.message);
    }
}

pub(super) fn seal(app: &App, company: CompanyId, phone: PhoneId, config: &Map<String, Json>) -> Result<Vec<u8>, ApiError> {
    let plain = Json::Object(config.clone()).to_string();
    app.vault.seal(company, phone, plain.as_bytes()).map_err(|error| ApiError::Internal(error.into()))
}

/// `None`: it cannot be opened, because the installation's key is another one now.
pub(super) fn open(app: &App, company: CompanyId, phone: &PhoneRecord) -> Option<Map<String, Json>> {
    let plain = app.vault.open(company, phone.id, &phone.carrier_config);
    let config = plain.map_err(anyhow::Error::from).and_then(|plain| Ok(serde_json::from_slice(&plain)?));
    config.inspect_err(|error| tracing::error!(event = "phone.config_unreadable", phone = %phone.id, %error, "cannot be opened")).ok()
}

/// What answers show of it.
pub(super) fn visible(app: &App, company: CompanyId, phone: &PhoneRecord) -> Option<Json> {
    let mut config = open(app, company, phone)?;
    let carrier: CarrierKind = phone.carrier.parse().ok()?;
    config.retain(|field, _| !carrier.secret_fields().contains(&field.as_str()));
    Some(Json::Object(config))
}

/// Given fields replace stored ones, null removes one, and what is not given stays, the secrets above all.
pub(super) fn merge(stored: &mut Map<String, Json>, given: Map<String, Json>) {
    for (field, value) in given {
        if value.is_null() {
            stored.remove(&field);
        } else {
            stored.insert(field, value);
        }
    }
}
