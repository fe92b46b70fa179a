//! Making and changing campaigns.

use axum::{Json, extract::State};
use ringback_domain::{
    campaign::{InboundMisses, State as CampaignState},
    ids::{CampaignId, PhoneId},
};
use ringback_store::Campaign as Record;
use utoipa::ToSchema;

use super::Campaign;
use crate::{
    api::{
        answer::{Answer, Created, One, one},
        body::Fields,
        caller::{Caller, May, Write},
        changed_at,
        params::{Id, NoParams},
        read, schema,
    },
    app::App,
    errors::{ApiError, Code},
};

/// What a campaign is made of. It begins as a draft.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `create` reads")]
pub(super) struct NewCampaign {
    #[schema(max_length = 100)]
    name: String,
    #[schema(value_type = Uuid)]
    phone_id: PhoneId,
    #[schema(schema_with = schema::inbound_misses)]
    inbound_misses: Option<InboundMisses>,
    /// Of its phone, at once; null: all.
    #[schema(minimum = 1, maximum = 100)]
    max_channels: Option<u32>,
}

/// What of a campaign is to change; its phone only while it is a draft.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `change` reads")]
pub(super) struct CampaignChange {
    #[schema(max_length = 100, nullable = false)]
    name: Option<String>,
    #[schema(value_type = Option<Uuid>, nullable = false)]
    phone_id: Option<PhoneId>,
    #[schema(schema_with = schema::inbound_misses)]
    inbound_misses: Option<InboundMisses>,
    #[schema(minimum = 1, maximum = 100)]
    max_channels: Option<u32>,
}

const READ_ONLY: [&str; 5] = ["id", "company_id", "state", "created_at", "updated_at"];

/// Makes a campaign.
#[utoipa::path(post, path = "/campaigns", tag = "campaigns", operation_id = "create_campaign", request_body = NewCampaign,
    responses((status = 201, body = One<Campaign>)), security(("token" = ["write"])))]
pub(super) async fn create(
    May(caller, _): May<Write>,
    State(app): State<App>,
    _: NoParams,
    mut fields: Fields,
) -> Answer<Created<Campaign>> {
    let now = app.clock.now();
    fields.read_only(&READ_ONLY);
    let name = fields.required("name", read::line(100));
    let phone_id = fields.required("phone_id", read::text(read::id));
    let inbound_misses = fields.optional("inbound_misses", read::text(read::word)).unwrap_or(InboundMisses::AfterCampaign);
    let max_channels = fields.nullable("max_channels", read::whole(1..=100)).flatten();
    own_phone(&app, &caller, &mut fields, phone_id).await?;
    let id = CampaignId(app.store.new_id(now));
    let campaign = fields.finish(|| {
        Some(Record {
            id,
            phone_id: phone_id?,
            name: name?,
            state: CampaignState::Draft,
            inbound_misses,
            max_channels,
            created_at: now,
            updated_at: now,
        })
    })?;
    caller.rows(&app.store).add_campaign(&campaign).await?;
    Ok(Created(campaign.into()))
}

/// Changes the given fields of a campaign; PUT does the same.
#[utoipa::path(method(patch, put), path = "/campaigns/{id}", tag = "campaigns", operation_id = "change_campaign",
    params(("id" = Uuid, Path)), request_body = CampaignChange, responses((status = 200, body = One<Campaign>)),
    security(("token" = ["write"])))]
pub(super) async fn change(
    May(caller, _): May<Write>,
    State(app): State<App>,
    Id(id): Id<CampaignId>,
    _: NoParams,
    mut fields: Fields,
) -> Answer<Json<One<Campaign>>> {
    let rows = caller.rows(&app.store);
    let campaign = rows.campaign(id).await?.ok_or(ApiError::NotFound)?;
    let seen = campaign.updated_at;
    fields.read_only(&READ_ONLY);
    let name = fields.optional("name", read::line(100));
    let phone_id: Option<PhoneId> = fields.optional("phone_id", read::text(read::id));
    let inbound_misses = fields.optional("inbound_misses", read::text(read::word));
    let max_channels = fields.nullable("max_channels", read::whole(1..=100));
    own_phone(&app, &caller, &mut fields, phone_id).await?;
    let other_phone = phone_id.is_some_and(|phone| phone != campaign.phone_id);
    let updated_at = changed_at(seen, app.clock.now());
    let campaign = fields.finish(|| {
        Some(Record {
            phone_id: phone_id.unwrap_or(campaign.phone_id),
            name: name.unwrap_or(campaign.name),
            inbound_misses: inbound_misses.unwrap_or(campaign.inbound_misses),
            max_channels: max_channels.unwrap_or(campaign.max_channels),
            updated_at,
            ..campaign
        })
    })?;
    if other_phone && campaign.state != CampaignState::Draft {
        return Err(ApiError::conflict(format!("Its phone can change only while it is a draft; it is {}.", campaign.state)));
    }
    if !rows.save_campaign(&campaign, seen).await? {
        return Err(ApiError::outrun("Somebody else changed the campaign at the same moment; try again."));
    }
    app.dispatcher.wake(campaign.phone_id);
    Ok(one(campaign.into()))
}

async fn own_phone(app: &App, caller: &Caller, fields: &mut Fields, phone: Option<PhoneId>) -> Result<(), ApiError> {
    if let Some(phone) = phone
        && caller.rows(&app.store).phone(phone).await?.is_none()
    {
        fields.refuse("phone_id", Code::Reference, "is not the id of one of the company's phones");
    }
    Ok(())
}
