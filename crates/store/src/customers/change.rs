//! Making and changing customers. A number belongs to one of them; his open callbacks know him as soon as he is known, and
//! whoever must not be rung is not, from that moment on.

use std::collections::BTreeSet;

use jiff::Timestamp;
use ringback_domain::{
    ids::{CompanyId, CustomerId},
    phone_number::PhoneNumber,
};

use super::Customer;
use crate::{
    db::{Result, Tx, params},
    person,
    removal::{Dependents, Removed},
    store::retrying,
    tenant::TenantStore,
};

/// What came of making or changing a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerSaved {
    Yes,
    /// Somebody else changed him since he was seen.
    Changed,
    /// One of the numbers is another customer's.
    NumberTaken,
}

const DEPENDENTS: Dependents<1> = Dependents {
    sql: "select cast(0 as bigint), count(*) from appointments where customer_id = $2 and company_id = $1 and deleted_at is null
        and status = 'booked' and ends_at > $3",
    names: [("booked appointment", "booked appointments")],
};

impl TenantStore<'_> {
    /// Somebody with one number, of whom nothing else is known. A number that another customer has is
    /// [`Error::is_taken`](crate::db::Error::is_taken).
    pub async fn add_customer(&self, id: CustomerId, name: &str, number: &PhoneNumber, vip: bool, now: Timestamp) -> Result<()> {
        let customer = Customer {
            id,
            name: name.to_owned(),
            email: None,
            language: None,
            vip,
            no_call: false,
            notes: None,
            phone_numbers: vec![number.clone()],
            created_at: now,
            updated_at: now,
        };
        self.insert_customer(&customer).await
    }

    pub async fn create_customer(&self, customer: &Customer) -> Result<CustomerSaved> {
        match self.insert_customer(customer).await {
            Ok(()) => Ok(CustomerSaved::Yes),
            Err(error) if error.is_taken() => Ok(CustomerSaved::NumberTaken),
            Err(error) => Err(error),
        }
    }

    async fn insert_customer(&self, customer: &Customer) -> Result<()> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            insert(&mut tx, self.company, customer).await?;
            renumber(&mut tx, self.company, customer, &[], true).await?;
            self.store.commit(tx, self.company).await
        })
    }

    /// Writes a customer who was `seen` like this, unless somebody else wrote him since.
    pub async fn save_customer(&self, customer: &Customer, seen: &Customer) -> Result<CustomerSaved> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            if !update(&mut tx, self.company, customer, seen).await? {
                return Ok(CustomerSaved::Changed);
            }
            let rings_otherwise = customer.no_call != seen.no_call;
            match renumber(&mut tx, self.company, customer, &seen.phone_numbers, rings_otherwise).await {
                Ok(()) => {}
                Err(error) if error.is_taken() => return Ok(CustomerSaved::NumberTaken),
                Err(error) => return Err(error),
            }
            self.store.commit(tx, self.company).await?;
            Ok(CustomerSaved::Yes)
        })
    }

    /// A customer with appointments to come stays. His callbacks are kept all the same, and his numbers are free.
    pub async fn delete_customer(&self, id: CustomerId, now: Timestamp) -> Result<Removed> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const SQL: &str =
                "update customers set deleted_at = $3, updated_at = $3 where company_id = $1 and id = $2 and deleted_at is null";
            if tx.execute(SQL, params![self.company, id, now]).await? == 0 {
                return Ok(Removed::Unknown);
            }
            if let Some(told) = DEPENDENTS.of(&mut tx, params![self.company, id, now]).await? {
                return Ok(Removed::InUse(told));
            }
            const NUMBERS: &str = "select number from customer_numbers where customer_id = $1
                union select number from callbacks where customer_id = $1 and status in ('pending', 'assigned', 'contacted')
                order by number";
            let numbers: Vec<(PhoneNumber,)> = tx.all(NUMBERS, params![id]).await?;
            tx.execute("delete from customer_numbers where customer_id = $1", params![id]).await?;
            for (number,) in numbers {
                person::lock(&mut tx, self.company, &number).await?;
                const UNLINK: &str = "update callbacks set customer_id = null, updated_at = $4
                    where company_id = $1 and number = $2 and customer_id = $3 and status in ('pending', 'assigned', 'contacted')
                      and deleted_at is null";
                tx.execute(UNLINK, params![self.company, &number, id, now]).await?;
                person::look_again_at_all(&mut tx, self.company, &number, now).await?;
            }
            self.store.commit(tx, self.company).await?;
            Ok(Removed::Yes)
        })
    }
}

pub(super) async fn insert(tx: &mut Tx, company: CompanyId, customer: &Customer) -> Result<()> {
    const SQL: &str = "insert into customers (id, company_id, name, email, language, vip, no_call, notes, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let params = params![
        customer.id,
        company,
        &customer.name,
        customer.email.clone(),
        customer.language.clone(),
        customer.vip,
        customer.no_call,
        customer.notes.clone(),
        customer.created_at,
        customer.updated_at,
    ];
    tx.execute(SQL, params).await?;
    Ok(())
}

/// Whether he was still as he was seen.
pub(super) async fn update(tx: &mut Tx, company: CompanyId, customer: &Customer, seen: &Customer) -> Result<bool> {
    const SQL: &str = "update customers set name = $4, email = $5, language = $6, vip = $7, no_call = $8, notes = $9, updated_at = $10
        where company_id = $1 and id = $2 and updated_at = $3 and deleted_at is null";
    let params = params![
        company,
        customer.id,
        seen.updated_at,
        &customer.name,
        customer.email.clone(),
        customer.language.clone(),
        customer.vip,
        customer.no_call,
        customer.notes.clone(),
        customer.updated_at,
    ];
    Ok(tx.execute(SQL, params).await? > 0)
}

/// Writes the customer's numbers in the place of those `before`, under the lock of each person whose promises this concerns.
async fn renumber(tx: &mut Tx, company: CompanyId, customer: &Customer, before: &[PhoneNumber], rings_otherwise: bool) -> Result<()> {
    let concerned = concerned(customer, before, rings_otherwise);
    person::lock_all(tx, company, &concerned).await?;
    write_numbers(tx, company, customer, before, &concerned).await
}

/// Whose promises it concerns that the customer has these numbers instead of those `before`.
pub(super) fn concerned<'a>(customer: &'a Customer, before: &'a [PhoneNumber], rings_otherwise: bool) -> BTreeSet<&'a PhoneNumber> {
    let after = &customer.phone_numbers;
    let kept = |number: &PhoneNumber| before.contains(number) && after.contains(number);
    before.iter().chain(after).filter(|number| rings_otherwise || !kept(number)).collect()
}

/// Under the locks of the persons concerned.
pub(super) async fn write_numbers(
    tx: &mut Tx,
    company: CompanyId,
    customer: &Customer,
    before: &[PhoneNumber],
    concerned: &BTreeSet<&PhoneNumber>,
) -> Result<()> {
    let after = &customer.phone_numbers;
    if before != after {
        if !before.is_empty() {
            tx.execute("delete from customer_numbers where customer_id = $1", params![customer.id]).await?;
        }
        for (place, number) in (0_u32..).zip(after) {
            const SQL: &str = "insert into customer_numbers (company_id, number, customer_id, place) values ($1, $2, $3, $4)";
            tx.execute(SQL, params![company, number, customer.id, place]).await?;
        }
    }
    for number in concerned.iter().copied() {
        const LINK: &str = "update callbacks set customer_id = $3, updated_at = $4
            where company_id = $1 and number = $2 and customer_id is null and status in ('pending', 'assigned', 'contacted')
              and deleted_at is null";
        const UNLINK: &str = "update callbacks set customer_id = null, updated_at = $4
            where company_id = $1 and number = $2 and customer_id = $3 and status in ('pending', 'assigned', 'contacted')
              and deleted_at is null";
        let sql = if after.contains(number) { LINK } else { UNLINK };
        tx.execute(sql, params![company, number, customer.id, customer.updated_at]).await?;
        person::look_again_at_all(tx, company, number, customer.updated_at).await?;
    }
    Ok(())
}
