//! Branches: the places of a company, with their hours.

mod change;

use axum::{Json, extract::State, http::StatusCode};
use jiff::Timestamp;
use ringback_domain::{
    business_time::{Holidays, OpeningHours},
    ids::BranchId,
};
use ringback_store::{Branch as Record, BranchFilter, Removed};
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

/// A place of business.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Branch {
    #[schema(value_type = Uuid)]
    id: BranchId,
    name: String,
    time_zone: String,
    /// For each weekday its blocks of local time; a day without any is closed.
    #[schema(schema_with = schema::opening_hours)]
    opening_hours: OpeningHours,
    /// Days on which it is closed whatever the weekday.
    #[schema(value_type = Vec<String>)]
    holidays: Holidays,
    active: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Record> for Branch {
    fn from(it: Record) -> Self {
        let Record { id, name, time_zone, opening_hours, holidays, active, created_at, updated_at } = it;
        Self { id, name, time_zone, opening_hours, holidays, active, created_at, updated_at }
    }
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `index` reads")]
struct BranchParams {
    /// Words of the name by their beginnings.
    q: Option<String>,
    active: Option<bool>,
    /// `-created_at`: the newest first.
    #[param(schema_with = schema::age)]
    sort: Option<String>,
}

/// The branches, in the order of their making unless sorted otherwise.
#[utoipa::path(get, path = "/branches", tag = "branches", operation_id = "list_branches", params(BranchParams, PageParams),
    responses((status = 200, body = List<Branch>)), security(("token" = ["read"])))]
async fn index(May(caller, _): May<Read>, State(app): State<App>, mut params: Params) -> Answer<Json<List<Branch>>> {
    let filter = BranchFilter { search: params.optional("q", read::search).flatten(), active: params.optional("active", read::truth) };
    let descending = params.optional("sort", read::newest_first).unwrap_or(false);
    let paging = params.paging(20, u8::from(descending));
    let paging = paging.keeping(params.finish()?);
    let slice = caller.rows(&app.store).branches(&filter, descending, paging.window()).await?;
    Ok(list(&app, &paging, slice, Branch::from))
}

/// One branch.
#[utoipa::path(get, path = "/branches/{id}", tag = "branches", operation_id = "show_branch", params(("id" = Uuid, Path)),
    responses((status = 200, body = One<Branch>)), security(("token" = ["read"])))]
async fn show(May(caller, _): May<Read>, State(app): State<App>, Id(id): Id<BranchId>, _: NoParams) -> Answer<Json<One<Branch>>> {
    let branch = caller.rows(&app.store).branch(id).await?.ok_or(ApiError::NotFound)?;
    Ok(one(branch.into()))
}

/// Deletes a branch on which nothing open depends.
#[utoipa::path(delete, path = "/branches/{id}", tag = "branches", operation_id = "delete_branch", params(("id" = Uuid, Path)),
    responses((status = 204)), security(("token" = ["write"])))]
async fn remove(May(caller, _): May<Write>, State(app): State<App>, Id(id): Id<BranchId>, _: NoParams) -> Answer<StatusCode> {
    let rows = caller.rows(&app.store);
    rows.branch(id).await?.ok_or(ApiError::NotFound)?;
    caller.arrange(None)?;
    match rows.delete_branch(id, app.clock.now()).await? {
        Removed::Yes => Ok(StatusCode::NO_CONTENT),
        Removed::Unknown => Err(ApiError::NotFound),
        Removed::InUse(told) => Err(still_in_use(&told)),
    }
}
