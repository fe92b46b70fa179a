//! How many callbacks each tab of the list has, in one query.

use jiff::Timestamp;

use super::{Tab, narrow::narrow_to_tab};
use crate::{
    db::{Result, params},
    listing::{COUNTED, Listing},
    tenant::TenantStore,
};

impl TenantStore<'_> {
    /// How many callbacks each of these tabs has; exact up to 10,000, and 10,001 where there are more.
    pub async fn tab_counts<const N: usize>(&self, tabs: [Tab; N], now: Timestamp) -> Result<[u64; N]> {
        let (mut counts, mut values) = (Vec::with_capacity(N), Vec::new());
        for (nth, tab) in tabs.into_iter().enumerate() {
            let mut listing = Listing::with("1", "callbacks b", values);
            listing.only("b.company_id = ? and b.deleted_at is null", params![self.company]);
            let mut listing = listing.implied();
            listing.only_seen(self.sight, "b.branch_id", Some("b.assigned_to"));
            narrow_to_tab(&mut listing, self, tab, false, now);
            let (count, with) = listing.counting("b.id").into_parts();
            counts.push(format!("select cast({nth} as bigint) as tab, ({count}) as counted"));
            values = with;
        }
        let rows: Vec<(i64, i64)> = self.store.db.all_built(counts.join(" union all "), values).await?;
        let mut found = [0; N];
        for (tab, count) in rows {
            if let Some(place) = usize::try_from(tab).ok().and_then(|tab| found.get_mut(tab)) {
                *place = u64::try_from(count).unwrap_or(COUNTED + 1);
            }
        }
        Ok(found)
    }
}
