//! Phones as the dispatcher and the ingress see them.

use jiff::Timestamp;
use ringback_domain::{
    ids::{AgentId, CallId, CompanyId, PhoneId},
    phone_number::PhoneNumber,
    settings::{Settings, WhenFull},
};

use crate::{
    db::{Result, Tx, from_record, params},
    faults::{self, fault},
    store::Store,
};

/// A phone as a carrier's request finds it, by the secret key in the path.
#[derive(Debug, Clone)]
pub struct IngressPhone {
    pub id: PhoneId,
    pub company_id: CompanyId,
    pub number: PhoneNumber,
    pub carrier: String,
    /// Sealed; the server opens it.
    pub carrier_config: Vec<u8>,
    pub when_full: WhenFull,
    pub active: bool,
    pub agent_id: Option<AgentId>,
    pub stream_url: Option<String>,
    pub max_call_seconds: u32,
    pub country: String,
    pub locale: String,
    pub settings: Settings,
}
from_record!(IngressPhone {
    id,
    company_id,
    number,
    carrier,
    carrier_config,
    when_full,
    active,
    agent_id,
    stream_url,
    max_call_seconds,
    country,
    locale,
    settings: json,
});

impl Store {
    pub async fn phone_by_ingress_key(&self, carrier: &str, key: &str) -> Result<Option<IngressPhone>> {
        const SQL: &str = "select p.id, p.company_id, p.number, p.carrier, p.carrier_config, p.when_full, p.active, p.agent_id,
                a.stream_url, p.max_call_seconds, c.country, c.locale, c.settings
            from phones p join companies c on c.id = p.company_id left join agents a on a.id = p.agent_id
            where p.ingress_key = $1 and p.carrier = $2 and p.deleted_at is null";
        self.db.optional(SQL, params![key, carrier]).await
    }
}

/// Which carrier a phone's requests go to.
#[derive(Debug, Clone)]
pub struct CarrierSetup {
    pub company_id: CompanyId,
    pub carrier: String,
    /// Sealed; the server opens it.
    pub carrier_config: Vec<u8>,
}
from_record!(CarrierSetup { company_id, carrier, carrier_config });

impl Store {
    pub async fn carrier_of(&self, phone: PhoneId) -> Result<Option<CarrierSetup>> {
        const SQL: &str = "select company_id, carrier, carrier_config from phones where id = $1 and deleted_at is null";
        self.db.optional(SQL, params![phone]).await
    }
}

/// Everything that a claim on a phone is decided by, in one read.
#[expect(clippy::struct_excessive_bools, reason = "a row: each is a column of its own")]
pub(crate) struct PhoneRow {
    pub(crate) company_id: CompanyId,
    pub(crate) number: PhoneNumber,
    pub(crate) carrier: String,
    pub(crate) carrier_config: Vec<u8>,
    pub(crate) ingress_key: String,
    pub(crate) active: bool,
    pub(crate) auto_callback: ringback_domain::settings::AutoCallback,
    pub(crate) reserved_inbound: u32,
    pub(crate) max_call_seconds: u32,
    pub(crate) stream_url: Option<String>,
    pub(crate) country: String,
    pub(crate) time_zone: String,
    pub(crate) settings: Settings,
    pub(crate) dialing_paused: bool,
    pub(crate) paused_until: Option<Timestamp>,
    pub(crate) paused_because: Option<String>,
    pub(crate) breaker_open: bool,
    pub(crate) balance: i64,
    pub(crate) reserved: i64,
    pub(crate) short_told: bool,
    pub(crate) free_channels: u32,
    /// An attempt was put off until now.
    pub(crate) put_off_is_due: bool,
}
from_record!(PhoneRow {
    company_id,
    number,
    carrier,
    carrier_config,
    ingress_key,
    active,
    auto_callback,
    reserved_inbound,
    max_call_seconds,
    stream_url,
    country,
    time_zone,
    settings: json,
    dialing_paused,
    paused_until,
    paused_because,
    breaker_open,
    balance,
    reserved,
    short_told,
    free_channels,
    put_off_is_due,
});

/// What a [`PhoneRow`] is read from; `$2` is now, `$3` a day ago, `$4` the call whose channel this transaction frees.
macro_rules! phone_columns {
    () => {
        "p.company_id, p.number, p.carrier, p.carrier_config, p.ingress_key, p.active, p.auto_callback, p.reserved_inbound,
            p.max_call_seconds, a.stream_url, c.country, c.time_zone, c.settings,
            (c.dialing_paused or i.dialing_paused) as dialing_paused, d.paused_until, d.paused_because, d.breaker_open,
            k.balance, k.reserved, k.short_told,
            (select count(*) from channel_leases l where l.phone_id = p.id and (l.call_id is null or l.call_id = $4)) as free_channels,
            exists (select 1 from attempts o where o.phone_id = p.id and o.status = 'pending' and o.look_at is not null
                and o.look_at <= $2) as put_off_is_due"
    };
}

macro_rules! phone_tables {
    () => {
        "phones p
            join phone_dialing d on d.phone_id = p.id
            join companies c on c.id = p.company_id
            join credit_accounts k on k.company_id = c.id
            join installation i on i.id = 1
            left join agents a on a.id = p.agent_id"
    };
}
pub(crate) use {phone_columns, phone_tables};

impl PhoneRow {
    pub(crate) async fn read(tx: &mut Tx, phone: PhoneId, now: Timestamp) -> Result<Option<Self>> {
        const SQL: &str = concat!("select ", phone_columns!(), " from ", phone_tables!(), " where p.id = $1 and p.deleted_at is null");
        tx.optional(SQL, params![phone, now, now, tx.frees_channel_of]).await
    }

    pub(crate) fn facts(&self) -> ringback_domain::dialing::PhoneFacts {
        ringback_domain::dialing::PhoneFacts {
            active: self.active,
            auto_callback: self.auto_callback,
            dialing_paused: self.dialing_paused,
            paused: self.paused_until.map(|until| (self.paused_because.clone().unwrap_or_default(), until)),
            free_channels: self.free_channels,
            reserved_inbound: self.reserved_inbound,
            account: ringback_domain::credits::Account { balance: self.balance, reserved: if fault(19) { 0 } else { self.reserved } },
        }
    }
}

/// Takes the phone's lock for this transaction and raises its fence number. Everything that gives a channel, frees one
/// or claims an attempt of the phone happens under it.
pub(crate) async fn lock(tx: &mut Tx, phone: PhoneId) -> Result<Option<i64>> {
    if fault(1) || fault(2) {
        const LOOK: &str = "select fence from phone_dialing where phone_id = $1";
        return Ok(tx.optional_with_later::<(i64,)>(LOOK, params![phone]).await?.map(|(fence,)| fence));
    }
    const SQL: &str = "update phone_dialing set fence = fence + 1 where phone_id = $1 returning fence";
    Ok(tx.optional_with_later::<(i64,)>(SQL, params![phone]).await?.map(|(fence,)| fence))
}

/// Gives a free channel to the call, or `false`. Under the phone's lock; the outer condition still repeats the inner
/// one, because after waiting for a locked row PostgreSQL re-checks only the outer one.
pub(crate) async fn take_channel(tx: &mut Tx, phone: PhoneId, call: CallId, until: Timestamp) -> Result<bool> {
    const SQL: &str = "update channel_leases set call_id = $2, leased_until = $3
        where phone_id = $1 and (call_id is null or call_id = $4)
          and channel = (select min(channel) from channel_leases where phone_id = $1 and (call_id is null or call_id = $4))";
    let taken = tx.execute(SQL, params![phone, call, until, tx.frees_channel_of]).await? == 1;
    if taken && fault(6) {
        faults::one_deadline_for_all(tx, phone, until).await?;
    }
    Ok(taken)
}

/// Frees the call's channel with the end of the transaction, unless the transaction gives it to the next call before.
pub(crate) fn free_channel(tx: &mut Tx, call: CallId) {
    const SQL: &str = "update channel_leases set call_id = null, leased_until = null where call_id = $1";
    tx.later(SQL, params![call]);
    tx.frees_channel_of = Some(call);
}

/// How long a channel is leased at most: the ring, the longest call, and a margin for late events.
pub(crate) fn lease_seconds(max_call_seconds: u32, ring_seconds: u32) -> i64 {
    const MARGIN_SECONDS: i64 = 120;
    i64::from(max_call_seconds) + i64::from(ring_seconds) + MARGIN_SECONDS
}
