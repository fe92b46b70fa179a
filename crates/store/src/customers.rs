//! Customers: people whom a company knows by name, with one or more numbers.

mod change;
mod import;

use jiff::Timestamp;
use ringback_domain::{access::Sight, ids::CustomerId, phone_number::PhoneNumber};

use crate::{
    db::{Result, Value, from_record, params},
    listing::{Listing, Mark, Order, Slice, Window},
    search::{self, Searched},
    tenant::TenantStore,
};

pub use change::CustomerSaved;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub id: CustomerId,
    pub name: String,
    pub email: Option<String>,
    pub language: Option<String>,
    pub vip: bool,
    /// No machine ever rings this person.
    pub no_call: bool,
    pub notes: Option<String>,
    pub phone_numbers: Vec<PhoneNumber>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

struct Row {
    id: CustomerId,
    name: String,
    email: Option<String>,
    language: Option<String>,
    vip: bool,
    no_call: bool,
    notes: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}
from_record!(Row { id, name, email, language, vip, no_call, notes, created_at, updated_at });

/// Which customers are asked for; `None`: all.
#[derive(Debug, Clone, Default)]
pub struct CustomerFilter {
    /// Words of the name by prefix, numbers by their first or last digits.
    pub search: Option<String>,
    /// In which national numbers are read.
    pub country: String,
    pub number: Option<PhoneNumber>,
    pub vip: Option<bool>,
    pub no_call: Option<bool>,
}

const COLUMNS: &str = "u.id, u.name, u.email, u.language, u.vip, u.no_call, u.notes, u.created_at, u.updated_at";

const SEARCHED: Searched<'_> = Searched {
    name: "u.name",
    number: "n.number",
    numbers_in: "exists (select 1 from customer_numbers n where n.customer_id = u.id and {})",
};

/// Whoever sees one of his callbacks or appointments sees the customer, and everybody while he has neither.
const SEEN: &str = "(exists (select 1 from callbacks b where b.customer_id = u.id and b.deleted_at is null
        and (b.branch_id is null or b.branch_id = ? or b.assigned_to = ?))
    or exists (select 1 from appointments t where t.customer_id = u.id and t.deleted_at is null
        and (t.branch_id is null or t.branch_id = ? or t.staff_id = ?))
    or (not exists (select 1 from callbacks b where b.customer_id = u.id and b.deleted_at is null)
        and not exists (select 1 from appointments t where t.customer_id = u.id and t.deleted_at is null)))";

impl TenantStore<'_> {
    fn customer_listing(&self) -> Listing {
        let mut listing = Listing::new(COLUMNS, "customers u");
        listing.only("u.company_id = ? and u.deleted_at is null", params![self.company]);
        if let Sight::Branch { branch, person } = self.sight {
            listing.only(SEEN, params![branch, person, branch, person]);
        }
        listing
    }

    /// In the order of their making, or newest first.
    pub async fn customers(&self, filter: &CustomerFilter, descending: bool, window: Window) -> Result<Slice<Customer>> {
        let mut listing = self.customer_listing();
        if let Some(search) = &filter.search {
            search::narrow(&mut listing, search, &filter.country, &SEARCHED);
        }
        if let Some(number) = &filter.number {
            const HIS: &str = "u.id in (select n.customer_id from customer_numbers n where n.company_id = ? and n.number = ?)";
            listing.only(HIS, params![self.company, number]);
        }
        if let Some(vip) = filter.vip {
            listing.only("u.vip = ?", params![vip]);
        }
        if let Some(no_call) = filter.no_call {
            listing.only("u.no_call = ?", params![no_call]);
        }
        let order = Order { key: None, id: "u.id", descending };
        let slice = listing.slice(&self.store.db, &order, window, |it: &Row| Mark { key: 0, id: it.id.0 }).await?;
        let Slice { rows, total, estimated, next } = slice;
        Ok(Slice { rows: self.with_numbers(rows).await?, total, estimated, next })
    }

    pub async fn customer(&self, id: CustomerId) -> Result<Option<Customer>> {
        Ok(self.customers_of(&[id]).await?.pop())
    }

    pub async fn customers_of(&self, ids: &[CustomerId]) -> Result<Vec<Customer>> {
        let mut listing = self.customer_listing();
        listing.only_in("u.id", ids.iter().map(|id| (*id).into()));
        self.with_numbers(listing.all(&self.store.db, "u.id").await?).await
    }

    /// Whose numbers these are, where they are somebody's.
    pub async fn owners_of_numbers(&self, numbers: &[PhoneNumber]) -> Result<Vec<(CustomerId, PhoneNumber)>> {
        let mut listing = Listing::new("n.customer_id, n.number", "customer_numbers n");
        listing.only("n.company_id = ?", params![self.company]);
        listing.only_in("n.number", numbers.iter().map(Value::from));
        listing.all(&self.store.db, "n.number").await
    }

    async fn with_numbers(&self, rows: Vec<Row>) -> Result<Vec<Customer>> {
        let mut listing = Listing::new("n.customer_id, n.number", "customer_numbers n");
        listing.only("n.company_id = ?", params![self.company]);
        listing.only_in("n.customer_id", rows.iter().map(|row| row.id.into()));
        let numbers: Vec<(CustomerId, PhoneNumber)> = listing.all(&self.store.db, "n.customer_id, n.place, n.number").await?;
        let with_numbers = |row: Row| {
            let own = numbers.iter().filter(|(customer, _)| *customer == row.id).map(|(_, number)| number.clone());
            let Row { id, name, email, language, vip, no_call, notes, created_at, updated_at } = row;
            Customer { id, name, email, language, vip, no_call, notes, phone_numbers: own.collect(), created_at, updated_at }
        };
        Ok(rows.into_iter().map(with_numbers).collect())
    }
}
