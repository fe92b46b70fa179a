//! Automatic attempts as people see them: shown status and the reason for waiting are computed when somebody looks.

mod enqueue;
mod moves;

use std::collections::{HashMap, hash_map::Entry};

use jiff::Timestamp;
use ringback_domain::{
    attempt::{Priority, ShownStatus, Status},
    call::{AttemptOutcome, MissedReason},
    credits::Account,
    dialing::{PhoneFacts, WaitingBecause},
    ids::{AgentId, AttemptId, CallId, CallbackId, CampaignId, PhoneId},
    phone_number::PhoneNumber,
    settings::Settings,
    time,
};

use crate::{
    claim::NEVER,
    db::{Result, from_record, params},
    listing::{Listing, Mark, Order, Slice, Window},
    phones::PhoneRow,
    tenant::TenantStore,
};

pub(crate) use enqueue::{NewAttempt, phones_of_waiting};
pub use moves::{Cancelled, Retried};

#[derive(Debug, Clone)]
pub struct AttemptRecord {
    pub id: AttemptId,
    pub callback_id: CallbackId,
    pub phone_id: PhoneId,
    pub agent_id: Option<AgentId>,
    pub number: PhoneNumber,
    pub priority: Priority,
    /// As stored; [`Shown`] has the one to show.
    pub status: Status,
    pub outcome: Option<AttemptOutcome>,
    pub not_before: Timestamp,
    pub look_at: Option<Timestamp>,
    /// Why it was put off until `look_at`, as JSON.
    pub put_off: Option<String>,
    pub campaign_id: Option<CampaignId>,
    pub campaign_name: Option<String>,
    /// Its campaign is active and its hold has not run out.
    pub held: bool,
    /// Somebody stands before it in its phone's queue.
    pub others_before: bool,
    pub missed_at: Timestamp,
    /// `None`: nobody was missed, a call was asked for.
    pub missed_reason: Option<MissedReason>,
    pub missed_call_id: Option<CallId>,
    pub call_id: Option<CallId>,
    pub dials: u32,
    pub max_dials: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
from_record!(AttemptRecord {
    id,
    callback_id,
    phone_id,
    agent_id,
    number,
    priority,
    status,
    outcome,
    not_before,
    look_at,
    put_off,
    campaign_id,
    campaign_name,
    held,
    others_before,
    missed_at,
    missed_reason,
    missed_call_id,
    call_id,
    dials,
    max_dials,
    created_at,
    updated_at,
});

macro_rules! held {
    () => {
        "(a.status = 'pending' and a.hold_until > $1 and a.campaign_id is not null
            and exists (select 1 from campaigns g where g.id = a.campaign_id and g.state = 'active'))"
    };
}

const HELD: &str = held!();

/// Whether somebody stands before `a` in its phone's queue. A held attempt stands before nobody: it is passed over. Three
/// questions instead of one comparison of rows: SQLite goes down the index with the first column of such a comparison
/// alone, and would read a long queue to its end.
macro_rules! before {
    ($order:literal) => {
        concat!(
            "exists (select 1 from attempts o where o.phone_id = a.phone_id and o.status = 'pending' and o.look_at is null and ",
            $order,
            " and (o.campaign_id is null or o.hold_until <= $1
                or not exists (select 1 from campaigns g where g.id = o.campaign_id and g.state = 'active')))"
        )
    };
}

/// `$1` is now.
const COLUMNS: &str = concat!(
    "a.id, a.callback_id, a.phone_id, a.agent_id, a.number, a.priority, a.status, a.outcome, a.not_before, a.look_at,
    a.waiting_because as put_off, a.campaign_id, (select g.name from campaigns g where g.id = a.campaign_id) as campaign_name, ",
    held!(),
    " as held,
    (a.status = 'pending' and (",
    before!("o.priority < a.priority"),
    " or ",
    before!("o.priority = a.priority and o.not_before < a.not_before"),
    " or ",
    before!("o.priority = a.priority and o.not_before = a.not_before and o.id < a.id"),
    ")) as others_before,
    a.missed_at, a.missed_reason, a.missed_call_id, a.call_id, a.dials, a.max_dials, a.created_at, a.updated_at"
);

/// What of a phone decides whether any of its attempts may be dialed.
#[derive(Debug, Clone)]
pub struct PhoneState {
    pub facts: PhoneFacts,
    pub settings: Settings,
}

impl AttemptRecord {
    /// Why it is not dialed now, the reason that lasts longest first. `None`: it is being dialed, is over, or is next.
    pub fn waiting_because(&self, phone: &PhoneState, now: Timestamp) -> Option<WaitingBecause> {
        if self.status != Status::Pending {
            return None;
        }
        if let Some(until) = self.look_at.filter(|until| *until > now) {
            let put_off = self.put_off.as_deref().and_then(|json| serde_json::from_str(json).ok());
            return Some(put_off.unwrap_or(WaitingBecause::NotBefore { at: until }));
        }
        if self.held {
            return Some(WaitingBecause::CampaignRunning { name: self.campaign_name.clone().unwrap_or_default() });
        }
        phone.facts.blocked(&phone.settings, now).or_else(|| self.others_before.then_some(WaitingBecause::NotItsTurn))
    }

    /// When it is looked at next, where that is known.
    pub fn next_attempt_at(&self) -> Option<Timestamp> {
        if self.status != Status::Pending {
            return None;
        }
        match self.look_at {
            Some(at) => (at < time::from_millis(NEVER)).then_some(at),
            None => Some(self.not_before),
        }
    }
}

/// An attempt as it is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    pub attempt: AttemptRecord,
    pub status: ShownStatus,
    pub waiting_because: Option<WaitingBecause>,
}

/// Which attempts are asked for; empty and `None`: all.
#[derive(Debug, Clone, Default)]
pub struct AttemptFilter {
    pub status: Vec<ShownStatus>,
    pub phone: Option<PhoneId>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AttemptStats {
    pub pending: u64,
    pub on_hold: u64,
    pub insufficient_credits: u64,
    pub processing: u64,
    pub unknown: u64,
    pub completed: u64,
    pub failed: u64,
    pub cancelled: u64,
}

impl TenantStore<'_> {
    /// Newest miss first.
    pub async fn attempts(&self, filter: &AttemptFilter, window: Window, now: Timestamp) -> Result<Slice<Shown>> {
        let mut listing = Listing::with(COLUMNS, "attempts a", params![now]);
        listing.only("a.company_id = ?", params![self.company]);
        listing.only_with_seen_callback(self.sight, "a.callback_id");
        if let Some(phone) = filter.phone {
            listing.only("a.phone_id = ?", params![phone]);
        }
        if !filter.status.is_empty() {
            let short = self.credits_short().await?;
            let conditions: Vec<String> = filter.status.iter().map(|status| shown_condition(*status, short)).collect();
            listing.only(&format!("({})", conditions.join(" or ")), params![]);
        }
        let order = Order { key: Some("a.missed_at"), id: "a.id", descending: true };
        let mark = |it: &AttemptRecord| Mark { key: it.missed_at.as_millisecond(), id: it.id.0 };
        let slice = listing.slice(&self.store.db, &order, window, mark).await?;
        let rows = self.shown(slice.rows, now).await?;
        Ok(Slice { rows, total: slice.total, estimated: slice.estimated, next: slice.next })
    }

    pub async fn attempt(&self, id: AttemptId, now: Timestamp) -> Result<Option<Shown>> {
        let mut listing = Listing::with(COLUMNS, "attempts a", params![now]);
        listing.only("a.company_id = ? and a.id = ?", params![self.company, id]);
        listing.only_with_seen_callback(self.sight, "a.callback_id");
        let rows = listing.all(&self.store.db, "a.id").await?;
        Ok(self.shown(rows, now).await?.pop())
    }

    /// The attempts of these callbacks that wait or run.
    pub async fn open_attempts_of(&self, callbacks: &[CallbackId], now: Timestamp) -> Result<Vec<Shown>> {
        if callbacks.is_empty() {
            return Ok(Vec::new());
        }
        let mut listing = Listing::with(COLUMNS, "attempts a", params![now]);
        listing.only("a.company_id = ? and a.status in ('pending', 'processing', 'unknown')", params![self.company]);
        listing.only_in("a.callback_id", callbacks.iter().map(|id| (*id).into()));
        let rows = listing.all(&self.store.db, "a.id").await?;
        self.shown(rows, now).await
    }

    /// How many attempts are shown with which status.
    pub async fn attempt_stats(&self, now: Timestamp) -> Result<AttemptStats> {
        const OPEN: &str = concat!(
            "select a.status, ",
            held!(),
            " as held, count(*) from attempts a
            where a.company_id = $2 and a.status in ('pending', 'processing', 'unknown')"
        );
        const OVER: &str = "select a.status, count(*) from attempts a
            where a.company_id = $1 and a.status in ('completed', 'failed', 'cancelled')";
        let (mut of_open, mut of_over) = (params![now, self.company], params![self.company]);
        let open = format!("{OPEN}{} group by 1, 2", self.and_callback_seen("a.callback_id", &mut of_open));
        let over = format!("{OVER}{} group by 1", self.and_callback_seen("a.callback_id", &mut of_over));
        let short = self.credits_short().await?;
        let mut stats = AttemptStats::default();
        for (status, held, count) in self.store.db.all_built::<(Status, bool, i64)>(open, of_open).await? {
            *stats.of(status.shown(held, short)) += u64::try_from(count).unwrap_or(0);
        }
        for (status, count) in self.store.db.all_built::<(Status, i64)>(over, of_over).await? {
            *stats.of(status.shown(false, short)) += u64::try_from(count).unwrap_or(0);
        }
        Ok(stats)
    }

    async fn credits_short(&self) -> Result<bool> {
        const SQL: &str = "select k.balance, k.reserved, c.settings from credit_accounts k join companies c on c.id = k.company_id
            where k.company_id = $1";
        let row = self.store.db.optional::<(i64, i64, String)>(SQL, params![self.company]).await?;
        let (balance, reserved, settings) = row.ok_or(crate::db::Error::NoRow)?;
        let settings: Settings = serde_json::from_str(&settings).unwrap_or_default();
        Ok(!Account { balance, reserved }.covers(settings.minimum_credits))
    }

    async fn shown(&self, attempts: Vec<AttemptRecord>, now: Timestamp) -> Result<Vec<Shown>> {
        let mut phones: HashMap<PhoneId, Option<PhoneState>> = HashMap::new();
        let mut tx = self.store.db.begin_read().await?;
        let mut shown = Vec::with_capacity(attempts.len());
        for attempt in attempts {
            if attempt.status != Status::Pending {
                shown.push(Shown { status: attempt.status.shown(false, false), waiting_because: None, attempt });
                continue;
            }
            let phone = match phones.entry(attempt.phone_id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let row = PhoneRow::read(&mut tx, attempt.phone_id, now).await?;
                    new.insert(row.map(|row| PhoneState { facts: row.facts(), settings: row.settings }))
                }
            };
            let phone = phone.as_ref();
            let short = phone.is_some_and(|phone| !phone.facts.account.covers(phone.settings.minimum_credits));
            let waiting_because = phone.and_then(|phone| attempt.waiting_because(phone, now));
            shown.push(Shown { status: attempt.status.shown(attempt.held, short), waiting_because, attempt });
        }
        Ok(shown)
    }
}

impl AttemptStats {
    fn of(&mut self, status: ShownStatus) -> &mut u64 {
        match status {
            ShownStatus::Pending => &mut self.pending,
            ShownStatus::OnHold => &mut self.on_hold,
            ShownStatus::InsufficientCredits => &mut self.insufficient_credits,
            ShownStatus::Processing => &mut self.processing,
            ShownStatus::Unknown => &mut self.unknown,
            ShownStatus::Completed => &mut self.completed,
            ShownStatus::Failed => &mut self.failed,
            ShownStatus::Cancelled => &mut self.cancelled,
        }
    }
}

/// The rows that [`Status::shown`] shows with this status.
fn shown_condition(status: ShownStatus, credits_short: bool) -> String {
    match status {
        ShownStatus::OnHold => HELD.to_owned(),
        ShownStatus::Pending | ShownStatus::InsufficientCredits if credits_short == (status == ShownStatus::Pending) => "1 = 0".to_owned(),
        ShownStatus::Pending | ShownStatus::InsufficientCredits => format!("(a.status = 'pending' and not {HELD})"),
        other => format!("a.status = '{other}'"),
    }
}

#[cfg(test)]
mod tests;
