//! Staff: the people of a company.

pub(crate) mod change;
pub(crate) mod create;

use std::collections::HashMap;

use axum::{Json, extract::State, http::StatusCode};
use jiff::{Timestamp, civil::Date};
use ringback_domain::{
    access::Role,
    business_time::OpeningHours,
    ids::{BranchId, ServiceId, StaffId},
};
use ringback_store::{Removed, Staff as Record, StaffFilter};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema, openapi::schema::Object};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    answer::{Answer, List, One, list, one},
    branches::Branch,
    caller::{Administer, Caller, May, Read},
    params::{Id, NoParams, Params},
    read::{self, Reading, wrong},
    schema::{self, PageParams},
    still_in_use,
};
use crate::{
    app::App,
    errors::{ApiError, Code},
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(index, create::create)).routes(routes!(show, change::change, remove))
}

/// A person who works for the company.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(clippy::option_option, reason = "not asked for is left out, none is null")]
pub(crate) struct Staff {
    #[schema(value_type = Uuid)]
    id: StaffId,
    name: String,
    email: String,
    #[schema(schema_with = schema::role)]
    role: Role,
    #[schema(value_type = Option<Uuid>)]
    branch_id: Option<BranchId>,
    /// The services that he can do.
    #[schema(value_type = Vec<Uuid>)]
    skills: Vec<ServiceId>,
    active: bool,
    /// At work, set by hand.
    present: bool,
    /// Absent from this day on, by the clocks of the branch.
    #[schema(value_type = Option<String>, format = Date)]
    absent_from: Option<Date>,
    /// The last day of the absence.
    #[schema(value_type = Option<String>, format = Date)]
    absent_until: Option<Date>,
    /// At work in these hours, by the clocks of the branch; null or without any block: at any hour.
    #[schema(schema_with = schema::working_hours)]
    working_hours: Option<OpeningHours>,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// With `include=branch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<Option<Branch>>,
}

#[expect(clippy::option_option, reason = "not asked for is left out, none is null")]
impl Staff {
    fn of(it: Record, branch: Option<Option<Branch>>) -> Self {
        Self {
            id: it.id,
            name: it.name,
            email: it.email,
            role: it.role,
            branch_id: it.branch_id,
            skills: it.skills,
            active: it.active,
            present: it.present,
            absent_from: it.absent_from,
            absent_until: it.absent_until,
            working_hours: it.working_hours,
            created_at: it.created_at,
            updated_at: it.updated_at,
            branch,
        }
    }
}

impl From<Record> for Staff {
    fn from(it: Record) -> Self {
        Self::of(it, None)
    }
}

/// What the fields of a person must be.
const READ_ONLY: [&str; 5] = ["id", "company_id", "available_changes_at", "created_at", "updated_at"];

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `index` reads")]
struct StaffParams {
    /// Words of the name by their beginnings.
    q: Option<String>,
    #[param(value_type = Option<Uuid>)]
    branch_id: Option<BranchId>,
    #[param(schema_with = schema::role)]
    role: Option<Role>,
    active: Option<bool>,
    /// Who has it as a skill.
    #[param(value_type = Option<Uuid>)]
    service_id: Option<ServiceId>,
    /// `-created_at`: the newest first.
    #[param(schema_with = schema::age)]
    sort: Option<String>,
    /// What is shown with each.
    #[param(schema_with = parts)]
    include: Option<String>,
}

/// With one person.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `show` reads")]
struct PartParams {
    /// What is shown with him.
    #[param(schema_with = parts)]
    include: Option<String>,
}

fn parts() -> Object {
    schema::one_of(&["branch"])
}

fn include(text: &str) -> Reading<()> {
    if text == "branch" { Ok(()) } else { wrong(Code::Choice, "must be of: branch") }
}

/// The branches of these people, if they were asked for.
async fn branches(app: &App, caller: &Caller, wanted: bool, staff: &[Record]) -> Answer<Option<HashMap<BranchId, Branch>>> {
    if !wanted {
        return Ok(None);
    }
    let ids: Vec<BranchId> = staff.iter().filter_map(|it| it.branch_id).collect();
    let branches = caller.rows(&app.store).branches_of(&ids).await?;
    Ok(Some(branches.into_iter().map(|branch| (branch.id, branch.into())).collect()))
}

fn shown(it: Record, branches: Option<&HashMap<BranchId, Branch>>) -> Staff {
    let branch = branches.map(|branches| it.branch_id.and_then(|id| branches.get(&id).cloned()));
    Staff::of(it, branch)
}

/// The staff, in the order of their making unless sorted otherwise.
#[utoipa::path(get, path = "/staff", tag = "staff", operation_id = "list_staff", params(StaffParams, PageParams),
    responses((status = 200, body = List<Staff>)), security(("token" = ["read"])))]
async fn index(May(caller, _): May<Read>, State(app): State<App>, mut params: Params) -> Answer<Json<List<Staff>>> {
    let filter = StaffFilter {
        search: params.optional("q", read::search).flatten(),
        branch: params.optional("branch_id", read::id),
        role: params.optional("role", read::word),
        active: params.optional("active", read::truth),
        service: params.optional("service_id", read::id),
    };
    let descending = params.optional("sort", read::newest_first).unwrap_or(false);
    let wanted = params.optional("include", include).is_some();
    let paging = params.paging(20, u8::from(descending));
    let paging = paging.keeping(params.finish()?);
    let slice = caller.rows(&app.store).people(&filter, descending, paging.window()).await?;
    let branches = branches(&app, &caller, wanted, &slice.rows).await?;
    Ok(list(&app, &paging, slice, |it| shown(it, branches.as_ref())))
}

/// One person.
#[utoipa::path(get, path = "/staff/{id}", tag = "staff", operation_id = "show_staff",
    params(("id" = Uuid, Path), PartParams),
    responses((status = 200, body = One<Staff>)), security(("token" = ["read"])))]
async fn show(May(caller, _): May<Read>, State(app): State<App>, Id(id): Id<StaffId>, mut params: Params) -> Answer<Json<One<Staff>>> {
    let wanted = params.optional("include", include).is_some();
    params.finish()?;
    let staff = caller.rows(&app.store).staff(id).await?.ok_or(ApiError::NotFound)?;
    let branches = branches(&app, &caller, wanted, std::slice::from_ref(&staff)).await?;
    Ok(one(shown(staff, branches.as_ref())))
}

/// Deletes somebody who has no appointments to come. His open callbacks are in the unassigned list from now on.
#[utoipa::path(delete, path = "/staff/{id}", tag = "staff", operation_id = "delete_staff", params(("id" = Uuid, Path)),
    responses((status = 204)), security(("token" = ["admin"])))]
async fn remove(May(caller, _): May<Administer>, State(app): State<App>, Id(id): Id<StaffId>, _: NoParams) -> Answer<StatusCode> {
    let rows = caller.rows(&app.store);
    let staff = rows.staff(id).await?.ok_or(ApiError::NotFound)?;
    arranged(&caller, staff.role, staff.branch_id)?;
    match rows.delete_staff(id, &caller.actor(), app.clock.now()).await? {
        Removed::Yes => Ok(StatusCode::NO_CONTENT),
        Removed::Unknown => Err(ApiError::NotFound),
        Removed::InUse(told) => Err(still_in_use(&told)),
    }
}

/// Managers arrange the managers and staff of their branch; an owner belongs to the whole company.
fn arranged(caller: &Caller, role: Role, branch: Option<BranchId>) -> Result<(), ApiError> {
    caller.arrange(branch.filter(|_| role != Role::Owner))
}

const EMAIL_TAKEN: &str = "belongs to another member of staff; one address is one person of one company";
