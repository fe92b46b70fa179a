//! Changing a person: whoever arranges his branch all of it, everybody his own presence.

use axum::{Json, extract::State};
use jiff::{Timestamp, civil::Date};
use ringback_domain::{
    access::{Role, Scope},
    business_time::OpeningHours,
    ids::{BranchId, ServiceId, StaffId},
};
use ringback_store::{Staff as Record, StaffSaved, TenantStore};
use utoipa::ToSchema;

use super::{
    EMAIL_TAKEN, Staff, arranged,
    create::{Given, absence_fits},
};
use crate::{
    api::{
        SOMEBODY_ELSE,
        answer::{Answer, One, one},
        body::Fields,
        caller::{Caller, May, Write},
        changed_at,
        params::{Id, NoParams},
        read, schema,
    },
    app::App,
    errors::{ApiError, Code},
};

/// What of a person is to change. With the scope `write`: presence, absence and hours; the rest with `admin`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `change` reads")]
pub(super) struct StaffChange {
    #[schema(max_length = 100, nullable = false)]
    name: Option<String>,
    #[schema(max_length = 254, format = Email, nullable = false)]
    email: Option<String>,
    #[schema(schema_with = schema::role)]
    role: Option<Role>,
    #[schema(value_type = Option<Uuid>)]
    branch_id: Option<BranchId>,
    #[schema(value_type = Option<Vec<Uuid>>, max_items = 1000, nullable = false)]
    skills: Option<Vec<ServiceId>>,
    #[schema(nullable = false)]
    active: Option<bool>,
    #[schema(nullable = false)]
    present: Option<bool>,
    #[schema(value_type = Option<String>, format = Date)]
    absent_from: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    absent_until: Option<Date>,
    #[schema(schema_with = schema::working_hours)]
    working_hours: Option<OpeningHours>,
}

/// Changes the given fields of a person; PUT does the same. Open callbacks of somebody who is no longer available move on.
#[utoipa::path(method(patch, put), path = "/staff/{id}", tag = "staff", operation_id = "change_staff", params(("id" = Uuid, Path)),
    request_body = StaffChange, responses((status = 200, body = One<Staff>)), security(("token" = ["write"])))]
pub(super) async fn change(
    May(caller, _): May<Write>,
    State(app): State<App>,
    Id(id): Id<StaffId>,
    _: NoParams,
    fields: Fields,
) -> Answer<Json<One<Staff>>> {
    let rows = caller.rows(&app.store);
    let seen = rows.staff(id).await?.ok_or(ApiError::NotFound)?;
    let (staff, only_presence) = changed(rows, &seen, app.clock.now(), fields).await?;
    may_change(&caller, &seen, &staff, only_presence)?;
    match rows.save_staff(&staff, &seen).await? {
        StaffSaved::Yes => Ok(one(staff.into())),
        StaffSaved::Changed => Err(ApiError::outrun(SOMEBODY_ELSE)),
        StaffSaved::EmailTaken => Err(ApiError::field("email", Code::Conflict, EMAIL_TAKEN)),
        StaffSaved::LastOwner => Err(ApiError::conflict("This is the company's only owner; make somebody else an owner first.")),
    }
}

/// Reads what becomes of a person who was `seen` like this, and whether only his presence was given.
pub(crate) async fn changed(rows: TenantStore<'_>, seen: &Record, now: Timestamp, mut fields: Fields) -> Answer<(Record, bool)> {
    let name = fields.optional("name", read::line(100));
    let email = fields.optional("email", read::text(read::own_email));
    let given = Given::read(rows, &mut fields).await?;
    if let Some(email) = &email
        && rows.email_is_taken(email, Some(seen.id)).await?
    {
        fields.refuse("email", Code::Conflict, EMAIL_TAKEN);
    }
    let absent_from = given.absent_from.unwrap_or(seen.absent_from);
    let absent_until = given.absent_until.unwrap_or(seen.absent_until);
    absence_fits(&mut fields, absent_from, absent_until);
    let only_presence = name.is_none() && email.is_none() && only_presence(&given);
    let updated_at = changed_at(seen.updated_at, now);
    let staff = fields.finish(|| {
        Some(Record {
            id: seen.id,
            name: name.unwrap_or_else(|| seen.name.clone()),
            email: email.unwrap_or_else(|| seen.email.clone()),
            role: given.role.unwrap_or(seen.role),
            branch_id: given.branch_id.unwrap_or(seen.branch_id),
            skills: given.skills.unwrap_or_else(|| seen.skills.clone()),
            active: given.active.unwrap_or(seen.active),
            present: given.present.unwrap_or(seen.present),
            absent_from,
            absent_until,
            working_hours: given.working_hours.unwrap_or_else(|| seen.working_hours.clone()),
            created_at: seen.created_at,
            updated_at,
        })
    })?;
    Ok((staff, only_presence))
}

fn only_presence(given: &Given) -> bool {
    given.role.is_none() && given.branch_id.is_none() && given.skills.is_none() && given.active.is_none()
}

fn may_change(caller: &Caller, before: &Record, after: &Record, only_presence: bool) -> Result<(), ApiError> {
    if only_presence && caller.staff == Some(before.id) {
        return Ok(());
    }
    if !only_presence && !caller.scope.includes(Scope::Admin) {
        return Err(caller.lacks(Scope::Admin));
    }
    arranged(caller, before.role, before.branch_id)?;
    arranged(caller, after.role, after.branch_id)
}
