//! Giving callbacks to people (decision 11). The choice is in `domain::assignment`; here are its facts, the lock that makes
//! it fair, and the single assignment on demand. Many at once are assigned in `due`, with the same facts.

mod facts;
mod many;

use jiff::Timestamp;
use ringback_domain::{
    access::Role,
    assignment::{Because, Candidate, Choice, Nobody, Strategy, choose},
    callback::{IllegalMove, Move, Priority, Status},
    event::EventType,
    ids::{BranchId, CallbackId, CompanyId, CustomerId, ServiceId, StaffId},
};
use serde_json::{Value as Json, json};

pub(crate) use facts::Pool;

use crate::{
    db::{Result, Tx, from_record, params},
    store::{About, Store, retrying},
    tenant::TenantStore,
};

/// What came of looking for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AutoAssigned {
    To {
        staff: StaffId,
        because: Because,
    },
    /// Whoever has it keeps it; where nobody does, these words are written beside it.
    Nobody {
        because: String,
    },
    Illegal(IllegalMove),
}

/// Why and among whom somebody is looked for.
#[derive(Debug, Clone, Copy)]
struct Looking<'a> {
    asked: Move,
    strategy: Strategy,
    excluded: Option<StaffId>,
    /// What people gave as theirs; written beside the choice's own.
    reason: Option<&'a str>,
}

impl TenantStore<'_> {
    /// Gives an open callback to whom the strategy chooses, never to `excluded`; `None`: there is no such callback.
    pub async fn auto_assign(
        &self,
        callback: CallbackId,
        strategy: Strategy,
        excluded: Option<StaffId>,
        actor: &str,
        now: Timestamp,
    ) -> Result<Option<AutoAssigned>> {
        self.look_for_somebody(callback, &Looking { asked: Move::Assign, strategy, excluded, reason: None }, actor, now).await
    }

    /// Gives it to somebody else than who has it at that moment.
    pub async fn reassign(
        &self,
        callback: CallbackId,
        strategy: Strategy,
        reason: Option<&str>,
        actor: &str,
        now: Timestamp,
    ) -> Result<Option<AutoAssigned>> {
        self.look_for_somebody(callback, &Looking { asked: Move::Reassign, strategy, excluded: None, reason }, actor, now).await
    }

    async fn look_for_somebody(
        &self,
        callback: CallbackId,
        looking: &Looking<'_>,
        actor: &str,
        now: Timestamp,
    ) -> Result<Option<AutoAssigned>> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            let Some(row) = self.seen_row(&mut tx, callback).await?.filter(|row| row.is.deleted_at.is_none()) else { return Ok(None) };
            if let Err(illegal) = row.standing().after(looking.asked) {
                return Ok(Some(AutoAssigned::Illegal(illegal)));
            }
            let owner = row.is.assigned_to.filter(|_| looking.asked == Move::Reassign);
            let looking = Looking { excluded: looking.excluded.or(owner), ..*looking };
            let assigned = self.store.choose_in(&mut tx, callback, &looking, actor, now).await?;
            self.store.commit(tx, self.company).await?;
            Ok(Some(assigned))
        })
    }
}

/// What of a callback decides who may get it.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "they are columns of the callback")]
pub(crate) struct Wanted {
    pub(crate) branch_id: Option<BranchId>,
    pub(crate) service_id: Option<ServiceId>,
    pub(crate) customer_id: Option<CustomerId>,
    /// Whom the customer would like to be called by.
    pub(crate) staff_id: Option<StaffId>,
}

struct Row {
    company_id: CompanyId,
    status: Status,
    priority: Priority,
    branch_id: Option<BranchId>,
    service_id: Option<ServiceId>,
    customer_id: Option<CustomerId>,
    staff_id: Option<StaffId>,
    assigned_to: Option<StaffId>,
    assigned_at: Option<Timestamp>,
    created_at: Timestamp,
}
from_record!(Row { company_id, status, priority, branch_id, service_id, customer_id, staff_id, assigned_to, assigned_at, created_at });

impl Row {
    fn wanted(&self) -> Wanted {
        let Self { branch_id, service_id, customer_id, staff_id, .. } = *self;
        Wanted { branch_id, service_id, customer_id, staff_id }
    }
}

impl Store {
    /// Gives a new callback to whom suits best. Under the lock of its person, and what was left for later is written before.
    pub(crate) async fn auto_assign_in(&self, tx: &mut Tx, callback: CallbackId, now: Timestamp) -> Result<AutoAssigned> {
        let looking = Looking { asked: Move::Assign, strategy: Strategy::Relationship, excluded: None, reason: None };
        self.choose_in(tx, callback, &looking, "system", now).await
    }

    async fn choose_in(
        &self,
        tx: &mut Tx,
        callback: CallbackId,
        looking: &Looking<'_>,
        actor: &str,
        now: Timestamp,
    ) -> Result<AutoAssigned> {
        tx.flush().await?;
        const ROW: &str = "select company_id, status, priority, branch_id, service_id, customer_id, staff_id, assigned_to, assigned_at,
                created_at
            from callbacks where id = $1";
        let row: Row = tx.one(ROW, params![callback]).await?;
        let wanted = row.wanted();
        let mut pool = Pool::lock(tx, row.company_id, now).await?;
        pool.meet(tx, &[wanted]).await?;
        let choice = match pool.choose(&wanted, looking.strategy, looking.excluded) {
            Ok(choice) => choice,
            Err(nobody) => {
                let because = nobody.tell(&pool.zone(row.branch_id));
                const WHY: &str = "update callbacks set assignment_reason = $2 where id = $1 and assigned_to is null";
                tx.execute(WHY, params![callback, &because]).await?;
                return Ok(AutoAssigned::Nobody { because });
            }
        };
        if row.assigned_to == Some(choice.staff) {
            // Nothing changes, and nothing is told.
            return Ok(AutoAssigned::To { staff: choice.staff, because: choice.because });
        }
        pool.write(tx);
        let because = choice.because.to_string();
        let because = looking.reason.map_or(because.clone(), |reason| format!("{because}; {reason}"));
        const SQL: &str = "update callbacks set assigned_to = $2, assigned_at = $3, assignment_reason = $4, updated_at = $3,
                status = case when status = 'pending' then 'assigned' else status end
            where id = $1";
        tx.later(SQL, params![callback, choice.staff, now, &because]);
        let told = Assigned {
            id: callback,
            status: if row.status == Status::Pending { Status::Assigned } else { row.status },
            priority: row.priority,
            to: choice.staff,
            from: row.assigned_to,
            because: &because,
            waited: row.assigned_at.is_none().then(|| now.duration_since(row.created_at).as_secs()),
        };
        let about = About { actor, callback: Some(callback), phone: None };
        self.event(tx, now, row.company_id, EventType::CallbackAssigned, about, told.json());
        Ok(AutoAssigned::To { staff: choice.staff, because: choice.because })
    }
}

/// As `callback.assigned` tells it.
pub(crate) struct Assigned<'a> {
    pub(crate) id: CallbackId,
    pub(crate) status: Status,
    pub(crate) priority: Priority,
    pub(crate) to: StaffId,
    /// Who had it before, and has it no longer.
    pub(crate) from: Option<StaffId>,
    pub(crate) because: &'a str,
    /// Seconds from its making, when nobody had it before.
    pub(crate) waited: Option<i64>,
}

impl Assigned<'_> {
    pub(crate) fn json(&self) -> Json {
        json!({"callback": {
            "id": self.id, "status": self.status, "priority": self.priority, "assigned_to": self.to, "assigned_from": self.from,
            "assignment_reason": self.because, "assignment_seconds": self.waited,
        }})
    }
}

impl Pool {
    /// Chooses, and counts it in: the next choice sees it.
    pub(crate) fn choose(&mut self, wanted: &Wanted, strategy: Strategy, excluded: Option<StaffId>) -> std::result::Result<Choice, Nobody> {
        let choice = choose(&self.candidates(wanted), strategy, excluded);
        if let Ok(choice) = &choice {
            self.give(choice.staff);
        }
        choice
    }

    /// Those above: managers of the branch, and owners.
    pub(crate) fn above(&self, wanted: &Wanted) -> Vec<Candidate> {
        let mut above = self.candidates(wanted);
        above.retain(|it| it.role != Role::Staff);
        above
    }
}
