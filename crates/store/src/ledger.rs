//! A company's account and ledger, read.

use jiff::Timestamp;
use ringback_domain::{
    credits::{Account, EntryType},
    ids::{CallId, CreditEntryId},
};

use crate::{
    db::{Result, from_record, params},
    listing::{Listing, Mark, Order, Slice, Window},
    tenant::TenantStore,
};

#[derive(Debug, Clone)]
pub struct LedgerEntry {
    pub id: CreditEntryId,
    pub amount: i64,
    pub balance: i64,
    pub kind: EntryType,
    pub reason: String,
    pub actor: String,
    pub metadata: serde_json::Value,
    pub call_id: Option<CallId>,
    pub created_at: Timestamp,
}
from_record!(LedgerEntry { id, amount, balance, kind, reason, actor, metadata: json, call_id, created_at });

impl TenantStore<'_> {
    pub async fn account(&self) -> Result<Account> {
        const SQL: &str = "select balance, reserved from credit_accounts where company_id = $1";
        let account = self.store.db.optional::<(i64, i64)>(SQL, params![self.company]).await?;
        let (balance, reserved) = account.ok_or(crate::db::Error::NoRow)?;
        Ok(Account { balance, reserved })
    }

    /// Newest first.
    pub async fn ledger(&self, window: Window) -> Result<Slice<LedgerEntry>> {
        const COLUMNS: &str = "e.id, e.amount, e.balance, e.type as kind, e.reason, e.actor, e.metadata, e.call_id, e.created_at";
        let mut listing = Listing::new(COLUMNS, "credit_entries e");
        listing.only("e.company_id = ?", params![self.company]);
        let order = Order { key: None, id: "e.id", descending: true };
        listing.slice(&self.store.db, &order, window, |it: &LedgerEntry| Mark { key: 0, id: it.id.0 }).await
    }

    pub async fn ledger_entry(&self, id: CreditEntryId) -> Result<Option<LedgerEntry>> {
        const SQL: &str = "select id, amount, balance, type as kind, reason, actor, metadata, call_id, created_at
            from credit_entries where company_id = $1 and id = $2";
        self.store.db.optional(SQL, params![self.company, id]).await
    }
}
