//! Campaigns: while one is active on a phone, the misses of that phone may wait for its end.

mod change;

use axum::{Json, extract::State, http::StatusCode};
use jiff::Timestamp;
use ringback_domain::{
    campaign::{InboundMisses, Move, State as CampaignState},
    ids::{CampaignId, PhoneId},
};
use ringback_store::{Campaign as Record, CampaignMoved, Deleted};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    answer::{Answer, List, One, list, one},
    body::Fields,
    caller::{May, Read, Write},
    params::{Id, NoParams, Params},
    schema::{self, PageParams},
};
use crate::{app::App, errors::ApiError};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(index, change::create))
        .routes(routes!(show, change::change, remove))
        .routes(routes!(start))
        .routes(routes!(pause))
        .routes(routes!(complete))
        .routes(routes!(cancel))
}

/// A list of contacts dialed through a phone.
#[derive(Debug, Serialize, ToSchema)]
struct Campaign {
    #[schema(value_type = Uuid)]
    id: CampaignId,
    name: String,
    #[schema(value_type = Uuid)]
    phone_id: PhoneId,
    #[schema(schema_with = schema::campaign_state)]
    state: CampaignState,
    /// When misses of its phone are returned.
    #[schema(schema_with = schema::inbound_misses)]
    inbound_misses: InboundMisses,
    max_channels: Option<u32>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Record> for Campaign {
    fn from(it: Record) -> Self {
        let Record { id, phone_id, name, state, inbound_misses, max_channels, created_at, updated_at } = it;
        Self { id, name, phone_id, state, inbound_misses, max_channels, created_at, updated_at }
    }
}

/// The campaigns, in the order of their making.
#[utoipa::path(get, path = "/campaigns", tag = "campaigns", operation_id = "list_campaigns", params(PageParams),
    responses((status = 200, body = List<Campaign>)), security(("token" = ["read"])))]
async fn index(May(caller, _): May<Read>, State(app): State<App>, mut params: Params) -> Answer<Json<List<Campaign>>> {
    let paging = params.paging(20, 0);
    let paging = paging.keeping(params.finish()?);
    let slice = caller.rows(&app.store).campaigns(paging.window()).await?;
    Ok(list(&app, &paging, slice, Campaign::from))
}

/// One campaign.
#[utoipa::path(get, path = "/campaigns/{id}", tag = "campaigns", operation_id = "show_campaign", params(("id" = Uuid, Path)),
    responses((status = 200, body = One<Campaign>)), security(("token" = ["read"])))]
async fn show(May(caller, _): May<Read>, State(app): State<App>, Id(id): Id<CampaignId>, _: NoParams) -> Answer<Json<One<Campaign>>> {
    let campaign = caller.rows(&app.store).campaign(id).await?.ok_or(ApiError::NotFound)?;
    Ok(one(campaign.into()))
}

/// Deletes a draft. What has run stays.
#[utoipa::path(delete, path = "/campaigns/{id}", tag = "campaigns", operation_id = "delete_campaign", params(("id" = Uuid, Path)),
    responses((status = 204)), security(("token" = ["write"])))]
async fn remove(May(caller, _): May<Write>, State(app): State<App>, Id(id): Id<CampaignId>, _: NoParams) -> Answer<StatusCode> {
    match caller.rows(&app.store).delete_campaign(id).await? {
        Deleted::Yes => Ok(StatusCode::NO_CONTENT),
        Deleted::Unknown => Err(ApiError::NotFound),
        Deleted::InUse => Err(ApiError::conflict("Only a draft is deleted; end the campaign instead.")),
    }
}

/// Makes a draft or a paused campaign active. One may be active per phone.
#[utoipa::path(post, path = "/campaigns/{id}/start", tag = "campaigns", operation_id = "start_campaign", params(("id" = Uuid, Path)),
    responses((status = 200, body = One<Campaign>)), security(("token" = ["write"])))]
async fn start(caller: May<Write>, app: State<App>, id: Id<CampaignId>, _: NoParams, fields: Fields) -> Answer<Json<One<Campaign>>> {
    moved(caller, app, id, fields, Move::Start).await
}

/// Pauses an active campaign. The misses that it held are returned now.
#[utoipa::path(post, path = "/campaigns/{id}/pause", tag = "campaigns", operation_id = "pause_campaign", params(("id" = Uuid, Path)),
    responses((status = 200, body = One<Campaign>)), security(("token" = ["write"])))]
async fn pause(caller: May<Write>, app: State<App>, id: Id<CampaignId>, _: NoParams, fields: Fields) -> Answer<Json<One<Campaign>>> {
    moved(caller, app, id, fields, Move::Pause).await
}

/// Ends a campaign that is done.
#[utoipa::path(post, path = "/campaigns/{id}/complete", tag = "campaigns", operation_id = "complete_campaign",
    params(("id" = Uuid, Path)), responses((status = 200, body = One<Campaign>)), security(("token" = ["write"])))]
async fn complete(caller: May<Write>, app: State<App>, id: Id<CampaignId>, _: NoParams, fields: Fields) -> Answer<Json<One<Campaign>>> {
    moved(caller, app, id, fields, Move::Complete).await
}

/// Calls a campaign off.
#[utoipa::path(post, path = "/campaigns/{id}/cancel", tag = "campaigns", operation_id = "cancel_campaign", params(("id" = Uuid, Path)),
    responses((status = 200, body = One<Campaign>)), security(("token" = ["write"])))]
async fn cancel(caller: May<Write>, app: State<App>, id: Id<CampaignId>, _: NoParams, fields: Fields) -> Answer<Json<One<Campaign>>> {
    moved(caller, app, id, fields, Move::Cancel).await
}

async fn moved(
    May(caller, _): May<Write>,
    State(app): State<App>,
    Id(id): Id<CampaignId>,
    fields: Fields,
    asked: Move,
) -> Answer<Json<One<Campaign>>> {
    fields.none()?;
    let campaign = match caller.rows(&app.store).move_campaign(id, asked, &caller.actor(), app.clock.now()).await? {
        CampaignMoved::Yes(campaign) => campaign,
        CampaignMoved::Unknown => return Err(ApiError::NotFound),
        CampaignMoved::Illegal(illegal) => {
            let allowed = illegal.allowed.iter().map(|it| it.as_str().to_owned()).collect();
            return Err(ApiError::illegal_move(illegal.to_string(), allowed));
        }
        CampaignMoved::PhoneTaken => {
            return Err(ApiError::illegal_move("Another campaign is active on this phone.", vec!["cancel".to_owned()]));
        }
        CampaignMoved::PhoneDeleted => return Err(ApiError::illegal_move("Its phone was deleted.", vec!["cancel".to_owned()])),
    };
    app.dispatcher.wake(campaign.phone_id);
    Ok(one(campaign.into()))
}
