//! What stands in the database, as tests ask for it.

use ringback_domain::{
    attempt,
    call::AttemptOutcome,
    callback,
    event::EventType,
    ids::{AttemptId, CallId, CallbackId},
};
use ringback_store::{
    Claim, IngressPhone,
    db::{FromRecord, Value},
};

use super::Bench;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) id: AttemptId,
    pub(crate) status: attempt::Status,
    pub(crate) outcome: Option<AttemptOutcome>,
    pub(crate) dials: i64,
}

impl Bench {
    pub(crate) async fn all<T: FromRecord>(&self, sql: &'static str, params: Vec<Value>) -> Vec<T> {
        self.store.db().all(sql, params).await.unwrap()
    }

    pub(crate) async fn optional<T: FromRecord>(&self, sql: &'static str, params: Vec<Value>) -> Option<T> {
        self.store.db().optional(sql, params).await.unwrap()
    }

    pub(crate) async fn number(&self, sql: &'static str, params: Vec<Value>) -> i64 {
        self.optional::<(i64,)>(sql, params).await.unwrap().0
    }

    /// The attempts of a callback, oldest first.
    pub(crate) async fn attempts(&self, callback: CallbackId) -> Vec<Attempt> {
        const SQL: &str = "select id, status, outcome, dials from attempts where callback_id = $1 order by id";
        let rows = self.all::<(AttemptId, attempt::Status, Option<AttemptOutcome>, i64)>(SQL, vec![callback.into()]).await;
        rows.into_iter().map(|(id, status, outcome, dials)| Attempt { id, status, outcome, dials }).collect()
    }

    /// The only attempt of a callback.
    pub(crate) async fn attempt(&self, callback: CallbackId) -> Attempt {
        let mut attempts = self.attempts(callback).await;
        assert_eq!(attempts.len(), 1, "one attempt was expected");
        attempts.remove(0)
    }

    pub(crate) async fn status(&self, callback: CallbackId) -> attempt::Status {
        self.attempt(callback).await.status
    }

    pub(crate) async fn callback_status(&self, callback: CallbackId) -> callback::Status {
        self.optional::<(callback::Status,)>("select status from callbacks where id = $1", vec![callback.into()]).await.unwrap().0
    }

    pub(crate) async fn callbacks(&self) -> i64 {
        self.number("select count(*) from callbacks", vec![]).await
    }

    pub(crate) async fn balance(&self) -> i64 {
        self.number("select balance from credit_accounts where company_id = $1", vec![self.company.into()]).await
    }

    pub(crate) async fn reserved(&self) -> i64 {
        self.number("select reserved from credit_accounts where company_id = $1", vec![self.company.into()]).await
    }

    pub(crate) async fn charged(&self, call: CallId) -> i64 {
        const SQL: &str = "select cast(coalesce(sum(-amount), 0) as bigint) from credit_entries where call_id = $1";
        self.number(SQL, vec![call.into()]).await
    }

    pub(crate) async fn free_channels(&self, phone: &IngressPhone) -> i64 {
        self.number("select count(*) from channel_leases where phone_id = $1 and call_id is null", vec![phone.id.into()]).await
    }

    pub(crate) async fn events(&self, kind: EventType) -> i64 {
        self.number("select count(*) from events where type = $1", vec![kind.as_str().into()]).await
    }

    /// How often the carrier was asked for a call of this attempt and did not refuse to process the request.
    pub(crate) async fn dials(&self, claim: &Claim) -> i64 {
        self.number("select dials from attempts where id = $1", vec![claim.attempt.into()]).await
    }

    /// Why an attempt waits, as its company sees it.
    pub(crate) async fn waiting_because(&self, callback: CallbackId) -> Option<String> {
        let id = self.attempt(callback).await.id;
        let shown = self.tenant().attempt(id, self.now()).await.unwrap().unwrap();
        shown.waiting_because.map(|because| because.to_string())
    }

    pub(crate) async fn assert_sound(&self) {
        let violations = self.store.violations().await.unwrap();
        assert!(violations.is_empty(), "{violations:#?}");
    }

    /// Attempts that run or are unknown, and channels that are leased.
    pub(crate) async fn running(&self) -> i64 {
        let dialing = self.number("select count(*) from attempts where status in ('processing', 'unknown')", vec![]).await;
        dialing + self.number("select count(*) from channel_leases where call_id is not null", vec![]).await
    }
}
