//! A company with its people and phones, a clock in the hand, and a browser on the router.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::Router;
use jiff::Timestamp;
use ringback_domain::{
    access::Role,
    call::{AnsweredBy, End, EndedHow, News},
    ids::{AttemptId, CallId, CompanyId, CustomerId, PhoneId},
    phone_number::PhoneNumber,
    settings::{AutoCallback, WhenFull},
    time::{Clock, plus_seconds},
};
use ringback_server::{
    app::{App, router},
    passwords,
    vault::Vault,
};
use ringback_store::{
    Claim, EventReference, InboundCall, IngressPhone, NewCompany, NewStaff, Node, Patience, PhoneRecord, Placement, Store, TenantStore,
    db::{Db, Value},
};
use ringback_telephony::registry::Registry;
use uuid::Uuid;

use super::browser::Browser;
use crate::engines::{TestDatabase, each_engine, sqlite};

pub(super) const PASSWORD: &str = "correct horse battery";
pub(super) const URL: &str = "http://ringback.test";

struct TestClock(Mutex<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("not poisoned")
    }
}

pub(super) struct Office {
    pub(super) app: App,
    pub(super) router: Router,
    clock: Arc<TestClock>,
    _database: TestDatabase,
}

/// One tenant of the installation.
pub(super) struct Company {
    pub(super) id: CompanyId,
    pub(super) email: String,
}

impl Office {
    pub(super) async fn each() -> Vec<Self> {
        let mut offices = Vec::new();
        for database in each_engine() {
            offices.push(Self::on(database, URL).await);
        }
        offices
    }

    pub(super) async fn sqlite() -> Self {
        Self::on(sqlite(), URL).await
    }

    pub(super) async fn at(url: &str) -> Self {
        Self::on(sqlite(), url).await
    }

    async fn on(database: TestDatabase, url: &str) -> Self {
        // Whoever comes first installs it; it is the same for all.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let now: Timestamp = "2026-03-02T12:00:13+01:00".parse().expect("an instant");
        let clock = Arc::new(TestClock(Mutex::new(now)));
        let node = Node { name: "test".to_owned(), run: Uuid::now_v7() };
        let store = Arc::new(Store::new(Db::connect(&database.url).await.expect("connects"), node, Patience::default(), None));
        store.migrate().await.expect("migrates");
        let carriers = Arc::new(Registry::new(Duration::from_secs(1), None).expect("builds"));
        let app = App::new(store, clock.clone(), carriers, Arc::new(Vault::new(&[7; 32])), url);
        Self { router: router(app.clone()), app, clock, _database: database }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn advance(&self, seconds: i64) {
        let mut now = self.clock.0.lock().expect("not poisoned");
        *now = plus_seconds(*now, seconds);
    }

    /// A company and its owner.
    pub(super) async fn company(&self, slug: &str) -> Company {
        let new =
            NewCompany { slug, name: &format!("Company {slug}"), country: "DE", locale: "de", time_zone: "Europe/Berlin", credits: 10_000 };
        let id = self.app.store.create_company(&new, "operator", self.now()).await.expect("is new").id;
        let email = format!("owner@{slug}.example");
        let hash = passwords::hash(PASSWORD.to_owned()).await.expect("hashes");
        let owner = NewStaff { name: "Anna Lang", email: &email, role: Role::Owner, password_hash: Some(&hash) };
        self.rows(id).create_staff(&owner, self.now()).await.expect("is new");
        Company { id, email }
    }

    pub(super) fn rows(&self, company: CompanyId) -> TenantStore<'_> {
        self.app.store.tenant(company)
    }

    /// A browser in which the company's owner is signed in.
    pub(super) async fn signed_in(&self, company: &Company) -> Browser {
        let mut browser = Browser::new(self.router.clone());
        let answer = browser.post("/login", &[("email", &company.email), ("password", PASSWORD)]).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/board")), "{}", answer.text());
        browser
    }

    pub(super) async fn phone(&self, company: &Company, label: &str, channels: u32) -> IngressPhone {
        let now = self.now();
        let id = PhoneId(self.app.store.new_id(now));
        let phone = PhoneRecord {
            id,
            label: label.to_owned(),
            number: number("+4930901820"),
            carrier: "simulator".to_owned(),
            carrier_config: self.app.vault.seal(company.id, id, b"{}").expect("seals"),
            channels,
            reserved_inbound: 0,
            agent_id: None,
            branch_id: None,
            active: true,
            auto_callback: AutoCallback::On,
            when_full: WhenFull::Announce,
            max_call_seconds: 3600,
            ingress_key: id.to_string(),
            channels_in_use: 0,
            paused_until: None,
            paused_because: None,
            created_at: now,
            updated_at: now,
        };
        self.rows(company.id).add_phone(&phone).await.expect("is new");
        self.app.store.phone_by_ingress_key("simulator", &phone.ingress_key).await.expect("reads").expect("is there")
    }

    pub(super) async fn customer(&self, company: &Company, name: &str, e164: &str) {
        let id = CustomerId(self.app.store.new_id(self.now()));
        self.rows(company.id).add_customer(id, name, &number(e164), false, self.now()).await.expect("is new");
    }

    /// Somebody rings; whether he got a channel. Without a number: `""`.
    pub(super) async fn rings(&self, phone: &IngressPhone, from: &str) -> (CallId, bool) {
        let from = (!from.is_empty()).then(|| number(from));
        let call = InboundCall { carrier_call_id: &Uuid::now_v7().to_string(), number: from.as_ref() };
        let taken = self.app.store.take_inbound(phone, &call, self.now()).await.expect("is written");
        (taken.call, taken.connected)
    }

    /// Dials the next of the phone, and the carrier takes it.
    pub(super) async fn dial(&self, phone: &IngressPhone) -> Option<Claim> {
        let claim = self.app.store.claim_next(phone.id, self.now()).await.expect("reads")?;
        let accepted = Placement::Accepted { carrier_call_id: claim.call.to_string() };
        self.app.store.record_placement(&claim, &accepted, self.now()).await.expect("is written");
        Some(claim)
    }

    pub(super) async fn news(&self, phone: &IngressPhone, call: CallId, news: News) {
        let reference = EventReference { carrier_call_id: None, call: Some(call) };
        let applied =
            self.app.store.apply_event(phone.company_id, phone.id, &reference, &news, false, self.now()).await.expect("is written");
        assert!(applied.matched);
    }

    pub(super) async fn talked(&self, phone: &IngressPhone, call: CallId, seconds: u32) {
        let end = End { answered_by: Some(AnsweredBy::Human), talk_seconds: Some(seconds), ..End::plain(EndedHow::Completed) };
        self.news(phone, call, News::Ended(end)).await;
    }

    pub(super) async fn ended(&self, phone: &IngressPhone, call: CallId, how: EndedHow) {
        self.news(phone, call, News::Ended(End::plain(how))).await;
    }

    /// A phone with one channel that a caller holds, and those who were missed meanwhile.
    pub(super) async fn missed(&self, company: &Company, label: &str, numbers: &[&str]) -> (IngressPhone, CallId) {
        let phone = self.phone(company, label, 1).await;
        let (holder, connected) = self.rings(&phone, "+4915199999999").await;
        assert!(connected);
        for from in numbers {
            self.advance(1);
            assert!(!self.rings(&phone, from).await.1);
        }
        (phone, holder)
    }

    /// SQL that no code of ours runs, to bring about what takes other parts of the program to come about.
    pub(super) async fn execute(&self, sql: &'static str, params: Vec<Value>) {
        let mut tx = self.app.store.db().begin().await.expect("begins");
        assert!(tx.execute(sql, params).await.expect("executes") > 0, "nothing changed");
        tx.commit().await.expect("commits");
    }

    /// The attempts in the order in which they were made.
    pub(super) async fn attempts(&self) -> Vec<AttemptId> {
        let rows = self.app.store.db().all::<(AttemptId,)>("select id from attempts order by id", vec![]).await.expect("reads");
        rows.into_iter().map(|(id,)| id).collect()
    }
}

pub(super) fn number(e164: &str) -> PhoneNumber {
    PhoneNumber::parse(e164, "DE").expect("a number")
}
