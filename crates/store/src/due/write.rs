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

/// What time itself moves.
const TIMES: [&str; 8] = ["acts_at", "warned_at", "overdue_at", "escalated_at", "expired_at", "escalations_count", "rung", "updated_at"];
const OWNER: [&str; 3] = ["assigned_to", "assigned_at", "assignment_reason"];

/// Only the columns that may have changed are named: SQLite writes anew what each index over a named column says.
pub(super) fn write_changes(tx: &mut Tx, company: CompanyId, changes: Changes, now: Timestamp) {
    let (moved, others): (Vec<Row>, Vec<Row>) = changes.callbacks.into_iter().partition(|it| it.was_status != it.status);
    let (given, timed): (Vec<Row>, Vec<Row>) =
        others.into_iter().partition(|it| it.was_owner != it.assigned_to || it.assigned_to.is_none());
    update(tx, company, &TIMES, &timed, |it| times(it).into());
    update(tx, company, &[&TIMES[..], &OWNER].concat(), &given, |it| times(it).into_iter().chain(owner(it)).collect());
    update(tx, company, &[&TIMES[..], &OWNER, &["status"]].concat(), &moved, |it| {
        times(it).into_iter().chain(owner(it)).chain([it.status.as_str().into()]).collect()
    });
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

fn update(tx: &mut Tx, company: CompanyId, columns: &[&str], callbacks: &[Row], values: impl Fn(&Row) -> Vec<Value>) {
    let sets: Vec<String> = columns.iter().map(|column| format!("{column} = v.{column}")).collect();
    for some in callbacks.chunks(ROWS_AT_ONCE) {
        let rows = some.iter().map(|it| [it.id.into(), company.into()].into_iter().chain(values(it)));
        let (list, params) = places(rows, 0);
        let sql = format!(
            "with v(id, company_id, {}) as (values {list}) update callbacks set {} from v
            where callbacks.id = v.id and callbacks.company_id = v.company_id",
            columns.join(", "),
            sets.join(", ")
        );
        tx.later_built(sql, params);
    }
}

fn times(it: &Row) -> [Value; 8] {
    [
        it.acts_at.into(),
        it.warned_at.into(),
        it.overdue_at.into(),
        it.escalated_at.into(),
        it.expired_at.into(),
        it.escalations_count.into(),
        it.rung.into(),
        it.updated_at.into(),
    ]
}

fn owner(it: &Row) -> [Value; 3] {
    [it.assigned_to.into(), it.assigned_at.into(), it.assignment_reason.clone().into()]
}

fn escalation(company: CompanyId, it: &Escalation, now: Timestamp) -> [Value; 8] {
    let (kind, reason) = (EscalationKind::Auto.as_str(), EscalationReason::SlaBreach.as_str());
    [it.id.into(), company.into(), it.callback.into(), kind.into(), reason.into(), it.from.into(), it.to.into(), now.into()]
}
