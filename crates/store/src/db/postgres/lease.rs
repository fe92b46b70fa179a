//! A connection while one task has it.

use std::{
    borrow::Cow,
    ops::{Deref, DerefMut},
};

use sqlx::{AssertSqlSafe, PgConnection, raw_sql};
use tokio::{runtime::Handle, time::Instant};

use super::{Kept, Left, Postgres};
use crate::db::{Error, Record, Result, Value, lent::Place, value};

/// A connection until it is dropped. Whatever is open or unanswered then is cleared by the next one who gets it, at once.
pub struct PostgresLease {
    /// `None` only while it is dropped.
    held: Option<(PgConnection, Place<Kept>)>,
    from: Postgres,
    /// Somebody had it before: the server may have ended it meanwhile.
    kept: bool,
    ended: bool,
    /// If it were dropped now.
    left: Left,
}

impl PostgresLease {
    pub(super) fn of(connection: PgConnection, kept: bool, place: Place<Kept>, from: Postgres) -> Self {
        Self { held: Some((connection, place)), from, kept, ended: false, left: Left::Nothing }
    }

    /// Kept connections are not asked whether they still live before each use: that would be one more round trip per use. One that
    /// ended meanwhile (the server restarted, an operator or a proxy closed it) shows at its first statement, before anything was
    /// done, and the next one is taken.
    pub(super) fn had_ended(&self) -> bool {
        self.kept && self.ended
    }

    pub(crate) async fn begin(&mut self) -> Result<()> {
        self.left = Left::Transaction;
        self.say("begin").await
    }

    pub(crate) async fn commit(mut self) -> Result<()> {
        self.say("commit").await?;
        self.left = Left::Nothing;
        Ok(())
    }

    pub(crate) async fn roll_back(mut self) -> Result<()> {
        self.say("rollback").await?;
        self.left = Left::Nothing;
        Ok(())
    }

    async fn say(&mut self, word: &'static str) -> Result<()> {
        self.asks();
        let done = raw_sql(word).execute(&mut **self).await;
        self.heard(done).map(drop)
    }

    /// How many rows it has written.
    pub(crate) async fn execute(&mut self, sql: Cow<'static, str>, params: Vec<Value>) -> Result<u64> {
        let query = sqlx::query_with(AssertSqlSafe(sql), value::postgres(params)?);
        self.asks();
        let done = query.execute(&mut **self).await;
        Ok(self.heard(done)?.rows_affected())
    }

    pub(crate) async fn row(&mut self, sql: Cow<'static, str>, params: Vec<Value>) -> Result<Option<Record>> {
        let query = sqlx::query_with(AssertSqlSafe(sql), value::postgres(params)?);
        self.asks();
        let row = query.fetch_optional(&mut **self).await;
        Ok(self.heard(row)?.map(Record::Postgres))
    }

    pub(crate) async fn rows(&mut self, sql: Cow<'static, str>, params: Vec<Value>) -> Result<Vec<Record>> {
        let query = sqlx::query_with(AssertSqlSafe(sql), value::postgres(params)?);
        self.asks();
        let rows = query.fetch_all(&mut **self).await;
        Ok(self.heard(rows)?.into_iter().map(Record::Postgres).collect())
    }

    fn asks(&mut self) {
        if self.left == Left::Nothing {
            self.left = Left::Answer;
        }
    }

    /// After an answer of the server's the connection goes on, after any other error it is at its end.
    fn heard<T>(&mut self, answer: sqlx::Result<T>) -> Result<T> {
        if self.left == Left::Answer {
            self.left = Left::Nothing;
        }
        answer.map_err(|error| {
            let error = Error::from(error);
            self.ended |= error.ends_connection();
            error
        })
    }
}

impl Deref for PostgresLease {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.held.as_ref().map_or_else(|| unreachable!("lent until it is dropped"), |(connection, _)| connection)
    }
}

impl DerefMut for PostgresLease {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.held.as_mut().map_or_else(|| unreachable!("lent until it is dropped"), |(connection, _)| connection)
    }
}

impl Drop for PostgresLease {
    fn drop(&mut self) {
        let Some((connection, place)) = self.held.take().filter(|_| !self.ended) else { return };
        place.give_back(Kept { connection, since: Instant::now(), left: self.left });
        drop(place);
        if let (Left::Answer | Left::Transaction, Ok(runtime)) = (self.left, Handle::try_current()) {
            runtime.spawn(self.from.clone().clear_one());
        }
    }
}
