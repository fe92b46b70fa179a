//! Changing and deleting a phone while calls run on it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use ringback_domain::{
    attempt::CalledOff,
    event::EventType,
    ids::{AttemptId, CallbackId, CompanyId, PhoneId},
    phone_number::PhoneNumber,
    settings::AutoCallback,
};
use serde_json::json;

use super::{PhoneRecord, add_channel};
use crate::{
    db::{ROWS_AT_ONCE, Result, Tx, Value, any_of, params},
    person, phones,
    store::{About, retrying},
    tenant::TenantStore,
};

/// So many waiting attempts are cancelled in one transaction.
const BATCH: u32 = 1000;

/// What waits on the phone `$1`, along both indexes of what waits.
macro_rules! waiting {
    ($limit:literal) => {
        concat!(
            "select id, callback_id from attempts where phone_id = $1 and status = 'pending' and look_at is null
            union all select id, callback_id from attempts where phone_id = $1 and status = 'pending' and look_at is not null",
            $limit
        )
    };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneSaved {
    Yes,
    /// Somebody else wrote it since it was seen, or it is gone: read it again.
    Outdated,
    /// More channels are in use than there would be.
    ChannelsInUse(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneDeleted {
    Yes,
    Unknown,
    CallsRunning,
    CampaignActive,
}

impl TenantStore<'_> {
    /// Writes a changed phone, unless somebody else wrote it since it was `seen`. Only free channels are taken away.
    pub async fn save_phone(&self, phone: &PhoneRecord, seen: Timestamp) -> Result<PhoneSaved> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            if !self.locked(&mut tx, phone.id).await? {
                return Ok(PhoneSaved::Outdated);
            }
            const NUMBER: &str = "select number from phones where id = $1";
            let (number,) = tx.one::<(PhoneNumber,)>(NUMBER, params![phone.id]).await?;
            if self.update(&mut tx, phone, seen).await? == 0 {
                return Ok(PhoneSaved::Outdated);
            }
            if number != phone.number {
                no_longer_answered(&mut tx, &number, phone.updated_at).await?;
            }
            if !phone.active || phone.auto_callback != AutoCallback::On {
                all_go_to_people(&mut tx, phone.id, phone.updated_at).await?;
            }
            let in_use = resize(&mut tx, phone.id, i64::from(phone.channels)).await?;
            if let Some(in_use) = in_use {
                return Ok(PhoneSaved::ChannelsInUse(in_use));
            }
            self.store.commit(tx, self.company).await?;
            Ok(PhoneSaved::Yes)
        })
    }

    async fn update(&self, tx: &mut Tx, phone: &PhoneRecord, seen: Timestamp) -> Result<u64> {
        const SQL: &str = "update phones set label = $4, number = $5, carrier = $6, carrier_config = $7, channels = $8, reserved_inbound = $9,
                agent_id = $10, branch_id = $11, active = $12, auto_callback = $13, when_full = $14, max_call_seconds = $15, updated_at = $16
            where company_id = $1 and id = $2 and updated_at = $3 and deleted_at is null";
        let params = params![
            self.company,
            phone.id,
            seen,
            &phone.label,
            &phone.number,
            &phone.carrier,
            phone.carrier_config.clone(),
            phone.channels,
            phone.reserved_inbound,
            phone.agent_id,
            phone.branch_id,
            phone.active,
            phone.auto_callback.as_str(),
            phone.when_full.as_str(),
            phone.max_call_seconds,
            phone.updated_at,
        ];
        tx.execute(SQL, params).await
    }

    /// The phone's lock, when it is this company's.
    async fn locked(&self, tx: &mut Tx, phone: PhoneId) -> Result<bool> {
        const OWN: &str = "select cast(1 as bigint) from phones where company_id = $1 and id = $2 and deleted_at is null";
        if tx.optional::<(i64,)>(OWN, params![self.company, phone]).await?.is_none() {
            return Ok(false);
        }
        Ok(phones::lock(tx, phone).await?.is_some())
    }

    /// Deletes a phone on which nothing runs. What waits on it is cancelled; its callbacks stay open, with people.
    pub async fn delete_phone(&self, phone: PhoneId, actor: &str, now: Timestamp) -> Result<PhoneDeleted> {
        if self.sees_part() && self.phone(phone).await?.is_none() {
            return Ok(PhoneDeleted::Unknown);
        }
        let mut listed = Vec::new();
        loop {
            let some: Vec<(AttemptId, CallbackId)> = listed.split_off(listed.len().saturating_sub(BATCH as usize));
            let step: Option<PhoneDeleted> = retrying!({
                let mut tx = self.store.db.begin().await?;
                if !self.locked(&mut tx, phone).await? {
                    return Ok(Some(PhoneDeleted::Unknown));
                }
                if let Some(obstacle) = obstacle(&mut tx, phone).await? {
                    return Ok(Some(obstacle));
                }
                let waiting = if some.is_empty() { tx.all(waiting!(" limit $2"), params![phone, BATCH]).await? } else { some.clone() };
                self.cancel(&mut tx, phone, &waiting, actor, now).await?;
                let are_all = some.is_empty() && waiting.len() < BATCH as usize;
                if are_all {
                    const SQL: &str = "update phones set deleted_at = $3, active = $4, updated_at = $3 where company_id = $1 and id = $2";
                    tx.execute(SQL, params![self.company, phone, now, false]).await?;
                    const NUMBER: &str = "select number from phones where id = $1";
                    let (number,) = tx.one::<(PhoneNumber,)>(NUMBER, params![phone]).await?;
                    no_longer_answered(&mut tx, &number, now).await?;
                }
                self.store.commit(tx, self.company).await?;
                Ok(are_all.then_some(PhoneDeleted::Yes))
            })?;
            if let Some(deleted) = step {
                return Ok(deleted);
            }
            if some.is_empty() {
                // Many: whoever looked for the next few each time would come by all that were cancelled before them.
                listed = self.store.db.all(waiting!(""), params![phone]).await?;
            }
        }
    }

    /// Cancels what still waits of these, and wakes their callbacks: before the attempts, as every move does.
    async fn cancel(&self, tx: &mut Tx, phone: PhoneId, batch: &[(AttemptId, CallbackId)], actor: &str, now: Timestamp) -> Result<()> {
        let callbacks: BTreeSet<CallbackId> = batch.iter().map(|(_, callback)| *callback).collect();
        go_to_people(tx, &Vec::from_iter(callbacks), now).await?;
        for some in batch.chunks(ROWS_AT_ONCE) {
            // Without statistics PostgreSQL would look along all that is pending, and not for the ids.
            let sql = format!(
                "update attempts set status = 'cancelled', look_at = null, waiting_because = null, updated_at = $1
                where status || '' = 'pending' and id in {} returning id, callback_id",
                any_of(some.len(), 1)
            );
            let mut params = params![now];
            params.extend(some.iter().map(|(attempt, _)| Value::from(*attempt)));
            for (attempt, callback) in tx.all_built::<(AttemptId, CallbackId)>(sql, params).await? {
                let about = About { actor, callback: Some(callback), phone: Some(phone) };
                let data = json!({"attempt": {
                    "id": attempt, "callback_id": callback, "phone_id": phone, "status": "cancelled", "because": CalledOff::PhoneDeleted,
                }});
                self.store.event(tx, now, self.company, EventType::AttemptCancelled, about, data);
            }
        }
        Ok(())
    }
}

/// Nobody here answers this number any more: whoever has it may be rung, by whatever company it was refused to.
async fn no_longer_answered(tx: &mut Tx, number: &PhoneNumber, now: Timestamp) -> Result<()> {
    const WAITING: &str = "select c.id from companies c
        where (select 1 from attempts a where a.company_id = c.id and a.number = $1
            and a.status = 'pending' and a.status in ('pending', 'processing', 'unknown') limit 1) is not null
        order by c.id";
    for (company,) in tx.all::<(CompanyId,)>(WAITING, params![number]).await? {
        person::lock(tx, company, number).await?;
        person::look_again_at_all(tx, company, number, now).await?;
    }
    Ok(())
}

/// Which of some callbacks nobody has, and are not looked at before `$1`: those are looked at then. Asked in `set`, because in
/// `where` it would lead PostgreSQL without statistics through all that are open.
macro_rules! wake {
    () => {
        "update callbacks set acts_at = case when status = 'pending' and assigned_to is null and deleted_at is null
            and (acts_at is null or acts_at > $1) then $1 else acts_at end where id in "
    };
}

/// No machine returns these any more: whoever is to have them is looked for at once.
async fn go_to_people(tx: &mut Tx, callbacks: &[CallbackId], now: Timestamp) -> Result<()> {
    for some in callbacks.chunks(ROWS_AT_ONCE) {
        let mut params = params![now];
        params.extend(some.iter().map(|callback| Value::from(*callback)));
        tx.later_built(format!("{}{}", wake!(), any_of(some.len(), 1)), params);
    }
    tx.flush().await
}

/// The same with all that waits on this phone.
async fn all_go_to_people(tx: &mut Tx, phone: PhoneId, now: Timestamp) -> Result<()> {
    const SQL: &str = concat!(
        wake!(),
        "(select callback_id from attempts where phone_id = $2 and status = 'pending' and look_at is null
            union select callback_id from attempts where phone_id = $2 and status = 'pending' and look_at is not null)"
    );
    tx.execute_many(SQL, params![now, phone]).await?;
    Ok(())
}

async fn obstacle(tx: &mut Tx, phone: PhoneId) -> Result<Option<PhoneDeleted>> {
    // The calls that are asked about are few, those of the phone are many.
    const RUNNING: &str = "with asked as materialized (select phone_id from calls where ask_at > 0 and settled_at is null)
        select (select count(*) from channel_leases where phone_id = $1 and call_id is not null)
            + (select count(*) from asked where phone_id = $1)";
    if tx.one::<(i64,)>(RUNNING, params![phone]).await?.0 > 0 {
        return Ok(Some(PhoneDeleted::CallsRunning));
    }
    const CAMPAIGN: &str = "select count(*) from campaigns where phone_id = $1 and state = 'active'";
    let active = tx.one::<(i64,)>(CAMPAIGN, params![phone]).await?.0 > 0;
    Ok(active.then_some(PhoneDeleted::CampaignActive))
}

/// Adds channels with the lowest free numbers, or removes free ones, the highest first. How many are in use when that
/// is more than would be left.
async fn resize(tx: &mut Tx, phone: PhoneId, wanted: i64) -> Result<Option<u32>> {
    const SQL: &str = "select channel, call_id is not null from channel_leases where phone_id = $1 order by channel";
    let mut channels = tx.all::<(i64, bool)>(SQL, params![phone]).await?;
    let in_use = channels.iter().filter(|(_, used)| *used).count();
    if i64::try_from(in_use).is_ok_and(|in_use| in_use > wanted) {
        return Ok(Some(u32::try_from(in_use).unwrap_or(u32::MAX)));
    }
    let wanted = usize::try_from(wanted).unwrap_or(0);
    for channel in 1.. {
        if channels.len() >= wanted {
            break;
        }
        if !channels.iter().any(|(number, _)| *number == channel) {
            add_channel(tx, phone, channel).await?;
            channels.push((channel, false));
        }
    }
    channels.sort_unstable();
    while channels.len() > wanted {
        let free = channels.iter().rposition(|(_, used)| !used).expect("no more are in use than are wanted, so one of the surplus is free");
        let (channel, _) = channels.remove(free);
        const REMOVE: &str = "delete from channel_leases where phone_id = $1 and channel = $2 and call_id is null";
        tx.execute(REMOVE, params![phone, channel]).await?;
    }
    Ok(None)
}
