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
    db::{Result, Tx, params},
    faults::{self, fault},
    person::Miss,
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
        retrying!({
            let mut tx = self.db.begin().await?;
            let Some(fence) = phones::lock(&mut tx, phone.id).await? else { return Err(sqlx::Error::RowNotFound.into()) };
            if let Some(known) = known(&mut tx, phone, call).await? {
                return Ok(known);
            }
            let taken = self.decide_inbound(&mut tx, phone, call, fence, now).await?;
            // An end event that overtook this question waits in the unmatched ones.
            self.match_stored(&mut tx, phone.id, call.carrier_call_id, now).await?;
            self.commit(tx, phone.company_id).await?;
            Ok(taken)
        })
    }

    async fn decide_inbound(
        &self,
        tx: &mut Tx,
        phone: &IngressPhone,
        call: &InboundCall<'_>,
        fence: i64,
        now: Timestamp,
    ) -> Result<InboundTaken> {
        let id = CallId(self.new_id(now));
        let until = plus_seconds(now, lease_seconds(phone.max_call_seconds, phone.settings.ring_seconds));
        let connected = phone.active && take_channel(tx, phone.id, id, until).await?;
        self.insert_inbound(tx, phone, call, id, connected, fence, now).await?;
        if fault(12) {
            faults::commit_halfway(tx).await?;
        }
        if connected {
            let about = About { actor: "carrier", callback: None, phone: Some(phone.id) };
            let data = json!({"call": {"id": id, "phone_id": phone.id, "direction": "inbound", "number": call.number}});
            self.event(tx, now, phone.company_id, EventType::CallStarted, about, data);
            return Ok(InboundTaken { call: id, connected, callback: None, repeated: false });
        }
        let miss = Miss {
            company: phone.company_id,
            phone: phone.id,
            agent: phone.agent_id,
            call: id,
            number: call.number,
            country: &phone.country,
            reason: MissedReason::Busy,
            settings: &phone.settings,
        };
        let callback = if fault(16) { None } else { self.record_miss(tx, &miss, now).await? };
        Ok(InboundTaken { call: id, connected, callback, repeated: false })
    }

    #[expect(clippy::too_many_arguments, reason = "one insert, each argument a column")]
    async fn insert_inbound(
        &self,
        tx: &mut Tx,
        phone: &IngressPhone,
        call: &InboundCall<'_>,
        id: CallId,
        connected: bool,
        fence: i64,
        now: Timestamp,
    ) -> Result<()> {
        const SQL: &str = "insert into calls (id, company_id, phone_id, agent_id, direction, number, carrier_call_id, status, outcome,
                missed_reason, turned_away, given_up, seconds, reserved_credits, fence, node, node_run, started_at, ended_at, settled_at,
                ask_at, asks, created_at, updated_at)
            values ($1, $2, $3, $4, 'inbound', $5, $6, $7, $8, $9, $10, $11, 0, 0, $12, $13, $14, $15, $16, $16, $17, 0, $15, $15)";
        let missed = !connected;
        let patience = i64::try_from(self.patience.events.as_secs()).unwrap_or(30);
        let params = params![
            id,
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
            connected.then(|| plus_seconds(now, patience)),
        ];
        tx.execute(SQL, params).await?;
        Ok(())
    }
}

/// What was decided when the carrier asked the first time.
async fn known(tx: &mut Tx, phone: &IngressPhone, call: &InboundCall<'_>) -> Result<Option<InboundTaken>> {
    const SQL: &str = "select id, turned_away, callback_id from calls where phone_id = $1 and carrier_call_id = $2";
    let known = tx.optional::<(CallId, bool, Option<CallbackId>)>(SQL, params![phone.id, call.carrier_call_id]).await?;
    Ok(known.map(|(call, turned_away, callback)| InboundTaken { call, connected: !turned_away, callback, repeated: true }))
}
