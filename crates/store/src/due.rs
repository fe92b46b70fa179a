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

use crate::{
    db::{Result, Tx, Value, from_record, params, places},
    store::{Store, retrying},
};

/// A callback whose time has come.
#[derive(Debug, Clone)]
pub struct ToAct {
    pub id: CallbackId,
    pub company_id: CompanyId,
    pub number: PhoneNumber,
    pub acts_at: Timestamp,
}
from_record!(ToAct { id, company_id, number, acts_at });

impl Store {
    /// At most `limit` callbacks whose time has come, the longest overdue first, behind `after`.
    pub async fn callbacks_to_act(&self, after: Option<&ToAct>, limit: u32, now: Timestamp) -> Result<Vec<ToAct>> {
        const FIRST: &str = "select id, company_id, number, acts_at from callbacks
            where acts_at is not null and acts_at <= $1 order by acts_at, id limit $2";
        const NEXT: &str = "select id, company_id, number, acts_at from callbacks
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
        retrying!({
            let mut tx = self.db.begin().await?;
            let free = lock_persons(&mut tx, company, due).await?;
            let looks = Look::at(&mut tx, company, &free, now).await?;
            let number = looks.callbacks.len();
            if number == 0 {
                return Ok(0);
            }
            let changes = self.changes(&mut tx, company, looks, now).await?;
            self.write_changes(&mut tx, company, changes, now).await?;
            self.commit(tx, company).await?;
            Ok(number)
        })
    }
}

/// The persons that nobody else holds, and their callbacks among these. Sweeping takes many persons and so must not wait
/// for one: whoever waits for another while he holds some may be waited for.
async fn lock_persons(tx: &mut Tx, company: CompanyId, due: &[ToAct]) -> Result<Vec<CallbackId>> {
    let mut persons: Vec<&str> = due.iter().map(|it| it.number.reveal()).collect();
    persons.sort_unstable();
    persons.dedup();
    let (list, numbers) = places(persons.into_iter().map(|it| [Value::from(it)]).collect(), 1);
    let sql = format!(
        "select w.number from people w where w.company_id = $1 and w.number in (values {list}) order by w.number{}",
        tx.locking_what_is_free()
    );
    let mut params = params![company];
    params.extend(numbers);
    let free = tx.all_built::<(PhoneNumber,)>(sql, params).await?;
    Ok(due.iter().filter(|it| free.iter().any(|(number,)| *number == it.number)).map(|it| it.id).collect())
}

/// An automatic attempt will not keep this promise: nobody has it, so somebody is looked for at once.
pub(crate) fn goes_to_people(tx: &mut Tx, callback: CallbackId, now: Timestamp) {
    const SQL: &str = "update callbacks set acts_at = $2
        where id = $1 and status = 'pending' and assigned_to is null and deleted_at is null and (acts_at is null or acts_at > $2)";
    tx.later(SQL, params![callback, now]);
}
