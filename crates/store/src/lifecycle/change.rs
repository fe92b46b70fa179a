//! Changing what a callback says, without moving it.

use jiff::Timestamp;
use ringback_domain::{
    callback::{Due, Priority, Start, StartedBy, Why, Wish},
    event::EventType,
    ids::{BranchId, CallbackId, CustomerId, ServiceId, StaffId},
};
use serde_json::{Value as Json, json};

use super::{
    CallbackRow,
    act::Moved,
    moves::{By, put_off_attempts},
};
use crate::{
    attempts::phones_of_waiting,
    callbacks::words,
    db::{Result, Tx, params},
    store::retrying,
    tenant::TenantStore,
};

/// What is to change; `None`: that stays. What it speaks of is the company's own: whoever builds it has looked.
#[derive(Debug, Clone, Default)]
pub struct CallbackChange {
    pub customer_name: Option<String>,
    pub customer_id: Option<Option<CustomerId>>,
    pub branch_id: Option<Option<BranchId>>,
    pub service_id: Option<Option<ServiceId>>,
    pub staff_id: Option<Option<StaffId>>,
    pub priority: Option<Priority>,
    /// With how it was written; `Some(None)`: at any time.
    pub wish: Option<Option<(Wish, Json)>>,
    pub not_before: Option<Option<Timestamp>>,
    /// By hand, whatever the clock says.
    pub due_at: Option<Timestamp>,
    pub topic: Option<Option<String>>,
    pub language: Option<Option<String>>,
    pub notes: Option<Option<String>>,
    pub metadata: Option<Json>,
}

impl TenantStore<'_> {
    pub async fn change_callback(&self, id: CallbackId, change: &CallbackChange, by: By<'_>, now: Timestamp) -> Result<Moved> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            let Some(mut row) = self.seen_row(&mut tx, id).await?.filter(|row| row.is.deleted_at.is_none()) else {
                return Ok(Moved::Unknown);
            };
            if change.moves_the_due_time(&row) && !row.is.status.is_open() {
                return Ok(row.closed());
            }
            if let Some(branch) = change.branch_id.filter(|branch| *branch != row.is.branch_id) {
                row.move_to(&mut tx, branch, now).await?;
            }
            let before = row.is.customer_name.clone();
            let changed = change.apply(&mut row, now)?;
            if row.is.customer_name != before {
                words::remove(&mut tx, self.company, id, &before, &row.is.number).await?;
                words::insert(&mut tx, self.company, id, &row.is.customer_name, &row.is.number);
            }
            row.save(&mut tx, now).await?;
            change.write(&mut tx, &row, now).await?;
            if !changed.is_empty() {
                let more = json!({"changed": changed, "due_at": row.is.due_at});
                self.store.tell(&mut tx, &row, EventType::CallbackChanged, by.actor, &more, now);
            }
            let wake = phones_of_waiting(&mut tx, id).await?;
            self.store.commit(tx, self.company).await?;
            Ok(Moved::Yes { wake })
        })
    }
}

impl CallbackChange {
    fn moves_the_due_time(&self, row: &CallbackRow) -> bool {
        let priority = self.priority.is_some_and(|priority| priority != row.is.priority);
        priority || self.due_at.is_some() || self.wish.is_some() || self.not_before.is_some()
    }

    /// The names of the fields that this changes.
    fn apply(&self, row: &mut CallbackRow, now: Timestamp) -> Result<Vec<&'static str>> {
        let mut changed = Vec::new();
        let is = &mut row.is;
        if let Some(name) = &self.customer_name {
            is.customer_name.clone_from(name);
            changed.push("customer_name");
        }
        set(&mut is.customer_id, self.customer_id, "customer_id", &mut changed);
        if self.branch_id.is_some() {
            changed.push("branch_id");
        }
        set(&mut is.service_id, self.service_id, "service_id", &mut changed);
        set(&mut is.staff_id, self.staff_id, "staff_id", &mut changed);
        if let Some(priority) = self.priority.filter(|priority| *priority != row.is.priority) {
            row.set_priority(priority, "given".to_owned(), now)?;
            changed.push("priority");
        }
        if self.wish.is_some() {
            changed.push("preferred_time_window");
        }
        if self.wish.is_some() || self.not_before.is_some() || self.due_at.is_some() {
            row.is.asked_at = now;
        }
        self.start_again(row, now)?;
        if let Some(due_at) = self.due_at {
            row.set_due(&Due::by_hand(due_at), now);
            changed.push("due_at");
        }
        for (given, name) in [
            (self.not_before.is_some(), "not_before"),
            (self.topic.is_some(), "topic"),
            (self.language.is_some(), "language"),
            (self.notes.is_some(), "notes"),
            (self.metadata.is_some(), "metadata"),
        ] {
            if given {
                changed.push(name);
            }
        }
        Ok(changed)
    }

    /// Another wished time rules from when the promise counts: not before it, due at its end, or counted from it.
    fn start_again(&self, row: &mut CallbackRow, now: Timestamp) -> Result<()> {
        if let Some(Some((wish, _))) = &self.wish {
            row.set_due(&wish.due(), now);
            return Ok(());
        }
        let later = self.not_before.flatten().filter(|at| *at > now);
        let waited = row.due_because().is_some_and(|due| match due.why {
            Why::Wished { .. } => self.wish.is_some(),
            why => why.start().is_some_and(|start| start.by == StartedBy::NotBefore) && self.not_before.is_some(),
        });
        match later {
            Some(at) => row.start_clock(Start { at, by: StartedBy::NotBefore }, now),
            None if waited => row.start_clock(Start::created(row.is.created_at), now),
            None => Ok(()),
        }
    }

    /// What moves never look at, each in a statement of its own.
    async fn write(&self, tx: &mut Tx, row: &CallbackRow, now: Timestamp) -> Result<()> {
        let id = row.is.id;
        if let Some(topic) = &self.topic {
            tx.execute("update callbacks set topic = $2 where id = $1", params![id, topic.clone()]).await?;
        }
        if let Some(language) = &self.language {
            tx.execute("update callbacks set language = $2 where id = $1", params![id, language.clone()]).await?;
        }
        if let Some(notes) = &self.notes {
            tx.execute("update callbacks set notes = $2 where id = $1", params![id, notes.clone()]).await?;
        }
        if let Some(metadata) = &self.metadata {
            tx.execute("update callbacks set metadata = $2 where id = $1", params![id, metadata.to_string()]).await?;
        }
        if let Some(wish) = &self.wish {
            let written = wish.as_ref().map(|(_, written)| written.to_string());
            tx.execute("update callbacks set preferred_time_window = $2 where id = $1", params![id, written]).await?;
        }
        let from = self.not_before.or_else(|| self.wish.as_ref().map(|wish| wish.as_ref().map(|(wish, _)| wish.from())));
        if let Some(from) = from {
            tx.execute("update callbacks set not_before = $2 where id = $1", params![id, from]).await?;
            put_off_attempts(tx, row.is.id, from.unwrap_or(now), row.is.warns_at, now).await?;
        }
        Ok(())
    }
}

#[expect(clippy::option_option, reason = "left alone and taken away mean different things")]
fn set<T: Copy>(place: &mut Option<T>, given: Option<Option<T>>, name: &'static str, changed: &mut Vec<&'static str>) {
    if let Some(value) = given {
        *place = value;
        changed.push(name);
    }
}
