//! What the board shows of a company: a few bounded questions, however much work waits or is done.

mod cancelled;
mod queue;
mod withheld;

use jiff::Timestamp;
use ringback_domain::{
    attempt,
    call::{AttemptOutcome, CallStatus, Direction},
    credits::Account,
    ids::{AttemptId, CallbackId, PhoneId},
    phone_number::PhoneNumber,
    settings::Settings,
};

use crate::{
    db::{Result, from_record, params},
    tenant::TenantStore,
};

pub use cancelled::CancelledBecause;
pub use queue::{QueueFilter, Waiting};
pub use withheld::WithheldMiss;

/// The state of the whole company.
pub struct Overview {
    pub settings: Settings,
    pub dialing_paused: bool,
    pub balance: i64,
    pub reserved: i64,
    pub phones: i64,
}
from_record!(Overview { settings: json, dialing_paused, balance, reserved, phones });

impl Overview {
    pub fn account(&self) -> Account {
        Account { balance: self.balance, reserved: self.reserved }
    }
}

/// How many attempts are in which status. Those who wait are counted up to [`Counts::WAITING`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub pending: i64,
    pub on_hold: i64,
    pub insufficient_credits: i64,
    pub processing: i64,
    pub unknown: i64,
    /// Open callbacks that no attempt waits or runs for: they are people's.
    pub with_staff: i64,
    /// There are more open callbacks than were looked through.
    pub with_staff_or_more: bool,
    /// Since the start of the day.
    pub completed: i64,
    pub failed: i64,
}

impl Counts {
    /// Beyond it a count only says "more than".
    pub const WAITING: i64 = 10_000;
    /// Open callbacks that are looked through: each is asked whether an attempt waits for it.
    const OPEN: i64 = Self::WAITING;

    pub fn waiting(&self) -> i64 {
        self.pending + self.on_hold + self.insufficient_credits
    }
}

/// A phone with what its dialing stands on.
pub struct BoardPhone {
    pub id: PhoneId,
    pub label: String,
    pub number: PhoneNumber,
    pub channels: u32,
    pub reserved_inbound: u32,
    pub active: bool,
    pub record_only: bool,
    pub paused_until: Option<Timestamp>,
    pub paused_because: Option<String>,
    pub campaign: Option<String>,
    /// The voice agent that answers there is switched off.
    pub agent_inactive: bool,
}
from_record!(BoardPhone {
    id,
    label,
    number,
    channels,
    reserved_inbound,
    active,
    record_only,
    paused_until,
    paused_because,
    campaign,
    agent_inactive,
});

/// A channel that somebody is on.
pub struct OnChannel {
    pub phone_id: PhoneId,
    pub channel: i64,
    pub direction: Direction,
    pub status: CallStatus,
    pub number: Option<PhoneNumber>,
    pub customer_name: Option<String>,
    pub started_at: Timestamp,
    pub answered_at: Option<Timestamp>,
    /// Outbound: the missed call that is being returned, or when the call was asked for.
    pub missed_at: Option<Timestamp>,
    /// A call was missed then; else one was asked for.
    pub was_missed: bool,
    /// Whoever looks at the board may know who it is: a channel is everybody's, a callback its branch's.
    pub seen: bool,
}
from_record!(OnChannel {
    phone_id,
    channel,
    direction,
    status,
    number,
    customer_name,
    started_at,
    answered_at,
    missed_at,
    was_missed,
    seen
});

/// An attempt that has ended.
pub struct Outcome {
    pub id: AttemptId,
    pub callback_id: CallbackId,
    pub status: attempt::Status,
    pub outcome: Option<AttemptOutcome>,
    pub number: PhoneNumber,
    pub customer_name: String,
    pub phone_label: String,
    pub missed_at: Timestamp,
    /// A call was missed then; else one was asked for.
    pub was_missed: bool,
    pub ended_at: Timestamp,
    pub seconds: Option<i64>,
    /// A retry would be taken: it failed, its callback is open and nothing of that person waits or runs.
    pub may_retry: bool,
}
from_record!(Outcome {
    id,
    callback_id,
    status,
    outcome,
    number,
    customer_name,
    phone_label,
    missed_at,
    was_missed,
    ended_at,
    seconds,
    may_retry,
});

impl TenantStore<'_> {
    pub async fn board_overview(&self) -> Result<Overview> {
        let mut params = params![self.company];
        let seen = self.and_seen_phones(&mut params);
        let sql = format!(
            "select c.settings, (c.dialing_paused or i.dialing_paused) as dialing_paused, k.balance, k.reserved,
                (select count(*) from phones p where p.company_id = c.id and p.deleted_at is null{seen}) as phones
            from companies c
            join credit_accounts k on k.company_id = c.id
            join installation i on i.id = 1
            where c.id = $1"
        );
        let found = self.store.db.all_built(sql, params).await?.pop();
        found.ok_or(crate::db::Error::NoRow)
    }

    /// `credits_short`: what waits without being held is `insufficient_credits` then. `since`: the start of the day.
    pub async fn board_counts(&self, credits_short: bool, since: Timestamp, now: Timestamp) -> Result<Counts> {
        let mut params = params![self.company, since, now];
        let seen = self.and_callback_seen("a.callback_id", &mut params);
        let open_seen = self.and_callback_seen("b.id", &mut params);
        let open_limit = Counts::OPEN + 1;
        let sql = format!(
            "select kind, count(*) from (
                select * from (
                    select case when g.id is null then 'pending' else 'on_hold' end as kind
                    from attempts a
                    left join campaigns g on g.id = a.campaign_id and g.state = 'active' and a.hold_until > $3
                    where a.company_id = $1 and a.status in ('pending', 'processing', 'unknown') and a.status = 'pending'{seen}
                    limit 10001
                ) waiting
                union all
                select * from (
                    select a.status from attempts a where a.company_id = $1 and a.status in ('processing', 'unknown'){seen} limit 10001
                ) running
                union all
                select * from (
                    select a.status from attempts a
                    where a.company_id = $1 and a.status in ('completed', 'failed', 'cancelled') and a.updated_at >= $2{seen}
                    limit 50001
                ) ended
                union all
                select case when exists (
                    select 1 from attempts a where a.callback_id = o.id and a.status in ('pending', 'processing', 'unknown')
                ) then 'with_machine' else 'with_staff' end as kind
                from (
                    select b.id from callbacks b
                    where b.company_id = $1 and b.status in ('pending', 'assigned', 'contacted') and b.deleted_at is null{open_seen}
                    limit {open_limit}
                ) o
            ) counted
            group by kind"
        );
        let (mut counts, mut with_machine) = (Counts::default(), 0);
        for (kind, count) in self.store.db.all_built::<(String, i64)>(sql, params).await? {
            match kind.as_str() {
                "pending" if credits_short => counts.insufficient_credits = count,
                "pending" => counts.pending = count,
                "on_hold" => counts.on_hold = count,
                "processing" => counts.processing = count,
                "unknown" => counts.unknown = count,
                "with_machine" => with_machine = count,
                "with_staff" => counts.with_staff = count,
                "completed" => counts.completed = count,
                "failed" => counts.failed = count,
                _ => {}
            }
        }
        counts.with_staff_or_more = counts.with_staff + with_machine > Counts::OPEN;
        Ok(counts)
    }

    /// The first 50 phones, oldest first; the rest is a number.
    pub async fn board_phones(&self) -> Result<Vec<BoardPhone>> {
        let mut params = params![self.company];
        let seen = self.and_seen_phones(&mut params);
        let sql = format!(
            "select p.id, p.label, p.number, p.channels, p.reserved_inbound, p.active,
                p.auto_callback = 'record_only' as record_only, d.paused_until, d.paused_because,
                (select g.name from campaigns g where g.phone_id = p.id and g.state = 'active') as campaign,
                exists (select 1 from agents a where a.id = p.agent_id and not a.active) as agent_inactive
            from phones p
            join phone_dialing d on d.phone_id = p.id
            where p.company_id = $1 and p.deleted_at is null{seen}
            order by p.id
            limit 50"
        );
        self.store.db.all_built(sql, params).await
    }

    /// Who is on the channels of those phones.
    pub async fn board_channels(&self) -> Result<Vec<OnChannel>> {
        let mut params = params![self.company];
        let seen = self.and_call_seen("k.callback_id", "k.phone_id", &mut params);
        let on_seen = self.and_seen_phones(&mut params);
        let sql = format!(
            "select l.phone_id, l.channel, k.direction, k.status, k.number, coalesce(b.customer_name, u.name) as customer_name,
                k.started_at, k.answered_at, a.missed_at, (a.missed_reason is not null) as was_missed, (1 = 1{seen}) as seen
            from channel_leases l
            join calls k on k.id = l.call_id and k.company_id = $1
            left join attempts a on a.id = k.attempt_id
            left join callbacks b on b.id = k.callback_id
            left join customer_numbers n on n.company_id = k.company_id and n.number = k.number
            left join customers u on u.id = n.customer_id
            where l.phone_id in (select p.id from phones p where p.company_id = $1 and p.deleted_at is null{on_seen}
                order by p.id limit 50)
              and l.call_id is not null
            order by l.phone_id, l.channel"
        );
        self.store.db.all_built(sql, params).await
    }

    /// The last 20 outcomes; of one status when asked, back to `since`.
    pub async fn board_outcomes(&self, only: Option<attempt::Status>, since: Timestamp) -> Result<Vec<Outcome>> {
        let condition = match only {
            None => "1 = 1",
            Some(attempt::Status::Completed) => "a.status = 'completed'",
            Some(attempt::Status::Failed) => "a.status = 'failed'",
            Some(_) => return Ok(Vec::new()),
        };
        let mut params = params![self.company, since];
        let seen = self.and_callback_seen("a.callback_id", &mut params);
        let sql = format!(
            "select a.id, a.callback_id, a.status, a.outcome, a.number, b.customer_name, p.label as phone_label, a.missed_at,
                (a.missed_reason is not null) as was_missed, a.updated_at as ended_at, k.seconds,
                (a.status = 'failed' and b.status in ('pending', 'assigned', 'contacted') and b.deleted_at is null
                    and p.deleted_at is null
                    and not exists (select 1 from attempts o where o.company_id = a.company_id and o.number = a.number
                        and o.status in ('pending', 'processing', 'unknown'))) as may_retry
            from attempts a
            join callbacks b on b.id = a.callback_id
            join phones p on p.id = a.phone_id
            left join calls k on k.id = a.call_id
            where a.company_id = $1 and a.status in ('completed', 'failed', 'cancelled') and a.updated_at >= $2 and {condition}{seen}
            order by a.updated_at desc, a.id desc limit 20"
        );
        self.store.db.all_built(sql, params).await
    }
}
