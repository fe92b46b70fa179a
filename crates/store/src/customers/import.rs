//! The customers of a file.

use std::collections::BTreeSet;

use ringback_domain::phone_number::PhoneNumber;

use super::{
    Customer,
    change::{concerned, insert, update, write_numbers},
};
use crate::{
    db::Result,
    imports::{Imported, Put, Writing},
    person,
    store::retrying,
    tenant::TenantStore,
};

impl TenantStore<'_> {
    /// Writes all of them or none. Customers first, then their persons in one order: as everywhere where both are locked.
    pub async fn import_customers(&self, puts: &[Put<Customer>], writing: Writing<'_>) -> Result<Imported> {
        let mut in_order: Vec<&Put<Customer>> = puts.iter().collect();
        in_order.sort_unstable_by_key(|put| put.row.id);
        let written = retrying!({
            let mut tx = self.store.db.begin().await?;
            for put in &in_order {
                match &put.seen {
                    None => insert(&mut tx, self.company, &put.row).await?,
                    Some(seen) if !update(&mut tx, self.company, &put.row, seen).await? => return Ok(Imported::Changed),
                    Some(_) => {}
                }
            }
            let persons: BTreeSet<&PhoneNumber> = puts.iter().flat_map(of).collect();
            person::lock_all(&mut tx, self.company, &persons).await?;
            for (nth, put) in puts.iter().enumerate() {
                write_numbers(&mut tx, self.company, &put.row, before(put), &of(put)).await?;
                (writing.progress)(nth + 1);
            }
            self.store.finish(tx, self.company, writing.rehearsal).await?;
            Ok(Imported::Yes)
        });
        match written {
            // One of the numbers is another customer's by now.
            Err(error) if error.is_taken() => Ok(Imported::Changed),
            written => written,
        }
    }
}

fn before(put: &Put<Customer>) -> &[PhoneNumber] {
    put.seen.as_ref().map_or(&[], |seen| &seen.phone_numbers)
}

fn of(put: &Put<Customer>) -> BTreeSet<&PhoneNumber> {
    concerned(&put.row, before(put), put.seen.as_ref().is_none_or(|seen| seen.no_call != put.row.no_call))
}
