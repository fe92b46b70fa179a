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
            const SQL: &str = "insert into customers (id, company_id, name, email, language, vip, no_call, notes, created_at, updated_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
            let params = params![
                customer.id,
                self.company,
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
            renumber(&mut tx, self.company, customer, &[], true).await?;
            self.store.commit(tx, self.company).await
        })
    }

    /// Writes a customer who was `seen` like this, unless somebody else wrote him since.
    pub async fn save_customer(&self, customer: &Customer, seen: &Customer) -> Result<CustomerSaved> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const SQL: &str =
                "update customers set name = $4, email = $5, language = $6, vip = $7, no_call = $8, notes = $9, updated_at = $10
                where company_id = $1 and id = $2 and updated_at = $3 and deleted_at is null";
            let params = params![
                self.company,
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
            if tx.execute(SQL, params).await? == 0 {
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
                person::hold(&mut tx, self.company, &number).await?;
                const UNLINK: &str = "update callbacks set customer_id = null, updated_at = $4
                    where company_id = $1 and number = $2 and customer_id = $3 and status in ('pending', 'assigned', 'contacted')
                      and deleted_at is null";
                tx.execute(UNLINK, params![self.company, &number, id, now]).await?;
                person::look_again(&mut tx, self.company, &number).await?;
            }
            self.store.commit(tx, self.company).await?;
            Ok(Removed::Yes)
        })
    }
}

/// Writes the customer's numbers in the place of those `before`, under the lock of each person whose promises this concerns.
async fn renumber(tx: &mut Tx, company: CompanyId, customer: &Customer, before: &[PhoneNumber], rings_otherwise: bool) -> Result<()> {
    let after = &customer.phone_numbers;
    // In one order everywhere, so that nobody waits for anybody who waits for him.
    let all: BTreeSet<&PhoneNumber> = before.iter().chain(after).collect();
    let kept = |number: &PhoneNumber| before.contains(number) && after.contains(number);
    let concerned: Vec<&PhoneNumber> = all.into_iter().filter(|number| rings_otherwise || !kept(number)).collect();
    for number in &concerned {
        person::hold(tx, company, number).await?;
    }
    if before != after {
        tx.execute("delete from customer_numbers where customer_id = $1", params![customer.id]).await?;
        for (place, number) in (0_u32..).zip(after) {
            const SQL: &str = "insert into customer_numbers (company_id, number, customer_id, place) values ($1, $2, $3, $4)";
            tx.execute(SQL, params![company, number, customer.id, place]).await?;
        }
    }
    for number in concerned {
        const LINK: &str = "update callbacks set customer_id = $3, updated_at = $4
            where company_id = $1 and number = $2 and customer_id is null and status in ('pending', 'assigned', 'contacted')
              and deleted_at is null";
        const UNLINK: &str = "update callbacks set customer_id = null, updated_at = $4
            where company_id = $1 and number = $2 and customer_id = $3 and status in ('pending', 'assigned', 'contacted')
              and deleted_at is null";
        let sql = if after.contains(number) { LINK } else { UNLINK };
        tx.execute(sql, params![company, number, customer.id, customer.updated_at]).await?;
        person::look_again(tx, company, number).await?;
    }
    Ok(())
}
