//! Customers: people whom a company knows by name.

use jiff::Timestamp;
use ringback_domain::{ids::CustomerId, phone_number::PhoneNumber};

use crate::{
    db::{Result, params},
    store::retrying,
    tenant::TenantStore,
};

impl TenantStore<'_> {
    /// A number that another customer has is [`Error::is_taken`](crate::db::Error::is_taken).
    pub async fn add_customer(&self, id: CustomerId, name: &str, number: &PhoneNumber, vip: bool, now: Timestamp) -> Result<()> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const CUSTOMER: &str = "insert into customers (id, company_id, name, vip, no_call, created_at, updated_at)
                values ($1, $2, $3, $4, $5, $6, $6)";
            tx.execute(CUSTOMER, params![id, self.company, name, vip, false, now]).await?;
            const NUMBER: &str = "insert into customer_numbers (company_id, number, customer_id) values ($1, $2, $3)";
            tx.execute(NUMBER, params![self.company, number, id]).await?;
            self.store.commit(tx, self.company).await
        })
    }
}
