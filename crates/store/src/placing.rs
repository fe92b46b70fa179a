//! The carrier's answer to a dial request, written under the fence of its claim (decision 9, steps 3 and 4).

use jiff::Timestamp;
use ringback_domain::{
    attempt::{self, CalledOff},
    call::{AttemptOutcome, CallStatus},
    event::EventType,
    ids::PhoneId,
    time::plus_seconds,
};
use serde_json::json;

use crate::{
    calls::OpenCall,
    carrier_news::learn_carrier_id,
    claim::{BREAKER_SECONDS, Claim},
    credits,
    db::{Result, Tx, params},
    faults::fault,
    person,
    phones::{self, free_channel},
    store::{About, Store, retrying},
};

/// What came of a dial request.
#[derive(Debug, Clone)]
pub enum Placement {
    Accepted {
        carrier_call_id: String,
    },
    /// Refused for good: the attempt has failed.
    Rejected,
    /// Certainly not processed: the attempt is unspent, the phone pauses. `counts`: for the circuit breaker.
    NotProcessed {
        reason: String,
        counts: bool,
    },
    /// Certainly not processed, too fast: the attempt is unspent and waits with its account.
    Throttled {
        until: Timestamp,
    },
    /// The answer was lost: the phone may be ringing.
    Lost {
        counts: bool,
    },
}

impl Placement {
    /// As stored and counted.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Rejected => "rejected",
            Self::NotProcessed { .. } => "not_processed",
            Self::Throttled { .. } => "throttled",
            Self::Lost { .. } => "lost",
        }
    }
}

impl Store {
    /// Writes the answer. Whether a channel was freed by it. A claim whose fence is no longer current (the reconciler
    /// or an event was faster) changes nothing but what is certain: the carrier's id.
    pub async fn record_placement(&self, claim: &Claim, placement: &Placement, now: Timestamp) -> Result<bool> {
        retrying!({
            let mut tx = self.db.begin().await?;
            phones::lock(&mut tx, claim.phone).await?;
            let Some(call) = OpenCall::by_id(&mut tx, claim.phone, claim.call).await? else { return Ok(false) };
            let waiting_for_answer = call.status == CallStatus::Queued && call.fence == claim.fence && call.settled_at.is_none();
            if !matches!(placement, Placement::Accepted { .. }) {
                write_answer(&mut tx, &call, placement.word(), now).await?;
            }
            let freed = match placement {
                Placement::Accepted { carrier_call_id } => self.accepted(&mut tx, claim, &call, carrier_call_id, now).await?,
                _ if !waiting_for_answer && !fault(10) => false,
                Placement::Rejected => {
                    self.settle_without_talk(&mut tx, &call, AttemptOutcome::Refused, false, now).await?;
                    true
                }
                Placement::NotProcessed { reason, counts } => {
                    self.unspent(&mut tx, &call, now).await?;
                    self.pause_after_failure(&mut tx, claim.phone, &call, reason, *counts, now).await?;
                    true
                }
                Placement::Throttled { until } => {
                    self.unspent(&mut tx, &call, now).await?;
                    slow_down(&mut tx, claim.phone, *until).await?;
                    true
                }
                Placement::Lost { counts } => {
                    self.lost(&mut tx, &call, now).await?;
                    if *counts {
                        self.pause_after_failure(&mut tx, claim.phone, &call, "the carrier's answers are lost", true, now).await?;
                    }
                    false
                }
            };
            self.commit(tx, claim.company).await?;
            Ok(freed)
        })
    }

    async fn accepted(&self, tx: &mut Tx, claim: &Claim, call: &OpenCall, carrier_call_id: &str, now: Timestamp) -> Result<bool> {
        const RINGS: &str = "update calls set carrier_answer = coalesce(carrier_answer, 'accepted'), status = 'ringing', accepted_at = $4,
                unknown_since = null, ask_at = $5, asks = 0, updated_at = $4,
                carrier_call_id = case when carrier_call_id is null
                        and not exists (select 1 from calls o where o.phone_id = $1 and o.carrier_call_id = $3)
                    then $3 else carrier_call_id end
            where id = $2";
        if matches!(call.status, CallStatus::Queued | CallStatus::Unknown) && call.settled_at.is_none() {
            let ask_at = plus_seconds(now, i64::try_from(self.patience.events.as_secs()).unwrap_or(30));
            tx.later(RINGS, params![claim.phone, call.id, carrier_call_id, now, ask_at]);
            self.tell_call_started(tx, call, now);
            if call.attempt_status == Some(attempt::Status::Unknown) {
                const RUNS: &str = "update attempts set status = 'processing' where id = $2 and call_id = $1 and status = 'unknown'";
                tx.later(RUNS, params![call.id, call.attempt_id]);
            }
        } else {
            write_answer(tx, call, "accepted", now).await?;
            learn_carrier_id(tx, claim.phone, call.id, carrier_call_id).await?;
        }
        if fault(22) {
            tx.flush().await?;
            let reached = ringback_domain::call::End {
                talk_seconds: Some(0),
                answered_by: Some(ringback_domain::call::AnsweredBy::Human),
                ..ringback_domain::call::End::plain(ringback_domain::call::EndedHow::Completed)
            };
            self.settle(tx, call, &reached, now).await?;
        }
        if claim.is_trial {
            const CLOSED: &str = "update phone_dialing set breaker_open = $2, paused_until = null, paused_because = null
                where phone_id = $1 and breaker_open";
            tx.execute(CLOSED, params![claim.phone, false]).await?;
        }
        self.match_stored(tx, claim.phone, carrier_call_id, now).await
    }

    /// The request certainly never happened: the attempt goes back to its place in the queue, as if never claimed.
    async fn unspent(&self, tx: &mut Tx, call: &OpenCall, now: Timestamp) -> Result<()> {
        const CALL: &str = "update calls set status = 'ended', outcome = 'failed', reserved_credits = 0, ended_at = $2, settled_at = $2,
                ask_at = null, updated_at = $2
            where id = $1";
        tx.execute(CALL, params![call.id, now]).await?;
        if !fault(5) {
            free_channel(tx, call.id);
        }
        credits::release(tx, call.company_id, call.reserved_credits).await?;
        // Under the person's lock: who closes his callback at this moment either finds the attempt waiting, or is found here.
        if let Some(number) = &call.number {
            person::lock(tx, call.company_id, number).await?;
        }
        const ATTEMPT: &str = "update attempts set status = 'pending', call_id = null, dials = dials - 1, updated_at = $2,
                look_at = case when not_before > $2 then not_before end
            where id = $3 and call_id = $1 and status = 'processing'";
        tx.execute(ATTEMPT, params![call.id, now, call.attempt_id]).await?;
        self.cancel_if_closed(tx, call, now).await
    }

    /// While the request was under way a person may have kept the promise or called it off; then nothing of it may ring.
    async fn cancel_if_closed(&self, tx: &mut Tx, call: &OpenCall, now: Timestamp) -> Result<()> {
        let Some(callback) = call.callback_id else { return Ok(()) };
        const OPEN: &str = "select cast(1 as bigint) from callbacks where id = $1 and deleted_at is null
            and (status in ('pending', 'assigned') or (status = 'contacted' and contacted_at < $2))";
        if tx.optional::<(i64,)>(OPEN, params![callback, call.started_at]).await?.is_none() {
            self.cancel_waiting(tx, call.company_id, callback, CalledOff::Closed, now).await?;
        }
        Ok(())
    }

    /// The answer was lost. The lease stays; the carrier is asked after two seconds, and again.
    pub(crate) async fn lost(&self, tx: &mut Tx, call: &OpenCall, now: Timestamp) -> Result<()> {
        if fault(8) {
            return self.settle_without_talk(tx, call, AttemptOutcome::Failed, false, now).await;
        }
        const CALL: &str = "update calls set status = 'unknown', unknown_since = $2, ask_at = $3, asks = 0, updated_at = $2 where id = $1";
        tx.execute(CALL, params![call.id, now, plus_seconds(now, 2)]).await?;
        const ATTEMPT: &str =
            "update attempts set status = 'unknown', updated_at = $2 where id = $3 and call_id = $1 and status = 'processing'";
        tx.execute(ATTEMPT, params![call.id, now, call.attempt_id]).await?;
        let about = About { actor: "system", callback: call.callback_id, phone: Some(call.phone_id) };
        let data = json!({"attempt": {"id": call.attempt_id, "callback_id": call.callback_id, "phone_id": call.phone_id, "call_id": call.id, "status": "unknown"}});
        self.event(tx, now, call.company_id, EventType::AttemptUnknown, about, data);
        Ok(())
    }

    /// Pauses a phone after a carrier error: a second, doubling; and for a minute, with one trial call after it, when
    /// half of at least five requests failed within 120 s (the circuit breaker).
    async fn pause_after_failure(
        &self,
        tx: &mut Tx,
        phone: PhoneId,
        call: &OpenCall,
        reason: &str,
        counts: bool,
        now: Timestamp,
    ) -> Result<()> {
        const SQL: &str =
            "select count(*), cast(coalesce(sum(case when carrier_answer in ('not_processed', 'lost') then 1 else 0 end), 0) as bigint)
            from calls where phone_id = $1 and started_at > $2 and direction = 'outbound' and carrier_answer is not null";
        let (asked, failed) = tx.one::<(i64, i64)>(SQL, params![phone, plus_seconds(now, -120)]).await?;
        let (was_open,) = tx.one::<(bool,)>("select breaker_open from phone_dialing where phone_id = $1", params![phone]).await?;
        let opens = counts && (was_open || (asked >= 5 && failed * 2 >= asked));
        let seconds = if opens { BREAKER_SECONDS } else { BREAKER_SECONDS.min(1 << failed.clamp(1, 6) >> 1) };
        let until = plus_seconds(now, seconds);
        let because = if opens {
            format!("circuit breaker: {failed} of {asked} requests failed in 120 s; last: {reason}")
        } else {
            reason.to_owned()
        };
        pause(tx, phone, &because, until, opens).await?;
        let about = About { actor: "system", callback: None, phone: Some(phone) };
        let data = json!({"phone": {"id": phone, "paused_until": until, "because": because, "circuit_breaker": opens}});
        self.event(tx, now, call.company_id, EventType::PhonePaused, about, data);
        Ok(())
    }
}

/// Notes what the carrier made of the request: its first word stands.
async fn write_answer(tx: &mut Tx, call: &OpenCall, word: &str, now: Timestamp) -> Result<()> {
    const SQL: &str = "update calls set carrier_answer = coalesce(carrier_answer, $2), updated_at = $3 where id = $1";
    tx.execute(SQL, params![call.id, word, now]).await?;
    Ok(())
}

impl Store {
    /// The phone's account may send no request until then: said, so that who waits can say why. Nobody waiting on the phone
    /// leaves it as it is.
    pub async fn wait_for_account(&self, phone: PhoneId, until: Timestamp, now: Timestamp) -> Result<()> {
        const SQL: &str = "update phone_dialing set paused_until = $2, paused_because = 'the account has as many requests as it may'
            where phone_id = $1 and (paused_until is null or paused_until <= $3)
              and exists (select 1 from attempts a where a.phone_id = $1 and a.status = 'pending' and a.look_at is null)";
        retrying!({
            let mut tx = self.db.begin().await?;
            tx.execute(SQL, params![phone, until, now]).await?;
            tx.commit().await
        })
    }
}

/// Waits with the account, unless the phone is already paused for longer.
async fn slow_down(tx: &mut Tx, phone: PhoneId, until: Timestamp) -> Result<()> {
    const SQL: &str = "update phone_dialing set paused_until = $2, paused_because = 'the carrier asks to slow down'
        where phone_id = $1 and (paused_until is null or paused_until < $2)";
    tx.execute(SQL, params![phone, until]).await?;
    Ok(())
}

async fn pause(tx: &mut Tx, phone: PhoneId, because: &str, until: Timestamp, breaker_open: bool) -> Result<()> {
    const SQL: &str = "update phone_dialing set paused_until = $2, paused_because = $3, breaker_open = $4 where phone_id = $1";
    tx.execute(SQL, params![phone, until, because, breaker_open]).await?;
    Ok(())
}
