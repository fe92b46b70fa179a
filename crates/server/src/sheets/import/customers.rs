//! Customers: known again by the id of an export, else by their numbers. An import adds and changes, it takes nothing away: an
//! empty cell leaves what is there, and numbers come to those that he has.

use std::collections::HashMap;

use ringback_domain::{ids::CustomerId, phone_number::PhoneNumber};
use ringback_store::{Customer, Put};
use serde_json::{Map, Value as Json};

use super::{Reading, Rejected, Row, Summary};
use crate::{
    api::{body::Fields, customers::change, read},
    sheets::columns::Cell,
};

/// As many numbers as the API takes.
const MOST_NUMBERS: usize = 20;
const NUMBERS: &str = "phone_numbers";

/// In which row of the file somebody was named.
#[derive(Default)]
struct Named {
    customers: HashMap<CustomerId, usize>,
    numbers: HashMap<PhoneNumber, usize>,
}

/// Who a row is of those that are there already.
enum Found {
    Somebody(Customer),
    Nobody,
    /// That cannot be said, and it was told why.
    Unclear,
}

impl Reading<'_> {
    pub(super) async fn customers(&mut self, rows: &[Row]) -> Result<Summary, Rejected> {
        let (mut named, mut puts) = (Named::default(), Vec::new());
        for (nth, row) in rows.iter().enumerate() {
            puts.extend(self.customer(row, &mut named).await?);
            self.checked(nth, rows.len());
        }
        let company = self.import.rows();
        self.put(puts, rows.len(), async |puts, writing| company.import_customers(puts, writing).await).await
    }

    async fn customer(&mut self, row: &Row, named: &mut Named) -> Result<Option<Put<Customer>>, Rejected> {
        let body = self.body(row);
        let (store, company, now) = (self.import.rows(), self.import.company, self.import.now);
        let seen = match self.find(row, &body.fields).await? {
            Found::Unclear => return Ok(None),
            Found::Nobody => None,
            Found::Somebody(customer) => Some(customer),
        };
        let Some(seen) = seen else {
            if !body.has(NUMBERS) {
                self.wrong(row, NUMBERS, "is required for somebody new: by it the next import knows him again");
            }
            let id = CustomerId(self.import.store.new_id(now));
            let new = change::new(store, company, id, now, Fields::new(body.fields)).await;
            let Some(new) = self.accepted(row, &body.unread, new)? else { return Ok(None) };
            self.once(row, &new, named);
            return Ok(Some(Put { row: new, seen: None }));
        };
        let changed = change::changed(store, company, &seen, now, Fields::new(body.fields)).await;
        let Some(mut changed) = self.accepted(row, &body.unread, changed)? else { return Ok(None) };
        let given = std::mem::replace(&mut changed.phone_numbers, seen.phone_numbers.clone());
        let more: Vec<PhoneNumber> = given.into_iter().filter(|number| !seen.phone_numbers.contains(number)).collect();
        changed.phone_numbers.extend(more);
        if changed.phone_numbers.len() > MOST_NUMBERS {
            self.wrong(row, NUMBERS, format!("must have at most {MOST_NUMBERS} entries, together with those that he has"));
        }
        self.once(row, &changed, named);
        let unchanged = Customer { updated_at: seen.updated_at, ..changed.clone() } == seen;
        Ok(Some(Put { row: if unchanged { seen.clone() } else { changed }, seen: Some(seen) }))
    }

    async fn find(&mut self, row: &Row, body: &Map<String, Json>) -> Result<Found, Rejected> {
        let rows = self.import.rows();
        if let Some((column, id)) = row.cells.iter().find(|(column, _)| column.cell == Cell::Id) {
            match read::id::<CustomerId>(id.trim()) {
                Err(wrong) => {
                    self.wrong(row, column.name, wrong.message);
                    return Ok(Found::Unclear);
                }
                // Of another installation: there he may be known by his numbers.
                Ok(id) => {
                    if let Some(customer) = rows.customer(id).await? {
                        return Ok(Found::Somebody(customer));
                    }
                }
            }
        }
        let written = body.get(NUMBERS).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        let numbers: Vec<PhoneNumber> = written.filter_map(|text| PhoneNumber::parse(text, &self.import.company.country).ok()).collect();
        let mut owners: Vec<CustomerId> = rows.owners_of_numbers(&numbers).await?.into_iter().map(|(customer, _)| customer).collect();
        owners.sort_unstable();
        owners.dedup();
        match owners.as_slice() {
            [] => Ok(Found::Nobody),
            [owner] => Ok(rows.customer(*owner).await?.map_or(Found::Nobody, Found::Somebody)),
            several => {
                self.wrong(row, NUMBERS, format!("are the numbers of {} customers; give each a row", several.len()));
                Ok(Found::Unclear)
            }
        }
    }

    /// Nobody is in two rows, and no number is.
    fn once(&mut self, row: &Row, customer: &Customer, named: &mut Named) {
        if let Some(before) = named.customers.insert(customer.id, row.number) {
            self.wrong(row, NUMBERS, format!("is the customer of row {before}; one row is one customer"));
            return;
        }
        for number in &customer.phone_numbers {
            if let Some(before) = named.numbers.insert(number.clone(), row.number) {
                self.wrong(row, NUMBERS, format!("has a number of row {before}; a number is one customer's"));
            }
        }
    }
}
