//! A company's history: most of it closed, the latest 2 % open, a tenth of those overdue.

use jiff::Timestamp;
use ringback_store::db::{Db, Value};
use serde_json::Value as Json;
use uuid::Uuid;

pub(crate) const ME: &str = "me@salon.example";
const STAFF: u32 = 20;
const YEAR_MILLIS: i64 = 365 * 24 * 3_600_000;
const AT_ONCE: u32 = 50_000;

pub(crate) struct Scene {
    pub(crate) callbacks: u32,
    pub(crate) staff: Uuid,
    pub(crate) branch: Uuid,
    pub(crate) service: Uuid,
    pub(crate) long_ago: Timestamp,
}

impl Scene {
    /// An empty or a wrong page would be quick, too.
    pub(crate) fn check(&self, question: &str, body: &[u8]) {
        let answer: Json = serde_json::from_slice(body).expect("JSON");
        let open = u64::from(self.callbacks / 50);
        if question == "tab=mine" {
            let total = answer["meta"]["total"].as_u64().expect("a total");
            assert!(total >= open * 7 / 10 / u64::from(STAFF) && total <= open / 10, "{question}: {total}");
        }
        if question == "tab=unassigned" {
            assert_eq!(answer["meta"]["total"].as_u64(), Some((open * 3 / 10).min(10_000)), "{question}");
        }
        if question == "counts of all tabs" {
            assert_eq!(answer["data"]["unassigned"].as_u64(), Some((open * 3 / 10).min(10_001)), "{question}");
        } else if self.callbacks >= 100_000 {
            assert!(answer["data"].as_array().is_some_and(|rows| !rows.is_empty()), "{question}: nothing");
        }
    }
}

/// The same text on both engines but for how an id is put together.
struct Sql {
    is_sqlite: bool,
}

impl Sql {
    /// An id of version 7 with this instant (milliseconds) and this number, which are SQL.
    fn id(&self, millis: &str, number: &str) -> String {
        if self.is_sqlite {
            format!("unhex(printf('%012x70008000%012x', {millis}, {number}))")
        } else {
            format!("cast(lpad(to_hex({millis}), 12, '0') || '70008000' || lpad(to_hex({number}), 12, '0') as uuid)")
        }
    }

    fn numbers(first: u32, end: u32) -> String {
        format!("with recursive n (i) as (select cast({first} as bigint) union all select n.i + 1 from n where n.i < {})", end - 1)
    }
}

pub(crate) async fn scene(database: &str, callbacks: u32) -> Scene {
    let db = Db::connect(database).await.expect("connects");
    let sql = Sql { is_sqlite: matches!(db, Db::Sqlite(_)) };
    let (company,) = db.optional::<(Uuid,)>("select id from companies limit 1", vec![]).await.expect("reads").expect("made");
    let begun = now() - YEAR_MILLIS;
    let run = async |text: String, more: Vec<Value>| {
        let mut values = vec![Value::from(company)];
        values.extend(more);
        let mut tx = db.begin().await.expect("begins");
        tx.execute_built(text, values).await.expect("inserted");
        tx.commit().await.expect("commits");
    };
    people(&sql, begun, &run).await;
    for first in (0..callbacks).step_by(AT_ONCE as usize) {
        let end = (first + AT_ONCE).min(callbacks);
        for text in history(&sql, first, end, callbacks, begun) {
            run(text, vec![]).await;
        }
    }
    let settled: &[&'static str] = if sql.is_sqlite { &["pragma wal_checkpoint(truncate)"] } else { &["vacuum analyze", "checkpoint"] };
    for statement in settled {
        db.maintain(statement).await.expect("written");
    }
    let one = async |table: &str| {
        let text: &'static str = Box::leak(format!("select id from {table} order by id limit 1").into_boxed_str());
        db.optional::<(Uuid,)>(text, vec![]).await.expect("reads").expect("made").0
    };
    let scene = Scene {
        callbacks,
        staff: one("staff").await,
        branch: one("branches").await,
        service: one("services").await,
        long_ago: Timestamp::from_millisecond(begun + YEAR_MILLIS / 10).expect("a year ago"),
    };
    db.close().await;
    scene
}

#[expect(clippy::disallowed_methods, reason = "the measured process lives in real time")]
fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

async fn people(sql: &Sql, begun: i64, run: &impl AsyncFn(String, Vec<Value>)) {
    let (ten, twenty) = (Sql::numbers(0, 10), Sql::numbers(0, STAFF));
    let id = |kind: u32| sql.id(&begun.to_string(), &format!("{kind} + n.i"));
    let branches = format!(
        "insert into branches (id, company_id, name, time_zone, opening_hours, holidays, active, created_at, updated_at)
            {ten} select {}, $1, 'Branch ' || cast(n.i as text), 'Europe/Berlin', '{{}}', '[]', $2, {begun}, {begun} from n",
        id(1000)
    );
    run(branches, vec![true.into()]).await;
    let services = format!(
        "insert into services (id, company_id, name, duration_minutes, branch_ids, created_at, updated_at)
            {ten} select {}, $1, 'Service ' || cast(n.i as text), 30, '[]', {begun}, {begun} from n",
        id(2000)
    );
    run(services, vec![]).await;
    // Whose list is asked for, and the others.
    let email = format!("case n.i when 0 then '{ME}' else cast(n.i as text) || '@salon.example' end");
    let staff = format!(
        "insert into staff (id, company_id, name, email, role, active, present, created_at, updated_at)
            {twenty} select {}, $1, 'Staff ' || cast(n.i as text), {email}, 'owner', $2, $3, {begun}, {begun} from n",
        id(3000)
    );
    run(staff, vec![true.into(), true.into()]).await;
}

/// Callbacks from `first` to before `end`, of so many, and the words that they are found by.
fn history(sql: &Sql, first: u32, end: u32, of: u32, begun: i64) -> [String; 4] {
    let numbers = Sql::numbers(first, end);
    let open_from = of - of / 50;
    let at = format!("({begun} + n.i * {})", YEAR_MILLIS / i64::from(of));
    let id = sql.id(&at, "n.i");
    let other = |kind: u32, share: &str| sql.id(&begun.to_string(), &format!("{kind} + {share}"));
    let number = "('+4915' || cast(90000000 + n.i as text))";
    // 200 first names and 5,000 family names.
    let first_name = "(case n.i % 200 when 7 then 'Lena' when 8 then 'Leo' else 'Vorname' || cast(n.i % 200 as text) end)";
    let family_name = "('Brandt' || substr(cast(10000 + n.i % 5000 as text), 2))";
    let status = format!(
        "(case when n.i < {open_from} then case n.i % 20 when 0 then 'cancelled' when 1 then case n.i % 2000 when 1 then 'expired' \
         else 'completed' end else 'completed' end when n.i % 10 < 3 then 'pending' when n.i % 10 < 9 then 'assigned' else 'contacted' end)"
    );
    let owner = format!("(case when n.i % 10 < 3 then null else {} end)", other(3000, &format!("((n.i / 10) % {STAFF})")));
    let due = format!("(case when n.i < {open_from} or n.i % 10 = 4 then {at} + 7200000 else {} end)", begun + YEAR_MILLIS + 40_000_000);
    let source = "(case n.i % 10 when 0 then 'api' when 1 then 'transcript' when 2 then 'api' else 'missed_call' end)";
    let priority = "(case when n.i % 100 = 0 then 'urgent' when n.i % 10 > 2 then 'high' else 'normal' end)";
    let callbacks = format!(
        "insert into callbacks (id, company_id, number, customer_name, status, priority, priority_reason, source, branch_id, service_id,
            assigned_to, metadata, due_at, warns_at, acts_at, merged_count, deleted_at, completed_at, created_at, updated_at)
        {numbers} select {id}, $1, {number}, {first_name} || ' ' || {family_name}, {status}, {priority}, 'seeded', {source}, {branch},
            case when n.i % 5 < 2 then {service} else null end, {owner}, '{{}}', {due}, {due},
            case when n.i < {open_from} then null else {tomorrow} end, 0,
            case when n.i < {open_from} and n.i % 200 = 13 then {at} else null end, {at}, {at}, {at} from n",
        tomorrow = begun + YEAR_MILLIS + 86_400_000,
        branch = other(1000, "(n.i % 10)"),
        service = other(2000, "((n.i / 7) % 10)"),
    );
    // Deleted ones have none.
    let kept = format!("where not (n.i < {open_from} and n.i % 200 = 13)");
    let words =
        |word: &str| format!("insert into callback_words (company_id, word, callback_id) {numbers} select $1, {word}, {id} from n {kept}");
    let digits = format!("cast({} as text)", "(n.i + 90000000)");
    let backwards: Vec<String> = (1..=8).rev().map(|place| format!("substr({digits}, {place}, 1)")).collect();
    let by_family_name = words(&format!("lower({family_name})"));
    [
        callbacks,
        words(&format!("lower({first_name})")),
        by_family_name,
        // The number from the front, and from the back.
        format!("{} union all select $1, '~' || {} || '5194', {id} from n {kept}", words(number), backwards.join(" || ")),
    ]
}
