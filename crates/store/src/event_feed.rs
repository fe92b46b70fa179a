//! The events of a company in order, for streams and for those who ask again and again.

use ringback_domain::{access::Sight, ids::EventId};
use uuid::Uuid;

use crate::{
    db::{Result, params},
    listing::{Listing, Mark, Order, Slice, Start, Window},
    outbox::Event,
    tenant::TenantStore,
};

/// In the order of commits, as far as somebody who reads can tell it; not of ids, which are as old as the clock of whoever made them.
const BY_PLACE: Order = Order { key: Some("e.place"), id: "e.id", descending: false };
const NEWEST_FIRST: Order = Order { descending: true, ..BY_PLACE };

/// Those of callbacks that are seen; of the others, those of phones that are.
const SEEN: &str = "(exists (select 1 from callbacks b where b.id = e.callback_id
        and (b.branch_id is null or b.branch_id = ? or b.assigned_to = ?))
    or (e.callback_id is null and (e.phone_id is null or exists (select 1 from phones p where p.id = e.phone_id
        and (p.branch_id is null or p.branch_id = ?)))))";

/// Readers know an event by its id; its place is looked up when they go on behind it.
fn mark(event: &Event) -> Mark {
    Mark { key: 0, id: event.id.0 }
}

impl TenantStore<'_> {
    /// Oldest first. An event is told only when none can still appear before it, so that whoever goes on behind the last
    /// one he saw misses nothing.
    pub async fn events(&self, window: Window) -> Result<Slice<Event>> {
        let window = self.placed(window).await?;
        self.settled().await?.slice(&self.store.db, &BY_PLACE, window, mark).await
    }

    /// The same without a count.
    pub async fn events_behind(&self, window: Window) -> Result<Vec<Event>> {
        let window = self.placed(window).await?;
        Ok(self.settled().await?.rows(&self.store.db, &BY_PLACE, window, mark).await?.0)
    }

    /// The newest that is told: whoever goes on behind it misses nothing.
    pub async fn last_event(&self) -> Result<Option<EventId>> {
        let newest = Window { limit: 1, start: Start::Offset(0) };
        let (rows, _) = self.all_settled().await?.rows(&self.store.db, &NEWEST_FIRST, newest, mark).await?;
        Ok(rows.first().map(|event| event.id))
    }

    async fn settled(&self) -> Result<Listing> {
        let mut listing = self.all_settled().await?;
        if let Sight::Branch { branch, person } = self.sight {
            listing.only(SEEN, params![branch, person, branch]);
        }
        Ok(listing)
    }

    async fn all_settled(&self) -> Result<Listing> {
        const EVENT: &str = "e.id, e.company_id, e.type as kind, e.actor, e.callback_id, e.phone_id, e.data, e.occurred_at";
        let mut listing = Listing::new(EVENT, "events e");
        listing.only("e.company_id = ?", params![self.company]);
        let (condition, values) = self.store.db.settled().await?.condition();
        listing.only(condition, values);
        Ok(listing)
    }

    /// Where the event stands behind which the window begins. One that was erased stood about where the next ones by id do:
    /// rather told twice than never.
    async fn placed(&self, window: Window) -> Result<Window> {
        let Start::After(behind) = window.start else { return Ok(window) };
        const PLACE: &str = "select place from events where company_id = $1 and id = $2";
        if let Some((key,)) = self.store.db.optional::<(i64,)>(PLACE, params![self.company, behind.id]).await? {
            return Ok(Window { start: Start::After(Mark { key, id: behind.id }), ..window });
        }
        // Places are those of all companies.
        const NEXT: &str = "select min(n.place) as place from (select e.place from events e where e.id > $1 order by e.id limit 1000) n";
        let next = self.store.db.optional::<(Option<i64>,)>(NEXT, params![behind.id]).await?.and_then(|(place,)| place);
        let start = match (next, self.last_event().await?) {
            (Some(place), _) => Start::After(Mark { key: place - 1, id: Uuid::max() }),
            (None, None) => Start::Offset(0),
            (None, Some(last)) => {
                let place = self.store.db.optional::<(i64,)>(PLACE, params![self.company, last]).await?;
                place.map_or(Start::Offset(0), |(key,)| Start::After(Mark { key, id: last.0 }))
            }
        };
        Ok(Window { start, ..window })
    }
}
