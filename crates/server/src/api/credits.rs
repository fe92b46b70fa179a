//! Credits: the account, its ledger, and the operator's act of adding to it.

use axum::{Json, extract::State};
use jiff::Timestamp;
use ringback_domain::{
    credits::{EntryType, MOST_AT_ONCE},
    ids::{CallId, CreditEntryId},
};
use ringback_store::LedgerEntry;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    answer::{Answer, Created, List, One, list, one},
    body::Fields,
    caller::{May, Operate, Read},
    params::{NoParams, Params},
    read,
    schema::{self, PageParams},
};
use crate::{app::App, errors::Code};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(index, add))
}

/// A company's account. One credit is one second of talk.
#[derive(Debug, Serialize, ToSchema)]
struct Credits {
    balance: i64,
    /// Held back for calls that run.
    reserved: i64,
    /// Automatic callbacks start while more than this is left.
    minimum: u32,
}

/// An entry of the ledger.
#[derive(Debug, Serialize, ToSchema)]
struct Transaction {
    #[schema(value_type = Uuid)]
    id: CreditEntryId,
    amount: i64,
    /// After it.
    balance: i64,
    #[serde(rename = "type")]
    #[schema(schema_with = schema::entry_type)]
    kind: EntryType,
    reason: String,
    actor: String,
    #[schema(value_type = Object)]
    metadata: serde_json::Value,
    #[schema(value_type = Option<Uuid>)]
    call_id: Option<CallId>,
    created_at: Timestamp,
}

impl From<LedgerEntry> for Transaction {
    fn from(it: LedgerEntry) -> Self {
        let LedgerEntry { id, amount, balance, kind, reason, actor, metadata, call_id, created_at } = it;
        Self { id, amount, balance, kind, reason, actor, metadata, call_id, created_at }
    }
}

/// What is to be added, or with a negative amount removed.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `add` reads")]
struct NewTransaction {
    #[schema(minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64)]
    amount: i64,
    #[schema(max_length = 200)]
    reason: String,
}

/// The company's account.
#[utoipa::path(get, path = "/credits", tag = "credits", operation_id = "show_credits",
    responses((status = 200, body = One<Credits>)), security(("token" = ["read"])))]
async fn show(May(caller, _): May<Read>, State(app): State<App>, _: NoParams) -> Answer<Json<One<Credits>>> {
    let rows = caller.rows(&app.store);
    let account = rows.account().await?;
    let minimum = rows.own_company().await?.settings.minimum_credits;
    Ok(one(Credits { balance: account.balance, reserved: account.reserved, minimum }))
}

/// The ledger, newest first.
#[utoipa::path(get, path = "/credits/transactions", tag = "credits", operation_id = "list_transactions", params(PageParams),
    responses((status = 200, body = List<Transaction>)), security(("token" = ["read"])))]
async fn index(May(caller, _): May<Read>, State(app): State<App>, mut params: Params) -> Answer<Json<List<Transaction>>> {
    let paging = params.paging(20, 0);
    let paging = paging.keeping(params.finish()?);
    let slice = caller.rows(&app.store).ledger(paging.window()).await?;
    Ok(list(&app, &paging, slice, Transaction::from))
}

/// Adds or removes credits. What waited for them is dialed at once.
#[utoipa::path(post, path = "/credits/transactions", tag = "credits", operation_id = "add_credits", request_body = NewTransaction,
    responses((status = 201, body = One<Transaction>)), security(("token" = ["operator"])))]
async fn add(May(caller, _): May<Operate>, State(app): State<App>, _: NoParams, mut fields: Fields) -> Answer<Created<Transaction>> {
    let amount: Option<i64> = fields.required("amount", read::whole(-MOST_AT_ONCE..=MOST_AT_ONCE));
    let reason = fields.required("reason", read::line(200));
    if amount == Some(0) {
        fields.refuse("amount", Code::Range, "must not be 0");
    }
    let (amount, reason) = fields.finish(|| Some((amount?, reason?)))?;
    let added = app.store.add_credits(caller.company, amount, &reason, &caller.actor(), app.clock.now()).await?;
    app.dispatcher.wake_all();
    let entry = caller.rows(&app.store).ledger_entry(added.entry).await?;
    Ok(Created(entry.ok_or_else(|| anyhow::anyhow!("an entry of the ledger is gone"))?.into()))
}
