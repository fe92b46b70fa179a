//! Putting a callback away, taking it out again, and erasing it with all that is personal.

use jiff::Timestamp;
use ringback_domain::{
    callback::Status,
    event::EventType,
    ids::{CallId, CallbackId, PhoneId},
    phone_number::PhoneNumber,
    time::plus_seconds,
};
use serde_json::json;
use uuid::Uuid;

use super::{act::Moved, beside::open_beside, moves::By, works_here};
use crate::{
    attempts::phones_of_waiting,
    call_reports,
    callbacks::words,
    db::{Result, Tx, from_record, params},
    store::retrying,
    tenant::TenantStore,
};

impl TenantStore<'_> {
    /// Its waiting attempts are cancelled, and time leaves it alone.
    pub async fn delete_callback(&self, id: CallbackId, by: By<'_>, now: Timestamp) -> Result<Moved> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            let Some(mut row) = self.seen_row(&mut tx, id).await?.filter(|row| row.is.deleted_at.is_none()) else {
                return Ok(Moved::Unknown);
            };
            row.is.deleted_at = Some(now);
            words::remove(&mut tx, self.company, id, &row.is.customer_name, &row.is.number).await?;
            let status = row.is.status;
            let because = row.is.closed_because.clone();
            self.store.close(&mut tx, &mut row, status, because.as_deref(), now).await?;
            row.save(&mut tx, now).await?;
            self.store.tell(&mut tx, &row, EventType::CallbackDeleted, by.actor, &json!({}), now);
            self.store.commit(tx, self.company).await?;
            Ok(Moved::Yes { wake: Vec::new() })
        })
    }

    /// As it was, but nobody's when its owner has left; its due time has gone on. What is not deleted stays as it is, and what
    /// is open does not come back beside another open one.
    pub async fn restore_callback(&self, id: CallbackId, by: By<'_>, now: Timestamp) -> Result<Moved> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            let Some(mut row) = self.seen_row(&mut tx, id).await? else { return Ok(Moved::Unknown) };
            if row.is.deleted_at.is_some() {
                if row.is.status.is_open()
                    && let Some(callback) = open_beside(&mut tx, &row, now).await?
                {
                    return Ok(Moved::AnotherOpen { callback, allowed: Vec::new() });
                }
                row.is.deleted_at = None;
                row.is.asked_at = now;
                if let Some(owner) = row.is.assigned_to
                    && row.is.status.is_open()
                    && !works_here(&mut tx, self.company, owner).await?
                {
                    (row.is.assigned_to, row.is.assigned_at) = (None, None);
                    if row.is.status == Status::Assigned {
                        row.is.status = Status::Pending;
                    }
                }
                // Nothing of the machine's waits any more: who has it, or is to have it, is looked at at once.
                row.is.acts_at = row.is.status.is_open().then_some(now);
                row.save(&mut tx, now).await?;
                words::insert(&mut tx, self.company, id, &row.is.customer_name, &row.is.number);
                self.store.tell(&mut tx, &row, EventType::CallbackRestored, by.actor, &json!({}), now);
            }
            let wake = phones_of_waiting(&mut tx, id).await?;
            self.store.commit(tx, self.company).await?;
            Ok(Moved::Yes { wake })
        })
    }

    /// Everything personal of it is gone for good: its requests, escalations, attempts and events, and of its calls the
    /// number, the recording, the transcript, and what was told and reported of them. What was charged stays in the ledger.
    pub async fn erase_callback(&self, id: CallbackId, now: Timestamp) -> Result<Moved> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            // No event will tell of it. The company's row before those of its callbacks, as when its settings are changed.
            tx.execute("update companies set callbacks_erased = callbacks_erased + 1 where id = $1", params![self.company]).await?;
            let Some(mut row) = self.seen_row(&mut tx, id).await? else { return Ok(Moved::Unknown) };
            let (status, allowed) = (row.is.status, row.standing().allowed());
            self.store.close(&mut tx, &mut row, status, None, now).await?;
            // Claimed by the dispatcher at this moment, an attempt is `processing` once its cancelling has waited for it.
            const RUNS: &str = "select cast(1 as bigint) from attempts where callback_id = $1 and status in ('processing', 'unknown')
                union all select cast(1 as bigint) from calls where callback_id = $1 and ended_at is null limit 1";
            if tx.optional::<(i64,)>(RUNS, params![id]).await?.is_some() {
                return Ok(Moved::MachineCalling { allowed });
            }
            // The cancelled attempts are told of, and then forgotten with the rest.
            tx.flush().await?;
            self.erase_calls(&mut tx, id, &row.is.number, now).await?;
            erase(&mut tx, id).await?;
            words::remove(&mut tx, self.company, id, &row.is.customer_name, &row.is.number).await?;
            // A callback that is not deleted is found by its number.
            const PERSON: &str = "delete from people where company_id = $1 and number = $2
                and not exists (select 1 from callback_words w where w.company_id = $1 and w.word = $2)
                and not exists (select 1 from callbacks b where b.company_id = $1 and b.number = $2 and b.deleted_at is not null)";
            tx.execute(PERSON, params![self.company, &row.is.number]).await?;
            tx.forget_events();
            self.store.commit(tx, self.company).await?;
            Ok(Moved::Yes { wake: Vec::new() })
        })
    }

    /// Its calls, and those that it was made of, as far as they were with the same person.
    async fn erase_calls(&self, tx: &mut Tx, id: CallbackId, number: &PhoneNumber, now: Timestamp) -> Result<()> {
        const OWN: &str = "select k.id, k.phone_id, k.started_at, k.updated_at from calls k where k.callback_id = $1
            union select k.id, k.phone_id, k.started_at, k.updated_at from callbacks b join calls k on k.id = b.call_id
                where b.id = $1 and k.number = b.number and k.callback_id is null";
        const REPORTED: &str = "select k.id, k.phone_id, k.started_at, k.updated_at from calls k
            where k.id = $1 and k.number = $2 and k.callback_id is null";
        let mut calls: Vec<ErasedCall> = tx.all(OWN, params![id]).await?;
        for call in call_reports::erase_reports_of(tx, id, now).await? {
            calls.extend(tx.optional::<ErasedCall>(REPORTED, params![call, number]).await?);
        }
        for ErasedCall { id: call, phone_id, started_at, updated_at } in calls {
            const CALL: &str = "update calls set callback_id = null, attempt_id = null, number = null, recording_url = null,
                transcript = null, analysis = null, disconnection_reason = null, original_missed_call_id = null, erased_at = $2
                where id = $1";
            tx.execute(CALL, params![call, now]).await?;
            // What was told of it before it belonged to the callback, until its last report: ids of events begin with their
            // instant, and those of one phone that belong to no callback have an index of their own.
            const EVENTS: &str = "delete from events where phone_id = $1 and callback_id is null and id between $2 and $3 and data like $4";
            let (from, until) = (plus_seconds(started_at, -NEAR_SECONDS), plus_seconds(updated_at, NEAR_SECONDS));
            tx.execute_many(EVENTS, params![phone_id, earliest_id(from), earliest_id(until), format!("%{call}%")]).await?;
        }
        // A request that is sent again is told that what it made is gone, not done again.
        const ANSWERS: &str = "update idempotency_keys set status = 410, body = $3
            where company_id = $1 and status is not null and body like $2";
        const GONE: &str = r#"{"type":"about:blank","title":"Gone","status":410,"detail":"What this request made has been erased."}"#;
        tx.execute_many(ANSWERS, params![self.company, format!("%{id}%"), GONE]).await?;
        Ok(())
    }
}

/// A call of which nothing stays that tells who it was.
struct ErasedCall {
    id: CallId,
    phone_id: PhoneId,
    started_at: Timestamp,
    updated_at: Timestamp,
}
from_record!(ErasedCall { id, phone_id, started_at, updated_at });

/// How far the clocks of those who wrote a call and its events may be apart.
const NEAR_SECONDS: i64 = 300;

/// No id that was made from then on lies before this one.
fn earliest_id(at: Timestamp) -> Uuid {
    Uuid::from_u128(u128::try_from(at.as_millisecond()).unwrap_or(0) << 80)
}

async fn erase(tx: &mut Tx, id: CallbackId) -> Result<()> {
    for sql in [
        "update appointments set callback_id = null where callback_id = $1",
        "delete from attempts where callback_id = $1",
        "delete from escalations where callback_id = $1",
        "delete from requests where callback_id = $1",
        "delete from events where callback_id = $1",
        "delete from callbacks where id = $1",
    ] {
        tx.execute(sql, params![id]).await?;
    }
    Ok(())
}
