//! Why an attempt was called off: what the event that told it says.

use std::{collections::HashMap, fmt::Write as _};

use jiff::Timestamp;
use ringback_domain::{
    attempt::{CalledOff, Status},
    ids::{AttemptId, CallbackId, StaffId},
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::Outcome;
use crate::{
    db::{Result, Value, from_record, params},
    tenant::TenantStore,
};

/// Why an attempt was called off, and by whom: by name where the company knows him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelledBecause {
    pub why: CalledOff,
    pub by: Option<String>,
}

struct CallOff {
    actor: String,
    data: Json,
}
from_record!(CallOff { actor, data: json });

impl CallOff {
    fn attempt(&self) -> Option<AttemptId> {
        self.data["attempt"]["id"].as_str()?.parse().ok()
    }

    fn because(&self, names: &HashMap<StaffId, String>) -> Option<CancelledBecause> {
        let why = self.data["attempt"]["because"].as_str()?.parse().ok()?;
        Some(CancelledBecause { why, by: staff_of(&self.actor).and_then(|staff| names.get(&staff).cloned()) })
    }
}

fn staff_of(actor: &str) -> Option<StaffId> {
    actor.strip_prefix("staff:")?.parse().ok()
}

impl TenantStore<'_> {
    /// Of those among `outcomes` that were called off, as far as it is known.
    pub async fn board_cancelled(&self, outcomes: &[Outcome]) -> Result<HashMap<AttemptId, CancelledBecause>> {
        let cancelled: Vec<(CallbackId, Timestamp)> =
            outcomes.iter().filter(|it| it.status == Status::Cancelled).map(|it| (it.callback_id, it.ended_at)).collect();
        if cancelled.is_empty() {
            return Ok(HashMap::new());
        }
        let (sql, params) = self.events_of(&cancelled);
        let told: Vec<CallOff> = self.store.db.all_built(sql, params).await?;
        let names = self.names_of(told.iter().filter_map(|it| staff_of(&it.actor))).await?;
        Ok(told.iter().filter_map(|it| Some((it.attempt()?, it.because(&names)?))).collect())
    }

    /// One step down the index of a callback's events each: an event's id begins with its instant, and the one that is
    /// looked for is among the first at the instant of the change or behind it.
    fn events_of(&self, cancelled: &[(CallbackId, Timestamp)]) -> (String, Vec<Value>) {
        let mut params: Vec<Value> = params![self.company];
        let mut arms = String::new();
        for (index, (callback, at)) in cancelled.iter().enumerate() {
            params.push((*callback).into());
            params.push(first_id_at(*at).into());
            let (callback, from) = (params.len() - 1, params.len());
            let union = if index == 0 { "" } else { " union " };
            write!(
                arms,
                "{union}select * from (select e.id, e.actor, e.data from events e
                    where e.callback_id = ${callback} and e.id >= ${from} and e.company_id = $1 and e.type = 'attempt.cancelled'
                    order by e.id limit 4) told{index}"
            )
            .expect("a string takes everything");
        }
        (format!("select actor, data from ({arms}) told"), params)
    }

    async fn names_of(&self, staff: impl Iterator<Item = StaffId>) -> Result<HashMap<StaffId, String>> {
        let mut params: Vec<Value> = params![self.company];
        params.extend(staff.map(Value::from));
        if params.len() == 1 {
            return Ok(HashMap::new());
        }
        let places: Vec<String> = (2..=params.len()).map(|place| format!("${place}")).collect();
        let sql = format!("select id, name from staff where company_id = $1 and id in ({})", places.join(", "));
        Ok(self.store.db.all_built::<(StaffId, String)>(sql, params).await?.into_iter().collect())
    }
}

/// Not greater than any id made at that instant or later.
fn first_id_at(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}
