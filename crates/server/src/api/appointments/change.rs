//! Making and changing appointments.

use axum::{Json, extract::State};
use jiff::{Timestamp, ToSpan as _};
use ringback_domain::{
    appointment::Status,
    ids::{AppointmentId, BranchId, CallbackId, CustomerId, ServiceId, StaffId},
};
use ringback_store::{Appointment as Record, AppointmentSaved, Service};
use utoipa::ToSchema;

use super::{Appointment, include::Included};
use crate::{
    api::{
        SOMEBODY_ELSE,
        answer::{Answer, Created, One, one},
        body::Fields,
        caller::{Caller, May, Write},
        changed_at,
        params::{Id, NoParams},
        read, schema,
    },
    app::App,
    errors::{ApiError, Code},
};

/// What an appointment is made of. One to come closes the open callbacks of the customer's numbers.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `create` reads")]
pub(super) struct NewAppointment {
    #[schema(value_type = Uuid)]
    customer_id: CustomerId,
    #[schema(value_type = Option<Uuid>)]
    branch_id: Option<BranchId>,
    #[schema(value_type = Option<Uuid>)]
    staff_id: Option<StaffId>,
    #[schema(value_type = Option<Uuid>)]
    service_id: Option<ServiceId>,
    /// `booked` when it is left out.
    #[schema(schema_with = schema::appointment_status)]
    status: Option<Status>,
    starts_at: Timestamp,
    /// When it is left out, it takes as long as the service does.
    #[schema(nullable = false)]
    ends_at: Option<Timestamp>,
    /// The callback that it was made from; it is completed.
    #[schema(value_type = Option<Uuid>)]
    callback_id: Option<CallbackId>,
}

/// What of an appointment is to change.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `change` reads")]
pub(super) struct AppointmentChange {
    #[schema(value_type = Option<Uuid>, nullable = false)]
    customer_id: Option<CustomerId>,
    #[schema(value_type = Option<Uuid>)]
    branch_id: Option<BranchId>,
    #[schema(value_type = Option<Uuid>)]
    staff_id: Option<StaffId>,
    #[schema(value_type = Option<Uuid>)]
    service_id: Option<ServiceId>,
    #[schema(schema_with = schema::appointment_status)]
    status: Option<Status>,
    /// When this alone changes, it takes as long as before.
    #[schema(nullable = false)]
    starts_at: Option<Timestamp>,
    #[schema(nullable = false)]
    ends_at: Option<Timestamp>,
    #[schema(value_type = Option<Uuid>)]
    callback_id: Option<CallbackId>,
}

const READ_ONLY: [&str; 4] = ["id", "company_id", "created_at", "updated_at"];

/// The fields that may be left out, of a new appointment as of a changed one.
#[expect(clippy::option_option, reason = "left out and null mean different things")]
struct Given {
    branch_id: Option<Option<BranchId>>,
    staff_id: Option<Option<StaffId>>,
    service: Option<Option<Service>>,
    status: Option<Status>,
    ends_at: Option<Timestamp>,
    callback_id: Option<Option<CallbackId>>,
}

impl Given {
    /// What it speaks of must be the company's own.
    async fn read(app: &App, caller: &Caller, fields: &mut Fields, customer: Option<CustomerId>) -> Answer<Self> {
        fields.read_only(&READ_ONLY);
        let rows = caller.rows(&app.store);
        let branch_id = fields.nullable("branch_id", read::text(read::id));
        let staff_id = fields.nullable("staff_id", read::text(read::id));
        let service_id: Option<Option<ServiceId>> = fields.nullable("service_id", read::text(read::id));
        let callback_id = fields.nullable("callback_id", read::text(read::id));
        let status = fields.optional("status", read::text(read::word));
        let ends_at = fields.optional("ends_at", read::text(read::instant));
        let mut none_of = |field: &str, things: &str| {
            fields.refuse(field, Code::Reference, format!("is not the id of one of the company's {things}"));
        };
        if let Some(customer) = customer
            && rows.customer(customer).await?.is_none()
        {
            none_of("customer_id", "customers");
        }
        if let Some(branch) = branch_id.flatten()
            && rows.branch(branch).await?.is_none()
        {
            none_of("branch_id", "branches");
        }
        if let Some(staff) = staff_id.flatten()
            && rows.staff(staff).await?.is_none()
        {
            none_of("staff_id", "staff");
        }
        if let Some(callback) = callback_id.flatten()
            && rows.callback(callback).await?.is_none()
        {
            none_of("callback_id", "callbacks");
        }
        let service = match service_id {
            Some(Some(id)) => {
                let service = rows.service(id).await?;
                if service.is_none() {
                    none_of("service_id", "services");
                }
                Some(service)
            }
            Some(None) => Some(None),
            None => None,
        };
        Ok(Self { branch_id, staff_id, service, status, ends_at, callback_id })
    }
}

fn ends_after(fields: &mut Fields, starts_at: Option<Timestamp>, ends_at: Option<Timestamp>) {
    if starts_at.zip(ends_at).is_some_and(|(starts_at, ends_at)| ends_at <= starts_at) {
        fields.refuse("ends_at", Code::Conflict, "must be after starts_at");
    }
}

/// Makes an appointment.
#[utoipa::path(post, path = "/appointments", tag = "appointments", operation_id = "create_appointment", request_body = NewAppointment,
    responses((status = 201, body = One<Appointment>)), security(("token" = ["write"])))]
pub(super) async fn create(
    May(caller, _): May<Write>,
    State(app): State<App>,
    _: NoParams,
    mut fields: Fields,
) -> Answer<Created<Appointment>> {
    let now = app.clock.now();
    let customer_id = fields.required("customer_id", read::text(read::id));
    let starts_at = fields.required("starts_at", read::text(read::instant));
    let given = Given::read(&app, &caller, &mut fields, customer_id).await?;
    let service = given.service.flatten();
    let lasts = service.as_ref().map(|service| i64::from(service.duration_minutes).minutes());
    let ends_at = given.ends_at.or_else(|| starts_at?.checked_add(lasts?).ok());
    match (ends_at, &service) {
        (None, None) => fields.refuse("ends_at", Code::Required, "is required without a service_id that tells how long it takes"),
        (None, Some(_)) if starts_at.is_some() => fields.refuse("starts_at", Code::Range, "must be earlier: it ends after all time"),
        (None, Some(_)) | (Some(_), _) => {}
    }
    ends_after(&mut fields, starts_at, ends_at);
    let id = AppointmentId(app.store.new_id(now));
    let appointment = fields.finish(|| {
        Some(Record {
            id,
            customer_id: customer_id?,
            branch_id: given.branch_id.flatten(),
            staff_id: given.staff_id.flatten(),
            service_id: service.map(|service| service.id),
            status: given.status.unwrap_or(Status::Booked),
            starts_at: starts_at?,
            ends_at: ends_at?,
            callback_id: given.callback_id.flatten(),
            created_at: now,
            updated_at: now,
        })
    })?;
    saved(caller.rows(&app.store).add_appointment(&appointment, &caller.actor()).await?)?;
    Ok(Created(Appointment::of(&appointment, &Included::default())))
}

/// Changes the given fields of an appointment; PUT does the same.
#[utoipa::path(method(patch, put), path = "/appointments/{id}", tag = "appointments", operation_id = "change_appointment",
    params(("id" = Uuid, Path)), request_body = AppointmentChange, responses((status = 200, body = One<Appointment>)),
    security(("token" = ["write"])))]
pub(super) async fn change(
    May(caller, _): May<Write>,
    State(app): State<App>,
    Id(id): Id<AppointmentId>,
    _: NoParams,
    mut fields: Fields,
) -> Answer<Json<One<Appointment>>> {
    let rows = caller.rows(&app.store);
    let seen = rows.appointment(id).await?.ok_or(ApiError::NotFound)?;
    let customer_id = fields.optional("customer_id", read::text(read::id));
    let starts_at = fields.optional("starts_at", read::text(read::instant));
    let given = Given::read(&app, &caller, &mut fields, customer_id).await?;
    let moved = starts_at.and_then(|starts_at| starts_at.checked_add(seen.ends_at.duration_since(seen.starts_at)).ok());
    let ends_at = given.ends_at.or(moved).unwrap_or(seen.ends_at);
    ends_after(&mut fields, Some(starts_at.unwrap_or(seen.starts_at)), Some(ends_at));
    let updated_at = changed_at(seen.updated_at, app.clock.now());
    let appointment = fields.finish(|| {
        Some(Record {
            id,
            customer_id: customer_id.unwrap_or(seen.customer_id),
            branch_id: given.branch_id.unwrap_or(seen.branch_id),
            staff_id: given.staff_id.unwrap_or(seen.staff_id),
            service_id: given.service.map_or(seen.service_id, |service| service.map(|service| service.id)),
            status: given.status.unwrap_or(seen.status),
            starts_at: starts_at.unwrap_or(seen.starts_at),
            ends_at,
            callback_id: given.callback_id.unwrap_or(seen.callback_id),
            created_at: seen.created_at,
            updated_at,
        })
    })?;
    saved(rows.save_appointment(&appointment, &seen, &caller.actor()).await?)?;
    Ok(one(Appointment::of(&appointment, &Included::default())))
}

fn saved(saved: AppointmentSaved) -> Result<(), ApiError> {
    match saved {
        AppointmentSaved::Yes => Ok(()),
        AppointmentSaved::Changed => Err(ApiError::outrun(SOMEBODY_ELSE)),
        AppointmentSaved::Illegal(illegal) => {
            let allowed = illegal.allowed.iter().map(|it| it.as_str().to_owned()).collect();
            Err(ApiError::illegal_move(illegal.to_string(), allowed))
        }
        AppointmentSaved::Linked(other) => {
            Err(ApiError::conflict(format!("The callback has the appointment {other} already; cancel that one first.")))
        }
    }
}
