//! Which callbacks a list shows, and in which order.

use jiff::{Timestamp, tz::TimeZone};
use ringback_domain::ids::StaffId;
use ringback_store::{Assigned, CallbackFilter, CallbackSort, Company, Tab};
use utoipa::{IntoParams, openapi::schema::Object};

use crate::{
    api::{
        caller::Caller,
        params::Params,
        read::{self, Reading, wrong},
        schema,
    },
    errors::Code,
};

/// Which callbacks.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(super) struct CallbackParams {
    /// One status, or several with commas between them.
    #[param(style = Form, explode = false, schema_with = schema::callback_statuses)]
    status: Option<String>,
    /// One priority, or several with commas between them.
    #[param(style = Form, explode = false, schema_with = schema::callback_priorities)]
    priority: Option<String>,
    /// One source, or several with commas between them.
    #[param(style = Form, explode = false, schema_with = schema::callback_sources)]
    source: Option<String>,
    /// The id of a person, or `none`.
    #[param(schema_with = schema::id_or_none)]
    assigned_to: Option<String>,
    overdue: Option<bool>,
    branch_id: Option<uuid::Uuid>,
    service_id: Option<uuid::Uuid>,
    /// The deleted ones instead of the others.
    trashed: Option<bool>,
    /// Created then or later.
    created_from: Option<Timestamp>,
    /// Created then or earlier.
    created_to: Option<Timestamp>,
    /// Words of the name by their beginnings, or the first or last digits of the number.
    q: Option<String>,
    #[param(schema_with = tabs)]
    tab: Option<String>,
    /// With a minus in front the other way round.
    #[param(schema_with = sorts)]
    sort: Option<String>,
    /// What is shown with each; several with commas between them.
    #[param(style = Form, explode = false, schema_with = schema::parts)]
    include: Option<String>,
}

pub(super) fn read(params: &mut Params, caller: &Caller, company: &Company, now: Timestamp) -> (CallbackFilter, CallbackSort) {
    let filter = CallbackFilter {
        status: params.optional("status", read::words).unwrap_or_default(),
        priority: params.optional("priority", read::words).unwrap_or_default(),
        source: params.optional("source", read::words).unwrap_or_default(),
        assigned: params.optional("assigned_to", assigned),
        overdue: params.optional("overdue", read::truth),
        branch: params.optional("branch_id", read::id),
        service: params.optional("service_id", read::id),
        trashed: params.optional("trashed", read::truth).unwrap_or(false),
        created_from: params.optional("created_from", read::instant),
        created_to: params.optional("created_to", read::instant),
        search: params.optional("q", read::search).flatten(),
        tab: params.optional("tab", |text| tab(text, caller.staff, &company.time_zone, now)),
        country: company.country.clone(),
    };
    (filter, params.optional("sort", sort).unwrap_or(CallbackSort::Created(true)))
}

fn assigned(text: &str) -> Reading<Assigned> {
    if text == "none" {
        return Ok(Assigned::Nobody);
    }
    read::id(text).map(Assigned::To).or_else(|_| wrong(Code::Format, "must be the id of a person, or none"))
}

fn tabs() -> Object {
    schema::one_of(&["mine", "unassigned", "today", "critical", "all", "overdue", "completed"])
}

fn sorts() -> Object {
    schema::one_of(&["created_at", "-created_at", "due_at", "-due_at", "priority", "-priority"])
}

fn tab(text: &str, me: Option<StaffId>, zone: &str, now: Timestamp) -> Reading<Tab> {
    match text {
        "mine" => Ok(Tab::Mine(me)),
        "unassigned" => Ok(Tab::Unassigned),
        "today" => Ok(today(zone, now)),
        "critical" => Ok(Tab::Critical),
        "all" => Ok(Tab::All),
        "overdue" => Ok(Tab::Overdue),
        "completed" => Ok(Tab::Completed),
        _ => wrong(Code::Choice, "must be one of: mine, unassigned, today, critical, all, overdue, completed"),
    }
}

/// The day that it is where the company is; it has 23 or 25 hours twice a year.
pub(super) fn today(zone: &str, now: Timestamp) -> Tab {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let start = now.to_zoned(zone).start_of_day();
    let next = start.as_ref().ok().and_then(|start| start.tomorrow().ok());
    let from = start.map_or(now, |start| start.timestamp());
    Tab::Today { from, until: next.map_or(Timestamp::MAX, |next| next.timestamp()) }
}

fn sort(text: &str) -> Reading<CallbackSort> {
    match text {
        "created_at" => Ok(CallbackSort::Created(false)),
        "-created_at" => Ok(CallbackSort::Created(true)),
        "due_at" => Ok(CallbackSort::Due(false)),
        "-due_at" => Ok(CallbackSort::Due(true)),
        "priority" => Ok(CallbackSort::Priority(false)),
        "-priority" => Ok(CallbackSort::Priority(true)),
        _ => wrong(Code::Choice, "must be one of: created_at, -created_at, due_at, -due_at, priority, -priority"),
    }
}

/// Tells the cursors of different orders apart.
pub(super) fn order_of(sort: CallbackSort) -> u8 {
    match sort {
        CallbackSort::Created(descending) => 2 + u8::from(descending),
        CallbackSort::Due(descending) => 4 + u8::from(descending),
        CallbackSort::Priority(descending) => 6 + u8::from(descending),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn today_is_the_companys_own_day_also_when_the_clocks_change() {
        let now: Timestamp = "2026-03-29T21:30:00Z".parse().expect("an instant");
        let Tab::Today { from, until } = today("Europe/Berlin", now) else { panic!("a day") };
        assert_eq!(from.to_string(), "2026-03-28T23:00:00Z");
        assert_eq!(until.to_string(), "2026-03-29T22:00:00Z");
    }
}
