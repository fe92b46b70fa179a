//! The outbox: events written in the transaction of the change they tell, read by streams, pages and webhooks.

use jiff::Timestamp;
use ringback_domain::{
    event::EventType,
    ids::{CallbackId, CompanyId, EventId, PhoneId},
};
use serde_json::Value as Json;

use crate::db::{ROWS_AT_ONCE, Value, from_record, places};

/// An event on its way into the outbox.
pub(crate) struct NewEvent {
    pub(crate) id: EventId,
    pub(crate) company_id: CompanyId,
    pub(crate) kind: EventType,
    /// Who did it: `system`, `carrier`, `operator`, `staff:<id>`, `token:<id>`.
    pub(crate) actor: String,
    pub(crate) callback_id: Option<CallbackId>,
    pub(crate) phone_id: Option<PhoneId>,
    pub(crate) data: Json,
    pub(crate) occurred_at: Timestamp,
}

/// An event as it is told outside.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Event {
    pub id: EventId,
    #[serde(rename = "type")]
    pub kind: EventType,
    pub company_id: CompanyId,
    pub actor: String,
    pub callback_id: Option<CallbackId>,
    pub phone_id: Option<PhoneId>,
    pub occurred_at: Timestamp,
    pub data: Json,
}
from_record!(Event { id, kind, company_id, actor, callback_id, phone_id, occurred_at, data: json });

/// All events of a transaction, so many in a statement: SQLite looks up the place of each value among all of its statement, and
/// on PostgreSQL they travel together anyway.
pub(crate) fn insert(events: Vec<NewEvent>) -> Vec<(String, Vec<Value>)> {
    let mut rows = events.into_iter().map(|it| {
        [
            it.id.into(),
            it.company_id.into(),
            it.kind.as_str().into(),
            it.actor.into(),
            it.callback_id.into(),
            it.phone_id.into(),
            it.data.to_string().into(),
            it.occurred_at.into(),
        ]
    });
    let mut statements = Vec::new();
    loop {
        let some: Vec<[Value; 8]> = rows.by_ref().take(ROWS_AT_ONCE).collect();
        if some.is_empty() {
            return statements;
        }
        let (list, params) = places(some, 0);
        let sql = format!("insert into events (id, company_id, type, actor, callback_id, phone_id, data, occurred_at) values {list}");
        statements.push((sql, params));
    }
}
