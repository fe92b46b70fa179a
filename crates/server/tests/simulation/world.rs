//! One run: the dispatcher and store as they are, everything around them drawn from a seed.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use rand::{RngExt as _, SeedableRng, rngs::StdRng};
use ringback_domain::{
    ids::CompanyId,
    phone_number::PhoneNumber,
    time::{Clock, from_millis},
};
use ringback_server::{
    clockwork::Clockwork,
    dispatcher::{Dial, Dispatcher},
    vault::Vault,
};
use ringback_store::{EventReference, InboundCall, IngressPhone, Node, Patience, Placement, Store, db::Db};
use ringback_telephony::{
    carrier::CarrierRequest,
    registry::Registry,
    simulator::{Delivery, Profile, Simulator},
};
use uuid::Uuid;

use crate::scene::{self, Database, Engine, PhoneSeed};

/// Monday noon in Berlin.
const START: i64 = 1_772_449_200_000;

pub(crate) struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        from_millis(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) struct World {
    pub(crate) random: StdRng,
    clock: Arc<Hands>,
    pub(crate) simulator: Simulator,
    pub(crate) store: Arc<Store>,
    dispatcher: Arc<Dispatcher>,
    vault: Arc<Vault>,
    database: Database,
    db: Db,
    pub(crate) company: CompanyId,
    pub(crate) phones: Vec<PhoneSeed>,
    /// Claimed, the carrier not asked yet.
    claimed: Vec<Dial>,
    /// Asked, the answer not written yet.
    answered: Vec<(Dial, Placement)>,
    /// Callers that the carrier rang us for, and how we answered: carrier id, number, connected.
    pub(crate) rang: Vec<(String, Option<String>, bool)>,
    pub(crate) runs: u64,
    seed: u64,
    story: Vec<String>,
}

impl World {
    pub(crate) async fn new(seed: u64, engine: &Engine) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let clock = Arc::new(Hands(AtomicI64::new(START)));
        let database = engine.fresh(seed).await;
        let db = Db::connect(&database.url).await.expect("connects");
        ringback_store::db::migrate(&db).await.expect("migrates");
        let vault = Arc::new(Vault::new(&[7; 32]));
        let credits = random.random_range(100..1_500);
        let (company, phones) = scene::seed(&db, &vault, START, credits).await;
        // Some runs are calm, some meet every fault at once.
        let profile = if random.random_bool(0.2) { Profile::default() } else { Profile::hostile() };
        let simulator = Simulator::new(seed, profile, clock.clone());
        let (store, dispatcher) = start(&db, &clock, &simulator, &vault, seed, 0);
        Self {
            random,
            clock,
            simulator,
            store,
            dispatcher,
            vault,
            database,
            db,
            company,
            phones,
            claimed: Vec::new(),
            answered: Vec::new(),
            rang: Vec::new(),
            runs: 0,
            seed,
            story: Vec::new(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn note(&mut self, what: &str) {
        let at = self.clock.now();
        self.story.push(format!("{at} {what}"));
    }

    pub(crate) fn story(&self, what: &str) -> String {
        let mut text = String::new();
        for line in self.story.iter().rev().take(60).rev() {
            let _ = writeln!(text, "  {line}");
        }
        text + what
    }

    pub(crate) async fn step(&mut self) {
        match self.random.random_range(0..115) {
            0..25 => self.somebody_rings().await,
            25..45 => self.time_passes(1, 20_000).await,
            45..48 => self.time_passes(60_000, 1_800_000).await,
            48 => self.time_passes(1_800_000, 300_000_000).await,
            49..64 => self.ask_one().await,
            64..79 => self.write_one().await,
            79..84 => self.sweep().await,
            84..87 => self.time_acts().await,
            87..92 => self.reconcile().await,
            92..95 => self.crash().await,
            95..97 => self.credits_come().await,
            97 => self.answer_is_written_late().await,
            100..115 => self.a_person_acts().await,
            _ => self.campaign_moves().await,
        }
    }

    async fn somebody_rings(&mut self) {
        let phone = self.random.random_range(0..self.phones.len());
        let phone = self.phones[phone].clone();
        let person = self.random.random_range(0..8);
        let number = (person > 0).then(|| format!("+4915112345{person:03}"));
        let person = number.clone().unwrap_or_else(|| "anonymous".to_owned());
        let id = self.simulator.ring(phone.number, &person, &status_url(&phone));
        self.note(&format!("{person} rings {} as {id}", phone.number));
        let connected = self.take(&phone, &id, number.as_deref()).await;
        if self.random.random_bool(0.1) {
            // The carrier asks twice and must hear the same.
            assert_eq!(self.take(&phone, &id, number.as_deref()).await, connected, "one call, two answers");
        }
        if connected {
            self.simulator.connected(&id);
        }
        self.rang.push((id, number, connected));
    }

    async fn take(&mut self, phone: &PhoneSeed, id: &str, number: Option<&str>) -> bool {
        let row = self.ingress_phone(phone).await;
        let number = number.map(|number| PhoneNumber::parse(number, "DE").expect("valid"));
        let call = InboundCall { carrier_call_id: id, number: number.as_ref() };
        let taken = self.store.take_inbound(&row, &call, self.clock.now()).await.expect("taken");
        self.note(if taken.connected { "  connected" } else { "  missed" });
        taken.connected
    }

    async fn ingress_phone(&self, phone: &PhoneSeed) -> IngressPhone {
        self.store.phone_by_ingress_key("simulator", &phone.key).await.expect("reads").expect("the phone exists")
    }

    async fn time_passes(&mut self, least: i64, most: i64) {
        let millis = self.random.random_range(least..most);
        self.clock.0.fetch_add(millis, Ordering::Relaxed);
        for delivery in self.simulator.take_due(self.clock.now()) {
            self.deliver(delivery).await;
        }
    }

    async fn deliver(&mut self, delivery: Delivery) {
        self.note(&format!("  event {}", String::from_utf8_lossy(&delivery.body)));
        let key = delivery.url.split('/').rev().nth(1).unwrap_or_default().to_owned();
        let phone = self.phones.iter().find(|phone| phone.key == key).expect("one of ours").clone();
        let row = self.ingress_phone(&phone).await;
        let carrier = self.dispatcher.carrier(row.company_id, row.id, &row.carrier, &row.carrier_config).expect("configured");
        let request = CarrierRequest { method: "POST".into(), url: delivery.url, headers: vec![], body: delivery.body };
        let event = carrier.read_event(&request).expect("reads its own events");
        let reference = EventReference { carrier_call_id: event.carrier_call_id, call: event.call };
        let dial = self.dispatcher.apply(&row, &carrier, &reference, &event.news).await.expect("applied");
        self.claimed_just_now(dial).await;
    }

    /// Nothing has happened since they were claimed.
    async fn claimed_just_now(&mut self, dials: impl IntoIterator<Item = Dial>) {
        for dial in dials {
            self.assert_may_be_dialed(dial.claim.attempt).await;
            self.claim([dial]);
        }
    }

    fn claim(&mut self, dials: impl IntoIterator<Item = Dial>) {
        for dial in dials {
            self.note(&format!("  claimed {} for {}", dial.claim.call, dial.claim.to.reveal()));
            self.claimed.push(dial);
        }
    }

    /// Asks the carrier for one of the claimed calls; its answer is not written yet.
    async fn ask_one(&mut self) {
        if self.claimed.is_empty() {
            return;
        }
        let at = self.random.random_range(0..self.claimed.len());
        let dial = self.claimed.swap_remove(at);
        let placement = self.dispatcher.ask_for_call(&dial).await;
        self.note(&format!("dial {} to {}: {}", dial.claim.call, dial.claim.to.reveal(), placement.word()));
        self.answered.push((dial, placement));
    }

    async fn write_one(&mut self) {
        if self.answered.is_empty() {
            return self.ask_one().await;
        }
        let at = self.random.random_range(0..self.answered.len());
        let (dial, placement) = self.answered.swap_remove(at);
        self.note(&format!("written: {} {}", dial.claim.call, placement.word()));
        self.dispatcher.write_placement(&dial, &placement).await;
    }

    /// A worker that stalled for minutes writes what it knew then.
    async fn answer_is_written_late(&mut self) {
        self.ask_one().await;
        self.time_passes(20_000, 400_000).await;
        self.reconcile().await;
        self.write_one().await;
    }

    async fn sweep(&mut self) {
        self.note("sweep");
        let dials = self.dispatcher.sweep().await.expect("swept");
        self.claimed_just_now(dials).await;
    }

    /// A second of the clock's loop, or of two that run at once.
    async fn time_acts(&mut self) {
        self.note("time acts");
        let clock: Arc<dyn Clock> = self.clock.clone();
        let clockwork = || Clockwork::new(Arc::clone(&self.store), Arc::clone(&clock));
        let (one, other) = tokio::join!(async { clockwork().tick().await }, async { clockwork().tick().await });
        assert!(!one.expect("ticked") | !other.expect("ticked"), "there are not that many");
    }

    async fn reconcile(&mut self) {
        self.note("reconcile");
        let dials = self.dispatcher.reconcile().await.expect("reconciled");
        // What it learnt of other calls may have kept the promise already.
        self.claim(dials);
    }

    /// The process dies: what it had claimed or asked and not written is gone from memory.
    async fn crash(&mut self) {
        self.note(&format!("crash with {} claimed and {} answered", self.claimed.len(), self.answered.len()));
        self.claimed.clear();
        self.answered.clear();
        self.runs += 1;
        (self.store, self.dispatcher) = start(&self.db, &self.clock, &self.simulator, &self.vault, self.seed, self.runs);
        self.store.recover(self.clock.now()).await.expect("recovers");
    }

    async fn credits_come(&mut self) {
        let amount = self.random.random_range(-300..600);
        self.note(&format!("credits {amount}"));
        self.store.add_credits(self.company, amount, "simulation", "operator", self.clock.now()).await.expect("added");
    }

    async fn campaign_moves(&mut self) {
        let phone = self.phones[0].id;
        let now = self.clock.now();
        self.note("campaign starts or stops");
        let id = Uuid::from_u128(500);
        let at = now.as_millisecond();
        let statements = [
            "insert into campaigns (id, company_id, phone_id, name, state, inbound_misses, created_at, updated_at)
                values ($1, $2, $3, 'Spring', 'paused', 'after_campaign', $4, $4) on conflict do nothing",
            "update campaigns set state = case when state = 'active' then 'paused' else 'active' end, updated_at = $4
                where id = $1 and company_id = $2 and phone_id = $3",
        ];
        let mut tx = self.db.begin().await.expect("begins");
        for sql in statements {
            tx.execute(sql, vec![id.into(), self.company.into(), phone.into(), at.into()]).await.expect("campaign");
        }
        tx.commit().await.expect("commits");
    }

    /// Faults stop, time goes on: everything that is under way comes to its end.
    pub(crate) async fn calm_down(&mut self) {
        self.note("calm");
        self.simulator.set_profile(Profile::default());
        self.store.add_credits(self.company, 1_000_000, "calm", "operator", self.clock.now()).await.expect("added");
        for _ in 0..400 {
            while !self.claimed.is_empty() {
                self.ask_one().await;
            }
            while !self.answered.is_empty() {
                self.write_one().await;
            }
            self.time_passes(10_000, 60_000).await;
            self.reconcile().await;
            self.sweep().await;
            self.time_acts().await;
            if self.claimed.is_empty() && self.is_quiet().await {
                break;
            }
        }
    }

    async fn is_quiet(&self) -> bool {
        const BUSY: &str = "select cast(count(*) as bigint) as busy from calls where settled_at is null";
        let (busy,) = self.db.optional::<(i64,)>(BUSY, vec![]).await.expect("reads").unwrap_or((0,));
        busy == 0 && self.simulator.next_due().is_none()
    }

    pub(crate) async fn close(self) {
        drop(self.dispatcher);
        drop(self.store);
        self.db.close().await;
        self.database.remove().await;
    }
}

fn status_url(phone: &PhoneSeed) -> String {
    format!("http://ringback.test/voice/simulator/{}/status", phone.key)
}

fn start(db: &Db, clock: &Arc<Hands>, simulator: &Simulator, vault: &Arc<Vault>, seed: u64, run: u64) -> (Arc<Store>, Arc<Dispatcher>) {
    static CRYPTOGRAPHY: std::sync::Once = std::sync::Once::new();
    CRYPTOGRAPHY.call_once(|| rustls::crypto::ring::default_provider().install_default().expect("first"));
    let node = Node { name: "simulated".to_owned(), run: Uuid::from_u128(u128::from(run) + 1) };
    let patience = Patience { carrier_timeout: Duration::from_secs(10), ..Patience::default() };
    let store = Arc::new(Store::new(db.clone(), node, patience, Some(seed * 1000 + run)));
    let clock: Arc<dyn Clock> = clock.clone();
    let carriers = Arc::new(Registry::new(Duration::from_secs(10), simulator.clone()).expect("a client"));
    let dispatcher = Dispatcher::new(Arc::clone(&store), clock, carriers, Arc::clone(vault), "http://ringback.test".into());
    (store, Arc::new(dispatcher))
}
