//! The loop: wake-ups as they come, a sweep and a look at quiet calls every second.

use std::{sync::Arc, time::Duration};

use ringback_domain::ids::PhoneId;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::{Dial, Dispatcher, STOPPING};

impl Dispatcher {
    /// Runs until `stop`; then lets running requests finish and leaves every lease as the database has it.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        if let Err(error) = self.store.recover(self.clock.now()).await {
            tracing::error!(event = "dispatcher.recover_failed", %error, "calls of an earlier run are asked about later");
        }
        let reconciler = tokio::spawn(Arc::clone(&self).keep_reconciling(stop.clone()));
        let mut woken = self.woken.lock().await;
        let mut every_second = interval(Duration::from_secs(1));
        every_second.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some(phone) = woken.recv() => self.fill_and_send(phone),
                () = self.sweep_now.notified() => self.sweep_and_send().await,
                _ = every_second.tick() => self.sweep_and_send().await,
            }
        }
        let _ = reconciler.await;
        self.tasks.close();
        if timeout(STOPPING, self.tasks.wait()).await.is_err() {
            tracing::warn!(event = "dispatcher.stopped_early", "requests to carriers still run; they are asked about after the next start");
        }
    }

    /// Beside the loop, so that one slow phone keeps nobody waiting.
    fn fill_and_send(self: &Arc<Self>, phone: PhoneId) {
        let this = Arc::clone(self);
        self.tasks.spawn(async move {
            match this.fill(phone).await {
                Ok(dials) => this.send_all(dials),
                Err(error) => tracing::error!(event = "dispatcher.fill_failed", phone_id = %phone, %error, "the next sweep tries again"),
            }
        });
    }

    async fn sweep_and_send(self: &Arc<Self>) {
        match self.sweep().await {
            Ok(dials) => self.send_all(dials),
            Err(error) => tracing::error!(event = "dispatcher.sweep_failed", %error, "the next sweep tries again"),
        }
    }

    async fn keep_reconciling(self: Arc<Self>, stop: CancellationToken) {
        let mut every_second = interval(Duration::from_secs(1));
        every_second.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while stop.run_until_cancelled(every_second.tick()).await.is_some() {
            match self.reconcile().await {
                Ok(dials) => self.send_all(dials),
                Err(error) => tracing::error!(event = "dispatcher.reconcile_failed", %error, "tried again in a second"),
            }
        }
    }

    fn send_all(self: &Arc<Self>, dials: Vec<Dial>) {
        for dial in dials {
            self.send(dial);
        }
    }
}
