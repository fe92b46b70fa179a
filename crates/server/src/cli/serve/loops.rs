//! What runs beside the requests for as long as the server does. One that ends early ends the server: a process that answers and
//! dials nobody would look well for ever.

use std::collections::HashMap;

use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

#[derive(Default)]
pub(super) struct Loops {
    running: JoinSet<()>,
    names: HashMap<Id, &'static str>,
}

impl Loops {
    pub(super) fn spawn(&mut self, name: &'static str, until_stopped: impl Future<Output = ()> + Send + 'static) {
        let id = self.running.spawn(until_stopped).id();
        self.names.insert(id, name);
    }

    /// Until `stop`, or until one of them ends without it: then why.
    pub(super) async fn until(&mut self, stop: &CancellationToken) -> Option<String> {
        tokio::select! {
            biased;
            () = stop.cancelled() => None,
            ended = self.running.join_next_with_id() => ended.map(|ended| self.told(ended)),
        }
    }

    /// The rest of them, after `stop`.
    pub(super) async fn end(&mut self) {
        while let Some(ended) = self.running.join_next_with_id().await {
            if ended.is_err() {
                let why = self.told(ended);
                tracing::error!(event = "server.loop_died", why, "it did not end by itself");
            }
        }
    }

    fn told(&self, ended: Result<(Id, ()), JoinError>) -> String {
        let (id, how) = match ended {
            Ok((id, ())) => (id, "it came to an end".to_owned()),
            Err(error) => (error.id(), error.to_string()),
        };
        format!("{} stopped: {how}", self.names.get(&id).copied().unwrap_or("something"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_loop_that_dies_is_named_and_the_others_end_at_the_stop() {
        let stop = CancellationToken::new();
        let mut loops = Loops::default();
        loops.spawn("the clockwork", stop.clone().cancelled_owned());
        loops.spawn("the dispatcher", async { panic!("on purpose") });
        let why = loops.until(&stop).await.expect("one has died");
        assert!(why.starts_with("the dispatcher stopped"), "{why}");
        stop.cancel();
        assert_eq!(loops.until(&stop).await, None);
        loops.end().await;
    }

    #[tokio::test]
    async fn one_that_ends_without_a_fault_is_missed_as_well() {
        let stop = CancellationToken::new();
        let mut loops = Loops::default();
        loops.spawn("the dispatcher", async {});
        assert_eq!(loops.until(&stop).await.as_deref(), Some("the dispatcher stopped: it came to an end"));
    }
}
