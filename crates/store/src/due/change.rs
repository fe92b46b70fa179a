//! From what was looked at to what is written: one callback after the other, told as it changes.

use jiff::Timestamp;
use ringback_domain::{
    assignment::{Strategy, hand_up},
    attempt::CalledOff,
    availability::Away,
    callback::{Act, EscalationKind, EscalationReason, Move, Next, Status, minutes_remaining},
    event::EventType,
    ids::{CallbackId, CompanyId, StaffId},
    settings::Settings,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::look::{Look, Row};
use crate::{
    assignment::{Assigned, Pool},
    db::{Result, Tx},
    store::{About, Store},
};

/// What a transaction writes beside its events.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) callbacks: Vec<Row>,
    pub(super) escalations: Vec<Escalation>,
}

pub(super) struct Escalation {
    pub(super) id: Uuid,
    pub(super) callback: CallbackId,
    pub(super) from: Option<StaffId>,
    pub(super) to: Option<StaffId>,
}

/// One transaction's look at one company. Its people are read once, and only when somebody is to be given something.
struct Round<'a> {
    store: &'a Store,
    company: CompanyId,
    settings: Settings,
    pool: Option<Pool>,
    now: Timestamp,
    escalations: Vec<Escalation>,
}

impl Store {
    pub(super) async fn changes(&self, tx: &mut Tx, company: CompanyId, look: Look, now: Timestamp) -> Result<Changes> {
        let Look { mut callbacks, settings } = look;
        let mut round = Round { store: self, company, settings, pool: None, now, escalations: Vec::new() };
        if callbacks.iter().any(|it| round.may_move(it)) {
            let mut pool = Pool::lock(tx, company, now).await?;
            let wanted: Vec<_> = callbacks.iter().filter(|it| round.may_be_chosen_for(&pool, it)).map(Row::wanted).collect();
            if !wanted.is_empty() {
                pool.meet(tx, &wanted).await?;
            }
            round.pool = Some(pool);
        }
        for callback in &mut callbacks {
            round.look_at(tx, callback).await?;
        }
        if let Some(pool) = &mut round.pool {
            pool.write(tx);
        }
        Ok(Changes { callbacks, escalations: round.escalations })
    }
}

impl Round<'_> {
    /// It may get another owner: people have to be looked at.
    fn may_move(&self, it: &Row) -> bool {
        it.is_open() && (it.assigned_to.is_some() || it.due_at <= self.now || it.wants_somebody(&self.settings, self.now))
    }

    /// It may get an owner by choice, and not merely be handed up.
    fn may_be_chosen_for(&self, pool: &Pool, it: &Row) -> bool {
        self.may_move(it) && it.assigned_to.is_none_or(|owner| pool.away(owner).is_some())
    }

    async fn look_at(&mut self, tx: &mut Tx, it: &mut Row) -> Result<()> {
        if !it.is_open() {
            // Closed or deleted: whoever opens it again sets its time again.
            it.acts_at = None;
            return Ok(());
        }
        // Whoever it goes to is to hear of what follows; what is overdue already goes up first.
        if it.due_at > self.now {
            self.find_owner(tx, it);
        }
        let mut watched = it.watched(self.now);
        let mut next = watched.next(&self.settings);
        while let Some(act) = next.filter(|next| next.at <= self.now) {
            let rung = self.act(tx, it, act).await?;
            watched = watched.after(act, rung, self.now);
            next = watched.next(&self.settings);
        }
        it.escalated_at = watched.escalated_at;
        it.rung = watched.rung;
        it.acts_at = next.map(|next| next.at);
        if it.due_at <= self.now {
            self.find_owner(tx, it);
        }
        Ok(())
    }

    /// Does what its time asks for; to which rung it was handed up.
    async fn act(&mut self, tx: &mut Tx, it: &mut Row, next: Next) -> Result<u32> {
        it.updated_at = self.now;
        match next.act {
            Act::Warn => {
                it.warned_at = Some(next.at);
                let minutes = minutes_remaining(it.due_at, self.now);
                self.tell(tx, it, EventType::CallbackDueSoon, &[("minutes_remaining", json!(minutes))]);
            }
            Act::Overdue => {
                it.overdue_at = Some(next.at);
                self.tell(tx, it, EventType::CallbackOverdue, &[]);
            }
            Act::Escalate { above } => return Ok(self.escalate(tx, it, above)),
            Act::Expire => {
                it.expired_at = Some(next.at);
                if let Ok(status) = it.status.after(Move::Expire) {
                    it.status = status;
                }
                if it.attempts_queued > 0 {
                    self.store.cancel_waiting(tx, self.company, it.id, CalledOff::Expired, self.now).await?;
                }
                self.tell(tx, it, EventType::CallbackExpired, &[]);
            }
        }
        Ok(0)
    }

    fn escalate(&mut self, tx: &mut Tx, it: &mut Row, above: u32) -> u32 {
        let Some(pool) = &mut self.pool else { return above };
        let handed = hand_up(&pool.above(&it.wanted()), above, it.assigned_to);
        let from = it.assigned_to;
        let moves_to = handed.to.filter(|to| Some(*to) != from);
        if let Some(to) = moves_to {
            pool.give(to);
        }
        it.escalations_count += 1;
        let more = [
            ("reason", json!(EscalationReason::SlaBreach)),
            ("kind", json!(EscalationKind::Auto)),
            ("from", json!(from)),
            ("to", json!(handed.to)),
            ("escalations_count", json!(it.escalations_count)),
        ];
        self.tell(tx, it, EventType::CallbackEscalated, &more);
        let id = self.store.new_id(self.now);
        self.escalations.push(Escalation { id, callback: it.id, from, to: handed.to });
        if let Some(to) = moves_to {
            self.give(tx, it, to, "overdue, handed up".to_owned());
        }
        handed.rung
    }

    /// Somebody who is there, for what nobody has and for what lies with somebody who is away.
    fn find_owner(&mut self, tx: &mut Tx, it: &mut Row) {
        if !it.is_open() {
            return;
        }
        match it.assigned_to {
            None if it.wants_somebody(&self.settings, self.now) => self.assign(tx, it),
            Some(owner) if self.settings.auto_assign && self.leaves_it(it, owner) => self.move_on(tx, it, owner),
            _ => {}
        }
    }

    fn assign(&mut self, tx: &mut Tx, it: &mut Row) {
        let Some(pool) = &mut self.pool else { return };
        match pool.choose(&it.wanted(), Strategy::Relationship, None) {
            Ok(choice) => self.give(tx, it, choice.staff, choice.because.to_string()),
            Err(nobody) => it.assignment_reason = Some(nobody.tell(&pool.zone(it.wanted().branch_id))),
        }
    }

    /// Off for the day is away only for what is due before he is back.
    fn leaves_it(&self, it: &Row, owner: StaffId) -> bool {
        match self.pool.as_ref().and_then(|pool| pool.away(owner)) {
            None => false,
            Some((Away::OutsideHours, back)) => back.is_none_or(|back| it.due_at <= back),
            Some((Away::Inactive | Away::NotPresent | Away::Absent { .. }, _)) => true,
        }
    }

    /// What was handed up stays above; nobody there: it stays where it is.
    fn move_on(&mut self, tx: &mut Tx, it: &mut Row, owner: StaffId) {
        let Some(pool) = &mut self.pool else { return };
        let wanted = it.wanted();
        let to = if it.rung > 0 && it.overdue_at.is_some_and(|at| at >= it.due_at) {
            let mut above = pool.above(&wanted);
            above.retain(|it| it.available && it.staff != owner);
            let to = hand_up(&above, 0, None).to;
            to.inspect(|to| pool.give(*to))
        } else {
            pool.choose(&wanted, Strategy::Relationship, Some(owner)).ok().map(|choice| choice.staff)
        };
        if let Some(to) = to {
            self.give(tx, it, to, "the owner is away".to_owned());
        }
    }

    fn give(&self, tx: &mut Tx, it: &mut Row, to: StaffId, because: String) {
        let from = it.assigned_to.replace(to);
        let waited = it.assigned_at.is_none().then(|| self.now.duration_since(it.created_at).as_secs());
        it.assigned_at = Some(self.now);
        it.updated_at = self.now;
        if it.status == Status::Pending {
            it.status = Status::Assigned;
        }
        let told = Assigned { id: it.id, status: it.status, priority: it.priority, to, from, because: &because, waited };
        self.store.event(tx, self.now, self.company, EventType::CallbackAssigned, about(it), told.json());
        it.assignment_reason = Some(because);
    }

    fn tell(&self, tx: &mut Tx, it: &Row, kind: EventType, more: &[(&str, Json)]) {
        let mut callback = json!({
            "id": it.id, "status": it.status, "priority": it.priority, "assigned_to": it.assigned_to, "due_at": it.due_at,
        });
        for (name, value) in more {
            callback[*name] = value.clone();
        }
        self.store.event(tx, self.now, self.company, kind, about(it), json!({"callback": callback}));
    }
}

fn about(it: &Row) -> About<'static> {
    About { actor: "system", callback: Some(it.id), phone: None }
}
