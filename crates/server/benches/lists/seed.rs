//! A company's history: most of it closed, the latest 2 % open, a tenth of those overdue. A company with few callbacks is young, has
//! more of them open, and of everything so many that a page is full: what is compared is how much there is, not what is shown.

use jiff::Timestamp;
use ringback_store::db::{Db, Value};
use serde_json::Value as Json;
use uuid::Uuid;

pub(crate) const ME: &str = "me@salon.example";
const STAFF: u32 = 20;
const DAY_MILLIS: i64 = 24 * 3_600_000;
const YEAR_MILLIS: i64 = 365 * DAY_MILLIS;
/// More than a page, of whatever a list shows.
const PAGE: u32 = 25;
const AT_ONCE: u32 = 50_000;

pub(crate) struct Scene {
    pub(crate) callbacks: u32,
    pub(crate) staff: Uuid,
    pub(crate) branch: Uuid,
    pub(crate) service: Uuid,
    pub(crate) long_ago: Timestamp,
    /// A callback that is open.
    pub(crate) open: Uuid,
}

impl Scene {
    /// An empty or a wrong page would be quick, too.
    pub(crate) fn check(&self, question: &str, body: &[u8]) {
        let answer: Json = serde_json::from_slice(body).expect("JSON");
        let open = u64::from(open(self.callbacks));
        if question == "tab=mine" {
            let total = answer["meta"]["total"].as_u64().expect("a total");
            assert!(total >= open * 7 / 10 / u64::from(STAFF) && total <= open / 10, "{question}: {total}");
        }
        if question == "tab=unassigned" {
            assert_eq!(answer["meta"]["total"].as_u64(), Some((open * 3 / 10).min(10_000)), "{question}");
        }
        if question == "counts of all tabs" {
            assert_eq!(answer["data"]["unassigned"].as_u64(), Some((open * 3 / 10).min(10_001)), "{question}");
        } else if !FOR_ONE.contains(&question) {
            let rows = answer["data"].as_array().map_or(0, Vec::len);
            assert!(rows >= 20, "{question}: only {rows}");
        }
    }
}

/// A search for one person's number.
const FOR_ONE: [&str; 2] = ["tab=mine", "q=0000123"];

/// How many of so many are open: with ten thousand and less, a page for each of those who own them.
fn open(of: u32) -> u32 {
    (of / 50).max(600).min(of * 6 / 10)
}

/// One of how many, seldom as it is: so many that there is a page of them.
fn one_in(usually: u32, of: u32) -> u32 {
    usually.min(of / PAGE).max(1)
}

/// How long so many took to come.
fn span(of: u32) -> i64 {
    (YEAR_MILLIS * i64::from(of) / 1_000_000).clamp(10 * DAY_MILLIS, YEAR_MILLIS)
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
    let begun = now() - span(callbacks);
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
    const OPEN: &str = "select id from callbacks where status = 'assigned' order by id desc limit 1";
    let scene = Scene {
        open: db.optional::<(Uuid,)>(OPEN, vec![]).await.expect("reads").expect("made").0,
        callbacks,
        staff: one("staff").await,
        branch: one("branches").await,
        service: one("services").await,
        long_ago: Timestamp::from_millisecond(begun + span(callbacks) / 10).expect("in its past"),
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
    let open_from = of - open(of);
    let at = format!("({begun} + n.i * {})", span(of) / i64::from(of));
    let id = sql.id(&at, "n.i");
    let other = |kind: u32, share: &str| sql.id(&begun.to_string(), &format!("{kind} + {share}"));
    let number = "('+4915' || cast(90000000 + n.i as text))";
    let (first_names, family_names) = (one_in(200, of), one_in(5000, of));
    let first_name =
        format!("(case n.i % {first_names} when 7 then 'Lena' when 8 then 'Leo' else 'Vorname' || cast(n.i % {first_names} as text) end)");
    let family_name = format!("('Brandt' || substr(cast(10000 + n.i % {family_names} as text), 2))");
    let (cancelled, expired) = (one_in(20, open_from), one_in(2000, open_from));
    let status = format!(
        "(case when n.i < {open_from} then case when n.i % {cancelled} = 0 then 'cancelled' when n.i % {expired} = 1 then 'expired' \
         else 'completed' end when n.i % 10 < 3 then 'pending' when n.i % 10 < 9 then 'assigned' else 'contacted' end)"
    );
    let owner = format!("(case when n.i % 10 < 3 then null else {} end)", other(3000, &format!("((n.i / 10) % {STAFF})")));
    let due = format!("(case when n.i < {open_from} or n.i % 10 = 4 then {at} + 7200000 else {} end)", begun + span(of) + 40_000_000);
    let source = "(case n.i % 10 when 0 then 'api' when 1 then 'transcript' when 2 then 'api' else 'missed_call' end)";
    let urgent = one_in(100, of);
    let priority = format!("(case when n.i % {urgent} = 0 then 'urgent' when n.i % 10 > 2 then 'high' else 'normal' end)");
    let deleted = format!("n.i < {open_from} and n.i % {} = 13", one_in(200, open_from));
    let callbacks = format!(
        "insert into callbacks (id, company_id, number, customer_name, status, priority, priority_reason, source, branch_id, service_id,
            assigned_to, metadata, due_at, warns_at, acts_at, merged_count, deleted_at, completed_at, created_at, updated_at)
        {numbers} select {id}, $1, {number}, {first_name} || ' ' || {family_name}, {status}, {priority}, 'seeded', {source}, {branch},
            case when n.i % 5 < 2 then {service} else null end, {owner}, '{{}}', {due}, {due},
            case when n.i < {open_from} then null else {tomorrow} end, 0,
            case when {deleted} then {at} else null end, {at}, {at}, {at} from n",
        tomorrow = begun + span(of) + DAY_MILLIS,
        branch = other(1000, "(n.i % 10)"),
        service = other(2000, "((n.i / 7) % 10)"),
    );
    // Deleted ones have none.
    let kept = format!("where not ({deleted})");
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
