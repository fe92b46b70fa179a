//! PostgreSQL, spoken to over a few connections, each lent to one task at a time.

mod lease;

use std::{borrow::Cow, num::NonZero, str::FromStr, sync::Arc, time::Duration};

use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgConnection, postgres::PgConnectOptions};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

use super::{
    Error, Record, Result, Value,
    lent::{Lent, PATIENCE},
    migrate,
};
pub use lease::PostgresLease;

/// A statement lasts well below a millisecond, so two for each core keep a server of this machine's size busy. Each more one is
/// a process with plans and pages of its own to warm, and takes turns with the others: at a hundred ringing phones on two cores
/// four answer the slowest call in a hundred after 8 to 17 ms, eight after 17 to 50 ms.
fn connections() -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    u32::try_from(cores * 2).unwrap_or(u32::MAX).clamp(4, 16)
}

/// More than there are: each connection keeps every statement prepared.
const STATEMENTS: usize = 512;

/// Proxies and firewalls forget connections that are silent for longer, and do not say so.
const SILENT_AT_MOST: Duration = Duration::from_mins(10);

/// Every statement is written for its indexes, whatever the values and however many the rows: one plan for each, along them.
/// Left to itself PostgreSQL plans by what it knows of the rows, which on a young database is nothing, and keeps that.
const PLANNING: [(&str, &str); 6] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
    // As disks are today: a row that an index names costs about as much as its neighbour.
    ("random_page_cost", "1.1"),
];

/// A database on a server.
#[derive(Clone)]
pub struct Postgres {
    options: Arc<PgConnectOptions>,
    connections: Lent<Kept>,
}

/// A connection that nobody has.
struct Kept {
    connection: PgConnection,
    since: Instant,
    left: Left,
}

/// What the last one who had a connection left on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    /// A statement was sent, and its answer not read to the end.
    Answer,
    Transaction,
}

impl Postgres {
    /// A database that does not exist yet is made.
    pub(super) async fn open(url: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)?.application_name("ringback").options(PLANNING);
        let options = Arc::new(options.statement_cache_capacity(STATEMENTS));
        let first = match connect(&options).await {
            Err(error) if error.is_missing_database() => {
                migrate::create_postgres(url).await?;
                connect(&options).await?
            }
            connected => connected?,
        };
        Ok(Self { options, connections: Lent::of(connections(), vec![Kept::clean(first)]) })
    }

    /// The connection that was used last, of those that nobody has; else a new one.
    pub async fn lend(&self) -> Result<PostgresLease> {
        let place = self.connections.place().await?;
        while let Some(kept) = place.take() {
            if let Some(connection) = kept.cleared().await {
                return Ok(PostgresLease::of(connection, true, place, self.clone()));
            }
        }
        Ok(PostgresLease::of(connect(&self.options).await?, false, place, self.clone()))
    }

    /// Clears what somebody left behind, unless the next one has done so already: others may be waiting for its rows.
    async fn clear_one(self) -> Result<()> {
        let place = self.connections.place().await?;
        let left = place.take_one(|kept| kept.left != Left::Nothing);
        if let Some(kept) = left
            && let Some(connection) = kept.cleared().await
        {
            place.give_back(Kept::clean(connection));
        }
        Ok(())
    }

    pub(super) async fn begin(&self) -> Result<PostgresLease> {
        loop {
            let mut lease = self.lend().await?;
            match lease.begin().await {
                Err(_) if lease.had_ended() => {}
                begun => return begun.map(|()| lease),
            }
        }
    }

    pub(super) async fn row(&self, sql: &'static str, params: Vec<Value>) -> Result<Option<Record>> {
        loop {
            let mut lease = self.lend().await?;
            match lease.row(sql.into(), params.clone()).await {
                Err(_) if lease.had_ended() => {}
                found => return found,
            }
        }
    }

    pub(super) async fn rows(&self, sql: Cow<'static, str>, params: Vec<Value>) -> Result<Vec<Record>> {
        loop {
            let mut lease = self.lend().await?;
            match lease.rows(sql.clone(), params.clone()).await {
                Err(_) if lease.had_ended() => {}
                found => return found,
            }
        }
    }

    /// Says farewell to the server; what is lent comes back first.
    pub(super) async fn close(&self) {
        for kept in self.connections.close().await {
            // A farewell that is lost changes nothing.
            let _ = kept.connection.close().await;
        }
    }
}

impl Kept {
    fn clean(connection: PgConnection) -> Self {
        Self { connection, since: Instant::now(), left: Left::Nothing }
    }

    /// `None`: it cannot be used any more, and is closed. The server rolls back what was left open.
    async fn cleared(mut self) -> Option<PgConnection> {
        let cleared = match self.left {
            Left::Nothing => self.since.elapsed() < SILENT_AT_MOST,
            Left::Answer => self.connection.ping().await.is_ok(),
            Left::Transaction => self.connection.execute("rollback").await.is_ok(),
        };
        cleared.then_some(self.connection)
    }
}

/// A server that is just starting is waited for.
async fn connect(options: &PgConnectOptions) -> Result<PgConnection> {
    let until = Instant::now() + PATIENCE;
    let mut tries = interval(Duration::from_millis(50));
    tries.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tries.tick().await;
        match timeout_at(until, options.connect()).await.map_err(|_| Error::Busy)?.map_err(Error::from) {
            Err(error) if error.is_starting() && Instant::now() < until => {}
            connected => return connected,
        }
    }
}
