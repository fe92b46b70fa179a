//! Customers: people whom the company knows by name.

pub(crate) mod change;

use axum::{Json, extract::State, http::StatusCode};
use jiff::Timestamp;
use ringback_domain::{ids::CustomerId, phone_number::PhoneNumber};
use ringback_store::{Customer as Record, CustomerFilter, Removed};
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

/// A person whom the company knows by name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Customer {
    #[schema(value_type = Uuid)]
    id: CustomerId,
    name: String,
    /// E.164, in the order in which they were given.
    #[schema(value_type = Vec<String>)]
    phone_numbers: Vec<PhoneNumber>,
    email: Option<String>,
    /// In which he is spoken to.
    language: Option<String>,
    /// New callbacks of his are urgent.
    vip: bool,
    /// No machine ever rings him.
    no_call: bool,
    notes: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Record> for Customer {
    fn from(it: Record) -> Self {
        let Record { id, name, email, language, vip, no_call, notes, phone_numbers, created_at, updated_at } = it;
        Self { id, name, phone_numbers, email, language, vip, no_call, notes, created_at, updated_at }
    }
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `index` reads")]
struct CustomerParams {
    /// Words of the name by their beginnings, or the first or last digits of a number.
    q: Option<String>,
    /// Whose number this is.
    phone_number: Option<String>,
    vip: Option<bool>,
    no_call: Option<bool>,
    /// `-created_at`: the newest first.
    #[param(schema_with = schema::age)]
    sort: Option<String>,
}

/// The customers, in the order of their making unless sorted otherwise.
#[utoipa::path(get, path = "/customers", tag = "customers", operation_id = "list_customers", params(CustomerParams, PageParams),
    responses((status = 200, body = List<Customer>)), security(("token" = ["read"])))]
async fn index(May(caller, _): May<Read>, State(app): State<App>, mut params: Params) -> Answer<Json<List<Customer>>> {
    let country = caller.rows(&app.store).own_company().await?.country;
    let filter = CustomerFilter {
        search: params.optional("q", read::search).flatten(),
        number: params.optional("phone_number", read::phone_number(&country)),
        vip: params.optional("vip", read::truth),
        no_call: params.optional("no_call", read::truth),
        country,
    };
    let descending = params.optional("sort", read::newest_first).unwrap_or(false);
    let paging = params.paging(20, u8::from(descending));
    let paging = paging.keeping(params.finish()?);
    let slice = caller.rows(&app.store).customers(&filter, descending, paging.window()).await?;
    Ok(list(&app, &paging, slice, Customer::from))
}

/// One customer.
#[utoipa::path(get, path = "/customers/{id}", tag = "customers", operation_id = "show_customer", params(("id" = Uuid, Path)),
    responses((status = 200, body = One<Customer>)), security(("token" = ["read"])))]
async fn show(May(caller, _): May<Read>, State(app): State<App>, Id(id): Id<CustomerId>, _: NoParams) -> Answer<Json<One<Customer>>> {
    let customer = caller.rows(&app.store).customer(id).await?.ok_or(ApiError::NotFound)?;
    Ok(one(customer.into()))
}

/// Deletes a customer who has no appointments to come. His callbacks are kept all the same; his numbers are free.
#[utoipa::path(delete, path = "/customers/{id}", tag = "customers", operation_id = "delete_customer", params(("id" = Uuid, Path)),
    responses((status = 204)), security(("token" = ["write"])))]
async fn remove(May(caller, _): May<Write>, State(app): State<App>, Id(id): Id<CustomerId>, _: NoParams) -> Answer<StatusCode> {
    let rows = caller.rows(&app.store);
    rows.customer(id).await?.ok_or(ApiError::NotFound)?;
    match rows.delete_customer(id, app.clock.now()).await? {
        Removed::Yes => Ok(StatusCode::NO_CONTENT),
        Removed::Unknown => Err(ApiError::NotFound),
        Removed::InUse(told) => Err(still_in_use(&told)),
    }
}
