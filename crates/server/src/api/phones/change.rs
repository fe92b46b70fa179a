//! Changing a phone, also while calls run on it.

use axum::{Json, extract::State};
use ringback_domain::{
    ids::{AgentId, BranchId, PhoneId},
    settings::{AutoCallback, WhenFull},
};
use ringback_store::{PhoneRecord, PhoneSaved};
use ringback_telephony::registry::CarrierKind;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Phone, carriers, config, create, found};
use crate::{
    api::{
        answer::{Answer, One, one},
        body::Fields,
        caller::{Administer, Caller, May},
        changed_at,
        params::{Id, NoParams},
        read, schema,
    },
    app::App,
    errors::ApiError,
};

/// What of a phone is to change.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(crate) struct PhoneChange {
    #[schema(max_length = 100, nullable = false)]
    label: Option<String>,
    #[schema(nullable = false)]
    number: Option<String>,
    /// Not while calls run. Another carrier needs a whole `carrier_config`.
    #[schema(schema_with = schema::carrier)]
    carrier: Option<String>,
    #[schema(schema_with = carriers::changed_config, nullable = false)]
    carrier_config: Option<Value>,
    /// Only free channels are taken away.
    #[schema(minimum = 1, maximum = 100, nullable = false)]
    channels: Option<u32>,
    #[schema(minimum = 0, maximum = 100, nullable = false)]
    reserved_inbound: Option<u32>,
    #[schema(value_type = Option<Uuid>)]
    agent_id: Option<AgentId>,
    #[schema(value_type = Option<Uuid>)]
    branch_id: Option<BranchId>,
    #[schema(nullable = false)]
    active: Option<bool>,
    #[schema(schema_with = schema::auto_callback)]
    auto_callback: Option<AutoCallback>,
    #[schema(schema_with = schema::when_full)]
    when_full: Option<WhenFull>,
    #[schema(minimum = 60, maximum = 14400, nullable = false)]
    max_call_seconds: Option<u32>,
}

/// Changes the given fields of a phone; PUT does the same.
#[utoipa::path(method(patch, put), path = "/phones/{id}", tag = "phones", operation_id = "change_phone", params(("id" = Uuid, Path)),
    request_body = PhoneChange, responses((status = 200, body = One<Phone>)), security(("token" = ["admin"])))]
pub(super) async fn change(
    May(caller, _): May<Administer>,
    State(app): State<App>,
    Id(id): Id<PhoneId>,
    _: NoParams,
    fields: Fields,
) -> Answer<Json<One<Phone>>> {
    let rows = caller.rows(&app.store);
    let phone = rows.phone(id).await?.ok_or(ApiError::NotFound)?;
    let seen = phone.updated_at;
    let mut changed = read(&app, &caller, fields, phone.clone()).await?;
    if changed.carrier != phone.carrier && phone.channels_in_use > 0 {
        return Err(ApiError::conflict("The carrier cannot change while calls run on the phone."));
    }
    changed.updated_at = changed_at(seen, app.clock.now());
    match rows.save_phone(&changed, seen).await.map_err(create::gone_meanwhile)? {
        PhoneSaved::Yes => {}
        PhoneSaved::Outdated => return Err(ApiError::outrun("Somebody else changed the phone at the same moment; try again.")),
        PhoneSaved::ChannelsInUse(in_use) => {
            let detail = format!("{in_use} channels are in use; only free ones can be taken away.");
            return Err(ApiError::conflict(detail));
        }
    }
    app.dispatcher.wake(id);
    Ok(one(found(&app, &caller, id).await?))
}

async fn read(app: &App, caller: &Caller, mut fields: Fields, phone: PhoneRecord) -> Answer<PhoneRecord> {
    let country = caller.rows(&app.store).own_company().await?.country;
    fields.read_only(&create::READ_ONLY);
    let label = fields.optional("label", read::line(100));
    let number = fields.optional("number", read::text(read::phone_number(&country)));
    let carrier = fields.optional("carrier", read::text(config::carrier));
    let given = fields.optional("carrier_config", config::object);
    let channels = fields.optional("channels", read::whole(create::CHANNELS)).unwrap_or(phone.channels);
    let reserved_inbound = fields.optional("reserved_inbound", read::whole(0..=100));
    let agent = fields.nullable("agent_id", read::text(read::id));
    let branch = fields.nullable("branch_id", read::text(read::id));
    let active = fields.optional("active", read::flag);
    let auto_callback = fields.optional("auto_callback", read::text(read::word));
    let when_full = fields.optional("when_full", read::text(read::word));
    let max_call_seconds = fields.optional("max_call_seconds", read::whole(create::CALL_SECONDS));
    let agent_id = agent.unwrap_or(phone.agent_id);
    let other_agent = agent_id != phone.agent_id;
    let with_agent = create::references(app, caller, &mut fields, agent_id, branch.flatten()).await?;
    if let Some(agent) = with_agent.as_ref().filter(|_| other_agent) {
        create::is_active(&mut fields, agent);
    }
    let reserved = reserved_inbound.unwrap_or(phone.reserved_inbound);
    create::reserve_fits(&mut fields, reserved, channels);
    let sealed = match new_config(app, caller, &phone, carrier, given) {
        Some((kind, config)) => {
            if let Some(carrier) = config::judge(app, &mut fields, kind, &config) {
                config::connects(&mut fields, &*carrier, with_agent.as_ref());
            }
            Some(config::seal(app, caller.company, phone.id, &config)?)
        }
        None => None,
    };
    // What was so before, and is not touched, is no reason to refuse another change.
    if sealed.is_none()
        && other_agent
        && let Some(carrier) = config::stored_carrier(app, caller.company, &phone)
    {
        config::connects(&mut fields, &*carrier, with_agent.as_ref());
    }
    fields.finish(|| {
        Some(PhoneRecord {
            label: label.unwrap_or(phone.label),
            number: number.unwrap_or(phone.number),
            carrier: carrier.map_or(phone.carrier, |carrier| carrier.to_string()),
            carrier_config: sealed.unwrap_or(phone.carrier_config),
            channels,
            reserved_inbound: reserved,
            agent_id,
            branch_id: branch.unwrap_or(phone.branch_id),
            active: active.unwrap_or(phone.active),
            auto_callback: auto_callback.unwrap_or(phone.auto_callback),
            when_full: when_full.unwrap_or(phone.when_full),
            max_call_seconds: max_call_seconds.unwrap_or(phone.max_call_seconds),
            ..phone
        })
    })
}

/// The carrier and its configuration as they are to be; `None` when both stay as they are.
fn new_config(
    app: &App,
    caller: &Caller,
    phone: &PhoneRecord,
    carrier: Option<CarrierKind>,
    given: Option<Map<String, Value>>,
) -> Option<(CarrierKind, Map<String, Value>)> {
    let present: Option<CarrierKind> = phone.carrier.parse().ok();
    let other_carrier = carrier.is_some() && carrier != present;
    let carrier = carrier.or(present)?;
    if given.is_none() && !other_carrier {
        return None;
    }
    let stored = if other_carrier { None } else { config::open(app, caller.company, phone) };
    let mut joined = stored.unwrap_or_default();
    config::merge(&mut joined, given.unwrap_or_default());
    Some((carrier, joined))
}

/// Gives the phone a new ingress key. The old address stops working at once.
#[utoipa::path(post, path = "/phones/{id}/rotate-key", tag = "phones", operation_id = "rotate_phone_key", params(("id" = Uuid, Path)),
    responses((status = 200, body = One<Phone>)), security(("token" = ["admin"])))]
pub(super) async fn rotate_key(
    May(caller, _): May<Administer>,
    State(app): State<App>,
    Id(id): Id<PhoneId>,
    _: NoParams,
    fields: Fields,
) -> Answer<Json<One<Phone>>> {
    fields.none()?;
    if !caller.rows(&app.store).rotate_ingress_key(id, &create::ingress_key(), app.clock.now()).await? {
        return Err(ApiError::NotFound);
    }
    Ok(one(found(&app, &caller, id).await?))
}
