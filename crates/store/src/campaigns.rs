//! Campaigns of a company: made, changed, and moved from state to state, each move with its event.

use jiff::Timestamp;
use ringback_domain::{
    campaign::{IllegalMove, InboundMisses, Move, State},
    event::EventType,
    ids::{CampaignId, PhoneId},
};
use serde_json::json;

use crate::{
    agents::Deleted,
    db::{Result, from_record, params},
    listing::{Listing, Mark, Order, Slice, Window},
    store::{About, retrying},
    tenant::TenantStore,
};

#[derive(Debug, Clone)]
pub struct Campaign {
    pub id: CampaignId,
    pub phone_id: PhoneId,
    pub name: String,
    pub state: State,
    pub inbound_misses: InboundMisses,
    pub max_channels: Option<u32>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
from_record!(Campaign { id, phone_id, name, state, inbound_misses, max_channels, created_at, updated_at });

/// What came of a move.
#[derive(Debug, Clone)]
pub enum CampaignMoved {
    Yes(Campaign),
    Unknown,
    Illegal(IllegalMove),
    /// Another campaign is active on its phone.
    PhoneTaken,
    PhoneDeleted,
}

impl TenantStore<'_> {
    pub async fn campaigns(&self, window: Window) -> Result<Slice<Campaign>> {
        let listing = self.campaign_listing();
        let order = Order { key: None, id: "g.id", descending: false };
        listing.slice(&self.store.db, &order, window, |it: &Campaign| Mark { key: 0, id: it.id.0 }).await
    }

    pub async fn campaign(&self, id: CampaignId) -> Result<Option<Campaign>> {
        let mut listing = self.campaign_listing();
        listing.only("g.id = ?", params![id]);
        Ok(listing.all(&self.store.db, "g.id").await?.pop())
    }

    fn campaign_listing(&self) -> Listing {
        const COLUMNS: &str = "g.id, g.phone_id, g.name, g.state, g.inbound_misses, g.max_channels, g.created_at, g.updated_at";
        let mut listing = Listing::new(COLUMNS, "campaigns g");
        listing.only("g.company_id = ?", params![self.company]);
        listing.only_with_seen_phone(self.sight, "g.phone_id");
        listing
    }

    pub async fn add_campaign(&self, campaign: &Campaign) -> Result<()> {
        retrying!({
            const SQL: &str =
                "insert into campaigns (id, company_id, phone_id, name, state, inbound_misses, max_channels, created_at, updated_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
            let mut tx = self.store.db.begin().await?;
            let params = params![
                campaign.id,
                self.company,
                campaign.phone_id,
                &campaign.name,
                campaign.state.as_str(),
                campaign.inbound_misses.as_str(),
                campaign.max_channels,
                campaign.created_at,
            ];
            tx.execute(SQL, params).await?;
            self.store.commit(tx, self.company).await
        })
    }

    /// Writes a changed campaign (not its state), unless somebody else wrote it since it was `seen`.
    pub async fn save_campaign(&self, campaign: &Campaign, seen: Timestamp) -> Result<bool> {
        retrying!({
            const SQL: &str = "update campaigns set phone_id = $4, name = $5, inbound_misses = $6, max_channels = $7, updated_at = $8
                where company_id = $1 and id = $2 and updated_at = $3 and state = $9";
            let mut tx = self.store.db.begin().await?;
            let params = params![
                self.company,
                campaign.id,
                seen,
                campaign.phone_id,
                &campaign.name,
                campaign.inbound_misses.as_str(),
                campaign.max_channels,
                campaign.updated_at,
                campaign.state.as_str(),
            ];
            let saved = tx.execute(SQL, params).await? == 1;
            if saved && campaign.inbound_misses == InboundMisses::Immediate {
                // What it held until now is a missed call like any other.
                const RELEASE: &str = "update attempts set campaign_id = null, priority = 0 where phone_id = $1 and campaign_id = $2
                    and status = 'pending'";
                tx.execute_many(RELEASE, params![campaign.phone_id, campaign.id]).await?;
            }
            self.store.commit(tx, self.company).await?;
            Ok(saved)
        })
    }

    /// Only a draft is deleted: what has run stays told.
    pub async fn delete_campaign(&self, id: CampaignId) -> Result<Deleted> {
        if self.sees_part() && self.campaign(id).await?.is_none() {
            return Ok(Deleted::Unknown);
        }
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const SQL: &str = "delete from campaigns where company_id = $1 and id = $2 and state = 'draft'";
            let deleted = tx.execute(SQL, params![self.company, id]).await? == 1;
            const THERE: &str = "select cast(1 as bigint) from campaigns where company_id = $1 and id = $2";
            let there = tx.optional::<(i64,)>(THERE, params![self.company, id]).await?.is_some();
            self.store.commit(tx, self.company).await?;
            Ok(if deleted {
                Deleted::Yes
            } else if there {
                Deleted::InUse
            } else {
                Deleted::Unknown
            })
        })
    }

    pub async fn move_campaign(&self, id: CampaignId, asked: Move, actor: &str, now: Timestamp) -> Result<CampaignMoved> {
        if self.sees_part() && self.campaign(id).await?.is_none() {
            return Ok(CampaignMoved::Unknown);
        }
        retrying!({
            let mut tx = self.store.db.begin().await?;
            // Written before it is read: whoever else moves this campaign waits here.
            const LOCK: &str = "update campaigns set updated_at = case when updated_at < $3 then $3 else updated_at + 1 end
                where company_id = $1 and id = $2
                returning id, phone_id, name, state, inbound_misses, max_channels, created_at, updated_at";
            let Some(mut campaign) = tx.optional::<Campaign>(LOCK, params![self.company, id, now]).await? else {
                return Ok(CampaignMoved::Unknown);
            };
            campaign.state = match campaign.state.after(asked) {
                Ok(state) => state,
                Err(illegal) => return Ok(CampaignMoved::Illegal(illegal)),
            };
            const PHONE: &str = "select cast(1 as bigint) from phones where id = $1 and deleted_at is null";
            if asked == Move::Start && tx.optional::<(i64,)>(PHONE, params![campaign.phone_id]).await?.is_none() {
                return Ok(CampaignMoved::PhoneDeleted);
            }
            match tx.execute("update campaigns set state = $2 where id = $1", params![id, campaign.state.as_str()]).await {
                Ok(_) => {}
                Err(error) if error.is_taken() => return Ok(CampaignMoved::PhoneTaken),
                Err(error) => return Err(error),
            }
            let kind = match asked {
                Move::Start => EventType::CampaignStarted,
                Move::Pause => EventType::CampaignPaused,
                Move::Complete => EventType::CampaignCompleted,
                Move::Cancel => EventType::CampaignCancelled,
            };
            let about = About { actor, callback: None, phone: Some(campaign.phone_id) };
            let data = json!({"campaign": {"id": id, "name": campaign.name, "phone_id": campaign.phone_id, "state": campaign.state}});
            self.store.event(&mut tx, now, self.company, kind, about, data);
            self.store.commit(tx, self.company).await?;
            Ok(CampaignMoved::Yes(campaign))
        })
    }
}
