//! A request joins the person's open callback (decision 1).

use jiff::Timestamp;
use ringback_domain::{
    callback::{self, Due, Judged, Priority, Start, Status},
    event::EventType,
    ids::{BranchId, CallbackId, ServiceId, StaffId},
};
use serde_json::{Value as Json, json};

use super::{
    Request,
    facts::{Facts, OpenCallback},
    moves::put_off_attempts,
    place::clock,
    request::due_json,
};
use crate::{
    callbacks::words,
    db::{Result, Tx, from_record, params},
    store::{About, Store},
};

/// The callback that is joined, as its counting read it.
struct Joined {
    customer_name: String,
    priority: Priority,
    priority_reason: String,
    due_at: Timestamp,
    due_because: String,
    warns_at: Timestamp,
    clock_from: Timestamp,
    assigned_to: Option<StaffId>,
    branch_id: Option<BranchId>,
    service_id: Option<ServiceId>,
    notes: Option<String>,
    metadata: Json,
    merged_count: u32,
}
from_record!(Joined {
    customer_name,
    priority,
    priority_reason,
    due_at,
    due_because,
    warns_at,
    clock_from,
    assigned_to,
    branch_id,
    service_id,
    notes,
    metadata: json,
    merged_count,
});

/// What came of it.
pub(super) struct Merged {
    pub(super) warns_at: Timestamp,
    pub(super) has_owner: bool,
}

/// What a merge makes of the times.
struct Times {
    due: Due,
    clock_from: Timestamp,
}

impl Store {
    /// The higher priority wins, notes join, the wished time is taken over; a contacted one opens again with a new due time.
    /// `None`: somebody moved it at this moment, perhaps closed it, and what is closed takes no new promise.
    pub(super) async fn merge(
        &self,
        tx: &mut Tx,
        request: &Request<'_>,
        facts: &Facts,
        open: &OpenCallback,
        asked: &Judged,
        now: Timestamp,
    ) -> Result<Option<Merged>> {
        const COUNT: &str = "update callbacks set merged_count = merged_count + 1, updated_at = $2,
                asked_at = case when asked_at < $4 then $4 else asked_at end
            where id = $1 and status = $3 and deleted_at is null
            returning customer_name, priority, priority_reason, due_at, due_because, warns_at, clock_from, assigned_to, branch_id,
                service_id, notes, metadata, merged_count";
        let Some(joined) = tx.optional::<Joined>(COUNT, params![open.id, now, open.status.as_str(), request.asked_at]).await? else {
            return Ok(None);
        };
        let before = Judged { priority: joined.priority, reason: joined.priority_reason.clone() };
        let judged = callback::merged_priority(&before, asked, joined.merged_count + 1);
        let reopens = open.status == Status::Contacted;
        let times = joined.times(request, facts, &judged, reopens, now)?;
        let warns_at = times.as_ref().map_or(joined.warns_at, |it| callback::warns_at(it.due.at, request.settings));
        join(tx, request, facts, open.id, &joined, &judged, now);
        if let Some(times) = times {
            // The join above has written the same row.
            tx.flush().await?;
            set_times(tx, open.id, &times, warns_at, reopens, joined.assigned_to.is_some(), now);
            // No hold lasts beyond the moment at which the due time is warned of, and that has moved.
            const HOLD: &str =
                "update attempts set hold_until = $2 where callback_id = $1 and status = 'pending' and campaign_id is not null";
            tx.later(HOLD, params![open.id, warns_at]);
        }
        if let Some(from) = request.new.wished_from().filter(|from| *from > now) {
            tx.flush().await?;
            put_off_attempts(tx, open.id, from, warns_at, now).await?;
        }
        self.tell_merged(tx, request, open.id, &joined, &judged, reopens, now);
        Ok(Some(Merged { warns_at, has_owner: joined.assigned_to.is_some() }))
    }

    #[expect(clippy::too_many_arguments, reason = "what one event tells")]
    fn tell_merged(
        &self,
        tx: &mut Tx,
        request: &Request<'_>,
        id: CallbackId,
        joined: &Joined,
        judged: &Judged,
        reopens: bool,
        now: Timestamp,
    ) {
        let about = About { actor: request.actor, callback: Some(id), phone: request.new.phone_id };
        if reopens {
            let status = opened(joined.assigned_to.is_some());
            let data = json!({"callback": {"id": id, "status": status}});
            self.event(tx, now, request.company, EventType::CallbackReopened, about, data);
        }
        let new = request.new;
        let mut callback = json!({
            "id": id, "call_id": new.call_id, "source": new.source, "priority": judged.priority, "merged_count": joined.merged_count,
        });
        // Another branch or service than the one it has is not taken over, but told.
        if new.branch_id.is_some() && joined.branch_id.is_some() && new.branch_id != joined.branch_id {
            callback["other_branch_id"] = json!(new.branch_id);
        }
        if new.service_id.is_some() && joined.service_id.is_some() && new.service_id != joined.service_id {
            callback["other_service_id"] = json!(new.service_id);
        }
        if let Some(notes) = &new.notes {
            callback["notes"] = json!(notes);
        }
        self.event(tx, now, request.company, EventType::CallbackMerged, about, json!({"callback": callback}));
    }
}

impl Joined {
    /// The new due time, when there is one.
    fn times(&self, request: &Request<'_>, facts: &Facts, judged: &Judged, reopens: bool, now: Timestamp) -> Result<Option<Times>> {
        let new = request.new;
        if new.wish.is_some() || new.not_before.is_some_and(|at| at > now) || reopens {
            let start = match request.start(now) {
                start if start.at > now => start,
                _ if reopens => Start::reopened(now),
                start => start,
            };
            let due = facts.due(request, judged.priority, start)?;
            return Ok(Some(Times { due, clock_from: start.at }));
        }
        if judged.priority == self.priority {
            return Ok(None);
        }
        let due = serde_json::from_str::<Due>(&self.due_because).ok();
        let calendar = facts.place.calendar()?;
        let clock = clock(request.settings.sla_clock, calendar.as_ref());
        let due = match due {
            Some(due) => callback::due_again(&due.why, judged.priority, clock, request.settings),
            None => Some(callback::due(judged.priority, Start::created(self.clock_from), clock, request.settings)),
        };
        Ok(due.filter(|due| due.at < self.due_at).map(|due| Times { due, clock_from: self.clock_from }))
    }
}

fn opened(has_owner: bool) -> Status {
    if has_owner { Status::Assigned } else { Status::Pending }
}

fn join(tx: &mut Tx, request: &Request<'_>, facts: &Facts, id: CallbackId, joined: &Joined, judged: &Judged, now: Timestamp) {
    let new = request.new;
    let adds = new.customer_name.is_some()
        || new.customer_id.is_some()
        || new.service_id.is_some()
        || new.staff_id.is_some()
        || new.topic.is_some()
        || new.language.is_some()
        || new.notes.is_some()
        || new.preferred_time_window.is_some()
        || new.not_before.is_some()
        || new.return_by == callback::ReturnBy::Agent
        || new.metadata != json!({})
        || (joined.branch_id.is_none() && facts.person.branch_id.is_some());
    if !adds && judged.priority == joined.priority {
        return;
    }
    // A number stands where nobody knew a name.
    let nameless = joined.customer_name == new.number.readable(request.country);
    let named = new.customer_name.as_ref().filter(|_| nameless);
    if let Some(name) = named {
        words::insert(tx, request.company, id, name, &new.number);
    }
    let name = named.unwrap_or(&joined.customer_name);
    const SQL: &str =
        "update callbacks set customer_name = $2, customer_id = coalesce(customer_id, $3), branch_id = coalesce(branch_id, $4),
            service_id = coalesce(service_id, $5), staff_id = coalesce($6, staff_id), topic = coalesce(topic, $7),
            language = coalesce(language, $8), notes = $9, metadata = $10, preferred_time_window = coalesce($11, preferred_time_window),
            not_before = coalesce($12, not_before), return_by = case when $13 then 'agent' else return_by end, priority = $14,
            priority_reason = $15, updated_at = $16
        where id = $1";
    let params = params![
        id,
        name,
        facts.person.customer_id,
        facts.person.branch_id,
        new.service_id,
        new.staff_id,
        new.topic.clone(),
        new.language.clone(),
        joined_notes(joined.notes.as_deref(), new.notes.as_deref()),
        joined_metadata(&joined.metadata, &new.metadata).to_string(),
        new.preferred_time_window.as_ref().map(ToString::to_string),
        new.wished_from(),
        new.return_by == callback::ReturnBy::Agent,
        judged.priority.as_str(),
        &judged.reason,
        now,
    ];
    tx.later(SQL, params);
}

/// What was woken stays awake ([`CallbackRow::set_due`](super::CallbackRow::set_due)): an attempt may have been called off
/// since the facts were read, and that happens without the person's lock.
fn set_times(tx: &mut Tx, id: CallbackId, times: &Times, warns_at: Timestamp, reopens: bool, has_owner: bool, now: Timestamp) {
    const SQL: &str = "update callbacks set due_at = $2, due_because = $3, clock_from = $4, warns_at = $5,
            acts_at = case when acts_at < $6 and acts_at < due_at and acts_at <> warns_at then acts_at else $6 end
        where id = $1";
    const REOPEN: &str = "update callbacks set due_at = $2, due_because = $3, clock_from = $4, warns_at = $5,
            acts_at = case when acts_at < $6 and acts_at < due_at and acts_at <> warns_at then acts_at else $6 end,
            status = $7, contacted_at = null, escalated_at = null, rung = 0, staff_attempts = 0
        where id = $1";
    // What was spoken about and then lost its owner waits for nothing of the machine's.
    let acts_at = if reopens && !has_owner { now } else { callback::acts_at(warns_at, now) };
    let mut params = params![id, times.due.at, due_json(&times.due), times.clock_from, warns_at, acts_at];
    if reopens {
        params.push(opened(has_owner).as_str().into());
    }
    tx.later(if reopens { REOPEN } else { SQL }, params);
}

fn joined_notes(before: Option<&str>, more: Option<&str>) -> Option<String> {
    match (before, more) {
        (Some(before), Some(more)) if before.lines().any(|line| line == more) => Some(before.to_owned()),
        (Some(before), Some(more)) => Some(format!("{before}\n{more}")),
        (before, more) => before.or(more).map(str::to_owned),
    }
}

/// What was known stays; what is new comes to it.
fn joined_metadata(before: &Json, more: &Json) -> Json {
    let mut joined = before.clone();
    if let (Some(fields), Some(more)) = (joined.as_object_mut(), more.as_object()) {
        for (name, value) in more {
            fields.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    joined
}
