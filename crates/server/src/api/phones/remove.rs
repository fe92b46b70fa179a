//! Deleting a phone.

use axum::{extract::State, http::StatusCode};
use ringback_domain::ids::PhoneId;
use ringback_store::PhoneDeleted;

use crate::{
    api::{
        answer::Answer,
        caller::{Administer, May},
        params::{Id, NoParams},
    },
    app::App,
    errors::ApiError,
};

/// Deletes a phone on which nothing runs. What waits on it is cancelled; its callbacks stay open, with people.
#[utoipa::path(delete, path = "/phones/{id}", tag = "phones", operation_id = "delete_phone", params(("id" = Uuid, Path)),
    responses((status = 204)), security(("token" = ["admin"])))]
pub(super) async fn remove(
    May(caller, _): May<Administer>,
    State(app): State<App>,
    Id(id): Id<PhoneId>,
    _: NoParams,
) -> Answer<StatusCode> {
    match caller.rows(&app.store).delete_phone(id, &caller.actor(), app.clock.now()).await? {
        PhoneDeleted::Yes => Ok(StatusCode::NO_CONTENT),
        PhoneDeleted::Unknown => Err(ApiError::NotFound),
        PhoneDeleted::CallsRunning => Err(ApiError::conflict("Calls run on the phone; it can be deleted when they have ended.")),
        PhoneDeleted::CampaignActive => Err(ApiError::conflict("A campaign is active on the phone; end it first.")),
    }
}
