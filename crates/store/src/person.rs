//! One person of a company: his lock, and what being reached closes.

mod miss;

use jiff::Timestamp;
use ringback_domain::{
    attempt::CalledOff,
    callback,
    event::EventType,
    ids::{AttemptId, CallbackId, CompanyId, PhoneId},
    phone_number::PhoneNumber,
};
use serde_json::json;

pub(crate) use miss::Miss;

use std::collections::BTreeSet;

use crate::{
    claim::NEVER,
    db::{Result, Tx, Value, from_record, params, places},
    due,
    faults::fault,
    store::{About, Store},
};

/// An unkept callback that is about to be kept.
struct KeptCallback {
    id: CallbackId,
    status: callback::Status,
    asked_at: Timestamp,
    /// An attempt of it waits in a queue.
    attempt_waits: bool,
}
from_record!(KeptCallback { id, status, asked_at, attempt_waits });

impl Store {
    /// A person was spoken with: what was owed to him when the talk began, late or not, is a kept promise now, visibly, and
    /// nothing of it rings any more. What was asked for since, by somebody else with that number or in the talk itself, is still
    /// owed. Under the person's lock.
    pub(crate) async fn reached(&self, tx: &mut Tx, whom: Reached<'_>, now: Timestamp) -> Result<()> {
        const UNKEPT: &str = "select b.id, b.status, b.asked_at,
                exists (select 1 from attempts a where a.callback_id = b.id and a.status = 'pending') as attempt_waits
            from callbacks b
            where b.company_id = $1 and b.number = $2 and b.status in ('pending', 'assigned', 'contacted') and b.deleted_at is null
            union all select b.id, b.status, b.asked_at, 1 = 0
            from callbacks b where b.company_id = $1 and b.number = $2 and b.status = 'expired' and b.deleted_at is null
            order by id";
        for open in tx.all::<KeptCallback>(UNKEPT, params![whom.company, whom.number]).await? {
            if open.status.once_reached().is_none() {
                continue;
            }
            if open.asked_at > whom.since {
                if open.attempt_waits {
                    self.cancel_outlived(tx, whom, open.id, now).await?;
                }
                due::goes_to_people(tx, open.id, now);
                continue;
            }
            let contacted = open.status != callback::Status::Contacted;
            const SQL: &str = "update callbacks set status = 'completed', contacted_at = coalesce(contacted_at, $2), completed_at = $2,
                    closed_because = $3, acts_at = null, claimed_until = null, claimed_by = null, claimed_actor = null,
                    updated_at = $2
                where id = $1";
            tx.later(SQL, params![open.id, now, whom.because.as_str()]);
            if open.attempt_waits {
                self.cancel_waiting(tx, whom.company, open.id, whom.because, now).await?;
            }
            let about = About { actor: whom.actor, callback: Some(open.id), phone: whom.phone };
            let mut tell = |kind, status: &str| {
                let data = json!({"callback": {"id": open.id, "status": status, "because": whom.because}});
                self.event(tx, now, whom.company, kind, about, data);
            };
            if contacted {
                tell(EventType::CallbackContacted, "contacted");
            }
            tell(EventType::CallbackCompleted, "completed");
        }
        Ok(())
    }

    /// Cancels what waits; what runs or is unknown keeps its channel until the carrier has spoken.
    pub(crate) async fn cancel_waiting(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        callback: CallbackId,
        because: CalledOff,
        now: Timestamp,
    ) -> Result<()> {
        if fault(17) {
            return Ok(());
        }
        const SQL: &str = "update attempts set status = 'cancelled', look_at = null, waiting_because = null, updated_at = $2
            where callback_id = $1 and status = 'pending' returning id, phone_id, number";
        let cancelled = tx.all(SQL, params![callback, now]).await?;
        self.tell_cancelled(tx, company, callback, because, cancelled, now).await
    }

    /// What was to ring him from before the talk, and would as soon as he has hung up; what he wished for a later time stays, and
    /// so does what another miss has counted on.
    async fn cancel_outlived(&self, tx: &mut Tx, whom: Reached<'_>, callback: CallbackId, now: Timestamp) -> Result<()> {
        const SQL: &str = "update attempts set status = 'cancelled', look_at = null, waiting_because = null, updated_at = $2
            where callback_id = $1 and status = 'pending' and created_at <= $3 and not_before <= $2 and not exists
                (select 1 from requests r where r.callback_id = $1 and r.source = 'missed_call' and r.created_at > $3)
            returning id, phone_id, number";
        let cancelled = tx.all(SQL, params![callback, now, whom.since]).await?;
        self.tell_cancelled(tx, whom.company, callback, whom.because, cancelled, now).await
    }

    /// And wakes what else was promised to that person: it may have counted on the attempt.
    async fn tell_cancelled(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        callback: CallbackId,
        because: CalledOff,
        cancelled: Vec<(AttemptId, PhoneId, PhoneNumber)>,
        now: Timestamp,
    ) -> Result<()> {
        if let Some((.., number)) = cancelled.first() {
            due::others_go_to_people(tx, company, number, callback, now).await?;
        }
        for (attempt, phone, _) in cancelled {
            let about = About { actor: "system", callback: Some(callback), phone: Some(phone) };
            let data =
                json!({"attempt": {"id": attempt, "callback_id": callback, "phone_id": phone, "status": "cancelled", "because": because}});
            self.event(tx, now, company, EventType::AttemptCancelled, about, data);
        }
        Ok(())
    }
}

/// Somebody was spoken with.
#[derive(Clone, Copy)]
pub(crate) struct Reached<'a> {
    pub(crate) company: CompanyId,
    /// On which phone; `None`: not by telephone.
    pub(crate) phone: Option<PhoneId>,
    pub(crate) number: &'a PhoneNumber,
    /// When the talk began, or earlier.
    pub(crate) since: Timestamp,
    pub(crate) because: CalledOff,
    pub(crate) actor: &'a str,
}

/// Notes that he asked just now, and takes the person's lock, with the transaction's next journey.
pub(crate) fn asks(tx: &mut Tx, company: CompanyId, number: &PhoneNumber, now: Timestamp) {
    const SQL: &str = "insert into people (company_id, number, last_asked_at) values ($1, $2, $3)
        on conflict (company_id, number) do update set last_asked_at = excluded.last_asked_at";
    tx.later(SQL, params![company, number, now]);
}

/// Takes the person's lock, also of somebody who has never asked: his requests merge, his callbacks move and his attempts
/// are put off or looked at again one at a time.
pub(crate) async fn lock(tx: &mut Tx, company: CompanyId, number: &PhoneNumber) -> Result<()> {
    tx.execute(LOCK, params![company, number]).await?;
    Ok(())
}

/// The same with the transaction's next journey.
pub(crate) fn lock_next(tx: &mut Tx, company: CompanyId, number: &PhoneNumber) {
    tx.later(LOCK, params![company, number]);
}

const LOCK: &str = "insert into people (company_id, number, last_asked_at) values ($1, $2, 0)
    on conflict (company_id, number) do update set last_asked_at = people.last_asked_at";

/// The same for many: in one order, so that nobody waits for anybody who waits for him.
pub(crate) async fn lock_all(tx: &mut Tx, company: CompanyId, numbers: &BTreeSet<&PhoneNumber>) -> Result<()> {
    const AT_ONCE: usize = 500;
    let numbers: Vec<&PhoneNumber> = numbers.iter().copied().collect();
    for some in numbers.chunks(AT_ONCE) {
        let rows: Vec<[Value; 3]> = some.iter().map(|number| [company.into(), (*number).into(), 0_i64.into()]).collect();
        let (list, params) = places(rows, 0);
        let sql = format!(
            "insert into people (company_id, number, last_asked_at) values {list}
            on conflict (company_id, number) do update set last_asked_at = people.last_asked_at"
        );
        tx.execute_built(sql, params).await?;
    }
    Ok(())
}

/// The same for the person of this callback; `false`: the company has no such callback.
pub(crate) async fn lock_of_callback(tx: &mut Tx, company: CompanyId, callback: CallbackId) -> Result<bool> {
    const SQL: &str = "insert into people (company_id, number, last_asked_at)
        select company_id, number, 0 from callbacks where company_id = $1 and id = $2
        on conflict (company_id, number) do update set last_asked_at = people.last_asked_at";
    Ok(tx.execute(SQL, params![company, callback]).await? == 1)
}

/// The same for the person of this attempt.
pub(crate) async fn lock_of_attempt(tx: &mut Tx, company: CompanyId, attempt: AttemptId) -> Result<bool> {
    const SQL: &str = "insert into people (company_id, number, last_asked_at)
        select company_id, number, 0 from attempts where company_id = $1 and id = $2
        on conflict (company_id, number) do update set last_asked_at = people.last_asked_at";
    Ok(tx.execute(SQL, params![company, attempt]).await? == 1)
}

/// Whatever put off this person's waiting attempts may be gone: look again at once. Under the person's lock.
pub(crate) async fn look_again(tx: &mut Tx, company: CompanyId, number: &PhoneNumber) -> Result<()> {
    const SQL: &str = "update attempts set look_at = null, waiting_because = null
        where company_id = $1 and number = $2 and status = 'pending' and status in ('pending', 'processing', 'unknown')
          and look_at is not null and look_at < $3 and waiting_because is not null";
    tx.execute(SQL, params![company, number, NEVER]).await?;
    Ok(())
}

/// Why he must not be rung may be gone: what was refused for good is looked at again, too, and refused again by whatever still
/// holds. Nothing is looked at before its own time. Under the person's lock.
pub(crate) async fn look_again_at_all(tx: &mut Tx, company: CompanyId, number: &PhoneNumber, now: Timestamp) -> Result<()> {
    const SQL: &str = "update attempts set look_at = case when not_before > $3 then not_before end, waiting_because = null
        where company_id = $1 and number = $2 and status = 'pending' and status in ('pending', 'processing', 'unknown')
          and look_at is not null and waiting_because is not null";
    tx.execute(SQL, params![company, number, now]).await?;
    Ok(())
}
