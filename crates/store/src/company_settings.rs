//! A company's own record and what it sets for itself.

use jiff::Timestamp;

use crate::{
    companies::Company,
    db::{Result, params},
    staff,
    store::retrying,
    tenant::TenantStore,
};

impl TenantStore<'_> {
    pub async fn own_company(&self) -> Result<Company> {
        const SQL: &str = "select id, slug, name, country, locale, time_zone, settings, dialing_paused, created_at, updated_at
            from companies where id = $1";
        Ok(self.store.db.optional(SQL, params![self.company]).await?.ok_or(sqlx::Error::RowNotFound)?)
    }

    /// Writes what a company may change of itself, unless somebody else wrote it since it was `seen`. What was put off
    /// by the old settings is looked at again.
    pub async fn save_company(&self, company: &Company, seen: Timestamp) -> Result<bool> {
        let settings = serde_json::to_string(&company.settings).map_err(|error| sqlx::Error::Encode(error.into()))?;
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const SQL: &str = "update companies set name = $3, country = $4, locale = $5, time_zone = $6, settings = $7, updated_at = $8
                where id = $1 and updated_at = $2";
            let params = params![
                self.company,
                seen,
                &company.name,
                &company.country,
                &company.locale,
                &company.time_zone,
                &settings,
                company.updated_at,
            ];
            if tx.execute(SQL, params).await? == 0 {
                return Ok(false);
            }
            staff::recount(&mut tx, self.company, None, company.updated_at).await?;
            const LOOK_AGAIN: &str = "update attempts set look_at = null, waiting_because = null
                where company_id = $1 and status = 'pending' and look_at is not null and waiting_because is not null";
            tx.execute(LOOK_AGAIN, params![self.company]).await?;
            // A lower minimum may end the shortage; the next one is news again.
            const COVERED: &str = "update credit_accounts set short_told = $2 where company_id = $1 and balance - reserved > $3";
            tx.execute(COVERED, params![self.company, false, company.settings.minimum_credits]).await?;
            self.store.commit(tx, self.company).await?;
            Ok(true)
        })
    }
}
