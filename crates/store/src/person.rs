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

struct Customer {
    id: CustomerId,
    name: String,
    vip: bool,
}
from_record!(Customer { id, name, vip });

struct OpenCallback {
    id: CallbackId,
    status: callback::Status,
    priority: Priority,
}
from_record!(OpenCallback { id, status, priority });

impl Store {
    /// Writes a miss: the callback (new or merged), the automatic attempt where none waits or runs for the person, and
    /// the events. A withheld number leaves nobody to call back: the miss is told and shown.
    pub(crate) async fn record_miss(&self, tx: &mut Tx, miss: &Miss<'_>, now: Timestamp) -> Result<Option<CallbackId>> {
        let callback = match miss.number {
            Some(number) => {
                touch(tx, miss.company, number, now).await?;
                let callback = self.merge_or_create(tx, miss, number, now).await?;
                if miss.settings.automatic_attempts > 0 {
                    self.attempt_unless_one_is_open(tx, miss, number, callback, now).await?;
                }
                Some(callback)
            }
            None => None,
        };
        const SQL: &str = "update calls set callback_id = $2 where id = $1";
        tx.execute(SQL, params![miss.call, callback]).await?;
        let about = About { actor: "carrier", callback, phone: Some(miss.phone) };
        let data = json!({"call": {"id": miss.call, "phone_id": miss.phone, "number": miss.number, "missed_reason": miss.reason, "callback_id": callback}});
        self.event(tx, now, miss.company, EventType::CallMissed, about, data);
        Ok(callback)
    }

    async fn merge_or_create(&self, tx: &mut Tx, miss: &Miss<'_>, number: &PhoneNumber, now: Timestamp) -> Result<CallbackId> {
        const CUSTOMER: &str = "select u.id, u.name, u.vip from customer_numbers n join customers u on u.id = n.customer_id
            where n.company_id = $1 and n.number = $2";
        let customer: Option<Customer> = tx.optional(CUSTOMER, params![miss.company, number]).await?;
        let (priority, why) = callback::missed_call_priority(customer.as_ref().is_some_and(|it| it.vip));
        while let Some(open) = open_callback(tx, miss, number, now).await? {
            if self.merge(tx, miss, &open, priority, why, now).await? {
                return Ok(open.id);
            }
        }
        let id = CallbackId(self.new_id(now));
        let due_at = callback::due_at(priority, now, miss.settings);
        const SQL: &str = "insert into callbacks (id, company_id, number, customer_name, customer_id, status, priority, priority_reason,
                source, phone_id, metadata, due_at, warns_at, merged_count, created_at, updated_at)
            values ($1, $2, $3, $4, $5, 'pending', $6, $7, 'missed_call', $8, '{}', $9, $10, 0, $11, $11)";
        let name = customer.as_ref().map_or_else(|| number.readable(miss.country), |it| it.name.clone());
        let params = params![
            id,
            miss.company,
            number,
            name,
            customer.map(|it| it.id),
            priority.as_str(),
            why,
            miss.phone,
            due_at,
            callback::warns_at(due_at, miss.settings),
            now,
        ];
        tx.execute(SQL, params).await?;
        let about = About { actor: "carrier", callback: Some(id), phone: Some(miss.phone) };
        let data = json!({"callback": {"id": id, "phone_number": number, "status": "pending", "priority": priority, "source": "missed_call", "due_at": due_at}});
        self.event(tx, now, miss.company, EventType::CallbackCreated, about, data);
        Ok(id)
    }

    /// Decision 1: the higher priority wins; a contacted one opens again with a new due time. `false`: somebody moved it
    /// at this moment, perhaps closed it, and what is closed takes no new promise.
    async fn merge(
        &self,
        tx: &mut Tx,
        miss: &Miss<'_>,
        open: &OpenCallback,
        priority: Priority,
        why: &str,
        now: Timestamp,
    ) -> Result<bool> {
        const COUNT: &str = "update callbacks set merged_count = merged_count + 1, updated_at = $2
            where id = $1 and status = $3 and deleted_at is null";
        if tx.execute(COUNT, params![open.id, now, open.status.as_str()]).await? == 0 {
            return Ok(false);
        }
        if priority < open.priority {
            const RAISE: &str =
                "update callbacks set priority = $2, priority_reason = $3, due_at = case when due_at < $4 then due_at else $4 end,
                    warns_at = case when warns_at < $5 then warns_at else $5 end
                where id = $1";
            let due_at = callback::due_at(priority, now, miss.settings);
            tx.execute(RAISE, params![open.id, priority.as_str(), why, due_at, callback::warns_at(due_at, miss.settings)]).await?;
        }
        if open.status == callback::Status::Contacted {
            const REOPEN: &str = "update callbacks set status = 'pending', contacted_at = null, due_at = $2, warns_at = $3 where id = $1";
            let due_at = callback::due_at(priority.min(open.priority), now, miss.settings);
            tx.execute(REOPEN, params![open.id, due_at, callback::warns_at(due_at, miss.settings)]).await?;
            let about = About { actor: "carrier", callback: Some(open.id), phone: Some(miss.phone) };
            self.event(
                tx,
                now,
                miss.company,
                EventType::CallbackReopened,
                about,
                json!({"callback": {"id": open.id, "status": "pending"}}),
            );
        }
        // No hold lasts beyond the moment at which the due time is warned of, and that may have moved.
        const HOLD: &str = "update attempts set hold_until = (select warns_at from callbacks where id = $1)
            where callback_id = $1 and status = 'pending' and campaign_id is not null";
        tx.execute(HOLD, params![open.id]).await?;
        let about = About { actor: "carrier", callback: Some(open.id), phone: Some(miss.phone) };
        let data = json!({"callback": {"id": open.id, "call_id": miss.call, "source": "missed_call"}});
        self.event(tx, now, miss.company, EventType::CallbackMerged, about, data);
        Ok(true)
    }

    /// Per person over all callbacks and phones: one attempt waits or runs, or a new one is made.
    async fn attempt_unless_one_is_open(
        &self,
        tx: &mut Tx,
        miss: &Miss<'_>,
        number: &PhoneNumber,
        callback: CallbackId,
        now: Timestamp,
    ) -> Result<()> {
        const OPEN: &str =
            "select id from attempts where company_id = $1 and number = $2 and status in ('pending', 'processing', 'unknown')
            limit 1";
        if tx.optional::<(AttemptId,)>(OPEN, params![miss.company, number]).await?.is_some() {
            return Ok(());
        }
        const CAMPAIGN: &str = "select id, inbound_misses from campaigns where phone_id = $1 and state = 'active'";
        let campaign: Option<(CampaignId, InboundMisses)> = tx.optional(CAMPAIGN, params![miss.phone]).await?;
        let held_by = campaign.filter(|(_, misses)| *misses == InboundMisses::AfterCampaign).map(|(id, _)| id);
        let priority = if held_by.is_some() { attempt::Priority::Low } else { attempt::Priority::High };
        let new = NewAttempt {
            company: miss.company,
            callback,
            phone: miss.phone,
            agent: miss.agent,
            number,
            priority,
            campaign: held_by,
            not_before: now,
            missed_at: now,
            reason: miss.reason,
            missed_call: Some(miss.call),
            max_dials: miss.settings.automatic_attempts,
        };
        let id = self.enqueue(tx, &new, now).await?;
        if held_by.is_some() {
            let about = About { actor: "system", callback: Some(callback), phone: Some(miss.phone) };
            let data = json!({"attempt": {"id": id, "callback_id": callback, "phone_id": miss.phone, "status": "on_hold", "campaign_id": held_by}});
            self.event(tx, now, miss.company, EventType::AttemptOnHold, about, data);
        }
        Ok(())
    }

    /// The one way into a phone's queue, for a first attempt and for a retry alike.
    pub(crate) async fn enqueue(&self, tx: &mut Tx, new: &NewAttempt<'_>, now: Timestamp) -> Result<AttemptId> {
        let id = AttemptId(self.new_id(now));
        const SQL: &str = "insert into attempts (id, company_id, callback_id, phone_id, agent_id, number, priority, status, not_before,
                look_at, campaign_id, hold_until, missed_at, missed_reason, missed_call_id, fence, dials, max_dials, created_at, updated_at)
            values ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $10, (select warns_at from callbacks where id = $3), $11, $12, $13, 0, 0,
                $14, $15, $15)";
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
        ];
        tx.execute(SQL, params).await?;
        if fault(13) {
            faults::remember(self.node.run, id);
        }
        Ok(id)
    }

    /// A person was spoken with: his open callbacks are kept promises now, visibly, and nothing of them rings any more.
    pub(crate) async fn reached(&self, tx: &mut Tx, whom: Reached<'_>, now: Timestamp) -> Result<()> {
        lock(tx, whom.company, whom.number).await?;
        const OPEN: &str = "select id, status, priority from callbacks
            where company_id = $1 and number = $2 and status in ('pending', 'assigned', 'contacted') and deleted_at is null order by id";
        for open in tx.all::<OpenCallback>(OPEN, params![whom.company, whom.number]).await? {
            let contacted = open.status.after(Move::Contact).is_ok();
            let status = if contacted { callback::Status::Contacted } else { open.status };
            if status.after(Move::Complete).is_err() {
                continue;
            }
            const SQL: &str = "update callbacks set status = 'completed', contacted_at = coalesce(contacted_at, $2), completed_at = $2,
                    closed_because = $3, updated_at = $2
                where id = $1 and status = $4";
            if tx.execute(SQL, params![open.id, now, whom.because, open.status.as_str()]).await? == 0 {
                // A person moved it at this moment; what he said of it stands.
                continue;
            }
            self.cancel_waiting(tx, whom.company, open.id, whom.because, now).await?;
            let about = About { actor: "carrier", callback: Some(open.id), phone: Some(whom.phone) };
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
    pub(crate) phone: PhoneId,
    pub(crate) number: &'a PhoneNumber,
    pub(crate) because: &'a str,
}

pub(crate) struct NewAttempt<'a> {
    pub(crate) company: CompanyId,
    pub(crate) callback: CallbackId,
    pub(crate) phone: PhoneId,
    pub(crate) agent: Option<ringback_domain::ids::AgentId>,
    pub(crate) number: &'a PhoneNumber,
    pub(crate) priority: attempt::Priority,
    pub(crate) campaign: Option<CampaignId>,
    pub(crate) not_before: Timestamp,
    pub(crate) missed_at: Timestamp,
    pub(crate) reason: MissedReason,
    pub(crate) missed_call: Option<CallId>,
    pub(crate) max_dials: u32,
}

/// Takes the person's lock, and puts attempts back into the queue that the new call may have made eligible (a caller
/// who just rang may be called at any hour).
async fn touch(tx: &mut Tx, company: CompanyId, number: &PhoneNumber, now: Timestamp) -> Result<()> {
    const SQL: &str = "insert into people (company_id, number, last_asked_at) values ($1, $2, $3)
        on conflict (company_id, number) do update set last_asked_at = excluded.last_asked_at";
    tx.execute(SQL, params![company, number, now]).await?;
    look_again(tx, company, number).await
}

/// Takes the person's lock: his requests merge and his attempts are put off or looked at again one at a time.
pub(crate) async fn lock(tx: &mut Tx, company: CompanyId, number: &PhoneNumber) -> Result<()> {
    const SQL: &str = "update people set last_asked_at = last_asked_at where company_id = $1 and number = $2";
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

async fn open_callback(tx: &mut Tx, miss: &Miss<'_>, number: &PhoneNumber, now: Timestamp) -> Result<Option<OpenCallback>> {
    const SQL: &str = "select id, status, priority from callbacks
        where company_id = $1 and number = $2 and status in ('pending', 'assigned', 'contacted') and deleted_at is null and created_at >= $3
        order by id desc limit 1";
    let since = match miss.settings.dedupe {
        Dedupe::Open => 0,
        Dedupe::ThirtyMinutes => plus_seconds(now, -30 * 60).as_millisecond(),
    };
    tx.optional(SQL, params![miss.company, number, since]).await
}
