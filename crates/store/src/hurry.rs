//! Who is in a hurry: while somebody is on the line, or a channel is free and somebody waits for it. What only has to be done by now
//! begins when nobody is: on two cores whoever dials would wait for it, too.

use std::time::Duration;

use tokio::{sync::watch, time::timeout};

/// Under an unbroken load the others go on after all.
const PATIENCE: Duration = Duration::from_millis(2);

/// How many are in a hurry at this moment, in this process.
#[derive(Default)]
pub(crate) struct Hurry(watch::Sender<u32>);

pub(crate) struct Hurried<'a>(&'a Hurry);

impl Hurry {
    /// Until it is dropped.
    pub(crate) fn begin(&self) -> Hurried<'_> {
        self.0.send_modify(|number| *number += 1);
        Hurried(self)
    }

    pub(crate) async fn is_over(&self) {
        let _ = timeout(PATIENCE, self.0.subscribe().wait_for(|number| *number == 0)).await;
    }
}

impl Drop for Hurried<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|number| *number -= 1);
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, task::Poll};

    use super::*;

    #[tokio::test]
    async fn who_has_time_waits_for_all_who_are_in_a_hurry_and_not_for_ever() {
        let hurry = Hurry::default();
        hurry.is_over().await;
        let (one, other) = (hurry.begin(), hurry.begin());
        let mut over = Box::pin(hurry.is_over());
        let mut is_over = async || poll_fn(|cx| Poll::Ready(over.as_mut().poll(cx).is_ready())).await;
        assert!(!is_over().await);
        drop(one);
        assert!(!is_over().await);
        drop(other);
        assert!(is_over().await);
        let _unbroken = hurry.begin();
        hurry.is_over().await;
    }
}
