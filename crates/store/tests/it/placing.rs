//! The carrier's answer to a dial request: under its fence, unspent where nothing happened, and the circuit breaker.

use ringback_domain::{
    attempt::Status,
    call::{AttemptOutcome, News},
    event::EventType,
};
use ringback_store::{CarrierSays, Claim, IngressPhone, Placement};

use crate::bench::{Bench, caller, found, talk};

on_each_engine! {
    a_refused_request_fails_its_attempt_for_good,
    a_request_that_was_too_fast_leaves_the_attempt_unspent_in_its_place,
    a_request_that_was_not_processed_leaves_the_attempt_unspent_in_its_place,
    a_late_worker_changes_nothing_after_an_event,
    a_late_worker_changes_nothing_after_the_reconciler,
    a_late_acceptance_is_believed,
    the_breaker_opens_at_half_of_at_least_five_failures,
    four_failures_do_not_open_the_breaker,
    failures_of_more_than_two_minutes_ago_are_forgotten,
    an_open_breaker_lets_one_trial_through_and_closes_on_success,
    a_failed_trial_opens_the_breaker_again,
    a_request_to_slow_down_neither_shortens_a_pause_nor_closes_the_breaker,
    lost_answers_count_for_the_breaker,
    a_pause_is_told_with_its_reason,
    an_account_that_must_wait_says_so_only_where_somebody_waits,
}

fn refused() -> Placement {
    Placement::NotProcessed { reason: "connection refused".to_owned(), counts: true }
}

async fn waiting(bench: &Bench, phone: &IngressPhone, count: u32) {
    for n in 0..count {
        bench.missed(phone, &caller(n)).await;
    }
}

/// Claims, waiting out any pause.
async fn next(bench: &Bench, phone: &IngressPhone) -> Claim {
    for _ in 0..120 {
        if let Some(claim) = bench.claim(phone).await {
            return claim;
        }
        bench.advance(1);
    }
    panic!("the phone stays paused");
}

async fn breaker_is_open(bench: &Bench, phone: &IngressPhone) -> bool {
    bench.optional::<(bool,)>("select breaker_open from phone_dialing where phone_id = $1", vec![phone.id.into()]).await.unwrap().0
}

/// Fails as often as it takes, each time after the pause that the last failure made.
async fn open_breaker(bench: &Bench, phone: &IngressPhone) {
    for _ in 0..5 {
        let claim = next(bench, phone).await;
        bench.place(&claim, &refused()).await;
    }
    assert!(breaker_is_open(bench, phone).await);
}

async fn a_refused_request_fails_its_attempt_for_good(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let claim = bench.claim(&phone).await.unwrap();
    assert!(bench.place(&claim, &Placement::Rejected).await);
    let attempt = bench.attempt(callback).await;
    assert_eq!((attempt.status, attempt.outcome), (Status::Failed, Some(AttemptOutcome::Refused)));
    assert_eq!((bench.reserved().await, bench.balance().await), (0, 10_000));
    assert!(bench.claim(&phone).await.is_none());
}

async fn unspent(bench: &Bench, placement: &Placement) {
    let phone = bench.phone(1).await;
    let first = bench.missed(&phone, &caller(1)).await;
    bench.advance(1);
    bench.missed(&phone, &caller(2)).await;
    let claim = bench.claim(&phone).await.unwrap();
    assert!(bench.place(&claim, placement).await);
    let attempt = bench.attempt(first).await;
    assert_eq!((attempt.status, attempt.dials, attempt.outcome), (Status::Pending, 0, None));
    assert_eq!((bench.reserved().await, bench.free_channels(&phone).await), (0, 1));
    let again = next(bench, &phone).await;
    assert_eq!(again.callback, first, "it kept its place");
    assert_ne!(again.call, claim.call, "another request is another call");
    assert!(again.fence > claim.fence);
    // The first worker's answer again, late: it is about a call that never was.
    bench.place(&claim, placement).await;
    assert_eq!(bench.status(first).await, Status::Processing);
    bench.accept(&again).await;
    bench.talks(&again, 30).await;
    assert_eq!(bench.status(first).await, Status::Completed);
}

async fn a_request_that_was_too_fast_leaves_the_attempt_unspent_in_its_place(bench: &Bench) {
    let until = ringback_domain::time::plus_seconds(bench.now(), 5);
    unspent(bench, &Placement::Throttled { until }).await;
    assert!(bench.now() >= until, "the phone waited with its account");
}

async fn a_request_that_was_not_processed_leaves_the_attempt_unspent_in_its_place(bench: &Bench) {
    unspent(bench, &refused()).await;
}

async fn a_late_worker_changes_nothing_after_an_event(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let claim = bench.claim(&phone).await.unwrap();
    bench.talks(&claim, 33).await;
    for late in [refused(), Placement::Rejected, Placement::Lost { counts: true }, Placement::Throttled { until: bench.now() }] {
        assert!(!bench.place(&claim, &late).await);
        assert_eq!(bench.status(callback).await, Status::Completed);
        assert_eq!((bench.charged(claim.call).await, bench.balance().await, bench.reserved().await), (33, 9_967, 0));
    }
}

async fn a_late_worker_changes_nothing_after_the_reconciler(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let claim = bench.claim(&phone).await.unwrap();
    bench.advance(11);
    assert_eq!(bench.reconcile(|_| CarrierSays::NoTrace).await, 1);
    assert_eq!(bench.status(callback).await, Status::Unknown);
    for late in [refused(), Placement::Rejected, Placement::Throttled { until: bench.now() }] {
        assert!(!bench.place(&claim, &late).await);
        assert_eq!(bench.status(callback).await, Status::Unknown, "the reconciler has it; {late:?}");
    }
    assert!(bench.claim(&phone).await.is_none());
    bench.hang_up().await;
}

async fn a_late_acceptance_is_believed(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let claim = bench.claim(&phone).await.unwrap();
    bench.advance(11);
    bench.reconcile(|_| CarrierSays::NoTrace).await;
    bench.accept(&claim).await;
    assert_eq!(bench.status(callback).await, Status::Processing);
    bench.hears_by_carrier_id(&claim, &News::Ended(talk(25))).await;
    assert_eq!(bench.status(callback).await, Status::Completed);
}

async fn the_breaker_opens_at_half_of_at_least_five_failures(bench: &Bench) {
    let phone = bench.phone(9).await;
    waiting(bench, &phone, 9).await;
    for _ in 0..3 {
        bench.dial(&phone).await;
    }
    for failed in 1..=3 {
        assert!(!breaker_is_open(bench, &phone).await, "{} of {}", failed - 1, 3 + failed - 1);
        let claim = next(bench, &phone).await;
        bench.place(&claim, &refused()).await;
    }
    assert!(breaker_is_open(bench, &phone).await, "3 of 6");
    bench.advance(59);
    assert!(bench.claim(&phone).await.is_none());
    bench.hang_up().await;
}

async fn four_failures_do_not_open_the_breaker(bench: &Bench) {
    let phone = bench.phone(1).await;
    waiting(bench, &phone, 1).await;
    for _ in 0..4 {
        let claim = next(bench, &phone).await;
        bench.place(&claim, &refused()).await;
    }
    assert!(!breaker_is_open(bench, &phone).await);
}

async fn failures_of_more_than_two_minutes_ago_are_forgotten(bench: &Bench) {
    let phone = bench.phone(1).await;
    waiting(bench, &phone, 1).await;
    for _ in 0..8 {
        bench.advance(120);
        let claim = bench.claim(&phone).await.unwrap();
        bench.place(&claim, &refused()).await;
    }
    assert!(!breaker_is_open(bench, &phone).await);
}

async fn an_open_breaker_lets_one_trial_through_and_closes_on_success(bench: &Bench) {
    let phone = bench.phone(3).await;
    waiting(bench, &phone, 3).await;
    open_breaker(bench, &phone).await;
    bench.advance(60);
    let trial = bench.claim(&phone).await.expect("one trial call");
    assert!(bench.claim(&phone).await.is_none(), "nobody else beside it");
    bench.accept(&trial).await;
    assert!(!breaker_is_open(bench, &phone).await);
    assert_eq!(bench.claim_all(&phone).await.len(), 2, "all go again");
    bench.hang_up().await;
}

async fn a_failed_trial_opens_the_breaker_again(bench: &Bench) {
    let phone = bench.phone(3).await;
    waiting(bench, &phone, 3).await;
    open_breaker(bench, &phone).await;
    // So late that the five failures are out of the window: one failed trial is enough.
    bench.advance(600);
    let trial = bench.claim(&phone).await.unwrap();
    bench.place(&trial, &refused()).await;
    assert!(breaker_is_open(bench, &phone).await);
    bench.advance(59);
    assert!(bench.claim(&phone).await.is_none());
    bench.advance(1);
    assert!(bench.claim(&phone).await.is_some());
    bench.hang_up().await;
}

async fn a_request_to_slow_down_neither_shortens_a_pause_nor_closes_the_breaker(bench: &Bench) {
    let phone = bench.phone(2).await;
    waiting(bench, &phone, 2).await;
    let under_way = bench.claim(&phone).await.unwrap();
    open_breaker(bench, &phone).await;
    bench.place(&under_way, &Placement::Throttled { until: ringback_domain::time::plus_seconds(bench.now(), 1) }).await;
    assert!(breaker_is_open(bench, &phone).await);
    bench.advance(59);
    assert!(bench.claim(&phone).await.is_none());
}

async fn lost_answers_count_for_the_breaker(bench: &Bench) {
    let phone = bench.phone(5).await;
    waiting(bench, &phone, 5).await;
    for _ in 0..5 {
        let claim = next(bench, &phone).await;
        bench.place(&claim, &Placement::Lost { counts: true }).await;
    }
    assert!(breaker_is_open(bench, &phone).await);
    bench.reconcile(|ask| found(ask, News::Ringing)).await;
    bench.hang_up().await;
}

async fn a_pause_is_told_with_its_reason(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let claim = bench.claim(&phone).await.unwrap();
    bench.place(&claim, &refused()).await;
    assert_eq!(bench.events(EventType::PhonePaused).await, 1);
    let because = bench.waiting_because(callback).await.unwrap();
    assert!(because.starts_with("phone paused until") && because.ends_with("connection refused"), "{because}");
}

async fn an_account_that_must_wait_says_so_only_where_somebody_waits(bench: &Bench) {
    let phone = bench.phone(1).await;
    let soon = ringback_domain::time::plus_seconds(bench.now(), 1);
    bench.store.wait_for_account(phone.id, soon, bench.now()).await.unwrap();
    let callback = bench.missed(&phone, &caller(1)).await;
    assert_eq!(bench.waiting_because(callback).await, None);
    bench.store.wait_for_account(phone.id, soon, bench.now()).await.unwrap();
    let because = bench.waiting_because(callback).await.expect("a reason");
    assert!(because.contains("the account has as many requests as it may"), "{because}");
    assert!(bench.claim(&phone).await.is_none());
    bench.advance(2);
    assert!(bench.claim(&phone).await.is_some());
    bench.hang_up().await;
}
