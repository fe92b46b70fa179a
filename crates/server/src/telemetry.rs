//! What the server says of itself: logs on stderr, one line per request, and the names of its metrics.

mod access_log;
mod recorder;

use std::{io::IsTerminal as _, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

pub use access_log::access_log;
pub use recorder::recorder;

pub const CALLBACKS_CREATED_TOTAL: &str = "ringback_callbacks_created_total";
pub const CALLBACKS_OPEN: &str = "ringback_callbacks_open";
pub const CALLBACKS_WITHOUT_NEXT_ACTION: &str = "ringback_callbacks_without_next_action";
pub const CALLBACKS_SLA_BREACH_TOTAL: &str = "ringback_callbacks_sla_breach_total";
pub const CALLBACKS_ASSIGNMENT_DURATION_SECONDS: &str = "ringback_callbacks_assignment_duration_seconds";
pub const ATTEMPTS: &str = "ringback_attempts";
pub const ATTEMPTS_FINISHED_TOTAL: &str = "ringback_attempts_finished_total";
pub const FREED_TO_DIAL_SECONDS: &str = "ringback_freed_to_dial_seconds";
pub const MISSED_TO_DIAL_SECONDS: &str = "ringback_missed_to_dial_seconds";
pub const CHANNELS_IN_USE: &str = "ringback_channels_in_use";
pub const CARRIER_REQUESTS_TOTAL: &str = "ringback_carrier_requests_total";

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// From here on events are written to stderr; stdout belongs to results. Called once, by `main`.
pub fn start_logging(filter: EnvFilter, format: LogFormat) {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let registry = tracing_subscriber::registry().with(filter);
    match format {
        LogFormat::Text => registry.with(lines.with_ansi(std::io::stderr().is_terminal())).init(),
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).init(),
    }
}

/// Empties what histograms collect between scrapes: without it a server that nobody scrapes grows.
pub async fn upkeep(stop: CancellationToken) {
    let mut now_and_then = interval(Duration::from_secs(5));
    now_and_then.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(now_and_then.tick()).await.is_some() {
        recorder().run_upkeep();
    }
}
