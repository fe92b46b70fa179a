//! A new phone.

use axum::extract::State;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngExt as _;
use ringback_domain::{
    ids::{AgentId, BranchId, PhoneId},
    settings::{AutoCallback, WhenFull},
};
use ringback_store::{Agent, PhoneRecord};
use utoipa::ToSchema;

use super::{Phone, carriers, config};
use crate::{
    api::{
        answer::{Answer, Created, One},
        body::Fields,
        caller::{Administer, Caller, May},
        params::NoParams,
        read, schema,
    },
    app::App,
    errors::{ApiError, Code},
};

pub(super) const READ_ONLY: [&str; 8] =
    ["id", "company_id", "channels_in_use", "ingress_url", "paused_until", "paused_because", "created_at", "updated_at"];
pub(super) const CHANNELS: std::ops::RangeInclusive<i64> = 1..=100;
pub(super) const CALL_SECONDS: std::ops::RangeInclusive<i64> = 60..=14_400;

/// What a phone is made of.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(crate) struct NewPhone {
    #[schema(max_length = 100)]
    label: String,
    /// E.164, or as people of the company's country write it.
    number: String,
    #[schema(schema_with = schema::carrier)]
    carrier: String,
    #[schema(schema_with = carriers::new_config)]
    carrier_config: serde_json::Value,
    #[schema(minimum = 1, maximum = 100, default = 2, nullable = false)]
    channels: Option<u32>,
    /// At most `channels`.
    #[schema(minimum = 0, maximum = 100, default = 0, nullable = false)]
    reserved_inbound: Option<u32>,
    #[schema(value_type = Option<Uuid>)]
    agent_id: Option<AgentId>,
    #[schema(value_type = Option<Uuid>)]
    branch_id: Option<BranchId>,
    #[schema(default = true, nullable = false)]
    active: Option<bool>,
    #[schema(schema_with = schema::auto_callback)]
    auto_callback: Option<AutoCallback>,
    #[schema(schema_with = schema::when_full)]
    when_full: Option<WhenFull>,
    #[schema(minimum = 60, maximum = 14400, default = 3600, nullable = false)]
    max_call_seconds: Option<u32>,
}

/// Makes a phone with its channels.
#[utoipa::path(post, path = "/phones", tag = "phones", operation_id = "create_phone", request_body = NewPhone,
    responses((status = 201, body = One<Phone>)), security(("token" = ["admin"])))]
pub(super) async fn create(May(caller, _): May<Administer>, State(app): State<App>, _: NoParams, fields: Fields) -> Answer<Created<Phone>> {
    let phone = read(&app, &caller, fields).await?;
    caller.rows(&app.store).add_phone(&phone).await.map_err(gone_meanwhile)?;
    Ok(Created(Phone::of(&app, &caller, phone)))
}

/// Agents and branches are looked up before they are written; one may be deleted in between.
pub(super) fn gone_meanwhile(error: ringback_store::db::Error) -> ApiError {
    if error.is_missing_reference() { ApiError::field("agent_id", Code::Reference, NO_SUCH_AGENT) } else { error.into() }
}

async fn read(app: &App, caller: &Caller, mut fields: Fields) -> Answer<PhoneRecord> {
    let now = app.clock.now();
    let country = caller.rows(&app.store).own_company().await?.country;
    fields.read_only(&READ_ONLY);
    let label = fields.required("label", read::line(100));
    let number = fields.required("number", read::text(read::phone_number(&country)));
    let carrier = fields.required("carrier", read::text(config::carrier));
    let given = fields.required("carrier_config", config::object);
    let channels = fields.optional("channels", read::whole(CHANNELS)).unwrap_or(2);
    let reserved_inbound = fields.optional("reserved_inbound", read::whole(0..=100)).unwrap_or(0);
    let agent_id = fields.nullable("agent_id", read::text(read::id)).flatten();
    let branch_id: Option<BranchId> = fields.nullable("branch_id", read::text(read::id)).flatten();
    let active = fields.optional("active", read::flag).unwrap_or(true);
    let auto_callback = fields.optional("auto_callback", read::text(read::word)).unwrap_or(AutoCallback::On);
    let when_full = fields.optional("when_full", read::text(read::word)).unwrap_or(WhenFull::Announce);
    let max_call_seconds = fields.optional("max_call_seconds", read::whole(CALL_SECONDS)).unwrap_or(3600);
    let agent = references(app, caller, &mut fields, agent_id, branch_id).await?;
    if let Some(agent) = &agent {
        is_active(&mut fields, agent);
    }
    if let (Some(carrier), Some(given)) = (carrier, &given)
        && let Some(carrier) = config::judge(app, &mut fields, carrier, given)
    {
        config::connects(&mut fields, &*carrier, agent.as_ref());
    }
    reserve_fits(&mut fields, reserved_inbound, channels);
    let id = PhoneId(app.store.new_id(now));
    let sealed = given.map(|mut config| {
        config.retain(|_, value| !value.is_null());
        config::seal(app, caller.company, id, &config)
    });
    let sealed = sealed.transpose()?;
    fields.finish(|| {
        Some(PhoneRecord {
            id,
            label: label?,
            number: number?,
            carrier: carrier?.to_string(),
            carrier_config: sealed?,
            channels,
            reserved_inbound,
            agent_id,
            branch_id,
            active,
            auto_callback,
            when_full,
            max_call_seconds,
            ingress_key: ingress_key(),
            channels_in_use: 0,
            paused_until: None,
            paused_because: None,
            created_at: now,
            updated_at: now,
        })
    })
}

const NO_SUCH_AGENT: &str = "is not the id of one of the company's agents";

/// An agent that is not active is given to no phone.
pub(super) fn is_active(fields: &mut Fields, agent: &Agent) {
    if !agent.active {
        fields.refuse("agent_id", Code::Reference, "is the id of an agent that is not active; activate it, or give another one");
    }
}

/// What the phone speaks of must be the company's own. The agent, when it is.
pub(super) async fn references(
    app: &App,
    caller: &Caller,
    fields: &mut Fields,
    agent: Option<AgentId>,
    branch: Option<BranchId>,
) -> Result<Option<Agent>, ApiError> {
    let found = match agent {
        Some(agent) => caller.rows(&app.store).agent(agent).await?,
        None => None,
    };
    if agent.is_some() && found.is_none() {
        fields.refuse("agent_id", Code::Reference, NO_SUCH_AGENT);
    }
    if let Some(branch) = branch
        && caller.rows(&app.store).branch(branch).await?.is_none()
    {
        fields.refuse("branch_id", Code::Reference, "is not the id of one of the company's branches");
    }
    Ok(found)
}

pub(super) fn reserve_fits(fields: &mut Fields, reserved_inbound: u32, channels: u32) {
    if reserved_inbound > channels {
        fields.refuse("reserved_inbound", Code::Range, format!("must not be more than the phone's {channels} channels"));
    }
}

/// The secret in the address under which the carrier reaches us.
pub(in crate::api) fn ingress_key() -> String {
    URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 32]>())
}
