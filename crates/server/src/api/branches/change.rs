//! Making and changing branches.

use axum::{Json, extract::State};
use ringback_domain::{
    business_time::{Holidays, OpeningHours},
    ids::BranchId,
};
use ringback_store::Branch as Record;
use utoipa::ToSchema;

use super::Branch;
use crate::{
    api::{
        SOMEBODY_ELSE,
        answer::{Answer, Created, One, one},
        body::Fields,
        caller::{May, Write},
        changed_at,
        params::{Id, NoParams},
        read, schema,
    },
    app::App,
    errors::ApiError,
};

/// What a branch is made of.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `create` reads")]
pub(super) struct NewBranch {
    #[schema(max_length = 100)]
    name: String,
    /// IANA; that of the company when it is left out.
    #[schema(schema_with = schema::time_zone)]
    time_zone: Option<String>,
    /// Without any block the branch has no hours: its callbacks are due by the wall clock.
    #[schema(schema_with = schema::opening_hours)]
    opening_hours: Option<OpeningHours>,
    #[schema(schema_with = schema::days)]
    holidays: Option<Holidays>,
    #[schema(default = true, nullable = false)]
    active: Option<bool>,
}

/// What of a branch is to change.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `change` reads")]
pub(super) struct BranchChange {
    #[schema(max_length = 100, nullable = false)]
    name: Option<String>,
    #[schema(schema_with = schema::time_zone)]
    time_zone: Option<String>,
    /// In the place of all hours that it has.
    #[schema(schema_with = schema::opening_hours)]
    opening_hours: Option<OpeningHours>,
    /// In the place of all that it has.
    #[schema(schema_with = schema::days)]
    holidays: Option<Holidays>,
    #[schema(nullable = false)]
    active: Option<bool>,
}

const READ_ONLY: [&str; 4] = ["id", "company_id", "created_at", "updated_at"];

struct Given {
    name: Option<String>,
    time_zone: Option<String>,
    opening_hours: Option<OpeningHours>,
    holidays: Option<Holidays>,
    active: Option<bool>,
}

/// All but the name, which is asked for in two ways.
fn given(fields: &mut Fields, name: Option<String>) -> Given {
    fields.read_only(&READ_ONLY);
    Given {
        name,
        time_zone: fields.optional("time_zone", read::text(read::time_zone)),
        opening_hours: fields.shaped("opening_hours", OpeningHours::read),
        holidays: fields.shaped("holidays", Holidays::read),
        active: fields.optional("active", read::flag),
    }
}

/// Makes a branch.
#[utoipa::path(post, path = "/branches", tag = "branches", operation_id = "create_branch", request_body = NewBranch,
    responses((status = 201, body = One<Branch>)), security(("token" = ["write"])))]
pub(super) async fn create(May(caller, _): May<Write>, State(app): State<App>, _: NoParams, mut fields: Fields) -> Answer<Created<Branch>> {
    caller.arrange(None)?;
    let rows = caller.rows(&app.store);
    let now = app.clock.now();
    let name = fields.required("name", read::line(100));
    let given = given(&mut fields, name);
    let company = rows.own_company().await?;
    let id = BranchId(app.store.new_id(now));
    let branch = fields.finish(|| {
        Some(Record {
            id,
            name: given.name?,
            time_zone: given.time_zone.unwrap_or(company.time_zone),
            opening_hours: given.opening_hours.unwrap_or_default(),
            holidays: given.holidays.unwrap_or_default(),
            active: given.active.unwrap_or(true),
            created_at: now,
            updated_at: now,
        })
    })?;
    rows.add_branch(&branch).await?;
    Ok(Created(branch.into()))
}

/// Changes the given fields of a branch; PUT does the same.
#[utoipa::path(method(patch, put), path = "/branches/{id}", tag = "branches", operation_id = "change_branch", params(("id" = Uuid, Path)),
    request_body = BranchChange, responses((status = 200, body = One<Branch>)), security(("token" = ["write"])))]
pub(super) async fn change(
    May(caller, _): May<Write>,
    State(app): State<App>,
    Id(id): Id<BranchId>,
    _: NoParams,
    mut fields: Fields,
) -> Answer<Json<One<Branch>>> {
    let rows = caller.rows(&app.store);
    let branch = rows.branch(id).await?.ok_or(ApiError::NotFound)?;
    caller.arrange(Some(id))?;
    let seen = branch.updated_at;
    let name = fields.optional("name", read::line(100));
    let given = given(&mut fields, name);
    let updated_at = changed_at(seen, app.clock.now());
    let branch = fields.finish(|| {
        Some(Record {
            name: given.name.unwrap_or(branch.name),
            time_zone: given.time_zone.unwrap_or(branch.time_zone),
            opening_hours: given.opening_hours.unwrap_or(branch.opening_hours),
            holidays: given.holidays.unwrap_or(branch.holidays),
            active: given.active.unwrap_or(branch.active),
            updated_at,
            ..branch
        })
    })?;
    if !rows.save_branch(&branch, seen).await? {
        return Err(ApiError::outrun(SOMEBODY_ELSE));
    }
    Ok(one(branch.into()))
}
