//! `include`: what belongs to a callback, in the same answer.

use std::collections::HashMap;

use ringback_domain::{
    access::Role,
    ids::{BranchId, CustomerId, ServiceId, StaffId},
    phone_number::PhoneNumber,
};
use ringback_store::CallbackRecord;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        answer::Answer,
        branches::Branch,
        caller::Caller,
        read::{Reading, wrong},
        schema,
        services::Service,
    },
    app::App,
    errors::Code,
};

#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one for each part")]
pub(super) struct Wanted {
    customer: bool,
    branch: bool,
    service: bool,
    staff: bool,
}

pub(super) fn read(text: &str) -> Reading<Wanted> {
    let mut wanted = Wanted::default();
    for part in text.split(',') {
        match part.trim() {
            "customer" => wanted.customer = true,
            "branch" => wanted.branch = true,
            "service" => wanted.service = true,
            "staff" => wanted.staff = true,
            _ => return wrong(Code::Choice, "must be of: customer, branch, service, staff"),
        }
    }
    Ok(wanted)
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct IncludedCustomer {
    #[schema(value_type = Uuid)]
    id: CustomerId,
    name: String,
    #[schema(value_type = Vec<String>)]
    phone_numbers: Vec<PhoneNumber>,
    email: Option<String>,
    language: Option<String>,
    vip: bool,
    no_call: bool,
    notes: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct IncludedStaff {
    #[schema(value_type = Uuid)]
    id: StaffId,
    name: String,
    email: String,
    #[schema(schema_with = schema::role)]
    role: Role,
}

/// What was asked for, by id; `None`: it was not.
#[derive(Default)]
pub(super) struct Included {
    customers: Option<HashMap<CustomerId, IncludedCustomer>>,
    branches: Option<HashMap<BranchId, Branch>>,
    services: Option<HashMap<ServiceId, Service>>,
    staff: Option<HashMap<StaffId, IncludedStaff>>,
}

#[expect(clippy::option_option, reason = "not asked for is left out, nobody is null")]
impl Included {
    pub(super) async fn load(app: &App, caller: &Caller, wanted: Wanted, callbacks: &[CallbackRecord]) -> Answer<Self> {
        let rows = caller.rows(&app.store);
        let mut included = Self::default();
        if wanted.customer {
            let ids: Vec<CustomerId> = callbacks.iter().filter_map(|it| it.customer_id).collect();
            let customers = rows.customers_of(&ids).await?.into_iter().map(|it| {
                let ringback_store::Customer { id, name, email, language, vip, no_call, notes, phone_numbers, .. } = it;
                (id, IncludedCustomer { id, name, phone_numbers, email, language, vip, no_call, notes })
            });
            included.customers = Some(customers.collect());
        }
        if wanted.branch {
            let ids: Vec<BranchId> = callbacks.iter().filter_map(|it| it.branch_id).collect();
            included.branches = Some(rows.branches_of(&ids).await?.into_iter().map(|it| (it.id, it.into())).collect());
        }
        if wanted.service {
            let ids: Vec<ServiceId> = callbacks.iter().filter_map(|it| it.service_id).collect();
            included.services = Some(rows.services_of(&ids).await?.into_iter().map(|it| (it.id, it.into())).collect());
        }
        if wanted.staff {
            let ids: Vec<StaffId> = callbacks.iter().filter_map(|it| it.assigned_to).collect();
            let staff = rows.staff_of(&ids).await?.into_iter();
            let staff = staff.map(|it| (it.id, IncludedStaff { id: it.id, name: it.name, email: it.email, role: it.role }));
            included.staff = Some(staff.collect());
        }
        Ok(included)
    }

    pub(super) fn customer_of(&self, id: Option<CustomerId>) -> Option<Option<IncludedCustomer>> {
        self.customers.as_ref().map(|customers| id.and_then(|id| customers.get(&id).cloned()))
    }

    pub(super) fn branch_of(&self, id: Option<BranchId>) -> Option<Option<Branch>> {
        self.branches.as_ref().map(|branches| id.and_then(|id| branches.get(&id).cloned()))
    }

    pub(super) fn service_of(&self, id: Option<ServiceId>) -> Option<Option<Service>> {
        self.services.as_ref().map(|services| id.and_then(|id| services.get(&id).cloned()))
    }

    pub(super) fn staff_of(&self, id: Option<StaffId>) -> Option<Option<IncludedStaff>> {
        self.staff.as_ref().map(|staff| id.and_then(|id| staff.get(&id).cloned()))
    }
}
