//! Services: what branches do for customers.

mod change;

use axum::{Json, extract::State, http::StatusCode};
use jiff::Timestamp;
use ringback_domain::ids::{BranchId, ServiceId};
use ringback_store::{Removed, Service as Record, ServiceFilter};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    answer::{Answer, List, One, list, one},
    caller::{May, Read, Write},
    params::{Id, NoParams, Params},
    read,
    schema::{self, PageParams},
    still_in_use,
};
use crate::{app::App, errors::ApiError};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(index, change::create)).routes(routes!(show, change::change, remove))
}

/// What branches do for customers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Service {
    #[schema(value_type = Uuid)]
    id: ServiceId,
    name: String,
    duration_minutes: u32,
    /// Where it is offered; empty: in all branches.
    #[schema(value_type = Vec<Uuid>)]
    branch_ids: Vec<BranchId>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Record> for Service {
    fn from(it: Record) -> Self {
        let Record { id, name, duration_minutes, branch_ids, created_at, updated_at } = it;
        Self { id, name, duration_minutes, branch_ids, created_at, updated_at }
    }
}

/// The one branch that it is offered in alone: whoever arranges that branch arranges it.
fn belongs_to(branch_ids: &[BranchId]) -> Option<BranchId> {
    match branch_ids {
        [branch] => Some(*branch),
        _ => None,
    }
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `index` reads")]
struct ServiceParams {
    /// Words of the name by their beginnings.
    q: Option<String>,
    /// Offered there: by name, or as in all branches.
    #[param(value_type = Option<Uuid>)]
    branch_id: Option<BranchId>,
    /// `-created_at`: the newest first.
    #[param(schema_with = schema::age)]
    sort: Option<String>,
}

/// The services, in the order of their making unless sorted otherwise.
#[utoipa::path(get, path = "/services", tag = "services", operation_id = "list_services", params(ServiceParams, PageParams),
    responses((status = 200, body = List<Service>)), security(("token" = ["read"])))]
async fn index(May(caller, _): May<Read>, State(app): State<App>, mut params: Params) -> Answer<Json<List<Service>>> {
    let filter = ServiceFilter { search: params.optional("q", read::search).flatten(), branch: params.optional("branch_id", read::id) };
    let descending = params.optional("sort", read::newest_first).unwrap_or(false);
    let paging = params.paging(20, u8::from(descending));
    let paging = paging.keeping(params.finish()?);
    let slice = caller.rows(&app.store).services(&filter, descending, paging.window()).await?;
    Ok(list(&app, &paging, slice, Service::from))
}

/// One service.
#[utoipa::path(get, path = "/services/{id}", tag = "services", operation_id = "show_service", params(("id" = Uuid, Path)),
    responses((status = 200, body = One<Service>)), security(("token" = ["read"])))]
async fn show(May(caller, _): May<Read>, State(app): State<App>, Id(id): Id<ServiceId>, _: NoParams) -> Answer<Json<One<Service>>> {
    let service = caller.rows(&app.store).service(id).await?.ok_or(ApiError::NotFound)?;
    Ok(one(service.into()))
}

/// Deletes a service on which nothing open depends; nobody has it as a skill any more.
#[utoipa::path(delete, path = "/services/{id}", tag = "services", operation_id = "delete_service", params(("id" = Uuid, Path)),
    responses((status = 204)), security(("token" = ["write"])))]
async fn remove(May(caller, _): May<Write>, State(app): State<App>, Id(id): Id<ServiceId>, _: NoParams) -> Answer<StatusCode> {
    let rows = caller.rows(&app.store);
    let service = rows.service(id).await?.ok_or(ApiError::NotFound)?;
    caller.arrange(belongs_to(&service.branch_ids))?;
    match rows.delete_service(id, app.clock.now()).await? {
        Removed::Yes => Ok(StatusCode::NO_CONTENT),
        Removed::Unknown => Err(ApiError::NotFound),
        Removed::InUse(told) => Err(still_in_use(&told)),
    }
}
