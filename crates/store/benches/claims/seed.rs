//! Phones, channels and waiting attempts, by the ten thousand.

use jiff::Timestamp;
use ringback_domain::{ids::PhoneId, time};
use ringback_store::{Claim, Store, db::Db};
use sqlx::{AssertSqlSafe, ConnectOptions as _, QueryBuilder};
use uuid::Uuid;

#[derive(Clone, Copy)]
pub(crate) struct Scene {
    pub(crate) phones: usize,
    pub(crate) channels: usize,
    pub(crate) attempts: usize,
}

/// Noon in Berlin, a fixed day: nothing is outside calling hours.
pub(crate) fn now() -> Timestamp {
    time::from_millis(1_772_449_200_000)
}

macro_rules! on {
    ($db:expr, |$pool:ident| $body:expr) => {
        match $db {
            Db::Sqlite { writer: $pool, .. } => $body,
            Db::Postgres($pool) => $body,
        }
    };
}

/// A fresh company with this many phones and attempts, the attempts spread evenly. Older scenes are gone.
pub(crate) async fn scene(store: &Store, scene: Scene) -> Vec<PhoneId> {
    clear(store.db()).await;
    let id = || store.new_id(now());
    let company = id();
    let at = now().as_millisecond();
    on!(store.db(), |pool| {
        sqlx::query(
            "insert into companies (id, slug, name, country, locale, time_zone, settings, dialing_paused, created_at, updated_at)
                values ($1, $2, 'Bench', 'DE', 'de', 'Europe/Berlin', '{\"attempts_per_number\":1000}', $3, $4, $4)",
        )
        .bind(company)
        .bind(company.to_string())
        .bind(false)
        .bind(at)
        .execute(pool)
        .await
        .expect("company");
        sqlx::query("insert into credit_accounts (company_id, balance, reserved, short_told) values ($1, 1000000000000, 0, $2)")
            .bind(company)
            .bind(false)
            .execute(pool)
            .await
            .expect("account");
    });
    let phones: Vec<Uuid> = (0..scene.phones).map(|_| id()).collect();
    for batch in phones.chunks(500) {
        insert_phones(store.db(), company, batch, scene.channels, at).await;
    }
    let numbers: Vec<usize> = (0..scene.attempts).collect();
    for batch in numbers.chunks(1000) {
        let rows: Vec<_> = batch.iter().map(|n| (id(), id(), phones[n % phones.len()], format!("+49151{:08}", 10_000_000 + n))).collect();
        insert_attempts(store.db(), company, &rows, at).await;
    }
    on!(store.db(), |pool| sqlx::query("analyze").execute(pool).await.map(drop).expect("analyze"));
    settle(store.db()).await;
    phones.into_iter().map(PhoneId).collect()
}

/// What was seeded is on the disk: else its writing there goes on while claims are measured.
async fn settle(db: &Db) {
    match db {
        Db::Sqlite { writer, .. } => {
            sqlx::query("pragma wal_checkpoint(truncate)").execute(writer).await.expect("written");
        }
        Db::Postgres(pool) => {
            sqlx::query("checkpoint").execute(pool).await.expect("written");
        }
    }
    std::process::Command::new("sync").status().expect("sync");
}

async fn insert_phones(db: &Db, company: Uuid, phones: &[Uuid], channels: usize, at: i64) {
    on!(db, |pool| {
        let mut q = QueryBuilder::new(
            "insert into phones (id, company_id, label, number, carrier, carrier_config, channels, reserved_inbound, active,
                auto_callback, when_full, max_call_seconds, ingress_key, created_at, updated_at) ",
        );
        q.push_values(phones, |mut row, phone| {
            row.push_bind(*phone).push_bind(company).push("'Bench'").push("'+4930901820'").push("'simulator'").push_bind(vec![0_u8]);
            row.push_bind(i64::try_from(channels).expect("few")).push("0").push_bind(true).push("'on'").push("'announce'").push("3600");
            row.push_bind(phone.to_string()).push_bind(at).push_bind(at);
        });
        q.build().execute(pool).await.expect("phones");
        let mut q = QueryBuilder::new("insert into phone_dialing (phone_id, company_id, fence, breaker_open) ");
        q.push_values(phones, |mut row, phone| {
            row.push_bind(*phone).push_bind(company).push("0").push_bind(false);
        });
        q.build().execute(pool).await.expect("dialing");
        let leases: Vec<_> = phones.iter().flat_map(|phone| (1..=channels).map(|channel| (*phone, channel))).collect();
        for batch in leases.chunks(5000) {
            let mut q = QueryBuilder::new("insert into channel_leases (phone_id, channel) ");
            q.push_values(batch, |mut row, (phone, channel)| {
                row.push_bind(*phone).push_bind(i64::try_from(*channel).expect("few"));
            });
            q.build().execute(pool).await.expect("channels");
        }
    });
}

async fn insert_attempts(db: &Db, company: Uuid, rows: &[(Uuid, Uuid, Uuid, String)], at: i64) {
    on!(db, |pool| {
        let mut tx = pool.begin().await.expect("begins");
        let mut q = QueryBuilder::new(
            "insert into callbacks (id, company_id, number, customer_name, status, priority, priority_reason, source, metadata, due_at,
                warns_at, merged_count, created_at, updated_at) ",
        );
        q.push_values(rows, |mut row, (callback, _, _, number)| {
            row.push_bind(*callback).push_bind(company).push_bind(number.clone()).push("'Bench'").push("'pending'").push("'high'");
            row.push("'bench'").push("'missed_call'").push("'{}'").push_bind(at + 14_400_000).push_bind(at + 10_800_000).push("0");
            row.push_bind(at).push_bind(at);
        });
        q.build().execute(&mut *tx).await.expect("callbacks");
        let mut q = QueryBuilder::new(
            "insert into attempts (id, company_id, callback_id, phone_id, number, priority, status, not_before, hold_until, missed_at,
                missed_reason, fence, dials, max_dials, created_at, updated_at) ",
        );
        q.push_values(rows, |mut row, (callback, attempt, phone, number)| {
            row.push_bind(*attempt).push_bind(company).push_bind(*callback).push_bind(*phone).push_bind(number.clone()).push("0");
            row.push("'pending'")
                .push_bind(at - 1)
                .push_bind(at + 10_800_000)
                .push_bind(at - 1)
                .push("'busy'")
                .push("0")
                .push("0")
                .push("1");
            row.push_bind(at).push_bind(at);
        });
        q.build().execute(&mut *tx).await.expect("attempts");
        tx.commit().await.expect("commits");
    });
}

/// Puts a claim back, so that the number of waiting attempts stays what is measured.
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

async fn clear(db: &Db) {
    let tables = [
        "events",
        "attempts",
        "calls",
        "callbacks",
        "channel_leases",
        "phone_dialing",
        "phones",
        "credit_entries",
        "credit_accounts",
        "companies",
    ];
    match db {
        Db::Sqlite { writer, .. } => {
            for table in tables {
                sqlx::query(AssertSqlSafe(format!("delete from {table}"))).execute(writer).await.expect("cleared");
            }
        }
        Db::Postgres(pool) => {
            sqlx::query(AssertSqlSafe(format!("truncate {} cascade", tables.join(", ")))).execute(pool).await.expect("cleared");
        }
    }
}

pub(crate) async fn fresh_postgres(admin: &str) -> String {
    let name = format!("bench_{}", std::process::id());
    let options: sqlx::postgres::PgConnectOptions = admin.parse().expect("RINGBACK_TEST_POSTGRES is an address");
    let mut connection = options.connect().await.expect("PostgreSQL answers");
    sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await.expect("a database");
    let (base, query) = admin.split_once('?').map_or((admin, String::new()), |(base, query)| (base, format!("?{query}")));
    let server = base.rsplit_once('/').map_or(base, |(server, _)| server);
    format!("{server}/{name}{query}")
}
