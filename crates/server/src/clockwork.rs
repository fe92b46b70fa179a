//! What happens because time passes: callbacks are warned of, become overdue, are handed up and expire; people come and go.
//! Every second it is asked what is due by now, so nothing drifts and a restart catches up. What is done, and once, is
//! decided by `domain::callback` and written by `store`.

mod reports;

use std::{sync::Arc, time::Duration};

use ringback_domain::{ids::CompanyId, time::Clock};
use ringback_store::{Store, ToAct};
use tokio::{
    task::yield_now,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

/// Callbacks that one look finds, and looks in one tick.
const PER_LOOK: u32 = 1000;
const LOOKS: usize = 20;
/// People who come or go, between two looks.
const SHIFTS: u32 = 200;

pub struct Clockwork {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
}

impl Clockwork {
    pub fn new(store: Arc<Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Until `stop`; what a transaction has begun it ends, and the next start goes on.
    pub async fn run(self, stop: CancellationToken) {
        tokio::join!(self.keep_ticking(&stop), self.keep_taking_up_reports(&stop));
    }

    async fn keep_ticking(&self, stop: &CancellationToken) {
        let mut every_second = interval(Duration::from_secs(1));
        every_second.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while stop.run_until_cancelled(every_second.tick()).await.is_some() {
            while !stop.is_cancelled() {
                match self.tick_until(stop).await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        tracing::error!(event = "clockwork.failed", %error, "what is due is looked for again in a second");
                        break;
                    }
                }
            }
        }
    }

    /// Does what is due by now, at most 20,000 callbacks of it; whether that was not all.
    pub async fn tick(&self) -> anyhow::Result<bool> {
        self.tick_until(&CancellationToken::new()).await
    }

    async fn tick_until(&self, stop: &CancellationToken) -> anyhow::Result<bool> {
        let mut last: Option<ToAct> = None;
        for _ in 0..LOOKS {
            // Between two looks, so that whoever leaves does not wait for all that is due.
            let more_shifts = self.change_shifts().await?;
            // Behind the last one: one that cannot be dealt with must not stand before all others.
            let due = self.store.callbacks_to_act(last.as_ref(), PER_LOOK, self.clock.now()).await?;
            let is_all = due.len() < PER_LOOK as usize && !more_shifts;
            last = due.last().copied().or(last);
            for (company, due) in by_company(due) {
                for some in due.chunks(self.store.acted_on_at_once()) {
                    if stop.is_cancelled() {
                        return Ok(false);
                    }
                    self.act_on(company, some).await;
                    yield_now().await;
                }
            }
            if is_all {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether there may be more of it.
    async fn change_shifts(&self) -> anyhow::Result<bool> {
        let now = self.clock.now();
        let mut changed = false;
        for company in self.store.companies_with_changes_of_shift(SHIFTS, now).await? {
            match self.store.change_shifts(company, now).await {
                Ok(()) => changed = true,
                Err(error) => {
                    tracing::error!(event = "clockwork.shift_failed", company_id = %company, %error, "who comes and goes is looked at again");
                }
            }
        }
        Ok(changed)
    }

    /// One that cannot be dealt with keeps nobody else waiting: then each is tried alone.
    async fn act_on(&self, company: CompanyId, due: &[ToAct]) {
        let Err(error) = self.store.act_on(company, due, self.clock.now()).await else { return };
        if let [callback] = due {
            tracing::error!(event = "clockwork.callback_failed", callback_id = %callback.id, %error, "it is tried again in a second");
            return;
        }
        tracing::warn!(event = "clockwork.batch_failed", company_id = %company, %error, "its callbacks are tried one by one");
        for callback in due {
            Box::pin(self.act_on(company, std::slice::from_ref(callback))).await;
        }
    }
}

/// The companies in the order of who is first due.
fn by_company(due: Vec<ToAct>) -> Vec<(CompanyId, Vec<ToAct>)> {
    let mut companies: Vec<(CompanyId, Vec<ToAct>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for it in due {
        let place = *places.entry(it.company_id).or_insert_with(|| {
            companies.push((it.company_id, Vec::new()));
            companies.len() - 1
        });
        companies[place].1.push(it);
    }
    companies
}
