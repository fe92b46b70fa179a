//! What people and programs of the company do with callbacks while the machine goes on, and what the machine must not do then.

use std::fmt::Debug;

use jiff::Timestamp;
use rand::RngExt as _;
use ringback_domain::{
    callback::{ContactOutcome, ReturnBy, Source},
    ids::{AttemptId, CallbackId, StaffId},
    phone_number::PhoneNumber,
    time::plus_seconds,
};
use ringback_store::{Ask, By, NewCallback};
use uuid::Uuid;

use crate::world::World;

const HOUR: i64 = 60 * 60;

impl World {
    /// Somebody does something with a callback; what is not legal is refused, and that is fine.
    pub(crate) async fn a_person_acts(&mut self) {
        match self.random.random_range(0..12) {
            0..3 => self.asks_to_be_called().await,
            3 => self.tries_again_or_calls_off().await,
            4 => self.is_deleted_or_restored().await,
            _ => self.moves().await,
        }
    }

    async fn asks_to_be_called(&mut self) {
        let person = self.random.random_range(1..10);
        let number = PhoneNumber::parse(&format!("+4915112345{person:03}"), "DE").expect("valid");
        let (now, phone) = (self.now(), self.phones[self.random.random_range(0..self.phones.len())].id);
        let by_agent = self.random.random_bool(0.5);
        let not_before = self.random.random_bool(0.5).then(|| plus_seconds(now, self.random.random_range(60..4 * HOUR)));
        let new = NewCallback {
            phone_id: Some(phone),
            return_by: if by_agent { ReturnBy::Agent } else { ReturnBy::Staff },
            not_before,
            ..NewCallback::new(number, Source::Api)
        };
        let created = self.store.tenant(self.company).create_callback(&new, "token:simulation", now).await;
        self.told("asks to be called", created.expect("written"));
    }

    async fn tries_again_or_calls_off(&mut self) {
        let Some(attempt) = self.any::<AttemptId>("select id from attempts order by id").await else { return };
        let (store, company, now) = (self.store.clone(), self.company, self.now());
        let rows = store.tenant(company);
        if self.random.random_bool(0.5) {
            let retried = rows.retry_attempt(attempt, "staff:simulation", now).await.expect("answered");
            self.told("tries again", retried);
        } else {
            let cancelled = rows.cancel_attempt(attempt, "staff:simulation", now).await.expect("answered");
            self.told("calls off", cancelled);
        }
    }

    async fn is_deleted_or_restored(&mut self) {
        let Some(callback) = self.any::<CallbackId>("select id from callbacks order by id").await else { return };
        let (store, company, now) = (self.store.clone(), self.company, self.now());
        let rows = store.tenant(company);
        let moved = if self.random.random_bool(0.4) {
            rows.delete_callback(callback, By::SYSTEM, now).await
        } else {
            rows.restore_callback(callback, By::SYSTEM, now).await
        };
        self.told("deletes or restores", moved.expect("answered"));
    }

    async fn moves(&mut self) {
        const OPEN: &str = "select id from callbacks where status in ('pending', 'assigned', 'contacted') order by id";
        let Some(callback) = self.any::<CallbackId>(OPEN).await else { return };
        let (now, anna) = (self.now(), StaffId(Uuid::from_u128(200 + self.random.random_range(0..2))));
        let outcomes = [ContactOutcome::Reached, ContactOutcome::NotReached, ContactOutcome::Mailbox, ContactOutcome::Later];
        let ask = match self.random.random_range(0..9) {
            0..3 => Ask::Claim,
            3 => Ask::Release,
            4..6 => Ask::Contact { outcome: outcomes[self.random.random_range(0..outcomes.len())], notes: None },
            6 => Ask::Snooze { until: plus_seconds(now, self.random.random_range(60..8 * HOUR)) },
            7 => Ask::Assign(anna),
            _ if self.random.random_bool(0.5) => Ask::ContactThenComplete { notes: None },
            _ => Ask::Cancel { reason: Some("not needed any more") },
        };
        let actor = format!("staff:{}", anna.0);
        let by = By { actor: &actor, staff: Some(anna) };
        let (store, company) = (self.store.clone(), self.company);
        let moved = store.tenant(company).move_callback(callback, ask, by, now).await.expect("answered");
        self.told(&format!("{ask:?} of {callback}"), moved);
    }

    async fn any<T: ringback_store::db::Column + Copy>(&mut self, sql: &'static str) -> Option<T> {
        let ids = self.store.db().all::<(T,)>(sql, vec![]).await.expect("reads");
        (!ids.is_empty()).then(|| ids[self.random.random_range(0..ids.len())].0)
    }

    fn told(&mut self, what: &str, came_of_it: impl Debug) {
        self.note(&format!("somebody {what}: {came_of_it:?}"));
    }

    /// What was claimed at this moment may be dialed at this moment: nobody calls that person himself, it is not before the time
    /// that was asked for, and the promise is still open.
    pub(crate) async fn assert_may_be_dialed(&self, attempt: AttemptId) {
        const SQL: &str = "select a.not_before, b.status, (select max(o.claimed_until) from callbacks o where o.company_id = a.company_id
                and o.number = a.number and o.status in ('pending', 'assigned', 'contacted') and o.deleted_at is null) as claimed_until
            from attempts a join callbacks b on b.id = a.callback_id where a.id = $1 and b.deleted_at is null";
        type May = (Timestamp, String, Option<Timestamp>);
        let may: Option<May> = self.store.db().optional(SQL, vec![attempt.into()]).await.expect("reads");
        let (not_before, status, claimed_until) = may.expect("a deleted promise is not dialed");
        let now = self.now();
        let open = ["pending", "assigned", "contacted"].contains(&status.as_str());
        let free = claimed_until.is_none_or(|until| until <= now);
        assert!(open && free && not_before <= now, "{}", self.story(&format!("{attempt} is {status}, {claimed_until:?}, {not_before}")));
    }
}
