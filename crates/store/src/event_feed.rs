//! The events of a company in order, for streams and for those who ask again and again.

use jiff::Timestamp;
use ringback_domain::{access::Sight, ids::EventId, time::plus_seconds};

use crate::{
    db::{Result, params},
    listing::{Listing, Mark, Order, Slice, Window},
    outbox::Event,
    tenant::TenantStore,
};

/// Long after its event, no transaction that began before it still runs.
const SETTLED_SECONDS: i64 = 60;

const BY_ID: Order = Order { key: None, id: "e.id", descending: false };

/// Those of callbacks that are seen; of the others, those of phones that are.
const SEEN: &str = "(exists (select 1 from callbacks b where b.id = e.callback_id
        and (b.branch_id is null or b.branch_id = ? or b.assigned_to = ?))
    or (e.callback_id is null and (e.phone_id is null or exists (select 1 from phones p where p.id = e.phone_id
        and (p.branch_id is null or p.branch_id = ?)))))";

fn mark(event: &Event) -> Mark {
    Mark { key: 0, id: event.id.0 }
}

impl TenantStore<'_> {
    /// Oldest first. An event is told only when none with a smaller id can still appear, so that whoever goes on behind
    /// the last one he saw misses nothing.
    pub async fn events(&self, window: Window, now: Timestamp) -> Result<Slice<Event>> {
        self.settled(now).await?.slice(&self.store.db, &BY_ID, window, mark).await
    }

    /// The same without a count.
    pub async fn events_behind(&self, window: Window, now: Timestamp) -> Result<Vec<Event>> {
        Ok(self.settled(now).await?.rows(&self.store.db, &BY_ID, window, mark).await?.0)
    }

    async fn settled(&self, now: Timestamp) -> Result<Listing> {
        const EVENT: &str = "e.id, e.company_id, e.type as kind, e.actor, e.callback_id, e.phone_id, e.data, e.occurred_at";
        let mut listing = Listing::new(EVENT, "events e");
        listing.only("e.company_id = ?", params![self.company]);
        if let Sight::Branch { branch, person } = self.sight {
            listing.only(SEEN, params![branch, person, branch]);
        }
        let settled = self.store.db.settled().await?;
        let (condition, mut values) = settled.condition();
        values.insert(0, plus_seconds(now, -SETTLED_SECONDS).into());
        listing.only(&format!("(e.occurred_at < ? or {condition})"), values);
        Ok(listing)
    }

    pub async fn last_event(&self) -> Result<Option<EventId>> {
        const SQL: &str = "select id from events where company_id = $1 order by id desc limit 1";
        Ok(self.store.db.optional::<(EventId,)>(SQL, params![self.company]).await?.map(|(id,)| id))
    }
}
