//! The open callbacks of one person, for whoever speaks with him at this moment.

use jiff::Timestamp;
use ringback_domain::{
    callback::{Due, Status, Why},
    ids::{CallbackId, CompanyId},
    phone_number::PhoneNumber,
};

use crate::{
    db::{Result, Tx, from_record, params},
    tenant::TenantStore,
};

#[derive(Debug, Clone)]
pub struct PersonCallback {
    pub id: CallbackId,
    pub status: Status,
    pub number: PhoneNumber,
    pub due_at: Timestamp,
    due_because: String,
    /// Still owed, and not deleted.
    pub open: bool,
}
from_record!(PersonCallback { id, status, number, due_at, due_because, open });

/// The callback of which a request that is known by this is part, whatever became of it since.
pub(crate) async fn known_as(tx: &mut Tx, company: CompanyId, number: &PhoneNumber, known_as: &str) -> Result<Option<PersonCallback>> {
    const SQL: &str = "select b.id, b.status, b.number, b.due_at, b.due_because,
            b.status in ('pending', 'assigned', 'contacted') and b.deleted_at is null as open
        from requests q join callbacks b on b.id = q.callback_id
        where q.known_as = $3 and q.company_id = $1 and b.number = $2 order by q.id desc limit 1";
    tx.optional(SQL, params![company, number, known_as]).await
}

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
        const SQL: &str = "select id, status, number, due_at, due_because, 1 = 1 as open from callbacks
            where company_id = $1 and number = $2 and status in ('pending', 'assigned', 'contacted') and deleted_at is null
            order by id desc";
        self.store.db.all(SQL, params![self.company, number]).await
    }

    /// The open callback that was asked for under this name before ([`NewCallback::known_as`](crate::NewCallback::known_as)).
    pub async fn open_callback_known_as(&self, number: &PhoneNumber, name: &str) -> Result<Option<PersonCallback>> {
        let mut tx = self.store.db.begin_read().await?;
        Ok(known_as(&mut tx, self.company, number, name).await?.filter(|callback| callback.open))
    }

    /// How the customer with this number is spoken to; `None`: nobody knows.
    pub async fn language_of(&self, number: &PhoneNumber) -> Result<Option<String>> {
        const SQL: &str = "select u.language from customer_numbers n join customers u on u.id = n.customer_id
            where n.company_id = $1 and n.number = $2 and u.deleted_at is null";
        Ok(self.store.db.optional::<(Option<String>,)>(SQL, params![self.company, number]).await?.and_then(|(language,)| language))
    }
}
