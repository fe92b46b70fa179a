//! By which password somebody signs in.

use jiff::Timestamp;
use ringback_domain::ids::StaffId;

use crate::{
    db::{Result, params},
    store::retrying,
    tenant::TenantStore,
};

impl TenantStore<'_> {
    /// A first password for somebody who has none; `false`: he has one, and it stays.
    pub async fn give_password(&self, id: StaffId, password_hash: &str, now: Timestamp) -> Result<bool> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const SQL: &str = "update staff set password_hash = $3, updated_at = $4
                where company_id = $1 and id = $2 and password_hash is null and deleted_at is null";
            let given = tx.execute(SQL, params![self.company, id, password_hash, now]).await? > 0;
            tx.commit().await?;
            Ok(given)
        })
    }

    /// Another password in the place of whatever he had, and whoever is signed in as him is so no longer; `false`: the company has
    /// nobody with this id.
    pub async fn replace_password(&self, id: StaffId, password_hash: &str, now: Timestamp) -> Result<bool> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const SQL: &str =
                "update staff set password_hash = $3, updated_at = $4 where company_id = $1 and id = $2 and deleted_at is null";
            let replaced = tx.execute(SQL, params![self.company, id, password_hash, now]).await? > 0;
            if replaced {
                tx.execute("delete from sessions where staff_id = $1", params![id]).await?;
            }
            tx.commit().await?;
            Ok(replaced)
        })
    }
}
