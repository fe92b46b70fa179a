//! Finished work costs nothing: what is asked all the time takes the same effort with ten thousand finished rows as with
//! a hundred. Measured in the engines themselves, over the statements that really run.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use ringback_domain::ids::PhoneId;
use ringback_store::{
    IngressPhone, Placement,
    db::{Db, Value},
};

use crate::bench::{Bench, caller, run};

/// One round of the main job, and an idle second.
async fn main_job(bench: &Bench, phone: &IngressPhone, n: u32) {
    bench.missed(phone, &caller(n)).await;
    let found = bench.store.phones_to_dial(PhoneId(uuid::Uuid::nil()), 1000, bench.now()).await.unwrap();
    assert_eq!(found.len(), 1);
    let claim = bench.dial(phone).await;
    bench.talks(&claim, 30).await;
    idle_second(bench).await;
}

async fn idle_second(bench: &Bench) {
    assert!(!bench.store.promote_due(bench.now()).await.unwrap());
    assert!(bench.store.phones_to_dial(PhoneId(uuid::Uuid::nil()), 1000, bench.now()).await.unwrap().is_empty());
    assert!(bench.store.calls_to_ask(bench.now()).await.unwrap().is_empty());
}

/// Finished callbacks, attempts, calls, ledger entries and events, numbered from `first`.
async fn finish(bench: &Bench, phone: &IngressPhone, first: u32, count: u32) {
    let id = |kind: u32| match bench.engine() {
        "sqlite" => format!("unhex(printf('%08x%024x', {kind}, n.i))"),
        _ => format!("cast(lpad(to_hex({kind}), 8, '0') || lpad(to_hex(n.i), 24, '0') as uuid)"),
    };
    let (callback, attempt, call, entry, event) = (id(1), id(2), id(3), id(4), id(5));
    let numbers = format!("with recursive n (i) as (select {first} union all select n.i + 1 from n where n.i < {})", first + count - 1);
    let number = "'+4915900' || cast(100000 + n.i as text)";
    let statements = [
        format!(
            "insert into callbacks (id, company_id, number, customer_name, status, priority, priority_reason, source, phone_id, metadata,
                due_at, warns_at, merged_count, completed_at, created_at, updated_at)
            {numbers} select {callback}, $1, {number}, 'x', 'completed', 'high', 'x', 'missed_call', $2, '{{}}', n.i, n.i, 0, n.i, n.i, n.i from n"
        ),
        format!(
            "insert into attempts (id, company_id, callback_id, phone_id, number, priority, status, outcome, not_before, hold_until,
                missed_at, missed_reason, fence, dials, max_dials, created_at, updated_at)
            {numbers} select {attempt}, $1, {callback}, $2, {number}, 0, 'completed', 'reached', n.i, n.i, n.i, 'busy', 0, 1, 1, n.i, n.i from n"
        ),
        format!(
            "insert into calls (id, company_id, phone_id, direction, number, carrier_call_id, status, outcome, turned_away, given_up,
                carrier_answer, seconds, reserved_credits, fence, node, node_run, attempt_id, callback_id, started_at, ended_at, settled_at,
                asks, created_at, updated_at)
            {numbers} select {call}, $1, $2, 'outbound', {number}, 'old-' || cast(n.i as text), 'ended', 'answered', $3, $3, 'accepted', 30,
                0, 0, 'bench', {call}, {attempt}, {callback}, n.i, n.i, n.i, 0, n.i, n.i from n"
        ),
        format!(
            "insert into credit_entries (id, company_id, amount, balance, type, reason, actor, metadata, created_at)
            {numbers} select {entry}, $1, 0, 0, 'call', 'call', 'system', '{{}}', n.i from n"
        ),
        format!(
            "insert into events (id, company_id, type, actor, callback_id, phone_id, data, occurred_at)
            {numbers} select {event}, $1, 'callback.completed', 'system', {callback}, $2, '{{}}', n.i from n"
        ),
    ];
    for sql in statements {
        let mut params: Vec<Value> = vec![bench.company.into(), phone.id.into(), false.into()];
        params.truncate((1..=3).filter(|n| sql.contains(&format!("${n}"))).count());
        let mut tx = bench.store.db().begin().await.unwrap();
        tx.execute_built(sql, params).await.unwrap();
        tx.commit().await.unwrap();
    }
}

mod sqlite {
    use super::*;

    #[tokio::test]
    async fn ten_thousand_finished_rows_cost_nothing() {
        run(crate::bench::Engine::Sqlite, super::steps_stay_the_same).await;
    }

    #[tokio::test]
    async fn idle_phones_and_what_waits_for_others_cost_nothing() {
        run(crate::bench::Engine::Sqlite, super::others_cost_nothing).await;
    }

    #[tokio::test]
    async fn the_sweep_costs_each_phone_that_has_somebody_waiting_the_same() {
        run(crate::bench::Engine::Sqlite, super::the_sweep_grows_with_who_waits).await;
    }
}

mod postgres {
    use super::*;

    #[tokio::test]
    async fn ten_thousand_finished_rows_cost_nothing() {
        run(crate::bench::Engine::Postgres, super::no_table_of_finished_work_is_read_through).await;
    }
}

/// Counts the instructions of SQLite's virtual machine, on every connection.
async fn count_steps(db: &Db) -> Arc<AtomicU64> {
    let Db::Sqlite(sqlite) = db else { unreachable!("SQLite") };
    let steps = Arc::new(AtomicU64::new(0));
    let mut connections = vec![sqlite.writer().lend().await.unwrap()];
    for _ in 0..sqlite.readers().number() {
        connections.push(sqlite.readers().lend().await.unwrap());
    }
    for connection in &connections {
        let steps = Arc::clone(&steps);
        let count = move || {
            steps.fetch_add(1, Ordering::Relaxed);
            false
        };
        connection.progress_handler(1, Some(count)).unwrap();
    }
    steps
}

/// Of several idle seconds the cheapest: whichever connection is used first has the schema to read.
async fn fewest_idle_steps(bench: &Bench, steps: &AtomicU64) -> u64 {
    let mut fewest = u64::MAX;
    for _ in 0..8 {
        steps.store(0, Ordering::Relaxed);
        idle_second(bench).await;
        fewest = fewest.min(steps.swap(0, Ordering::Relaxed));
    }
    fewest
}

async fn steps_stay_the_same(bench: &Bench) {
    let phone = bench.phone(2).await;
    finish(bench, &phone, 1, 100).await;
    main_job(bench, &phone, 1).await;
    let steps = count_steps(bench.store.db()).await;
    main_job(bench, &phone, 2).await;
    let few = steps.swap(0, Ordering::Relaxed);
    let idle = fewest_idle_steps(bench, &steps).await;
    finish(bench, &phone, 101, 9_900).await;
    steps.store(0, Ordering::Relaxed);
    main_job(bench, &phone, 3).await;
    let many = steps.swap(0, Ordering::Relaxed);
    assert!(few > 1_000, "{few} steps: nothing was measured");
    assert!(many * 10 <= few * 12, "{few} steps with 100 finished rows, {many} with 10,000");
    let idle_with_many = fewest_idle_steps(bench, &steps).await;
    assert!(
        idle_with_many <= idle + 10 && idle <= 500,
        "{idle} steps of an idle second with 100 finished rows, {idle_with_many} with 10,000"
    );
}

/// Phones of two channels that nobody calls, numbered from `first`.
async fn idle_phones(bench: &Bench, first: u32, count: u32, active: bool) {
    let numbers = format!("with recursive n (i) as (select {first} union all select n.i + 1 from n where n.i < {})", first + count - 1);
    let id = "unhex(printf('%08x%024x', 6, n.i))";
    let statements = [
        format!(
            "insert into phones (id, company_id, label, number, carrier, carrier_config, channels, reserved_inbound, active, auto_callback,
                when_full, max_call_seconds, ingress_key, created_at, updated_at)
            {numbers} select {id}, $1, 'x', '+493090' || cast(20000 + n.i as text), 'simulator', x'00', 2, 0, {active}, 'on', 'announce',
                3600, 'idle-' || cast(n.i as text), 0, 0 from n"
        ),
        format!("insert into phone_dialing (phone_id, company_id, fence, breaker_open) {numbers} select {id}, $1, 0, false from n"),
        format!("insert into channel_leases (phone_id, channel) {numbers} select {id}, 1 from n union all select {id}, 2 from n"),
    ];
    let mut tx = bench.store.db().begin().await.unwrap();
    for sql in statements {
        let params = if sql.contains("$1") { vec![bench.company.into()] } else { vec![] };
        tx.execute_built(sql, params).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// The main job, and a request whose answer was lost.
async fn main_job_and_a_lost_answer(bench: &Bench, phone: &IngressPhone, n: u32, steps: &AtomicU64) -> u64 {
    steps.store(0, Ordering::Relaxed);
    main_job(bench, phone, n).await;
    bench.missed(phone, &caller(n + 1)).await;
    let claim = bench.claim(phone).await.expect("somebody waits");
    bench.place(&claim, &Placement::Lost { counts: false }).await;
    let took = steps.swap(0, Ordering::Relaxed);
    bench.hang_up().await;
    took
}

async fn others_cost_nothing(bench: &Bench) {
    let (phone, other) = (bench.phone(2).await, bench.phone(1).await);
    main_job(bench, &phone, 1).await;
    let steps = count_steps(bench.store.db()).await;
    let alone = main_job_and_a_lost_answer(bench, &phone, 2, &steps).await;
    idle_phones(bench, 1, 1_000, true).await;
    finish(bench, &other, 1, 2_000).await;
    const WAIT: &str = "update attempts set status = 'pending', outcome = null, look_at = $2, waiting_because = '{\"code\":\"no_call\"}'
        where phone_id = $1";
    bench.execute(WAIT, vec![other.id.into(), i64::MAX.into()]).await;
    let among_others = main_job_and_a_lost_answer(bench, &phone, 4, &steps).await;
    assert!(alone > 1_000, "{alone} steps: nothing was measured");
    assert!(among_others * 10 <= alone * 12, "{alone} steps alone, {among_others} among a thousand phones and two thousand who wait");
    steps.store(0, Ordering::Relaxed);
    bench.store.forgotten(bench.now()).await.unwrap();
    let standing = steps.swap(0, Ordering::Relaxed);
    assert!(standing < 1_000, "{standing} steps of the standing check, where nothing is forgotten");
    as_before(bench).await;
}

/// What this made wait is finished again.
async fn as_before(bench: &Bench) {
    const FINISHED: &str = "update attempts set status = 'completed', outcome = 'reached', look_at = null, waiting_because = null
        where status = 'pending'";
    bench.execute(FINISHED, vec![]).await;
}

async fn the_sweep_grows_with_who_waits(bench: &Bench) {
    // Switched off, so that the sweep looks at each and takes none.
    let waiting = async |first: u32, count: u32| {
        idle_phones(bench, first, count, false).await;
        finish(bench, &bench.phone(1).await, first, count).await;
        const WAIT: &str = "update attempts set status = 'pending', outcome = null,
            phone_id = unhex(printf('%08x%s', 6, substr(hex(id), 9))) where status = 'completed'";
        bench.execute(WAIT, vec![]).await;
    };
    waiting(1, 100).await;
    let steps = count_steps(bench.store.db()).await;
    let hundred = fewest_idle_steps(bench, &steps).await;
    waiting(101, 300).await;
    let four_hundred = fewest_idle_steps(bench, &steps).await;
    assert!(hundred > 1_000, "{hundred} steps: nothing was measured");
    assert!(four_hundred <= hundred * 5, "{hundred} steps with a hundred waiting phones, {four_hundred} with four hundred");
    as_before(bench).await;
}

async fn no_table_of_finished_work_is_read_through(bench: &Bench) {
    let phone = bench.phone(2).await;
    finish(bench, &phone, 1, 10_000).await;
    bench.execute("analyze", vec![]).await;
    // Often enough that the server settles on its plans; one more connection, whose end hands in its statistics.
    let before = rows_read_through(bench).await;
    let other = bench.on_same_database().await;
    for n in 1..=20 {
        main_job(&other, &phone, n).await;
    }
    other.store.db().close().await;
    let read = rows_read_through(bench).await - before;
    assert!(read < 10_000, "{read} rows of finished work were read in sequential scans by 20 rounds");
}

/// Rows that sequential scans have read in the tables that grow. Backends hand in their numbers as they end.
async fn rows_read_through(bench: &Bench) -> i64 {
    const SQL: &str = "select cast(sum(seq_tup_read) as bigint) from pg_stat_user_tables
        where relname in ('callbacks', 'attempts', 'calls', 'credit_entries', 'events')";
    const BACKENDS: &str = "select count(*) from pg_stat_activity where datname = current_database()";
    const FRESH: &str = "select cast(1 as bigint) from pg_stat_clear_snapshot(), pg_stat_force_next_flush()";
    let mut tries = 0;
    let mut last = -1;
    // The statistics come a moment after the backend has gone.
    loop {
        bench.number(FRESH, vec![]).await;
        let read = bench.number(SQL, vec![]).await;
        let backends = bench.number(BACKENDS, vec![]).await;
        tries += 1;
        if (read == last && backends <= 8) || tries > 200 {
            return read;
        }
        last = read;
    }
}
