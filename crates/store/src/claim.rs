//! Claiming the next attempt of a phone: attempt, channel, credits, fence and event in one transaction (decision 9).

mod look;

use jiff::Timestamp;
use look::{Head, Look, next_head};
use ringback_domain::{
    call::CallStatus,
    dialing::{self, Candidate, CompanyFacts, Verdict, WaitingBecause},
    event::EventType,
    ids::{AttemptId, CallId, CallbackId, CompanyId, PhoneId},
    phone_number::PhoneNumber,
    time::plus_seconds,
};
use serde_json::json;

use crate::{
    credits,
    db::{Result, Tx, params},
    due,
    faults::{self, fault},
    person,
    phones::{self, PhoneRow, lease_seconds, take_channel},
    store::{About, Store, retrying},
};

/// An attempt that put itself off this far is looked at again only when its cause goes away.
pub(crate) const NEVER: i64 = 9_000_000_000_000_000;

/// After a breaker's pause one trial call runs; this long nobody else is let through beside it.
pub(crate) const BREAKER_SECONDS: i64 = 60;

/// An attempt that this node must dial now. Its channel is leased and its credits are reserved.
#[derive(Debug, Clone)]
pub struct Claim {
    pub attempt: AttemptId,
    pub callback: CallbackId,
    pub call: CallId,
    pub company: CompanyId,
    pub phone: PhoneId,
    pub fence: i64,
    pub to: PhoneNumber,
    pub from: PhoneNumber,
    pub carrier: String,
    /// Sealed; the server opens it.
    pub carrier_config: Vec<u8>,
    pub ingress_key: String,
    pub stream_url: Option<String>,
    pub ring_seconds: u32,
    pub max_call_seconds: u32,
    pub missed_at: Timestamp,
    /// The phone's circuit breaker lets this one call through: accepted, it closes the breaker.
    pub is_trial: bool,
}

/// Attempts that one claim looks at before it lets others have the database: the next sweep goes on behind them.
const LOOKS_PER_CLAIM: u32 = 200;

const DAY_SECONDS: i64 = 24 * 60 * 60;

impl Store {
    /// Claims the next attempt that this phone may dial now. `None`: nothing is eligible; every attempt can say why.
    pub async fn claim_next(&self, phone: PhoneId, now: Timestamp) -> Result<Option<Claim>> {
        let _hurried = self.hurry.begin();
        retrying!({
            let mut tx = self.db.begin().await?;
            let Some(fence) = phones::lock(&mut tx, phone).await? else { return Ok(None) };
            let Some(look) = Look::at(&mut tx, phone, now).await? else { return Ok(None) };
            let company = look.row.company_id;
            let claim = self.claim_on(&mut tx, phone, look, fence, now).await?;
            self.commit(tx, company).await?;
            Ok(claim)
        })
    }

    /// As part of a transaction that holds the phone's lock, so that freeing a channel and claiming the next attempt
    /// are one commit.
    pub(crate) async fn claim_in(&self, tx: &mut Tx, phone: PhoneId, fence: i64, now: Timestamp) -> Result<Option<Claim>> {
        match Look::at(tx, phone, now).await? {
            Some(look) => self.claim_on(tx, phone, look, fence, now).await,
            None => Ok(None),
        }
    }

    async fn claim_on(&self, tx: &mut Tx, phone: PhoneId, look: Look, fence: i64, now: Timestamp) -> Result<Option<Claim>> {
        let Look { row, mut head } = look;
        let ignores_channels = fault(3) || (fault(15) && faults::campaign_released_some(tx, phone).await?);
        match row.facts().blocked(&row.settings, now) {
            None => {}
            Some(WaitingBecause::ChannelsBusy) if ignores_channels => {}
            Some(WaitingBecause::CreditsShort { .. }) => {
                credits::tell_short(self, tx, phone, &row, now).await?;
                return Ok(None);
            }
            Some(_) => return Ok(None),
        }
        if fault(21) && faults::order_by_one_score(tx, phone, now).await? {
            return Ok(None);
        }
        if row.put_off_is_due || fault(21) {
            promote(tx, phone, now).await?;
            head = next_head(tx, phone, now).await?;
        }
        let Some(mut head) = head else { return Ok(None) };
        if fault(13) && !faults::is_remembered(self.node.run, head.id) {
            return Ok(None);
        }
        let reserve = i64::from(row.settings.minimum_credits);
        let account_is_held = tx.holds_account;
        if !account_is_held && !credits::reserve(tx, row.company_id, reserve).await? {
            return Ok(None);
        }
        let mut locked = None;
        for _ in 0..LOOKS_PER_CLAIM {
            match admit(&head, &row, now) {
                Verdict::Dial => {
                    if let Some(claim) = self.start(tx, phone, &row, &head, fence, now).await? {
                        if account_is_held {
                            credits::reserve_held(tx, row.company_id, reserve);
                        }
                        return Ok(Some(claim));
                    }
                }
                // Looked at again under the person's lock, under which others make it eligible: what they do between
                // our look and our putting it off would be overwritten.
                Verdict::Wait { .. } | Verdict::Refuse(_) if locked != Some(head.id) => {
                    person::lock(tx, row.company_id, &head.person).await?;
                    locked = Some(head.id);
                }
                Verdict::Wait { because, until } => put_off(tx, head.id, &because, until.as_millisecond()).await?,
                Verdict::Refuse(because) => {
                    put_off(tx, head.id, &because, NEVER).await?;
                    due::goes_to_people(tx, head.callback_id, now);
                }
            }
            match next_head(tx, phone, now).await? {
                Some(next) => head = next,
                None => break,
            }
        }
        if !account_is_held {
            credits::release(tx, row.company_id, reserve).await?;
        }
        Ok(None)
    }

    /// `None`: the attempt was cancelled while this transaction looked at it.
    async fn start(&self, tx: &mut Tx, phone: PhoneId, row: &PhoneRow, head: &Head, fence: i64, now: Timestamp) -> Result<Option<Claim>> {
        let call = CallId(self.new_id(now));
        // Put off meanwhile, because a person began to call, it is not in the queue any more.
        const CLAIM: &str = "update attempts set status = 'processing', call_id = $2, fence = $3, dials = dials + 1, updated_at = $4
            where id = $1 and status = 'pending' and look_at is null";
        const LOOKED_AT: &str = "update attempts set status = 'processing', call_id = $2, fence = $3, dials = dials + 1, updated_at = $4
            where id = $1";
        let claim = if fault(1) { LOOKED_AT } else { CLAIM };
        if tx.execute(claim, params![head.id, call, fence, now]).await? == 0 {
            return Ok(None);
        }
        let until = plus_seconds(now, lease_seconds(row.max_call_seconds, row.settings.ring_seconds));
        let leased =
            if fault(4) { faults::lease_without_id(tx, phone, until).await? } else { take_channel(tx, phone, call, until).await? };
        if fault(2) && !leased {
            faults::fail_undialed(tx, head.id).await?;
            return Ok(None);
        }
        assert!(leased || fault(3) || fault(15), "I1: a free channel was counted under the phone's lock and is gone");
        self.insert_outbound(tx, phone, row, head, call, fence, now);
        if row.breaker_open {
            const TRIAL: &str = "update phone_dialing set paused_until = $2 where phone_id = $1";
            tx.execute(TRIAL, params![phone, plus_seconds(now, BREAKER_SECONDS)]).await?;
        }
        let about = About { actor: "system", callback: Some(head.callback_id), phone: Some(phone) };
        let data = json!({"attempt": {"id": head.id, "callback_id": head.callback_id, "phone_id": phone, "call_id": call, "status": "processing"}});
        self.event(tx, now, row.company_id, EventType::AttemptStarted, about, data);
        Ok(Some(Claim {
            attempt: head.id,
            callback: head.callback_id,
            call,
            company: row.company_id,
            phone,
            fence,
            to: head.person.clone(),
            from: row.number.clone(),
            carrier: row.carrier.clone(),
            carrier_config: row.carrier_config.clone(),
            ingress_key: row.ingress_key.clone(),
            // The agent that the person would have reached, even if the phone has another one by now.
            stream_url: head.agent_stream_url.clone().or_else(|| row.stream_url.clone()),
            ring_seconds: row.settings.ring_seconds,
            max_call_seconds: row.max_call_seconds,
            missed_at: head.missed_at,
            is_trial: row.breaker_open,
        }))
    }

    #[expect(clippy::too_many_arguments, reason = "one insert, each argument a column")]
    fn insert_outbound(&self, tx: &mut Tx, phone: PhoneId, row: &PhoneRow, head: &Head, call: CallId, fence: i64, now: Timestamp) {
        const SQL: &str = "insert into calls (id, company_id, phone_id, agent_id, direction, number, status, turned_away, given_up,
                seconds, reserved_credits, fence, node, node_run, attempt_id, callback_id, original_missed_call_id, started_at, ask_at,
                asks, created_at, updated_at)
            values ($1, $2, $3, $4, 'outbound', $5, $6, $7, $7, 0, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, $15, $15)";
        // Asked about as soon as the answer to the request is certainly overdue.
        let ask_at = plus_seconds(now, i64::try_from(self.patience.carrier_timeout.as_secs()).unwrap_or(10) + 1);
        let params = params![
            call,
            row.company_id,
            phone,
            head.agent_id,
            &head.person,
            CallStatus::Queued.as_str(),
            false,
            i64::from(row.settings.minimum_credits),
            fence,
            &self.node.name,
            self.node.run,
            head.id,
            head.callback_id,
            head.missed_call_id,
            now,
            ask_at,
        ];
        tx.later(SQL, params);
    }
}

fn admit(head: &Head, row: &PhoneRow, now: Timestamp) -> Verdict {
    let candidate = Candidate {
        number: head.person.clone(),
        missed_at: head.last_asked_at.or(Some(head.missed_at)),
        no_call: head.no_call,
        own_number: head.own_number,
        answered_here: head.answered_here,
        recent_attempts: head.recent_attempts,
        recent_until: head.recent_first.map(|first| plus_seconds(first, DAY_SECONDS)),
        on_the_line_until: head.on_the_line_until,
        claimed_until: head.claimed_until,
    };
    let company = CompanyFacts { country: &row.country, time_zone: &row.time_zone, settings: &row.settings };
    dialing::admit(&candidate, company, now)
}

/// Puts back into the queue what was put off until now: the first in dialing order, as many as this claim can look at, so that
/// it finds who is next of all. The rest is for the next claims and the sweep.
async fn promote(tx: &mut Tx, phone: PhoneId, now: Timestamp) -> Result<()> {
    // Asked again in `set`: what was put off once more while PostgreSQL waited for its row stays so. Asked in `where`, it would
    // lead PostgreSQL along an index of its own, and through these ids for each row of that.
    const SQL: &str = "update attempts set look_at = case when look_at > $2 then look_at end,
            waiting_because = case when look_at > $2 then waiting_because end
        where id in (
            select id from attempts where phone_id = $1 and status = 'pending' and look_at is not null and look_at <= $2
            order by priority, not_before, id limit $3)";
    tx.execute_many(SQL, params![phone, now, LOOKS_PER_CLAIM]).await?;
    Ok(())
}

async fn put_off(tx: &mut Tx, attempt: AttemptId, because: &WaitingBecause, look_at: i64) -> Result<()> {
    const SQL: &str = "update attempts set look_at = $2, waiting_because = $3 where id = $1 and status = 'pending'";
    let because = serde_json::to_string(because)?;
    tx.execute(SQL, params![attempt, look_at, because]).await?;
    Ok(())
}
