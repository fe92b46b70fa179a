//! What a missed call makes for the person who was missed: a callback, and one attempt of the machine.

use jiff::Timestamp;
use ringback_domain::{
    attempt,
    call::MissedReason,
    callback::Source,
    dialing::WaitingBecause,
    event::EventType,
    ids::{AgentId, CallId, CallbackId, CompanyId, PhoneId},
    phone_number::PhoneNumber,
    settings::Settings,
};
use serde_json::json;

use crate::{
    attempts::NewAttempt,
    db::{Result, Tx},
    lifecycle::{NewCallback, Request, Requested},
    store::{About, Store},
};

/// An inbound call that nobody took.
pub(crate) struct Miss<'a> {
    pub(crate) company: CompanyId,
    pub(crate) phone: PhoneId,
    pub(crate) agent: Option<AgentId>,
    pub(crate) call: CallId,
    pub(crate) number: Option<&'a PhoneNumber>,
    pub(crate) country: &'a str,
    pub(crate) reason: MissedReason,
    /// When the call came. That nobody took it may be told much later, and then he has not rung just now.
    pub(crate) rang_at: Timestamp,
    pub(crate) settings: &'a Settings,
}

/// A miss whose callback is on disk. The attempt and the event name the call, and follow when that is written, too.
pub(crate) struct Promised<'a> {
    number: &'a PhoneNumber,
    pub(crate) callback: CallbackId,
    requested: Requested,
    refused: Option<WaitingBecause>,
}

impl Store {
    /// Writes the callback of a miss, new or merged, under the person's lock. A withheld number leaves nobody to call back.
    pub(crate) async fn promise<'a>(&self, tx: &mut Tx, miss: &Miss<'a>, now: Timestamp) -> Result<Option<Promised<'a>>> {
        let Some(number) = miss.number else { return Ok(None) };
        let new =
            NewCallback { phone_id: Some(miss.phone), call_id: Some(miss.call), ..NewCallback::new(number.clone(), Source::MissedCall) };
        let request = Request {
            company: miss.company,
            country: miss.country,
            settings: miss.settings,
            actor: "carrier",
            new: &new,
            asked_at: miss.rang_at,
            machine_tries: miss.settings.automatic_attempts > 0,
        };
        let requested = self.request(tx, &request, now).await?;
        let refused = requested.facts.refused(&request);
        Ok(Some(Promised { number, callback: requested.callback, requested, refused }))
    }

    /// Follows a miss up once its call is written: one automatic attempt where none waits or runs for the person, and the
    /// event.
    pub(crate) fn follow_up(&self, tx: &mut Tx, miss: &Miss<'_>, promised: Option<Promised<'_>>, now: Timestamp) {
        if let Some(promised) = &promised
            && miss.settings.automatic_attempts > 0
            && !promised.requested.facts.person.attempt_open
        {
            self.first_attempt(tx, miss, promised, now);
        }
        let callback = promised.map(|it| it.callback);
        let about = About { actor: "carrier", callback, phone: Some(miss.phone) };
        let data = json!({"call": {"id": miss.call, "phone_id": miss.phone, "number": miss.number, "missed_reason": miss.reason, "callback_id": callback}});
        self.event(tx, now, miss.company, EventType::CallMissed, about, data);
    }

    fn first_attempt(&self, tx: &mut Tx, miss: &Miss<'_>, promised: &Promised<'_>, now: Timestamp) {
        let (callback, held_by) = (promised.callback, promised.requested.facts.held_by());
        let new = NewAttempt {
            company: miss.company,
            callback,
            phone: miss.phone,
            agent: miss.agent,
            number: promised.number,
            priority: if held_by.is_some() { attempt::Priority::Low } else { attempt::Priority::High },
            campaign: held_by,
            hold_until: promised.requested.warns_at,
            not_before: now,
            missed_at: miss.rang_at,
            reason: Some(miss.reason),
            missed_call: Some(miss.call),
            max_dials: miss.settings.automatic_attempts,
            refused: promised.refused.clone(),
        };
        let id = self.enqueue(tx, &new, now);
        if held_by.is_some() {
            let about = About { actor: "system", callback: Some(callback), phone: Some(miss.phone) };
            let data = json!({"attempt": {"id": id, "callback_id": callback, "phone_id": miss.phone, "status": "on_hold", "campaign_id": held_by}});
            self.event(tx, now, miss.company, EventType::AttemptOnHold, about, data);
        }
    }
}
