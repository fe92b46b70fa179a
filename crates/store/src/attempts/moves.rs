//! What people do with attempts: try again, call off.

use jiff::Timestamp;
use ringback_domain::{
    attempt::{CalledOff, Priority, Status},
    call::MissedReason,
    callback,
    event::EventType,
    ids::{AgentId, AttemptId, CallId, CallbackId, PhoneId},
    phone_number::PhoneNumber,
};
use serde_json::json;

use crate::{
    attempts::NewAttempt,
    db::{Result, Tx, from_record, params},
    due, person,
    store::{About, retrying},
    tenant::TenantStore,
};

/// What came of a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retried {
    Yes {
        attempt: AttemptId,
        phone: PhoneId,
    },
    Unknown,
    /// Only a failed attempt is tried again.
    NotFailed(Status),
    /// Another attempt at this person waits or runs.
    AnotherOpen,
    CallbackClosed(callback::Status),
    PhoneDeleted,
}

/// What came of calling an attempt off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    Yes { phone: PhoneId },
    Unknown,
    NotWaiting(Status),
}

struct Tried {
    callback_id: CallbackId,
    phone_id: PhoneId,
    agent_id: Option<AgentId>,
    number: PhoneNumber,
    status: Status,
    missed_at: Timestamp,
    missed_reason: Option<MissedReason>,
    missed_call_id: Option<CallId>,
    callback_status: callback::Status,
    callback_deleted: bool,
    phone_deleted: bool,
}
from_record!(Tried {
    callback_id,
    phone_id,
    agent_id,
    number,
    status,
    missed_at,
    missed_reason,
    missed_call_id,
    callback_status,
    callback_deleted,
    phone_deleted,
});

impl TenantStore<'_> {
    /// A person asks for another attempt after a failed one: it is `high` and never held.
    pub async fn retry_attempt(&self, id: AttemptId, actor: &str, now: Timestamp) -> Result<Retried> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            if !self.sees_attempt(&mut tx, id).await? || !person::lock_of_attempt(&mut tx, self.company, id).await? {
                return Ok(Retried::Unknown);
            }
            let tried = self.tried(&mut tx, id).await?;
            if let Some(refused) = self.refused(&mut tx, &tried).await? {
                return Ok(refused);
            }
            let new = NewAttempt {
                company: self.company,
                callback: tried.callback_id,
                phone: tried.phone_id,
                agent: tried.agent_id,
                number: &tried.number,
                priority: Priority::High,
                campaign: None,
                hold_until: now,
                not_before: now,
                missed_at: tried.missed_at,
                reason: tried.missed_reason,
                missed_call: tried.missed_call_id,
                max_dials: 1,
                // Whoever may be rung at all is asked again when it would be.
                refused: None,
            };
            let attempt = self.store.enqueue(&mut tx, &new, now);
            let about = About { actor, callback: Some(tried.callback_id), phone: Some(tried.phone_id) };
            let data = json!({"callback": {
                "id": tried.callback_id, "status": tried.callback_status, "changed": {"attempt": {"from": id, "to": attempt}},
            }});
            self.store.event(&mut tx, now, self.company, EventType::CallbackChanged, about, data);
            self.store.commit(tx, self.company).await?;
            Ok(Retried::Yes { attempt, phone: tried.phone_id })
        })
    }

    async fn tried(&self, tx: &mut Tx, id: AttemptId) -> Result<Tried> {
        const SQL: &str =
            "select a.callback_id, a.phone_id, p.agent_id, a.number, a.status, a.missed_at, a.missed_reason, a.missed_call_id,
                b.status as callback_status, b.deleted_at is not null as callback_deleted, p.deleted_at is not null as phone_deleted
            from attempts a join callbacks b on b.id = a.callback_id join phones p on p.id = a.phone_id
            where a.company_id = $1 and a.id = $2";
        tx.one(SQL, params![self.company, id]).await
    }

    async fn refused(&self, tx: &mut Tx, tried: &Tried) -> Result<Option<Retried>> {
        if tried.status != Status::Failed {
            return Ok(Some(Retried::NotFailed(tried.status)));
        }
        if tried.callback_deleted || !tried.callback_status.is_open() {
            return Ok(Some(Retried::CallbackClosed(tried.callback_status)));
        }
        if tried.phone_deleted {
            return Ok(Some(Retried::PhoneDeleted));
        }
        const OPEN: &str = "select cast(1 as bigint) from attempts where company_id = $1 and number = $2 and status in ('pending', 'processing', 'unknown')
            limit 1";
        let open = tx.optional::<(i64,)>(OPEN, params![self.company, &tried.number]).await?.is_some();
        Ok(open.then_some(Retried::AnotherOpen))
    }

    /// Calls a waiting attempt off. What is being dialed is not: the condition is read again when the row is written.
    pub async fn cancel_attempt(&self, id: AttemptId, actor: &str, now: Timestamp) -> Result<Cancelled> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            if !self.sees_attempt(&mut tx, id).await? {
                return Ok(Cancelled::Unknown);
            }
            const SQL: &str = "update attempts set status = 'cancelled', look_at = null, waiting_because = null, updated_at = $3
                where company_id = $1 and id = $2 and status = 'pending' returning callback_id, phone_id, number";
            let cancelled = tx.optional::<(CallbackId, PhoneId, PhoneNumber)>(SQL, params![self.company, id, now]).await?;
            let Some((callback, phone, number)) = cancelled else {
                const STATUS: &str = "select status from attempts where company_id = $1 and id = $2";
                let status = tx.optional::<(Status,)>(STATUS, params![self.company, id]).await?;
                return Ok(status.map_or(Cancelled::Unknown, |(status,)| Cancelled::NotWaiting(status)));
            };
            // Another promise to the same person may have counted on it, too.
            due::person_goes_to_people(&mut tx, self.company, &number, now);
            let about = About { actor, callback: Some(callback), phone: Some(phone) };
            let data = json!({"attempt": {"id": id, "callback_id": callback, "phone_id": phone, "status": "cancelled", "because": CalledOff::OnRequest}});
            self.store.event(&mut tx, now, self.company, EventType::AttemptCancelled, about, data);
            self.store.commit(tx, self.company).await?;
            Ok(Cancelled::Yes { phone })
        })
    }
}
