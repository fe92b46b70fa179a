//! How many callbacks each tab of the list has, in one query.

use jiff::Timestamp;
use ringback_domain::{access::Sight, ids::StaffId};

use crate::{
    db::{Result, Value, from_record, params},
    listing::COUNTED,
    tenant::TenantStore,
};

/// Each counted up to 10,000, and one more where there are more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TabCounts {
    pub mine: u32,
    pub unassigned: u32,
    pub today: u32,
    pub critical: u32,
    pub every: u32,
    pub overdue: u32,
    pub completed: u32,
}
from_record!(TabCounts { mine, unassigned, today, critical, every, overdue, completed });

impl TenantStore<'_> {
    /// `me` owns what is mine; `today` is the company's own day.
    pub async fn tab_counts(&self, me: Option<StaffId>, today: (Timestamp, Timestamp), now: Timestamp) -> Result<TabCounts> {
        let (seen, sight) = match self.sight {
            Sight::All => ("", params![]),
            Sight::Branch { branch, person } => {
                (" and (b.branch_id is null or b.branch_id = $6 or b.assigned_to = $7)", params![branch, person])
            }
        };
        let limit = COUNTED + 1;
        let count = |name: &str, condition: &str| {
            format!(
                "(select count(*) from (select 1 from callbacks b where b.company_id = $1 and b.deleted_at is null{seen} and {condition}
                    limit {limit}) counted) as {name}"
            )
        };
        let open = "b.status in ('pending', 'assigned', 'contacted')";
        let overdue = "b.status in ('pending', 'assigned', 'contacted', 'expired') and b.due_at < $2";
        let sql = format!(
            "select {}, {}, {}, {}, {}, {}, {}",
            count("mine", &format!("b.assigned_to = $3 and {open}")),
            count("unassigned", &format!("b.assigned_to is null and {open}")),
            count("today", "b.created_at >= $4 and b.created_at < $5"),
            count("critical", &format!("((b.priority = 'urgent' and {open}) or ({overdue}))")),
            count("every", "1 = 1"),
            count("overdue", overdue),
            count("completed", "b.status = 'completed'"),
        );
        let mut params: Vec<Value> = params![self.company, now, me, today.0, today.1];
        params.extend(sight);
        Ok(self.store.db.all_built::<TabCounts>(sql, params).await?.pop().unwrap_or_default())
    }
}
