//! What the tabs of the list would show.

use axum::{Json, extract::State};
use ringback_store::Tab;
use serde::Serialize;
use utoipa::ToSchema;

use super::filter::today;
use crate::{
    api::{
        answer::{Answer, One, one},
        caller::{May, Read},
        params::NoParams,
    },
    app::App,
};

/// How many callbacks each tab has: exact up to 10,000, and 10,001 where there are more.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Tabs {
    mine: u64,
    unassigned: u64,
    today: u64,
    critical: u64,
    all: u64,
    overdue: u64,
    completed: u64,
}

/// How many callbacks each tab has.
#[utoipa::path(get, path = "/callbacks/tabs", tag = "callbacks", operation_id = "show_tab_counts",
    responses((status = 200, body = One<Tabs>)), security(("token" = ["read"])))]
pub(super) async fn tabs(May(caller, _): May<Read>, State(app): State<App>, _: NoParams) -> Answer<Json<One<Tabs>>> {
    let now = app.clock.now();
    let rows = caller.rows(&app.store);
    let zone = rows.own_company().await?.time_zone;
    let shown = [Tab::Mine(caller.staff), Tab::Unassigned, today(&zone, now), Tab::Critical, Tab::All, Tab::Overdue, Tab::Completed];
    let [mine, unassigned, today, critical, all, overdue, completed] = rows.tab_counts(shown, now).await?;
    Ok(one(Tabs { mine, unassigned, today, critical, all, overdue, completed }))
}
