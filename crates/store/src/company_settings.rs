//! A company's own record and what it sets for itself.

use jiff::Timestamp;

use crate::{
    companies::Company,
    db::{Result, Tx, params},
    staff,
    store::retrying,
    tenant::TenantStore,
};

impl TenantStore<'_> {
    pub async fn own_company(&self) -> Result<Company> {
        const SQL: &str = "select id, slug, name, country, locale, time_zone, settings, dialing_paused, created_at, updated_at
            from companies where id = $1";
        self.store.db.optional(SQL, params![self.company]).await?.ok_or(crate::db::Error::NoRow)
    }

    /// Writes what a company may change of itself, unless somebody else wrote it since it was `seen`. What was put off
    /// by the old settings is looked at again.
    pub async fn save_company(&self, company: &Company, seen: Timestamp) -> Result<bool> {
        let settings = serde_json::to_string(&company.settings)?;
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
            // A lower minimum may end the shortage; the next one is news again. The account before the rest (ADR 3).
            const COVERED: &str = "update credit_accounts set short_told = $2 where company_id = $1 and balance - reserved > $3";
            tx.execute(COVERED, params![self.company, false, company.settings.minimum_credits]).await?;
            staff::recount(&mut tx, self.company, None, company.updated_at).await?;
            // The callbacks before their attempts, as every move does.
            go_to_people(&mut tx, company).await?;
            const LOOK_AGAIN: &str = "update attempts set look_at = case when not_before > $2 then not_before end, waiting_because = null
                where company_id = $1 and status = 'pending' and look_at is not null and waiting_because is not null";
            tx.execute_many(LOOK_AGAIN, params![self.company, company.updated_at]).await?;
            self.store.commit(tx, self.company).await?;
            Ok(true)
        })
    }
}

/// What no machine returns by these settings, and what nobody was given by the old ones, is looked at at once, the oldest first;
/// the rest when it is warned of.
async fn go_to_people(tx: &mut Tx, company: &Company) -> Result<()> {
    if !company.settings.auto_assign {
        return Ok(());
    }
    const SQL: &str = "update callbacks set acts_at = $2 where id in (select b.id from callbacks b where b.company_id = $1
        and b.status = 'pending' and b.deleted_at is null and b.assigned_to is null and (b.acts_at is null or b.acts_at > $2)
        order by b.id limit 10000)";
    tx.execute_many(SQL, params![company.id, company.updated_at]).await?;
    Ok(())
}
