//! The simulated carrier's events on their way to us: the same HTTP requests as any carrier's.

use std::{sync::Arc, time::Duration};

use ringback_domain::time::Clock;
use ringback_telephony::simulator::{Delivery, Simulator};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often the carrier looks whether something is due.
const TICK: Duration = Duration::from_millis(20);

/// Posts what is due until `stop`. `server`: where we listen, since the public address may not be reachable from here.
pub(crate) async fn deliver_until(
    stop: CancellationToken,
    simulator: Simulator,
    clock: Arc<dyn Clock>,
    http: reqwest::Client,
    server: String,
) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let now = clock.now();
        if simulator.next_due().is_some_and(|due| due <= now) {
            for delivery in simulator.take_due(now) {
                deliver(&http, &server, delivery).await;
            }
        }
    }
}

async fn deliver(http: &reqwest::Client, server: &str, delivery: Delivery) {
    let path = delivery.url.split_once("/voice/").map_or("", |(_, path)| path);
    let sent = http.post(format!("{server}/voice/{path}")).body(delivery.body).send().await;
    if let Err(error) = sent {
        // The URL holds the phone's key.
        tracing::warn!(event = "simulator.not_delivered", error = %error.without_url(), "a simulated event was not taken");
    }
}
