//! Faults that the suite must catch, put back one at a time (feature `mutants`, number in `RINGBACK_MUTANT`).
//! Without the feature [`fault`] is `false` at compile time and nothing of this is left in the program.

use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex, PoisonError},
};

use jiff::Timestamp;
use ringback_domain::ids::{AttemptId, CallId, PhoneId};
use uuid::Uuid;

use crate::{
    calls::OpenCall,
    db::{Result, Tx, params},
    phones::take_channel,
};

#[cfg(feature = "mutants")]
pub(crate) fn fault(number: u32) -> bool {
    static CHOSEN: LazyLock<Option<u32>> = LazyLock::new(|| std::env::var("RINGBACK_MUTANT").ok().and_then(|text| text.parse().ok()));
    *CHOSEN == Some(number)
}

#[cfg(not(feature = "mutants"))]
pub(crate) const fn fault(_number: u32) -> bool {
    false
}

/// 2: who lost the race for the channel has failed, without a dial.
pub(crate) async fn fail_undialed(tx: &mut Tx, attempt: AttemptId) -> Result<()> {
    tx.execute("update attempts set status = 'failed' where id = $1", params![attempt]).await?;
    Ok(())
}

/// 4: the lease is taken under an id that is still empty, so that all outbound calls count as one.
pub(crate) async fn lease_without_id(tx: &mut Tx, phone: PhoneId, until: Timestamp) -> Result<bool> {
    let nobody = CallId(Uuid::nil());
    const TAKEN: &str = "select channel from channel_leases where call_id = $1";
    Ok(tx.optional::<(i64,)>(TAKEN, params![nobody]).await?.is_some() || take_channel(tx, phone, nobody, until).await?)
}

/// 6: one deadline for the whole set of a phone's calls.
pub(crate) async fn one_deadline_for_all(tx: &mut Tx, phone: PhoneId, until: Timestamp) -> Result<()> {
    const SQL: &str = "update channel_leases set leased_until = $2 where phone_id = $1 and call_id is not null";
    tx.execute(SQL, params![phone, until]).await?;
    Ok(())
}

/// 9: a stalled worker's job runs again.
pub(crate) async fn run_again(tx: &mut Tx, call: &OpenCall) -> Result<()> {
    tx.execute("update attempts set status = 'pending', call_id = null where call_id = $1", params![call.id]).await?;
    Ok(())
}

/// 12: what belongs together is written in two transactions.
pub(crate) async fn commit_halfway(tx: &mut Tx) -> Result<()> {
    tx.execute("commit", params![]).await?;
    tx.execute("begin", params![]).await?;
    Ok(())
}

/// 13: the queue is in the memory of the run that filled it.
static QUEUE: LazyLock<Mutex<HashSet<(Uuid, AttemptId)>>> = LazyLock::new(Mutex::default);

pub(crate) fn remember(run: Uuid, attempt: AttemptId) {
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner).insert((run, attempt));
}

pub(crate) fn is_remembered(run: Uuid, attempt: AttemptId) -> bool {
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner).contains(&(run, attempt))
}

/// 15: attempts that a campaign held are started when it ends, whatever the channels say.
pub(crate) async fn campaign_released_some(tx: &mut Tx, phone: PhoneId) -> Result<bool> {
    const SQL: &str = "select a.id from attempts a join campaigns g on g.id = a.campaign_id
        where a.phone_id = $1 and a.status = 'pending' and g.state <> 'active' limit 1";
    Ok(tx.optional::<(AttemptId,)>(SQL, params![phone]).await?.is_some())
}

/// 21: one score of priority and time orders everybody, also those whose time has not come. Whether one of these is
/// the head and blocks the others.
pub(crate) async fn order_by_one_score(tx: &mut Tx, phone: PhoneId, now: Timestamp) -> Result<bool> {
    const SCORE: &str = "update attempts set not_before = not_before + priority * 1000000, priority = 0, look_at = null
        where phone_id = $1 and status = 'pending'";
    tx.execute(SCORE, params![phone]).await?;
    const HEAD: &str = "select not_before from attempts where phone_id = $1 and status = 'pending' order by not_before, id limit 1";
    let head = tx.optional::<(Timestamp,)>(HEAD, params![phone]).await?;
    Ok(head.is_some_and(|(not_before,)| not_before > now))
}
