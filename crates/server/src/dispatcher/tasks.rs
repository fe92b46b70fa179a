//! What has been begun and is done to its end, whoever waits for it.

use std::{panic::resume_unwind, time::Duration};

use tokio::time::timeout;
use tokio_util::task::TaskTracker;

#[derive(Default)]
pub(super) struct Tasks(TaskTracker);

impl Tasks {
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(work);
    }

    /// Goes on when whoever waits here is dropped. A panic goes on in whoever waits.
    pub(super) fn to_the_end<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> impl Future<Output = T> {
        let task = self.0.spawn(work);
        async { task.await.unwrap_or_else(|died| resume_unwind(died.into_panic())) }
    }

    /// Waits until everything that was begun has come to its end, but no longer than this.
    pub(super) async fn idle_within(&self, patience: Duration) {
        self.0.close();
        if timeout(patience, self.0.wait()).await.is_err() {
            tracing::warn!(event = "dispatcher.stopped_early", "requests to carriers still run; they are asked about after the next start");
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_goes_on_when_nobody_waits_for_it_and_the_end_waits_for_the_work() {
        let tasks = Tasks::default();
        let (let_go, held) = oneshot::channel::<()>();
        let (tell, told) = oneshot::channel();
        let work = async {
            held.await.expect("is let go");
            tell.send(()).expect("is listened to");
        };
        assert!(tasks.to_the_end(work).now_or_never().is_none());
        let mut idle = Box::pin(tasks.idle_within(Duration::MAX));
        assert!((&mut idle).now_or_never().is_none());
        let_go.send(()).expect("the work is there");
        idle.await;
        told.await.expect("was done");
    }

    #[tokio::test]
    async fn whoever_waits_for_work_that_panics_panics_with_it() {
        let tasks = Tasks::default();
        let work = tasks.to_the_end(async { panic!("on purpose") });
        let panic = std::panic::AssertUnwindSafe(work).catch_unwind().await.expect_err("panics");
        assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
        tasks.idle_within(Duration::MAX).await;
    }
}
