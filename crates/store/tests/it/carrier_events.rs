//! What the carrier tells: in any order, doubled, early, without seconds.

use ringback_domain::{
    attempt::Status,
    call::{AnsweredBy, AttemptOutcome, End, EndedHow, News},
    callback,
    event::EventType,
};
use ringback_store::CarrierSays;

use crate::bench::{Bench, caller, found, talk};

on_each_engine! {
    an_accepted_request_completes_nothing,
    only_a_person_reached_completes_an_attempt,
    a_doubled_end_event_charges_once_and_frees_once,
    an_end_event_before_the_answer_to_the_request_is_applied_by_our_reference,
    an_end_event_under_an_id_that_nobody_knows_yet_is_kept_and_matched,
    late_news_of_a_call_that_ended_changes_nothing,
    ringing_after_answered_moves_nothing_back,
    a_machine_that_answered_is_never_a_person_reached,
    an_end_without_seconds_frees_the_channel_and_waits_for_the_look_up,
    our_own_clock_serves_when_the_carrier_never_says_the_seconds,
    unmatched_events_are_forgotten_after_a_day,
    a_call_is_told_to_have_started_once_and_before_its_end,
    a_failed_attempt_leaves_its_callback_open_and_is_never_dialed_again,
}

async fn an_accepted_request_completes_nothing(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let claim = bench.dial(&phone).await;
    assert_eq!(bench.status(callback).await, Status::Processing);
    assert_eq!(bench.callback_status(callback).await, callback::Status::Pending);
    bench.hears(&claim, &News::Answered { by: None }, false).await;
    assert_eq!(bench.status(callback).await, Status::Processing, "that somebody answered is not yet that a person was reached");
    bench.ends(&claim, End::plain(EndedHow::Busy)).await;
    assert_eq!(bench.status(callback).await, Status::Failed);
}

async fn only_a_person_reached_completes_an_attempt(bench: &Bench) {
    let phone = bench.phone(1).await;
    let by = |by, seconds| End { answered_by: Some(by), ..talk(seconds) };
    let ends = [
        (talk(20), AttemptOutcome::Reached),
        (by(AnsweredBy::Human, 3), AttemptOutcome::Reached),
        (by(AnsweredBy::Machine, 90), AttemptOutcome::Machine),
        (talk(19), AttemptOutcome::ShortTalk),
        (End::plain(EndedHow::Busy), AttemptOutcome::Busy),
        (End::plain(EndedHow::NoAnswer), AttemptOutcome::NoAnswer),
        (End::plain(EndedHow::Failed), AttemptOutcome::Failed),
    ];
    for (n, (end, outcome)) in (1..).zip(ends) {
        let callback = bench.missed(&phone, &caller(n)).await;
        let claim = bench.dial(&phone).await;
        bench.ends(&claim, end).await;
        let attempt = bench.attempt(callback).await;
        assert_eq!(attempt.outcome, Some(outcome));
        let reached = outcome == AttemptOutcome::Reached;
        assert_eq!(attempt.status, if reached { Status::Completed } else { Status::Failed }, "{outcome}");
        let promise = if reached { callback::Status::Completed } else { callback::Status::Pending };
        assert_eq!(bench.callback_status(callback).await, promise, "{outcome}");
    }
}

async fn a_doubled_end_event_charges_once_and_frees_once(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.missed(&phone, &caller(1)).await;
    let claim = bench.dial(&phone).await;
    for seconds in [77, 77, 80, 0] {
        bench.talks(&claim, seconds).await;
        assert_eq!((bench.charged(claim.call).await, bench.balance().await, bench.reserved().await), (77, 9_923, 0));
    }
    assert_eq!(bench.events(EventType::CallEnded).await - 1, 1, "one for the miss, one for the talk");
    assert_eq!(bench.events(EventType::AttemptCompleted).await, 1);
}

async fn an_end_event_before_the_answer_to_the_request_is_applied_by_our_reference(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let claim = bench.claim(&phone).await.unwrap();
    bench.talks(&claim, 30).await;
    assert_eq!(bench.status(callback).await, Status::Completed);
    bench.accept(&claim).await;
    assert_eq!(bench.status(callback).await, Status::Completed);
    assert_eq!(bench.charged(claim.call).await, 30);
    assert_eq!(bench.reconcile(|_| CarrierSays::NoTrace).await, 0, "nothing of it is open");
}

async fn an_end_event_under_an_id_that_nobody_knows_yet_is_kept_and_matched(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let claim = bench.claim(&phone).await.unwrap();
    assert!(!bench.hears_by_carrier_id(&claim, &News::Answered { by: None }).await.matched);
    assert!(!bench.hears_by_carrier_id(&claim, &News::Ended(talk(30))).await.matched);
    bench.accept(&claim).await;
    assert_eq!(bench.status(callback).await, Status::Completed);
    assert_eq!(bench.charged(claim.call).await, 30);
    assert_eq!(bench.free_channels(&phone).await, 1);
    assert_eq!(bench.number("select count(*) from unmatched_events", vec![]).await, 0);
}

async fn late_news_of_a_call_that_ended_changes_nothing(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let claim = bench.dial(&phone).await;
    bench.ends(&claim, End::plain(EndedHow::NoAnswer)).await;
    for news in [News::Ringing, News::Answered { by: Some(AnsweredBy::Human) }, News::Ended(talk(60))] {
        let applied = bench.hears(&claim, &news, true).await;
        assert!(applied.matched && !applied.freed);
    }
    let attempt = bench.attempt(callback).await;
    assert_eq!((attempt.status, attempt.outcome), (Status::Failed, Some(AttemptOutcome::NoAnswer)));
    assert_eq!(bench.charged(claim.call).await, 0);
}

async fn ringing_after_answered_moves_nothing_back(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.missed(&phone, &caller(1)).await;
    let claim = bench.dial(&phone).await;
    bench.hears(&claim, &News::Answered { by: None }, false).await;
    let answered_at = bench.number("select answered_at from calls where id = $1", vec![claim.call.into()]).await;
    bench.advance(5);
    bench.hears(&claim, &News::Ringing, false).await;
    let status = bench.optional::<(String,)>("select status from calls where id = $1", vec![claim.call.into()]).await.unwrap().0;
    assert_eq!(status, "in_progress");
    assert_eq!(bench.number("select answered_at from calls where id = $1", vec![claim.call.into()]).await, answered_at);
    bench.hang_up().await;
}

async fn a_machine_that_answered_is_never_a_person_reached(bench: &Bench) {
    let phone = bench.phone(1).await;
    // Said with the answer, not with the end; said with an end that lacks the seconds.
    for n in 1..=2 {
        let callback = bench.missed(&phone, &caller(n)).await;
        let claim = bench.dial(&phone).await;
        if n == 1 {
            bench.hears(&claim, &News::Answered { by: Some(AnsweredBy::Machine) }, false).await;
            bench.talks(&claim, 120).await;
        } else {
            bench.ends(&claim, End { answered_by: Some(AnsweredBy::Machine), ..End::plain(EndedHow::Completed) }).await;
            assert_eq!(bench.reconcile(|ask| found(ask, News::Ended(talk(120)))).await, 1);
        }
        let attempt = bench.attempt(callback).await;
        assert_eq!((attempt.status, attempt.outcome), (Status::Failed, Some(AttemptOutcome::Machine)));
        assert_eq!(bench.charged(claim.call).await, 120);
        assert_eq!(bench.callback_status(callback).await, callback::Status::Pending);
    }
}

async fn an_end_without_seconds_frees_the_channel_and_waits_for_the_look_up(bench: &Bench) {
    let phone = bench.phone(1).await;
    let first = bench.missed(&phone, &caller(1)).await;
    let second = bench.missed(&phone, &caller(2)).await;
    let claim = bench.dial(&phone).await;
    let applied = bench.hears(&claim, &News::Ended(End::plain(EndedHow::Completed)), true).await;
    assert_eq!(applied.claim.expect("the channel is free at once").callback, second);
    assert_eq!(bench.status(first).await, Status::Processing);
    let again = bench.hears(&claim, &News::Ended(End::plain(EndedHow::Completed)), true).await;
    assert!(!again.freed, "doubled");
    let only_first = |ask: &ringback_store::AskAbout| {
        assert_eq!(ask.call, claim.call, "nothing else is due");
        found(ask, News::Ended(talk(64)))
    };
    assert_eq!(bench.reconcile(only_first).await, 1);
    assert_eq!(bench.status(first).await, Status::Completed);
    assert_eq!(bench.charged(claim.call).await, 64);
    bench.hang_up().await;
}

async fn our_own_clock_serves_when_the_carrier_never_says_the_seconds(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let claim = bench.dial(&phone).await;
    bench.advance(7);
    bench.hears(&claim, &News::Answered { by: None }, false).await;
    bench.advance(50);
    bench.ends(&claim, End::plain(EndedHow::Completed)).await;
    let ended = bench.now();
    let mut asked = 0;
    while bench.status(callback).await == Status::Processing {
        asked += bench.reconcile(|ask| found(ask, News::Ended(End::plain(EndedHow::Completed)))).await;
        bench.advance(1);
    }
    let waited = bench.now().duration_since(ended).as_secs();
    assert!((150..=190).contains(&waited), "{waited} s");
    assert!((5..=9).contains(&asked), "asked {asked} times, with back-off");
    assert_eq!(bench.charged(claim.call).await, 50, "from the answer to the end");
    assert_eq!(bench.status(callback).await, Status::Completed);
}

async fn unmatched_events_are_forgotten_after_a_day(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.inbound_ends(&phone, "somebody else's", &talk(3)).await;
    bench.advance(24 * 3600);
    assert_eq!(bench.store.forget_unmatched(bench.now()).await.unwrap(), 0);
    bench.advance(1);
    assert_eq!(bench.store.forget_unmatched(bench.now()).await.unwrap(), 1);
}

async fn a_failed_attempt_leaves_its_callback_open_and_is_never_dialed_again(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let claim = bench.dial(&phone).await;
    bench.ends(&claim, End::plain(EndedHow::NoAnswer)).await;
    for _ in 0..24 {
        assert!(bench.claim(&phone).await.is_none());
        assert!(bench.store.phones_to_dial(ringback_domain::ids::PhoneId(uuid::Uuid::nil()), 10, bench.now()).await.unwrap().is_empty());
        bench.advance(3600);
    }
    assert_eq!(bench.dials(&claim).await, 1);
    assert_eq!(bench.callback_status(callback).await, callback::Status::Pending);
}

async fn a_call_is_told_to_have_started_once_and_before_its_end(bench: &Bench) {
    let phone = bench.phone(2).await;
    bench.missed(&phone, &caller(1)).await;
    let claim = bench.claim(&phone).await.unwrap();
    let before = bench.events(EventType::CallStarted).await;
    bench.hears(&claim, &News::Ringing, false).await;
    bench.hears(&claim, &News::Answered { by: None }, false).await;
    bench.accept(&claim).await;
    assert_eq!(bench.events(EventType::CallStarted).await, before + 1, "by the event that came before the answer");
    bench.ends(&claim, End::plain(EndedHow::Busy)).await;
    bench.missed(&phone, &caller(2)).await;
    let claim = bench.claim(&phone).await.unwrap();
    let before = bench.events(EventType::CallStarted).await;
    bench.hears(&claim, &News::Ended(End::plain(EndedHow::Busy)), false).await;
    bench.accept(&claim).await;
    assert_eq!(bench.events(EventType::CallStarted).await, before, "what has ended does not start");
}
