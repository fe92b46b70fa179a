//! An inbound call asks for a channel: it gets one, or its miss is on disk before the caller is told.

use jiff::Timestamp;
use ringback_domain::{
    call::{CallOutcome, CallStatus, MissedReason},
    event::EventType,
    ids::{CallId, CallbackId},
    phone_number::PhoneNumber,
    time::plus_seconds,
};
use serde_json::json;

use crate::{
    db::{Result, Tx, from_record, params},
    faults::{self, fault},
    person::{self, Miss},
    phones::{self, IngressPhone, lease_seconds, take_channel},
    store::{About, Store, retrying},
};

pub struct InboundCall<'a> {
    pub carrier_call_id: &'a str,
    /// `None`: withheld or not a number.
    pub number: Option<&'a PhoneNumber>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundTaken {
    pub call: CallId,
    /// The caller has a channel; else he was missed, and that is written.
    pub connected: bool,
    /// The callback that the miss made or joined.
    pub callback: Option<CallbackId>,
    /// The carrier asked again about a call that was decided before: same answer, nothing twice.
    pub repeated: bool,
}

impl Store {
    pub async fn take_inbound(&self, phone: &IngressPhone, call: &InboundCall<'_>, now: Timestamp) -> Result<InboundTaken> {
        let _hurried = self.hurry.begin();
        retrying!({
            let mut tx = self.db.begin().await?;
            if let Some(number) = call.number {
                person::asks(&mut tx, phone.company_id, number, now);
            }
            let Some(fence) = phones::lock(&mut tx, phone.id).await? else { return Err(crate::db::Error::NoRow) };
            let asked = Asked::read(&mut tx, phone, call).await?;
            if let Some(known) = asked.answered() {
                return Ok(known);
            }
            let taken = self.decide_inbound(&mut tx, phone, call, &asked, fence, now).await?;
            if asked.overtaken {
                self.match_stored(&mut tx, phone.id, call.carrier_call_id, now).await?;
            }
            self.commit(tx, phone.company_id).await?;
            Ok(taken)
        })
    }

    async fn decide_inbound(
        &self,
        tx: &mut Tx,
        phone: &IngressPhone,
        call: &InboundCall<'_>,
        asked: &Asked,
        fence: i64,
        now: Timestamp,
    ) -> Result<InboundTaken> {
        let id = CallId(self.new_id(now));
        let until = plus_seconds(now, lease_seconds(phone.max_call_seconds, phone.settings.ring_seconds));
        if phone.active && asked.channel_is_free && take_channel(tx, phone.id, id, until).await? {
            self.insert_inbound(tx, phone, call, &InboundTaken::connected(id), fence, now);
            let about = About { actor: "carrier", callback: None, phone: Some(phone.id) };
            let data = json!({"call": {"id": id, "phone_id": phone.id, "direction": "inbound", "number": call.number}});
            self.event(tx, now, phone.company_id, EventType::CallStarted, about, data);
            return Ok(InboundTaken::connected(id));
        }
        let miss = Miss {
            company: phone.company_id,
            phone: phone.id,
            agent: phone.agent_id,
            call: id,
            number: call.number,
            country: &phone.country,
            reason: MissedReason::Busy,
            rang_at: now,
            settings: &phone.settings,
        };
        let promised = if fault(16) { None } else { self.promise(tx, &miss, now).await? };
        let missed = InboundTaken::missed(id, promised.as_ref().map(|it| it.callback));
        self.insert_inbound(tx, phone, call, &missed, fence, now);
        if fault(12) {
            tx.flush().await?;
            faults::commit_halfway(tx).await?;
        }
        if !fault(16) {
            self.follow_up(tx, &miss, promised, now);
        }
        Ok(missed)
    }

    fn insert_inbound(&self, tx: &mut Tx, phone: &IngressPhone, call: &InboundCall<'_>, taken: &InboundTaken, fence: i64, now: Timestamp) {
        const SQL: &str = "insert into calls (id, company_id, phone_id, agent_id, direction, number, carrier_call_id, status, outcome,
                missed_reason, turned_away, given_up, seconds, reserved_credits, fence, node, node_run, started_at, ended_at, settled_at,
                ask_at, asks, created_at, updated_at, callback_id)
            values ($1, $2, $3, $4, 'inbound', $5, $6, $7, $8, $9, $10, $11, 0, 0, $12, $13, $14, $15, $16, $16, $17, 0, $15, $15, $18)";
        let missed = !taken.connected;
        let patience = i64::try_from(self.patience.events.as_secs()).unwrap_or(30);
        let params = params![
            taken.call,
            phone.company_id,
            phone.id,
            phone.agent_id,
            call.number.map(|number| number.reveal().to_owned()),
            (!fault(18)).then_some(call.carrier_call_id),
            if missed { CallStatus::Ended } else { CallStatus::Ringing }.as_str(),
            missed.then(|| CallOutcome::Missed.as_str().to_owned()),
            missed.then(|| MissedReason::Busy.as_str().to_owned()),
            missed,
            false,
            fence,
            &self.node.name,
            self.node.run,
            now,
            missed.then_some(now),
            taken.connected.then(|| plus_seconds(now, patience)),
            taken.callback,
        ];
        tx.later(SQL, params);
    }
}

/// What is known of the call and of its phone when the carrier asks, read under the phone's lock.
struct Asked {
    /// The call, where the carrier asked before.
    call: Option<CallId>,
    turned_away: Option<bool>,
    callback: Option<CallbackId>,
    channel_is_free: bool,
    /// Its end event came before this question, and waits among the unmatched ones.
    overtaken: bool,
}
from_record!(Asked { call, turned_away, callback, channel_is_free, overtaken });

impl Asked {
    async fn read(tx: &mut Tx, phone: &IngressPhone, call: &InboundCall<'_>) -> Result<Self> {
        const SQL: &str = "select k.id as call, k.turned_away, k.callback_id as callback,
                exists (select 1 from channel_leases l where l.phone_id = d.phone_id and l.call_id is null) as channel_is_free,
                exists (select 1 from unmatched_events e where e.phone_id = d.phone_id and e.carrier_call_id = $2) as overtaken
            from phone_dialing d
            left join calls k on k.phone_id = d.phone_id and k.carrier_call_id = $2
            where d.phone_id = $1";
        tx.one(SQL, params![phone.id, call.carrier_call_id]).await
    }

    /// What was decided when the carrier asked the first time.
    fn answered(&self) -> Option<InboundTaken> {
        let connected = !self.turned_away?;
        Some(InboundTaken { call: self.call?, connected, callback: self.callback, repeated: true })
    }
}

impl InboundTaken {
    fn connected(call: CallId) -> Self {
        Self { call, connected: true, callback: None, repeated: false }
    }

    fn missed(call: CallId, callback: Option<CallbackId>) -> Self {
        Self { call, connected: false, callback, repeated: false }
    }
}
