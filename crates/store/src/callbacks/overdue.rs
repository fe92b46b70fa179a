//! How overdue callbacks are found: by their time, or, where many of the newest that are open are overdue, in the order of the list.

use jiff::Timestamp;
use ringback_domain::access::Sight;

use super::{CallbackFilter, CallbackSort, Tab};
use crate::{
    db::{Result, params},
    listing::{Start, Window},
    tenant::TenantStore,
};

macro_rules! overdue {
    ($due_at:literal) => {
        concat!("b.status in ('pending', 'assigned', 'contacted', 'expired') and ", $due_at, " < $1")
    };
}

/// The promise stands and its time is over, at the instant `$1`.
pub(super) const OVERDUE: &str = overdue!("b.due_at");
/// With the mark of [`InOrder::WithoutMarked`](crate::listing::InOrder::WithoutMarked).
pub(super) const OVERDUE_MARKED: &str = overdue!("~b.due_at");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    ByTime,
    InOrder,
}

impl Way {
    /// In order only where that is known to meet a whole page soon: it reads all that it passes.
    pub(super) async fn to(
        filter: &CallbackFilter,
        sort: CallbackSort,
        window: Window,
        rows: &TenantStore<'_>,
        now: Timestamp,
    ) -> Result<Self> {
        const AMONG_NEWEST: &str = "select count(*) from (select b.due_at from callbacks b where b.company_id = $1
                and b.status in ('pending', 'assigned', 'contacted', 'expired') and b.deleted_at is null
                order by b.id desc limit 1000) newest where newest.due_at < $2";
        let is_first_page = matches!((sort, window.start), (CallbackSort::Created(true), Start::Offset(0)));
        if !is_first_page || !asks_for_nothing_else(filter) || rows.sight != Sight::All {
            return Ok(Self::ByTime);
        }
        let overdue = rows.store.db.optional::<(i64,)>(AMONG_NEWEST, params![rows.company, now]).await?;
        let is_page = overdue.is_some_and(|(number,)| number > i64::from(window.limit));
        Ok(if is_page { Self::InOrder } else { Self::ByTime })
    }
}

fn asks_for_nothing_else(filter: &CallbackFilter) -> bool {
    let asks = filter.overdue == Some(true) || matches!(filter.tab, Some(Tab::Critical | Tab::Overdue));
    asks && CallbackFilter { overdue: None, tab: None, country: String::new(), ..filter.clone() } == CallbackFilter::default()
}
