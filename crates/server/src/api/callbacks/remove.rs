//! Deleting a callback, restoring it, and erasing it for good.

use axum::{Json, extract::State, http::StatusCode};
use ringback_domain::{access::Scope, ids::CallbackId};
use ringback_store::By;

use super::{Callback, moves::done};
use crate::{
    api::{
        answer::{Answer, One},
        body::Fields,
        caller::{May, Write},
        params::{Id, NoParams, Params},
        read,
    },
    app::App,
};

/// Puts a callback away; nothing of it rings any more, and it can be restored. With `force` (scope `admin`) everything personal
/// of it is erased for good.
#[utoipa::path(delete, path = "/callbacks/{id}", tag = "callbacks", operation_id = "delete_callback",
    params(("id" = Uuid, Path), ("force" = Option<bool>, Query, description = "Erase it for good; scope admin")),
    responses((status = 204)), security(("token" = ["write"])))]
pub(super) async fn remove(
    May(caller, _): May<Write>,
    State(app): State<App>,
    Id(id): Id<CallbackId>,
    mut params: Params,
) -> Answer<StatusCode> {
    let force = params.optional("force", read::truth).unwrap_or(false);
    params.finish()?;
    let now = app.clock.now();
    let rows = caller.rows(&app.store);
    let actor = caller.actor();
    let moved = if force {
        if !caller.scope.includes(Scope::Admin) {
            return Err(caller.lacks(Scope::Admin));
        }
        rows.erase_callback(id, now).await?
    } else {
        rows.delete_callback(id, By { actor: &actor, staff: caller.staff }, now).await?
    };
    done(&app, moved)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a deleted callback back as it was.
#[utoipa::path(post, path = "/callbacks/{id}/restore", tag = "callbacks", operation_id = "restore_callback", params(("id" = Uuid, Path)),
    responses((status = 200, body = One<Callback>)), security(("token" = ["write"])))]
pub(super) async fn restore(
    May(caller, _): May<Write>,
    State(app): State<App>,
    Id(id): Id<CallbackId>,
    _: NoParams,
    fields: Fields,
) -> Answer<Json<One<Callback>>> {
    fields.none()?;
    let actor = caller.actor();
    let moved = caller.rows(&app.store).restore_callback(id, By { actor: &actor, staff: caller.staff }, app.clock.now()).await?;
    done(&app, moved)?;
    super::moves::shown_after(&app, &caller, id).await
}
