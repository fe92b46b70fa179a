//! A request becomes a callback: its priority, its due time, its row, its event. One way for a missed call and for what
//! people and programs ask for.

use jiff::Timestamp;
use ringback_domain::{
    callback::{self, Due, Judged, Start},
    event::EventType,
    ids::{CallbackId, CompanyId},
    settings::Settings,
};
use serde_json::{Value as Json, json};

use super::{NewCallback, facts::Facts};
use crate::{
    callbacks::words,
    db::{Result, Tx, params},
    due, person,
    store::{About, Store},
};

pub(crate) struct Request<'a> {
    pub(crate) company: CompanyId,
    /// In which a number without a name is written.
    pub(crate) country: &'a str,
    pub(crate) settings: &'a Settings,
    pub(crate) actor: &'a str,
    pub(crate) new: &'a NewCallback,
    /// When the person asked: no talk that began before keeps it.
    pub(crate) asked_at: Timestamp,
    /// An automatic attempt is wanted.
    pub(crate) machine_tries: bool,
}

/// A request whose callback is written.
pub(crate) struct Requested {
    pub(crate) callback: CallbackId,
    pub(crate) merged: bool,
    pub(crate) has_owner: bool,
    /// An automatic attempt, his own or one that waits or runs already, comes before people.
    pub(crate) machine_tries: bool,
    /// When its due time is warned of.
    pub(crate) warns_at: Timestamp,
    pub(crate) facts: Facts,
}

impl Request<'_> {
    fn about(&self, callback: CallbackId) -> About<'_> {
        About { actor: self.actor, callback: Some(callback), phone: self.new.phone_id }
    }

    /// From when its clock runs.
    pub(super) fn start(&self, now: Timestamp) -> Start {
        let from = self.new.not_before.filter(|at| *at > now);
        from.map_or_else(|| Start::created(now), |at| Start { at, by: callback::StartedBy::NotBefore })
    }

    /// What was asked for, as it was understood: enough to make a callback of its own from.
    fn asked(&self, judged: &Judged, due: &Due) -> Json {
        let new = self.new;
        let mut asked = json!({
            "priority": judged.priority, "priority_reason": judged.reason, "due": due, "customer_name": new.customer_name,
            "customer_id": new.customer_id, "branch_id": new.branch_id, "service_id": new.service_id, "staff_id": new.staff_id,
            "phone_id": new.phone_id, "call_id": new.call_id, "preferred_time_window": new.preferred_time_window,
            "not_before": new.not_before, "return_by": new.return_by, "topic": new.topic, "language": new.language,
            "notes": new.notes, "metadata": new.metadata,
        });
        if let Some(fields) = asked.as_object_mut() {
            fields.retain(|_, value| !value.is_null() && *value != json!({}));
        }
        asked
    }
}

impl Store {
    /// Writes the callback of a request, new or merged, under the person's lock.
    pub(crate) async fn request(&self, tx: &mut Tx, request: &Request<'_>, now: Timestamp) -> Result<Requested> {
        loop {
            let facts = Facts::read(tx, request, now).await?;
            let judged = facts.judge(request);
            let due = facts.due(request, judged.priority, request.start(now))?;
            let machine_tries = facts.machine_tries(request);
            let (callback, warns_at, merged, has_owner) = match facts.open_callback() {
                None => {
                    let (id, warns_at) = self.insert_callback(tx, request, &facts, &judged, &due, machine_tries, now);
                    (id, warns_at, false, false)
                }
                Some(open) => match self.merge(tx, request, &facts, &open, &judged, now).await? {
                    Some(joined) => (open.id, joined.warns_at, true, joined.has_owner),
                    // Somebody moved it at this moment: look again.
                    None => continue,
                },
            };
            self.insert_request(tx, request, callback, &request.asked(&judged, &due), now);
            let machine_tries = machine_tries || facts.person.attempt_open;
            if merged && !has_owner && !machine_tries {
                // The merge has written the same row.
                tx.flush().await?;
                due::goes_to_people(tx, callback, now);
            }
            if facts.person.put_off {
                person::look_again(tx, request.company, &request.new.number).await?;
            }
            return Ok(Requested { callback, merged, has_owner, machine_tries, warns_at, facts });
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what one row is made from")]
    fn insert_callback(
        &self,
        tx: &mut Tx,
        request: &Request<'_>,
        facts: &Facts,
        judged: &Judged,
        due: &Due,
        machine_tries: bool,
        now: Timestamp,
    ) -> (CallbackId, Timestamp) {
        let (id, new) = (CallbackId(self.new_id(now)), request.new);
        let warns_at = callback::warns_at(due.at, request.settings);
        // Where the machine will not try, a person is looked for at once.
        let acts_at = if machine_tries { callback::acts_at(warns_at, now) } else { now };
        let name = new.customer_name.clone().or_else(|| facts.person.customer_name.clone());
        let name = name.unwrap_or_else(|| new.number.readable(request.country));
        const SQL: &str = "insert into callbacks (id, company_id, number, customer_name, customer_id, status, priority, priority_reason,
                source, phone_id, branch_id, service_id, staff_id, topic, language, call_id, preferred_time_window, not_before, return_by,
                notes, metadata, due_at, due_because, clock_from, warns_at, acts_at, merged_count, created_at, updated_at, asked_at)
            values ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
                $24, $26, 0, $25, $25, $27)";
        let params = params![
            id,
            request.company,
            &new.number,
            &name,
            facts.person.customer_id,
            judged.priority.as_str(),
            &judged.reason,
            new.source.as_str(),
            new.phone_id,
            facts.person.branch_id,
            new.service_id,
            new.staff_id,
            new.topic.clone(),
            new.language.clone(),
            new.call_id,
            new.preferred_time_window.as_ref().map(ToString::to_string),
            new.wished_from(),
            new.return_by.as_str(),
            new.notes.clone(),
            new.metadata.to_string(),
            due.at,
            due_json(due),
            request.start(now).at,
            warns_at,
            now,
            acts_at,
            request.asked_at,
        ];
        tx.later(SQL, params);
        words::insert(tx, request.company, id, &name, &new.number);
        let data = json!({"callback": {
            "id": id, "phone_number": new.number, "customer_name": name, "status": "pending", "priority": judged.priority,
            "priority_reason": judged.reason, "source": new.source, "branch_id": facts.person.branch_id, "service_id": new.service_id,
            "due_at": due.at,
        }});
        self.event(tx, now, request.company, EventType::CallbackCreated, request.about(id), data);
        (id, warns_at)
    }

    fn insert_request(&self, tx: &mut Tx, request: &Request<'_>, callback: CallbackId, asked: &Json, now: Timestamp) {
        const SQL: &str = "insert into requests (id, company_id, callback_id, source, asked, imported_as, created_at)
            values ($1, $2, $3, $4, $5, $6, $7)";
        let new = request.new;
        let params =
            params![self.new_id(now), request.company, callback, new.source.as_str(), asked.to_string(), new.imported_as.clone(), now];
        tx.later(SQL, params);
    }
}

/// As the column `due_because` has it.
pub(super) fn due_json(due: &Due) -> String {
    serde_json::to_string(due).expect("a due time is plain JSON")
}
