//! What the benchmarks do with a database.

use ringback_store::{
    Claim, Store,
    db::{Tx, Value},
};
use sqlx::{AssertSqlSafe, ConnectOptions as _};

const ROWS_AT_ONCE: usize = 500;

/// `into`: `insert into TABLE (COLUMNS)`.
pub(crate) async fn insert(tx: &mut Tx, into: &str, rows: Vec<Vec<Value>>) {
    for some in rows.chunks(ROWS_AT_ONCE) {
        let (mut places, mut params) = (Vec::new(), Vec::new());
        for row in some {
            let numbers = params.len() + 1..=params.len() + row.len();
            places.push(format!("({})", numbers.map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")));
            params.extend_from_slice(row);
        }
        tx.execute_built(format!("{into} values {}", places.join(", ")), params).await.expect("inserted");
    }
}

/// Puts a claim back, so that as many wait as before: by keys, for a search among all that wait would leave nothing of what a claim
/// needs in the engine's cache.
pub(crate) async fn undo(store: &Store, claim: &Claim) {
    let (attempt, phone, call) = (claim.attempt.into(), claim.phone.into(), claim.call.into());
    let statements = [
        ("update attempts set status = 'pending', call_id = null, dials = 0 where id = $1", vec![attempt]),
        ("update channel_leases set call_id = null, leased_until = null where phone_id = $1 and call_id = $2", vec![phone, call]),
        ("delete from calls where id = $1", vec![claim.call.into()]),
    ];
    let mut tx = store.db().begin().await.expect("begins");
    for (statement, params) in statements {
        tx.execute(statement, params).await.expect("undone");
    }
    tx.commit().await.expect("commits");
}

pub(crate) async fn fresh_postgres(admin: &str, kind: &str) -> String {
    let name = format!("bench_{kind}_{}", std::process::id());
    let options: sqlx::postgres::PgConnectOptions = admin.parse().expect("RINGBACK_TEST_POSTGRES is an address");
    let mut connection = options.connect().await.expect("PostgreSQL answers");
    sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await.expect("a database");
    let (base, query) = admin.split_once('?').map_or((admin, String::new()), |(base, query)| (base, format!("?{query}")));
    let server = base.rsplit_once('/').map_or(base, |(server, _)| server);
    format!("{server}/{name}{query}")
}
