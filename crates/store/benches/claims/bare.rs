//! The bare limit: the statements of one claim, prepared, in their transaction, and nothing around them.

use ringback_domain::ids::PhoneId;
use ringback_store::db::Db;
use rusqlite::Connection;
use sqlx::Row as _;
use uuid::Uuid;

use crate::seed::now;

pub(crate) struct Bare(Db);

const LOCK: &str = "update phone_dialing set fence = fence + 1 where phone_id = $1 returning fence";
const LOOK: &str = "select p.company_id, p.number, p.carrier, p.carrier_config, p.ingress_key, p.active, p.auto_callback, p.reserved_inbound,
        p.max_call_seconds, a.stream_url, c.country, c.time_zone, c.settings,
        (c.dialing_paused or i.dialing_paused) as dialing_paused, d.paused_until, d.paused_because, d.breaker_open,
        k.balance, k.reserved, k.short_told,
        (select count(*) from channel_leases l where l.phone_id = p.id and (l.call_id is null or l.call_id = $4)) as free_channels,
        exists (select 1 from attempts o where o.phone_id = p.id and o.status = 'pending' and o.look_at is not null
            and o.look_at <= $2) as put_off_is_due, h.id, h.callback_id, h.agent_id, g.stream_url as agent_stream_url, h.number as person, h.missed_at, h.missed_call_id,
        w.last_asked_at,
        exists (select 1 from phones o where o.number = h.number and o.deleted_at is null and o.company_id = h.company_id) as own_number,
        exists (select 1 from phones o where o.number = h.number and o.deleted_at is null) as answered_here,
        exists (select 1 from customer_numbers n join customers u on u.id = n.customer_id
            where n.company_id = h.company_id and n.number = h.number and u.no_call) as no_call,
        (select count(*) from calls k where k.company_id = h.company_id and k.number = h.number and k.started_at > $3
            and k.direction = 'outbound' and coalesce(k.carrier_answer, '') not in ('not_processed', 'throttled')) as recent_attempts,
        (select min(k.started_at) from calls k where k.company_id = h.company_id and k.number = h.number and k.started_at > $3
            and k.direction = 'outbound' and coalesce(k.carrier_answer, '') not in ('not_processed', 'throttled')) as recent_first,
        (select max(l.leased_until) from calls k join channel_leases l on l.call_id = k.id
            where k.company_id = h.company_id and k.number = h.number and k.ended_at is null and k.direction = 'inbound') as on_the_line_until,
        (select max(o.claimed_until) from callbacks o where o.company_id = h.company_id and o.number = h.number
            and o.status in ('pending', 'assigned', 'contacted') and o.deleted_at is null) as claimed_until
    from phones p
        join phone_dialing d on d.phone_id = p.id
        join companies c on c.id = p.company_id
        join credit_accounts k on k.company_id = c.id
        join installation i on i.id = 1
        left join agents a on a.id = p.agent_id
    left join attempts h on h.id = (select o.id from attempts o
            where o.phone_id = p.id and o.status = 'pending' and o.look_at is null and o.not_before <= $2
              and (o.campaign_id is null or o.hold_until <= $2
                  or not exists (select 1 from campaigns r where r.id = o.campaign_id and r.state = 'active'))
            order by o.priority, o.not_before, o.id limit 1)
        left join agents g on g.id = h.agent_id
        left join people w on w.company_id = h.company_id and w.number = h.number
    where p.id = $1 and p.deleted_at is null";
const RESERVE: &str = "update credit_accounts set reserved = reserved + $2 where company_id = $1 and balance - reserved > $2";
const ATTEMPT: &str = "update attempts set status = 'processing', call_id = $2, fence = $3, dials = dials + 1, updated_at = $4
    where id = $1 and status = 'pending'";
const CHANNEL: &str = "update channel_leases set call_id = $2, leased_until = $3
    where phone_id = $1 and (call_id is null or call_id = $4)
      and channel = (select min(channel) from channel_leases where phone_id = $1 and (call_id is null or call_id = $4))";
const CALL: &str = "insert into calls (id, company_id, phone_id, direction, number, status, turned_away, given_up, seconds,
        reserved_credits, fence, node, node_run, attempt_id, callback_id, started_at, ask_at, asks, created_at, updated_at)
    values ($1, $2, $3, 'outbound', $4, 'queued', $5, $5, 0, $6, $7, 'bench', $8, $9, $10, $11, $11, 0, $11, $11)";
const EVENT: &str = "insert into events (id, company_id, type, actor, callback_id, phone_id, data, occurred_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";

const EVENT_DATA: &str = "{\"attempt\":{\"status\":\"processing\"}}";

impl Bare {
    pub(crate) fn new(db: &Db) -> Self {
        Self(db.clone())
    }

    pub(crate) async fn claim(&self, phone: PhoneId) -> bool {
        match &self.0 {
            Db::Sqlite(sqlite) => {
                let writer = sqlite.writer().lend().await.expect("lent");
                tokio::task::block_in_place(|| on_sqlite(&writer, phone.0)).expect("claims")
            }
            Db::Postgres(postgres) => {
                let mut lease = postgres.lend().await.expect("lent");
                on_postgres(sqlx::Connection::begin(&mut *lease).await.expect("begins"), phone.0).await.expect("claims")
            }
        }
    }
}

fn on_sqlite(writer: &Connection, phone: Uuid) -> rusqlite::Result<bool> {
    // `$1` would be a name, which is looked for.
    let prepared = |sql: &str| writer.prepare_cached(&sql.replace('$', "?"));
    let at = now().as_millisecond();
    prepared("begin immediate")?.execute([])?;
    let fence: i64 = prepared(LOCK)?.query_row([phone], |row| row.get(0))?;
    let found = prepared(LOOK)?.query_row((phone, at, at - 86_400_000, None::<Uuid>), |row| {
        let found: (Uuid, i64, Option<Uuid>) = (row.get("company_id")?, row.get("free_channels")?, row.get("id")?);
        Ok((found, row.get::<_, Option<Uuid>>("callback_id")?, row.get::<_, Option<String>>("person")?))
    });
    let ((company, free, attempt), callback, number) = found?;
    let Some(attempt) = attempt.filter(|_| free > 0) else {
        prepared("rollback")?.execute([])?;
        return Ok(false);
    };
    prepared(RESERVE)?.execute((company, 100))?;
    let (call, event) = (Uuid::now_v7(), Uuid::now_v7());
    prepared(ATTEMPT)?.execute((attempt, call, fence, at))?;
    prepared(CHANNEL)?.execute((phone, call, at, None::<Uuid>))?;
    prepared(CALL)?.execute((call, company, phone, number, false, 100, fence, Uuid::nil(), attempt, callback, at))?;
    prepared(EVENT)?.execute((event, company, "attempt.started", "system", callback, phone, EVENT_DATA, at))?;
    prepared("commit")?.execute([])?;
    Ok(true)
}

async fn on_postgres(mut tx: sqlx::Transaction<'_, sqlx::Postgres>, phone: Uuid) -> sqlx::Result<bool> {
    let at = now().as_millisecond();
    let (fence,): (i64,) = sqlx::query_as(LOCK).bind(phone).fetch_one(&mut *tx).await?;
    let look = sqlx::query(LOOK).bind(phone).bind(at).bind(at - 86_400_000).bind(None::<Uuid>).fetch_one(&mut *tx).await?;
    let (company, free): (Uuid, i64) = (look.get("company_id"), look.get("free_channels"));
    let Some(attempt) = look.get::<Option<Uuid>, _>("id").filter(|_| free > 0) else {
        // Dropped, it would keep its rows until somebody uses this connection again.
        tx.rollback().await?;
        return Ok(false);
    };
    let (callback, number): (Uuid, String) = (look.get("callback_id"), look.get("person"));
    sqlx::query(RESERVE).bind(company).bind(100_i64).execute(&mut *tx).await?;
    let (call, event) = (Uuid::now_v7(), Uuid::now_v7());
    sqlx::query(ATTEMPT).bind(attempt).bind(call).bind(fence).bind(at).execute(&mut *tx).await?;
    sqlx::query(CHANNEL).bind(phone).bind(call).bind(at).bind(None::<Uuid>).execute(&mut *tx).await?;
    let insert = sqlx::query(CALL).bind(call).bind(company).bind(phone).bind(number).bind(false).bind(100_i64).bind(fence);
    insert.bind(Uuid::nil()).bind(attempt).bind(callback).bind(at).execute(&mut *tx).await?;
    let insert = sqlx::query(EVENT).bind(event).bind(company).bind("attempt.started").bind("system").bind(callback).bind(phone);
    insert.bind(EVENT_DATA).bind(at).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(true)
}
