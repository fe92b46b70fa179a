//! Making and changing services.

use axum::{Json, extract::State};
use ringback_domain::ids::{BranchId, ServiceId};
use ringback_store::Service as Record;
use utoipa::ToSchema;

use super::{Service, belongs_to};
use crate::{
    api::{
        SOMEBODY_ELSE,
        answer::{Answer, Created, One, one},
        body::Fields,
        caller::{Caller, May, Write},
        changed_at,
        params::{Id, NoParams},
        read,
    },
    app::App,
    errors::{ApiError, Code},
};

/// What a service is made of.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `create` reads")]
pub(super) struct NewService {
    #[schema(max_length = 100)]
    name: String,
    #[schema(minimum = 1, maximum = 1440)]
    duration_minutes: u32,
    /// Where it is offered; left out or empty: in all branches.
    #[schema(value_type = Option<Vec<Uuid>>, max_items = 1000, nullable = false)]
    branch_ids: Option<Vec<BranchId>>,
}

/// What of a service is to change.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `change` reads")]
pub(super) struct ServiceChange {
    #[schema(max_length = 100, nullable = false)]
    name: Option<String>,
    #[schema(minimum = 1, maximum = 1440, nullable = false)]
    duration_minutes: Option<u32>,
    #[schema(value_type = Option<Vec<Uuid>>, max_items = 1000, nullable = false)]
    branch_ids: Option<Vec<BranchId>>,
}

const READ_ONLY: [&str; 4] = ["id", "company_id", "created_at", "updated_at"];
const MINUTES: std::ops::RangeInclusive<i64> = 1..=1440;

/// Makes a service.
#[utoipa::path(post, path = "/services", tag = "services", operation_id = "create_service", request_body = NewService,
    responses((status = 201, body = One<Service>)), security(("token" = ["write"])))]
pub(super) async fn create(
    May(caller, _): May<Write>,
    State(app): State<App>,
    _: NoParams,
    mut fields: Fields,
) -> Answer<Created<Service>> {
    let now = app.clock.now();
    fields.read_only(&READ_ONLY);
    let name = fields.required("name", read::line(100));
    let duration_minutes = fields.required("duration_minutes", read::whole(MINUTES));
    let branch_ids = branches(&app, &caller, &mut fields).await?.unwrap_or_default();
    let id = ServiceId(app.store.new_id(now));
    let service = fields
        .finish(|| Some(Record { id, name: name?, duration_minutes: duration_minutes?, branch_ids, created_at: now, updated_at: now }))?;
    caller.arrange(belongs_to(&service.branch_ids))?;
    caller.rows(&app.store).add_service(&service).await?;
    Ok(Created(service.into()))
}

/// Changes the given fields of a service; PUT does the same.
#[utoipa::path(method(patch, put), path = "/services/{id}", tag = "services", operation_id = "change_service",
    params(("id" = Uuid, Path)), request_body = ServiceChange, responses((status = 200, body = One<Service>)),
    security(("token" = ["write"])))]
pub(super) async fn change(
    May(caller, _): May<Write>,
    State(app): State<App>,
    Id(id): Id<ServiceId>,
    _: NoParams,
    mut fields: Fields,
) -> Answer<Json<One<Service>>> {
    let rows = caller.rows(&app.store);
    let service = rows.service(id).await?.ok_or(ApiError::NotFound)?;
    caller.arrange(belongs_to(&service.branch_ids))?;
    let seen = service.updated_at;
    fields.read_only(&READ_ONLY);
    let name = fields.optional("name", read::line(100));
    let duration_minutes = fields.optional("duration_minutes", read::whole(MINUTES));
    let branch_ids = branches(&app, &caller, &mut fields).await?;
    let updated_at = changed_at(seen, app.clock.now());
    let service = fields.finish(|| {
        Some(Record {
            name: name.unwrap_or(service.name),
            duration_minutes: duration_minutes.unwrap_or(service.duration_minutes),
            branch_ids: branch_ids.unwrap_or(service.branch_ids),
            updated_at,
            ..service
        })
    })?;
    caller.arrange(belongs_to(&service.branch_ids))?;
    if !rows.save_service(&service, seen).await? {
        return Err(ApiError::outrun(SOMEBODY_ELSE));
    }
    Ok(one(service.into()))
}

async fn branches(app: &App, caller: &Caller, fields: &mut Fields) -> Answer<Option<Vec<BranchId>>> {
    let given: Option<Vec<BranchId>> = fields.entries("branch_ids", 1000, read::id);
    let Some(ids) = &given else { return Ok(None) };
    let known = caller.rows(&app.store).branches_of(ids).await?;
    for (index, id) in ids.iter().enumerate() {
        if known.iter().all(|branch| branch.id != *id) {
            fields.refuse(&format!("branch_ids[{index}]"), Code::Reference, "is not the id of one of the company's branches");
        }
    }
    Ok(given)
}
