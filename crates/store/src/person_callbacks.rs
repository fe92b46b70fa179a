//! The open callbacks of one person, for whoever speaks with him at this moment.

use jiff::Timestamp;
use ringback_domain::{
    callback::{Due, Status, Why},
    ids::CallbackId,
    phone_number::PhoneNumber,
};

use crate::{
    db::{Result, from_record, params},
    tenant::TenantStore,
};

#[derive(Debug, Clone)]
pub struct PersonCallback {
    pub id: CallbackId,
    pub status: Status,
    pub number: PhoneNumber,
    pub due_at: Timestamp,
    due_because: String,
    pub customer_name: String,
    pub topic: Option<String>,
}
from_record!(PersonCallback { id, status, number, due_at, due_because, customer_name, topic });

impl PersonCallback {
    /// From when the person wished to be called, until `due_at`.
    pub fn wished_from(&self) -> Option<Timestamp> {
        let due: Due = serde_json::from_str(&self.due_because).ok()?;
        match due.why {
            Why::Wished { from } => Some(from),
            Why::WallTime { .. } | Why::BusinessTime { .. } | Why::BusinessDays { .. } | Why::ByHand => None,
        }
    }
}

impl TenantStore<'_> {
    /// The newest first.
    pub async fn open_callbacks_of(&self, number: &PhoneNumber) -> Result<Vec<PersonCallback>> {
        const SQL: &str = "select id, status, number, due_at, due_because, customer_name, topic from callbacks
            where company_id = $1 and number = $2 and status in ('pending', 'assigned', 'contacted') and deleted_at is null
            order by id desc";
        self.store.db.all(SQL, params![self.company, number]).await
    }

    /// How the customer with this number is spoken to; `None`: nobody knows.
    pub async fn language_of(&self, number: &PhoneNumber) -> Result<Option<String>> {
        const SQL: &str = "select u.language from customer_numbers n join customers u on u.id = n.customer_id
            where n.company_id = $1 and n.number = $2 and u.deleted_at is null";
        Ok(self.store.db.optional::<(Option<String>,)>(SQL, params![self.company, number]).await?.and_then(|(language,)| language))
    }
}
