//! Companies: the tenants.

use jiff::Timestamp;
use ringback_domain::{ids::CompanyId, settings::Settings};

use crate::{
    credits,
    db::{Result, from_record, params},
    store::{Store, retrying},
};

#[derive(Debug, Clone, serde::Serialize)]
pub struct Company {
    pub id: CompanyId,
    pub slug: String,
    pub name: String,
    pub country: String,
    pub locale: String,
    pub time_zone: String,
    pub settings: Settings,
    /// The operator's kill switch for this company.
    pub dialing_paused: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
from_record!(Company { id, slug, name, country, locale, time_zone, settings: json, dialing_paused, created_at, updated_at });

#[derive(Debug, Clone, Copy)]
pub struct NewCompany<'a> {
    pub slug: &'a str,
    pub name: &'a str,
    pub country: &'a str,
    pub locale: &'a str,
    pub time_zone: &'a str,
    /// What it starts with.
    pub credits: i64,
}

impl Store {
    /// A company with its account. A slug that another one has is [`Error::is_taken`](crate::db::Error::is_taken).
    pub async fn create_company(&self, new: &NewCompany<'_>, actor: &str, now: Timestamp) -> Result<Company> {
        let settings = serde_json::to_string(&Settings::default()).expect("settings are plain JSON");
        retrying!({
            let mut tx = self.db.begin().await?;
            let id = CompanyId(self.new_id(now));
            const SQL: &str =
                "insert into companies (id, slug, name, country, locale, time_zone, settings, dialing_paused, created_at, updated_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
                returning id, slug, name, country, locale, time_zone, settings, dialing_paused, created_at, updated_at";
            let params = params![id, new.slug, new.name, new.country, new.locale, new.time_zone, &settings, false, now];
            let company = tx.one::<Company>(SQL, params).await?;
            const ACCOUNT: &str = "insert into credit_accounts (company_id, balance, reserved, short_told) values ($1, 0, 0, $2)";
            tx.execute(ACCOUNT, params![id, false]).await?;
            if new.credits != 0 {
                credits::add(self, &mut tx, id, new.credits, "initial credits", actor, now).await?;
            }
            self.commit(tx, id).await?;
            Ok(company)
        })
    }

    pub async fn company_by_slug(&self, slug: &str) -> Result<Option<Company>> {
        const SQL: &str = "select id, slug, name, country, locale, time_zone, settings, dialing_paused, created_at, updated_at
            from companies where slug = $1";
        self.db.optional(SQL, params![slug]).await
    }
}
