//! Lost answers and silence: the carrier is asked, and nobody is dialed twice (decision 9, step 4).

use ringback_domain::{
    attempt::Status,
    call::{AttemptOutcome, End, EndedHow, News},
    callback,
    event::EventType,
};
use ringback_store::{CarrierSays, Claim, IngressPhone, Placement};

use crate::bench::{Bench, caller, found, talk};

on_each_engine! {
    a_lost_answer_is_unknown_and_never_dialed_again,
    a_lost_answer_is_asked_about_with_back_off,
    a_lost_answer_that_the_carrier_knows_runs_on,
    without_a_trace_for_ninety_seconds_it_fails_and_goes_to_people,
    the_carriers_late_word_corrects_outcome_charge_and_callback_and_dials_nothing,
    a_late_word_without_seconds_is_looked_up,
    a_late_failure_leaves_a_given_up_call_failed,
    a_stalled_request_is_reconciled_and_not_run_again,
    a_restarted_node_asks_at_once_about_what_it_left_behind,
    a_restart_leaves_other_nodes_calls_alone,
    silence_after_acceptance_is_asked_about,
    two_nodes_never_ask_about_the_same_call_at_once,
    an_event_kept_under_an_id_is_applied_when_a_look_up_learns_it,
    an_inbound_call_without_an_end_event_is_settled_by_the_look_up,
}

async fn lost(bench: &Bench, phone: &IngressPhone) -> Claim {
    bench.missed(phone, &caller(1)).await;
    let claim = bench.claim(phone).await.unwrap();
    assert!(!bench.place(&claim, &Placement::Lost { counts: false }).await, "the channel stays taken");
    claim
}

/// Lost, and without a trace until it is given up.
async fn given_up(bench: &Bench, phone: &IngressPhone) -> Claim {
    let claim = lost(bench, phone).await;
    while bench.status(claim.callback).await == Status::Unknown {
        bench.advance(1);
        bench.reconcile(|_| CarrierSays::NoTrace).await;
    }
    claim
}

async fn a_lost_answer_is_unknown_and_never_dialed_again(bench: &Bench) {
    let phone = bench.phone(2).await;
    let claim = lost(bench, &phone).await;
    assert_eq!(bench.status(claim.callback).await, Status::Unknown);
    assert_eq!(bench.free_channels(&phone).await, 1, "it may be ringing");
    assert_eq!(bench.reserved().await, 100);
    for _ in 0..100 {
        assert!(bench.claim(&phone).await.is_none());
        bench.advance(1);
        bench.reconcile(|_| CarrierSays::Nothing).await;
    }
    assert_eq!(bench.missed(&phone, &caller(1)).await, claim.callback);
    assert!(bench.claim(&phone).await.is_none(), "a further miss makes no second attempt beside it");
    assert_eq!(bench.dials(&claim).await, 1);
    bench.hang_up().await;
}

async fn a_lost_answer_is_asked_about_with_back_off(bench: &Bench) {
    let phone = bench.phone(1).await;
    let claim = lost(bench, &phone).await;
    let mut asked = Vec::new();
    for second in 1..=200 {
        bench.advance(1);
        if bench.reconcile(|_| CarrierSays::NoTrace).await > 0 {
            asked.push(second);
        }
    }
    assert_eq!(asked, [2, 5, 10, 20, 40, 80, 90]);
    assert_eq!(bench.status(claim.callback).await, Status::Failed);
}

async fn a_lost_answer_that_the_carrier_knows_runs_on(bench: &Bench) {
    let phone = bench.phone(1).await;
    let claim = lost(bench, &phone).await;
    bench.advance(2);
    assert_eq!(bench.reconcile(|ask| found(ask, News::Answered { by: None })).await, 1);
    assert_eq!(bench.status(claim.callback).await, Status::Processing);
    bench.hears_by_carrier_id(&claim, &News::Ended(talk(40))).await;
    assert_eq!(bench.status(claim.callback).await, Status::Completed);
    assert_eq!((bench.charged(claim.call).await, bench.dials(&claim).await), (40, 1));
}

async fn without_a_trace_for_ninety_seconds_it_fails_and_goes_to_people(bench: &Bench) {
    let phone = bench.phone(1).await;
    let claim = given_up(bench, &phone).await;
    let attempt = bench.attempt(claim.callback).await;
    assert_eq!((attempt.status, attempt.outcome), (Status::Failed, Some(AttemptOutcome::NoTrace)));
    assert_eq!(bench.callback_status(claim.callback).await, callback::Status::Pending);
    assert_eq!((bench.reserved().await, bench.balance().await, bench.free_channels(&phone).await), (0, 10_000, 1));
    assert!(bench.claim(&phone).await.is_none());
    assert_eq!(bench.events(EventType::AttemptFailed).await, 1);
}

async fn the_carriers_late_word_corrects_outcome_charge_and_callback_and_dials_nothing(bench: &Bench) {
    let phone = bench.phone(1).await;
    let claim = given_up(bench, &phone).await;
    bench.missed(&phone, &caller(2)).await;
    let applied = bench.hears(&claim, &News::Ended(talk(50)), true).await;
    assert!(applied.matched && !applied.freed && applied.claim.is_none(), "it freed no channel");
    let attempt = bench.attempt(claim.callback).await;
    assert_eq!((attempt.status, attempt.outcome), (Status::Completed, Some(AttemptOutcome::Reached)));
    assert_eq!(bench.callback_status(claim.callback).await, callback::Status::Completed);
    assert_eq!(bench.charged(claim.call).await, 50);
    bench.hears(&claim, &News::Ended(talk(55)), true).await;
    assert_eq!(bench.balance().await, 9_950, "once");
}

async fn a_late_word_without_seconds_is_looked_up(bench: &Bench) {
    let phone = bench.phone(1).await;
    let claim = given_up(bench, &phone).await;
    for _ in 0..2 {
        bench.ends(&claim, End::plain(EndedHow::Completed)).await;
    }
    assert_eq!(bench.status(claim.callback).await, Status::Failed);
    assert_eq!(bench.reconcile(|ask| found(ask, News::Ended(talk(35)))).await, 1);
    assert_eq!(bench.status(claim.callback).await, Status::Completed);
    assert_eq!(bench.charged(claim.call).await, 35);
    bench.advance(600);
    assert_eq!(bench.reconcile(|_| CarrierSays::NoTrace).await, 0);
}

async fn a_late_failure_leaves_a_given_up_call_failed(bench: &Bench) {
    let phone = bench.phone(1).await;
    let claim = given_up(bench, &phone).await;
    bench.ends(&claim, End::plain(EndedHow::Busy)).await;
    let attempt = bench.attempt(claim.callback).await;
    assert_eq!((attempt.status, attempt.outcome), (Status::Failed, Some(AttemptOutcome::Busy)));
    assert_eq!(bench.balance().await, 10_000);
}

async fn a_stalled_request_is_reconciled_and_not_run_again(bench: &Bench) {
    let phone = bench.phone(2).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let stalled = bench.claim(&phone).await.unwrap();
    bench.advance(10);
    assert_eq!(bench.reconcile(|_| CarrierSays::NoTrace).await, 0, "its answer may still come");
    bench.advance(1);
    assert_eq!(bench.reconcile(|_| CarrierSays::NoTrace).await, 1);
    assert_eq!(bench.status(callback).await, Status::Unknown);
    for _ in 0..120 {
        assert!(bench.claim(&phone).await.is_none(), "nobody dials what may be ringing");
        bench.advance(1);
        bench.reconcile(|_| CarrierSays::NoTrace).await;
    }
    assert_eq!(bench.dials(&stalled).await, 1);
    assert_eq!(bench.status(callback).await, Status::Failed);
}

async fn a_restarted_node_asks_at_once_about_what_it_left_behind(bench: &Bench) {
    let phone = bench.phone(2).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let claim = bench.claim(&phone).await.unwrap();
    let after = bench.restarted().await;
    assert_eq!(after.recover(bench.now()).await.unwrap(), 1);
    assert!(after.claim_next(phone.id, bench.now()).await.unwrap().is_none(), "it may be ringing");
    assert_eq!(bench.reconcile(|ask| found(ask, News::Ended(talk(22)))).await, 1);
    assert_eq!(bench.status(callback).await, Status::Completed);
    assert_eq!(bench.dials(&claim).await, 1);
    after.db().close().await;
}

async fn a_restart_leaves_other_nodes_calls_alone(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.missed(&phone, &caller(1)).await;
    bench.claim(&phone).await.unwrap();
    bench.execute("update calls set node = 'another' where direction = 'outbound'", vec![]).await;
    let after = bench.restarted().await;
    assert_eq!(after.recover(bench.now()).await.unwrap(), 0);
    after.db().close().await;
    bench.hang_up().await;
}

async fn silence_after_acceptance_is_asked_about(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.missed(&phone, &caller(1)).await;
    let claim = bench.dial(&phone).await;
    let mut asked = Vec::new();
    for second in 1..=1000 {
        bench.advance(1);
        if bench.reconcile(|ask| found(ask, News::Answered { by: None })).await > 0 {
            asked.push(second);
        }
    }
    assert_eq!(asked, [30, 60, 120, 240, 480, 780], "after 30 s, doubling to 5 min");
    assert_eq!(bench.status(claim.callback).await, Status::Processing);
    bench.hang_up().await;
}

async fn two_nodes_never_ask_about_the_same_call_at_once(bench: &Bench) {
    let phone = bench.phone(1).await;
    lost(bench, &phone).await;
    bench.advance(2);
    let other = bench.restarted().await;
    assert_eq!(bench.store.calls_to_ask(bench.now()).await.unwrap().len(), 1);
    assert_eq!(other.calls_to_ask(bench.now()).await.unwrap().len(), 0);
    // The first one died with the question in its hand: the other takes over soon.
    bench.advance(15);
    assert_eq!(other.calls_to_ask(bench.now()).await.unwrap().len(), 1);
    other.db().close().await;
    bench.hang_up().await;
}

async fn an_event_kept_under_an_id_is_applied_when_a_look_up_learns_it(bench: &Bench) {
    let phone = bench.phone(1).await;
    let claim = lost(bench, &phone).await;
    assert!(!bench.hears_by_carrier_id(&claim, &News::Ended(talk(31))).await.matched);
    bench.advance(2);
    // The carrier's books lag behind its events.
    bench.reconcile(|ask| found(ask, News::Ringing)).await;
    assert_eq!(bench.status(claim.callback).await, Status::Completed);
    assert_eq!((bench.charged(claim.call).await, bench.free_channels(&phone).await), (31, 1));
}

async fn an_inbound_call_without_an_end_event_is_settled_by_the_look_up(bench: &Bench) {
    let phone = bench.phone(1).await;
    let (id, taken) = bench.inbound(&phone, &caller(1)).await;
    bench.advance(30);
    let says = |_: &_| CarrierSays::Found { carrier_call_id: id.clone(), news: News::Ended(talk(12)) };
    assert_eq!(bench.reconcile(says).await, 1);
    assert_eq!(bench.charged(taken.call).await, 12);
    assert_eq!(bench.free_channels(&phone).await, 1);
}
