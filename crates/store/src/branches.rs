//! Branches: the places of a company, with their hours.

use jiff::{Timestamp, tz::TimeZone};
use ringback_domain::{
    access::Sight,
    business_time::{Calendar, Holidays, OpeningHours},
    ids::BranchId,
};

use crate::{
    db::{Result, from_record, params},
    listing::{Listing, Mark, Order, Slice, Window},
    removal::{Dependents, Removed},
    search,
    staff::recount,
    store::retrying,
    tenant::TenantStore,
};

#[derive(Debug, Clone)]
pub struct Branch {
    pub id: BranchId,
    pub name: String,
    pub time_zone: String,
    pub opening_hours: OpeningHours,
    pub holidays: Holidays,
    pub active: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
from_record!(Branch { id, name, time_zone, opening_hours: json, holidays: json, active, created_at, updated_at });

impl Branch {
    pub fn calendar(&self) -> Calendar {
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        Calendar::new(self.opening_hours.clone(), self.holidays.clone(), zone)
    }
}

/// Which branches are asked for; `None`: all.
#[derive(Debug, Clone, Default)]
pub struct BranchFilter {
    /// Words of the name by their beginnings.
    pub search: Option<String>,
    pub active: Option<bool>,
}

const COLUMNS: &str = "r.id, r.name, r.time_zone, r.opening_hours, r.holidays, r.active, r.created_at, r.updated_at";

const DEPENDENTS: Dependents<5> = Dependents {
    sql: "select cast(0 as bigint), count(*) from staff where branch_id = $2 and company_id = $1 and deleted_at is null
        union all select cast(1 as bigint), count(*) from phones where branch_id = $2 and company_id = $1 and deleted_at is null
        union all select cast(2 as bigint), count(*) from services where company_id = $1 and branch_ids like $3 and deleted_at is null
        union all select cast(3 as bigint), count(*) from callbacks where branch_id = $2 and company_id = $1 and deleted_at is null
            and status in ('pending', 'assigned', 'contacted', 'expired')
        union all select cast(4 as bigint), count(*) from appointments where branch_id = $2 and company_id = $1 and deleted_at is null
            and status = 'booked' and ends_at > $4",
    names: [
        ("person", "people"),
        ("phone", "phones"),
        ("service", "services"),
        ("open callback", "open callbacks"),
        ("booked appointment", "booked appointments"),
    ],
};

impl TenantStore<'_> {
    fn branch_listing(&self) -> Listing {
        let mut listing = Listing::new(COLUMNS, "branches r");
        listing.only("r.company_id = ? and r.deleted_at is null", params![self.company]);
        if let Sight::Branch { branch, .. } = self.sight {
            listing.only("r.id = ?", params![branch]);
        }
        listing
    }

    /// In the order of their making, or newest first.
    pub async fn branches(&self, filter: &BranchFilter, descending: bool, window: Window) -> Result<Slice<Branch>> {
        let mut listing = self.branch_listing();
        if let Some(search) = &filter.search {
            search::narrow_to_names(&mut listing, search, "r.name");
        }
        if let Some(active) = filter.active {
            listing.only("r.active = ?", params![active]);
        }
        let order = Order { key: None, id: "r.id", descending };
        listing.slice(&self.store.db, &order, window, |it: &Branch| Mark { key: 0, id: it.id.0 }).await
    }

    pub async fn branch(&self, id: BranchId) -> Result<Option<Branch>> {
        Ok(self.branches_of(&[id]).await?.pop())
    }

    pub async fn branches_of(&self, ids: &[BranchId]) -> Result<Vec<Branch>> {
        let mut listing = self.branch_listing();
        listing.only_in("r.id", ids.iter().map(|id| (*id).into()));
        listing.all(&self.store.db, "r.id").await
    }

    pub async fn add_branch(&self, branch: &Branch) -> Result<()> {
        retrying!({
            const SQL: &str =
                "insert into branches (id, company_id, name, time_zone, opening_hours, holidays, active, created_at, updated_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
            let mut tx = self.store.db.begin().await?;
            let params = params![
                branch.id,
                self.company,
                &branch.name,
                &branch.time_zone,
                json(&branch.opening_hours),
                json(&branch.holidays),
                branch.active,
                branch.created_at,
                branch.updated_at,
            ];
            tx.execute(SQL, params).await?;
            self.store.commit(tx, self.company).await
        })
    }

    /// Writes a changed branch, unless somebody else wrote it since it was `seen`: then `false`, and nothing is lost. Its
    /// staff work by its clocks.
    pub async fn save_branch(&self, branch: &Branch, seen: Timestamp) -> Result<bool> {
        retrying!({
            const SQL: &str =
                "update branches set name = $4, time_zone = $5, opening_hours = $6, holidays = $7, active = $8, updated_at = $9
                where company_id = $1 and id = $2 and updated_at = $3 and deleted_at is null";
            let mut tx = self.store.db.begin().await?;
            let params = params![
                self.company,
                branch.id,
                seen,
                &branch.name,
                &branch.time_zone,
                json(&branch.opening_hours),
                json(&branch.holidays),
                branch.active,
                branch.updated_at,
            ];
            let saved = tx.execute(SQL, params).await? == 1;
            if saved {
                recount(&mut tx, self.company, Some(branch.id), branch.updated_at).await?;
            }
            self.store.commit(tx, self.company).await?;
            Ok(saved)
        })
    }

    /// A branch on which anything open depends stays.
    pub async fn delete_branch(&self, id: BranchId, now: Timestamp) -> Result<Removed> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const SQL: &str = "update branches set deleted_at = $3, active = $4, updated_at = $3 where company_id = $1 and id = $2 and deleted_at is null";
            if tx.execute(SQL, params![self.company, id, now, false]).await? == 0 {
                return Ok(Removed::Unknown);
            }
            let named = format!("%\"{id}\"%");
            if let Some(told) = DEPENDENTS.of(&mut tx, params![self.company, id, named, now]).await? {
                return Ok(Removed::InUse(told));
            }
            self.store.commit(tx, self.company).await?;
            Ok(Removed::Yes)
        })
    }
}

pub(crate) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("hours, dates and ids are plain JSON")
}
