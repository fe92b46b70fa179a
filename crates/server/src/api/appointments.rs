//! Appointments: what customers have with branches.

mod change;
mod include;

use axum::{Json, extract::State, http::StatusCode};
use jiff::Timestamp;
use ringback_domain::{
    appointment::Status,
    ids::{AppointmentId, BranchId, CallbackId, CustomerId, ServiceId, StaffId},
};
use ringback_store::{Appointment as Record, AppointmentFilter, AppointmentSort};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema, openapi::schema::Object};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    answer::{Answer, List, One, list, one},
    branches::Branch,
    caller::{May, Read, Write},
    customers::Customer,
    params::{Id, NoParams, Params},
    read::{self, Reading, wrong},
    schema::{self, PageParams},
    services::Service,
    staff::Staff,
};
use crate::{
    app::App,
    errors::{ApiError, Code},
};
use include::Included;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(index, change::create)).routes(routes!(show, change::change, remove))
}

/// What a customer has with a branch.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::option_option, reason = "not asked for is left out, none is null")]
struct Appointment {
    #[schema(value_type = Uuid)]
    id: AppointmentId,
    #[schema(value_type = Uuid)]
    customer_id: CustomerId,
    #[schema(value_type = Option<Uuid>)]
    branch_id: Option<BranchId>,
    #[schema(value_type = Option<Uuid>)]
    staff_id: Option<StaffId>,
    #[schema(value_type = Option<Uuid>)]
    service_id: Option<ServiceId>,
    #[schema(schema_with = schema::appointment_status)]
    status: Status,
    starts_at: Timestamp,
    ends_at: Timestamp,
    /// The callback that it was made from, and completed.
    #[schema(value_type = Option<Uuid>)]
    callback_id: Option<CallbackId>,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// With `include=customer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Option<Customer>>,
    /// With `include=branch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<Option<Branch>>,
    /// With `include=service`.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<Option<Service>>,
    /// With `include=staff`.
    #[serde(skip_serializing_if = "Option::is_none")]
    staff: Option<Option<Staff>>,
}

impl Appointment {
    fn of(it: &Record, included: &Included) -> Self {
        Self {
            id: it.id,
            customer_id: it.customer_id,
            branch_id: it.branch_id,
            staff_id: it.staff_id,
            service_id: it.service_id,
            status: it.status,
            starts_at: it.starts_at,
            ends_at: it.ends_at,
            callback_id: it.callback_id,
            created_at: it.created_at,
            updated_at: it.updated_at,
            customer: included.customer_of(it),
            branch: included.branch_of(it),
            service: included.service_of(it),
            staff: included.staff_of(it),
        }
    }
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `index` reads")]
struct AppointmentParams {
    #[param(value_type = Option<Uuid>)]
    customer_id: Option<CustomerId>,
    #[param(value_type = Option<Uuid>)]
    branch_id: Option<BranchId>,
    #[param(value_type = Option<Uuid>)]
    staff_id: Option<StaffId>,
    #[param(value_type = Option<Uuid>)]
    service_id: Option<ServiceId>,
    #[param(value_type = Option<Uuid>)]
    callback_id: Option<CallbackId>,
    /// One status, or several with commas between them.
    #[param(style = Form, explode = false, schema_with = schema::appointment_statuses)]
    status: Option<String>,
    /// That begin then or later.
    from: Option<Timestamp>,
    /// That begin then or earlier.
    to: Option<Timestamp>,
    /// With a minus in front the other way round.
    #[param(schema_with = sorts)]
    sort: Option<String>,
    /// What is shown with each; several with commas between them.
    #[param(style = Form, explode = false, schema_with = schema::parts)]
    include: Option<String>,
}

fn sorts() -> Object {
    schema::one_of(&["starts_at", "-starts_at", "created_at", "-created_at"])
}

fn sort(text: &str) -> Reading<AppointmentSort> {
    match text {
        "created_at" => Ok(AppointmentSort::Created(false)),
        "-created_at" => Ok(AppointmentSort::Created(true)),
        "starts_at" => Ok(AppointmentSort::Starts(false)),
        "-starts_at" => Ok(AppointmentSort::Starts(true)),
        _ => wrong(Code::Choice, "must be one of: starts_at, -starts_at, created_at, -created_at"),
    }
}

/// Tells the cursors of different orders apart.
fn order_of(sort: AppointmentSort) -> u8 {
    match sort {
        AppointmentSort::Created(descending) => u8::from(descending),
        AppointmentSort::Starts(descending) => 2 + u8::from(descending),
    }
}

/// The appointments, the earliest first unless sorted otherwise.
#[utoipa::path(get, path = "/appointments", tag = "appointments", operation_id = "list_appointments",
    params(AppointmentParams, PageParams), responses((status = 200, body = List<Appointment>)), security(("token" = ["read"])))]
async fn index(May(caller, _): May<Read>, State(app): State<App>, mut params: Params) -> Answer<Json<List<Appointment>>> {
    let filter = AppointmentFilter {
        customer: params.optional("customer_id", read::id),
        branch: params.optional("branch_id", read::id),
        staff: params.optional("staff_id", read::id),
        service: params.optional("service_id", read::id),
        callback: params.optional("callback_id", read::id),
        status: params.optional("status", read::words).unwrap_or_default(),
        from: params.optional("from", read::instant),
        to: params.optional("to", read::instant),
    };
    let sort = params.optional("sort", sort).unwrap_or(AppointmentSort::Starts(false));
    let wanted = params.optional("include", include::read).unwrap_or_default();
    let paging = params.paging(20, order_of(sort));
    let paging = paging.keeping(params.finish()?);
    let slice = caller.rows(&app.store).appointments(&filter, sort, paging.window()).await?;
    let included = Included::load(&app, &caller, wanted, &slice.rows).await?;
    Ok(list(&app, &paging, slice, |it| Appointment::of(&it, &included)))
}

/// One appointment.
#[utoipa::path(get, path = "/appointments/{id}", tag = "appointments", operation_id = "show_appointment",
    params(("id" = Uuid, Path), schema::IncludeParams),
    responses((status = 200, body = One<Appointment>)), security(("token" = ["read"])))]
async fn show(
    May(caller, _): May<Read>,
    State(app): State<App>,
    Id(id): Id<AppointmentId>,
    mut params: Params,
) -> Answer<Json<One<Appointment>>> {
    let wanted = params.optional("include", include::read).unwrap_or_default();
    params.finish()?;
    let appointment = caller.rows(&app.store).appointment(id).await?.ok_or(ApiError::NotFound)?;
    let included = Included::load(&app, &caller, wanted, std::slice::from_ref(&appointment)).await?;
    Ok(one(Appointment::of(&appointment, &included)))
}

/// Deletes an appointment as if it had never been made; the callbacks that it closed stay closed. To call one off, change
/// its status to `cancelled`.
#[utoipa::path(delete, path = "/appointments/{id}", tag = "appointments", operation_id = "delete_appointment",
    params(("id" = Uuid, Path)), responses((status = 204)), security(("token" = ["write"])))]
async fn remove(May(caller, _): May<Write>, State(app): State<App>, Id(id): Id<AppointmentId>, _: NoParams) -> Answer<StatusCode> {
    let rows = caller.rows(&app.store);
    rows.appointment(id).await?.ok_or(ApiError::NotFound)?;
    if rows.delete_appointment(id, app.clock.now()).await? { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::NotFound) }
}
