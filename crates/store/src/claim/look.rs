//! What a claim looks at: the phone and who is next on it.

use jiff::Timestamp;
use ringback_domain::{
    ids::{AgentId, AttemptId, CallId, CallbackId, PhoneId},
    phone_number::PhoneNumber,
    time::plus_seconds,
};

use super::DAY_SECONDS;
use crate::{
    db::{FromRecord, Record, Result, Tx, from_record, params},
    phones::{PhoneRow, phone_columns, phone_tables},
};

/// The head of a phone's queue, with what its admission is decided by.
pub(super) struct Head {
    pub(super) id: AttemptId,
    pub(super) callback_id: CallbackId,
    pub(super) agent_id: Option<AgentId>,
    pub(super) agent_stream_url: Option<String>,
    pub(super) person: PhoneNumber,
    pub(super) missed_at: Timestamp,
    pub(super) missed_call_id: Option<CallId>,
    pub(super) last_asked_at: Option<Timestamp>,
    pub(super) own_number: bool,
    pub(super) answered_here: bool,
    pub(super) no_call: bool,
    pub(super) recent_attempts: u32,
    pub(super) recent_first: Option<Timestamp>,
    pub(super) on_the_line_until: Option<Timestamp>,
    pub(super) claimed_until: Option<Timestamp>,
}
from_record!(Head {
    id,
    callback_id,
    agent_id,
    agent_stream_url,
    person,
    missed_at,
    missed_call_id,
    last_asked_at,
    own_number,
    answered_here,
    no_call,
    recent_attempts,
    recent_first,
    on_the_line_until,
    claimed_until,
});

macro_rules! head_columns {
    () => {
        "h.id, h.callback_id, h.agent_id, g.stream_url as agent_stream_url, h.number as person, h.missed_at, h.missed_call_id,
            w.last_asked_at,
            exists (select 1 from phones o where o.number = h.number and o.deleted_at is null and o.company_id = h.company_id) as own_number,
            exists (select 1 from phones o where o.number = h.number and o.deleted_at is null) as answered_here,
            exists (select 1 from customer_numbers n join customers u on u.id = n.customer_id
                where n.company_id = h.company_id and n.number = h.number and u.no_call) as no_call,
            (select count(*) from calls k where k.company_id = h.company_id and k.number = h.number and k.started_at > $3
                and k.direction = 'outbound' and coalesce(k.carrier_answer, '') not in ('not_processed', 'throttled')) as recent_attempts,
            (select min(k.started_at) from calls k where k.company_id = h.company_id and k.number = h.number and k.started_at > $3
                and k.direction = 'outbound' and coalesce(k.carrier_answer, '') not in ('not_processed', 'throttled')) as recent_first,
            (select max(l.leased_until) from calls k join channel_leases l on l.call_id = k.id
                where k.company_id = h.company_id and k.number = h.number and k.ended_at is null and k.direction = 'inbound') as on_the_line_until,
            (select max(o.claimed_until) from callbacks o where o.company_id = h.company_id and o.number = h.number
                and o.status in ('pending', 'assigned', 'contacted') and o.deleted_at is null) as claimed_until"
    };
}

/// The first attempt of the phone `p` in dialing order that no campaign holds: one step down the queue's index.
macro_rules! head_tables {
    () => {
        "left join attempts h on h.id = (select o.id from attempts o
                where o.phone_id = p.id and o.status = 'pending' and o.look_at is null and o.not_before <= $2
                  and (o.campaign_id is null or o.hold_until <= $2
                      or not exists (select 1 from campaigns r where r.id = o.campaign_id and r.state = 'active'))
                order by o.priority, o.not_before, o.id limit 1)
            left join agents g on g.id = h.agent_id
            left join people w on w.company_id = h.company_id and w.number = h.number"
    };
}

/// A phone and the head of its queue, in one read.
pub(super) struct Look {
    pub(super) row: PhoneRow,
    pub(super) head: Option<Head>,
}

impl FromRecord for Look {
    fn from_record(record: &Record) -> Result<Self> {
        let head = record.get::<Option<AttemptId>>("id")?.is_some().then(|| Head::from_record(record)).transpose()?;
        Ok(Self { row: PhoneRow::from_record(record)?, head })
    }
}

impl Look {
    pub(super) async fn at(tx: &mut Tx, phone: PhoneId, now: Timestamp) -> Result<Option<Self>> {
        const SQL: &str = concat!(
            "select ",
            phone_columns!(),
            ", ",
            head_columns!(),
            " from ",
            phone_tables!(),
            " ",
            head_tables!(),
            " where p.id = $1 and p.deleted_at is null"
        );
        tx.optional(SQL, params![phone, now, plus_seconds(now, -DAY_SECONDS), tx.frees_channel_of]).await
    }
}

/// Who is next, after this transaction has put off or called back somebody.
pub(super) async fn next_head(tx: &mut Tx, phone: PhoneId, now: Timestamp) -> Result<Option<Head>> {
    const SQL: &str = concat!("select ", head_columns!(), " from phones p ", head_tables!(), " where p.id = $1 and h.id is not null");
    tx.optional(SQL, params![phone, now, plus_seconds(now, -DAY_SECONDS)]).await
}
