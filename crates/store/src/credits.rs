//! The ledger: append-only; its sum is the balance (I6).

use jiff::Timestamp;
use ringback_domain::{
    credits::{Account, EntryType},
    event::EventType,
    ids::{AttemptId, CallbackId, CompanyId, CreditEntryId, PhoneId},
};
use serde_json::{Value as Json, json};

use crate::{
    calls::OpenCall,
    db::{Result, Tx, params},
    faults::fault,
    phones::PhoneRow,
    store::{About, Store, retrying},
};

/// Reserves for a call that is about to start. `false`: another phone of the company was first.
pub(crate) async fn reserve(tx: &mut Tx, company: CompanyId, amount: i64) -> Result<bool> {
    const SQL: &str = "update credit_accounts set reserved = reserved + $2 where company_id = $1 and balance - reserved > $2";
    const UNCHECKED: &str = "update credit_accounts set reserved = reserved + $2 where company_id = $1 and balance > $2";
    let sql = if fault(19) { UNCHECKED } else { SQL };
    Ok(tx.execute(sql, params![company, amount]).await? == 1)
}

/// Reserves where the transaction holds the account, and has seen that it suffices.
pub(crate) fn reserve_held(tx: &mut Tx, company: CompanyId, amount: i64) {
    const SQL: &str = "update credit_accounts set reserved = reserved + $2 where company_id = $1";
    tx.later(SQL, params![company, amount]);
}

/// Written also when there is nothing to give back: the account's lock comes before the people's in every transaction,
/// and an end that frees a channel goes on to claim. Otherwise two of them deadlock.
pub(crate) async fn release(tx: &mut Tx, company: CompanyId, amount: i64) -> Result<()> {
    const SQL: &str = "update credit_accounts set reserved = reserved - $2 where company_id = $1 returning reserved";
    let left = tx.optional_with_later::<(i64,)>(SQL, params![company, amount]).await?;
    assert!(left.is_none_or(|(reserved,)| reserved >= 0), "I6: more was given back than was reserved");
    tx.holds_account = true;
    Ok(())
}

/// Charges a call's seconds in full and gives its reserve back, after what is left for later. Charges once: the ledger takes one
/// entry per call.
pub(crate) async fn settle(store: &Store, tx: &mut Tx, call: &OpenCall, seconds: i64, now: Timestamp) -> Result<()> {
    if seconds == 0 {
        return release(tx, call.company_id, call.reserved_credits).await;
    }
    const SQL: &str = "update credit_accounts set balance = balance - $2, reserved = reserved - $3 where company_id = $1
        returning balance, reserved, short_told";
    let charged = tx.optional_with_later::<(i64, i64, bool)>(SQL, params![call.company_id, seconds, call.reserved_credits]).await?;
    let (balance, reserved, told) = charged.ok_or(crate::db::Error::NoRow)?;
    assert!(reserved >= 0, "I6: more was given back than was reserved");
    tx.holds_account = true;
    let entry = Entry { amount: -seconds, balance, kind: EntryType::Call, reason: "call", actor: "system", metadata: json!({}) };
    append(store, tx, call.company_id, Some(call.id), &entry, now);
    let account = Account { balance, reserved };
    if !told && is_low(account, call.settings.minimum_credits) {
        let head = head_of(tx, call.phone_id).await?;
        let (company, phone, minimum) = (call.company_id, call.phone_id, call.settings.minimum_credits);
        tell_crossing(store, tx, &Crossing { company, phone, account, minimum, head }, now).await?;
    }
    Ok(())
}

struct Entry<'a> {
    amount: i64,
    balance: i64,
    kind: EntryType,
    reason: &'a str,
    actor: &'a str,
    metadata: Json,
}

/// Written with the end of the transaction.
fn append(
    store: &Store,
    tx: &mut Tx,
    company: CompanyId,
    call: Option<ringback_domain::ids::CallId>,
    entry: &Entry<'_>,
    now: Timestamp,
) -> CreditEntryId {
    const SQL: &str = "insert into credit_entries (id, company_id, amount, balance, type, reason, actor, metadata, call_id, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let id = CreditEntryId(store.new_id(now));
    let params = params![
        id,
        company,
        entry.amount,
        entry.balance,
        entry.kind.as_str(),
        entry.reason,
        entry.actor,
        entry.metadata.to_string(),
        call,
        now,
    ];
    tx.later(SQL, params);
    id
}

/// Whether the balance itself is at or below the minimum. What the reserves of running calls hold back comes back by
/// itself and is no news.
fn is_low(account: Account, minimum: u32) -> bool {
    !Account { reserved: 0, ..account }.covers(minimum)
}

/// The balance has come down to the minimum.
struct Crossing {
    company: CompanyId,
    /// Whose end or claim showed it.
    phone: PhoneId,
    account: Account,
    minimum: u32,
    /// Of all whom the shortage keeps waiting the one that it keeps from being dialed now.
    head: Option<(AttemptId, CallbackId)>,
}

/// Said once, and to the head with it.
async fn tell_crossing(store: &Store, tx: &mut Tx, it: &Crossing, now: Timestamp) -> Result<()> {
    const SQL: &str = "update credit_accounts set short_told = $2 where company_id = $1";
    tx.execute(SQL, params![it.company, true]).await?;
    let about = About { actor: "system", callback: None, phone: None };
    let data = json!({"credits": {"balance": it.account.balance, "reserved": it.account.reserved, "minimum": it.minimum}});
    store.event(tx, now, it.company, EventType::CreditsLow, about, data);
    let Some((attempt, callback)) = it.head else { return Ok(()) };
    let about = About { actor: "system", callback: Some(callback), phone: Some(it.phone) };
    let data = json!({"attempt": {"id": attempt, "callback_id": callback, "phone_id": it.phone, "status": "insufficient_credits"}});
    store.event(tx, now, it.company, EventType::AttemptInsufficientCredits, about, data);
    Ok(())
}

/// An attempt met an account that is too low: said once per crossing, with the attempt that met it.
pub(crate) async fn tell_short(store: &Store, tx: &mut Tx, phone: PhoneId, row: &PhoneRow, now: Timestamp) -> Result<()> {
    let account = Account { balance: row.balance, reserved: row.reserved };
    if row.short_told || !is_low(account, row.settings.minimum_credits) {
        return Ok(());
    }
    let head = head_of(tx, phone).await?;
    if head.is_none() {
        return Ok(());
    }
    let (company, minimum) = (row.company_id, row.settings.minimum_credits);
    tell_crossing(store, tx, &Crossing { company, phone, account, minimum, head }, now).await
}

/// Who would be dialed next on this phone.
async fn head_of(tx: &mut Tx, phone: PhoneId) -> Result<Option<(AttemptId, CallbackId)>> {
    const SQL: &str = "select id, callback_id from attempts where phone_id = $1 and status = 'pending' and look_at is null
        order by priority, not_before, id limit 1";
    tx.optional(SQL, params![phone]).await
}

impl Store {
    /// The operator adds or (negative) removes credits; the new balance. What waited for credits is eligible at once.
    pub async fn add_credits(&self, company: CompanyId, amount: i64, reason: &str, actor: &str, now: Timestamp) -> Result<CreditsAdded> {
        retrying!({
            let mut tx = self.db.begin().await?;
            let added = add(self, &mut tx, company, amount, reason, actor, now).await?;
            self.commit(tx, company).await?;
            Ok(added)
        })
    }
}

pub(crate) async fn add(
    store: &Store,
    tx: &mut Tx,
    company: CompanyId,
    amount: i64,
    reason: &str,
    actor: &str,
    now: Timestamp,
) -> Result<CreditsAdded> {
    const SQL: &str = "update credit_accounts set balance = balance + $2 where company_id = $1 returning balance, reserved";
    let (balance, reserved) = tx.one::<(i64, i64)>(SQL, params![company, amount]).await?;
    let kind = if amount < 0 { EntryType::Removal } else { EntryType::Addition };
    let entry = Entry { amount, balance, kind, reason, actor, metadata: json!({}) };
    let id = append(store, tx, company, None, &entry, now);
    const MINIMUM: &str = "select minimum_credits from companies where id = $1";
    let (minimum,) = tx.one::<(u32,)>(MINIMUM, params![company]).await?;
    if !is_low(Account { balance, reserved }, minimum) {
        const TOLD: &str = "update credit_accounts set short_told = $2 where company_id = $1";
        tx.execute(TOLD, params![company, false]).await?;
    }
    let about = About { actor, callback: None, phone: None };
    let data = json!({"credits": {"amount": amount, "balance": balance, "reserved": reserved, "reason": reason}});
    store.event(tx, now, company, EventType::CreditsAdded, about, data);
    Ok(CreditsAdded { entry: id, balance })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditsAdded {
    pub entry: CreditEntryId,
    pub balance: i64,
}
