//! The process's one recorder of metrics.

use std::sync::LazyLock;

use metrics::{describe_counter, describe_gauge, describe_histogram, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use ringback_domain::callback::Priority;

use super::{
    ATTEMPTS, ATTEMPTS_FINISHED_TOTAL, CALLBACKS_ASSIGNMENT_DURATION_SECONDS, CALLBACKS_CREATED_TOTAL, CALLBACKS_OPEN,
    CALLBACKS_SLA_BREACH_TOTAL, CALLBACKS_WITHOUT_NEXT_ACTION, CARRIER_REQUESTS_TOTAL, CHANNELS_IN_USE, FREED_TO_DIAL_SECONDS,
    MISSED_TO_DIAL_SECONDS,
};

/// A commit and a request: milliseconds, with the promised 3 and 8 as bounds.
const FREED_TO_DIAL: [f64; 12] = [0.001, 0.002, 0.003, 0.005, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 1.0, 5.0];
/// From "at once" to "the channels were busy for an hour".
const MISSED_TO_DIAL: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0];

/// From its making to its first owner: at once, or when the machine had tried.
const ASSIGNMENT: [f64; 8] = [1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 1800.0];

/// Installed at the first call; what was counted before is lost, so `serve` calls it first thing.
pub fn recorder() -> &'static PrometheusHandle {
    static RECORDER: LazyLock<PrometheusHandle> = LazyLock::new(install);
    &RECORDER
}

fn install() -> PrometheusHandle {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(FREED_TO_DIAL_SECONDS.to_owned()), &FREED_TO_DIAL)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Full(MISSED_TO_DIAL_SECONDS.to_owned()), &MISSED_TO_DIAL))
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Full(CALLBACKS_ASSIGNMENT_DURATION_SECONDS.to_owned()), &ASSIGNMENT))
        .expect("the buckets are not empty")
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).expect("nothing else installs a recorder");
    describe();
    show_before_the_first_sample();
    handle
}

fn describe() {
    describe_counter!(CALLBACKS_CREATED_TOTAL, "Callbacks created");
    describe_gauge!(CALLBACKS_OPEN, "Callbacks whose promise is not kept yet");
    describe_gauge!(
        CALLBACKS_WITHOUT_NEXT_ACTION,
        "Callbacks that nothing and nobody keeps, or that expired and nobody has closed; to be 0"
    );
    describe_counter!(CALLBACKS_SLA_BREACH_TOTAL, "Callbacks that became overdue");
    describe_histogram!(CALLBACKS_ASSIGNMENT_DURATION_SECONDS, "From a callback's making to its first owner");
    describe_gauge!(ATTEMPTS, "Automatic attempts that wait, run or may be running");
    describe_counter!(ATTEMPTS_FINISHED_TOTAL, "Automatic attempts with an outcome");
    describe_histogram!(FREED_TO_DIAL_SECONDS, "From a channel's becoming free to the dial request for the next attempt");
    describe_histogram!(MISSED_TO_DIAL_SECONDS, "From a missed call to the dial request that returns it");
    describe_gauge!(CHANNELS_IN_USE, "Channels leased to calls");
    describe_counter!(CARRIER_REQUESTS_TOTAL, "Dial requests by what the carrier made of them");
}

/// A scrape that finds no such metric and one that finds nothing measured look alike to an alert; only the second is true.
fn show_before_the_first_sample() {
    for name in [FREED_TO_DIAL_SECONDS, MISSED_TO_DIAL_SECONDS] {
        // To ask for it is to register it.
        let _ = histogram!(name);
    }
    for priority in Priority::ALL {
        let _ = histogram!(CALLBACKS_ASSIGNMENT_DURATION_SECONDS, "priority" => priority.as_str());
    }
}
