//! The moves themselves. Each changes a row that is held under its person's lock and announces what it did; the caller saves
//! the row once, when all moves of his transaction are made.

use jiff::Timestamp;
use ringback_domain::{
    attempt::CalledOff,
    callback::{ContactOutcome, IllegalMove, Move, Start, Status},
    event::EventType,
    ids::{CallbackId, StaffId},
};
use serde_json::{Value as Json, json};

use super::CallbackRow;
use crate::{
    assignment::Assigned,
    claim::NEVER,
    db::{Result, Tx, params},
    person,
    store::{About, Store},
};

/// Who makes a move.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// As events name him: `staff:<id>`, `token:<id>`, `system`.
    pub actor: &'a str,
    /// `None`: a program, or the system.
    pub staff: Option<StaffId>,
}

impl By<'_> {
    pub const SYSTEM: By<'static> = By { actor: "system", staff: None };
}

pub(crate) type Legal<T> = std::result::Result<T, IllegalMove>;

impl Store {
    /// Gives the callback to `staff`, who was chosen for `reason`. A contacted one changes its owner and stays contacted.
    pub(crate) fn assign_in(
        &self,
        tx: &mut Tx,
        row: &mut CallbackRow,
        staff: StaffId,
        reason: &str,
        actor: &str,
        now: Timestamp,
    ) -> Legal<()> {
        let asked = if row.is.status == Status::Contacted { Move::Reassign } else { Move::Assign };
        row.is.status = row.standing().after(asked)?;
        let from = row.is.assigned_to.replace(staff);
        let waited = row.is.assigned_at.replace(now).is_none();
        row.is.assignment_reason = Some(reason.to_owned());
        let told = Assigned {
            id: row.is.id,
            status: row.is.status,
            priority: row.is.priority,
            to: staff,
            from,
            because: reason,
            waited: waited.then(|| now.duration_since(row.is.created_at).as_secs()),
        };
        let about = About { actor, callback: Some(row.is.id), phone: None };
        self.event(tx, now, row.is.company_id, EventType::CallbackAssigned, about, told.json());
        Ok(())
    }

    /// The customer was spoken with. Nothing of it rings any more.
    pub(crate) async fn contact_in(
        &self,
        tx: &mut Tx,
        row: &mut CallbackRow,
        outcome: ContactOutcome,
        notes: Option<&str>,
        by: By<'_>,
        now: Timestamp,
    ) -> Result<Legal<()>> {
        let status = match row.standing().after(Move::Contact) {
            Ok(status) => status,
            Err(illegal) => return Ok(Err(illegal)),
        };
        self.take_on(tx, row, by, now);
        row.is.status = status;
        row.is.contacted_at = Some(now);
        row.stop_calling();
        self.cancel_waiting(tx, row.is.company_id, row.is.id, CalledOff::PersonCalled, now).await?;
        self.tell(tx, row, EventType::CallbackContacted, by.actor, &json!({"outcome": outcome, "notes": notes}), now);
        Ok(Ok(()))
    }

    /// Whoever calls about a callback that nobody has takes it on.
    pub(super) fn take_on(&self, tx: &mut Tx, row: &mut CallbackRow, by: By<'_>, now: Timestamp) {
        if let Some(staff) = by.staff
            && row.is.status == Status::Pending
        {
            let taken = self.assign_in(tx, row, staff, "called first", by.actor, now);
            debug_assert!(taken.is_ok(), "a pending callback can be assigned");
        }
    }

    pub(crate) async fn complete_in(
        &self,
        tx: &mut Tx,
        row: &mut CallbackRow,
        notes: Option<&str>,
        actor: &str,
        now: Timestamp,
    ) -> Result<Legal<()>> {
        let status = match row.standing().after(Move::Complete) {
            Ok(status) => status,
            Err(illegal) => return Ok(Err(illegal)),
        };
        row.is.completed_at = Some(now);
        self.close(tx, row, status, None, now).await?;
        self.tell(tx, row, EventType::CallbackCompleted, actor, &json!({"notes": notes}), now);
        Ok(Ok(()))
    }

    pub(crate) async fn cancel_in(
        &self,
        tx: &mut Tx,
        row: &mut CallbackRow,
        reason: Option<&str>,
        actor: &str,
        now: Timestamp,
    ) -> Result<Legal<()>> {
        let status = match row.standing().after(Move::Cancel) {
            Ok(status) => status,
            Err(illegal) => return Ok(Err(illegal)),
        };
        self.close(tx, row, status, reason, now).await?;
        self.tell(tx, row, EventType::CallbackCancelled, actor, &json!({"reason": reason}), now);
        Ok(Ok(()))
    }

    /// Time has nothing left to do with it, and no machine rings for it.
    pub(super) async fn close(
        &self,
        tx: &mut Tx,
        row: &mut CallbackRow,
        status: Status,
        because: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        row.is.status = status;
        row.is.closed_because = because.map(str::to_owned);
        row.is.acts_at = None;
        row.stop_calling();
        self.cancel_waiting(tx, row.is.company_id, row.is.id, CalledOff::Closed, now).await
    }

    /// The promise stands again, with a due time that counts from now. Its owner keeps it while he works here.
    pub(crate) async fn reopen_in(&self, tx: &mut Tx, row: &mut CallbackRow, actor: &str, now: Timestamp) -> Result<Legal<()>> {
        let status = match row.standing().after(Move::Reopen) {
            Ok(status) => status,
            Err(illegal) => return Ok(Err(illegal)),
        };
        if let Some(owner) = row.is.assigned_to
            && !super::works_here(tx, row.is.company_id, owner).await?
        {
            row.is.assigned_to = None;
        }
        row.is.status = if row.is.assigned_to.is_some() { Status::Assigned } else { status };
        (row.is.contacted_at, row.is.completed_at, row.is.closed_because) = (None, None, None);
        (row.is.escalated_at, row.is.expired_at, row.is.staff_attempts, row.is.rung) = (None, None, 0, 0);
        row.is.asked_at = now;
        row.start_clock(Start::reopened(now), now)?;
        if row.is.assigned_to.is_none() {
            // Somebody is looked for at once.
            row.is.acts_at = Some(now);
        }
        self.tell(tx, row, EventType::CallbackReopened, actor, &json!({"due_at": row.is.due_at}), now);
        Ok(Ok(()))
    }

    /// Nobody and nothing calls before `until`, and the due time counts from there.
    pub(crate) async fn snooze_in(
        &self,
        tx: &mut Tx,
        row: &mut CallbackRow,
        until: Timestamp,
        by: By<'_>,
        now: Timestamp,
    ) -> Result<Legal<()>> {
        if let Err(illegal) = row.standing().after(Move::Snooze) {
            return Ok(Err(illegal));
        }
        row.stop_calling();
        row.is.asked_at = now;
        row.start_clock(Start::snoozed(until), now)?;
        put_off_attempts(tx, row.is.id, until, row.is.warns_at, now).await?;
        self.tell(tx, row, EventType::CallbackSnoozed, by.actor, &json!({"until": until, "due_at": row.is.due_at}), now);
        Ok(Ok(()))
    }

    pub(super) fn tell(&self, tx: &mut Tx, row: &CallbackRow, kind: EventType, actor: &str, more: &Json, now: Timestamp) {
        let mut callback = json!({"id": row.is.id, "status": row.is.status});
        if let (Some(callback), Some(more)) = (callback.as_object_mut(), more.as_object()) {
            callback.extend(more.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone())));
        }
        let about = About { actor, callback: Some(row.is.id), phone: row.is.phone_id };
        self.event(tx, now, row.is.company_id, kind, about, json!({"callback": callback}));
    }

    /// The attempts of the person may be eligible now: his callback is no longer being called by a person.
    pub(super) async fn look_again_at(&self, tx: &mut Tx, row: &CallbackRow) -> Result<()> {
        person::look_again(tx, row.is.company_id, &row.is.number).await
    }
}

/// Its waiting attempts wait until then; one that was refused for good stays refused. One whose request is under way learns it,
/// too: it waits if it comes back undialed.
pub(super) async fn put_off_attempts(
    tx: &mut Tx,
    callback: CallbackId,
    until: Timestamp,
    warns_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    const WAIT: &str = "update attempts set not_before = $2, hold_until = $3, updated_at = $4,
            look_at = case when status <> 'pending' or look_at = $5 then look_at when $2 > $4 then $2 end,
            waiting_because = case when status <> 'pending' or look_at = $5 then waiting_because end
        where callback_id = $1 and status in ('pending', 'processing', 'unknown')";
    tx.execute(WAIT, params![callback, until, warns_at, now, NEVER]).await?;
    Ok(())
}

impl CallbackRow {
    /// The clock of this promise runs anew, and so does what time does with it.
    pub(super) fn start_clock(&mut self, start: Start, now: Timestamp) -> Result<()> {
        let due = self.due_from(start)?;
        self.is.clock_from = start.at;
        self.set_due(&due, now);
        Ok(())
    }
}
