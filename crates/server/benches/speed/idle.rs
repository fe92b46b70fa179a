//! What the process costs when nothing happens, with ten thousand phones.

use std::time::Instant;

use ringback_store::db::Db;
use uuid::Uuid;

use crate::{median, pause, process::Server};

pub(crate) struct Idle {
    pub(crate) start_millis: f64,
    pub(crate) resident_mib: f64,
    pub(crate) core_percent: f64,
}

const PHONES: usize = 10_000;
const WATCHED_MILLIS: u64 = 10_000;

pub(crate) async fn measure(database: &str) -> Idle {
    let mut server = Server::start(database, 0, true).await;
    phones(database).await;
    let mut starts = Vec::new();
    for _ in 0..5 {
        server.kill();
        let begun = Instant::now();
        server.start_again().await;
        starts.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    pause(2000).await;
    let before = cpu_millis(server.process_id());
    pause(WATCHED_MILLIS).await;
    let used = cpu_millis(server.process_id()) - before;
    #[expect(clippy::cast_precision_loss, reason = "seconds")]
    let core_percent = used / WATCHED_MILLIS as f64 * 100.0;
    Idle { start_millis: median(starts), resident_mib: resident_mib(server.process_id()), core_percent }
}

async fn phones(database: &str) {
    let db = Db::connect(database).await.expect("connects");
    let (company,) = db.optional::<(Uuid,)>("select id from companies limit 1", vec![]).await.expect("reads").expect("made");
    let ids: Vec<Uuid> = (0..PHONES).map(|_| Uuid::now_v7()).collect();
    let mut tx = db.begin().await.expect("begins");
    for batch in ids.chunks(500) {
        for insert in inserts(db.engine() == "sqlite", company, batch) {
            tx.execute_built(insert, vec![]).await.expect("inserted");
        }
    }
    tx.commit().await.expect("commits");
    db.close().await;
}

/// The rows of some phones. Literals throughout: every value is ours.
fn inserts(is_sqlite: bool, company: Uuid, phones: &[Uuid]) -> [String; 3] {
    let id = |id: &Uuid| if is_sqlite { format!("x'{}'", id.simple()) } else { format!("'{id}'") };
    let bytes = if is_sqlite { "x'00'" } else { "'\\x00'" };
    let row = |values: &dyn Fn(&Uuid) -> String| phones.iter().map(values).collect::<Vec<_>>().join(", ");
    let company = id(&company);
    let phone_rows = row(&|phone| {
        let phone_id = id(phone);
        format!("({phone_id}, {company}, 'Idle', '+4930901820', 'exotel', {bytes}, 2, 0, true, 'on', 'announce', 3600, '{phone}', 0, 0)")
    });
    let dialing_rows = row(&|phone| format!("({}, {company}, 0, false)", id(phone)));
    let lease_rows = row(&|phone| format!("({0}, 1), ({0}, 2)", id(phone)));
    [
        format!(
            "insert into phones (id, company_id, label, number, carrier, carrier_config, channels, reserved_inbound, active, auto_callback,
                when_full, max_call_seconds, ingress_key, created_at, updated_at) values {phone_rows}"
        ),
        format!("insert into phone_dialing (phone_id, company_id, fence, breaker_open) values {dialing_rows}"),
        format!("insert into channel_leases (phone_id, channel) values {lease_rows}"),
    ]
}

/// Processor time used so far: user and system, in ticks of 10 ms.
fn cpu_millis(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("the process runs");
    let fields: Vec<&str> = stat.rsplit_once(')').expect("a name in brackets").1.split_whitespace().collect();
    let ticks = |nth: usize| fields[nth].parse::<f64>().expect("a number");
    (ticks(11) + ticks(12)) * 10.0
}

fn resident_mib(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("told");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).expect("a number") / 1024.0
}
