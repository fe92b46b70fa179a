//! Making, changing and deleting appointments, and what a booking means for callbacks.

use std::collections::BTreeSet;

use jiff::Timestamp;
use ringback_domain::{
    appointment::Status,
    attempt::CalledOff,
    callback::{self, IllegalMove, Move},
    ids::{AppointmentId, CallbackId, CustomerId},
    phone_number::PhoneNumber,
};

use super::Appointment;
use crate::{
    db::{Result, Tx, params},
    person::{self, Reached},
    store::retrying,
    tenant::TenantStore,
};

/// What came of making or changing an appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppointmentSaved {
    Yes,
    /// Somebody else changed it since it was seen.
    Changed,
    /// Its callback can no longer be completed.
    Illegal(IllegalMove),
    /// Its callback has another appointment.
    Linked(AppointmentId),
}

/// What a saved appointment means for callbacks.
struct Booking<'a> {
    appointment: &'a Appointment,
    /// The callback that it completes.
    completes: Option<CallbackId>,
    /// The customer got through.
    books: bool,
}

impl<'a> Booking<'a> {
    fn of(appointment: &'a Appointment, seen: Option<&Appointment>) -> Self {
        let (now, stands) = (appointment.updated_at, appointment.status != Status::Cancelled);
        let was = |same: fn(&Appointment, &Appointment) -> bool| seen.is_some_and(|seen| same(seen, appointment));
        let to_come = appointment.status == Status::Booked && appointment.ends_at > now;
        let known = was(|seen, now| seen.status == Status::Booked && seen.customer_id == now.customer_id);
        let same_callback = was(|seen, now| seen.callback_id == now.callback_id && seen.status != Status::Cancelled);
        Self {
            appointment,
            completes: appointment.callback_id.filter(|_| stands && !same_callback),
            // One that is written down afterwards tells nothing of who still waits for a call.
            books: to_come && !known,
        }
    }
}

impl TenantStore<'_> {
    /// What it speaks of must be the company's own.
    pub async fn add_appointment(&self, appointment: &Appointment, actor: &str) -> Result<AppointmentSaved> {
        retrying!({
            const SQL: &str = "insert into appointments (id, company_id, customer_id, branch_id, staff_id, service_id, status, starts_at,
                    ends_at, callback_id, created_at, updated_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
            let mut tx = self.store.db.begin().await?;
            if let Some(refused) = self.booked(&mut tx, &Booking::of(appointment, None), actor).await? {
                return Ok(refused);
            }
            let params = params![
                appointment.id,
                self.company,
                appointment.customer_id,
                appointment.branch_id,
                appointment.staff_id,
                appointment.service_id,
                appointment.status.as_str(),
                appointment.starts_at,
                appointment.ends_at,
                appointment.callback_id,
                appointment.created_at,
                appointment.updated_at,
            ];
            tx.execute(SQL, params).await?;
            self.store.commit(tx, self.company).await?;
            Ok(AppointmentSaved::Yes)
        })
    }

    /// Writes an appointment that was `seen` like this, unless somebody else wrote it since.
    pub async fn save_appointment(&self, appointment: &Appointment, seen: &Appointment, actor: &str) -> Result<AppointmentSaved> {
        retrying!({
            const SQL: &str = "update appointments set customer_id = $4, branch_id = $5, staff_id = $6, service_id = $7, status = $8,
                    starts_at = $9, ends_at = $10, callback_id = $11, updated_at = $12
                where company_id = $1 and id = $2 and updated_at = $3 and deleted_at is null";
            let mut tx = self.store.db.begin().await?;
            if let Some(refused) = self.booked(&mut tx, &Booking::of(appointment, Some(seen)), actor).await? {
                return Ok(refused);
            }
            let params = params![
                self.company,
                appointment.id,
                seen.updated_at,
                appointment.customer_id,
                appointment.branch_id,
                appointment.staff_id,
                appointment.service_id,
                appointment.status.as_str(),
                appointment.starts_at,
                appointment.ends_at,
                appointment.callback_id,
                appointment.updated_at,
            ];
            if tx.execute(SQL, params).await? == 0 {
                return Ok(AppointmentSaved::Changed);
            }
            self.store.commit(tx, self.company).await?;
            Ok(AppointmentSaved::Yes)
        })
    }

    /// As if it had never been made; the callbacks that it closed stay closed. `false`: there is none.
    pub async fn delete_appointment(&self, id: AppointmentId, now: Timestamp) -> Result<bool> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            const SQL: &str =
                "update appointments set deleted_at = $3, updated_at = $3 where company_id = $1 and id = $2 and deleted_at is null";
            let deleted = tx.execute(SQL, params![self.company, id, now]).await? == 1;
            self.store.commit(tx, self.company).await?;
            Ok(deleted)
        })
    }

    /// Closes the open callbacks of whoever booked, visibly: those of the customer's numbers, and the one that the
    /// appointment was made from. `Some`: that one refuses, and nothing may be written.
    async fn booked(&self, tx: &mut Tx, booking: &Booking<'_>, actor: &str) -> Result<Option<AppointmentSaved>> {
        let (customer, now) = (booking.appointment.customer_id, booking.appointment.updated_at);
        let mut numbers = BTreeSet::new();
        if booking.books {
            numbers.extend(self.numbers_of(tx, customer).await?);
        }
        if let Some(callback) = booking.completes {
            const NUMBER: &str = "select number from callbacks where company_id = $1 and id = $2";
            numbers.insert(tx.one::<(PhoneNumber,)>(NUMBER, params![self.company, callback]).await?.0);
        }
        // All locks before any callback, and in one order everywhere.
        for number in &numbers {
            person::lock(tx, self.company, number).await?;
        }
        if let Some(callback) = booking.completes {
            if let Some(refused) = self.refused_booking(tx, callback, booking.appointment).await? {
                return Ok(Some(refused));
            }
            const LINK: &str = "update callbacks set customer_id = coalesce(customer_id, $3) where company_id = $1 and id = $2";
            tx.execute(LINK, params![self.company, callback, customer]).await?;
        }
        for number in &numbers {
            let whom = Reached { company: self.company, phone: None, number, since: now, because: CalledOff::Booked, actor };
            self.store.reached(tx, whom, now).await?;
        }
        Ok(None)
    }

    async fn numbers_of(&self, tx: &mut Tx, customer: CustomerId) -> Result<Vec<PhoneNumber>> {
        const NUMBERS: &str = "select number from customer_numbers where customer_id = $1 and company_id = $2";
        Ok(tx.all::<(PhoneNumber,)>(NUMBERS, params![customer, self.company]).await?.into_iter().map(|(number,)| number).collect())
    }

    /// A callback that is open, or has expired, is completed; one that is completed keeps being so; it has one appointment.
    async fn refused_booking(&self, tx: &mut Tx, callback: CallbackId, appointment: &Appointment) -> Result<Option<AppointmentSaved>> {
        const STATUS: &str = "select status from callbacks where id = $1";
        let (status,) = tx.one::<(callback::Status,)>(STATUS, params![callback]).await?;
        const LINKED: &str =
            "select id from appointments where callback_id = $1 and id <> $2 and status <> 'cancelled' and deleted_at is null limit 1";
        if let Some((other,)) = tx.optional::<(AppointmentId,)>(LINKED, params![callback, appointment.id]).await? {
            return Ok(Some(AppointmentSaved::Linked(other)));
        }
        if status.is_unkept() || status == callback::Status::Completed {
            return Ok(None);
        }
        Ok(status.after(Move::Complete).err().map(AppointmentSaved::Illegal))
    }
}
