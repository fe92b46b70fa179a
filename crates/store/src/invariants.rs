//! The invariants as queries that must return nothing: for test benches, the simulation and `ringback doctor`.

use crate::{
    db::{Result, params},
    store::Store,
};

/// A broken invariant and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub invariant: &'static str,
    pub what: String,
}

const CHECKS: [(&str, &str); 10] = [
    (
        "I1: more live leases than channels",
        "select cast(p.label as text) from phones p
            where (select count(*) from channel_leases l where l.phone_id = p.id and l.call_id is not null) > p.channels",
    ),
    (
        "I1: a lease whose call is settled or missing",
        "select cast(l.channel as text) from channel_leases l left join calls k on k.id = l.call_id
            where l.call_id is not null and (k.id is null or k.settled_at is not null or k.turned_away)",
    ),
    (
        "I1: a running call without a channel",
        "select k.direction from calls k where k.ended_at is null and not exists (select 1 from channel_leases l where l.call_id = k.id)",
    ),
    (
        "I2: an attempt dialed more often than it may",
        "select cast(a.dials as text) from attempts a where a.dials > a.max_dials or
            (select count(*) from calls k where k.attempt_id = a.id and coalesce(k.carrier_answer, '') not in ('not_processed', 'throttled')) > 1",
    ),
    (
        "I2: two attempts at one person that wait or run",
        "select cast(count(*) as text) from attempts a where a.status in ('pending', 'processing', 'unknown')
            group by a.company_id, a.number having count(*) > 1",
    ),
    (
        "I3: an attempt that waits although its callback is closed",
        "select b.status from attempts a join callbacks b on b.id = a.callback_id
            where a.status = 'pending' and (b.status not in ('pending', 'assigned', 'contacted') or b.deleted_at is not null)",
    ),
    (
        "I4: a running attempt without a call, or an open call without anything that will settle it",
        "select a.status from attempts a left join calls k on k.id = a.call_id
            where a.status in ('processing', 'unknown') and (k.id is null or k.settled_at is not null or k.ask_at is null)",
    ),
    (
        "I6: the ledger's sum is not the balance",
        "select cast(c.balance as text) from credit_accounts c
            where c.balance <> coalesce((select cast(sum(e.amount) as bigint) from credit_entries e where e.company_id = c.company_id), 0)",
    ),
    (
        "I6: what is reserved is not what open calls reserve",
        "select cast(c.reserved as text) from credit_accounts c
            where c.reserved <> coalesce((select cast(sum(k.reserved_credits) as bigint) from calls k where k.company_id = c.company_id), 0)",
    ),
    (
        "I6: a running automatic call without its reserve",
        "select k.status from calls k where k.attempt_id is not null and k.settled_at is null and k.reserved_credits = 0",
    ),
];

impl Store {
    /// All of them. I3 has a standing check besides, which also knows what time has to do with it: [`Store::forgotten`].
    pub async fn violations(&self) -> Result<Vec<Violation>> {
        let mut found = self.broken_books().await?;
        for it in self.forgotten_by_code().await? {
            found.push(Violation {
                invariant: "I3: an open callback without a next action",
                what: format!("{}: {}", it.callback, it.because),
            });
        }
        Ok(found)
    }

    /// All but I3.
    pub async fn broken_books(&self) -> Result<Vec<Violation>> {
        let mut found = Vec::new();
        for (invariant, sql) in CHECKS {
            let rows = self.db.all::<(String,)>(sql, params![]).await?;
            found.extend(rows.into_iter().map(|(what,)| Violation { invariant, what }));
        }
        Ok(found)
    }
}
