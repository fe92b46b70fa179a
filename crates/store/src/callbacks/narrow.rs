//! Which callbacks a list shows. Each filter has an index (migration 0003): conditions are written so that both engines use it.

use jiff::Timestamp;
use ringback_domain::callback::Source;
use uuid::Uuid;

use super::{
    Assigned, CallbackFilter, PRIORITY_RANK, Tab,
    overdue::{OVERDUE, OVERDUE_MARKED, Way},
    rank, words,
};
use crate::{
    db::{Result, Value, params},
    listing::{Ids, InOrder, Listing},
    search,
    tenant::TenantStore,
};

const OPEN: &str = "b.status in ('pending', 'assigned', 'contacted')";
const URGENT: &str = "b.priority = 'urgent' and b.status in ('pending', 'assigned', 'contacted')";
const MINE: &str = "b.assigned_to = ? and b.status in ('pending', 'assigned', 'contacted')";

pub(super) async fn narrow(listing: &mut Listing, rows: &TenantStore<'_>, filter: &CallbackFilter, way: Way, now: Timestamp) -> Result<()> {
    narrow_to_fields(listing, filter);
    match filter.overdue {
        Some(true) => narrow_to_overdue(listing, rows, filter.trashed, way),
        Some(false) => listing.only(&format!("not ({OVERDUE})"), params![]),
        None => {}
    }
    if filter.overdue.is_some() {
        listing.by_clock(filter.trashed);
    }
    narrow_to_time(listing, filter.created_from, filter.created_to);
    if let Some(tab) = filter.tab {
        narrow_to_tab(listing, rows, tab, filter.trashed, way);
    }
    match &filter.search {
        Some(search) if filter.trashed => search::narrow(listing, search, &filter.country, &words::SEARCHED),
        Some(search) => words::narrow(listing, rows, search, &filter.country, now).await?,
        None => {}
    }
    Ok(())
}

fn narrow_to_fields(listing: &mut Listing, filter: &CallbackFilter) {
    let words = |words: Vec<&str>| words.into_iter().map(Value::from).collect::<Vec<_>>();
    if !filter.status.is_empty() {
        listing.only_in("b.status", words(filter.status.iter().map(|it| it.as_str()).collect()));
    }
    if !filter.priority.is_empty() {
        listing.only_in(PRIORITY_RANK, filter.priority.iter().map(|it| rank(*it).into()));
    }
    if !filter.source.is_empty() {
        listing.only_in("b.source", words(filter.source.iter().map(|it| it.as_str()).collect()));
        if !filter.source.contains(&Source::MissedCall) {
            // Most are missed calls, and not in the index of sources.
            listing.only("b.source <> 'missed_call'", params![]);
        }
    }
    match filter.assigned {
        Some(Assigned::To(staff)) => listing.only("b.assigned_to = ?", params![staff]),
        Some(Assigned::Nobody) => listing.only("b.assigned_to is null", params![]),
        None => {}
    }
    if let Some(branch) = filter.branch {
        listing.only("b.branch_id = ?", params![branch]);
    }
    if let Some(service) = filter.service {
        listing.only("b.service_id = ?", params![service]);
    }
}

/// Ids begin with the millisecond in which they were made, so that their order finds the time; a second more on both sides,
/// because the source of ids may run ahead of the clock.
fn narrow_to_time(listing: &mut Listing, from: Option<Timestamp>, to: Option<Timestamp>) {
    const SLACK_MILLIS: i64 = 1000;
    if let Some(from) = from {
        listing.only("b.created_at >= ? and b.id >= ?", params![from, first_id(from.as_millisecond() - SLACK_MILLIS)]);
    }
    if let Some(to) = to {
        listing.only("b.created_at <= ? and b.id <= ?", params![to, first_id(to.as_millisecond() + SLACK_MILLIS)]);
    }
}

fn first_id(millis: i64) -> Uuid {
    let millis = u64::try_from(millis).unwrap_or(0).min((1 << 48) - 1);
    Uuid::from_u128(u128::from(millis) << 80)
}

pub(super) fn narrow_to_tab(listing: &mut Listing, rows: &TenantStore<'_>, tab: Tab, trashed: bool, way: Way) {
    match tab {
        Tab::Mine(Some(staff)) => listing.only_among(vec![those(rows, trashed, MINE, params![staff], InOrder::No)]),
        // A token that acts for nobody owns nothing.
        Tab::Mine(None) => listing.only("1 = 0", params![]),
        Tab::Unassigned => listing.only(&format!("b.assigned_to is null and {OPEN}"), params![]),
        Tab::Today { from, until } => {
            narrow_to_time(listing, Some(from), Some(until));
            listing.only("b.created_at < ?", params![until]);
        }
        Tab::Critical => {
            // Each half has an index of its own, which an `or` could not use.
            listing.only_among(vec![overdue(rows, trashed, way), those(rows, trashed, URGENT, params![], InOrder::No)]);
            listing.by_clock(trashed);
        }
        Tab::All => {}
        Tab::Overdue => {
            narrow_to_overdue(listing, rows, trashed, way);
            listing.by_clock(trashed);
        }
        Tab::Completed => listing.only("b.status = 'completed'", params![]),
    }
}

fn narrow_to_overdue(listing: &mut Listing, rows: &TenantStore<'_>, trashed: bool, way: Way) {
    match way {
        Way::ByTime => listing.only(OVERDUE, params![]),
        Way::InOrder => listing.only_among(vec![overdue(rows, trashed, way)]),
    }
}

fn overdue(rows: &TenantStore<'_>, trashed: bool, way: Way) -> (Ids, Vec<Value>) {
    let in_order = if way == Way::InOrder { InOrder::WithoutMarked } else { InOrder::No };
    those(rows, trashed, OVERDUE_MARKED, params![], in_order)
}

fn those(rows: &TenantStore<'_>, trashed: bool, condition: &str, values: Vec<Value>, in_order: InOrder) -> (Ids, Vec<Value>) {
    let deleted = if trashed { "is not null" } else { "is null" };
    let select = format!("select b.id from callbacks b where b.company_id = ? and b.deleted_at {deleted} and {condition}");
    (Ids { select, column: "b.id", in_order }, [params![rows.company], values].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_id_of_a_millisecond_is_before_all_that_are_made_in_it() {
        let at = 1_772_449_200_123;
        let made = |nanos| Uuid::new_v7(uuid::Timestamp::from_unix_time(1_772_449_200, nanos, 0, 0));
        assert!(first_id(at) <= made(123_000_000) && first_id(at) > made(122_000_000));
        assert_eq!(first_id(-5), Uuid::nil());
    }
}
