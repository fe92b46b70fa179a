//! How many callbacks each tab of the list has, in one query.

use jiff::Timestamp;

use super::{Tab, narrow::narrow_to_tab, overdue::Way};
use crate::{
    db::{Result, params},
    memory::Asked,
    tenant::TenantStore,
};

impl TenantStore<'_> {
    /// How many callbacks each of these tabs has; exact up to 10,000, and 10,001 where there are more.
    pub async fn tab_counts<const N: usize>(&self, tabs: [Tab; N], now: Timestamp) -> Result<[u64; N]> {
        let (mut counts, mut values) = (Vec::with_capacity(N), params![now]);
        for tab in tabs {
            let mut listing = self.listing("1", values, false, now);
            narrow_to_tab(&mut listing, self, tab, false, Way::ByTime);
            let (count, with) = listing.counting("b.id").into_parts();
            counts.push(count);
            values = with;
        }
        let asked = Asked { company: self.company, now, by_clock: true };
        let known = self.store.memory.counts(&self.store.db, asked, counts, values).await?;
        let mut found = known.counts.iter().map(|count| u64::try_from(*count).unwrap_or(0));
        Ok([(); N].map(|()| found.next().unwrap_or(0)))
    }
}
