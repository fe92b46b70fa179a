//! A callback as its moves read and write it.

use jiff::Timestamp;
use ringback_domain::{
    callback::{self, Due, Priority, Standing, Start, Status},
    ids::{BranchId, CallbackId, CompanyId, CustomerId, PhoneId, ServiceId, StaffId},
    phone_number::PhoneNumber,
    settings::Settings,
};

use super::{
    place::{Place, clock, place_columns},
    request::due_json,
};
use crate::{
    db::{FromRecord, Record, Result, Tx, from_record, params},
    person,
};

/// Read under the locks of its person and of its own row, so that nobody else writes it until the transaction ends: moves take
/// the first, and who only wakes a callback, because an attempt failed or somebody came or left, takes the second.
pub(crate) struct CallbackRow {
    pub(crate) is: Fields,
    place: Place,
    /// As it was read.
    warned_of_at: Timestamp,
    pub(crate) settings: Settings,
}

/// The columns. What moves never write is marked; the rest is what [`CallbackRow::save`] saves.
#[derive(Clone)]
pub(crate) struct Fields {
    /// Never written.
    pub(crate) id: CallbackId,
    /// Never written.
    pub(crate) company_id: CompanyId,
    /// Never written.
    pub(crate) number: PhoneNumber,
    /// Never written.
    pub(crate) phone_id: Option<PhoneId>,
    pub(crate) customer_id: Option<CustomerId>,
    pub(crate) customer_name: String,
    pub(crate) branch_id: Option<BranchId>,
    pub(crate) service_id: Option<ServiceId>,
    /// Whom the customer would like to be called by.
    pub(crate) staff_id: Option<StaffId>,
    pub(crate) status: Status,
    pub(crate) priority: Priority,
    pub(crate) priority_reason: String,
    pub(crate) assigned_to: Option<StaffId>,
    pub(crate) assigned_at: Option<Timestamp>,
    pub(crate) assignment_reason: Option<String>,
    pub(crate) due_at: Timestamp,
    due_because: String,
    pub(crate) clock_from: Timestamp,
    /// When it was last asked for, put off or promised again: no talk that began before keeps it.
    pub(crate) asked_at: Timestamp,
    pub(crate) warns_at: Timestamp,
    pub(crate) acts_at: Option<Timestamp>,
    pub(crate) warned_at: Option<Timestamp>,
    pub(crate) overdue_at: Option<Timestamp>,
    pub(crate) escalated_at: Option<Timestamp>,
    pub(crate) expired_at: Option<Timestamp>,
    pub(crate) escalations_count: u32,
    /// How far it was handed up since it became overdue.
    pub(crate) rung: u32,
    pub(crate) staff_attempts: u32,
    pub(crate) claimed_until: Option<Timestamp>,
    pub(crate) claimed_by: Option<StaffId>,
    /// As events name him.
    pub(crate) claimed_actor: Option<String>,
    /// Never written: the first callback that it was split from.
    pub(crate) split_from: Option<CallbackId>,
    pub(crate) merged_count: u32,
    pub(crate) contacted_at: Option<Timestamp>,
    pub(crate) completed_at: Option<Timestamp>,
    pub(crate) closed_because: Option<String>,
    pub(crate) deleted_at: Option<Timestamp>,
    /// Never written.
    pub(crate) created_at: Timestamp,
}
from_record!(Fields {
    id,
    company_id,
    number,
    phone_id,
    customer_id,
    customer_name,
    branch_id,
    service_id,
    staff_id,
    status,
    priority,
    priority_reason,
    assigned_to,
    assigned_at,
    assignment_reason,
    due_at,
    due_because,
    clock_from,
    asked_at,
    warns_at,
    acts_at,
    warned_at,
    overdue_at,
    escalated_at,
    expired_at,
    escalations_count,
    rung,
    staff_attempts,
    claimed_until,
    claimed_by,
    claimed_actor,
    split_from,
    merged_count,
    contacted_at,
    completed_at,
    closed_because,
    deleted_at,
    created_at,
});

impl FromRecord for CallbackRow {
    fn from_record(record: &Record) -> Result<Self> {
        let is = Fields::from_record(record)?;
        Ok(Self { warned_of_at: is.warns_at, is, place: Place::from_record(record)?, settings: record.json("settings")? })
    }
}

impl CallbackRow {
    /// Takes the lock of the callback's person, then that of the callback, and reads it. `None`: the company has none with this id. Whether it
    /// is deleted the caller looks himself.
    pub(crate) async fn lock(tx: &mut Tx, company: CompanyId, id: CallbackId) -> Result<Option<Self>> {
        if !person::lock_of_callback(tx, company, id).await? {
            return Ok(None);
        }
        const READ: &str = concat!(
            "select b.id, b.company_id, b.number, b.phone_id, b.customer_id, b.customer_name, b.branch_id, b.service_id, b.staff_id,
                b.status, b.priority, b.priority_reason, b.assigned_to, b.assigned_at, b.assignment_reason, b.due_at, b.due_because,
                b.clock_from, b.asked_at, b.warns_at, b.acts_at, b.warned_at, b.overdue_at, b.escalated_at, b.expired_at, b.escalations_count, b.rung,
                b.staff_attempts, b.claimed_until, b.claimed_by, b.claimed_actor, b.split_from, b.merged_count, b.contacted_at, b.completed_at, b.closed_because,
                b.deleted_at, b.created_at, c.settings, ",
            place_columns!(),
            " from callbacks b join companies c on c.id = b.company_id left join branches r on r.id = b.branch_id and r.deleted_at is null
            where b.id = $1"
        );
        let sql = format!("{READ}{}", tx.locking_b());
        Ok(tx.all_built(sql, params![id]).await?.pop())
    }

    /// From now on its clock is that of this branch; where nobody has it, somebody of that branch is looked for at once.
    pub(super) async fn move_to(&mut self, tx: &mut Tx, branch: Option<BranchId>, now: Timestamp) -> Result<()> {
        const PLACE: &str = concat!(
            "select ",
            place_columns!(),
            " from companies c left join branches r on r.id = $2 and r.company_id = c.id and r.deleted_at is null where c.id = $1"
        );
        self.place = tx.one(PLACE, params![self.is.company_id, branch]).await?;
        self.is.branch_id = branch;
        if self.is.status.is_open() && self.is.assigned_to.is_none() {
            self.is.acts_at = Some(now);
        }
        Ok(())
    }

    pub(crate) fn standing(&self) -> Standing {
        Standing { status: self.is.status, has_merged: self.is.merged_count > 0, is_claimed: self.is.claimed_until.is_some() }
    }

    /// How the due time came about; `None` for rows of which nobody wrote it down.
    pub(crate) fn due_because(&self) -> Option<Due> {
        serde_json::from_str(&self.is.due_because).ok()
    }

    /// The due time of this callback when its clock starts at `start`.
    pub(crate) fn due_from(&self, start: Start) -> Result<Due> {
        let calendar = self.place.calendar()?;
        Ok(callback::due(self.is.priority, start, clock(self.settings.sla_clock, calendar.as_ref()), &self.settings))
    }

    /// Another priority counts from where the clock of this promise began to run; a wished time rules either.
    pub(crate) fn set_priority(&mut self, priority: Priority, reason: String, now: Timestamp) -> Result<()> {
        self.is.priority = priority;
        self.is.priority_reason = reason;
        let start = match self.due_because() {
            Some(due) => due.why.start(),
            None => Some(Start::created(self.is.clock_from)),
        };
        if let Some(start) = start {
            let due = self.due_from(start)?;
            self.set_due(&due, now);
        }
        Ok(())
    }

    /// A new due time. What was told of the one before counts for nothing any more. What was woken, because an attempt failed
    /// or somebody came, is looked at all the same: no due time wakes it at another instant than its warning before it is over.
    pub(crate) fn set_due(&mut self, due: &Due, now: Timestamp) {
        let woken = self.is.acts_at.filter(|at| *at < self.is.due_at && *at != self.is.warns_at);
        self.is.due_because = due_json(due);
        self.is.due_at = due.at;
        self.is.warns_at = callback::warns_at(due.at, &self.settings);
        let acts_at = callback::acts_at(self.is.warns_at, now);
        self.is.acts_at = self.is.status.is_open().then(|| woken.map_or(acts_at, |woken| woken.min(acts_at)));
    }

    pub(crate) async fn save(&self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        const SQL: &str = "update callbacks set customer_id = $2, customer_name = $3, branch_id = $4, service_id = $5, staff_id = $6,
                status = $7, priority = $8, priority_reason = $9, assigned_to = $10, assigned_at = $11, assignment_reason = $12,
                due_at = $13, due_because = $14, clock_from = $15, warns_at = $16, acts_at = $17, warned_at = $18, overdue_at = $19,
                escalated_at = $20, expired_at = $21, escalations_count = $22, staff_attempts = $23, claimed_until = $24, claimed_by = $25,
                merged_count = $26, contacted_at = $27, completed_at = $28, closed_because = $29, deleted_at = $30, rung = $32, claimed_actor = $33,
                asked_at = $34,
                updated_at = case when updated_at < $31 then $31 else updated_at + 1 end
            where id = $1";
        let it = self.is.clone();
        let time_passes_it_by = it.acts_at.is_none() && (it.status != Status::Contacted || it.overdue_at.is_none());
        assert!(!it.status.is_open() || it.deleted_at.is_some() || !time_passes_it_by, "I3: an open callback is left to nobody's time");
        let params = params![
            it.id,
            it.customer_id,
            it.customer_name,
            it.branch_id,
            it.service_id,
            it.staff_id,
            it.status.as_str(),
            it.priority.as_str(),
            it.priority_reason,
            it.assigned_to,
            it.assigned_at,
            it.assignment_reason,
            it.due_at,
            it.due_because,
            it.clock_from,
            it.warns_at,
            it.acts_at,
            it.warned_at,
            it.overdue_at,
            it.escalated_at,
            it.expired_at,
            it.escalations_count,
            it.staff_attempts,
            it.claimed_until,
            it.claimed_by,
            it.merged_count,
            it.contacted_at,
            it.completed_at,
            it.closed_because,
            it.deleted_at,
            now,
            it.rung,
            it.claimed_actor,
            it.asked_at,
        ];
        tx.execute(SQL, params).await?;
        if self.is.warns_at != self.warned_of_at {
            // No hold lasts beyond the moment at which the due time is warned of.
            const HOLD: &str =
                "update attempts set hold_until = $2 where callback_id = $1 and status = 'pending' and campaign_id is not null";
            tx.execute(HOLD, params![self.is.id, self.is.warns_at]).await?;
        }
        Ok(())
    }
}
