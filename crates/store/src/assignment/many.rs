//! Many new callbacks at once, in the transaction that makes them: people are looked at once, and each choice sees the one before.

use jiff::Timestamp;
use ringback_domain::{
    assignment::Strategy,
    callback::Status,
    event::EventType,
    ids::{CallbackId, CompanyId},
};

use super::{Assigned, Pool, Row, Wanted};
use crate::{
    db::{FromRecord, Record, Result, Tx, Value, any_of, places},
    store::{About, Store},
};

const AT_ONCE: usize = 500;

struct Unowned {
    id: CallbackId,
    row: Row,
}

impl FromRecord for Unowned {
    fn from_record(record: &Record) -> Result<Self> {
        Ok(Self { id: record.get("id")?, row: Row::from_record(record)? })
    }
}

impl Store {
    /// Gives those of these callbacks that nobody has to whom they belong (decision 11). Under the locks of their persons.
    pub(crate) async fn auto_assign_all(&self, tx: &mut Tx, company: CompanyId, callbacks: &[CallbackId], now: Timestamp) -> Result<()> {
        if callbacks.is_empty() {
            return Ok(());
        }
        let mut pool = Pool::lock(tx, company, now).await?;
        for some in callbacks.chunks(AT_ONCE) {
            let sql = format!(
                "select id, company_id, status, priority, branch_id, service_id, customer_id, staff_id, assigned_to, assigned_at, created_at
                from callbacks where id in {} and assigned_to is null order by id",
                any_of(some.len(), 0)
            );
            let params = some.iter().map(|id| (*id).into()).collect();
            let unowned: Vec<Unowned> = tx.all_built(sql, params).await?;
            let wanted: Vec<Wanted> = unowned.iter().map(|it| it.row.wanted()).collect();
            pool.meet(tx, &wanted).await?;
            let given = unowned.iter().zip(&wanted).map(|(it, wanted)| self.choose_for(tx, &mut pool, it, wanted, now)).collect();
            write(tx, given).await?;
            tx.flush_events().await?;
        }
        pool.write(tx);
        tx.flush().await
    }

    /// As its row is written: to whom it goes, or why to nobody.
    fn choose_for(&self, tx: &mut Tx, pool: &mut Pool, it: &Unowned, wanted: &Wanted, now: Timestamp) -> [Value; 5] {
        let choice = match pool.choose(wanted, Strategy::Relationship, None) {
            Ok(choice) => choice,
            Err(nobody) => {
                let because = nobody.tell(&pool.zone(it.row.branch_id));
                return [it.id.into(), it.row.status.as_str().into(), Value::Uuid(None), it.row.assigned_at.into(), because.into()];
            }
        };
        let because = choice.because.to_string();
        let status = if it.row.status == Status::Pending { Status::Assigned } else { it.row.status };
        let told = Assigned {
            id: it.id,
            status,
            priority: it.row.priority,
            to: choice.staff,
            from: None,
            because: &because,
            waited: it.row.assigned_at.is_none().then(|| now.duration_since(it.row.created_at).as_secs()),
        };
        let about = About { actor: "system", callback: Some(it.id), phone: None };
        self.event(tx, now, it.row.company_id, EventType::CallbackAssigned, about, told.json());
        [it.id.into(), status.as_str().into(), choice.staff.into(), now.into(), because.into()]
    }
}

async fn write(tx: &mut Tx, given: Vec<[Value; 5]>) -> Result<()> {
    if given.is_empty() {
        return Ok(());
    }
    let (list, params) = places(given, 0);
    let sql = format!(
        "with v(id, status, assigned_to, assigned_at, assignment_reason) as (values {list})
        update callbacks set status = v.status, assigned_to = v.assigned_to, assigned_at = v.assigned_at,
            assignment_reason = v.assignment_reason
        from v where callbacks.id = v.id"
    );
    tx.execute_built(sql, params).await.map(drop)
}
