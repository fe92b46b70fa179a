//! The store: the database, the source of ids, and the bell that rings when something has committed.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use rand::{RngExt as _, SeedableRng, rngs::StdRng};
use ringback_domain::{
    access::Sight,
    event::EventType,
    ids::{CallbackId, CompanyId, EventId, IdSource, PhoneId},
};
use serde_json::Value as Json;
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::{
    db::{self, Db, Result, Tx},
    hurry::Hurry,
    memory::Memory,
    outbox::NewEvent,
    tally::Tally,
    tenant::TenantStore,
};

/// Which running process this is. A claim made by an earlier run of the same node will never get its answer.
#[derive(Debug, Clone)]
pub struct Node {
    /// Stays the same over restarts.
    pub name: String,
    /// New at every start.
    pub run: Uuid,
}

/// How long to wait before the carrier is asked; settings of the operator.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the answer to a dial request; older claims without one are `unknown`.
    pub carrier_timeout: Duration,
    /// For events after acceptance.
    pub events: Duration,
    /// How long a call may stay without a trace at the carrier before its attempt has failed.
    pub unknown_horizon: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { carrier_timeout: Duration::from_secs(10), events: Duration::from_secs(30), unknown_horizon: Duration::from_secs(90) }
    }
}

pub struct Store {
    pub(crate) db: Db,
    pub(crate) node: Node,
    pub(crate) patience: Patience,
    ids: Mutex<(IdSource, StdRng)>,
    committed: broadcast::Sender<CompanyId>,
    pub(crate) tally: Tally,
    pub(crate) memory: Arc<Memory>,
    pub(crate) hurry: Hurry,
}

impl Store {
    /// `seed` makes the ids repeatable, for simulations.
    pub fn new(db: Db, node: Node, patience: Patience, seed: Option<u64>) -> Self {
        let random = seed.map_or_else(rand::make_rng, StdRng::seed_from_u64);
        Self {
            db,
            node,
            patience,
            ids: Mutex::new((IdSource::default(), random)),
            committed: broadcast::channel(1024).0,
            tally: Tally::default(),
            memory: Arc::default(),
            hurry: Hurry::default(),
        }
    }

    pub async fn migrate(&self) -> Result<()> {
        db::migrate(&self.db).await
    }

    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The only way to a company's rows; all of them, until it is told whose [sight](TenantStore::seen_by) counts.
    pub fn tenant(&self, company: CompanyId) -> TenantStore<'_> {
        TenantStore { store: self, company, sight: Sight::All }
    }

    /// Rings with the company's id whenever something of it has committed on this node. A hint: the events table is
    /// the truth.
    pub fn committed(&self) -> broadcast::Receiver<CompanyId> {
        self.committed.subscribe()
    }

    pub fn new_id(&self, now: Timestamp) -> Uuid {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let (source, random) = &mut *ids;
        source.next(now, random.random())
    }

    /// Commits, counts, rings the bell and tells the log.
    pub(crate) async fn commit(&self, mut tx: Tx, company: CompanyId) -> Result<()> {
        let told = tx.told();
        tx.commit().await?;
        self.tally.add(&told.happened);
        // Nobody listening is fine.
        let _ = self.committed.send(company);
        told.tell().await;
        Ok(())
    }

    pub(crate) fn event(&self, tx: &mut Tx, now: Timestamp, company: CompanyId, kind: EventType, about: About, data: Json) {
        tx.announce(NewEvent {
            id: EventId(self.new_id(now)),
            company_id: company,
            kind,
            actor: about.actor.to_owned(),
            callback_id: about.callback,
            phone_id: about.phone,
            data,
            occurred_at: now,
        });
    }
}

/// Whose doing an event is and what it belongs to.
#[derive(Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) actor: &'a str,
    pub(crate) callback: Option<CallbackId>,
    pub(crate) phone: Option<PhoneId>,
}

/// Runs a transaction again when it lost against another one (deadlock, serialization): five times at most.
macro_rules! retrying {
    ($body:expr) => {{
        let mut tries = 0;
        loop {
            let done: $crate::db::Result<_> = async { $body }.await;
            match done {
                Err(error) if error.is_transient() && tries < 5 => tries += 1,
                done => break done,
            }
        }
    }};
}
pub(crate) use retrying;
