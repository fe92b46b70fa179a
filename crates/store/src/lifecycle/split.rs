//! Taking the latest request out of a merged callback, into one of its own.

use jiff::Timestamp;
use ringback_domain::{
    callback::{self, Due, Judged, Move, Priority, Source, Start, Why},
    event::EventType,
    ids::{BranchId, CallId, CallbackId, PhoneId, ServiceId, StaffId},
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    CallbackRow,
    act::Moved,
    moves::{By, put_off_attempts},
    request::due_json,
};
use crate::{
    callbacks::words,
    db::{Result, Tx, from_record, params},
    store::{About, retrying},
    tenant::TenantStore,
};

struct Request {
    id: Uuid,
    source: Source,
    asked: Asked,
    created_at: Timestamp,
}
from_record!(Request { id, source, asked: json, created_at });

/// What of a request a callback is made from; what it did not say, the callback that it had joined says.
#[derive(Deserialize)]
struct Asked {
    priority: Priority,
    priority_reason: String,
    due: Due,
    customer_name: Option<String>,
    branch_id: Option<BranchId>,
    service_id: Option<ServiceId>,
    staff_id: Option<StaffId>,
    phone_id: Option<PhoneId>,
    call_id: Option<CallId>,
    preferred_time_window: Option<serde_json::Value>,
    not_before: Option<Timestamp>,
    topic: Option<String>,
    language: Option<String>,
    notes: Option<String>,
    #[serde(default)]
    metadata: serde_json::Map<String, serde_json::Value>,
}

impl Request {
    fn wishes_from(&self) -> Option<Timestamp> {
        match self.asked.due.why {
            Why::Wished { from } => Some(from),
            _ => self.asked.not_before,
        }
    }
}

/// How urgent these requests are together, one joining the other.
fn judged(requests: &[Request]) -> Option<Judged> {
    (1_u32..).zip(requests).fold(None, |before, (count, it)| {
        let asked = Judged { priority: it.asked.priority, reason: it.asked.priority_reason.clone() };
        Some(before.map_or(asked.clone(), |before| callback::merged_priority(&before, &asked, count)))
    })
}

/// What only the request that is taken out had brought goes with it: its notes, its wish, the priority to which it raised. What
/// somebody has changed since stays.
async fn without(
    tx: &mut Tx,
    row: &mut CallbackRow,
    rest: &[Request],
    taken: &Request,
    together: Option<&Judged>,
    now: Timestamp,
) -> Result<()> {
    let id = row.is.id;
    if let Some(gone) = taken.asked.notes.as_deref().filter(|gone| rest.iter().all(|it| it.asked.notes.as_deref() != Some(gone))) {
        let (notes,) = tx.one::<(Option<String>,)>("select notes from callbacks where id = $1", params![id]).await?;
        if let Some(left) = notes.as_deref().and_then(|notes| notes.strip_suffix(gone)).and_then(|left| left.strip_suffix('\n')) {
            tx.execute("update callbacks set notes = $2 where id = $1", params![id, left]).await?;
        } else if notes.as_deref() == Some(gone) {
            tx.execute("update callbacks set notes = null where id = $1", params![id]).await?;
        }
    }
    if taken.wishes_from().is_some() && row.is.due_at == taken.asked.due.at {
        let earlier = rest.iter().rev().find(|it| it.wishes_from().is_some());
        let start = rest.first().map_or(row.is.created_at, |it| it.created_at);
        match earlier {
            None => row.start_clock(Start::created(start), now)?,
            Some(it) => {
                row.is.clock_from = it.asked.due.why.start().map_or(it.created_at, |start| start.at);
                row.set_due(&it.asked.due, now);
            }
        }
        let window = earlier.and_then(|it| it.asked.preferred_time_window.as_ref()).map(ToString::to_string);
        let from = earlier.and_then(Request::wishes_from);
        const WISH: &str = "update callbacks set preferred_time_window = $2, not_before = $3 where id = $1";
        tx.execute(WISH, params![id, window, from]).await?;
        put_off_attempts(tx, id, from.unwrap_or(now), row.is.warns_at, now).await?;
    }
    let as_merged = together.is_some_and(|it| (it.priority, &it.reason) == (row.is.priority, &row.is.priority_reason));
    match judged(rest) {
        Some(alone) if as_merged && alone.priority != row.is.priority => row.set_priority(alone.priority, alone.reason, now),
        _ => Ok(()),
    }
}

/// What came of a split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SplitOff {
    /// The callback of the request that was taken out.
    Yes(CallbackId),
    Not(Moved),
}

impl TenantStore<'_> {
    pub async fn split_callback(&self, id: CallbackId, by: By<'_>, now: Timestamp) -> Result<SplitOff> {
        retrying!({
            let mut tx = self.store.db.begin().await?;
            let Some(mut row) = self.seen_row(&mut tx, id).await?.filter(|row| row.is.deleted_at.is_none()) else {
                return Ok(SplitOff::Not(Moved::Unknown));
            };
            const REQUESTS: &str = "select id, source, asked, created_at from requests where callback_id = $1 order by id";
            let mut rest = tx.all::<Request>(REQUESTS, params![id]).await?;
            let together = judged(&rest);
            let latest = rest.pop();
            let legal = row.standing().after(Move::Split);
            let (Ok(_), Some(latest)) = (&legal, latest) else {
                let single = callback::Standing { has_merged: false, ..row.standing() };
                let illegal = legal.err().unwrap_or_else(|| single.refuse(Move::Split));
                return Ok(SplitOff::Not(Moved::Illegal(illegal)));
            };
            row.is.merged_count -= 1;
            if row.is.asked_at <= latest.created_at {
                row.is.asked_at = rest.last().map_or(row.is.created_at, |it| it.created_at);
            }
            without(&mut tx, &mut row, &rest, &latest, together.as_ref(), now).await?;
            row.save(&mut tx, now).await?;
            let own = self.take_out(&mut tx, &row, &latest, by, now).await?;
            self.store.tell(&mut tx, &row, EventType::CallbackSplit, by.actor, &json!({"into": own}), now);
            self.store.commit(tx, self.company).await?;
            Ok(SplitOff::Yes(own))
        })
    }

    async fn take_out(&self, tx: &mut Tx, row: &CallbackRow, it: &Request, by: By<'_>, now: Timestamp) -> Result<CallbackId> {
        let id = CallbackId(self.store.new_id(now));
        let asked = &it.asked;
        let name = asked.customer_name.as_ref().unwrap_or(&row.is.customer_name);
        let clock_from = asked.due.why.start().map_or(it.created_at, |start| start.at);
        let warns_at = callback::warns_at(asked.due.at, &row.settings);
        const SQL: &str = "insert into callbacks (id, company_id, number, customer_name, customer_id, status, priority, priority_reason,
                source, phone_id, branch_id, service_id, staff_id, topic, language, call_id, preferred_time_window, not_before, return_by,
                notes, metadata, due_at, due_because, clock_from, warns_at, acts_at, merged_count, created_at, updated_at, asked_at, split_from)
            values ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 'staff', $18, $19, $20, $21, $22,
                $23, $24, 0, $24, $24, $24, $25)";
        let params = params![
            id,
            self.company,
            &row.is.number,
            name,
            row.is.customer_id,
            asked.priority.as_str(),
            &asked.priority_reason,
            it.source.as_str(),
            asked.phone_id,
            asked.branch_id.or(row.is.branch_id),
            asked.service_id,
            asked.staff_id,
            asked.topic.clone(),
            asked.language.clone(),
            asked.call_id,
            asked.preferred_time_window.as_ref().map(ToString::to_string),
            it.wishes_from(),
            asked.notes.clone(),
            serde_json::Value::Object(asked.metadata.clone()).to_string(),
            asked.due.at,
            due_json(&asked.due),
            clock_from,
            warns_at,
            // A person is looked for at once.
            now,
            row.family(),
        ];
        tx.execute(SQL, params).await?;
        words::insert(tx, self.company, id, name, &row.is.number);
        tx.execute("update requests set callback_id = $2 where id = $1", params![it.id, id]).await?;
        if let Some(call) = asked.call_id {
            tx.execute("update calls set callback_id = $2 where id = $1 and callback_id = $3", params![call, id, row.is.id]).await?;
        }
        let about = About { actor: by.actor, callback: Some(id), phone: asked.phone_id };
        let data = json!({"callback": {
            "id": id, "phone_number": row.is.number, "status": "pending", "priority": asked.priority, "source": it.source,
            "due_at": asked.due.at, "split_from": row.is.id,
        }});
        self.store.event(tx, now, self.company, EventType::CallbackCreated, about, data);
        Ok(id)
    }
}
