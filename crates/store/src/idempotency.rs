//! Answers kept for requests that are sent again. A key is claimed before the work it stands for.

use jiff::Timestamp;
use ringback_domain::time::plus_seconds;

use crate::{
    db::{Result, params},
    store::{Store, retrying},
    tenant::TenantStore,
};

const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyClaim {
    /// It is new, and ours: do the work, then [`TenantStore::keep_answer`] or [`TenantStore::release_key`].
    Ours,
    /// The work is being done, or was interrupted: nobody knows its answer.
    Open {
        since: Timestamp,
    },
    Answered {
        status: u32,
        body: String,
    },
    /// It was used for another request.
    OtherRequest,
}

impl TenantStore<'_> {
    pub async fn claim_key(&self, key: &str, request_hash: &[u8], now: Timestamp) -> Result<KeyClaim> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            // One statement decides between two that come at once; a key that is older than a day is new again.
            const SQL: &str = "insert into idempotency_keys (company_id, key, request_hash, created_at) values ($1, $2, $3, $4)
                on conflict (company_id, key) do update
                    set request_hash = excluded.request_hash, status = null, body = null, created_at = excluded.created_at
                    where idempotency_keys.created_at <= $5";
            let old = plus_seconds(now, -KEPT_SECONDS);
            let claimed = tx.execute(SQL, params![self.company, key, request_hash.to_vec(), now, old]).await? == 1;
            if claimed {
                tx.commit().await?;
                return Ok(KeyClaim::Ours);
            }
            const KNOWN: &str = "select request_hash, status, body, created_at from idempotency_keys where company_id = $1 and key = $2";
            let known = tx.one::<(Vec<u8>, Option<u32>, Option<String>, Timestamp)>(KNOWN, params![self.company, key]).await?;
            Ok(match known {
                (hash, ..) if hash != request_hash => KeyClaim::OtherRequest,
                (_, Some(status), body, _) => KeyClaim::Answered { status, body: body.unwrap_or_default() },
                (_, None, _, since) => KeyClaim::Open { since },
            })
        })
    }

    pub async fn keep_answer(&self, key: &str, status: u16, body: &str) -> Result<()> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const SQL: &str = "update idempotency_keys set status = $3, body = $4 where company_id = $1 and key = $2 and status is null";
            tx.execute(SQL, params![self.company, key, u32::from(status), body]).await?;
            tx.commit().await
        })
    }

    /// Nothing was done: the key may be used again.
    pub async fn release_key(&self, key: &str) -> Result<()> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const SQL: &str = "delete from idempotency_keys where company_id = $1 and key = $2 and status is null";
            tx.execute(SQL, params![self.company, key]).await?;
            tx.commit().await
        })
    }
}

impl Store {
    /// Forgets answers that are older than a day, at most a thousand at once.
    pub async fn forget_answers(&self, now: Timestamp) -> Result<u64> {
        retrying!({
            let mut tx = self.db.begin().await?;
            // Asked again outside: a key that is claimed anew at this moment is not old any more.
            const SQL: &str = "delete from idempotency_keys where created_at <= $1 and (company_id, key) in (
                select company_id, key from idempotency_keys where created_at <= $1 order by created_at limit 1000)";
            let gone = tx.execute(SQL, params![plus_seconds(now, -KEPT_SECONDS)]).await?;
            tx.commit().await?;
            Ok(gone)
        })
    }
}
