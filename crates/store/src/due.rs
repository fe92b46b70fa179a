//! What time does with open callbacks: warn, tell that they are overdue, hand them up, let them expire; and, because it
//! looks at them anyway, give those to people that nobody has or whose owner is away. What is next is decided in
//! `domain::callback`, row by row; here it is done for many rows in one transaction.

mod change;
mod look;
mod write;

use jiff::Timestamp;
use look::Look;
use ringback_domain::{
    ids::{CallbackId, CompanyId},
    phone_number::PhoneNumber,
};
use write::write_changes;

use crate::{
    db::{Db, Result, Tx, Value, from_record, params, places},
    store::{Store, retrying},
};

/// A callback whose time has come.
#[derive(Debug, Clone, Copy)]
pub struct ToAct {
    pub id: CallbackId,
    pub company_id: CompanyId,
    pub acts_at: Timestamp,
}
from_record!(ToAct { id, company_id, acts_at });

impl Store {
    /// Callbacks that one transaction deals with. Fewer take longer over all, each transaction being flushed to disk; more are felt
    /// by whoever dials meanwhile. SQLite has one writer, and he waits for it as long as that takes; on PostgreSQL he waits only for the
    /// same person, but his commit is flushed together with what they write.
    pub fn acted_on_at_once(&self) -> usize {
        match self.db {
            Db::Sqlite(_) => 5,
            Db::Postgres(_) => 10,
        }
    }

    /// At most `limit` callbacks whose time has come, the longest overdue first, behind `after`.
    pub async fn callbacks_to_act(&self, after: Option<&ToAct>, limit: u32, now: Timestamp) -> Result<Vec<ToAct>> {
        const FIRST: &str = "select id, company_id, acts_at from callbacks
            where acts_at is not null and acts_at <= $1 order by acts_at, id limit $2";
        const NEXT: &str = "select id, company_id, acts_at from callbacks
            where acts_at is not null and acts_at <= $1 and (acts_at, id) > ($3, $4) order by acts_at, id limit $2";
        match after {
            None => self.db.all(FIRST, params![now, limit]).await,
            Some(it) => self.db.all(NEXT, params![now, limit, it.acts_at, it.id]).await,
        }
    }

    /// Does with these callbacks of one company what their time asks for, all in one transaction; how many it had a look
    /// at. Whoever's person is being dealt with elsewhere at this moment is left for the next time.
    pub async fn act_on(&self, company: CompanyId, due: &[ToAct], now: Timestamp) -> Result<usize> {
        if due.is_empty() {
            return Ok(0);
        }
        self.db.rest().await;
        self.hurry.is_over().await;
        retrying!({
            let mut tx = self.db.begin().await?;
            let free = lock(&mut tx, company, due).await?;
            let looks = Look::at(&mut tx, company, &free, now).await?;
            let number = looks.callbacks.len();
            if number == 0 {
                return Ok(0);
            }
            let changes = self.changes(&mut tx, company, looks, now).await?;
            write_changes(&mut tx, company, changes, now);
            self.commit(tx, company).await?;
            Ok(number)
        })
    }
}

/// Those of these callbacks whose persons, and which themselves, nobody else holds: all moves are made under the first lock,
/// and whoever calls an attempt off only wakes its callback, under the second. Sweeping takes many persons and so must
/// not wait for one: whoever waits for another while he holds some may be waited for.
async fn lock(tx: &mut Tx, company: CompanyId, due: &[ToAct]) -> Result<Vec<CallbackId>> {
    let (list, ids) = places(due.iter().map(|it| [Value::from(it.id)]), 1);
    let sql = format!(
        "select b.id from callbacks b join people w on w.company_id = b.company_id and w.number = b.number
            where b.company_id = $1 and b.id in (values {list}) order by b.id{}",
        tx.locking_what_is_free()
    );
    let mut params = params![company];
    params.extend(ids);
    let free = tx.all_built::<(CallbackId,)>(sql, params).await?;
    Ok(free.into_iter().map(|(id,)| id).collect())
}

/// No automatic attempt will keep what this person is owed any more. The open states are named because the index by number holds
/// just those.
pub(crate) fn person_goes_to_people(tx: &mut Tx, company: CompanyId, number: &PhoneNumber, now: Timestamp) {
    const SQL: &str = "update callbacks set acts_at = $3
        where company_id = $1 and number = $2 and status in ('pending', 'assigned', 'contacted') and deleted_at is null
          and status = 'pending' and assigned_to is null and (acts_at is null or acts_at > $3)";
    tx.later(SQL, params![company, number, now]);
}

/// The same of what else he is owed, at once: whoever deals with this callback writes it himself.
pub(crate) async fn others_go_to_people(
    tx: &mut Tx,
    company: CompanyId,
    number: &PhoneNumber,
    callback: CallbackId,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "update callbacks set acts_at = $4
        where company_id = $1 and number = $2 and id <> $3 and status in ('pending', 'assigned', 'contacted') and deleted_at is null
          and status = 'pending' and assigned_to is null and (acts_at is null or acts_at > $4)";
    tx.execute(SQL, params![company, number, callback, now]).await?;
    Ok(())
}

/// An automatic attempt will not keep this promise: nobody has it, so somebody is looked for at once.
pub(crate) fn goes_to_people(tx: &mut Tx, callback: CallbackId, now: Timestamp) {
    const SQL: &str = "update callbacks set acts_at = $2
        where id = $1 and status = 'pending' and assigned_to is null and deleted_at is null and (acts_at is null or acts_at > $2)";
    tx.later(SQL, params![callback, now]);
}
