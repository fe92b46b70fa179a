//! `include`: what belongs to an appointment, in the same answer.

use std::collections::HashMap;

use ringback_domain::ids::{BranchId, CustomerId, ServiceId, StaffId};
use ringback_store::Appointment as Record;

use crate::{
    api::{
        answer::Answer,
        branches::Branch,
        caller::Caller,
        customers::Customer,
        read::{Reading, wrong},
        services::Service,
        staff::Staff,
    },
    app::App,
    errors::Code,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Customer,
    Branch,
    Service,
    Staff,
}

pub(super) fn read(text: &str) -> Reading<Vec<Part>> {
    let part = |part: &str| match part.trim() {
        "customer" => Ok(Part::Customer),
        "branch" => Ok(Part::Branch),
        "service" => Ok(Part::Service),
        "staff" => Ok(Part::Staff),
        _ => wrong(Code::Choice, "must be of: customer, branch, service, staff"),
    };
    text.split(',').map(part).collect()
}

/// What was asked for, by id; `None`: it was not.
#[derive(Default)]
pub(super) struct Included {
    customers: Option<HashMap<CustomerId, Customer>>,
    branches: Option<HashMap<BranchId, Branch>>,
    services: Option<HashMap<ServiceId, Service>>,
    staff: Option<HashMap<StaffId, Staff>>,
}

#[expect(clippy::option_option, reason = "not asked for is left out, none is null")]
impl Included {
    pub(super) async fn load(app: &App, caller: &Caller, wanted: Vec<Part>, appointments: &[Record]) -> Answer<Self> {
        let rows = caller.rows(&app.store);
        let mut included = Self::default();
        for part in wanted {
            match part {
                Part::Customer => {
                    let ids: Vec<CustomerId> = appointments.iter().map(|it| it.customer_id).collect();
                    let found = rows.customers_of(&ids).await?;
                    included.customers = Some(found.into_iter().map(|it| (it.id, it.into())).collect());
                }
                Part::Branch => {
                    let ids: Vec<BranchId> = appointments.iter().filter_map(|it| it.branch_id).collect();
                    let found = rows.branches_of(&ids).await?;
                    included.branches = Some(found.into_iter().map(|it| (it.id, it.into())).collect());
                }
                Part::Service => {
                    let ids: Vec<ServiceId> = appointments.iter().filter_map(|it| it.service_id).collect();
                    let found = rows.services_of(&ids).await?;
                    included.services = Some(found.into_iter().map(|it| (it.id, it.into())).collect());
                }
                Part::Staff => {
                    let ids: Vec<StaffId> = appointments.iter().filter_map(|it| it.staff_id).collect();
                    let found = rows.staff_of(&ids).await?;
                    included.staff = Some(found.into_iter().map(|it| (it.id, it.into())).collect());
                }
            }
        }
        Ok(included)
    }

    pub(super) fn customer_of(&self, it: &Record) -> Option<Option<Customer>> {
        self.customers.as_ref().map(|customers| customers.get(&it.customer_id).cloned())
    }

    pub(super) fn branch_of(&self, it: &Record) -> Option<Option<Branch>> {
        self.branches.as_ref().map(|branches| it.branch_id.and_then(|id| branches.get(&id).cloned()))
    }

    pub(super) fn service_of(&self, it: &Record) -> Option<Option<Service>> {
        self.services.as_ref().map(|services| it.service_id.and_then(|id| services.get(&id).cloned()))
    }

    pub(super) fn staff_of(&self, it: &Record) -> Option<Option<Staff>> {
        self.staff.as_ref().map(|staff| it.staff_id.and_then(|id| staff.get(&id).cloned()))
    }
}
