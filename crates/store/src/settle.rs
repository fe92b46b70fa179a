//! The end of a call: its outcome, its seconds, its channel, its attempt, its callback. Once (decision 9, step 5).

use jiff::Timestamp;
use ringback_domain::{
    attempt::{self, CalledOff},
    call::{self, AttemptOutcome, CallOutcome, Direction, End},
    event::EventType,
    phone_number::PhoneNumber,
    time::plus_seconds,
};
use serde_json::json;

use crate::{
    calls::{self, LastWord, OpenCall},
    credits,
    db::{Result, Tx, params},
    due,
    person::{self, Miss, Reached},
    phones,
    store::{About, Store},
};

impl Store {
    /// Settles a call by the carrier's word. A call that was given up before is corrected: outcome, charge, callback.
    pub(crate) async fn settle(&self, tx: &mut Tx, call: &OpenCall, end: &End, now: Timestamp) -> Result<()> {
        if call.turned_away || (call.settled_at.is_some() && !call.given_up) {
            return Ok(());
        }
        // Who answered may have been said before the end.
        let end = &End { answered_by: end.answered_by.or(call.answered_by), ..end.clone() };
        match call.direction {
            Direction::Outbound => self.settle_outbound(tx, call, end, now).await,
            Direction::Inbound => self.settle_inbound(tx, call, end, now).await,
        }
    }

    async fn settle_outbound(&self, tx: &mut Tx, call: &OpenCall, end: &End, now: Timestamp) -> Result<()> {
        let outcome = call::outcome_of(end, call.settings.reached_seconds);
        let seconds = i64::from(end.seconds());
        let word = LastWord {
            outcome: outcome.call_outcome(),
            missed_reason: None,
            seconds,
            recording_url: end.recording_url.clone(),
            given_up: false,
        };
        self.end_call(tx, call, &word, now).await?;
        self.finish_attempt(tx, call, outcome, end.seconds(), now).await
    }

    /// Ends an outbound call without a talk: refused for good, or without a trace.
    pub(crate) async fn settle_without_talk(
        &self,
        tx: &mut Tx,
        call: &OpenCall,
        outcome: AttemptOutcome,
        given_up: bool,
        now: Timestamp,
    ) -> Result<()> {
        let word = LastWord { outcome: outcome.call_outcome(), missed_reason: None, seconds: 0, recording_url: None, given_up };
        self.end_call(tx, call, &word, now).await?;
        self.finish_attempt(tx, call, outcome, 0, now).await
    }

    async fn settle_inbound(&self, tx: &mut Tx, call: &OpenCall, end: &End, now: Timestamp) -> Result<()> {
        let missed = call::missed_reason(end);
        let word = LastWord {
            outcome: if missed.is_some() { CallOutcome::Missed } else { CallOutcome::Answered },
            missed_reason: missed,
            seconds: if missed.is_some() { 0 } else { i64::from(end.seconds()) },
            recording_url: end.recording_url.clone(),
            given_up: false,
        };
        self.end_call(tx, call, &word, now).await?;
        match (missed, &call.number) {
            (Some(reason), _) => {
                if call.callback_id.is_none() {
                    let miss = Miss {
                        company: call.company_id,
                        phone: call.phone_id,
                        agent: self.agent_of(tx, call).await?,
                        call: call.id,
                        number: call.number.as_ref(),
                        country: &call.country,
                        reason,
                        rang_at: call.started_at,
                        settings: &call.settings,
                    };
                    let promised = self.promise(tx, &miss, now).await?;
                    if let Some(promised) = &promised {
                        const SQL: &str = "update calls set callback_id = $2 where id = $1";
                        tx.later(SQL, params![call.id, promised.callback]);
                    }
                    self.follow_up(tx, &miss, promised, now);
                }
            }
            (None, Some(number)) => {
                self.reached(tx, spoken_with(call, end.seconds(), number, CalledOff::GotThrough, now), now).await?;
            }
            (None, None) => {}
        }
        Ok(())
    }

    async fn agent_of(&self, tx: &mut Tx, call: &OpenCall) -> Result<Option<ringback_domain::ids::AgentId>> {
        const SQL: &str = "select agent_id from phones where id = $1";
        Ok(tx.one::<(Option<ringback_domain::ids::AgentId>,)>(SQL, params![call.phone_id]).await?.0)
    }

    /// Writes the call's last word, frees its channel, charges it, and tells. From here on it holds the person's lock.
    async fn end_call(&self, tx: &mut Tx, call: &OpenCall, word: &LastWord, now: Timestamp) -> Result<()> {
        if let Some(number) = &call.number {
            person::lock_next(tx, call.company_id, number);
        }
        credits::settle(self, tx, call, word.seconds, now).await?;
        calls::close(tx, call, word, now);
        phones::free_channel(tx, call.id);
        if call.direction == Direction::Inbound {
            // "Caller on the line" is over, and whoever claims next asks for that.
            tx.flush().await?;
            if let Some(number) = &call.number {
                person::look_again(tx, call.company_id, number).await?;
            }
        }
        let about = About { actor: "carrier", callback: call.callback_id, phone: Some(call.phone_id) };
        let data = json!({"call": {
            "id": call.id, "phone_id": call.phone_id, "direction": call.direction, "number": call.number, "outcome": word.outcome,
            "seconds": word.seconds, "attempt_id": call.attempt_id, "callback_id": call.callback_id,
        }});
        self.event(tx, now, call.company_id, EventType::CallEnded, about, data);
        Ok(())
    }

    /// Writes what came of the attempt, where this call still is its call, and what that means for the callback: kept
    /// when a person was reached; open and with people otherwise. A failure is never the end of a promise.
    async fn finish_attempt(&self, tx: &mut Tx, call: &OpenCall, outcome: AttemptOutcome, seconds: u32, now: Timestamp) -> Result<()> {
        let (Some(attempt), Some(before)) = (call.attempt_id, call.attempt_status) else { return Ok(()) };
        let after = if outcome == AttemptOutcome::Reached { attempt::Status::Completed } else { attempt::Status::Failed };
        if before != after && !before.may_become(after) {
            return Ok(());
        }
        const SQL: &str = "update attempts set status = $3, outcome = $4, updated_at = $5 where id = $1 and call_id = $2";
        tx.later(SQL, params![attempt, call.id, after.as_str(), outcome.as_str(), now]);
        let about = About { actor: "carrier", callback: call.callback_id, phone: Some(call.phone_id) };
        if before == after {
            // A late word about what was told: only the outcome is told better.
            return Ok(());
        }
        let kind = if after == attempt::Status::Completed { EventType::AttemptCompleted } else { EventType::AttemptFailed };
        let data = json!({"attempt": {
            "id": attempt, "callback_id": call.callback_id, "phone_id": call.phone_id, "call_id": call.id, "status": after, "outcome": outcome,
        }});
        self.event(tx, now, call.company_id, kind, about, data);
        let Some(number) = &call.number else { return Ok(()) };
        if after == attempt::Status::Failed {
            // Another promise to the same person may have counted on it.
            due::person_goes_to_people(tx, call.company_id, number, now);
        } else {
            self.reached(tx, spoken_with(call, seconds, number, CalledOff::Reached, now), now).await?;
        }
        Ok(())
    }
}

fn spoken_with<'a>(call: &OpenCall, seconds: u32, number: &'a PhoneNumber, because: CalledOff, now: Timestamp) -> Reached<'a> {
    Reached {
        company: call.company_id,
        phone: Some(call.phone_id),
        number,
        since: talk_began(call, seconds, now),
        because,
        actor: "carrier",
    }
}

/// Never later than it was: rather one call too many than a wish of the talk itself forgotten. Whoever rings us may begin to speak
/// at once. Whom we ring has heard nothing before he picks up, and of that we hear late, so that what his talk lasted is asked, too.
fn talk_began(call: &OpenCall, seconds: u32, now: Timestamp) -> Timestamp {
    match (call.direction, call.answered_at) {
        (Direction::Outbound, Some(heard)) => heard.min(plus_seconds(now, -i64::from(seconds))).max(call.started_at),
        _ => call.started_at,
    }
}
