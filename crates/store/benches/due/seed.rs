//! A company with people, phones with somebody waiting, and callbacks that are all due in the same minute.

use jiff::Timestamp;
use ringback_domain::{
    ids::{CallbackId, CompanyId, PhoneId},
    time,
};
use ringback_store::{
    Store,
    db::{Db, Tx, Value},
};
use uuid::Uuid;

use crate::database::insert;

pub(crate) struct Scene {
    pub(crate) company: CompanyId,
    pub(crate) phones: Vec<PhoneId>,
    /// Nobody has them, and they are due much later.
    pub(crate) unassigned: Vec<CallbackId>,
}

const HOUR: i64 = 3_600_000;
const UNASSIGNED: usize = 440;

/// Noon in Berlin, a fixed day: nothing is outside calling hours.
pub(crate) fn now() -> Timestamp {
    time::from_millis(1_772_449_200_000)
}

/// When all of them are overdue, and not yet cooled down.
pub(crate) fn due() -> Timestamp {
    time::from_millis(now().as_millisecond() + 4 * HOUR + 60_000)
}

pub(crate) async fn scene(store: &Store, number: usize) -> Scene {
    let id = || store.new_id(now());
    let (company, at) = (id(), now().as_millisecond());
    let mut tx = store.db().begin().await.expect("begins");
    let sql = "insert into companies (id, slug, name, country, locale, time_zone, settings, dialing_paused, created_at, updated_at)
            values ($1, $2, 'Bench', 'DE', 'de', 'Europe/Berlin', '{\"attempts_per_number\":1000000}', $3, $4, $4)";
    tx.execute(sql, vec![company.into(), company.to_string().into(), false.into(), at.into()]).await.expect("company");
    let sql = "insert into credit_accounts (company_id, balance, reserved, short_told) values ($1, 1000000000000, 0, $2)";
    tx.execute(sql, vec![company.into(), false.into()]).await.expect("account");
    let mut staff = Vec::new();
    for role in std::iter::repeat_n("staff", 16).chain(std::iter::repeat_n("manager", 3)).chain(["owner"]) {
        let sql = "insert into staff (id, company_id, name, email, role, active, present, created_at, updated_at)
            values ($1, $2, 'Bench', $3, $4, $5, $5, $6, $6)";
        let person = id();
        let params = vec![person.into(), company.into(), person.to_string().into(), role.into(), true.into(), at.into()];
        tx.execute(sql, params).await.expect("staff");
        staff.push(person);
    }
    staff.truncate(16);
    let phones: Vec<Uuid> = (0..10).map(|_| id()).collect();
    for phone in &phones {
        insert_phone(&mut tx, company, *phone, at).await;
    }
    tx.commit().await.expect("commits");
    let mut unassigned = Vec::new();
    for first in (0..number + UNASSIGNED).step_by(500) {
        let callbacks: Vec<_> = (first..(first + 500).min(number + UNASSIGNED))
            .map(|n| {
                let is_due = n < number;
                let owner = is_due.then(|| staff[n % staff.len()]);
                Callback {
                    id: id(),
                    number: format!("+49151{:08}", 10_000_000 + n),
                    owner,
                    due_at: at + if is_due { 4 } else { 400 } * HOUR,
                }
            })
            .collect();
        unassigned.extend(callbacks.iter().filter(|it| it.owner.is_none()).map(|it| CallbackId(it.id)));
        insert_callbacks(store.db(), company, &callbacks, at).await;
    }
    let mut tx = store.db().begin().await.expect("begins");
    for (phone, callback) in phones.iter().zip(&unassigned) {
        insert_attempt(&mut tx, company, *phone, *callback, id(), at).await;
    }
    tx.commit().await.expect("commits");
    // PostgreSQL does it by itself a minute after so many rows came; SQLite never does.
    if matches!(store.db(), Db::Postgres(_)) {
        store.db().maintain("vacuum analyze").await.expect("vacuumed");
    }
    let rest = unassigned.split_off(phones.len());
    Scene { company: CompanyId(company), phones: phones.into_iter().map(PhoneId).collect(), unassigned: rest }
}

struct Callback {
    id: Uuid,
    number: String,
    owner: Option<Uuid>,
    due_at: i64,
}

async fn insert_callbacks(db: &Db, company: Uuid, callbacks: &[Callback], at: i64) {
    let mut tx = db.begin().await.expect("begins");
    let people = callbacks.iter().map(|it| vec![company.into(), (&it.number).into(), at.into()]);
    insert(&mut tx, "insert into people (company_id, number, last_asked_at)", people.collect()).await;
    let rows = callbacks.iter().map(|it| -> Vec<Value> {
        let status = if it.owner.is_some() { "assigned" } else { "pending" };
        let words = [&it.number, "Bench", status, "high", "bench", "api", "{}"].map(Value::from);
        let times = [it.due_at, it.due_at - HOUR, it.due_at - HOUR, 0, at, at].map(Value::from);
        [&[it.id.into(), company.into()][..], &words, &[it.owner.into(), it.owner.map(|_| at).into()], &times].concat()
    });
    let into = "insert into callbacks (id, company_id, number, customer_name, status, priority, priority_reason, source, metadata,
        assigned_to, assigned_at, due_at, warns_at, acts_at, merged_count, created_at, updated_at)";
    insert(&mut tx, into, rows.collect()).await;
    tx.commit().await.expect("commits");
}

async fn insert_phone(tx: &mut Tx, company: Uuid, phone: Uuid, at: i64) {
    let sql = "insert into phones (id, company_id, label, number, carrier, carrier_config, channels, reserved_inbound, active,
            auto_callback, when_full, max_call_seconds, ingress_key, created_at, updated_at)
        values ($1, $2, 'Bench', '+4930901820', 'simulator', $3, 1, 0, $4, 'on', 'announce', 3600, $5, $6, $6)";
    let params = vec![phone.into(), company.into(), vec![0_u8].into(), true.into(), phone.to_string().into(), at.into()];
    tx.execute(sql, params).await.expect("phone");
    let sql = "insert into phone_dialing (phone_id, company_id, fence, breaker_open) values ($1, $2, 0, $3)";
    tx.execute(sql, vec![phone.into(), company.into(), false.into()]).await.expect("dialing");
    tx.execute("insert into channel_leases (phone_id, channel) values ($1, 1)", vec![phone.into()]).await.expect("channel");
}

async fn insert_attempt(tx: &mut Tx, company: Uuid, phone: Uuid, callback: CallbackId, attempt: Uuid, at: i64) {
    let sql = "insert into attempts (id, company_id, callback_id, phone_id, number, priority, status, not_before, hold_until,
            missed_at, missed_reason, fence, dials, max_dials, created_at, updated_at)
        select $1, $2, b.id, $4, b.number, 0, 'pending', $5, $5, $5, 'busy', 0, 0, 1, $5, $5 from callbacks b where b.id = $3";
    let params = vec![attempt.into(), company.into(), callback.into(), phone.into(), (at - 1).into()];
    tx.execute(sql, params).await.expect("attempt");
}

pub(crate) async fn events(store: &Store, kind: &str) -> i64 {
    const SQL: &str = "select count(*) from events where type = $1";
    store.db().optional::<(i64,)>(SQL, vec![kind.into()]).await.expect("reads").map_or(0, |(count,)| count)
}
