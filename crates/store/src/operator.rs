//! What the operator asks and does over all companies: the kill switch, the gauges, the facts that `doctor` judges.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ringback_domain::{
    attempt::{self, ShownStatus},
    callback,
    credits::Account,
    ids::{CompanyId, PhoneId},
    settings::Settings,
};

use crate::{
    db::{Result, from_record, params},
    store::{Store, retrying},
};

/// The work at hand, as numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workload {
    /// Open attempts, as they are shown.
    pub attempts: BTreeMap<ShownStatus, i64>,
    pub callbacks: BTreeMap<callback::Status, i64>,
    /// Callbacks that are being forgotten (I3): always 0, but for the expired ones that a person has to close.
    pub without_next_action: i64,
    pub channels_in_use: i64,
}

struct OpenAttempts {
    status: attempt::Status,
    held: bool,
    number: i64,
    balance: i64,
    reserved: i64,
    settings: Settings,
}
from_record!(OpenAttempts { status, held, number, balance, reserved, settings: json });

/// A phone with what may keep it from dialing.
pub struct PhoneSetup {
    pub id: PhoneId,
    pub company_id: CompanyId,
    pub company: String,
    pub label: String,
    pub carrier: String,
    /// Sealed; the server opens it.
    pub carrier_config: Vec<u8>,
    pub agent: Option<String>,
    pub agent_active: Option<bool>,
    pub stream_url: Option<String>,
    pub paused_until: Option<Timestamp>,
    pub paused_because: Option<String>,
}
from_record!(PhoneSetup {
    id,
    company_id,
    company,
    label,
    carrier,
    carrier_config,
    agent,
    agent_active,
    stream_url,
    paused_until,
    paused_because,
});

/// A company with what may keep it from calling back.
pub struct CompanyStanding {
    pub id: CompanyId,
    pub slug: String,
    pub settings: Settings,
    pub dialing_paused: bool,
    pub balance: i64,
    pub reserved: i64,
}
from_record!(CompanyStanding { id, slug, settings: json, dialing_paused, balance, reserved });

impl CompanyStanding {
    /// Whether automatic callbacks wait for credits.
    pub fn is_short(&self) -> bool {
        !Account { balance: self.balance, reserved: 0 }.covers(self.settings.minimum_credits)
    }
}

impl Store {
    /// The kill switch, of one company or of all. In force with the next claim on every node: claims read it.
    /// Releasing the switch of all leaves those of single companies as they are.
    pub async fn set_dialing_paused(&self, company: Option<CompanyId>, paused: bool, now: Timestamp) -> Result<()> {
        retrying!({
            let mut tx = self.db.begin().await?;
            if let Some(company) = company {
                const SQL: &str = "update companies set dialing_paused = $2, updated_at = $3 where id = $1";
                tx.execute(SQL, params![company, paused, now]).await?;
            } else {
                const SQL: &str = "update installation set dialing_paused = $1 where id = 1";
                tx.execute(SQL, params![paused]).await?;
            }
            tx.commit().await
        })
    }

    pub async fn dialing_paused(&self) -> Result<bool> {
        const SQL: &str = "select dialing_paused from installation where id = 1";
        let row = self.db.optional::<(bool,)>(SQL, params![]).await?;
        Ok(row.is_some_and(|(paused,)| paused))
    }

    /// Reads open work alone, company by company (a `cross join` keeps that order on SQLite).
    pub async fn workload(&self, now: Timestamp) -> Result<Workload> {
        const ATTEMPTS: &str = "select q.status, q.held, q.number, k.balance, k.reserved, c.settings
            from (select a.company_id, a.status, g.id is not null as held, count(*) as number
                from companies o cross join attempts a
                left join campaigns g on g.id = a.campaign_id and g.state = 'active' and a.hold_until > $1
                where a.company_id = o.id and a.status in ('pending', 'processing', 'unknown')
                group by a.company_id, a.status, held) q
            join credit_accounts k on k.company_id = q.company_id
            join companies c on c.id = q.company_id";
        const CALLBACKS: &str = "select status, count(*) from callbacks
            where status in ('pending', 'assigned', 'contacted') and deleted_at is null group by status";
        const CHANNELS: &str = "select count(*) from channel_leases where call_id is not null";
        let mut workload = Workload::default();
        for group in self.db.all::<OpenAttempts>(ATTEMPTS, params![now]).await? {
            let account = Account { balance: group.balance, reserved: group.reserved };
            let shown = group.status.shown(group.held, !account.covers(group.settings.minimum_credits));
            *workload.attempts.entry(shown).or_default() += group.number;
        }
        workload.callbacks = self.db.all::<(callback::Status, i64)>(CALLBACKS, params![]).await?.into_iter().collect();
        workload.without_next_action = i64::try_from(self.forgotten(now).await?.len()).unwrap_or(i64::MAX);
        workload.channels_in_use = self.db.optional::<(i64,)>(CHANNELS, params![]).await?.map_or(0, |(count,)| count);
        Ok(workload)
    }

    pub async fn phone_setups(&self) -> Result<Vec<PhoneSetup>> {
        const SQL: &str = "select p.id, p.company_id, c.slug as company, p.label, p.carrier, p.carrier_config, a.name as agent,
                a.active as agent_active, a.stream_url, d.paused_until, d.paused_because
            from phones p
            join companies c on c.id = p.company_id
            left join phone_dialing d on d.phone_id = p.id
            left join agents a on a.id = p.agent_id
            where p.deleted_at is null and p.active order by c.slug, p.id";
        self.db.all(SQL, params![]).await
    }

    pub async fn company_standings(&self) -> Result<Vec<CompanyStanding>> {
        const SQL: &str = "select c.id, c.slug, c.settings, c.dialing_paused, k.balance, k.reserved
            from companies c join credit_accounts k on k.company_id = c.id order by c.slug";
        self.db.all(SQL, params![]).await
    }
}
