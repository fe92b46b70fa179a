//! What is looked at: the callbacks as they are under the lock, and their company.

use jiff::Timestamp;
use ringback_domain::{
    callback::{Priority, Status, Watched},
    ids::{BranchId, CallbackId, CompanyId, CustomerId, ServiceId, StaffId},
    settings::{AutoCallback, Settings},
};

use crate::{
    assignment::Wanted,
    claim::NEVER,
    db::{Result, Tx, Value, from_record, params, places},
};

pub(super) struct Row {
    pub(super) id: CallbackId,
    pub(super) status: Status,
    /// As they were read.
    pub(super) was_status: Status,
    pub(super) was_owner: Option<StaffId>,
    pub(super) priority: Priority,
    branch_id: Option<BranchId>,
    service_id: Option<ServiceId>,
    customer_id: Option<CustomerId>,
    staff_id: Option<StaffId>,
    pub(super) assigned_to: Option<StaffId>,
    pub(super) assigned_at: Option<Timestamp>,
    pub(super) assignment_reason: Option<String>,
    pub(super) due_at: Timestamp,
    pub(super) warns_at: Timestamp,
    pub(super) acts_at: Option<Timestamp>,
    pub(super) warned_at: Option<Timestamp>,
    pub(super) overdue_at: Option<Timestamp>,
    pub(super) escalated_at: Option<Timestamp>,
    pub(super) expired_at: Option<Timestamp>,
    pub(super) escalations_count: u32,
    pub(super) rung: u32,
    pub(super) deleted: bool,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    /// An automatic attempt is in a queue and may be dialed; one that was refused may not.
    pub(super) attempt_waits: bool,
    pub(super) attempt_runs: bool,
    /// Automatic attempts in a queue, whether they may be dialed or not.
    pub(super) attempts_queued: u32,
}
from_record!(Row {
    id,
    status,
    was_status,
    was_owner,
    priority,
    branch_id,
    service_id,
    customer_id,
    staff_id,
    assigned_to,
    assigned_at,
    assignment_reason,
    due_at,
    warns_at,
    acts_at,
    warned_at,
    overdue_at,
    escalated_at,
    expired_at,
    escalations_count,
    rung,
    deleted,
    created_at,
    updated_at,
    attempt_waits,
    attempt_runs,
    attempts_queued,
});

pub(super) struct Look {
    pub(super) callbacks: Vec<Row>,
    pub(super) settings: Settings,
}

struct Company {
    settings: Settings,
}
from_record!(Company { settings: json });

impl Look {
    /// Those whose time has come, read behind the lock: somebody may just have dealt with one.
    pub(super) async fn at(tx: &mut Tx, company: CompanyId, ids: &[CallbackId], now: Timestamp) -> Result<Self> {
        const COMPANY: &str = "select settings from companies where id = $1";
        let settings = tx.one::<Company>(COMPANY, params![company]).await?.settings;
        if ids.is_empty() {
            return Ok(Self { callbacks: Vec::new(), settings });
        }
        let (list, ids) = places(ids.iter().map(|id| [Value::from(*id)]), 3);
        let sql = format!(
            "select b.id, b.status, b.status as was_status, b.assigned_to as was_owner, b.priority, b.branch_id, b.service_id, b.customer_id, b.staff_id, b.assigned_to, b.assigned_at,
                b.assignment_reason, b.due_at, b.warns_at, b.acts_at, b.warned_at, b.overdue_at, b.escalated_at, b.expired_at,
                b.escalations_count, b.rung, b.deleted_at is not null as deleted, b.created_at, b.updated_at,
                exists (select 1 from attempts a join phones p on p.id = a.phone_id
                    where a.callback_id = b.id and a.status = 'pending' and (a.look_at is null or a.look_at < $3)
                      and p.auto_callback = 'on' and p.active and p.deleted_at is null) as attempt_waits,
                exists (select 1 from attempts a where a.callback_id = b.id and a.status in ('processing', 'unknown')) as attempt_runs,
                (select count(*) from attempts a where a.callback_id = b.id and a.status = 'pending') as attempts_queued
            from callbacks b
            where b.id in (values {list}) and b.company_id = $1 and b.acts_at is not null and b.acts_at <= $2
            order by b.due_at, b.id"
        );
        let mut params = params![company, now, NEVER];
        params.extend(ids);
        let mut callbacks: Vec<Row> = tx.all_built(sql, params).await?;
        if settings.auto_callback == AutoCallback::RecordOnly {
            for it in &mut callbacks {
                it.attempt_waits = false;
            }
        }
        Ok(Self { callbacks, settings })
    }
}

impl Row {
    pub(super) fn is_open(&self) -> bool {
        self.status.is_open() && !self.deleted
    }

    pub(super) fn wanted(&self) -> Wanted {
        let Self { branch_id, service_id, customer_id, staff_id, .. } = *self;
        Wanted { branch_id, service_id, customer_id, staff_id }
    }

    pub(super) fn watched(&self, now: Timestamp) -> Watched {
        Watched {
            status: self.status,
            due_at: self.due_at,
            warns_at: self.warns_at,
            acts_at: self.acts_at.unwrap_or(now),
            warned_at: self.warned_at,
            overdue_at: self.overdue_at,
            escalated_at: self.escalated_at,
            rung: self.rung,
        }
    }

    /// Decision 11: nobody has it, and no automatic attempt runs, nor waits unless the due time is being warned of.
    pub(super) fn wants_somebody(&self, settings: &Settings, now: Timestamp) -> bool {
        let machine = self.attempt_runs || (self.attempt_waits && now < self.warns_at);
        let loose = matches!(self.status, Status::Pending | Status::Contacted) && self.assigned_to.is_none();
        settings.auto_assign && loose && !machine
    }
}
