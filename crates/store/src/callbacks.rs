//! Callbacks as their company reads them: lists with filters, one with everything, its timeline.

mod narrow;
mod overdue;
mod tabs;
pub(crate) mod words;

use jiff::{Timestamp, tz::TimeZone};
use ringback_domain::{
    callback::{Due, EscalationKind, EscalationReason, Language, Priority, ReturnBy, Source, Status, Why},
    ids::{BranchId, CallId, CallbackId, CustomerId, PhoneId, ServiceId, StaffId},
    phone_number::PhoneNumber,
};

use crate::{
    db::{Result, Value, from_record, params},
    listing::{Listing, Mark, Order, Slice, Window},
    memory::Asked,
    outbox::Event,
    tenant::TenantStore,
};

#[derive(Debug, Clone)]
pub struct CallbackRecord {
    pub id: CallbackId,
    pub number: PhoneNumber,
    pub customer_name: String,
    pub customer_id: Option<CustomerId>,
    pub status: Status,
    pub priority: Priority,
    pub priority_reason: String,
    pub source: Source,
    pub phone_id: Option<PhoneId>,
    pub branch_id: Option<BranchId>,
    pub service_id: Option<ServiceId>,
    /// Whom the customer would like to be called by.
    pub staff_id: Option<StaffId>,
    pub assigned_to: Option<StaffId>,
    pub assigned_at: Option<Timestamp>,
    pub assignment_reason: Option<String>,
    pub topic: Option<String>,
    pub language: Option<String>,
    /// JSON, as it was written.
    pub preferred_time_window: Option<String>,
    pub not_before: Option<Timestamp>,
    pub return_by: ReturnBy,
    /// JSON of a due time with its reason.
    pub due_because: String,
    /// The clocks of its branch, else of the company, and the company's language: in these its due time is told.
    pub time_zone: String,
    pub locale: String,
    pub escalations_count: u32,
    pub staff_attempts: u32,
    /// A person is calling until then.
    pub claimed_until: Option<Timestamp>,
    pub claimed_by: Option<StaffId>,
    pub acts_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
    pub notes: Option<String>,
    pub metadata: serde_json::Value,
    pub due_at: Timestamp,
    pub merged_count: u32,
    /// Dials of all its attempts.
    pub attempts: u32,
    /// The call that it came from.
    pub call_id: Option<CallId>,
    pub contacted_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub closed_because: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
from_record!(CallbackRecord {
    id,
    number,
    customer_name,
    customer_id,
    status,
    priority,
    priority_reason,
    source,
    phone_id,
    branch_id,
    service_id,
    staff_id,
    assigned_to,
    assigned_at,
    assignment_reason,
    topic,
    language,
    preferred_time_window,
    not_before,
    return_by,
    due_because,
    time_zone,
    locale,
    escalations_count,
    staff_attempts,
    claimed_until,
    claimed_by,
    acts_at,
    deleted_at,
    notes,
    metadata: json,
    due_at,
    merged_count,
    attempts,
    call_id,
    contacted_at,
    completed_at,
    closed_because,
    created_at,
    updated_at,
});

impl CallbackRecord {
    /// How the due time came about, in words. `None` where nobody wrote it down.
    pub fn due_explanation(&self) -> Option<String> {
        let due: Due = serde_json::from_str(&self.due_because).ok()?;
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        Some(due.tell(Language::of_locale(&self.locale), &zone))
    }

    /// Somebody is to be called from then on, and not yet: by his own wish, or because it was snoozed.
    pub fn not_before_now(&self, now: Timestamp) -> Option<Timestamp> {
        let due: Due = serde_json::from_str(&self.due_because).ok()?;
        let from = match due.why {
            Why::Wished { from } => Some(from),
            why => why.start().map(|start| start.at),
        };
        from.filter(|at| *at > now)
    }

    /// The promise stands and its time is over.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        (self.status.is_open() || self.status == Status::Expired) && self.due_at < now
    }
}

const COLUMNS: &str = "b.id, b.number, b.customer_name, b.customer_id, b.status, b.priority, b.priority_reason, b.source, b.phone_id,
    b.branch_id, b.service_id, b.staff_id, b.assigned_to, b.assigned_at, b.assignment_reason, b.topic, b.language,
    b.preferred_time_window, b.not_before, b.return_by, b.due_because, b.escalations_count, b.staff_attempts, b.claimed_until, b.claimed_by,
    b.acts_at, b.deleted_at, b.notes, b.metadata, b.due_at, b.merged_count, b.contacted_at, b.completed_at, b.closed_because, b.created_at, b.updated_at,
    coalesce((select r.time_zone from branches r where r.id = b.branch_id), (select c.time_zone from companies c where c.id = b.company_id))
        as time_zone,
    (select c.locale from companies c where c.id = b.company_id) as locale,
    (select cast(coalesce(sum(a.dials), 0) as bigint) from attempts a where a.callback_id = b.id) as attempts,
    coalesce(b.call_id, (select k.id from calls k where k.callback_id = b.id and k.direction = 'inbound' order by k.id limit 1)) as call_id";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    To(StaffId),
    Nobody,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Mine(Option<StaffId>),
    Unassigned,
    /// Created between these instants: the company's own today.
    Today {
        from: Timestamp,
        until: Timestamp,
    },
    Critical,
    All,
    Overdue,
    Completed,
}

/// In which order; descending when `true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackSort {
    Created(bool),
    Due(bool),
    Priority(bool),
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct CallbackFilter {
    pub status: Vec<Status>,
    pub priority: Vec<Priority>,
    pub source: Vec<Source>,
    pub assigned: Option<Assigned>,
    pub branch: Option<BranchId>,
    pub service: Option<ServiceId>,
    /// The deleted ones instead of the others.
    pub trashed: bool,
    pub overdue: Option<bool>,
    pub created_from: Option<Timestamp>,
    pub created_to: Option<Timestamp>,
    pub tab: Option<Tab>,
    /// Words of a name by prefix, numbers by their first or last digits.
    pub search: Option<String>,
    /// In which national numbers are read.
    pub country: String,
}

#[derive(Debug, Clone)]
pub struct EscalationRecord {
    pub reason: EscalationReason,
    pub kind: EscalationKind,
    pub details: Option<String>,
    pub from_staff: Option<StaffId>,
    pub to_staff: Option<StaffId>,
    pub created_at: Timestamp,
}
from_record!(EscalationRecord { reason, kind, details, from_staff, to_staff, created_at });

/// One request of those that a callback answers.
#[derive(Debug, Clone)]
pub struct RequestRecord {
    pub id: uuid::Uuid,
    pub source: Source,
    pub asked: serde_json::Value,
    pub created_at: Timestamp,
}
from_record!(RequestRecord { id, source, asked: json, created_at });

/// As in the index `callbacks_by_rank`.
const PRIORITY_RANK: &str = "(case b.priority when 'urgent' then 0 when 'high' then 1 else 2 end)";
fn rank(priority: Priority) -> i64 {
    match priority {
        Priority::Urgent => 0,
        Priority::High => 1,
        Priority::Normal => 2,
    }
}

impl CallbackSort {
    /// In a list with a single priority all are equal in it.
    fn order(self, filter: &CallbackFilter) -> Order {
        let (key, descending) = match self {
            Self::Priority(descending) if filter.priority.len() == 1 => (None, descending),
            // Ids rise with the time they were made: the index of ids is the order.
            Self::Created(descending) => (None, descending),
            Self::Due(descending) => (Some("b.due_at"), descending),
            Self::Priority(descending) => (Some(PRIORITY_RANK), descending),
        };
        Order { key, id: "b.id", descending }
    }

    fn mark(self, it: &CallbackRecord) -> Mark {
        let key = match self {
            Self::Created(_) => 0,
            Self::Due(_) => it.due_at.as_millisecond(),
            Self::Priority(_) => rank(it.priority),
        };
        Mark { key, id: it.id.0 }
    }
}

impl TenantStore<'_> {
    pub async fn callbacks(
        &self,
        filter: &CallbackFilter,
        sort: CallbackSort,
        window: Window,
        now: Timestamp,
    ) -> Result<Slice<CallbackRecord>> {
        let mut listing = self.listing(COLUMNS, params![now], filter.trashed, now);
        let way = overdue::Way::to(filter, sort, window, self, now).await?;
        narrow::narrow(&mut listing, self, filter, way, now).await?;
        listing.slice(&self.store.db, &sort.order(filter), window, |it: &CallbackRecord| sort.mark(it)).await
    }

    /// Those that are seen, of the deleted ones or of the others; `$1` of `params` is the instant that is asked about.
    fn listing(&self, columns: &'static str, params: Vec<Value>, trashed: bool, now: Timestamp) -> Listing {
        let asked = Asked { company: self.company, now, by_clock: false };
        let mut listing = Listing::with(columns, "callbacks b", params).remembered(&self.store.memory, asked);
        listing.only("b.company_id = ?", params![self.company]);
        listing.only(if trashed { "b.deleted_at is not null" } else { "b.deleted_at is null" }, params![]);
        let mut listing = listing.implied();
        listing.only_seen(self.sight, "b.branch_id", Some("b.assigned_to"));
        listing
    }

    pub async fn callback(&self, id: CallbackId) -> Result<Option<CallbackRecord>> {
        let mut listing = Listing::new(COLUMNS, "callbacks b");
        listing.only("b.company_id = ? and b.id = ? and b.deleted_at is null", params![self.company, id]);
        listing.only_seen(self.sight, "b.branch_id", Some("b.assigned_to"));
        Ok(listing.all(&self.store.db, "b.id").await?.pop())
    }

    /// How often it was handed up, oldest first.
    pub async fn escalations(&self, id: CallbackId) -> Result<Vec<EscalationRecord>> {
        const SQL: &str = "select reason, kind, details, from_staff, to_staff, created_at from escalations
            where callback_id = $1 and company_id = $2 order by id";
        self.store.db.all(SQL, params![id, self.company]).await
    }

    /// The requests that it answers, oldest first.
    pub async fn requests(&self, id: CallbackId) -> Result<Vec<RequestRecord>> {
        const SQL: &str = "select id, source, asked, created_at from requests where callback_id = $1 and company_id = $2 order by id";
        self.store.db.all(SQL, params![id, self.company]).await
    }

    /// Everything that happened to it, oldest first.
    pub async fn timeline(&self, id: CallbackId, window: Window) -> Result<Slice<Event>> {
        const EVENT: &str = "e.id, e.company_id, e.type as kind, e.actor, e.callback_id, e.phone_id, e.data, e.occurred_at";
        let mut listing = Listing::new(EVENT, "events e");
        listing.only("e.company_id = ? and e.callback_id = ?", params![self.company, id]);
        let order = Order { key: None, id: "e.id", descending: false };
        listing.slice(&self.store.db, &order, window, |it: &Event| Mark { key: 0, id: it.id.0 }).await
    }
}
