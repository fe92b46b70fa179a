//! The changed callbacks and their escalations, each in one statement however many they are.

use jiff::Timestamp;
use ringback_domain::ids::CompanyId;

use super::change::{Changes, KIND, REASON};
use crate::{
    db::{Result, Tx, Value, places},
    store::Store,
};

impl Store {
    pub(super) async fn write_changes(&self, tx: &mut Tx, company: CompanyId, changes: Changes, now: Timestamp) -> Result<()> {
        let rows: Vec<[Value; 14]> = changes
            .callbacks
            .into_iter()
            .map(|it| {
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
            })
            .collect();
        let (list, params) = places(rows, 0);
        let sql = format!(
            "with v(id, status, assigned_to, assigned_at, assignment_reason, acts_at, warned_at, overdue_at, escalated_at, expired_at,
                escalations_count, rung, updated_at, company_id) as (values {list})
            update callbacks set status = v.status, assigned_to = v.assigned_to, assigned_at = v.assigned_at,
                assignment_reason = v.assignment_reason, acts_at = v.acts_at, warned_at = v.warned_at, overdue_at = v.overdue_at,
                escalated_at = v.escalated_at, expired_at = v.expired_at, escalations_count = v.escalations_count, rung = v.rung,
                updated_at = v.updated_at
            from v where callbacks.id = v.id and callbacks.company_id = v.company_id"
        );
        tx.execute_built(sql.into(), params).await?;
        if changes.escalations.is_empty() {
            return Ok(());
        }
        let rows: Vec<[Value; 8]> = changes
            .escalations
            .into_iter()
            .map(|it| {
                [it.id.into(), company.into(), it.callback.into(), KIND.into(), REASON.into(), it.from.into(), it.to.into(), now.into()]
            })
            .collect();
        let (list, params) = places(rows, 0);
        let sql =
            format!("insert into escalations (id, company_id, callback_id, kind, reason, from_staff, to_staff, created_at) values {list}");
        tx.execute_built(sql.into(), params).await
    }
}
