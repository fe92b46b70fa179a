//! A company with people, phones with somebody waiting, and callbacks that are all due in the same minute.

use jiff::Timestamp;
use ringback_domain::{
    ids::{CallbackId, CompanyId, PhoneId},
    time,
};
use ringback_store::{Claim, Store, db::Db};
use sqlx::{AssertSqlSafe, ConnectOptions as _, QueryBuilder};
use uuid::Uuid;

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

macro_rules! on {
    ($db:expr, |$pool:ident| $body:expr) => {
        match $db {
            Db::Sqlite { writer: $pool, .. } => $body,
            Db::Postgres($pool) => $body,
        }
    };
}

pub(crate) async fn scene(store: &Store, number: usize) -> Scene {
    let id = || store.new_id(now());
    let (company, at) = (id(), now().as_millisecond());
    on!(store.db(), |pool| {
        let insert = "insert into companies (id, slug, name, country, locale, time_zone, settings, dialing_paused, created_at, updated_at)
            values ($1, $2, 'Bench', 'DE', 'de', 'Europe/Berlin', '{\"attempts_per_number\":1000000}', $3, $4, $4)";
        sqlx::query(insert).bind(company).bind(company.to_string()).bind(false).bind(at).execute(pool).await.expect("company");
        let insert = "insert into credit_accounts (company_id, balance, reserved, short_told) values ($1, 1000000000000, 0, $2)";
        sqlx::query(insert).bind(company).bind(false).execute(pool).await.expect("account");
    });
    let mut staff = Vec::new();
    for role in std::iter::repeat_n("staff", 16).chain(std::iter::repeat_n("manager", 3)).chain(["owner"]) {
        let insert = "insert into staff (id, company_id, name, email, role, active, present, created_at, updated_at)
            values ($1, $2, 'Bench', $3, $4, $5, $5, $6, $6)";
        let person = id();
        on!(store.db(), |pool| {
            let query = sqlx::query(insert).bind(person).bind(company).bind(person.to_string()).bind(role).bind(true).bind(at);
            query.execute(pool).await.expect("staff");
        });
        staff.push(person);
    }
    staff.truncate(16);
    let phones: Vec<Uuid> = (0..10).map(|_| id()).collect();
    for phone in &phones {
        insert_phone(store.db(), company, *phone, at).await;
    }
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
    for (phone, callback) in phones.iter().zip(&unassigned) {
        insert_attempt(store.db(), company, *phone, *callback, id(), at).await;
    }
    // PostgreSQL does it by itself a minute after so many rows came.
    let settled = if matches!(store.db(), Db::Postgres(_)) { "vacuum analyze" } else { "analyze" };
    on!(store.db(), |pool| sqlx::query(settled).execute(pool).await.map(drop).expect(settled));
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
    on!(db, |pool| {
        let mut tx = pool.begin().await.expect("begins");
        let mut q = QueryBuilder::new("insert into people (company_id, number, last_asked_at) ");
        q.push_values(callbacks, |mut row, it| {
            row.push_bind(company).push_bind(it.number.clone()).push_bind(at);
        });
        q.build().execute(&mut *tx).await.expect("people");
        let mut q = QueryBuilder::new(
            "insert into callbacks (id, company_id, number, customer_name, status, priority, priority_reason, source, metadata,
                assigned_to, assigned_at, due_at, warns_at, acts_at, merged_count, created_at, updated_at) ",
        );
        q.push_values(callbacks, |mut row, it| {
            row.push_bind(it.id).push_bind(company).push_bind(it.number.clone()).push("'Bench'");
            row.push_bind(if it.owner.is_some() { "assigned" } else { "pending" })
                .push("'high'")
                .push("'bench'")
                .push("'api'")
                .push("'{}'");
            row.push_bind(it.owner).push_bind(it.owner.map(|_| at)).push_bind(it.due_at).push_bind(it.due_at - HOUR);
            row.push_bind(it.due_at - HOUR).push("0").push_bind(at).push_bind(at);
        });
        q.build().execute(&mut *tx).await.expect("callbacks");
        tx.commit().await.expect("commits");
    });
}

async fn insert_phone(db: &Db, company: Uuid, phone: Uuid, at: i64) {
    on!(db, |pool| {
        let insert = "insert into phones (id, company_id, label, number, carrier, carrier_config, channels, reserved_inbound, active,
                auto_callback, when_full, max_call_seconds, ingress_key, created_at, updated_at)
            values ($1, $2, 'Bench', '+4930901820', 'simulator', $3, 1, 0, $4, 'on', 'announce', 3600, $5, $6, $6)";
        let query = sqlx::query(insert).bind(phone).bind(company).bind(vec![0_u8]).bind(true).bind(phone.to_string()).bind(at);
        query.execute(pool).await.expect("phone");
        let insert = "insert into phone_dialing (phone_id, company_id, fence, breaker_open) values ($1, $2, 0, $3)";
        sqlx::query(insert).bind(phone).bind(company).bind(false).execute(pool).await.expect("dialing");
        let insert = "insert into channel_leases (phone_id, channel) values ($1, 1)";
        sqlx::query(insert).bind(phone).execute(pool).await.expect("channel");
    });
}

async fn insert_attempt(db: &Db, company: Uuid, phone: Uuid, callback: CallbackId, attempt: Uuid, at: i64) {
    on!(db, |pool| {
        let insert = "insert into attempts (id, company_id, callback_id, phone_id, number, priority, status, not_before, hold_until,
                missed_at, missed_reason, fence, dials, max_dials, created_at, updated_at)
            select $1, $2, b.id, $4, b.number, 0, 'pending', $5, $5, $5, 'busy', 0, 0, 1, $5, $5 from callbacks b where b.id = $3";
        let query = sqlx::query(insert).bind(attempt).bind(company).bind(callback.0).bind(phone).bind(at - 1);
        query.execute(pool).await.expect("attempt");
    });
}

/// Puts a claim back, so that somebody waits on each phone all the time.
pub(crate) async fn undo(store: &Store, claim: &Claim) {
    let statements = [
        "update attempts set status = 'pending', call_id = null, dials = 0 where call_id = $1",
        "update channel_leases set call_id = null, leased_until = null where call_id = $1",
        "delete from calls where id = $1",
    ];
    for statement in statements {
        on!(store.db(), |pool| sqlx::query(statement).bind(claim.call.0).execute(pool).await.map(drop).expect("undo"));
    }
}

pub(crate) async fn events(store: &Store, kind: &str) -> i64 {
    const SQL: &str = "select count(*) from events where type = $1";
    store.db().optional::<(i64,)>(SQL, vec![kind.into()]).await.expect("reads").map_or(0, |(count,)| count)
}

pub(crate) async fn fresh_postgres(admin: &str) -> String {
    let name = format!("bench_due_{}", std::process::id());
    let options: sqlx::postgres::PgConnectOptions = admin.parse().expect("RINGBACK_TEST_POSTGRES is an address");
    let mut connection = options.connect().await.expect("PostgreSQL answers");
    sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await.expect("a database");
    let (base, query) = admin.split_once('?').map_or((admin, String::new()), |(base, query)| (base, format!("?{query}")));
    let server = base.rsplit_once('/').map_or(base, |(server, _)| server);
    format!("{server}/{name}{query}")
}
