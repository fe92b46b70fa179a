//! The changed callbacks and their escalations, many in a statement, and all statements together at the end.

use jiff::Timestamp;
use ringback_domain::{
    callback::{EscalationKind, EscalationReason},
    ids::CompanyId,
};

use super::{
    change::{Changes, Escalation},
    look::Row,
};
use crate::db::{ROWS_AT_ONCE, Tx, Value, places};

pub(super) fn write_changes(tx: &mut Tx, company: CompanyId, changes: Changes, now: Timestamp) {
    let mut rows = changes.callbacks.into_iter().map(|it| callback(company, it));
    while let Some((list, params)) = some_places(&mut rows) {
        let sql = format!(
            "with v(id, status, assigned_to, assigned_at, assignment_reason, acts_at, warned_at, overdue_at, escalated_at, expired_at,
                escalations_count, rung, updated_at, company_id) as (values {list})
            update callbacks set status = v.status, assigned_to = v.assigned_to, assigned_at = v.assigned_at,
                assignment_reason = v.assignment_reason, acts_at = v.acts_at, warned_at = v.warned_at, overdue_at = v.overdue_at,
                escalated_at = v.escalated_at, expired_at = v.expired_at, escalations_count = v.escalations_count, rung = v.rung,
                updated_at = v.updated_at
            from v where callbacks.id = v.id and callbacks.company_id = v.company_id"
        );
        tx.later_built(sql, params);
    }
    let mut rows = changes.escalations.into_iter().map(|it| escalation(company, &it, now));
    while let Some((list, params)) = some_places(&mut rows) {
        let sql =
            format!("insert into escalations (id, company_id, callback_id, kind, reason, from_staff, to_staff, created_at) values {list}");
        tx.later_built(sql, params);
    }
}

/// The next rows of a statement; `None` when there are no more.
fn some_places<const N: usize>(rows: &mut impl Iterator<Item = [Value; N]>) -> Option<(String, Vec<Value>)> {
    let some: Vec<[Value; N]> = rows.take(ROWS_AT_ONCE).collect();
    (!some.is_empty()).then(|| places(some, 0))
}

fn callback(company: CompanyId, it: Row) -> [Value; 14] {
    [
        it.id.into(),
        it.status.as_str().into(),
        it.assigned_to.into(),
        it.assigned_at.into(),
        it.assignment_reason.into(),
        it.acts_at.into(),
        it.warned_at.into(),
        it.overdue_at.into(),
        it.escalated_at.into(),
        it.expired_at.into(),
        it.escalations_count.into(),
        it.rung.into(),
        it.updated_at.into(),
        company.into(),
    ]
}

fn escalation(company: CompanyId, it: &Escalation, now: Timestamp) -> [Value; 8] {
    let (kind, reason) = (EscalationKind::Auto.as_str(), EscalationReason::SlaBreach.as_str());
    [it.id.into(), company.into(), it.callback.into(), kind.into(), reason.into(), it.from.into(), it.to.into(), now.into()]
}
