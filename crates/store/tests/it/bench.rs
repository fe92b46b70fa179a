//! The bench on which every test runs: a database of its own, a clock in the hand, a company with credits, and at the
//! end the invariants and the question whether anything was left dialing.

mod carrier;
mod database;
mod history;
mod people;
mod reading;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use jiff::Timestamp;
use ringback_domain::{
    call::{End, EndedHow, News},
    ids::{CallbackId, CompanyId, PhoneId},
    phone_number::PhoneNumber,
    settings::{AutoCallback, Settings, WhenFull},
    time::plus_seconds,
};
use ringback_store::{
    EventReference, InboundCall, InboundTaken, IngressPhone, NewCompany, Node, Patience, PhoneRecord, Store, TenantStore,
    db::{Db, Value},
};
use uuid::Uuid;

pub(crate) use carrier::found;
pub(crate) use database::{Database, Engine};

/// `on_each_engine! { a_promise, another }`: one test per engine, `sqlite::a_promise` and `postgres::a_promise`.
macro_rules! on_each_engine {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                crate::bench::run(crate::bench::Engine::Sqlite, super::$test).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                crate::bench::run(crate::bench::Engine::Postgres, super::$test).await;
            })+
        }
    };
}

pub(crate) struct Bench {
    pub(crate) store: Arc<Store>,
    pub(crate) company: CompanyId,
    now: Mutex<Timestamp>,
    counter: AtomicU32,
    database: Database,
}

/// Runs a test on a fresh database. `RINGBACK_TEST_KEEP=1` leaves the database of one that fails, to be looked at;
/// without it SQLite's is removed, and PostgreSQL's goes with its server.
pub(crate) async fn run(engine: Engine, test: impl AsyncFnOnce(&Bench)) {
    let Some(database) = Database::create(engine).await else { return };
    let _removed = database.removed_when_dropped();
    let bench = Bench::on(database).await;
    test(&bench).await;
    bench.assert_sound().await;
    assert_eq!(bench.running().await, 0, "the test left somebody dialing or a channel leased; `hang_up` ends calls");
    bench.store.db().close().await;
    bench.database.remove().await;
}

/// Monday noon in Berlin, and 13 seconds: inside everybody's calling hours, on no round minute.
const START: &str = "2026-03-02T12:00:13+01:00";

impl Bench {
    async fn on(database: Database) -> Self {
        let now: Timestamp = START.parse().unwrap();
        let store = Store::new(Db::connect(&database.url).await.unwrap(), Self::node(), Patience::default(), None);
        store.migrate().await.unwrap();
        let new = NewCompany { slug: "salon", name: "Salon", country: "DE", locale: "de", time_zone: "Europe/Berlin", credits: 10_000 };
        let company = store.create_company(&new, "operator", now).await.unwrap().id;
        Self { store: Arc::new(store), company, now: Mutex::new(now), counter: AtomicU32::new(1), database }
    }

    pub(crate) fn node() -> Node {
        Node { name: "bench".to_owned(), run: Uuid::now_v7() }
    }

    /// A second store on the same database, as after a restart of the node.
    pub(crate) async fn restarted(&self) -> Arc<Store> {
        let db = Db::connect(&self.database.url).await.unwrap();
        Arc::new(Store::new(db, Self::node(), Patience::default(), None))
    }

    /// The same company, seen through connections of its own.
    pub(crate) async fn on_same_database(&self) -> Self {
        let database = self.database.clone();
        // Numbers of its own, whoever else was made from here.
        let counter = AtomicU32::new(self.counter.fetch_add(100, Ordering::Relaxed) + 50);
        Self { store: self.restarted().await, company: self.company, now: Mutex::new(self.now()), counter, database }
    }

    pub(crate) fn tenant(&self) -> TenantStore<'_> {
        self.store.tenant(self.company)
    }

    pub(crate) fn engine(&self) -> &'static str {
        self.store.db().engine()
    }

    pub(crate) fn kind(&self) -> Engine {
        self.database.engine()
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    pub(crate) fn advance(&self, seconds: i64) {
        let mut now = self.now.lock().unwrap();
        *now = plus_seconds(*now, seconds);
    }

    pub(crate) fn set_clock(&self, at: &str) {
        *self.now.lock().unwrap() = at.parse().unwrap();
    }

    pub(crate) fn count(&self) -> u32 {
        self.counter.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) async fn phone(&self, channels: u32) -> IngressPhone {
        self.phone_with(channels, |_| {}).await
    }

    pub(crate) async fn phone_with(&self, channels: u32, change: impl FnOnce(&mut PhoneRecord)) -> IngressPhone {
        let n = self.count();
        let now = self.now();
        let mut phone = PhoneRecord {
            id: PhoneId(self.store.new_id(now)),
            label: format!("Line {n}"),
            number: number(&format!("+4930901{n:03}")),
            carrier: "simulator".to_owned(),
            carrier_config: vec![1],
            channels,
            reserved_inbound: 0,
            agent_id: None,
            branch_id: None,
            active: true,
            auto_callback: AutoCallback::On,
            when_full: WhenFull::Announce,
            max_call_seconds: 3600,
            ingress_key: format!("key-{n}"),
            channels_in_use: 0,
            paused_until: None,
            paused_because: None,
            created_at: now,
            updated_at: now,
        };
        change(&mut phone);
        self.tenant().add_phone(&phone).await.unwrap();
        self.store.phone_by_ingress_key("simulator", &phone.ingress_key).await.unwrap().unwrap()
    }

    /// Changes the company's settings. Phones made before keep the copy that they were read with.
    pub(crate) async fn set(&self, change: impl FnOnce(&mut Settings)) {
        let mut settings = Settings::default();
        change(&mut settings);
        let json = serde_json::to_string(&settings).unwrap();
        self.execute("update companies set settings = $2 where id = $1", vec![self.company.into(), json.into()]).await;
    }

    pub(crate) async fn execute(&self, sql: &'static str, params: Vec<Value>) -> u64 {
        let mut tx = self.store.db().begin().await.unwrap();
        let changed = tx.execute(sql, params).await.unwrap();
        tx.commit().await.unwrap();
        changed
    }

    /// Somebody rings, under a carrier's id of his own.
    pub(crate) async fn inbound(&self, phone: &IngressPhone, from: &PhoneNumber) -> (String, InboundTaken) {
        let id = format!("in-{}", self.count());
        let taken = self.inbound_as(phone, &id, Some(from)).await;
        (id, taken)
    }

    pub(crate) async fn inbound_as(&self, phone: &IngressPhone, carrier_call_id: &str, from: Option<&PhoneNumber>) -> InboundTaken {
        let call = InboundCall { carrier_call_id, number: from };
        self.store.take_inbound(phone, &call, self.now()).await.unwrap()
    }

    /// Somebody rings and nobody takes the call: no channel was free, or he hung up before anybody answered.
    pub(crate) async fn missed(&self, phone: &IngressPhone, from: &PhoneNumber) -> CallbackId {
        let (id, taken) = self.inbound(phone, from).await;
        if taken.connected {
            self.inbound_ends(phone, &id, &End::plain(EndedHow::NoAnswer)).await;
        }
        let callback = self.optional::<(Option<CallbackId>,)>("select callback_id from calls where id = $1", vec![taken.call.into()]).await;
        callback.unwrap().0.expect("a miss with a number has a callback")
    }

    pub(crate) async fn inbound_ends(&self, phone: &IngressPhone, carrier_call_id: &str, end: &End) {
        let reference = EventReference { carrier_call_id: Some(carrier_call_id.to_owned()), call: None };
        self.store.apply_event(phone.company_id, phone.id, &reference, &News::Ended(end.clone()), false, self.now()).await.unwrap();
    }

    /// Fills every free channel of a phone with callers who talk until `hang_up`.
    pub(crate) async fn fill(&self, phone: &IngressPhone) -> Vec<String> {
        let mut talking = Vec::new();
        while self.free_channels(phone).await > 0 {
            let (id, taken) = self.inbound(phone, &caller(900_000 + self.count())).await;
            assert!(taken.connected);
            talking.push(id);
        }
        talking
    }
}

/// A caller: a mobile number in Germany, another for every `n`.
pub(crate) fn caller(n: u32) -> PhoneNumber {
    number(&format!("+49151{:08}", 12_000_000 + n))
}

pub(crate) fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text, "DE").unwrap()
}

pub(crate) fn talk(seconds: u32) -> End {
    End { talk_seconds: Some(seconds), ..End::plain(EndedHow::Completed) }
}
