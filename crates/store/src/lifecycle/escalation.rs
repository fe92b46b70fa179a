//! Handing a callback upwards (decision 12): to whom, and the record of it.

use jiff::Timestamp;
use ringback_domain::{
    assignment::hand_up,
    callback::{EscalationKind, EscalationReason, IllegalMove, Move},
    event::EventType,
    ids::StaffId,
};
use serde_json::json;

use super::{CallbackRow, moves::Legal, row::Fields};
use crate::{
    assignment::{Pool, Wanted},
    db::{Result, Tx, params},
    store::Store,
};

pub(crate) struct Escalation<'a> {
    pub(crate) kind: EscalationKind,
    pub(crate) reason: EscalationReason,
    pub(crate) details: Option<&'a str>,
    /// `None`: there is nobody.
    pub(crate) to: Option<StaffId>,
}

impl Store {
    /// Records the escalation and moves the callback to its target.
    pub(crate) fn escalate_in(
        &self,
        tx: &mut Tx,
        row: &mut CallbackRow,
        escalation: &Escalation<'_>,
        actor: &str,
        now: Timestamp,
    ) -> Legal<()> {
        row.standing().after(Move::Escalate)?;
        let from = row.is.assigned_to;
        const SQL: &str = "insert into escalations (id, company_id, callback_id, kind, reason, details, from_staff, to_staff, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let params = params![
            self.new_id(now),
            row.is.company_id,
            row.is.id,
            escalation.kind.as_str(),
            escalation.reason.as_str(),
            escalation.details.map(str::to_owned),
            from,
            escalation.to,
            now,
        ];
        tx.later(SQL, params);
        row.is.escalations_count += 1;
        row.is.escalated_at = Some(now);
        let more = json!({
            "reason": escalation.reason, "kind": escalation.kind, "details": escalation.details, "from": from, "to": escalation.to,
            "escalations_count": row.is.escalations_count,
        });
        self.tell(tx, row, EventType::CallbackEscalated, actor, &more, now);
        match escalation.to {
            Some(to) if from != Some(to) => self.assign_in(tx, row, to, "escalated", actor, now),
            _ => Ok(()),
        }
    }

    /// A person's own tries have reached nobody often enough.
    pub(super) async fn escalate_fruitless(&self, tx: &mut Tx, row: &mut CallbackRow, now: Timestamp) -> Result<Legal<()>> {
        let to = next_above(tx, row, now).await?;
        let escalation = Escalation { kind: EscalationKind::Auto, reason: EscalationReason::MultipleAttemptsFailed, details: None, to };
        Ok(self.escalate_in(tx, row, &escalation, "system", now))
    }
}

/// Whether this series of fruitless tries was handed up already: once is enough, until it is opened again.
pub(super) async fn fruitless_is_told(tx: &mut Tx, row: &CallbackRow) -> Result<bool> {
    let enough = row.settings.staff_attempts.max(1);
    if row.is.staff_attempts == enough {
        return Ok(false);
    }
    // Beyond it only where the company asks for fewer tries than before.
    const TOLD: &str = "select cast(1 as bigint) from escalations where callback_id = $1 and reason = 'multiple_attempts_failed' limit 1";
    Ok(tx.optional::<(i64,)>(TOLD, params![row.is.id]).await?.is_some())
}

/// To whom it is handed up: as it is when it is overdue.
pub(super) async fn next_above(tx: &mut Tx, row: &CallbackRow, now: Timestamp) -> Result<Option<StaffId>> {
    let Fields { company_id, branch_id, service_id, customer_id, staff_id, assigned_to, .. } = row.is;
    let mut pool = Pool::lock(tx, company_id, now).await?;
    let to = hand_up(&pool.above(&Wanted { branch_id, service_id, customer_id, staff_id }), 0, assigned_to).to;
    if let Some(to) = to.filter(|to| Some(*to) != assigned_to) {
        pool.give(to);
        pool.write(tx);
    }
    Ok(to)
}

/// What is asked of an escalation by hand.
pub(super) fn by_hand_is_legal(row: &CallbackRow) -> std::result::Result<(), IllegalMove> {
    row.standing().after(Move::Escalate).map(|_| ())
}
