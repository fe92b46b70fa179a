//! Staff: the people of a company.

use jiff::Timestamp;
use ringback_domain::{access::Role, ids::StaffId};

use crate::{
    db::{Result, from_record, params},
    store::retrying,
    tenant::TenantStore,
};

#[derive(Debug, Clone, serde::Serialize)]
pub struct Staff {
    pub id: StaffId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub active: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
from_record!(Staff { id, name, email, role, active, created_at, updated_at });

#[derive(Debug, Clone, Copy)]
pub struct NewStaff<'a> {
    pub name: &'a str,
    /// In lower case: the same address in other letters is the same person.
    pub email: &'a str,
    pub role: Role,
    /// `None`: cannot sign in.
    pub password_hash: Option<&'a str>,
}

impl TenantStore<'_> {
    /// An address that somebody has already, in whatever company, is [`Error::is_taken`](crate::db::Error::is_taken).
    pub async fn create_staff(&self, new: &NewStaff<'_>, now: Timestamp) -> Result<Staff> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const SQL: &str = "insert into staff (id, company_id, name, email, role, active, password_hash, created_at, updated_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
                returning id, name, email, role, active, created_at, updated_at";
            let hash = new.password_hash.map(str::to_owned);
            let id = StaffId(self.store.new_id(now));
            let params = params![id, self.company, new.name, new.email, new.role.as_str(), true, hash, now];
            let staff = tx.one::<Staff>(SQL, params).await?;
            self.store.commit(tx, self.company).await?;
            Ok(staff)
        })
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

    pub async fn staff(&self, id: StaffId) -> Result<Option<Staff>> {
        const SQL: &str = "select id, name, email, role, active, created_at, updated_at from staff where company_id = $1 and id = $2";
        self.store.db.optional(SQL, params![self.company, id]).await
    }

    pub async fn staff_by_email(&self, email: &str) -> Result<Option<Staff>> {
        const SQL: &str = "select id, name, email, role, active, created_at, updated_at from staff where company_id = $1 and email = $2";
        self.store.db.optional(SQL, params![self.company, email]).await
    }
}
