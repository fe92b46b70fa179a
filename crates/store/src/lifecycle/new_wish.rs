//! The person wishes to be called at another time than before.

use jiff::Timestamp;
use ringback_domain::{
    callback::{Move, Wish},
    event::EventType,
    ids::CallbackId,
};
use serde_json::{Value as Json, json};

use super::{By, CallbackRow, Moved, act::append_notes, moves::put_off_attempts};
use crate::{
    attempts::phones_of_waiting,
    call_reports::PlatformCall,
    db::{Result, params},
    store::retrying,
    tenant::TenantStore,
};

impl TenantStore<'_> {
    /// The person was told again that he will be called, or wished for what nobody could read: the talk in which that is said does
    /// not keep it. `words` are for people to read. What is closed stays so.
    pub async fn asked_again(
        &self,
        id: CallbackId,
        words: Option<&str>,
        call: Option<&PlatformCall>,
        by: By<'_>,
        now: Timestamp,
    ) -> Result<()> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            let row = CallbackRow::lock(&mut tx, self.company, id).await?;
            let Some(mut row) = row.filter(|row| row.is.deleted_at.is_none() && row.is.status.is_open()) else { return Ok(()) };
            row.is.asked_at = now;
            row.save(&mut tx, now).await?;
            if let Some(call) = call {
                self.deals_with(&mut tx, call, id, now);
            }
            if let Some(words) = words {
                append_notes(&mut tx, id, words).await?;
                self.store.tell(&mut tx, &row, EventType::CallbackChanged, by.actor, &json!({"changed": ["notes"], "notes": words}), now);
            }
            self.store.commit(tx, self.company).await
        })
    }

    /// Legal where a snooze is: an open callback waits for the wished time, and is due at its end.
    pub async fn wish_again(
        &self,
        id: CallbackId,
        (wish, written): (Wish, &Json),
        call: Option<&PlatformCall>,
        by: By<'_>,
        now: Timestamp,
    ) -> Result<Moved> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            let Some(mut row) = CallbackRow::lock(&mut tx, self.company, id).await?.filter(|row| row.is.deleted_at.is_none()) else {
                return Ok(Moved::Unknown);
            };
            if let Err(illegal) = row.standing().after(Move::Snooze) {
                return Ok(illegal.into());
            }
            row.is.asked_at = now;
            row.set_due(&wish.due(), now);
            row.save(&mut tx, now).await?;
            const WISH: &str = "update callbacks set not_before = $2, preferred_time_window = $3 where id = $1";
            tx.execute(WISH, params![id, wish.from(), written.to_string()]).await?;
            put_off_attempts(&mut tx, id, wish.from(), row.is.warns_at, now).await?;
            let more = json!({"changed": {"preferred_time_window": written}, "due_at": row.is.due_at});
            self.store.tell(&mut tx, &row, EventType::CallbackChanged, by.actor, &more, now);
            if let Some(call) = call {
                self.deals_with(&mut tx, call, id, now);
            }
            let wake = phones_of_waiting(&mut tx, id).await?;
            self.store.commit(tx, self.company).await?;
            Ok(Moved::Yes { wake })
        })
    }
}
