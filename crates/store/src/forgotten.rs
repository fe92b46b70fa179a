//! Zero forgotten (I3) as a standing check: what must return nothing, each offender with its mend. Every part reads an index
//! that holds offenders alone, so that asking costs nothing while there are none.

use std::fmt;

use jiff::Timestamp;
use ringback_domain::{
    ids::{CallbackId, CompanyId},
    time::plus_seconds,
};

use crate::{
    db::{Result, params},
    store::Store,
};

/// A callback that nobody and nothing will keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    pub callback: CallbackId,
    pub company: CompanyId,
    pub because: ForgottenBecause,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgottenBecause {
    /// Neither an owner nor an attempt, and not in the list of those that wait for an owner with a time to escalate.
    NobodyHasIt,
    /// No instant at which time would do something with it, or one behind its due time.
    TimePassesItBy,
    /// Its owner has left.
    OwnerHasLeft,
    /// Its time came minutes ago and nothing was done.
    TimeStandsStill,
    /// Nobody has closed or reopened it.
    Expired,
}

impl ForgottenBecause {
    const ALL: [Self; 5] = [Self::NobodyHasIt, Self::TimePassesItBy, Self::OwnerHasLeft, Self::TimeStandsStill, Self::Expired];

    /// What a person does about it.
    pub fn mend(self) -> &'static str {
        match self {
            Self::NobodyHasIt | Self::OwnerHasLeft => "assign it to somebody who is there; one that is contacted is reassigned",
            Self::TimePassesItBy => "give it a due time (PATCH due_at), or cancel it",
            Self::TimeStandsStill => "start the server; where it runs, its log says at clockwork.* what keeps it",
            Self::Expired => "reopen it and call back, or cancel it",
        }
    }

    /// An attempt that was refused for good (`claim::NEVER`) is no next action.
    fn sql(self) -> &'static str {
        match self {
            Self::NobodyHasIt => {
                "select b.id, b.company_id from callbacks b
                where b.deleted_at is null and b.assigned_to is null
                  and (b.status = 'assigned' or (b.status = 'contacted' and b.acts_at is null))
                  and not exists (select 1 from attempts a where a.callback_id = b.id and a.status in ('pending', 'processing', 'unknown')
                      and (a.look_at is null or a.look_at < 9000000000000000))
                  and $1 > $2 order by b.id limit $3"
            }
            // Whoever moves a due time into the past sets its time to now, and then the next look comes first.
            Self::TimePassesItBy => {
                "select q.id, q.company_id from (select b.id, b.company_id from callbacks b
                    where b.deleted_at is null and b.acts_at is null
                      and (b.status in ('pending', 'assigned') or (b.status = 'contacted' and b.overdue_at is null))
                      and not exists (select 1 from attempts a
                          where a.callback_id = b.id and a.status in ('pending', 'processing', 'unknown')
                            and (a.look_at is null or a.look_at < 9000000000000000))
                    union all select b.id, b.company_id from callbacks b
                    where b.status in ('pending', 'assigned', 'contacted') and b.deleted_at is null and b.acts_at > b.due_at
                      and (b.overdue_at is null or b.overdue_at < b.due_at) and b.acts_at > $1) q
                where $1 > $2 order by q.id limit $3"
            }
            // Unless he is just being looked at.
            Self::OwnerHasLeft => {
                "select b.id, b.company_id from staff s cross join callbacks b
                where (not s.active or s.deleted_at is not null) and b.assigned_to = s.id
                  and b.status in ('pending', 'assigned', 'contacted') and b.deleted_at is null and b.assigned_to is not null
                  and (s.available_changes_at is null or s.available_changes_at > $1) and (b.acts_at is null or b.acts_at > $1)
                  and $1 > $2 order by b.id limit $3"
            }
            Self::TimeStandsStill => {
                "select b.id, b.company_id from callbacks b
                where b.acts_at is not null and b.acts_at <= $2 and $1 > $2 order by b.acts_at, b.id limit $3"
            }
            Self::Expired => {
                "select b.id, b.company_id from callbacks b
                where b.status = 'expired' and b.deleted_at is null and $1 > $2 order by b.company_id, b.id limit $3"
            }
        }
    }
}

impl fmt::Display for ForgottenBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NobodyHasIt => "nobody has it",
            Self::TimePassesItBy => "time passes it by",
            Self::OwnerHasLeft => "its owner has left",
            Self::TimeStandsStill => "its time came and nothing was done",
            Self::Expired => "expired, and nobody has closed or reopened it",
        })
    }
}

/// Nobody reads further than this, and counting further would cost whoever asks.
const MOST: u32 = 2000;
/// So long after its time a callback may still be waiting for its turn.
const PATIENCE_SECONDS: i64 = 120;

impl Store {
    /// Every callback that is being forgotten, of each kind at most 2,000. Nothing, when all is well.
    pub async fn forgotten(&self, now: Timestamp) -> Result<Vec<Forgotten>> {
        self.forgotten_because(&ForgottenBecause::ALL, now).await
    }

    /// Those that no passing of time explains: code forgot them.
    pub(crate) async fn forgotten_by_code(&self) -> Result<Vec<Forgotten>> {
        self.forgotten_because(&[ForgottenBecause::NobodyHasIt, ForgottenBecause::TimePassesItBy], Timestamp::MAX).await
    }

    async fn forgotten_because(&self, kinds: &[ForgottenBecause], now: Timestamp) -> Result<Vec<Forgotten>> {
        let late = plus_seconds(now, -PATIENCE_SECONDS);
        let mut found = Vec::new();
        for because in kinds.iter().copied() {
            let rows = self.db.all::<(CallbackId, CompanyId)>(because.sql(), params![now, late, MOST]).await?;
            found.extend(rows.into_iter().map(|(callback, company)| Forgotten { callback, company, because }));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::NEVER;

    #[test]
    fn a_refused_attempt_is_no_next_action() {
        let never = format!("a.look_at < {NEVER})");
        assert!(ForgottenBecause::NobodyHasIt.sql().contains(&never));
        assert!(ForgottenBecause::TimePassesItBy.sql().contains(&never));
    }
}
