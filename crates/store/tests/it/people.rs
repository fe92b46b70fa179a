//! What people do with attempts: try again, call off.

use ringback_domain::{attempt::Status, callback, campaign::Move, ids::CallbackId};
use ringback_store::{Cancelled, IngressPhone, Retried};

use crate::{
    bench::{Bench, caller, talk},
    campaigns,
};

on_each_engine! {
    a_retried_attempt_is_dialed_like_a_first_one,
    a_retry_is_high_and_never_held,
    a_retry_is_refused_while_another_attempt_waits_or_runs,
    a_retry_of_a_closed_callback_is_refused,
    a_cancelled_attempt_is_never_dialed,
    what_is_being_dialed_is_not_cancelled,
    a_double_click_retries_once,
}

async fn failed(bench: &Bench, phone: &IngressPhone) -> CallbackId {
    let callback = bench.missed(phone, &caller(1)).await;
    bench.dial(phone).await;
    bench.hang_up().await;
    bench.advance(60);
    callback
}

async fn a_retried_attempt_is_dialed_like_a_first_one(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = failed(bench, &phone).await;
    let first = bench.attempt(callback).await.id;
    let Retried::Yes { attempt, .. } = bench.tenant().retry_attempt(first, "staff:test", bench.now()).await.unwrap() else {
        panic!("refused")
    };
    let claim = bench.dial(&phone).await;
    assert_eq!((claim.attempt, claim.callback), (attempt, callback));
    bench.talks(&claim, 30).await;
    assert_eq!(bench.callback_status(callback).await, callback::Status::Completed);
}

async fn a_retry_is_high_and_never_held(bench: &Bench) {
    let phone = bench.phone(1).await;
    let first_missed = failed(bench, &phone).await;
    // It was there before the campaign, and now waits behind it as everybody who calls does.
    let campaign = campaigns::running(bench, &phone).await;
    let low = bench.missed(&phone, &caller(2)).await;
    assert!(bench.claim(&phone).await.is_none(), "who calls during a campaign is held");
    let first = bench.attempt(first_missed).await.id;
    let Retried::Yes { attempt: again, .. } = bench.tenant().retry_attempt(first, "staff:test", bench.now()).await.unwrap() else {
        panic!("refused")
    };
    assert_eq!(bench.dial(&phone).await.callback, first_missed, "a retry is not held");
    bench.hang_up().await;
    // Behind the other one in time, before it in rank.
    bench.advance(60);
    bench.tenant().retry_attempt(again, "staff:test", bench.now()).await.unwrap();
    bench.tenant().move_campaign(campaign, Move::Complete, "staff", bench.now()).await.unwrap();
    assert_eq!(bench.dial(&phone).await.callback, first_missed, "high before low");
    bench.hang_up().await;
    assert_eq!(bench.dial(&phone).await.callback, low);
    bench.hang_up().await;
}

async fn a_retry_is_refused_while_another_attempt_waits_or_runs(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = failed(bench, &phone).await;
    let first = bench.attempt(callback).await.id;
    bench.missed(&phone, &caller(1)).await;
    assert_eq!(bench.tenant().retry_attempt(first, "staff:test", bench.now()).await.unwrap(), Retried::AnotherOpen);
    let claim = bench.dial(&phone).await;
    assert_eq!(bench.tenant().retry_attempt(first, "staff:test", bench.now()).await.unwrap(), Retried::AnotherOpen);
    let running = bench.tenant().retry_attempt(claim.attempt, "staff:test", bench.now()).await.unwrap();
    assert_eq!(running, Retried::NotFailed(Status::Processing));
    bench.hang_up().await;
}

async fn a_retry_of_a_closed_callback_is_refused(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = failed(bench, &phone).await;
    let (id, _) = bench.inbound(&phone, &caller(1)).await;
    bench.inbound_ends(&phone, &id, &talk(60)).await;
    let first = bench.attempt(callback).await.id;
    let refused = bench.tenant().retry_attempt(first, "staff:test", bench.now()).await.unwrap();
    assert_eq!(refused, Retried::CallbackClosed(callback::Status::Completed));
}

async fn a_cancelled_attempt_is_never_dialed(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let id = bench.attempt(callback).await.id;
    let cancelled = bench.tenant().cancel_attempt(id, "staff", bench.now()).await.unwrap();
    assert_eq!(cancelled, Cancelled::Yes { phone: phone.id });
    assert!(bench.claim(&phone).await.is_none());
    assert_eq!(bench.status(callback).await, Status::Cancelled);
    assert_eq!(bench.callback_status(callback).await, callback::Status::Pending, "people still owe the call");
    let again = bench.tenant().cancel_attempt(id, "staff", bench.now()).await.unwrap();
    assert_eq!(again, Cancelled::NotWaiting(Status::Cancelled));
}

async fn what_is_being_dialed_is_not_cancelled(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let claim = bench.claim(&phone).await.unwrap();
    let refused = bench.tenant().cancel_attempt(claim.attempt, "staff", bench.now()).await.unwrap();
    assert_eq!(refused, Cancelled::NotWaiting(Status::Processing));
    assert_eq!(bench.status(callback).await, Status::Processing);
    bench.hang_up().await;
}

async fn a_double_click_retries_once(bench: &Bench) {
    let phone = bench.phone(2).await;
    let callback = failed(bench, &phone).await;
    let first = bench.attempt(callback).await.id;
    let mut clicks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, company, now) = (bench.store.clone(), bench.company, bench.now());
        clicks.spawn(async move { store.tenant(company).retry_attempt(first, "staff:test", now).await.unwrap() });
    }
    let done = clicks.join_all().await;
    assert_eq!(done.iter().filter(|it| matches!(it, Retried::Yes { .. })).count(), 1);
    assert_eq!(bench.attempts(callback).await.len(), 2);
}
