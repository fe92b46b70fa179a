//! Channels: never more calls than there are, and none that stays taken for nothing (decision 8).

use ringback_domain::{
    attempt::Status,
    call::{AttemptOutcome, News},
};
use ringback_store::{CarrierSays, Placement};

use crate::bench::{Bench, caller, found, talk};

on_each_engine! {
    a_phone_never_dials_more_calls_than_it_has_channels,
    a_freed_channel_is_given_to_the_next_in_the_same_commit,
    a_burst_of_ends_starts_no_more_calls_than_channels_are_free,
    reserved_inbound_channels_stay_free_of_outbound_calls,
    a_request_that_fails_frees_its_channel,
    each_lease_has_a_deadline_of_its_own,
    a_lapsed_lease_stays_taken_until_the_carrier_was_asked,
    a_lapsed_lease_of_a_silent_carrier_is_given_up_after_five_minutes,
    news_renews_the_lease,
    a_phone_without_a_free_channel_leaves_its_attempts_waiting_and_unspent,
}

/// The phone's longest call, its ring and the margin.
const LEASE_SECONDS: i64 = 3600 + 30 + 120;

async fn a_phone_never_dials_more_calls_than_it_has_channels(bench: &Bench) {
    let phone = bench.phone(2).await;
    for n in 0..5 {
        bench.missed(&phone, &caller(n)).await;
    }
    assert_eq!(bench.claim_all(&phone).await.len(), 2);
    bench.assert_sound().await;
    assert_eq!(bench.free_channels(&phone).await, 0);
    assert!(bench.claim(&phone).await.is_none());
    bench.hang_up().await;
}

async fn a_freed_channel_is_given_to_the_next_in_the_same_commit(bench: &Bench) {
    let phone = bench.phone(1).await;
    for n in 0..2 {
        bench.missed(&phone, &caller(n)).await;
    }
    let first = bench.dial(&phone).await;
    let applied = bench.hears(&first, &News::Ended(talk(30)), true).await;
    let next = applied.claim.expect("the next attempt, claimed with the end of the first");
    assert_eq!(next.to, caller(1));
    assert_eq!(bench.free_channels(&phone).await, 0);
    // The same end again frees nothing, so it dials nobody.
    let again = bench.hears(&first, &News::Ended(talk(30)), true).await;
    assert!(again.matched && !again.freed && again.claim.is_none());
    bench.hang_up().await;
}

async fn a_burst_of_ends_starts_no_more_calls_than_channels_are_free(bench: &Bench) {
    let phone = bench.phone(2).await;
    for n in 0..8 {
        bench.missed(&phone, &caller(n)).await;
    }
    let first = bench.claim_all(&phone).await;
    let mut next = Vec::new();
    for claim in first.iter().chain(&first) {
        next.extend(bench.hears(claim, &News::Ended(talk(5)), true).await.claim);
    }
    for _ in 0..4 {
        next.extend(bench.claim(&phone).await.map(Box::new));
    }
    assert_eq!(next.len(), 2);
    bench.assert_sound().await;
    bench.hang_up().await;
}

async fn reserved_inbound_channels_stay_free_of_outbound_calls(bench: &Bench) {
    let phone = bench.phone_with(3, |phone| phone.reserved_inbound = 1).await;
    for n in 0..4 {
        bench.missed(&phone, &caller(n)).await;
    }
    assert_eq!(bench.claim_all(&phone).await.len(), 2);
    assert!(bench.inbound(&phone, &caller(9)).await.1.connected, "the reserved channel is for callers");
    assert!(!bench.inbound(&phone, &caller(10)).await.1.connected);
    bench.hang_up().await;
}

async fn a_request_that_fails_frees_its_channel(bench: &Bench) {
    let phone = bench.phone(1).await;
    for n in 0..3 {
        bench.missed(&phone, &caller(n)).await;
    }
    let refused = bench.claim(&phone).await.unwrap();
    assert!(bench.place(&refused, &Placement::Rejected).await, "a channel was freed");
    let not_processed = bench.claim(&phone).await.expect("the channel is free again");
    let placement = Placement::NotProcessed { reason: "connection refused".to_owned(), counts: true };
    assert!(bench.place(&not_processed, &placement).await);
    bench.advance(60);
    let throttled = bench.claim(&phone).await.expect("and again");
    assert!(bench.place(&throttled, &Placement::Throttled { until: bench.now() }).await);
    assert_eq!(bench.free_channels(&phone).await, 1);
}

async fn each_lease_has_a_deadline_of_its_own(bench: &Bench) {
    let phone = bench.phone(2).await;
    bench.missed(&phone, &caller(1)).await;
    let leaked = bench.dial(&phone).await;
    bench.advance(LEASE_SECONDS / 2);
    bench.missed(&phone, &caller(2)).await;
    let running = bench.dial(&phone).await;
    // The first one's deadline passes; the carrier says nothing of it, but that the second one talks.
    bench.advance(LEASE_SECONDS / 2 + 5 * 60);
    let says = |ask: &_| if is(ask, &leaked) { CarrierSays::Nothing } else { found(ask, News::Answered { by: None }) };
    assert_eq!(bench.reconcile(says).await, 2);
    assert_eq!(bench.free_channels(&phone).await, 1, "the leaked channel came back, the other one did not");
    assert_eq!(bench.status(leaked.callback).await, Status::Failed);
    assert_eq!(bench.status(running.callback).await, Status::Processing);
    bench.hang_up().await;
}

fn is(ask: &ringback_store::AskAbout, claim: &ringback_store::Claim) -> bool {
    ask.call == claim.call
}

async fn a_lapsed_lease_stays_taken_until_the_carrier_was_asked(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.missed(&phone, &caller(1)).await;
    let quiet = bench.dial(&phone).await;
    bench.advance(LEASE_SECONDS + 60);
    let waiting = bench.missed(&phone, &caller(2)).await;
    assert!(bench.claim(&phone).await.is_none(), "the call may still run");
    assert!(!bench.inbound(&phone, &caller(3)).await.1.connected);
    assert_eq!(bench.reconcile(|ask| found(ask, News::Ended(talk(40)))).await, 1);
    assert_eq!(bench.status(quiet.callback).await, Status::Completed);
    assert_eq!(bench.dial(&phone).await.callback, waiting);
    bench.hang_up().await;
}

async fn a_lapsed_lease_of_a_silent_carrier_is_given_up_after_five_minutes(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.missed(&phone, &caller(1)).await;
    let quiet = bench.dial(&phone).await;
    let started = bench.now();
    while bench.free_channels(&phone).await == 0 {
        bench.advance(1);
        bench.reconcile(|_| CarrierSays::Nothing).await;
    }
    let waited = bench.now().duration_since(started).as_secs();
    assert_eq!(waited, LEASE_SECONDS + 5 * 60);
    let attempt = bench.attempt(quiet.callback).await;
    assert_eq!((attempt.status, attempt.outcome), (Status::Failed, Some(AttemptOutcome::NoTrace)));
    assert_eq!(bench.callback_status(quiet.callback).await, ringback_domain::callback::Status::Pending, "a person is to call");
}

async fn news_renews_the_lease(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.missed(&phone, &caller(1)).await;
    let claim = bench.dial(&phone).await;
    bench.advance(1800);
    bench.hears(&claim, &News::Answered { by: None }, false).await;
    let until = bench.number("select leased_until from channel_leases where phone_id = $1", vec![phone.id.into()]).await;
    assert_eq!(until, bench.now().as_millisecond() + LEASE_SECONDS * 1000);
    bench.hang_up().await;
}

async fn a_phone_without_a_free_channel_leaves_its_attempts_waiting_and_unspent(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.fill(&phone).await;
    let waiting = bench.missed(&phone, &caller(1)).await;
    assert!(bench.claim(&phone).await.is_none());
    let attempt = bench.attempt(waiting).await;
    assert_eq!((attempt.status, attempt.dials), (Status::Pending, 0));
    assert_eq!(bench.waiting_because(waiting).await.as_deref(), Some("channel busy"));
    bench.hang_up().await;
}
