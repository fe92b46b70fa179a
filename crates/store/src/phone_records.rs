//! Phones as their company keeps them: made, changed, deleted. What the dispatcher does with them is in `phones`.

mod change;

use jiff::Timestamp;
use ringback_domain::{
    ids::{AgentId, BranchId, PhoneId},
    phone_number::PhoneNumber,
    settings::{AutoCallback, WhenFull},
};

use crate::{
    db::{Result, Tx, from_record, params},
    listing::{Listing, Mark, Order, Slice, Window},
    store::retrying,
    tenant::TenantStore,
};

pub use change::{PhoneDeleted, PhoneSaved};

#[derive(Debug, Clone)]
pub struct PhoneRecord {
    pub id: PhoneId,
    pub label: String,
    pub number: PhoneNumber,
    pub carrier: String,
    /// Sealed; the server opens it.
    pub carrier_config: Vec<u8>,
    pub channels: u32,
    pub reserved_inbound: u32,
    pub agent_id: Option<AgentId>,
    pub branch_id: Option<BranchId>,
    pub active: bool,
    pub auto_callback: AutoCallback,
    pub when_full: WhenFull,
    pub max_call_seconds: u32,
    pub ingress_key: String,
    /// Computed; never written back.
    pub channels_in_use: u32,
    pub paused_until: Option<Timestamp>,
    pub paused_because: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
from_record!(PhoneRecord {
    id,
    label,
    number,
    carrier,
    carrier_config,
    channels,
    reserved_inbound,
    agent_id,
    branch_id,
    active,
    auto_callback,
    when_full,
    max_call_seconds,
    ingress_key,
    channels_in_use,
    paused_until,
    paused_because,
    created_at,
    updated_at,
});

macro_rules! columns {
    () => {
        "p.id, p.label, p.number, p.carrier, p.carrier_config, p.channels, p.reserved_inbound, p.agent_id, p.branch_id, p.active,
            p.auto_callback, p.when_full, p.max_call_seconds, p.ingress_key, d.paused_until, d.paused_because, p.created_at, p.updated_at,
            (select count(*) from channel_leases l where l.phone_id = p.id and l.call_id is not null) as channels_in_use"
    };
}

const FROM: &str = "phones p join phone_dialing d on d.phone_id = p.id";

impl TenantStore<'_> {
    pub async fn phones(&self, window: Window) -> Result<Slice<PhoneRecord>> {
        let mut listing = Listing::new(columns!(), FROM);
        listing.only("p.company_id = ? and p.deleted_at is null", params![self.company]);
        listing.only_seen(self.sight, "p.branch_id", None);
        let order = Order { key: None, id: "p.id", descending: false };
        listing.slice(&self.store.db, &order, window, |it: &PhoneRecord| Mark { key: 0, id: it.id.0 }).await
    }

    pub async fn phone(&self, id: PhoneId) -> Result<Option<PhoneRecord>> {
        let mut listing = Listing::new(columns!(), FROM);
        listing.only("p.company_id = ? and p.id = ? and p.deleted_at is null", params![self.company, id]);
        listing.only_seen(self.sight, "p.branch_id", None);
        Ok(listing.all(&self.store.db, "p.id").await?.pop())
    }

    /// On which the agent answers. Few: a company's own numbers.
    pub async fn phones_of_agent(&self, agent: AgentId) -> Result<Vec<PhoneRecord>> {
        const SQL: &str = concat!(
            "select ",
            columns!(),
            " from phones p join phone_dialing d on d.phone_id = p.id
            where p.company_id = $1 and p.agent_id = $2 and p.deleted_at is null order by p.id"
        );
        self.store.db.all(SQL, params![self.company, agent]).await
    }

    /// The phone, its place with the dispatcher and its channels, all free, in one commit.
    pub async fn add_phone(&self, phone: &PhoneRecord) -> Result<()> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            insert(&mut tx, self.company, phone).await?;
            const DIALING: &str = "insert into phone_dialing (phone_id, company_id, fence, breaker_open) values ($1, $2, 0, $3)";
            tx.execute(DIALING, params![phone.id, self.company, false]).await?;
            for channel in 1..=i64::from(phone.channels) {
                add_channel(&mut tx, phone.id, channel).await?;
            }
            self.store.commit(tx, self.company).await
        })
    }

    /// The old key stops working with this; `false` when there is no such phone.
    pub async fn rotate_ingress_key(&self, id: PhoneId, key: &str, now: Timestamp) -> Result<bool> {
        if self.sees_part() && self.phone(id).await?.is_none() {
            return Ok(false);
        }
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const SQL: &str = "update phones set ingress_key = $3, updated_at = case when updated_at < $4 then $4 else updated_at + 1 end
                where company_id = $1 and id = $2 and deleted_at is null";
            let rotated = tx.execute(SQL, params![self.company, id, key, now]).await? == 1;
            self.store.commit(tx, self.company).await?;
            Ok(rotated)
        })
    }
}

async fn insert(tx: &mut Tx, company: ringback_domain::ids::CompanyId, phone: &PhoneRecord) -> Result<()> {
    const SQL: &str = "insert into phones (id, company_id, label, number, carrier, carrier_config, channels, reserved_inbound, agent_id,
            branch_id, active, auto_callback, when_full, max_call_seconds, ingress_key, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)";
    let params = params![
        phone.id,
        company,
        &phone.label,
        &phone.number,
        &phone.carrier,
        phone.carrier_config.clone(),
        phone.channels,
        phone.reserved_inbound,
        phone.agent_id,
        phone.branch_id,
        phone.active,
        phone.auto_callback.as_str(),
        phone.when_full.as_str(),
        phone.max_call_seconds,
        &phone.ingress_key,
        phone.created_at,
    ];
    tx.execute(SQL, params).await?;
    Ok(())
}

pub(super) async fn add_channel(tx: &mut Tx, phone: PhoneId, channel: i64) -> Result<()> {
    tx.execute("insert into channel_leases (phone_id, channel) values ($1, $2)", params![phone, channel]).await?;
    Ok(())
}
