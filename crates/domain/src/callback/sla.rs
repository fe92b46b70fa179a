//! How urgent a callback is and when it is due (decision 10).

use jiff::Timestamp;

use crate::{settings::Settings, time, words::words};

words!(Priority { Urgent = "urgent", High = "high", Normal = "normal" });

/// A missed call is at least `high`; a VIP who was missed is `urgent`. The reason is stored and shown.
pub fn missed_call_priority(vip: bool) -> (Priority, &'static str) {
    if vip { (Priority::Urgent, "VIP customer") } else { (Priority::High, "missed call") }
}

/// Due on the wall clock: 2 h urgent, 4 h high, 24 h normal unless the company set otherwise.
pub fn due_at(priority: Priority, from: Timestamp, settings: &Settings) -> Timestamp {
    let minutes = match priority {
        Priority::Urgent => settings.sla_minutes.urgent,
        Priority::High => settings.sla_minutes.high,
        Priority::Normal => settings.sla_minutes.normal,
    };
    time::plus_seconds(from, i64::from(minutes) * 60)
}

/// The moment at which the due time is warned of. No hold lasts beyond it (decision 6).
pub fn warns_at(due_at: Timestamp, settings: &Settings) -> Timestamp {
    time::plus_seconds(due_at, -i64::from(settings.warn_minutes) * 60)
}
