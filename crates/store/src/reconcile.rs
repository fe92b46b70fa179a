//! Calls whose carrier has gone quiet: lost answers, missing end events, lapsed leases. The carrier is asked, with
//! back-off, until it says how things stand; nothing here ever dials again.

use std::collections::HashSet;

use jiff::Timestamp;
use ringback_domain::{
    call::{self, AttemptOutcome, CallStatus, Direction, End, EndedHow, News},
    ids::{CallId, CompanyId, PhoneId},
    phone_number::PhoneNumber,
    time::{plus_seconds, seconds_between},
};

use crate::{
    calls::OpenCall,
    carrier_news::{Applied, learn_carrier_id},
    db::{ROWS_AT_ONCE, Result, Tx, Value, any_of, from_record, params},
    faults::{self, fault},
    phones,
    store::{Store, retrying},
};

/// A call that the carrier is to be asked about.
#[derive(Debug, Clone)]
pub struct AskAbout {
    pub call: CallId,
    pub company: CompanyId,
    pub phone: PhoneId,
    pub carrier: String,
    pub carrier_config: Vec<u8>,
    pub phone_number: PhoneNumber,
    pub number: Option<PhoneNumber>,
    pub carrier_call_id: Option<String>,
    pub asked_at: Timestamp,
}
from_record!(AskAbout { call, company, phone, carrier, carrier_config, phone_number, number, carrier_call_id, asked_at });

/// What the carrier answered.
#[derive(Debug, Clone)]
pub enum CarrierSays {
    Found {
        carrier_call_id: String,
        news: News,
    },
    NoTrace,
    /// It did not answer.
    Nothing,
}

/// A lapsed lease of a silent carrier is given up this long after its deadline.
const SILENCE_SECONDS: i64 = 5 * 60;
/// Carriers settle a call's duration about two minutes after its end (Exotel says so); after that our clock serves.
const DURATION_SECONDS: i64 = 150;
/// When a lost answer is asked about, in seconds since it was lost; then every 40.
const LOST_ANSWER: [i64; 5] = [2, 5, 10, 20, 40];

impl Store {
    /// The calls that are due to be asked about; each is put off a little, so that two nodes do not ask at once.
    pub async fn calls_to_ask(&self, now: Timestamp) -> Result<Vec<AskAbout>> {
        const DUE: &str = "select k.id as call, k.company_id as company, k.phone_id as phone, p.carrier, p.carrier_config,
                p.number as phone_number, k.number, k.carrier_call_id, k.started_at as asked_at
            from calls k join phones p on p.id = k.phone_id
            where k.ask_at is not null and k.ask_at <= $1 order by k.ask_at limit 64";
        let due: Vec<AskAbout> = self.db.all(DUE, params![now]).await?;
        if due.is_empty() {
            return Ok(due);
        }
        retrying!({
            let mut tx = self.db.begin().await?;
            let mut mine = HashSet::new();
            for some in due.chunks(ROWS_AT_ONCE) {
                let mut params = params![plus_seconds(now, 15), now];
                params.extend(some.iter().map(|ask| Value::from(ask.call)));
                let calls = any_of(some.len(), 2);
                let sql = format!("update calls set ask_at = $1 where ask_at <= $2 and id in {calls} returning id");
                mine.extend(tx.all_built::<(CallId,)>(sql, params).await?.into_iter().map(|(call,)| call));
            }
            tx.commit().await?;
            Ok(due.iter().filter(|ask| mine.contains(&ask.call)).cloned().collect())
        })
    }

    /// The carrier ids that other calls with this number have: the asked one cannot be among them.
    pub async fn carrier_ids_taken(&self, ask: &AskAbout) -> Result<Vec<String>> {
        const SQL: &str = "select carrier_call_id from calls where company_id = $1 and number = $2 and id <> $3 and started_at > $4
            and carrier_call_id is not null order by started_at desc limit 100";
        let since = plus_seconds(ask.asked_at, -24 * 60 * 60);
        let number = ask.number.as_ref().map(|number| number.reveal().to_owned());
        let rows = self.db.all::<(String,)>(SQL, params![ask.company, number, ask.call, since]).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// Before the look-up: a claim whose answer never came is `unknown` from now on, and its fence is raised, so that a
    /// late worker overwrites nothing.
    pub async fn expect_no_answer(&self, ask: &AskAbout, now: Timestamp) -> Result<()> {
        retrying!({
            let mut tx = self.db.begin().await?;
            let Some(fence) = phones::lock(&mut tx, ask.phone).await? else { return Ok(()) };
            let Some(call) = OpenCall::by_id(&mut tx, ask.phone, ask.call).await? else { return Ok(()) };
            if call.status != CallStatus::Queued || call.settled_at.is_some() {
                return Ok(());
            }
            tx.execute("update calls set fence = $2 where id = $1", params![call.id, fence]).await?;
            self.lost(&mut tx, &call, now).await?;
            if fault(9) {
                faults::run_again(&mut tx, &call).await?;
            }
            self.commit(tx, call.company_id).await
        })
    }

    /// Applies the carrier's answer; like an event it may free a channel and claim the next attempt for it.
    pub async fn apply_look_up(&self, ask: &AskAbout, says: &CarrierSays, may_dial: bool, now: Timestamp) -> Result<Applied> {
        retrying!({
            let mut tx = self.db.begin().await?;
            let Some(fence) = phones::lock(&mut tx, ask.phone).await? else { return Ok(Applied::default()) };
            let Some(call) = OpenCall::by_id(&mut tx, ask.phone, ask.call).await? else { return Ok(Applied::default()) };
            if call.settled_at.is_some() && !call.given_up {
                return Ok(Applied { matched: true, ..Applied::default() });
            }
            let freed = match says {
                CarrierSays::Found { carrier_call_id, news } => {
                    learn_carrier_id(&mut tx, ask.phone, call.id, carrier_call_id).await?;
                    let freed = self.found(&mut tx, &call, news, now).await?;
                    // Events that named it by an id that nobody knew until now.
                    self.match_stored(&mut tx, ask.phone, carrier_call_id, now).await? || freed
                }
                CarrierSays::NoTrace => self.no_trace(&mut tx, &call, now).await?,
                CarrierSays::Nothing => self.silent(&mut tx, &call, now).await?,
            };
            let claim = if freed && may_dial { self.claim_in(&mut tx, ask.phone, fence, now).await? } else { None };
            self.commit(tx, call.company_id).await?;
            Ok(Applied { matched: true, claim: claim.map(Box::new), freed })
        })
    }

    async fn found(&self, tx: &mut Tx, call: &OpenCall, news: &News, now: Timestamp) -> Result<bool> {
        match news {
            News::Ended(end) if end.lacks_seconds() && call.ended_at.is_some() => self.by_our_clock(tx, call, end, now).await,
            News::Ended(_) => self.apply_news(tx, call, news, now).await,
            News::Ringing | News::Answered { .. } if call.ended_at.is_some() => {
                // The carrier's books lag behind its own end event.
                self.by_our_clock(tx, call, &End::plain(EndedHow::Completed), now).await
            }
            News::Ringing | News::Answered { .. } => {
                self.apply_news(tx, call, news, now).await?;
                ask_again(tx, call, back_off(call.asks), now).await?;
                Ok(false)
            }
        }
    }

    /// The call has ended, the carrier does not say how long it was: ask on for a while, then take our own clock.
    async fn by_our_clock(&self, tx: &mut Tx, call: &OpenCall, end: &End, now: Timestamp) -> Result<bool> {
        let ended_at = call.ended_at.unwrap_or(now);
        if seconds_between(ended_at, now) < DURATION_SECONDS {
            ask_again(tx, call, LOST_ANSWER[usize::try_from(call.asks).unwrap_or(0).min(LOST_ANSWER.len() - 1)], now).await?;
            return Ok(false);
        }
        let talk = call::seconds_by_our_clock(call.answered_at, call.started_at, ended_at);
        self.settle(tx, call, &End { talk_seconds: Some(talk), ..end.clone() }, now).await?;
        Ok(call.leased_until.is_some())
    }

    async fn no_trace(&self, tx: &mut Tx, call: &OpenCall, now: Timestamp) -> Result<bool> {
        if call.ended_at.is_some() {
            return self.by_our_clock(tx, call, &End::plain(EndedHow::Completed), now).await;
        }
        let since = call.unknown_since.unwrap_or(now);
        let horizon = i64::try_from(self.patience.unknown_horizon.as_secs()).unwrap_or(90);
        if seconds_between(since, now) >= horizon {
            return self.give_up(tx, call, AttemptOutcome::NoTrace, now).await;
        }
        const SQL: &str = "update calls set status = 'unknown', unknown_since = coalesce(unknown_since, $2) where id = $1";
        tx.execute(SQL, params![call.id, now]).await?;
        let elapsed = seconds_between(since, now);
        ask_again(tx, call, after_lost_answer(elapsed).min(horizon - elapsed), now).await?;
        Ok(false)
    }

    async fn silent(&self, tx: &mut Tx, call: &OpenCall, now: Timestamp) -> Result<bool> {
        if call.ended_at.is_some() {
            return self.by_our_clock(tx, call, &End::plain(EndedHow::Completed), now).await;
        }
        let patient_until = call.leased_until.map_or(now, |until| plus_seconds(until, SILENCE_SECONDS));
        if now >= patient_until {
            return self.give_up(tx, call, AttemptOutcome::NoTrace, now).await;
        }
        let pause = call.unknown_since.map_or_else(|| back_off(call.asks), |since| after_lost_answer(seconds_between(since, now)));
        ask_again(tx, call, pause.min(seconds_between(now, patient_until)), now).await?;
        Ok(false)
    }

    /// Ends a call without the carrier's word. It goes to a person; a word that comes later still wins.
    async fn give_up(&self, tx: &mut Tx, call: &OpenCall, outcome: AttemptOutcome, now: Timestamp) -> Result<bool> {
        match call.direction {
            Direction::Outbound => self.settle_without_talk(tx, call, outcome, true, now).await?,
            Direction::Inbound => {
                self.settle(tx, call, &End::plain(EndedHow::Failed), now).await?;
                tx.execute("update calls set given_up = $2 where id = $1", params![call.id, true]).await?;
            }
        }
        Ok(true)
    }

    /// At start: what earlier runs of this node asked and never heard an answer to is asked about at once.
    pub async fn recover(&self, now: Timestamp) -> Result<u64> {
        retrying!({
            let mut tx = self.db.begin().await?;
            const SQL: &str =
                "update calls set ask_at = $3 where status = 'queued' and ask_at is not null and node = $1 and node_run <> $2";
            let found = tx.execute(SQL, params![&self.node.name, self.node.run, now]).await?;
            tx.commit().await?;
            Ok(found)
        })
    }
}

/// How long until the next question, so many seconds after an answer was lost.
fn after_lost_answer(elapsed: i64) -> i64 {
    LOST_ANSWER.iter().find(|at| **at > elapsed).map_or(40, |at| at - elapsed)
}

/// 30 s, doubling to 5 min.
fn back_off(asks: i64) -> i64 {
    (30_i64 << asks.clamp(0, 4)).min(300)
}

async fn ask_again(tx: &mut Tx, call: &OpenCall, seconds: i64, now: Timestamp) -> Result<()> {
    const SQL: &str = "update calls set ask_at = $2, asks = $3 where id = $1";
    tx.execute(SQL, params![call.id, plus_seconds(now, seconds.max(1)), call.asks + 1]).await?;
    Ok(())
}
