//! What must be true after every step, and at the end.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use ringback_domain::{
    event::EventType,
    ids::{AttemptId, CallbackId},
    time::seconds_between,
};
use serde_json::Value as Json;

use crate::world::World;

/// Four hours, less the minute by which whoever looked first may have been late.
const COOLED_DOWN_SECONDS: i64 = 4 * 60 * 60 - 60;

/// What happened over all runs: a simulation in which nothing happens proves nothing.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    callers: i64,
    missed: i64,
    dialed: i64,
    reached: i64,
    failed: i64,
    lost_answers: i64,
    unspent: i64,
    given_up: i64,
    held: i64,
    short_of_credits: i64,
    paused: i64,
    assigned: i64,
    warned: i64,
    overdue: i64,
    escalated: i64,
    expired: i64,
    crashes: i64,
    by_people: i64,
    called_off: i64,
    /// Mistreatments by the carrier, of every kind.
    pub(crate) faults: i64,
}

impl Tally {
    pub(crate) fn add(&mut self, one: &Self) {
        self.callers += one.callers;
        self.missed += one.missed;
        self.dialed += one.dialed;
        self.reached += one.reached;
        self.failed += one.failed;
        self.lost_answers += one.lost_answers;
        self.unspent += one.unspent;
        self.given_up += one.given_up;
        self.held += one.held;
        self.short_of_credits += one.short_of_credits;
        self.paused += one.paused;
        self.assigned += one.assigned;
        self.warned += one.warned;
        self.overdue += one.overdue;
        self.escalated += one.escalated;
        self.expired += one.expired;
        self.crashes += one.crashes;
        self.by_people += one.by_people;
        self.called_off += one.called_off;
        self.faults += one.faults;
    }

    pub(crate) fn assert_everything_happened(&self) {
        let all = [
            self.callers,
            self.missed,
            self.dialed,
            self.reached,
            self.failed,
            self.lost_answers,
            self.unspent,
            self.given_up,
            self.held,
            self.short_of_credits,
            self.paused,
            self.assigned,
            self.warned,
            self.overdue,
            self.escalated,
            self.expired,
            self.crashes,
            self.by_people,
            self.called_off,
            self.faults,
        ];
        assert!(all.iter().all(|count| *count > 0), "something never happened: {self:?}");
    }
}

impl World {
    pub(crate) async fn tally(&self) -> Tally {
        let count =
            async |sql: &'static str| self.store.db().optional::<(i64,)>(sql, vec![]).await.expect("reads").map_or(0, |(count,)| count);
        Tally {
            callers: count("select count(*) from calls where direction = 'inbound'").await,
            missed: count("select count(*) from calls where outcome = 'missed'").await,
            dialed: i64::try_from(self.simulator.dials().len()).expect("few"),
            reached: count("select count(*) from attempts where status = 'completed'").await,
            failed: count("select count(*) from attempts where status = 'failed'").await,
            lost_answers: count("select count(*) from events where type = 'attempt.unknown'").await,
            unspent: count("select count(*) from calls where carrier_answer in ('not_processed', 'throttled')").await,
            given_up: count("select count(*) from calls where given_up").await,
            held: count("select count(*) from events where type = 'attempt.on_hold'").await,
            short_of_credits: count("select count(*) from events where type = 'credits.low'").await,
            paused: count("select count(*) from events where type = 'phone.paused'").await,
            assigned: count("select count(*) from events where type = 'callback.assigned'").await,
            warned: count("select count(*) from events where type = 'callback.due_soon'").await,
            overdue: count("select count(*) from events where type = 'callback.overdue'").await,
            escalated: count("select count(*) from escalations").await,
            expired: count("select count(*) from events where type = 'callback.expired'").await,
            by_people: count("select count(*) from events where type = 'callback.contacted' and actor like 'staff:%'").await,
            called_off: count("select count(*) from attempts where status = 'cancelled'").await,
            crashes: i64::try_from(self.runs).expect("few"),
            faults: i64::try_from(self.simulator.faults()).expect("few"),
        }
    }

    /// I1 to I6 by the store's own queries, and I2 by the carrier's books.
    pub(crate) async fn check(&self) -> Result<(), String> {
        let violations = self.store.violations().await.map_err(|error| error.to_string())?;
        if !violations.is_empty() {
            return Err(format!("{violations:?}"));
        }
        self.nobody_was_told_twice().await?;
        self.nobody_was_dialed_twice().await
    }

    /// Of one due time it is told once that it comes, is over, and is given up; handing up cools down; and each owner takes over
    /// from the one before.
    async fn nobody_was_told_twice(&self) -> Result<(), String> {
        const SQL: &str = "select callback_id, type, data, occurred_at from events where type in ('callback.due_soon', 'callback.overdue',
            'callback.expired', 'callback.escalated', 'callback.assigned') order by place, id";
        let told = self.store.db().all::<(CallbackId, EventType, String, Timestamp)>(SQL, vec![]).await;
        let (mut seen, mut escalated) = (HashSet::new(), HashMap::new());
        let mut owners: HashMap<CallbackId, Json> = HashMap::new();
        for (id, kind, data, at) in told.map_err(|error| error.to_string())? {
            let data: Json = serde_json::from_str(&data).map_err(|error| error.to_string())?;
            let callback = &data["callback"];
            match kind {
                EventType::CallbackAssigned => {
                    let before = owners.insert(id, callback["assigned_to"].clone()).unwrap_or(Json::Null);
                    if before != callback["assigned_from"] || before == callback["assigned_to"] {
                        return Err(format!("I5: {id} was told to be given from {callback} while {before} had it"));
                    }
                }
                EventType::CallbackEscalated if callback["reason"] == "sla_breach" => {
                    let before = escalated.insert(id, at);
                    if before.is_some_and(|before| seconds_between(before, at) < COOLED_DOWN_SECONDS) {
                        return Err(format!("{id} was handed up at {before:?} and at {at}"));
                    }
                }
                _ if seen.insert((id, kind, callback["due_at"].to_string())) => {}
                _ => return Err(format!("I5: {kind} of {id} was told twice")),
            }
        }
        Ok(())
    }

    /// Each attempt was accepted by the carrier once at most, whatever we learnt of it.
    async fn nobody_was_dialed_twice(&self) -> Result<(), String> {
        let mut dialed: HashMap<AttemptId, usize> = HashMap::new();
        let attempts: HashMap<_, _> = self
            .store
            .db()
            .all::<(ringback_domain::ids::CallId, AttemptId)>("select id, attempt_id from calls where attempt_id is not null", vec![])
            .await
            .map_err(|error| error.to_string())?
            .into_iter()
            .collect();
        for dial in self.simulator.dials() {
            let attempt =
                attempts.get(&dial.call).ok_or_else(|| format!("I4: the carrier was asked for {} and nothing is on disk", dial.call))?;
            let times = dialed.entry(*attempt).or_default();
            *times += 1;
            if *times > 1 {
                return Err(format!("I2: attempt {attempt} was dialed twice"));
            }
        }
        Ok(())
    }

    /// Nothing is under way any more, and nobody was forgotten.
    pub(crate) async fn check_end(&self) -> Result<(), String> {
        self.check().await?;
        for (what, sql) in [
            ("a channel is leased", "select cast(count(*) as bigint) from channel_leases where call_id is not null"),
            ("an attempt is under way", "select cast(count(*) as bigint) from attempts where status in ('processing', 'unknown')"),
            ("a call is not settled", "select cast(count(*) as bigint) from calls where settled_at is null"),
            ("credits are reserved", "select cast(coalesce(sum(reserved), 0) as bigint) from credit_accounts"),
            (
                "a missed call with a number has no callback",
                "select cast(count(*) as bigint) from calls where outcome = 'missed' and number is not null and callback_id is null",
            ),
            (
                "a callback has no event that tells of it",
                "select cast(count(*) as bigint) from callbacks b where not exists
                    (select 1 from events e where e.callback_id = b.id and e.type = 'callback.created')",
            ),
            (
                "an attempt ended without its event",
                "select cast(count(*) as bigint) from attempts a where a.status in ('completed', 'failed') and not exists
                    (select 1 from events e where e.callback_id = a.callback_id and e.type in ('attempt.completed', 'attempt.failed'))",
            ),
            (
                "a callback was told about twice",
                "select cast(count(*) as bigint) from (select e.callback_id from events e
                    where e.type in ('callback.due_soon', 'callback.overdue', 'callback.expired')
                      and not exists (select 1 from events m where m.callback_id = e.callback_id
                          and m.type in ('callback.merged', 'callback.reopened', 'callback.snoozed', 'callback.restored'))
                    group by e.callback_id, e.type having count(*) > 1) q",
            ),
            (
                "an escalation and its event differ",
                "select abs((select cast(count(*) as bigint) from escalations)
                    - (select cast(count(*) as bigint) from events where type = 'callback.escalated'))",
            ),
        ] {
            let (count,) = self.store.db().optional::<(i64,)>(sql, vec![]).await.map_err(|error| error.to_string())?.unwrap_or((0,));
            if count != 0 {
                return Err(format!("at the end {what}: {count}"));
            }
        }
        self.every_caller_is_accounted_for().await
    }

    async fn every_caller_is_accounted_for(&self) -> Result<(), String> {
        let known: HashMap<String, String> = self
            .store
            .db()
            .all::<(String, String)>(
                "select carrier_call_id, coalesce(outcome, '') as outcome from calls where direction = 'inbound'",
                vec![],
            )
            .await
            .map_err(|error| error.to_string())?
            .into_iter()
            .collect();
        for (id, _, connected) in &self.rang {
            match known.get(id).map(String::as_str) {
                None => return Err(format!("I4: the caller {id} is not on disk")),
                Some("missed") => {}
                Some(_) if *connected => {}
                Some(outcome) => return Err(format!("the caller {id} was turned away and is {outcome:?}")),
            }
        }
        Ok(())
    }
}
