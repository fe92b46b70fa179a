//! Appointments: what customers have with branches. Whoever books has got through, so nobody owes him a call any more.

mod booking;

use jiff::Timestamp;
use ringback_domain::{
    appointment::Status,
    ids::{AppointmentId, BranchId, CallbackId, CustomerId, ServiceId, StaffId},
};

use crate::{
    db::{Result, Value, from_record, params},
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

const COLUMNS: &str = "t.id, t.customer_id, t.branch_id, t.staff_id, t.service_id, t.status, t.starts_at, t.ends_at, t.callback_id,
    t.created_at, t.updated_at";

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
}
