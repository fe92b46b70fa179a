//! Phones: business numbers at carriers, with their channels.

mod carriers;
mod change;
pub(super) mod config;
mod create;
mod remove;

pub(super) use self::create::ingress_key;
use axum::{Json, extract::State};
use jiff::Timestamp;
use ringback_domain::{
    ids::{AgentId, BranchId, PhoneId},
    phone_number::PhoneNumber,
    settings::{AutoCallback, WhenFull},
};
use ringback_store::PhoneRecord;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    answer::{Answer, List, One, list, one},
    caller::{Caller, May, Read},
    params::{Id, NoParams, Params},
    schema::{self, PageParams},
};
use crate::{app::App, errors::ApiError};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(index, create::create))
        .routes(routes!(show, change::change, remove::remove))
        .routes(routes!(change::rotate_key))
}

/// A business number at a carrier.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Phone {
    #[schema(value_type = Uuid)]
    id: PhoneId,
    label: String,
    /// E.164.
    #[schema(value_type = String)]
    number: PhoneNumber,
    #[schema(schema_with = schema::carrier)]
    carrier: String,
    #[schema(schema_with = carriers::shown_config)]
    carrier_config: Option<serde_json::Value>,
    channels: u32,
    channels_in_use: u32,
    /// Channels that outbound calls leave free.
    reserved_inbound: u32,
    #[schema(value_type = Option<Uuid>)]
    agent_id: Option<AgentId>,
    #[schema(value_type = Option<Uuid>)]
    branch_id: Option<BranchId>,
    active: bool,
    #[schema(schema_with = schema::auto_callback)]
    auto_callback: AutoCallback,
    #[schema(schema_with = schema::when_full)]
    when_full: WhenFull,
    max_call_seconds: u32,
    /// Where the carrier asks what to do with an inbound call. Contains a secret key.
    ingress_url: String,
    /// Nothing automatic is dialed before this instant.
    paused_until: Option<Timestamp>,
    paused_because: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Phone {
    fn of(app: &App, caller: &Caller, phone: PhoneRecord) -> Self {
        let now = app.clock.now();
        let paused_until = phone.paused_until.filter(|until| *until > now);
        Self {
            carrier_config: config::visible(app, caller.company, &phone),
            ingress_url: format!("{}/voice/{}/{}/incoming", app.public_url, phone.carrier, phone.ingress_key),
            id: phone.id,
            label: phone.label,
            number: phone.number,
            carrier: phone.carrier,
            channels: phone.channels,
            channels_in_use: phone.channels_in_use,
            reserved_inbound: phone.reserved_inbound,
            agent_id: phone.agent_id,
            branch_id: phone.branch_id,
            active: phone.active,
            auto_callback: phone.auto_callback,
            when_full: phone.when_full,
            max_call_seconds: phone.max_call_seconds,
            paused_until,
            paused_because: paused_until.and(phone.paused_because),
            created_at: phone.created_at,
            updated_at: phone.updated_at,
        }
    }
}

async fn found(app: &App, caller: &Caller, id: PhoneId) -> Answer<Phone> {
    let phone = caller.rows(&app.store).phone(id).await?.ok_or(ApiError::NotFound)?;
    Ok(Phone::of(app, caller, phone))
}

/// The phones, in the order of their making.
#[utoipa::path(get, path = "/phones", tag = "phones", operation_id = "list_phones", params(PageParams),
    responses((status = 200, body = List<Phone>)), security(("token" = ["read"])))]
async fn index(May(caller, _): May<Read>, State(app): State<App>, mut params: Params) -> Answer<Json<List<Phone>>> {
    let paging = params.paging(20, 0);
    let paging = paging.keeping(params.finish()?);
    let slice = caller.rows(&app.store).phones(paging.window()).await?;
    Ok(list(&app, &paging, slice, |phone| Phone::of(&app, &caller, phone)))
}

/// One phone.
#[utoipa::path(get, path = "/phones/{id}", tag = "phones", operation_id = "show_phone", params(("id" = Uuid, Path)),
    responses((status = 200, body = One<Phone>)), security(("token" = ["read"])))]
async fn show(May(caller, _): May<Read>, State(app): State<App>, Id(id): Id<PhoneId>, _: NoParams) -> Answer<Json<One<Phone>>> {
    Ok(one(found(&app, &caller, id).await?))
}
