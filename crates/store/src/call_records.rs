//! Calls as their company reads them.

use jiff::Timestamp;
use ringback_domain::{
    access::Sight,
    call::{CallOutcome, CallStatus, Direction, MissedReason},
    ids::{AgentId, AttemptId, CallId, CallbackId, PhoneId},
    phone_number::PhoneNumber,
};

use crate::{
    db::{Result, from_record, params},
    listing::{Listing, Mark, Order, Slice, Window},
    tenant::TenantStore,
};

#[derive(Debug, Clone)]
pub struct CallRecord {
    pub id: CallId,
    pub direction: Direction,
    pub phone_id: PhoneId,
    pub agent_id: Option<AgentId>,
    pub number: Option<PhoneNumber>,
    pub carrier_call_id: Option<String>,
    pub status: CallStatus,
    pub outcome: Option<CallOutcome>,
    pub missed_reason: Option<MissedReason>,
    pub seconds: u32,
    pub attempt_id: Option<AttemptId>,
    pub callback_id: Option<CallbackId>,
    pub original_missed_call_id: Option<CallId>,
    pub recording_url: Option<String>,
    pub transcript: Option<String>,
    /// What a voice platform made of it: JSON.
    pub analysis: Option<String>,
    pub disconnection_reason: Option<String>,
    pub started_at: Timestamp,
    pub answered_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
from_record!(CallRecord {
    id,
    direction,
    phone_id,
    agent_id,
    number,
    carrier_call_id,
    status,
    outcome,
    missed_reason,
    seconds,
    attempt_id,
    callback_id,
    original_missed_call_id,
    recording_url,
    transcript,
    analysis,
    disconnection_reason,
    started_at,
    answered_at,
    ended_at,
    created_at,
    updated_at,
});

macro_rules! columns {
    () => {
        "k.id, k.direction, k.phone_id, k.agent_id, k.number, k.carrier_call_id, k.status, k.outcome, k.missed_reason, k.seconds,
            k.attempt_id, k.callback_id, k.original_missed_call_id, k.recording_url, k.transcript, k.analysis, k.disconnection_reason, k.started_at, k.answered_at, k.ended_at,
            k.created_at, k.updated_at"
    };
}

/// Those of callbacks that are seen; of the others, those of phones that are.
const SEEN: &str = "(exists (select 1 from callbacks b where b.id = k.callback_id
        and (b.branch_id is null or b.branch_id = ? or b.assigned_to = ?))
    or (k.callback_id is null and exists (select 1 from phones p where p.id = k.phone_id and (p.branch_id is null or p.branch_id = ?))))";

/// Which calls are asked for; `None` and empty: all.
#[derive(Debug, Clone, Default)]
pub struct CallFilter {
    pub direction: Option<Direction>,
    pub status: Option<CallStatus>,
    pub outcome: Option<CallOutcome>,
    pub phone: Option<PhoneId>,
    pub callback: Option<CallbackId>,
    pub attempt: Option<AttemptId>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

impl TenantStore<'_> {
    /// Newest first.
    pub async fn calls(&self, filter: &CallFilter, window: Window) -> Result<Slice<CallRecord>> {
        let mut listing = self.call_listing();
        if let Some(direction) = filter.direction {
            listing.only("k.direction = ?", params![direction.as_str()]);
        }
        if let Some(status) = filter.status {
            listing.only("k.status = ?", params![status.as_str()]);
        }
        if let Some(outcome) = filter.outcome {
            listing.only("k.outcome = ?", params![outcome.as_str()]);
        }
        if let Some(phone) = filter.phone {
            listing.only("k.phone_id = ?", params![phone]);
        }
        if let Some(callback) = filter.callback {
            listing.only("k.callback_id = ?", params![callback]);
        }
        if let Some(attempt) = filter.attempt {
            listing.only("k.attempt_id = ?", params![attempt]);
        }
        if let Some(from) = filter.from {
            listing.only("k.started_at >= ?", params![from]);
        }
        if let Some(to) = filter.to {
            listing.only("k.started_at <= ?", params![to]);
        }
        let order = Order { key: None, id: "k.id", descending: true };
        listing.slice(&self.store.db, &order, window, |it: &CallRecord| Mark { key: 0, id: it.id.0 }).await
    }

    pub async fn call(&self, id: CallId) -> Result<Option<CallRecord>> {
        let mut listing = self.call_listing();
        listing.only("k.id = ?", params![id]);
        Ok(listing.all(&self.store.db, "k.id").await?.pop())
    }

    fn call_listing(&self) -> Listing {
        let mut listing = Listing::new(columns!(), "calls k");
        listing.only("k.company_id = ?", params![self.company]);
        if let Sight::Branch { branch, person } = self.sight {
            listing.only(SEEN, params![branch, person, branch]);
        }
        listing
    }

    /// What a voice agent must know of a call that it is about to lead.
    pub async fn call_context(&self, id: CallId) -> Result<Option<CallContext>> {
        if self.sees_part() && self.call(id).await?.is_none() {
            return Ok(None);
        }
        const SQL: &str = "select k.id, k.direction, k.attempt_id, k.callback_id, g.prompt, c.locale, c.time_zone,
                c.name as company_name, u.name as customer_name, u.language as customer_language, coalesce(u.vip, $3) as vip,
                u.notes as customer_notes, a.missed_at, a.missed_reason, b.language, b.topic
            from calls k
            join companies c on c.id = k.company_id
            join phones p on p.id = k.phone_id
            left join agents g on g.id = coalesce(k.agent_id, p.agent_id)
            left join attempts a on a.id = k.attempt_id
            left join callbacks b on b.id = k.callback_id
            left join customer_numbers n on n.company_id = k.company_id and n.number = k.number
            left join customers u on u.id = n.customer_id
            where k.company_id = $1 and k.id = $2";
        let mut params = params![self.company, id, false];
        let sql = format!("{SQL}{}", self.and_call_seen("k.callback_id", "k.phone_id", &mut params));
        Ok(self.store.db.all_built(sql, params).await?.pop())
    }
}

#[derive(Debug, Clone)]
pub struct CallContext {
    pub id: CallId,
    pub direction: Direction,
    pub attempt_id: Option<AttemptId>,
    pub callback_id: Option<CallbackId>,
    pub prompt: Option<String>,
    pub locale: String,
    pub time_zone: String,
    pub company_name: String,
    pub customer_name: Option<String>,
    pub customer_language: Option<String>,
    pub vip: bool,
    pub customer_notes: Option<String>,
    /// Of the attempt that this call is, when somebody was missed or asked to be called; `None` when it is not an automatic callback.
    pub missed_at: Option<Timestamp>,
    /// `None`: nobody was missed, a call was asked for.
    pub missed_reason: Option<MissedReason>,
    /// What was asked for, and in which language.
    pub topic: Option<String>,
    pub language: Option<String>,
}
from_record!(CallContext {
    id,
    direction,
    attempt_id,
    callback_id,
    prompt,
    locale,
    time_zone,
    company_name,
    customer_name,
    customer_language,
    vip,
    customer_notes,
    missed_at,
    missed_reason,
    topic,
    language,
});
