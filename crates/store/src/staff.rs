//! Staff: the people of a company.

mod change;
mod import;
mod leaving;
mod password;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use ringback_domain::{
    access::Role,
    availability::Presence,
    business_time::OpeningHours,
    ids::{BranchId, ServiceId, StaffId},
};

use crate::{
    db::{Result, from_record, params},
    listing::{Listing, Mark, Order, Slice, Window},
    search,
    store::retrying,
    tenant::TenantStore,
};

pub use change::StaffSaved;
pub(crate) use change::recount;

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Staff {
    pub id: StaffId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub branch_id: Option<BranchId>,
    pub skills: Vec<ServiceId>,
    pub active: bool,
    /// At work, set by hand.
    pub present: bool,
    /// Absent on these days, both included, by the clocks of the branch.
    pub absent_from: Option<Date>,
    pub absent_until: Option<Date>,
    /// By the clocks of the branch; `None`: at any hour.
    pub working_hours: Option<OpeningHours>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
from_record!(Staff {
    id,
    name,
    email,
    role,
    branch_id,
    skills: json,
    active,
    present,
    absent_from,
    absent_until,
    working_hours: json_option,
    created_at,
    updated_at,
});

impl Staff {
    /// What decides whether he is available. `zone`: of his branch, or of the company where he has none.
    pub fn presence(&self, zone: TimeZone) -> Presence {
        Presence {
            active: self.active,
            present: self.present,
            absent_from: self.absent_from,
            absent_until: self.absent_until,
            working_hours: self.working_hours.clone(),
            zone,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct NewStaff<'a> {
    pub name: &'a str,
    /// In lower case: the same address in other letters is the same person.
    pub email: &'a str,
    pub role: Role,
    /// `None`: cannot sign in.
    pub password_hash: Option<&'a str>,
}

/// Which people are asked for; `None`: all.
#[derive(Debug, Clone, Default)]
pub struct StaffFilter {
    /// Words of the name by their beginnings.
    pub search: Option<String>,
    pub branch: Option<BranchId>,
    pub role: Option<Role>,
    pub active: Option<bool>,
    /// Who has it as a skill.
    pub service: Option<ServiceId>,
}

const COLUMNS: &str = "s.id, s.name, s.email, s.role, s.branch_id, s.skills, s.active, s.present, s.absent_from, s.absent_until,
    s.working_hours, s.created_at, s.updated_at";

impl TenantStore<'_> {
    fn staff_listing(&self) -> Listing {
        let mut listing = Listing::new(COLUMNS, "staff s");
        listing.only("s.company_id = ? and s.deleted_at is null", params![self.company]);
        listing.only_seen(self.sight, "s.branch_id", Some("s.id"));
        listing
    }

    /// In the order of their making, or newest first.
    pub async fn people(&self, filter: &StaffFilter, descending: bool, window: Window) -> Result<Slice<Staff>> {
        let mut listing = self.staff_listing();
        if let Some(search) = &filter.search {
            search::narrow_to_names(&mut listing, search, "s.name");
        }
        if let Some(branch) = filter.branch {
            listing.only("s.branch_id = ?", params![branch]);
        }
        if let Some(role) = filter.role {
            listing.only("s.role = ?", params![role.as_str()]);
        }
        if let Some(active) = filter.active {
            listing.only("s.active = ?", params![active]);
        }
        if let Some(service) = filter.service {
            listing.only("s.skills like ?", params![format!("%\"{service}\"%")]);
        }
        let order = Order { key: None, id: "s.id", descending };
        listing.slice(&self.store.db, &order, window, |it: &Staff| Mark { key: 0, id: it.id.0 }).await
    }

    pub async fn staff(&self, id: StaffId) -> Result<Option<Staff>> {
        Ok(self.staff_of(&[id]).await?.pop())
    }

    pub async fn staff_of(&self, ids: &[StaffId]) -> Result<Vec<Staff>> {
        let mut listing = self.staff_listing();
        listing.only_in("s.id", ids.iter().map(|id| (*id).into()));
        listing.all(&self.store.db, "s.id").await
    }

    pub async fn staff_by_email(&self, email: &str) -> Result<Option<Staff>> {
        let mut listing = self.staff_listing();
        listing.only("s.email = ?", params![email]);
        Ok(listing.all(&self.store.db, "s.id").await?.pop())
    }

    /// Whether somebody signs in with this address, in whatever company.
    pub async fn email_is_taken(&self, email: &str, but_by: Option<StaffId>) -> Result<bool> {
        const SQL: &str = "select id from staff where email = $1 and deleted_at is null";
        let found: Option<(StaffId,)> = self.store.db.optional(SQL, params![email]).await?;
        Ok(found.is_some_and(|(id,)| Some(id) != but_by))
    }

    /// Somebody who can sign in. An address that somebody has already, in whatever company, is
    /// [`Error::is_taken`](crate::db::Error::is_taken).
    pub async fn create_staff(&self, new: &NewStaff<'_>, now: Timestamp) -> Result<Staff> {
        let staff = Staff {
            id: StaffId(self.store.new_id(now)),
            name: new.name.to_owned(),
            email: new.email.to_owned(),
            role: new.role,
            branch_id: None,
            skills: Vec::new(),
            active: true,
            present: true,
            absent_from: None,
            absent_until: None,
            working_hours: None,
            created_at: now,
            updated_at: now,
        };
        self.add_staff(&staff, new.password_hash).await?;
        Ok(staff)
    }

    /// In which language this person reads the pages from now on, in whatever browser.
    pub async fn choose_language(&self, id: StaffId, language: &str, now: Timestamp) -> Result<()> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const SQL: &str = "update staff set language = $3, updated_at = $4 where company_id = $1 and id = $2";
            tx.execute(SQL, params![self.company, id, language, now]).await?;
            tx.commit().await
        })
    }
}
