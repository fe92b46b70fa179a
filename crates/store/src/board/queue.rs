//! Who waits, in dialing order: the heads of the phones' queues, so that a million waiting attempts cost no more than fifty.

use std::{collections::HashMap, fmt::Write as _};

use jiff::Timestamp;
use ringback_domain::ids::{AttemptId, CallbackId, PhoneId};

use crate::{
    attempts::Shown,
    db::{Result, Value, from_record, params},
    tenant::TenantStore,
};

/// Rows of the queue on the board; the rest is a number.
const ROWS: usize = 50;

/// Which of those who wait are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueueFilter {
    #[default]
    All,
    /// Waiting for a channel or for an hour.
    NotHeld,
    /// Held back by a campaign.
    Held,
}

/// Somebody who waits for his call.
pub struct Waiting {
    /// In the queue of its phone, from 1, among those that are seen; `None` for what is held or put off.
    pub position: Option<usize>,
    pub customer_name: String,
    pub shown: Shown,
}

struct Head {
    id: AttemptId,
    callback_id: CallbackId,
    phone_id: PhoneId,
    customer_name: String,
    eligible: bool,
}
from_record!(Head { id, callback_id, phone_id, customer_name, eligible });

impl TenantStore<'_> {
    /// The first [`ROWS`] of these phones' queues, those who may be dialed before those who are held or put off.
    pub async fn board_queue(&self, phones: &[PhoneId], filter: QueueFilter, now: Timestamp) -> Result<Vec<Waiting>> {
        if phones.is_empty() {
            return Ok(Vec::new());
        }
        let (sql, params) = self.heads(phones, filter, now);
        let heads: Vec<Head> = self.store.db.all_built(sql, params).await?;
        let callbacks: Vec<CallbackId> = heads.iter().map(|head| head.callback_id).collect();
        let mut shown: HashMap<AttemptId, Shown> =
            self.open_attempts_of(&callbacks, now).await?.into_iter().map(|it| (it.attempt.id, it)).collect();
        let mut positions: HashMap<PhoneId, usize> = HashMap::new();
        let waiting = heads.into_iter().filter_map(|head| {
            let position = head.eligible.then(|| {
                let position = positions.entry(head.phone_id).or_default();
                *position += 1;
                *position
            });
            // Dialed or called off between the two questions: it waits no longer.
            Some(Waiting { position, customer_name: head.customer_name, shown: shown.remove(&head.id)? })
        });
        Ok(waiting.collect())
    }

    /// One arm per phone and kind, each a few steps down an index of waiting rows.
    fn heads(&self, phones: &[PhoneId], filter: QueueFilter, now: Timestamp) -> (String, Vec<Value>) {
        const HELD: &str = "(a.campaign_id is not null and a.hold_until > $2
            and exists (select 1 from campaigns g where g.id = a.campaign_id and g.state = 'active'))";
        let only = match filter {
            QueueFilter::All => String::new(),
            QueueFilter::NotHeld => format!("and not {HELD}"),
            // What is held is low, always: the index leads there.
            QueueFilter::Held => format!("and a.priority = 1 and {HELD}"),
        };
        let mut params: Vec<Value> = params![self.company, now];
        let seen = self.and_callback_seen("a.callback_id", &mut params);
        let mut arms = String::new();
        for (index, phone) in phones.iter().enumerate() {
            params.push((*phone).into());
            let place = params.len();
            let columns = "a.id, a.callback_id, a.phone_id, a.priority, a.not_before";
            let from = format!("from attempts a where a.phone_id = ${place} and a.company_id = $1 and a.status = 'pending' {only}{seen}");
            let union = if index == 0 { "" } else { " union all " };
            write!(
                arms,
                "{union}select * from (select {columns}, not {HELD} as eligible {from} and a.look_at is null
                    order by a.priority, a.not_before, a.id limit {ROWS}) queued{index}
                union all select * from (select {columns}, 1 = 0 as eligible {from} and a.look_at is not null
                    order by a.look_at limit {ROWS}) later{index}"
            )
            .expect("a string takes everything");
        }
        let sql = format!(
            "select h.id, h.callback_id, h.phone_id, b.customer_name, h.eligible
            from ({arms}) h join callbacks b on b.id = h.callback_id
            order by case when h.eligible then 0 else 1 end, h.priority, h.not_before, h.id limit {ROWS}"
        );
        (sql, params)
    }
}
