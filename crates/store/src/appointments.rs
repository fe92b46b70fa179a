//! Appointments: what customers have with branches. Whoever books has got through, so nobody owes him a call any more.

mod booking;

use jiff::{Timestamp, Zoned, tz::TimeZone};
use ringback_domain::{
    appointment::Status,
    ids::{AppointmentId, BranchId, CallbackId, CustomerId, ServiceId, StaffId},
    time::plus_seconds,
};

use crate::{
    db::{Result, Tx, Value, from_record, params},
    listing::{Listing, Mark, Order, Slice, Window},
    tenant::TenantStore,
};

pub use booking::AppointmentSaved;

#[derive(Debug, Clone)]
pub struct Appointment {
    pub id: AppointmentId,
    pub customer_id: CustomerId,
    pub branch_id: Option<BranchId>,
    pub staff_id: Option<StaffId>,
    pub service_id: Option<ServiceId>,
    pub status: Status,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// The callback from which it was made.
    pub callback_id: Option<CallbackId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
from_record!(Appointment {
    id,
    customer_id,
    branch_id,
    staff_id,
    service_id,
    status,
    starts_at,
    ends_at,
    callback_id,
    created_at,
    updated_at,
});

/// Which appointments are asked for; `None` and empty: all.
#[derive(Debug, Clone, Default)]
pub struct AppointmentFilter {
    pub customer: Option<CustomerId>,
    pub branch: Option<BranchId>,
    pub staff: Option<StaffId>,
    pub service: Option<ServiceId>,
    pub callback: Option<CallbackId>,
    pub status: Vec<Status>,
    /// Begin then or later.
    pub from: Option<Timestamp>,
    /// Begin then or earlier.
    pub to: Option<Timestamp>,
}

/// In which order; descending when `true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppointmentSort {
    Created(bool),
    Starts(bool),
}

/// What of a customer's appointments the priority of a callback goes by (decision 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Cancelled ones that begin within the last three months or later.
    pub cancelled: u32,
    /// The next one, within 24 hours.
    pub next_at: Option<Timestamp>,
}
from_record!(Standing { cancelled, next_at });

const COLUMNS: &str = "t.id, t.customer_id, t.branch_id, t.staff_id, t.service_id, t.status, t.starts_at, t.ends_at, t.callback_id,
    t.created_at, t.updated_at";

const DAY: i64 = 24 * 60 * 60;

fn three_months_before(now: Timestamp) -> Timestamp {
    let local: Zoned = now.to_zoned(TimeZone::UTC);
    local.checked_sub(jiff::Span::new().months(3)).map_or(Timestamp::MIN, |then| then.timestamp())
}

impl AppointmentSort {
    fn order(self) -> Order {
        match self {
            Self::Created(descending) => Order { key: None, id: "t.id", descending },
            Self::Starts(descending) => Order { key: Some("t.starts_at"), id: "t.id", descending },
        }
    }

    fn mark(self, it: &Appointment) -> Mark {
        let key = match self {
            Self::Created(_) => 0,
            Self::Starts(_) => it.starts_at.as_millisecond(),
        };
        Mark { key, id: it.id.0 }
    }
}

impl TenantStore<'_> {
    fn appointment_listing(&self) -> Listing {
        let mut listing = Listing::new(COLUMNS, "appointments t");
        listing.only("t.company_id = ? and t.deleted_at is null", params![self.company]);
        listing.only_seen(self.sight, "t.branch_id", Some("t.staff_id"));
        listing
    }

    pub async fn appointments(&self, filter: &AppointmentFilter, sort: AppointmentSort, window: Window) -> Result<Slice<Appointment>> {
        let mut listing = self.appointment_listing();
        let ids: [(&str, Option<Value>); 5] = [
            ("t.customer_id = ?", filter.customer.map(Value::from)),
            ("t.branch_id = ?", filter.branch.map(Value::from)),
            ("t.staff_id = ?", filter.staff.map(Value::from)),
            ("t.service_id = ?", filter.service.map(Value::from)),
            ("t.callback_id = ?", filter.callback.map(Value::from)),
        ];
        for (condition, id) in ids {
            if let Some(id) = id {
                listing.only(condition, vec![id]);
            }
        }
        if !filter.status.is_empty() {
            listing.only_in("t.status", filter.status.iter().map(|status| status.as_str().into()));
        }
        if let Some(from) = filter.from {
            listing.only("t.starts_at >= ?", params![from]);
        }
        if let Some(to) = filter.to {
            listing.only("t.starts_at <= ?", params![to]);
        }
        listing.slice(&self.store.db, &sort.order(), window, |it: &Appointment| sort.mark(it)).await
    }

    pub async fn appointment(&self, id: AppointmentId) -> Result<Option<Appointment>> {
        let mut listing = self.appointment_listing();
        listing.only("t.id = ?", params![id]);
        Ok(listing.all(&self.store.db, "t.id").await?.pop())
    }

    /// Both by the index of the customer's appointments.
    pub async fn standing_of(&self, tx: &mut Tx, customer: CustomerId, now: Timestamp) -> Result<Standing> {
        const SQL: &str = "select
                (select count(*) from appointments t where t.customer_id = $1 and t.starts_at >= $2 and t.deleted_at is null
                    and t.company_id = $5 and t.status = 'cancelled') as cancelled,
                (select min(t.starts_at) from appointments t where t.customer_id = $1 and t.starts_at >= $3 and t.starts_at <= $4
                    and t.deleted_at is null and t.company_id = $5 and t.status = 'booked') as next_at";
        tx.one(SQL, params![customer, three_months_before(now), now, plus_seconds(now, DAY), self.company]).await
    }
}
