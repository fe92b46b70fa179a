//! The people that callbacks speak of, for lists that show them beside.

use ringback_domain::{
    ids::{CustomerId, StaffId},
    phone_number::PhoneNumber,
};

use crate::{
    db::{Result, from_record, params},
    listing::Listing,
    staff::Staff,
    tenant::TenantStore,
};

#[derive(Debug, Clone)]
pub struct Customer {
    pub id: CustomerId,
    pub name: String,
    pub email: Option<String>,
    pub language: Option<String>,
    pub vip: bool,
    pub no_call: bool,
    pub notes: Option<String>,
    pub phone_numbers: Vec<PhoneNumber>,
}

struct Row {
    id: CustomerId,
    name: String,
    email: Option<String>,
    language: Option<String>,
    vip: bool,
    no_call: bool,
    notes: Option<String>,
}
from_record!(Row { id, name, email, language, vip, no_call, notes });

impl TenantStore<'_> {
    pub async fn customers_of(&self, ids: &[CustomerId]) -> Result<Vec<Customer>> {
        let mut listing = Listing::new("u.id, u.name, u.email, u.language, u.vip, u.no_call, u.notes", "customers u");
        listing.only("u.company_id = ?", params![self.company]);
        listing.only_in("u.id", ids.iter().map(|id| (*id).into()));
        let rows: Vec<Row> = listing.all(&self.store.db, "u.id").await?;
        let mut listing = Listing::new("n.customer_id, n.number", "customer_numbers n");
        listing.only("n.company_id = ?", params![self.company]);
        listing.only_in("n.customer_id", ids.iter().map(|id| (*id).into()));
        let numbers: Vec<(CustomerId, PhoneNumber)> = listing.all(&self.store.db, "n.customer_id, n.number").await?;
        let with_numbers = |row: Row| {
            let own = numbers.iter().filter(|(customer, _)| *customer == row.id).map(|(_, number)| number.clone());
            let Row { id, name, email, language, vip, no_call, notes } = row;
            Customer { id, name, email, language, vip, no_call, notes, phone_numbers: own.collect() }
        };
        Ok(rows.into_iter().map(with_numbers).collect())
    }

    pub async fn staff_of(&self, ids: &[StaffId]) -> Result<Vec<Staff>> {
        let mut listing = Listing::new("s.id, s.name, s.email, s.role, s.active, s.created_at, s.updated_at", "staff s");
        listing.only("s.company_id = ?", params![self.company]);
        listing.only_in("s.id", ids.iter().map(|id| (*id).into()));
        listing.all(&self.store.db, "s.id").await
    }
}
