//! Making and changing staff. Whatever makes somebody eligible for callbacks, or no longer, is looked at at once:
//! `available_changes_at` is when.

use jiff::{Timestamp, tz::TimeZone};
use ringback_domain::{
    access::Role,
    availability::Availability,
    ids::{BranchId, CompanyId},
};

use super::Staff;
use crate::{
    assignment::Pool,
    branches::json,
    db::{Result, Tx, params},
    store::retrying,
    tenant::TenantStore,
};

/// What came of changing somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffSaved {
    Yes,
    /// Somebody else changed him since he was seen.
    Changed,
    /// Somebody signs in with this address already, in whatever company.
    EmailTaken,
    /// Nobody would be left who may do everything.
    LastOwner,
}

impl TenantStore<'_> {
    /// An address that somebody has already, in whatever company, is [`Error::is_taken`](crate::db::Error::is_taken).
    pub async fn add_staff(&self, staff: &Staff, password_hash: Option<&str>) -> Result<()> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            self.insert_staff(&mut tx, staff, password_hash).await?;
            self.store.commit(tx, self.company).await
        })
    }

    pub(super) async fn insert_staff(&self, tx: &mut Tx, staff: &Staff, password_hash: Option<&str>) -> Result<()> {
        const SQL: &str = "insert into staff (id, company_id, name, email, role, branch_id, skills, active, present, absent_from,
                absent_until, working_hours, available_changes_at, password_hash, created_at, updated_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
        let now = staff.updated_at;
        let available = staff.presence(zone_of(tx, self.company, staff.branch_id).await?).at(now);
        let params = params![
            staff.id,
            self.company,
            &staff.name,
            &staff.email,
            staff.role.as_str(),
            staff.branch_id,
            json(&staff.skills),
            staff.active,
            staff.present,
            staff.absent_from,
            staff.absent_until,
            staff.working_hours.as_ref().map(json),
            // Somebody new who is there may take what waits for anybody.
            if available.is_available() { Some(now) } else { available.changes_at },
            password_hash.map(str::to_owned),
            staff.created_at,
            now,
        ];
        tx.execute(SQL, params).await?;
        Ok(())
    }

    /// Writes somebody who was `seen` like this, unless somebody else wrote him since.
    pub async fn save_staff(&self, staff: &Staff, seen: &Staff) -> Result<StaffSaved> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            let takes_owner = no_longer_owner(staff, seen);
            if takes_owner {
                Pool::take_turn(&mut tx, self.company).await?;
            }
            match self.update_staff(&mut tx, staff, seen).await {
                Ok(false) => return Ok(StaffSaved::Changed),
                Ok(true) => {}
                Err(error) if error.is_taken() => return Ok(StaffSaved::EmailTaken),
                Err(error) => return Err(error),
            }
            if takes_owner && !has_owner(&mut tx, self.company).await? {
                return Ok(StaffSaved::LastOwner);
            }
            self.store.commit(tx, self.company).await?;
            Ok(StaffSaved::Yes)
        })
    }

    /// Whether he was still as he was seen.
    pub(super) async fn update_staff(&self, tx: &mut Tx, staff: &Staff, seen: &Staff) -> Result<bool> {
        const SQL: &str = "update staff set name = $4, email = $5, role = $6, branch_id = $7, skills = $8, active = $9, present = $10,
                absent_from = $11, absent_until = $12, working_hours = $13, available_changes_at = $14, updated_at = $15
            where company_id = $1 and id = $2 and updated_at = $3 and deleted_at is null";
        let params = params![
            self.company,
            staff.id,
            seen.updated_at,
            &staff.name,
            &staff.email,
            staff.role.as_str(),
            staff.branch_id,
            json(&staff.skills),
            staff.active,
            staff.present,
            staff.absent_from,
            staff.absent_until,
            staff.working_hours.as_ref().map(json),
            self.looked_at(tx, staff, seen).await?,
            staff.updated_at,
        ];
        Ok(tx.execute(SQL, params).await? > 0)
    }

    /// When it is looked at next whether he is available: now, where this change already decides about callbacks.
    async fn looked_at(&self, tx: &mut Tx, staff: &Staff, seen: &Staff) -> Result<Option<Timestamp>> {
        let now = staff.updated_at;
        let after = staff.presence(zone_of(tx, self.company, staff.branch_id).await?).at(now);
        let before: Availability = seen.presence(zone_of(tx, self.company, seen.branch_id).await?).at(now);
        let eligible_for_others = (staff.branch_id, staff.role, &staff.skills) != (seen.branch_id, seen.role, &seen.skills);
        let decides = before.is_available() != after.is_available() || eligible_for_others;
        Ok(if decides { Some(now) } else { after.changes_at })
    }
}

/// Somebody who could do everything no longer can. Written under the company's turn, taken before the row: two owners who
/// stop at once would each count the other.
pub(super) fn no_longer_owner(staff: &Staff, seen: &Staff) -> bool {
    let is_owner = |it: &Staff| it.role == Role::Owner && it.active;
    is_owner(seen) && !is_owner(staff)
}

/// Whether there is still an active owner. Under the company's turn.
pub(super) async fn has_owner(tx: &mut Tx, company: CompanyId) -> Result<bool> {
    const SQL: &str = "select count(*) from staff where company_id = $1 and role = 'owner' and active and deleted_at is null";
    Ok(tx.one::<(i64,)>(SQL, params![company]).await?.0 > 0)
}

/// The clocks by which somebody of this branch works.
async fn zone_of(tx: &mut Tx, company: CompanyId, branch: Option<BranchId>) -> Result<TimeZone> {
    const SQL: &str = "select coalesce(r.time_zone, c.time_zone) as time_zone
        from companies c left join branches r on r.company_id = c.id and r.id = $2
        where c.id = $1";
    let (zone,) = tx.one::<(String,)>(SQL, params![company, branch]).await?;
    Ok(TimeZone::get(&zone).unwrap_or(TimeZone::UTC))
}

/// The clocks of this branch (of those without one: of the company) were changed, and with them who is available when.
pub(crate) async fn recount(tx: &mut Tx, company: CompanyId, branch: Option<BranchId>, now: Timestamp) -> Result<()> {
    const BRANCH: &str = "update staff set available_changes_at = $3 where company_id = $1 and branch_id = $2 and deleted_at is null
        and (working_hours is not null or absent_from is not null or absent_until is not null)";
    const NONE: &str = "update staff set available_changes_at = $2 where company_id = $1 and branch_id is null and deleted_at is null
        and (working_hours is not null or absent_from is not null or absent_until is not null)";
    match branch {
        Some(branch) => tx.execute(BRANCH, params![company, branch, now]).await?,
        None => tx.execute(NONE, params![company, now]).await?,
    };
    Ok(())
}
