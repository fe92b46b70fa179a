//! Services: what branches do for customers, and staff have as skills.

use jiff::Timestamp;
use ringback_domain::{
    access::Sight,
    ids::{BranchId, ServiceId, StaffId},
};

use crate::{
    branches::json,
    db::{Result, Tx, from_record, params},
    listing::{Listing, Mark, Order, Slice, Window},
    removal::{Dependents, Removed},
    search,
    store::retrying,
    tenant::TenantStore,
};

#[derive(Debug, Clone)]
pub struct Service {
    pub id: ServiceId,
    pub name: String,
    pub duration_minutes: u32,
    /// Where it is offered; empty: in all branches.
    pub branch_ids: Vec<BranchId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
from_record!(Service { id, name, duration_minutes, branch_ids: json, created_at, updated_at });

/// Which services are asked for; `None`: all.
#[derive(Debug, Clone, Default)]
pub struct ServiceFilter {
    /// Words of the name by their beginnings.
    pub search: Option<String>,
    /// Offered there, as everywhere or by name.
    pub branch: Option<BranchId>,
}

const COLUMNS: &str = "v.id, v.name, v.duration_minutes, v.branch_ids, v.created_at, v.updated_at";

const OFFERED: &str = "(v.branch_ids = '[]' or v.branch_ids like ?)";

const DEPENDENTS: Dependents<2> = Dependents {
    sql: "select cast(0 as bigint), count(*) from callbacks where service_id = $2 and company_id = $1 and deleted_at is null
            and status in ('pending', 'assigned', 'contacted', 'expired')
        union all select cast(1 as bigint), count(*) from appointments where service_id = $2 and company_id = $1 and deleted_at is null
            and status = 'booked' and ends_at > $3",
    names: [("open callback", "open callbacks"), ("booked appointment", "booked appointments")],
};

impl TenantStore<'_> {
    fn service_listing(&self) -> Listing {
        let mut listing = Listing::new(COLUMNS, "services v");
        listing.only("v.company_id = ? and v.deleted_at is null", params![self.company]);
        match self.sight {
            Sight::All => {}
            Sight::Branch { branch: Some(branch), .. } => listing.only(OFFERED, params![named(branch)]),
            Sight::Branch { branch: None, .. } => listing.only("v.branch_ids = '[]'", params![]),
        }
        listing
    }

    /// In the order of their making, or newest first.
    pub async fn services(&self, filter: &ServiceFilter, descending: bool, window: Window) -> Result<Slice<Service>> {
        let mut listing = self.service_listing();
        if let Some(search) = &filter.search {
            search::narrow_to_names(&mut listing, search, "v.name");
        }
        if let Some(branch) = filter.branch {
            listing.only(OFFERED, params![named(branch)]);
        }
        let order = Order { key: None, id: "v.id", descending };
        listing.slice(&self.store.db, &order, window, |it: &Service| Mark { key: 0, id: it.id.0 }).await
    }

    pub async fn service(&self, id: ServiceId) -> Result<Option<Service>> {
        Ok(self.services_of(&[id]).await?.pop())
    }

    pub async fn services_of(&self, ids: &[ServiceId]) -> Result<Vec<Service>> {
        let mut listing = self.service_listing();
        listing.only_in("v.id", ids.iter().map(|id| (*id).into()));
        listing.all(&self.store.db, "v.id").await
    }

    pub async fn add_service(&self, service: &Service) -> Result<()> {
        retrying!({
            const SQL: &str = "insert into services (id, company_id, name, duration_minutes, branch_ids, created_at, updated_at)
                values ($1, $2, $3, $4, $5, $6, $7)";
            let mut tx = self.store.db.begin().await?;
            let params = params![
                service.id,
                self.company,
                &service.name,
                service.duration_minutes,
                json(&service.branch_ids),
                service.created_at,
                service.updated_at,
            ];
            tx.execute(SQL, params).await?;
            self.store.commit(tx, self.company).await
        })
    }

    /// Writes a changed service, unless somebody else wrote it since it was `seen`: then `false`, and nothing is lost.
    pub async fn save_service(&self, service: &Service, seen: Timestamp) -> Result<bool> {
        retrying!({
            const SQL: &str = "update services set name = $4, duration_minutes = $5, branch_ids = $6, updated_at = $7
                where company_id = $1 and id = $2 and updated_at = $3 and deleted_at is null";
            let mut tx = self.store.db.begin().await?;
            let params = params![
                self.company,
                service.id,
                seen,
                &service.name,
                service.duration_minutes,
                json(&service.branch_ids),
                service.updated_at,
            ];
            let saved = tx.execute(SQL, params).await? == 1;
            self.store.commit(tx, self.company).await?;
            Ok(saved)
        })
    }

    /// A service on which anything open depends stays. Nobody has it as a skill any more.
    pub async fn delete_service(&self, id: ServiceId, now: Timestamp) -> Result<Removed> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const SQL: &str =
                "update services set deleted_at = $3, updated_at = $3 where company_id = $1 and id = $2 and deleted_at is null";
            if tx.execute(SQL, params![self.company, id, now]).await? == 0 {
                return Ok(Removed::Unknown);
            }
            if let Some(told) = DEPENDENTS.of(&mut tx, params![self.company, id, now]).await? {
                return Ok(Removed::InUse(told));
            }
            self.forget_skill(&mut tx, id, now).await?;
            self.store.commit(tx, self.company).await?;
            Ok(Removed::Yes)
        })
    }

    async fn forget_skill(&self, tx: &mut Tx, id: ServiceId, now: Timestamp) -> Result<()> {
        struct Skilled {
            id: StaffId,
            skills: Vec<ServiceId>,
        }
        from_record!(Skilled { id, skills: json });
        const SKILLED: &str = "select id, skills from staff where company_id = $1 and skills like $2 and deleted_at is null order by id";
        let skilled: Vec<Skilled> = tx.all(SKILLED, params![self.company, format!("%\"{id}\"%")]).await?;
        for person in skilled {
            let others: Vec<_> = person.skills.into_iter().filter(|skill| *skill != id).collect();
            const SQL: &str = "update staff set skills = $2, updated_at = $3 where id = $1";
            tx.execute(SQL, params![person.id, json(&others), now]).await?;
        }
        Ok(())
    }
}

/// How a list of ids in JSON looks that has this one.
fn named(branch: BranchId) -> String {
    format!("%\"{branch}\"%")
}
