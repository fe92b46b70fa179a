//! A caller asks for a channel, and what becomes of him (decisions 2, 7 and 18).

use ringback_domain::{
    attempt,
    call::{CallOutcome, End, EndedHow, MissedReason, News},
    callback::Status,
    event::EventType,
    ids::CallId,
};
use ringback_store::{CarrierSays, EventReference};

use crate::bench::{Bench, caller, talk};

on_each_engine! {
    a_caller_who_finds_all_channels_busy_is_on_disk_before_he_is_told,
    a_repeated_question_gets_the_same_answer_and_makes_nothing_twice,
    an_answered_call_closes_the_open_callback_and_cancels_its_attempt,
    a_call_that_merely_got_a_channel_closes_nothing,
    an_accepted_call_that_nobody_answered_is_missed,
    an_accepted_call_that_broke_is_missed,
    later_events_of_a_turned_away_call_close_and_charge_nothing,
    a_withheld_number_is_recorded_and_makes_no_callback,
    a_caller_is_never_refused_for_credits,
    an_end_event_that_overtook_its_question_is_matched,
    a_running_attempt_of_somebody_who_got_through_is_not_dialed_again,
    an_inactive_phone_records_its_callers,
}

async fn call(bench: &Bench, id: CallId) -> (Option<CallOutcome>, Option<MissedReason>, i64) {
    bench.optional("select outcome, missed_reason, seconds from calls where id = $1", vec![id.into()]).await.unwrap()
}

async fn a_caller_who_finds_all_channels_busy_is_on_disk_before_he_is_told(bench: &Bench) {
    let phone = bench.phone(2).await;
    bench.fill(&phone).await;
    let (_, taken) = bench.inbound(&phone, &caller(1)).await;
    assert!(!taken.connected);
    assert_eq!(call(bench, taken.call).await, (Some(CallOutcome::Missed), Some(MissedReason::Busy), 0));
    let callback = taken.callback.expect("a callback was made before the answer");
    assert_eq!(bench.callback_status(callback).await, Status::Pending);
    assert_eq!(bench.status(callback).await, attempt::Status::Pending);
    for kind in [EventType::CallMissed, EventType::CallbackCreated] {
        assert_eq!(bench.events(kind).await, 1, "{kind}");
    }
    bench.hang_up().await;
}

async fn a_repeated_question_gets_the_same_answer_and_makes_nothing_twice(bench: &Bench) {
    let phone = bench.phone(1).await;
    let first = bench.inbound_as(&phone, "sid-1", Some(&caller(1))).await;
    let again = bench.inbound_as(&phone, "sid-1", Some(&caller(1))).await;
    assert!(first.connected && again.connected && again.repeated);
    assert_eq!(first.call, again.call);
    let missed = bench.inbound_as(&phone, "sid-2", Some(&caller(2))).await;
    bench.hang_up().await;
    // A channel is free by now; who was told that he will be called back is not connected by a second question.
    for _ in 0..3 {
        let again = bench.inbound_as(&phone, "sid-2", Some(&caller(2))).await;
        assert_eq!((again.call, again.connected, again.callback, again.repeated), (missed.call, false, missed.callback, true));
    }
    assert_eq!(bench.number("select count(*) from calls where direction = 'inbound'", vec![]).await, 2);
    assert_eq!(bench.number("select merged_count from callbacks where id = $1", vec![missed.callback.into()]).await, 0);
    assert_eq!(bench.attempts(missed.callback.unwrap()).await.len(), 1);
}

async fn an_answered_call_closes_the_open_callback_and_cancels_its_attempt(bench: &Bench) {
    let phone = bench.phone(2).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let (id, taken) = bench.inbound(&phone, &caller(1)).await;
    assert!(taken.connected);
    bench.inbound_ends(&phone, &id, &talk(45)).await;
    assert_eq!(bench.callback_status(callback).await, Status::Completed);
    assert_eq!(bench.status(callback).await, attempt::Status::Cancelled);
    let why = bench.optional::<(String,)>("select closed_because from callbacks where id = $1", vec![callback.into()]).await;
    assert_eq!(why.unwrap().0, "the person got through");
    assert!(bench.claim(&phone).await.is_none(), "nobody who got through is called");
    assert_eq!(bench.charged(taken.call).await, 45);
    for kind in [EventType::CallbackCompleted, EventType::AttemptCancelled] {
        assert_eq!(bench.events(kind).await, 1, "{kind}");
    }
}

async fn a_call_that_merely_got_a_channel_closes_nothing(bench: &Bench) {
    let phone = bench.phone(2).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let (id, _) = bench.inbound(&phone, &caller(1)).await;
    assert_eq!(bench.callback_status(callback).await, Status::Pending);
    bench.inbound_ends(&phone, &id, &End::plain(EndedHow::NoAnswer)).await;
    assert_eq!(bench.callback_status(callback).await, Status::Pending);
    assert_eq!(bench.dial(&phone).await.callback, callback);
    bench.hang_up().await;
}

async fn an_accepted_call_that_nobody_answered_is_missed(bench: &Bench) {
    let phone = bench.phone(1).await;
    let unanswered = [End::plain(EndedHow::NoAnswer), End::plain(EndedHow::Canceled), talk(0), End { abandoned: true, ..talk(12) }];
    for (n, end) in (1..).zip(unanswered) {
        let (id, taken) = bench.inbound(&phone, &caller(n)).await;
        assert!(taken.connected);
        bench.inbound_ends(&phone, &id, &end).await;
        assert_eq!(call(bench, taken.call).await, (Some(CallOutcome::Missed), Some(MissedReason::NoAnswer), 0), "{end:?}");
        assert_eq!(bench.callbacks().await, i64::from(n));
        bench.inbound_ends(&phone, &id, &end).await;
        assert_eq!(bench.callbacks().await, i64::from(n), "once");
    }
    assert_eq!(bench.balance().await, 10_000);
}

async fn an_accepted_call_that_broke_is_missed(bench: &Bench) {
    let phone = bench.phone(1).await;
    let (id, taken) = bench.inbound(&phone, &caller(1)).await;
    bench.inbound_ends(&phone, &id, &End::plain(EndedHow::Failed)).await;
    assert_eq!(call(bench, taken.call).await, (Some(CallOutcome::Missed), Some(MissedReason::NetworkError), 0));
    assert_eq!(bench.callbacks().await, 1);
}

async fn later_events_of_a_turned_away_call_close_and_charge_nothing(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.fill(&phone).await;
    let (id, taken) = bench.inbound(&phone, &caller(1)).await;
    let balance = bench.balance().await;
    let reference = EventReference { carrier_call_id: Some(id.clone()), call: None };
    for news in [News::Ringing, News::Answered { by: None }, News::Ended(talk(8)), News::Ended(End::plain(EndedHow::Completed))] {
        bench.store.apply_event(phone.company_id, phone.id, &reference, &news, true, bench.now()).await.unwrap();
    }
    assert_eq!(bench.balance().await, balance);
    assert_eq!(bench.callback_status(taken.callback.unwrap()).await, Status::Pending);
    assert_eq!(bench.status(taken.callback.unwrap()).await, attempt::Status::Pending);
    assert_eq!(call(bench, taken.call).await, (Some(CallOutcome::Missed), Some(MissedReason::Busy), 0));
    assert_eq!(bench.free_channels(&phone).await, 0);
    bench.hang_up().await;
}

async fn a_withheld_number_is_recorded_and_makes_no_callback(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.fill(&phone).await;
    let taken = bench.inbound_as(&phone, "withheld", None).await;
    assert_eq!((taken.connected, taken.callback), (false, None));
    assert_eq!(bench.callbacks().await, 0);
    assert_eq!(bench.events(EventType::CallMissed).await, 1);
    bench.hang_up().await;
}

async fn a_caller_is_never_refused_for_credits(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.store.add_credits(bench.company, -10_500, "correction", "operator", bench.now()).await.unwrap();
    let (id, taken) = bench.inbound(&phone, &caller(1)).await;
    assert!(taken.connected);
    bench.inbound_ends(&phone, &id, &talk(30)).await;
    assert_eq!(bench.balance().await, -530);
}

async fn an_end_event_that_overtook_its_question_is_matched(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.inbound_ends(&phone, "early", &End::plain(EndedHow::NoAnswer)).await;
    let taken = bench.inbound_as(&phone, "early", Some(&caller(1))).await;
    assert_eq!(call(bench, taken.call).await.0, Some(CallOutcome::Missed));
    assert_eq!(bench.free_channels(&phone).await, 1);
    assert_eq!(bench.callbacks().await, 1);
    assert_eq!(bench.number("select count(*) from unmatched_events", vec![]).await, 0);
}

async fn a_running_attempt_of_somebody_who_got_through_is_not_dialed_again(bench: &Bench) {
    let phone = bench.phone(2).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let claim = bench.claim(&phone).await.unwrap();
    let (id, _) = bench.inbound(&phone, &caller(1)).await;
    bench.inbound_ends(&phone, &id, &talk(60)).await;
    assert_eq!(bench.callback_status(callback).await, Status::Completed);
    // The request that was under way was too fast for the carrier: unspent, but there is nothing left to do.
    bench.place(&claim, &ringback_store::Placement::Throttled { until: bench.now() }).await;
    assert_eq!(bench.status(callback).await, attempt::Status::Cancelled);
    assert!(bench.claim(&phone).await.is_none());
    assert_eq!(bench.reconcile(|_| CarrierSays::NoTrace).await, 0);
}

async fn an_inactive_phone_records_its_callers(bench: &Bench) {
    let phone = bench.phone_with(2, |phone| phone.active = false).await;
    let (_, taken) = bench.inbound(&phone, &caller(1)).await;
    assert!(!taken.connected);
    assert!(taken.callback.is_some());
    assert!(bench.claim(&phone).await.is_none());
    assert_eq!(bench.waiting_because(taken.callback.unwrap()).await.as_deref(), Some("phone inactive"));
}
