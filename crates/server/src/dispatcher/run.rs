//! The loop: wake-ups as they come, a sweep and a look at quiet calls every second.

use std::{sync::Arc, time::Duration};

use ringback_domain::{ids::PhoneId, time::plus_seconds};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc::Receiver},
    task::yield_now,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::{Dispatcher, STOPPING};

/// How often events of calls that nobody knows and answers to repeated requests are looked through for those that are too old to
/// matter.
const FORGET_SECONDS: i64 = 60 * 60;

impl Dispatcher {
    /// Runs until `stop`, or until it cannot go on; then lets running requests finish and leaves every lease as the database has it.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        if let Err(error) = self.store.recover(self.clock.now()).await {
            tracing::error!(event = "dispatcher.recover_failed", %error, "calls of an earlier run are asked about later");
        }
        let mut reconciler = tokio::spawn(Arc::clone(&self).keep_reconciling(stop.clone()));
        let mut woken = self.woken.lock().await;
        let mut every_second = interval(Duration::from_secs(1));
        every_second.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let ended = loop {
            tokio::select! {
                () = stop.cancelled() => break None,
                (phone, permit) = self.next_woken(&mut woken) => self.fill_and_send(phone, permit),
                () = self.sweep_now.notified() => self.sweep_and_send().await,
                _ = every_second.tick() => self.sweep_and_send().await,
                ended = &mut reconciler => break Some(ended),
            }
        };
        let ended = match ended {
            Some(early) => early,
            None => reconciler.await,
        };
        if let Err(error) = ended {
            tracing::error!(event = "reconciler.died", %error, "quiet calls are asked about after the next start");
        }
        self.tasks.idle_within(STOPPING).await;
    }

    /// The next wake-up, once there is room to follow it; until then they queue up, and what the queue drops is found
    /// by the sweep.
    async fn next_woken(&self, woken: &mut Receiver<PhoneId>) -> (PhoneId, OwnedSemaphorePermit) {
        let permit = Arc::clone(&self.fills).acquire_owned().await.expect("the semaphore is never closed");
        match woken.recv().await {
            Some(phone) => (phone, permit),
            None => std::future::pending().await,
        }
    }

    /// Beside the loop, so that one slow phone keeps nobody waiting.
    fn fill_and_send(self: &Arc<Self>, phone: PhoneId, permit: OwnedSemaphorePermit) {
        let this = Arc::clone(self);
        self.tasks.spawn(async move {
            if let Err(error) = this.fill_each(phone, |dial| this.send(dial)).await {
                tracing::error!(event = "dispatcher.fill_failed", phone_id = %phone, %error, "the next sweep tries again");
            }
            drop(permit);
        });
    }

    async fn sweep_and_send(self: &Arc<Self>) {
        if let Err(error) = self.sweep_each(|dial| self.send(dial)).await {
            tracing::error!(event = "dispatcher.sweep_failed", %error, "the next sweep tries again");
        }
    }

    /// Forgets what is too old to matter: events of calls that nobody knows, and answers that were kept for repeated requests.
    pub async fn forget_old(&self) -> anyhow::Result<()> {
        let now = self.clock.now();
        self.store.forget_unmatched(now).await?;
        // A thousand at once: whoever dials meanwhile waits no longer than for those.
        while self.store.forget_answers(now).await? > 0 {
            yield_now().await;
        }
        Ok(())
    }

    async fn keep_reconciling(self: Arc<Self>, stop: CancellationToken) {
        let mut every_second = interval(Duration::from_secs(1));
        every_second.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut forget_at = self.clock.now();
        while stop.run_until_cancelled(every_second.tick()).await.is_some() {
            if let Err(error) = self.send_look_ups(&stop).await {
                tracing::error!(event = "dispatcher.reconcile_failed", %error, "tried again in a second");
            }
            let now = self.clock.now();
            if now >= forget_at {
                forget_at = plus_seconds(now, FORGET_SECONDS);
                if let Some(Err(error)) = stop.run_until_cancelled(self.forget_old()).await {
                    tracing::error!(event = "dispatcher.forget_failed", %error, "what is too old to matter stays an hour longer");
                }
            }
        }
    }
}
