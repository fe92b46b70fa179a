//! Missed calls whose caller cannot be called back: no number came with them, so no callback is made of them.

use jiff::Timestamp;
use ringback_domain::{call::MissedReason, ids::CallId};

use crate::{
    db::{Result, from_record, params},
    tenant::TenantStore,
};

pub struct WithheldMiss {
    pub id: CallId,
    pub missed_at: Timestamp,
    pub reason: MissedReason,
    pub phone_label: String,
}
from_record!(WithheldMiss { id, missed_at, reason, phone_label });

impl TenantStore<'_> {
    /// The last ones since then, newest first; 50 at most.
    pub async fn board_withheld(&self, since: Timestamp) -> Result<Vec<WithheldMiss>> {
        let mut params = params![self.company, since];
        let seen = self.and_call_seen("k.callback_id", "k.phone_id", &mut params);
        let sql = format!(
            "select k.id, k.started_at as missed_at, k.missed_reason as reason, p.label as phone_label
            from calls k join phones p on p.id = k.phone_id
            where k.company_id = $1 and k.number is null and k.missed_reason is not null and k.started_at >= $2{seen}
            order by k.started_at desc, k.id desc limit 50"
        );
        self.store.db.all_built(sql, params).await
    }
}
