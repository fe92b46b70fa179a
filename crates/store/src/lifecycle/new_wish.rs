//! The person wishes to be called at another time than before.

use jiff::Timestamp;
use ringback_domain::{
    callback::{Move, Wish},
    event::EventType,
    ids::CallbackId,
};
use serde_json::{Value as Json, json};

use super::{By, CallbackRow, Moved, moves::put_off_attempts};
use crate::{
    attempts::phones_of_waiting,
    db::{Result, params},
    store::retrying,
    tenant::TenantStore,
};

impl TenantStore<'_> {
    /// Legal where a snooze is: an open callback waits for the wished time, and is due at its end.
    pub async fn wish_again(&self, id: CallbackId, wish: Wish, written: &Json, by: By<'_>, now: Timestamp) -> Result<Moved> {
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
            let wake = phones_of_waiting(&mut tx, id).await?;
            self.store.commit(tx, self.company).await?;
            Ok(Moved::Yes { wake })
        })
    }
}
