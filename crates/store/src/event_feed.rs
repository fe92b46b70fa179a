//! The events of a company in order, for streams and for those who ask again and again.

use ringback_domain::ids::EventId;

use crate::{
    db::{Result, params},
    listing::Listing,
    outbox::Event,
    tenant::TenantStore,
};

impl TenantStore<'_> {
    /// Up to `limit` events behind `after`, oldest first; `None`: from the first on.
    pub async fn events(&self, after: Option<EventId>, limit: u32) -> Result<Vec<Event>> {
        const EVENT: &str = "e.id, e.company_id, e.type as kind, e.actor, e.callback_id, e.phone_id, e.data, e.occurred_at";
        let mut listing = Listing::new(EVENT, "events e");
        listing.only("e.company_id = ?", params![self.company]);
        if let Some(after) = after {
            listing.only("e.id > ?", params![after]);
        }
        listing.first(&self.store.db, "e.id", limit).await
    }

    pub async fn last_event(&self) -> Result<Option<EventId>> {
        const SQL: &str = "select id from events where company_id = $1 order by id desc limit 1";
        Ok(self.store.db.optional::<(EventId,)>(SQL, params![self.company]).await?.map(|(id,)| id))
    }
}
