//! Finished work costs nothing: what is asked all the time takes the same effort with ten thousand finished rows as with
//! a hundred, and what is done with many rows costs each the same. Measured in the engines themselves, over the statements that really run.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use ringback_domain::ids::{CallbackId, PhoneId};
use ringback_store::{
    CallbackFilter, CallbackSort, IngressPhone, Patience, PhoneDeleted, Placement, Start, Store, Tab, Window,
    db::{Db, Value},
};

use crate::bench::{Bench, caller};

on_each_engine! {
    ten_thousand_finished_rows_cost_nothing,
    idle_phones_and_what_waits_for_others_cost_nothing,
    the_sweep_costs_each_phone_that_has_somebody_waiting_the_same,
    promoting_a_thousand_costs_little_more_among_five_thousand,
    deleting_a_phone_costs_each_that_waits_the_same,
    erasing_a_callback_costs_the_same_whatever_others_have,
    a_page_in_another_order_is_found_once,
}

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

/// The id of this kind with the number `n.i`.
fn id(bench: &Bench, kind: u32) -> String {
    match bench.engine() {
        "sqlite" => format!("unhex(printf('%08x%024x', {kind}, n.i))"),
        _ => format!("cast(lpad(to_hex({kind}), 8, '0') || lpad(to_hex(n.i), 24, '0') as uuid)"),
    }
}

/// `n.i`: so many numbers from `first`.
fn numbered(first: u32, count: u32) -> String {
    format!("with recursive n (i) as (select {first} union all select n.i + 1 from n where n.i < {})", first + count - 1)
}

/// Finished callbacks, attempts, calls, ledger entries and events, numbered from `first`.
async fn finish(bench: &Bench, phone: &IngressPhone, first: u32, count: u32) {
    let id = |kind| id(bench, kind);
    let (callback, attempt, call, entry, event) = (id(1), id(2), id(3), id(4), id(5));
    let numbers = numbered(first, count);
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
        write(bench, sql, vec![bench.company.into(), phone.id.into(), false.into()]).await;
    }
}

/// Writes, by as many of the parameters as the statement has.
async fn write(bench: &Bench, sql: String, mut params: Vec<Value>) {
    params.truncate((1..=params.len()).filter(|n| sql.contains(&format!("${n}"))).count());
    apart(bench, async |bench| {
        let mut tx = bench.store.db().begin().await.unwrap();
        tx.execute_built(sql, params).await.unwrap();
        tx.commit().await.unwrap();
    })
    .await;
}

/// What an engine does: SQLite counts the instructions of its virtual machine, PostgreSQL the rows that its scans return.
enum Meter {
    Steps(Arc<AtomicU64>),
    Rows,
}

impl Meter {
    async fn on(bench: &Bench) -> Self {
        if bench.engine() == "sqlite" { Self::Steps(count_steps(bench.store.db()).await) } else { Self::Rows }
    }

    async fn of(&self, bench: &Bench, work: impl AsyncFnOnce(&Bench)) -> u64 {
        match self {
            Self::Steps(steps) => {
                steps.store(0, Ordering::Relaxed);
                work(bench).await;
                steps.swap(0, Ordering::Relaxed)
            }
            Self::Rows => {
                let before = rows_read(bench).await;
                apart(bench, work).await;
                rows_read(bench).await - before
            }
        }
    }

    /// Of several idle seconds the cheapest: whichever connection of SQLite is used first has the schema to read.
    async fn of_an_idle_second(&self, bench: &Bench) -> u64 {
        let mut fewest = u64::MAX;
        for _ in 0..if matches!(self, Self::Rows) { 1 } else { 8 } {
            fewest = fewest.min(self.of(bench, async |bench| idle_second(bench).await).await);
        }
        fewest
    }

    /// Whether it is no more than before. PostgreSQL comes upon dead rows until somebody has swept them up, some in one run and
    /// none in another.
    fn stays(&self, before: u64, after: u64) -> bool {
        let by_chance = if matches!(self, Self::Rows) { 500 } else { 10 };
        after <= before * 12 / 10 + by_chance
    }

    /// Less is nothing measured.
    fn least(&self) -> u64 {
        match self {
            Self::Steps(_) => 1_000,
            Self::Rows => 50,
        }
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

/// Works, on PostgreSQL by connections of its own and until they have ended: their numbers are handed in then.
async fn apart(bench: &Bench, work: impl AsyncFnOnce(&Bench)) {
    if bench.engine() == "sqlite" {
        return work(bench).await;
    }
    const NEWEST: &str = "select cast(max(extract(epoch from backend_start) * 1000000) as bigint) from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend'";
    const NEWER: &str = "select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend'
        and extract(epoch from backend_start) * 1000000 > $1 and pid <> pg_backend_pid()";
    let newest = bench.number(NEWEST, vec![]).await;
    let other = bench.on_same_database().await;
    work(&other).await;
    other.store.db().close().await;
    while bench.number(NEWER, vec![newest.into()]).await > 0 {
        tokio::task::yield_now().await;
    }
}

/// Rows that scans have returned, of the tables that grow and along their indexes.
async fn rows_read(bench: &Bench) -> u64 {
    const SQL: &str = "select cast(sum(read) as bigint) from (
            select relname, seq_tup_read as read from pg_stat_user_tables
            union all select relname, idx_tup_read as read from pg_stat_user_indexes) it
        where relname in ('callbacks', 'attempts', 'calls', 'credit_entries', 'events', 'phones', 'phone_dialing', 'channel_leases')";
    bench.number(SQL, vec![]).await.try_into().unwrap()
}

async fn ten_thousand_finished_rows_cost_nothing(bench: &Bench) {
    let phone = bench.phone(2).await;
    finish(bench, &phone, 1, 100).await;
    main_job(bench, &phone, 1).await;
    let meter = Meter::on(bench).await;
    let few = meter.of(bench, async |bench| main_job(bench, &phone, 2).await).await;
    let idle = meter.of_an_idle_second(bench).await;
    finish(bench, &phone, 101, 9_900).await;
    let many = meter.of(bench, async |bench| main_job(bench, &phone, 3).await).await;
    let idle_with_many = meter.of_an_idle_second(bench).await;
    assert!(few > meter.least(), "{few}: nothing was measured");
    assert!(meter.stays(few, many), "{few} with 100 finished rows, {many} with 10,000");
    assert!(
        meter.stays(idle, idle_with_many) && idle <= 500,
        "{idle} in an idle second with 100 finished rows, {idle_with_many} with 10,000"
    );
}

/// Phones of two channels that nobody calls, numbered from `first`.
async fn idle_phones(bench: &Bench, first: u32, count: u32, active: bool) {
    let (numbers, id) = (numbered(first, count), id(bench, 6));
    let sealed = if bench.engine() == "sqlite" { "x'00'" } else { "'\\x00'::bytea" };
    let statements = [
        format!(
            "insert into phones (id, company_id, label, number, carrier, carrier_config, channels, reserved_inbound, active, auto_callback,
                when_full, max_call_seconds, ingress_key, created_at, updated_at)
            {numbers} select {id}, $1, 'x', '+493090' || cast(20000 + n.i as text), 'simulator', {sealed}, 2, 0, {active}, 'on', 'announce',
                3600, 'idle-' || cast(n.i as text), 0, 0 from n"
        ),
        format!("insert into phone_dialing (phone_id, company_id, fence, breaker_open) {numbers} select {id}, $1, 0, false from n"),
        format!("insert into channel_leases (phone_id, channel) {numbers} select {id}, 1 from n union all select {id}, 2 from n"),
    ];
    for sql in statements {
        write(bench, sql, vec![bench.company.into()]).await;
    }
}

/// The main job, and a request whose answer was lost.
async fn main_job_and_a_lost_answer(bench: &Bench, phone: &IngressPhone, n: u32) {
    main_job(bench, phone, n).await;
    bench.missed(phone, &caller(n + 1)).await;
    let claim = bench.claim(phone).await.expect("somebody waits");
    bench.place(&claim, &Placement::Lost { counts: false }).await;
}

async fn idle_phones_and_what_waits_for_others_cost_nothing(bench: &Bench) {
    let (phone, other) = (bench.phone(2).await, bench.phone(1).await);
    main_job(bench, &phone, 1).await;
    let meter = Meter::on(bench).await;
    let alone = meter.of(bench, async |bench| main_job_and_a_lost_answer(bench, &phone, 2).await).await;
    bench.hang_up().await;
    idle_phones(bench, 1, 1_000, true).await;
    finish(bench, &other, 1, 2_000).await;
    const WAIT: &str = "update attempts set status = 'pending', outcome = null, look_at = $2, waiting_because = '{\"code\":\"no_call\"}'
        where phone_id = $1";
    write(bench, WAIT.to_owned(), vec![other.id.into(), i64::MAX.into()]).await;
    // PostgreSQL does so by itself within a minute; SQLite never knows how many rows there are.
    if bench.engine() == "postgres" {
        bench.execute("analyze", vec![]).await;
    }
    let among_others = meter.of(bench, async |bench| main_job_and_a_lost_answer(bench, &phone, 4).await).await;
    bench.hang_up().await;
    assert!(alone > meter.least(), "{alone}: nothing was measured");
    assert!(meter.stays(alone, among_others), "{alone} alone, {among_others} among a thousand phones and two thousand who wait");
    let standing = meter.of(bench, async |bench| drop(bench.store.forgotten(bench.now()).await.unwrap())).await;
    assert!(standing < 1_000, "{standing} of the standing check, where nothing is forgotten");
    as_before(bench).await;
}

/// What this made wait is finished again.
async fn as_before(bench: &Bench) {
    const FINISHED: &str = "update attempts set status = 'completed', outcome = 'reached', look_at = null, waiting_because = null
        where status = 'pending'";
    bench.execute(FINISHED, vec![]).await;
}

async fn the_sweep_costs_each_phone_that_has_somebody_waiting_the_same(bench: &Bench) {
    // Switched off, so that the sweep looks at each and takes none.
    let waiting = async |first: u32, count: u32| {
        idle_phones(bench, first, count, false).await;
        finish(bench, &bench.phone(1).await, first, count).await;
        let phone = match bench.engine() {
            "sqlite" => "unhex(printf('%08x%s', 6, substr(hex(id), 9)))",
            _ => "cast('00000006' || substr(cast(id as text), 9) as uuid)",
        };
        let wait = format!("update attempts set status = 'pending', outcome = null, phone_id = {phone} where status = 'completed'");
        write(bench, wait, vec![]).await;
    };
    waiting(1, 100).await;
    let meter = Meter::on(bench).await;
    let hundred = meter.of_an_idle_second(bench).await;
    waiting(101, 300).await;
    let four_hundred = meter.of_an_idle_second(bench).await;
    assert!(hundred > meter.least(), "{hundred}: nothing was measured");
    assert!(four_hundred <= hundred * 8, "{hundred} with a hundred waiting phones, {four_hundred} with four hundred");
    as_before(bench).await;
}

async fn promoting_a_thousand_costs_little_more_among_five_thousand(bench: &Bench) {
    let meter = Meter::on(bench).await;
    let promoting = async |first: u32, count: u32| {
        let phone = bench.phone(1).await;
        finish(bench, &phone, first, count).await;
        const DUE: &str = "update attempts set status = 'pending', outcome = null, look_at = $2 where phone_id = $1";
        write(bench, DUE.to_owned(), vec![phone.id.into(), bench.now().into()]).await;
        let promoted = meter.of(bench, async |bench| assert!(bench.store.promote_due(bench.now()).await.unwrap())).await;
        as_before(bench).await;
        promoted
    };
    let (thousand, five_thousand) = (promoting(1, 1_000).await, promoting(1_001, 5_000).await);
    assert!(thousand > meter.least(), "{thousand}: nothing was measured");
    assert!(five_thousand <= thousand * 4, "{thousand} with a thousand who are due, {five_thousand} with five thousand");
}

async fn deleting_a_phone_costs_each_that_waits_the_same(bench: &Bench) {
    let meter = Meter::on(bench).await;
    let deleting = async |first: u32, count: u32| {
        let phone = bench.phone(1).await;
        finish(bench, &phone, first, count).await;
        const WAIT: &str = "update attempts set status = 'pending', outcome = null where phone_id = $1";
        write(bench, WAIT.to_owned(), vec![phone.id.into()]).await;
        let delete = async |bench: &Bench| {
            assert_eq!(bench.tenant().delete_phone(phone.id, "operator", bench.now()).await.unwrap(), PhoneDeleted::Yes);
        };
        meter.of(bench, delete).await
    };
    let thousand = deleting(1, 1_000).await;
    let five_thousand = deleting(1_001, 5_000).await;
    assert!(thousand > meter.least(), "{thousand}: nothing was measured");
    // Five times as much, and what the engine's own caches and vacuums make of it; among all of them it would be 25 times.
    assert!(five_thousand <= thousand * 8, "{thousand} with a thousand who wait, {five_thousand} with five thousand");
}

/// While nothing happens: ten more cost less than one.
async fn a_page_in_another_order_is_found_once(bench: &Bench) {
    bench.history("pending", 2_000).await;
    let meter = Meter::on(bench).await;
    let asking = async |times: u32| {
        let ask = async |bench: &Bench| {
            let filter = CallbackFilter { tab: Some(Tab::Unassigned), ..CallbackFilter::default() };
            // A store of its own remembers nothing yet.
            let store = Store::new(bench.store.db().clone(), Bench::node(), Patience::default(), None);
            for _ in 0..times {
                let page = Window { limit: 5, start: Start::Offset(0) };
                let found = store.tenant(bench.company).callbacks(&filter, CallbackSort::Priority(true), page, bench.now()).await.unwrap();
                assert_eq!((found.rows.len(), found.total), (5, 2_000));
            }
        };
        meter.of(bench, ask).await
    };
    // Whichever connection of SQLite is used first has the schema to read; to PostgreSQL the company's first event may be news while
    // anybody in any of its databases is at work that began before it.
    asking(4).await;
    if bench.engine() == "postgres" {
        const UNSETTLED: &str =
            "select count(*) from events where place >= cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)";
        while bench.number(UNSETTLED, vec![]).await > 0 {
            tokio::task::yield_now().await;
        }
    }
    let (once, often) = (asking(1).await, asking(11).await);
    assert!(once > meter.least(), "{once}: nothing was measured");
    assert!(often < once * 2, "{once} once, {often} eleven times");
}

async fn erasing_a_callback_costs_the_same_whatever_others_have(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callbacks =
        [bench.missed(&phone, &caller(0)).await, bench.missed(&phone, &caller(1)).await, bench.missed(&phone, &caller(2)).await];
    let meter = Meter::on(bench).await;
    let erasing = async |callback: CallbackId| {
        let erase = async |bench: &Bench| drop(bench.tenant().erase_callback(callback, bench.now()).await.unwrap());
        meter.of(bench, erase).await
    };
    erasing(callbacks[0]).await;
    let alone = erasing(callbacks[1]).await;
    finish(bench, &phone, 1, 5_000).await;
    let id = match bench.engine() {
        "sqlite" => "unhex(printf('%012x%020x', $2, n.i))",
        _ => "cast(lpad(to_hex($2), 12, '0') || lpad(to_hex(n.i), 20, '0') as uuid)",
    };
    let told = format!(
        "insert into events (id, company_id, type, actor, data, occurred_at)
        {} select {id}, $1, 'phone.changed', 'system', '{{}}', $2 from n",
        numbered(1, 5_000)
    );
    write(bench, told, vec![bench.company.into(), bench.now().into()]).await;
    let among_others = erasing(callbacks[2]).await;
    assert!(alone > meter.least() / 5, "{alone}: nothing was measured");
    assert!(meter.stays(alone, among_others), "{alone} alone, {among_others} among ten thousand events and five thousand callbacks");
}
