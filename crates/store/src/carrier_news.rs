//! What a carrier says of a call, applied: events in any order, doubled, early or late.

use jiff::Timestamp;
use ringback_domain::{
    attempt,
    call::{AnsweredBy, CallStatus, Direction, End, News},
    event::EventType,
    ids::{CallId, CompanyId, PhoneId},
    time::plus_seconds,
};
use serde_json::json;

use crate::{
    calls::OpenCall,
    claim::Claim,
    db::{Result, Tx, params},
    faults::fault,
    phones::{self, lease_seconds},
    store::{About, Store, retrying},
};

/// By what an event names its call.
#[derive(Debug, Clone)]
pub struct EventReference {
    pub carrier_call_id: Option<String>,
    /// Our own reference, where it travelled with the call.
    pub call: Option<CallId>,
}

#[derive(Debug, Default)]
pub struct Applied {
    /// The event belonged to a call that we know. Else it is kept until it does.
    pub matched: bool,
    /// A channel was freed and this is the next attempt for it: dial it now.
    pub claim: Option<Box<Claim>>,
    /// A channel is free on this phone now.
    pub freed: bool,
}

impl Store {
    /// Applies an event and, when it frees a channel and `may_dial`, claims the next attempt for it in the same commit.
    pub async fn apply_event(
        &self,
        company: CompanyId,
        phone: PhoneId,
        reference: &EventReference,
        news: &News,
        may_dial: bool,
        now: Timestamp,
    ) -> Result<Applied> {
        let _hurried = self.hurry.begin();
        retrying!({
            let mut tx = self.db.begin().await?;
            let Some(fence) = phones::lock(&mut tx, phone).await? else { return Ok(Applied::default()) };
            let Some(call) = find(&mut tx, phone, reference).await? else {
                if !fault(7) {
                    keep(&mut tx, phone, reference, news, now).await?;
                }
                self.commit(tx, company).await?;
                return Ok(Applied::default());
            };
            let freed = self.apply_news(&mut tx, &call, news, now).await?;
            let claim = if freed && may_dial { self.claim_in(&mut tx, phone, fence, now).await? } else { None };
            self.commit(tx, company).await?;
            Ok(Applied { matched: true, claim: claim.map(Box::new), freed })
        })
    }

    /// Applies news to a call under the phone's lock; whether a channel was freed.
    pub(crate) async fn apply_news(&self, tx: &mut Tx, call: &OpenCall, news: &News, now: Timestamp) -> Result<bool> {
        let open = call.ended_at.is_none();
        match news {
            News::Ringing if open => self.still_running(tx, call, CallStatus::Ringing, None, now).await?,
            News::Answered { by } if open => self.still_running(tx, call, CallStatus::InProgress, *by, now).await?,
            News::Ringing | News::Answered { .. } => {}
            News::Ended(end) if end.lacks_seconds() => return self.await_seconds(tx, call, end, now).await,
            News::Ended(end) => {
                self.settle(tx, call, end, now).await?;
                return Ok(call.leased_until.is_some());
            }
        }
        Ok(false)
    }

    /// The call lives: renew its lease and its patience. A call whose answer was lost has been found by this.
    async fn still_running(&self, tx: &mut Tx, call: &OpenCall, status: CallStatus, by: Option<AnsweredBy>, now: Timestamp) -> Result<()> {
        // Late "ringing" after "answered" moves nothing back.
        let status = if call.status == CallStatus::InProgress { CallStatus::InProgress } else { status };
        const SQL: &str = "update calls set status = $2, answered_at = coalesce(answered_at, $3), unknown_since = null, ask_at = $4,
                asks = 0, updated_at = $5, answered_by = coalesce($6, answered_by), accepted_at = coalesce(accepted_at, $5)
            where id = $1";
        let answered_at = (status == CallStatus::InProgress).then_some(now);
        let ask_at = plus_seconds(now, i64::try_from(self.patience.events.as_secs()).unwrap_or(30));
        tx.execute(SQL, params![call.id, status.as_str(), answered_at, ask_at, now, by.map(AnsweredBy::as_str)]).await?;
        const LEASE: &str = "update channel_leases set leased_until = $2 where call_id = $1";
        let until = plus_seconds(now, lease_seconds(call.max_call_seconds, call.settings.ring_seconds));
        tx.execute(LEASE, params![call.id, until]).await?;
        self.tell_call_started(tx, call, now);
        found_again(tx, call, now).await
    }

    /// It is over, but not how long it talked: the channel is free at once, the rest waits for the carrier's look-up.
    /// That holds for a call that was given up, too: this is the word that it had no trace of.
    async fn await_seconds(&self, tx: &mut Tx, call: &OpenCall, end: &End, now: Timestamp) -> Result<bool> {
        if call.turned_away || (call.ended_at.is_some() && !(call.given_up && call.ask_at.is_none())) {
            return Ok(false);
        }
        const SQL: &str = "update calls set status = 'ended', ended_at = $2, unknown_since = null, ask_at = $2, asks = 0, updated_at = $2,
                answered_by = coalesce($3, answered_by), recording_url = coalesce($4, recording_url)
            where id = $1";
        tx.execute(SQL, params![call.id, now, end.answered_by.map(AnsweredBy::as_str), end.recording_url.clone()]).await?;
        found_again(tx, call, now).await?;
        phones::free_channel(tx, call.id);
        Ok(call.leased_until.is_some())
    }

    /// Applies the events that came before their call's carrier id was known.
    pub(crate) async fn match_stored(&self, tx: &mut Tx, phone: PhoneId, carrier_call_id: &str, now: Timestamp) -> Result<bool> {
        const SQL: &str = "delete from unmatched_events where phone_id = $1 and carrier_call_id = $2 returning sequence, news";
        let mut stored = tx.all::<(i64, String)>(SQL, params![phone, carrier_call_id]).await?;
        stored.sort_unstable_by_key(|(sequence, _)| *sequence);
        let mut freed = false;
        for (_, news) in stored {
            tx.flush().await?;
            let Some(call) = OpenCall::by_carrier_id(tx, phone, carrier_call_id).await? else { break };
            if let Ok(news) = serde_json::from_str::<News>(&news) {
                freed |= self.apply_news(tx, &call, &news, now).await?;
            }
        }
        Ok(freed)
    }

    /// Forgets unmatched events older than a day: nothing of ours will ever claim them. How many.
    pub async fn forget_unmatched(&self, now: Timestamp) -> Result<u64> {
        let mut tx = self.db.begin().await?;
        let old = plus_seconds(now, -24 * 60 * 60);
        let gone = tx.execute_many("delete from unmatched_events where received_at < $1", params![old]).await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Tells of an outbound call when the carrier is first known to have it.
    pub(crate) fn tell_call_started(&self, tx: &mut Tx, call: &OpenCall, now: Timestamp) {
        if call.direction == Direction::Inbound || call.accepted_at.is_some() {
            return;
        }
        let about = About { actor: "system", callback: call.callback_id, phone: Some(call.phone_id) };
        let data = json!({"call": {
            "id": call.id, "phone_id": call.phone_id, "direction": Direction::Outbound, "number": call.number,
            "attempt_id": call.attempt_id, "callback_id": call.callback_id,
        }});
        self.event(tx, now, call.company_id, EventType::CallStarted, about, data);
    }
}

/// By our own reference first: it travelled with the call and cannot be early. Then by the carrier's id.
async fn find(tx: &mut Tx, phone: PhoneId, reference: &EventReference) -> Result<Option<OpenCall>> {
    let carrier_id = reference.carrier_call_id.as_deref();
    if let Some(id) = reference.call.filter(|_| !fault(7))
        && let Some(call) = OpenCall::by_id(tx, phone, id).await?
    {
        if let (None, Some(carrier_id)) = (&call.carrier_call_id, carrier_id) {
            learn_carrier_id(tx, phone, call.id, carrier_id).await?;
        }
        return Ok(Some(call));
    }
    match carrier_id {
        Some(carrier_id) => OpenCall::by_carrier_id(tx, phone, carrier_id).await,
        None => Ok(None),
    }
}

/// Notes the carrier's id for a call, unless another call of the phone has it already.
pub(crate) async fn learn_carrier_id(tx: &mut Tx, phone: PhoneId, call: CallId, carrier_call_id: &str) -> Result<()> {
    const SQL: &str = "update calls set carrier_call_id = $3 where id = $2 and carrier_call_id is null
        and not exists (select 1 from calls o where o.phone_id = $1 and o.carrier_call_id = $3)";
    tx.execute(SQL, params![phone, call, carrier_call_id]).await?;
    Ok(())
}

/// An attempt that was unknown runs again: the carrier has it.
async fn found_again(tx: &mut Tx, call: &OpenCall, now: Timestamp) -> Result<()> {
    if call.attempt_status != Some(attempt::Status::Unknown) {
        return Ok(());
    }
    const SQL: &str = "update attempts set status = 'processing', updated_at = $2 where id = $3 and call_id = $1 and status = 'unknown'";
    tx.execute(SQL, params![call.id, now, call.attempt_id]).await?;
    Ok(())
}

/// Keeps an event of a call that we do not know yet. At most this many per call: more than a call ever has.
const KEPT_PER_CALL: i64 = 20;

async fn keep(tx: &mut Tx, phone: PhoneId, reference: &EventReference, news: &News, now: Timestamp) -> Result<()> {
    let Some(carrier_call_id) = reference.carrier_call_id.as_deref() else { return Ok(()) };
    const COUNT: &str = "select count(*) from unmatched_events where phone_id = $1 and carrier_call_id = $2";
    let (count,) = tx.one::<(i64,)>(COUNT, params![phone, carrier_call_id]).await?;
    if count >= KEPT_PER_CALL {
        return Ok(());
    }
    const SQL: &str = "insert into unmatched_events (phone_id, carrier_call_id, sequence, news, received_at) values ($1, $2, $3, $4, $5)";
    let news = serde_json::to_string(news)?;
    tx.execute(SQL, params![phone, carrier_call_id, count, news, now]).await?;
    Ok(())
}
