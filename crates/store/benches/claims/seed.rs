//! Phones, channels and waiting attempts, by the ten thousand.

use jiff::Timestamp;
use ringback_domain::{ids::PhoneId, time};
use ringback_store::{
    Store,
    db::{Db, Tx, Value},
};
use uuid::Uuid;

use crate::database::insert;

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

/// A fresh company with this many phones and attempts, the attempts spread evenly. Older scenes are gone.
pub(crate) async fn scene(store: &Store, scene: Scene) -> Vec<PhoneId> {
    clear(store.db()).await;
    let id = || store.new_id(now());
    let company = id();
    let at = now().as_millisecond();
    let mut tx = store.db().begin().await.expect("begins");
    let sql = "insert into companies (id, slug, name, country, locale, time_zone, settings, dialing_paused, created_at, updated_at)
        values ($1, $2, 'Bench', 'DE', 'de', 'Europe/Berlin', '{\"attempts_per_number\":1000}', $3, $4, $4)";
    tx.execute(sql, vec![company.into(), company.to_string().into(), false.into(), at.into()]).await.expect("company");
    let sql = "insert into credit_accounts (company_id, balance, reserved, short_told) values ($1, 1000000000000, 0, $2)";
    tx.execute(sql, vec![company.into(), false.into()]).await.expect("account");
    let phones: Vec<Uuid> = (0..scene.phones).map(|_| id()).collect();
    insert_phones(&mut tx, company, &phones, scene.channels, at).await;
    tx.commit().await.expect("commits");
    let numbers: Vec<usize> = (0..scene.attempts).collect();
    for batch in numbers.chunks(1000) {
        let rows: Vec<_> = batch.iter().map(|n| (id(), id(), phones[n % phones.len()], format!("+49151{:08}", 10_000_000 + n))).collect();
        insert_attempts(store.db(), company, &rows, at).await;
    }
    settle(store.db()).await;
    phones.into_iter().map(PhoneId).collect()
}

/// What was seeded is on the disk: else its writing there goes on while claims are measured.
async fn settle(db: &Db) {
    // PostgreSQL vacuums and analyzes by itself a minute after so many rows came, in the midst of the claims; SQLite never does.
    let settled: &[&'static str] = match db {
        Db::Sqlite(_) => &["pragma wal_checkpoint(truncate)"],
        Db::Postgres(_) => &["vacuum analyze", "checkpoint"],
    };
    for statement in settled {
        db.maintain(statement).await.expect("written");
    }
    std::process::Command::new("sync").status().expect("sync");
}

async fn insert_phones(tx: &mut Tx, company: Uuid, phones: &[Uuid], channels: usize, at: i64) {
    let channels = i64::try_from(channels).expect("few");
    let row = |phone: &Uuid| -> Vec<Value> {
        vec![
            (*phone).into(),
            company.into(),
            vec![0_u8].into(),
            channels.into(),
            true.into(),
            phone.to_string().into(),
            at.into(),
            at.into(),
        ]
    };
    let into = "insert into phones (id, company_id, carrier_config, channels, active, ingress_key, created_at, updated_at, label, number,
        carrier, reserved_inbound, auto_callback, when_full, max_call_seconds)";
    let constant: [Value; 7] =
        ["Bench".into(), "+4930901820".into(), "simulator".into(), 0_i64.into(), "on".into(), "announce".into(), 3600_i64.into()];
    insert(tx, into, phones.iter().map(|phone| [row(phone), constant.to_vec()].concat()).collect()).await;
    let dialing = phones.iter().map(|phone| vec![(*phone).into(), company.into(), 0_i64.into(), false.into()]);
    insert(tx, "insert into phone_dialing (phone_id, company_id, fence, breaker_open)", dialing.collect()).await;
    let leases = phones.iter().flat_map(|phone| (1..=channels).map(|channel| vec![(*phone).into(), channel.into()]));
    insert(tx, "insert into channel_leases (phone_id, channel)", leases.collect()).await;
}

async fn insert_attempts(db: &Db, company: Uuid, rows: &[(Uuid, Uuid, Uuid, String)], at: i64) {
    let mut tx = db.begin().await.expect("begins");
    let callbacks = rows.iter().map(|(callback, _, _, number)| -> Vec<Value> {
        let (due, warns) = (at + 14_400_000, at + 10_800_000);
        let times = [due, warns, 0, at, at].map(Value::from);
        let words = ["Bench", "pending", "high", "bench", "missed_call", "{}"].map(Value::from);
        [&[(*callback).into(), company.into(), number.into()][..], &words, &times].concat()
    });
    let into = "insert into callbacks (id, company_id, number, customer_name, status, priority, priority_reason, source, metadata, due_at,
        warns_at, merged_count, created_at, updated_at)";
    insert(&mut tx, into, callbacks.collect()).await;
    let attempts = rows.iter().map(|(callback, attempt, phone, number)| -> Vec<Value> {
        let ids = [*attempt, company, *callback, *phone].map(Value::from);
        let words = [number, "pending", "busy"].map(Value::from);
        let numbers = [0, at - 1, at + 10_800_000, at - 1, 0, 0, 1, at, at].map(Value::from);
        [&ids[..], &words, &numbers].concat()
    });
    let into =
        "insert into attempts (id, company_id, callback_id, phone_id, number, status, missed_reason, priority, not_before, hold_until,
        missed_at, fence, dials, max_dials, created_at, updated_at)";
    insert(&mut tx, into, attempts.collect()).await;
    tx.commit().await.expect("commits");
}

async fn clear(db: &Db) {
    const TABLES: [&str; 10] = [
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
    let statements = match db {
        Db::Sqlite(_) => TABLES.iter().map(|table| format!("delete from {table}")).collect(),
        Db::Postgres(_) => vec![format!("truncate {} cascade", TABLES.join(", "))],
    };
    let mut tx = db.begin().await.expect("begins");
    for statement in statements {
        tx.execute_built(statement, vec![]).await.expect("cleared");
    }
    tx.commit().await.expect("commits");
}
