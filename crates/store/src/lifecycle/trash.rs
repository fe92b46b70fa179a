//! Putting a callback away, taking it out again, and erasing it with all that is personal.

use jiff::Timestamp;
use ringback_domain::{callback::Status, event::EventType, ids::CallbackId};
use serde_json::json;

use super::{act::Moved, beside::open_beside, moves::By, works_here};
use crate::{
    attempts::phones_of_waiting,
    callbacks::words,
    db::{Result, Tx, params},
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
    /// number, the recording and the transcript. What was charged stays in the ledger.
    pub async fn erase_callback(&self, id: CallbackId, now: Timestamp) -> Result<Moved> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            let Some(mut row) = self.seen_row(&mut tx, id).await? else { return Ok(Moved::Unknown) };
            const RUNS: &str = "select cast(1 as bigint) from attempts where callback_id = $1 and status in ('processing', 'unknown')
                union all select cast(1 as bigint) from calls where callback_id = $1 and ended_at is null limit 1";
            if tx.optional::<(i64,)>(RUNS, params![id]).await?.is_some() {
                return Ok(Moved::MachineCalling { allowed: row.standing().allowed() });
            }
            let status = row.is.status;
            self.store.close(&mut tx, &mut row, status, None, now).await?;
            // The cancelled attempts are told of, and then forgotten with the rest.
            tx.flush().await?;
            erase(&mut tx, id).await?;
            words::remove(&mut tx, self.company, id, &row.is.customer_name, &row.is.number).await?;
            const PERSON: &str = "delete from people where company_id = $1 and number = $2
                and not exists (select 1 from callbacks b where b.company_id = $1 and b.number = $2)";
            tx.execute(PERSON, params![self.company, &row.is.number]).await?;
            tx.forget_events();
            self.store.commit(tx, self.company).await?;
            Ok(Moved::Yes { wake: Vec::new() })
        })
    }
}

async fn erase(tx: &mut Tx, id: CallbackId) -> Result<()> {
    for sql in [
        "update calls set callback_id = null, attempt_id = null, number = null, recording_url = null, transcript = null,
            original_missed_call_id = null where callback_id = $1",
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
