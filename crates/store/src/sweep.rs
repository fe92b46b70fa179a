//! The safety net: which phones could dial right now, whatever wake-up was lost.

use jiff::Timestamp;
use ringback_domain::ids::PhoneId;

use crate::{
    db::{Result, params},
    faults::fault,
    store::{Store, retrying},
};

impl Store {
    /// Phones that can dial now, at most `limit`, after `after` in the order of their ids; and those of a company that
    /// has become short of credits and does not know it. One step down an index per phone that has somebody waiting:
    /// finished work and idle phones cost nothing. What is asked of each is a value of its own, which no engine takes apart:
    /// joined, SQLite would begin with all phones.
    pub async fn phones_to_dial(&self, after: PhoneId, limit: u32, now: Timestamp) -> Result<Vec<PhoneId>> {
        const SQL: &str = "with recursive waiting (phone_id) as (
                select w.phone_id from (select a.phone_id from attempts a where a.status = 'pending' and a.look_at is null
                    and a.phone_id > $1 order by a.phone_id limit 1) w
                union all
                select (select a.phone_id from attempts a where a.status = 'pending' and a.look_at is null
                    and a.phone_id > w.phone_id order by a.phone_id limit 1)
                from waiting w where w.phone_id is not null
            )
            select w.phone_id
            from waiting w
            where w.phone_id is not null
              and (select 1 from phone_dialing d
                  join phones p on p.id = d.phone_id
                  join companies c on c.id = p.company_id
                  join credit_accounts k on k.company_id = p.company_id
                  join installation i on i.id = 1
                  where d.phone_id = w.phone_id
                    and (d.paused_until is null or d.paused_until <= $2)
                    and p.active and p.deleted_at is null and p.auto_callback = 'on' and c.auto_callback = 'on'
                    and not c.dialing_paused and not i.dialing_paused
                    and (k.balance - k.reserved > c.minimum_credits or (k.balance <= c.minimum_credits and not k.short_told))
                    and (select count(*) from channel_leases l where l.phone_id = d.phone_id and l.call_id is null) > p.reserved_inbound
              ) is not null
              and exists (select 1 from attempts a where a.phone_id = w.phone_id and a.status = 'pending' and a.look_at is null
                  and (a.campaign_id is null or a.hold_until <= $2
                      or not exists (select 1 from campaigns g where g.id = a.campaign_id and g.state = 'active')))
            order by w.phone_id
            limit $3";
        if fault(11) && now.as_second() % 60 != 0 {
            return Ok(Vec::new());
        }
        const ONE_PER_WAITING: &str = "select a.phone_id from attempts a
            where a.status = 'pending' and a.look_at is null and a.phone_id > $1 and a.not_before <= $2 order by a.phone_id limit $3";
        let sql = if fault(20) { ONE_PER_WAITING } else { SQL };
        let rows = self.db.all::<(PhoneId,)>(sql, params![after, now, limit]).await?;
        Ok(rows.into_iter().map(|(phone,)| phone).collect())
    }

    /// Puts back into the queues what was put off until now; whether there was anything.
    pub async fn promote_due(&self, now: Timestamp) -> Result<bool> {
        const DUE: &str =
            "select cast(1 as bigint) from attempts where status = 'pending' and look_at is not null and look_at <= $1 limit 1";
        if self.db.optional::<(i64,)>(DUE, params![now]).await?.is_none() {
            return Ok(false);
        }
        retrying!({
            let mut tx = self.db.begin().await?;
            // As in the claim's own.
            const SQL: &str = "update attempts set look_at = case when look_at > $1 then look_at end,
                    waiting_because = case when look_at > $1 then waiting_because end
                where id in (
                    select id from attempts where status = 'pending' and look_at is not null and look_at <= $1
                    order by look_at limit 1000)";
            tx.execute_many(SQL, params![now]).await?;
            tx.commit().await?;
            Ok(true)
        })
    }
}
