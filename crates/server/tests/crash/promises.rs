//! What is on disk against what was told: every change has its event, once, and nobody is forgotten.

use std::collections::{BTreeMap, HashMap, HashSet};

use ringback_domain::{
    callback::Status,
    event::EventType,
    ids::{CallbackId, StaffId},
    time::Clock as _,
};
use ringback_server::clock::SystemClock;
use ringback_store::{
    ForgottenBecause, Node, Patience, Store,
    db::{self, Db, FromRecord, Record},
};
use serde_json::Value as Json;

use crate::{office::Office, pause, process::Server};

/// One callback's events, in the order in which they were written.
#[derive(Default)]
struct Told(Vec<(EventType, Json)>);

impl Told {
    fn times(&self, kind: EventType) -> usize {
        self.0.iter().filter(|(it, _)| *it == kind).count()
    }

    /// Whom it was given to, one after the other: each takes it from the one before. Whoever asks may give it to the same again.
    fn owner(&self) -> Result<Option<StaffId>, String> {
        let staff = |callback: &Json, field: &str| callback[field].as_str().and_then(|id| id.parse::<StaffId>().ok());
        let mut owner = None;
        for (_, callback) in self.0.iter().filter(|(kind, _)| *kind == EventType::CallbackAssigned) {
            let (from, to) = (staff(callback, "assigned_from"), staff(callback, "assigned_to"));
            if from != owner {
                return Err(format!("it went from {from:?} to {to:?} while {owner:?} had it"));
            }
            owner = to;
        }
        Ok(owner)
    }

    /// Each of these tells of one due time, once.
    fn twice(&self) -> Option<String> {
        let mut seen = HashSet::new();
        let timed = [EventType::CallbackDueSoon, EventType::CallbackOverdue, EventType::CallbackExpired];
        let mut timed = self.0.iter().filter(|(kind, _)| timed.contains(kind));
        timed.find(|(kind, callback)| !seen.insert((*kind, callback["due_at"].to_string()))).map(|(kind, _)| kind.to_string())
    }
}

struct Row {
    id: CallbackId,
    status: Status,
    owner: Option<StaffId>,
    is_overdue: bool,
    has_expired: bool,
    escalations: i64,
}

impl FromRecord for Row {
    fn from_record(record: &Record) -> db::Result<Self> {
        Ok(Self {
            id: record.get("id")?,
            status: record.get("status")?,
            owner: record.get("assigned_to")?,
            is_overdue: record.get("is_overdue")?,
            has_expired: record.get("has_expired")?,
            escalations: record.get("escalations")?,
        })
    }
}

/// Everything that was due is done: nothing is left whose time has come.
pub(crate) async fn until_time_has_acted(server: &Server) {
    let db = Db::connect(&server.database).await.expect("connects");
    let since = std::time::Instant::now();
    loop {
        const DUE: &str = "select count(*) as due from callbacks where acts_at <= $1";
        let soon = SystemClock.now().as_millisecond() + 3000;
        let due = db.optional::<(i64,)>(DUE, vec![soon.into()]).await.expect("reads").map_or(0, |(due,)| due);
        if due == 0 {
            break;
        }
        assert!(since.elapsed() < std::time::Duration::from_secs(30), "after 30 s {due} callbacks are still due");
        pause(100).await;
    }
    db.close().await;
}

pub(crate) async fn check(server: &Server, office: &Office) -> BTreeMap<EventType, usize> {
    let db = Db::connect(&server.database).await.expect("connects");
    let rows = rows(&db).await;
    let told = told(&db).await;
    let nothing = Told::default();
    for id in office.promises() {
        assert!(rows.contains_key(&id), "I4: {id} was acknowledged and is not on disk");
    }
    for (id, row) in &rows {
        let told = told.get(id).unwrap_or(&nothing);
        assert_eq!(told.times(EventType::CallbackCreated), 1, "I5: of {id} it was not told once that it was made");
        assert_eq!(told.twice(), None, "I5: of {id} it was told twice");
        assert_eq!(told.owner(), Ok(row.owner), "I5: of {id} it was not told who has it");
        assert_eq!(told.times(EventType::CallbackOverdue) > 0, row.is_overdue, "I5: {id} is overdue and was not told of, or not and was");
        assert_eq!(told.times(EventType::CallbackEscalated), usize::try_from(row.escalations).expect("few"), "I5: {id} was handed up");
        for (kind, happened) in [
            (EventType::CallbackExpired, row.has_expired),
            (EventType::CallbackCompleted, row.status == Status::Completed),
            (EventType::CallbackCancelled, row.status == Status::Cancelled),
        ] {
            assert_eq!(told.times(kind), usize::from(happened), "I5: {id} is {}, {kind}", row.status);
        }
    }
    assert!(told.keys().all(|id| rows.contains_key(id)), "I5: something was told of a callback that is not on disk");
    one_callback_per_person(&db).await;
    let store = Store::new(db.clone(), Node { name: "check".to_owned(), run: uuid::Uuid::nil() }, Patience::default(), None);
    let mut forgotten = store.forgotten(SystemClock.now()).await.expect("reads");
    // These were to expire.
    forgotten.retain(|it| it.because != ForgottenBecause::Expired);
    assert_eq!(forgotten, vec![], "I3");
    db.close().await;
    let mut counts = BTreeMap::new();
    for (kind, _) in told.values().flat_map(|told| &told.0) {
        *counts.entry(*kind).or_default() += 1;
    }
    counts
}

/// A request that was cut off and sent again joined the callback that it had made.
async fn one_callback_per_person(db: &Db) {
    const SQL: &str = "select number, count(*) as times from callbacks where status in ('pending', 'assigned', 'contacted')
        group by number having count(*) > 1";
    let twice = db.all::<(String, i64)>(SQL, vec![]).await.expect("reads");
    assert!(twice.is_empty(), "{} persons have more than one open callback", twice.len());
}

async fn rows(db: &Db) -> HashMap<CallbackId, Row> {
    const SQL: &str =
        "select b.id, b.status, b.assigned_to, b.overdue_at is not null as is_overdue, b.expired_at is not null as has_expired,
            (select count(*) from escalations e where e.callback_id = b.id) as escalations
        from callbacks b";
    db.all::<Row>(SQL, vec![]).await.expect("reads").into_iter().map(|row| (row.id, row)).collect()
}

async fn told(db: &Db) -> HashMap<CallbackId, Told> {
    const SQL: &str = "select callback_id, type, data from events where callback_id is not null and type like 'callback.%' order by id";
    let mut told: HashMap<CallbackId, Told> = HashMap::new();
    for (id, kind, data) in db.all::<(CallbackId, EventType, String)>(SQL, vec![]).await.expect("reads") {
        let data: Json = serde_json::from_str(&data).expect("JSON");
        told.entry(id).or_default().0.push((kind, data["callback"].clone()));
    }
    told
}
