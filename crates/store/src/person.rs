//! One person of a company: what a missed call makes for him, and what being reached closes.

use jiff::Timestamp;
use ringback_domain::{
    attempt,
    call::MissedReason,
    callback::{self, Move, Priority},
    campaign::InboundMisses,
    event::EventType,
    ids::{AttemptId, CallId, CallbackId, CampaignId, CompanyId, CustomerId, PhoneId},
    phone_number::PhoneNumber,
    settings::{Dedupe, Settings},
    time::plus_seconds,
};
use serde_json::json;

use crate::{
    claim::NEVER,
    db::{Result, Tx, from_record, params},
    faults::{self, fault},
    store::{About, Store},
};

/// An inbound call that nobody took.
pub(crate) struct Miss<'a> {
    pub(crate) company: CompanyId,
    pub(crate) phone: PhoneId,
    pub(crate) agent: Option<ringback_domain::ids::AgentId>,
    pub(crate) call: CallId,
    pub(crate) number: Option<&'a PhoneNumber>,
    pub(crate) country: &'a str,
    pub(crate) reason: MissedReason,
    pub(crate) settings: &'a Settings,
}

/// What a promise to this person begins with, read under his lock.
struct PersonFacts {
    customer_id: Option<CustomerId>,
    customer_name: Option<String>,
    vip: Option<bool>,
    /// The open callback that a new request joins.
    callback_id: Option<CallbackId>,
    status: Option<callback::Status>,
    /// An attempt waits or runs, on whatever phone.
    attempt_open: bool,
    /// Attempts of his were put off and may be eligible now.
    put_off: bool,
    campaign_id: Option<CampaignId>,
    inbound_misses: Option<InboundMisses>,
}
from_record!(PersonFacts { customer_id, customer_name, vip, callback_id, status, attempt_open, put_off, campaign_id, inbound_misses });

impl PersonFacts {
    /// The person's row must exist: it is what is locked.
    async fn read(tx: &mut Tx, miss: &Miss<'_>, number: &PhoneNumber, now: Timestamp) -> Result<Self> {
        const SQL: &str = "select u.id as customer_id, u.name as customer_name, u.vip, b.id as callback_id, b.status,
                exists (select 1 from attempts a where a.company_id = w.company_id and a.number = w.number
                    and a.status in ('pending', 'processing', 'unknown')) as attempt_open,
                exists (select 1 from attempts a where a.company_id = w.company_id and a.number = w.number and a.status = 'pending'
                    and a.look_at is not null and a.look_at < $5 and a.waiting_because is not null) as put_off,
                g.id as campaign_id, g.inbound_misses
            from people w
            left join customer_numbers n on n.company_id = w.company_id and n.number = w.number
            left join customers u on u.id = n.customer_id
            left join callbacks b on b.id = (select o.id from callbacks o where o.company_id = w.company_id and o.number = w.number
                and o.status in ('pending', 'assigned', 'contacted') and o.deleted_at is null and o.created_at >= $3
                order by o.id desc limit 1)
            left join campaigns g on g.phone_id = $4 and g.state = 'active'
            where w.company_id = $1 and w.number = $2";
        let since = match miss.settings.dedupe {
            Dedupe::Open => 0,
            Dedupe::ThirtyMinutes => plus_seconds(now, -30 * 60).as_millisecond(),
        };
        tx.one(SQL, params![miss.company, number, since, miss.phone, NEVER]).await
    }

    fn open_callback(&self) -> Option<OpenCallback> {
        Some(OpenCallback { id: self.callback_id?, status: self.status? })
    }

    /// The active campaign that holds his attempt until it ends.
    fn held_by(&self) -> Option<CampaignId> {
        self.campaign_id.filter(|_| self.inbound_misses == Some(InboundMisses::AfterCampaign))
    }
}

struct OpenCallback {
    id: CallbackId,
    status: callback::Status,
}

/// An open callback that is about to be kept.
struct KeptCallback {
    id: CallbackId,
    status: callback::Status,
    /// An attempt of it waits in a queue.
    attempt_waits: bool,
}
from_record!(KeptCallback { id, status, attempt_waits });

/// A miss whose callback is on disk. The attempt and the event name the call, and follow when that is written, too.
pub(crate) struct Promised<'a> {
    number: &'a PhoneNumber,
    pub(crate) callback: CallbackId,
    /// When its due time is warned of.
    warns_at: Timestamp,
    facts: PersonFacts,
}

impl Store {
    /// Writes the callback of a miss, new or merged. A withheld number leaves nobody to call back.
    pub(crate) async fn promise<'a>(&self, tx: &mut Tx, miss: &Miss<'a>, now: Timestamp) -> Result<Option<Promised<'a>>> {
        let Some(number) = miss.number else { return Ok(None) };
        touch(tx, miss.company, number, now).await?;
        loop {
            let facts = PersonFacts::read(tx, miss, number, now).await?;
            let (priority, why) = callback::missed_call_priority(facts.vip.unwrap_or(false));
            let (callback, warns_at) = match facts.open_callback() {
                None => self.create_callback(tx, miss, number, &facts, now),
                Some(open) => match self.merge(tx, miss, &open, priority, why, now).await? {
                    Some(warns_at) => (open.id, warns_at),
                    // Somebody moved it at this moment: look again.
                    None => continue,
                },
            };
            if facts.put_off {
                look_again(tx, miss.company, number).await?;
            }
            return Ok(Some(Promised { number, callback, warns_at, facts }));
        }
    }

    /// Follows a miss up once its call is written: one automatic attempt where none waits or runs for the person, and the
    /// event.
    pub(crate) fn follow_up(&self, tx: &mut Tx, miss: &Miss<'_>, promised: Option<Promised<'_>>, now: Timestamp) {
        if let Some(promised) = &promised
            && miss.settings.automatic_attempts > 0
            && !promised.facts.attempt_open
        {
            self.first_attempt(tx, miss, promised, now);
        }
        let callback = promised.map(|it| it.callback);
        let about = About { actor: "carrier", callback, phone: Some(miss.phone) };
        let data = json!({"call": {"id": miss.call, "phone_id": miss.phone, "number": miss.number, "missed_reason": miss.reason, "callback_id": callback}});
        self.event(tx, now, miss.company, EventType::CallMissed, about, data);
    }

    fn create_callback(
        &self,
        tx: &mut Tx,
        miss: &Miss<'_>,
        number: &PhoneNumber,
        facts: &PersonFacts,
        now: Timestamp,
    ) -> (CallbackId, Timestamp) {
        let id = CallbackId(self.new_id(now));
        let (priority, why) = callback::missed_call_priority(facts.vip.unwrap_or(false));
        let due_at = callback::due_at(priority, now, miss.settings);
        let warns_at = callback::warns_at(due_at, miss.settings);
        const SQL: &str = "insert into callbacks (id, company_id, number, customer_name, customer_id, status, priority, priority_reason,
                source, phone_id, metadata, due_at, warns_at, merged_count, created_at, updated_at)
            values ($1, $2, $3, $4, $5, 'pending', $6, $7, 'missed_call', $8, '{}', $9, $10, 0, $11, $11)";
        let params = params![
            id,
            miss.company,
            number,
            facts.customer_name.clone().unwrap_or_else(|| number.readable(miss.country)),
            facts.customer_id,
            priority.as_str(),
            why,
            miss.phone,
            due_at,
            warns_at,
            now,
        ];
        tx.later(SQL, params);
        let about = About { actor: "carrier", callback: Some(id), phone: Some(miss.phone) };
        let data = json!({"callback": {"id": id, "phone_number": number, "status": "pending", "priority": priority, "source": "missed_call", "due_at": due_at}});
        self.event(tx, now, miss.company, EventType::CallbackCreated, about, data);
        (id, warns_at)
    }

    /// Decision 1: the higher priority wins; a contacted one opens again with a new due time. When it is warned of now;
    /// `None`: somebody moved it at this moment, perhaps closed it, and what is closed takes no new promise.
    async fn merge(
        &self,
        tx: &mut Tx,
        miss: &Miss<'_>,
        open: &OpenCallback,
        priority: Priority,
        why: &str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>> {
        const COUNT: &str = "update callbacks set merged_count = merged_count + 1, updated_at = $2
            where id = $1 and status = $3 and deleted_at is null returning priority, due_at, warns_at";
        let counted = tx.optional::<(Priority, Timestamp, Timestamp)>(COUNT, params![open.id, now, open.status.as_str()]).await?;
        let Some((before, mut due_at, mut warns_at)) = counted else { return Ok(None) };
        let about = About { actor: "carrier", callback: Some(open.id), phone: Some(miss.phone) };
        let reopens = open.status == callback::Status::Contacted;
        if reopens || priority < before {
            let due_again = callback::due_at(priority.min(before), now, miss.settings);
            due_at = if reopens { due_again } else { due_at.min(due_again) };
            warns_at =
                if reopens { callback::warns_at(due_at, miss.settings) } else { warns_at.min(callback::warns_at(due_at, miss.settings)) };
            const RAISE: &str = "update callbacks set due_at = $2, warns_at = $3, priority = $4,
                    priority_reason = case when $5 then $6 else priority_reason end
                where id = $1";
            const REOPEN: &str = "update callbacks set due_at = $2, warns_at = $3, priority = $4,
                    priority_reason = case when $5 then $6 else priority_reason end, status = 'pending', contacted_at = null
                where id = $1";
            let params = params![open.id, due_at, warns_at, priority.min(before).as_str(), priority < before, why];
            tx.later(if reopens { REOPEN } else { RAISE }, params);
            if reopens {
                let data = json!({"callback": {"id": open.id, "status": "pending"}});
                self.event(tx, now, miss.company, EventType::CallbackReopened, about, data);
            }
            // No hold lasts beyond the moment at which the due time is warned of, and that has moved.
            const HOLD: &str =
                "update attempts set hold_until = $2 where callback_id = $1 and status = 'pending' and campaign_id is not null";
            tx.later(HOLD, params![open.id, warns_at]);
        }
        let data = json!({"callback": {"id": open.id, "call_id": miss.call, "source": "missed_call"}});
        self.event(tx, now, miss.company, EventType::CallbackMerged, about, data);
        Ok(Some(warns_at))
    }

    fn first_attempt(&self, tx: &mut Tx, miss: &Miss<'_>, promised: &Promised<'_>, now: Timestamp) {
        let (callback, held_by) = (promised.callback, promised.facts.held_by());
        let new = NewAttempt {
            company: miss.company,
            callback,
            phone: miss.phone,
            agent: miss.agent,
            number: promised.number,
            priority: if held_by.is_some() { attempt::Priority::Low } else { attempt::Priority::High },
            campaign: held_by,
            hold_until: promised.warns_at,
            not_before: now,
            missed_at: now,
            reason: miss.reason,
            missed_call: Some(miss.call),
            max_dials: miss.settings.automatic_attempts,
        };
        let id = self.enqueue(tx, &new, now);
        if held_by.is_some() {
            let about = About { actor: "system", callback: Some(callback), phone: Some(miss.phone) };
            let data = json!({"attempt": {"id": id, "callback_id": callback, "phone_id": miss.phone, "status": "on_hold", "campaign_id": held_by}});
            self.event(tx, now, miss.company, EventType::AttemptOnHold, about, data);
        }
    }

    /// The one way into a phone's queue, for a first attempt and for a retry alike.
    pub(crate) fn enqueue(&self, tx: &mut Tx, new: &NewAttempt<'_>, now: Timestamp) -> AttemptId {
        let id = AttemptId(self.new_id(now));
        const SQL: &str = "insert into attempts (id, company_id, callback_id, phone_id, agent_id, number, priority, status, not_before,
                look_at, campaign_id, hold_until, missed_at, missed_reason, missed_call_id, fence, dials, max_dials, created_at, updated_at)
            values ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $10, $16, $11, $12, $13, 0, 0, $14, $15, $15)";
        let look_at = (new.not_before > now).then_some(new.not_before.as_millisecond());
        // A retry concerns an earlier miss.
        let look_at = if fault(14) && new.missed_at < now { Some(NEVER) } else { look_at };
        let params = params![
            id,
            new.company,
            new.callback,
            new.phone,
            new.agent,
            new.number,
            new.priority.rank(),
            new.not_before,
            look_at,
            new.campaign,
            new.missed_at,
            new.reason.as_str(),
            new.missed_call,
            new.max_dials,
            now,
            new.hold_until,
        ];
        tx.later(SQL, params);
        if fault(13) {
            faults::remember(self.node.run, id);
        }
        id
    }

    /// A person was spoken with: his open callbacks are kept promises now, visibly, and nothing of them rings any more.
    pub(crate) async fn reached(&self, tx: &mut Tx, whom: Reached<'_>, now: Timestamp) -> Result<()> {
        lock(tx, whom.company, whom.number).await?;
        const OPEN: &str = "select b.id, b.status,
                exists (select 1 from attempts a where a.callback_id = b.id and a.status = 'pending') as attempt_waits
            from callbacks b
            where b.company_id = $1 and b.number = $2 and b.status in ('pending', 'assigned', 'contacted') and b.deleted_at is null
            order by b.id";
        for open in tx.all::<KeptCallback>(OPEN, params![whom.company, whom.number]).await? {
            let contacted = open.status.after(Move::Contact).is_ok();
            let status = if contacted { callback::Status::Contacted } else { open.status };
            if status.after(Move::Complete).is_err() {
                continue;
            }
            const SQL: &str = "update callbacks set status = 'completed', contacted_at = coalesce(contacted_at, $2), completed_at = $2,
                    closed_because = $3, updated_at = $2
                where id = $1";
            tx.later(SQL, params![open.id, now, whom.because]);
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
        because: &str,
        now: Timestamp,
    ) -> Result<()> {
        if fault(17) {
            return Ok(());
        }
        const SQL: &str = "update attempts set status = 'cancelled', look_at = null, waiting_because = null, updated_at = $2
            where callback_id = $1 and status = 'pending' returning id, phone_id";
        for (attempt, phone) in tx.all::<(AttemptId, PhoneId)>(SQL, params![callback, now]).await? {
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
    pub(crate) because: &'a str,
    pub(crate) actor: &'a str,
}

pub(crate) struct NewAttempt<'a> {
    pub(crate) company: CompanyId,
    pub(crate) callback: CallbackId,
    pub(crate) phone: PhoneId,
    pub(crate) agent: Option<ringback_domain::ids::AgentId>,
    pub(crate) number: &'a PhoneNumber,
    pub(crate) priority: attempt::Priority,
    pub(crate) campaign: Option<CampaignId>,
    /// No campaign holds it beyond this.
    pub(crate) hold_until: Timestamp,
    pub(crate) not_before: Timestamp,
    pub(crate) missed_at: Timestamp,
    pub(crate) reason: MissedReason,
    pub(crate) missed_call: Option<CallId>,
    pub(crate) max_dials: u32,
}

/// Takes the person's lock and notes that he asked just now.
async fn touch(tx: &mut Tx, company: CompanyId, number: &PhoneNumber, now: Timestamp) -> Result<()> {
    const SQL: &str = "insert into people (company_id, number, last_asked_at) values ($1, $2, $3)
        on conflict (company_id, number) do update set last_asked_at = excluded.last_asked_at";
    tx.execute(SQL, params![company, number, now]).await?;
    Ok(())
}

/// Takes the person's lock: his requests merge, his callbacks move and his attempts are put off or looked at again one at a
/// time.
pub(crate) async fn lock(tx: &mut Tx, company: CompanyId, number: &PhoneNumber) -> Result<()> {
    const SQL: &str = "update people set last_asked_at = last_asked_at where company_id = $1 and number = $2";
    tx.execute(SQL, params![company, number]).await?;
    Ok(())
}

/// The same lock for somebody who has perhaps never asked: whoever asks for the first time waits for it, too.
pub(crate) async fn hold(tx: &mut Tx, company: CompanyId, number: &PhoneNumber) -> Result<()> {
    const SQL: &str = "insert into people (company_id, number, last_asked_at) values ($1, $2, 0)
        on conflict (company_id, number) do update set last_asked_at = people.last_asked_at";
    tx.execute(SQL, params![company, number]).await?;
    Ok(())
}

/// Whatever put off this person's waiting attempts may be gone: look again at once. Under the person's lock.
pub(crate) async fn look_again(tx: &mut Tx, company: CompanyId, number: &PhoneNumber) -> Result<()> {
    const SQL: &str = "update attempts set look_at = null, waiting_because = null
        where company_id = $1 and number = $2 and status = 'pending' and look_at is not null and look_at < $3
          and waiting_because is not null";
    tx.execute(SQL, params![company, number, NEVER]).await?;
    Ok(())
}
