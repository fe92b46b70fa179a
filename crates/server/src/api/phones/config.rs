//! A phone's `carrier_config`: judged by its carrier, sealed at rest, shown without its secrets.

use std::sync::Arc;

use ringback_domain::ids::{AgentId, CompanyId, PhoneId};
use ringback_store::{Agent, PhoneRecord};
use ringback_telephony::{
    carrier::Carrier,
    registry::{CarrierKind, Fault},
};
use serde_json::{Map, Value as Json};

use crate::{
    api::{
        answer::Answer,
        body::Fields,
        caller::Caller,
        read::{Reading, wrong},
    },
    app::App,
    errors::{ApiError, Code},
};

/// The word of a carrier.
pub(super) fn carrier(text: &str) -> Reading<CarrierKind> {
    text.parse().or_else(|error| wrong(Code::Choice, format!("{error}")))
}

/// An object that the carrier will judge as a whole.
pub(super) fn object(value: &Json) -> Reading<Map<String, Json>> {
    match value {
        Json::Object(fields) => Ok(fields.clone()),
        _ => wrong(Code::Type, "must be an object"),
    }
}

/// The carrier of this configuration; notes everything that it has against it.
pub(super) fn judge(app: &App, fields: &mut Fields, carrier: CarrierKind, config: &Map<String, Json>) -> Option<Arc<dyn Carrier>> {
    let errors = match app.carriers.carrier(carrier, &Json::Object(config.clone())) {
        Ok(carrier) => return Some(carrier),
        Err(errors) => errors,
    };
    for error in errors {
        let of_phone = matches!(error.field.as_str(), "carrier" | "carrier_config");
        let field = if of_phone { error.field } else { format!("carrier_config.{}", error.field) };
        fields.refuse(&field, code_of(error.fault), error.message);
    }
    None
}

/// A phone whose calls could be connected with nothing would take callers only to refuse them.
pub(super) fn connects(fields: &mut Fields, carrier: &dyn Carrier, agent: Option<&Agent>) {
    if carrier.needs_stream_url() && agent.is_none_or(|agent| agent.stream_url.is_none()) {
        let message = "is required (at Exotel app_id will do, too): calls are connected with it, and the phone has no agent with a stream_url of its own";
        fields.refuse("carrier_config.stream_url", Code::Required, message);
    }
}

/// The phones of this agent whose calls could be connected with nothing if it had no `stream_url`.
pub(in crate::api) async fn phones_that_need_stream_url_of(app: &App, caller: &Caller, agent: AgentId) -> Answer<Vec<PhoneRecord>> {
    let mut phones = caller.rows(&app.store).phones_of_agent(agent).await?;
    phones.retain(|phone| stored_carrier(app, caller.company, phone).is_some_and(|carrier| carrier.needs_stream_url()));
    Ok(phones)
}

/// As the phone is set up now; `None` when that cannot be read.
pub(super) fn stored_carrier(app: &App, company: CompanyId, phone: &PhoneRecord) -> Option<Arc<dyn Carrier>> {
    let config = open(app, company, phone)?;
    app.carriers.carrier(phone.carrier.parse().ok()?, &Json::Object(config)).ok()
}

fn code_of(fault: Fault) -> Code {
    match fault {
        Fault::Required => Code::Required,
        Fault::Unknown => Code::Unknown,
        Fault::Type => Code::Type,
        Fault::Format => Code::Format,
        Fault::Range => Code::Range,
        Fault::Unavailable => Code::Choice,
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
