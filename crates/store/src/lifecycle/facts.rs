//! What a request to call somebody back begins with, read in one go under the person's lock.

use jiff::Timestamp;
use ringback_domain::{
    callback::{self, Priority},
    campaign::InboundMisses,
    dialing::{WaitingBecause, dialable},
    ids::{AgentId, BranchId, CallbackId, CampaignId, CustomerId},
    settings::{AutoCallback, Dedupe, Settings},
    time::plus_seconds,
};

use super::{
    Request,
    place::{Place, place_columns},
};
use crate::{
    claim::NEVER,
    db::{FromRecord, Record, Result, Tx, from_record, params},
};

pub(crate) struct Facts {
    pub(crate) person: PersonFacts,
    pub(super) place: Place,
}

pub(crate) struct PersonFacts {
    pub(super) customer_id: Option<CustomerId>,
    pub(super) customer_name: Option<String>,
    vip: Option<bool>,
    no_call: Option<bool>,
    cancelled_appointments: u32,
    appointment_soon: bool,
    /// Of the open callback, else the one that was asked for, else the phone's.
    pub(super) branch_id: Option<BranchId>,
    /// The phone makes automatic calls.
    phone_dials: Option<bool>,
    /// Who answers on the phone.
    pub(super) agent_id: Option<AgentId>,
    /// The open callback that a new request joins.
    callback_id: Option<CallbackId>,
    status: Option<callback::Status>,
    /// An attempt waits or runs, on whatever phone.
    pub(crate) attempt_open: bool,
    /// Attempts of his were put off and may be eligible now.
    pub(crate) put_off: bool,
    campaign_id: Option<CampaignId>,
    inbound_misses: Option<InboundMisses>,
}
from_record!(PersonFacts {
    customer_id,
    customer_name,
    vip,
    no_call,
    cancelled_appointments,
    appointment_soon,
    branch_id,
    phone_dials,
    agent_id,
    callback_id,
    status,
    attempt_open,
    put_off,
    campaign_id,
    inbound_misses,
});

impl FromRecord for Facts {
    fn from_record(record: &Record) -> Result<Self> {
        Ok(Self { person: PersonFacts::from_record(record)?, place: Place::from_record(record)? })
    }
}

const DAY_SECONDS: i64 = 24 * 60 * 60;
/// Three months, in which cancelled appointments count.
const CANCELLED_SECONDS: i64 = 92 * DAY_SECONDS;
const DEDUPE_SECONDS: i64 = 30 * 60;

pub(super) struct OpenCallback {
    pub(super) id: CallbackId,
    pub(super) status: callback::Status,
}

impl Facts {
    /// The person's row must exist: it is what is locked.
    pub(super) async fn read(tx: &mut Tx, request: &Request<'_>, now: Timestamp) -> Result<Self> {
        const SQL: &str = concat!(
            "select u.id as customer_id, u.name as customer_name, u.vip, u.no_call, b.id as callback_id, b.status,
                (select count(*) from appointments t where t.customer_id = u.id and t.status = 'cancelled' and t.starts_at >= $6
                    and t.deleted_at is null) as cancelled_appointments,
                exists (select 1 from appointments t where t.customer_id = u.id and t.status = 'booked' and t.starts_at >= $7
                    and t.starts_at <= $8 and t.deleted_at is null) as appointment_soon,
                exists (select 1 from attempts a where a.company_id = w.company_id and a.number = w.number
                    and a.status in ('pending', 'processing', 'unknown')) as attempt_open,
                exists (select 1 from attempts a where a.company_id = w.company_id and a.number = w.number and a.status = 'pending'
                    and a.status in ('pending', 'processing', 'unknown') and a.look_at is not null and a.look_at < $5 and a.waiting_because is not null) as put_off,
                g.id as campaign_id, g.inbound_misses, f.agent_id, (f.auto_callback = 'on' and f.active and f.deleted_at is null) as phone_dials, r.id as branch_id, ",
            place_columns!(),
            " from people w
            left join customer_numbers n on n.company_id = w.company_id and n.number = w.number
            left join customers u on u.id = coalesce($9, n.customer_id) and u.deleted_at is null
            left join callbacks b on b.id = (select o.id from callbacks o where o.company_id = w.company_id and o.number = w.number
                and o.status in ('pending', 'assigned', 'contacted') and o.deleted_at is null and o.created_at >= $3
                order by o.id desc limit 1)
            left join phones f on f.id = $4
            left join branches r on r.id = coalesce(b.branch_id, $10, f.branch_id) and r.deleted_at is null
            left join campaigns g on g.phone_id = $4 and g.state = 'active'
            where w.company_id = $1 and w.number = $2"
        );
        let params = params![
            request.company,
            &request.new.number,
            since(request.settings, now),
            request.new.phone_id,
            NEVER,
            plus_seconds(now, -CANCELLED_SECONDS),
            now,
            plus_seconds(now, DAY_SECONDS),
            request.new.customer_id,
            request.new.branch_id,
        ];
        tx.one(SQL, params).await
    }

    pub(super) fn open_callback(&self) -> Option<OpenCallback> {
        Some(OpenCallback { id: self.person.callback_id?, status: self.person.status? })
    }

    /// The active campaign that holds the attempt of a miss until it ends.
    pub(crate) fn held_by(&self) -> Option<CampaignId> {
        self.person.campaign_id.filter(|_| self.person.inbound_misses == Some(InboundMisses::AfterCampaign))
    }

    /// An automatic attempt keeps this promise first, unless it fails: one was asked for, and nothing stands in its way that
    /// does not go away by itself.
    pub(super) fn machine_tries(&self, request: &Request<'_>) -> bool {
        let dials = request.settings.auto_callback == AutoCallback::On && self.person.phone_dials == Some(true);
        request.machine_tries && dials && self.refused(request).is_none()
    }

    /// Why the machine may never ring this person (decision 17).
    pub(crate) fn refused(&self, request: &Request<'_>) -> Option<WaitingBecause> {
        if self.person.no_call == Some(true) {
            return Some(WaitingBecause::NoCall);
        }
        // Whether the number is one of our own is asked when it would be dialed.
        dialable(&request.new.number, false, request.country, request.settings).err().map(WaitingBecause::NotDialable)
    }

    pub(super) fn judge(&self, request: &Request<'_>) -> callback::Judged {
        callback::priority(&callback::Asked {
            given: request.new.priority,
            vip: self.person.vip.unwrap_or(false),
            cancelled_appointments: self.person.cancelled_appointments,
            notes: request.new.notes.as_deref(),
            urgency_detected: request.new.metadata["urgency_detected"] == true,
            missed_call: request.new.source == callback::Source::MissedCall,
            appointment_soon: self.person.appointment_soon,
        })
    }

    /// When this request is due if it has `priority`: by its wish, or by the clock of its branch.
    pub(super) fn due(&self, request: &Request<'_>, priority: Priority, start: callback::Start) -> Result<callback::Due> {
        if let Some(wish) = request.new.wish {
            return Ok(wish.due());
        }
        let calendar = self.place.calendar()?;
        Ok(callback::due(priority, start, super::place::clock(request.settings.sla_clock, calendar.as_ref()), request.settings))
    }
}

/// Callbacks older than this take no further request.
pub(super) fn since(settings: &Settings, now: Timestamp) -> i64 {
    match settings.dedupe {
        Dedupe::Open => 0,
        Dedupe::ThirtyMinutes => plus_seconds(now, -DEDUPE_SECONDS).as_millisecond(),
    }
}
