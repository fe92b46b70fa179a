//! What a talk keeps, and what is still owed after it (pitfall 24).

use ringback_domain::{
    access::Role,
    attempt,
    call::{End, EndedHow, News},
    callback::{ContactOutcome, EscalationReason, Source, Status, Wish},
    event::EventType,
    ids::CallbackId,
    time::plus_seconds,
};
use ringback_store::{Ask, By, CallbackChange, Claim, EventReference, IngressPhone, NewCallback, Placement, SplitOff};
use serde_json::json;

use crate::bench::{Bench, caller, talk};

on_each_engine! {
    a_miss_that_comes_during_a_talk_is_still_owed,
    a_miss_that_is_told_late_is_kept_by_the_talk_that_began_after_it,
    a_request_that_comes_during_a_talk_is_still_owed,
    a_callback_that_is_put_off_or_reopened_during_a_talk_is_still_owed,
    what_the_person_asks_of_the_machine_goes_to_people_after_the_talk,
    who_picks_up_has_asked_for_nothing_since,
    that_somebody_answered_may_be_heard_long_after,
    what_waits_from_before_a_talk_does_not_ring_after_it,
    what_a_colleague_promises_during_a_talk_is_still_owed,
    what_is_taken_out_of_a_callback_leaves_it_as_it_was_asked_for,
    who_counted_on_an_attempt_of_another_promise_goes_to_people_when_it_fails,
    who_counted_on_an_attempt_of_another_promise_goes_to_people_when_it_is_called_off,
}

const DAY: i64 = 24 * 3600;

async fn asks(bench: &Bench) -> CallbackId {
    let new = NewCallback::new(caller(1), Source::Api);
    bench.tenant().create_callback(&new, "token:test", bench.now()).await.unwrap().callback
}

async fn moves(bench: &Bench, id: CallbackId, ask: Ask<'_>) {
    bench.tenant().move_callback(id, ask, By::SYSTEM, bench.now()).await.unwrap();
}

async fn nobody_is_forgotten(bench: &Bench) {
    assert_eq!(bench.store.forgotten(bench.now()).await.unwrap(), vec![]);
    bench.assert_sound().await;
}

/// Two people behind one number: one talks, the other finds all channels busy.
async fn a_miss_that_comes_during_a_talk_is_still_owed(bench: &Bench) {
    let phone = bench.phone(1).await;
    let earlier = asks(bench).await;
    bench.advance(60);
    let (first, taken) = bench.inbound(&phone, &caller(1)).await;
    assert!(taken.connected);
    bench.advance(20);
    let (_, second) = bench.inbound(&phone, &caller(1)).await;
    assert_eq!((second.connected, second.callback), (false, Some(earlier)));
    bench.advance(20);
    bench.inbound_ends(&phone, &first, &talk(40)).await;
    assert_eq!(bench.callback_status(earlier).await, Status::Pending);
    assert_eq!(bench.status(earlier).await, attempt::Status::Pending);
    let claim = bench.dial(&phone).await;
    assert_eq!(claim.callback, earlier);
    bench.talks(&claim, 30).await;
    assert_eq!(bench.callback_status(earlier).await, Status::Completed);
    nobody_is_forgotten(bench).await;
}

async fn a_miss_that_is_told_late_is_kept_by_the_talk_that_began_after_it(bench: &Bench) {
    let phone = bench.phone(2).await;
    let (unanswered, _) = bench.inbound(&phone, &caller(1)).await;
    bench.advance(30);
    let (answered, _) = bench.inbound(&phone, &caller(1)).await;
    bench.advance(10);
    bench.inbound_ends(&phone, &unanswered, &End::plain(EndedHow::NoAnswer)).await;
    assert_eq!(bench.callbacks().await, 1);
    bench.advance(10);
    bench.inbound_ends(&phone, &answered, &talk(20)).await;
    assert_eq!(bench.number("select count(*) from callbacks where status = 'completed'", vec![]).await, 1);
    assert!(bench.claim(&phone).await.is_none(), "he got through after it");
}

async fn a_request_that_comes_during_a_talk_is_still_owed(bench: &Bench) {
    let phone = bench.phone(1).await;
    let (call, _) = bench.inbound(&phone, &caller(1)).await;
    bench.advance(15);
    let id = asks(bench).await;
    bench.advance(15);
    bench.inbound_ends(&phone, &call, &talk(30)).await;
    assert_eq!(bench.callback_status(id).await, Status::Pending);
    nobody_is_forgotten(bench).await;

    bench.advance(15);
    let (later, _) = bench.inbound(&phone, &caller(1)).await;
    bench.inbound_ends(&phone, &later, &talk(30)).await;
    assert_eq!(bench.callback_status(id).await, Status::Completed, "the next talk began after it");
}

async fn a_callback_that_is_put_off_or_reopened_during_a_talk_is_still_owed(bench: &Bench) {
    let phone = bench.phone(1).await;
    for how in 0..5 {
        let id = asks(bench).await;
        if how == 0 {
            moves(bench, id, Ask::Cancel { reason: None }).await;
        }
        bench.advance(60);
        let (call, _) = bench.inbound(&phone, &caller(1)).await;
        bench.advance(15);
        let (now, tomorrow) = (bench.now(), plus_seconds(bench.now(), DAY));
        let change = match how {
            0 => {
                moves(bench, id, Ask::Reopen).await;
                None
            }
            1 => {
                moves(bench, id, Ask::Snooze { until: tomorrow }).await;
                None
            }
            2 => {
                let wish = Wish::new("wish", tomorrow, plus_seconds(tomorrow, 3600), now).unwrap();
                bench.tenant().wish_again(id, (wish, &json!("tomorrow")), None, By::SYSTEM, now).await.unwrap();
                None
            }
            3 => Some(CallbackChange { not_before: Some(Some(tomorrow)), ..CallbackChange::default() }),
            _ => Some(CallbackChange { due_at: Some(tomorrow), ..CallbackChange::default() }),
        };
        if let Some(change) = change {
            bench.tenant().change_callback(id, &change, By::SYSTEM, now).await.unwrap();
        }
        bench.advance(15);
        bench.inbound_ends(&phone, &call, &talk(30)).await;
        assert_eq!(bench.callback_status(id).await, Status::Pending, "way {how}");
        nobody_is_forgotten(bench).await;
        moves(bench, id, Ask::Cancel { reason: None }).await;
    }
}

async fn what_the_person_asks_of_the_machine_goes_to_people_after_the_talk(bench: &Bench) {
    let owner = bench.staff(Role::Owner).await;
    let phone = bench.phone(1).await;
    let id = bench.missed(&phone, &caller(1)).await;
    let claim = bench.dial(&phone).await;
    bench.hears(&claim, &News::Answered { by: None }, true).await;
    bench.advance(30);
    assert_eq!(asks(bench).await, id);
    bench.advance(30);
    bench.talks(&claim, 60).await;
    assert_eq!(bench.status(id).await, attempt::Status::Completed, "he was reached");
    assert_eq!(bench.callback_status(id).await, Status::Pending, "and asked for more");
    nobody_is_forgotten(bench).await;
    bench.time_acts().await;
    assert_eq!(bench.owner_of(id).await, Some(owner));
    assert!(bench.claim(&phone).await.is_none(), "the machine has had its turn");
}

/// He rang us while we rang him, and then he picked up.
async fn who_picks_up_has_asked_for_nothing_since(bench: &Bench) {
    let phone = bench.phone(1).await;
    let id = bench.missed(&phone, &caller(1)).await;
    let claim = bench.dial(&phone).await;
    bench.advance(5);
    let (crossing, taken) = bench.inbound(&phone, &caller(1)).await;
    assert_eq!(taken.callback, Some(id));
    bench.advance(5);
    bench.hears(&claim, &News::Answered { by: None }, true).await;
    bench.advance(30);
    bench.talks(&claim, 30).await;
    assert_eq!(bench.callback_status(id).await, Status::Completed);
    assert_eq!(bench.events(EventType::CallbackCompleted).await, 1);
    let reference = EventReference { carrier_call_id: Some(crossing), call: None };
    bench.store.apply_event(phone.company_id, phone.id, &reference, &News::Ended(talk(3)), true, bench.now()).await.unwrap();
    assert_eq!(bench.callbacks().await, 1);
}

async fn hears_inbound(bench: &Bench, phone: &IngressPhone, call: &str, news: News) {
    let reference = EventReference { carrier_call_id: Some(call.to_owned()), call: None };
    bench.store.apply_event(phone.company_id, phone.id, &reference, &news, true, bench.now()).await.unwrap();
}

async fn that_somebody_answered_may_be_heard_long_after(bench: &Bench) {
    let phone = bench.phone(1).await;
    let (call, _) = bench.inbound(&phone, &caller(1)).await;
    bench.advance(20);
    let id = asks(bench).await;
    bench.advance(20);
    hears_inbound(bench, &phone, &call, News::Answered { by: None }).await;
    bench.advance(20);
    bench.inbound_ends(&phone, &call, &talk(60)).await;
    assert_eq!(bench.callback_status(id).await, Status::Pending, "inbound");

    let claim = missed_and_dialed(bench, &phone, 2).await;
    bench.advance(20);
    let new = NewCallback::new(caller(2), Source::VoiceAgent);
    let wished = bench.tenant().create_callback(&new, "voice_agent", bench.now()).await.unwrap();
    assert_eq!((wished.callback, wished.merged), (claim.callback, true));
    bench.advance(20);
    bench.hears(&claim, &News::Answered { by: None }, true).await;
    bench.advance(20);
    bench.talks(&claim, 60).await;
    assert_eq!(bench.callback_status(claim.callback).await, Status::Pending, "outbound");
    nobody_is_forgotten(bench).await;
}

async fn missed_and_dialed(bench: &Bench, phone: &IngressPhone, n: u32) -> Claim {
    bench.missed(phone, &caller(n)).await;
    bench.dial(phone).await
}

/// He gets through while his attempt waits, and wishes to be called by somebody in that talk.
async fn what_waits_from_before_a_talk_does_not_ring_after_it(bench: &Bench) {
    let phone = bench.phone(1).await;
    let id = bench.missed(&phone, &caller(1)).await;
    bench.advance(60);
    let (call, taken) = bench.inbound(&phone, &caller(1)).await;
    assert!(taken.connected);
    bench.advance(20);
    assert_eq!(asks(bench).await, id);
    bench.advance(20);
    bench.inbound_ends(&phone, &call, &talk(40)).await;
    assert_eq!((bench.callback_status(id).await, bench.status(id).await), (Status::Pending, attempt::Status::Cancelled));
    assert!(bench.claim(&phone).await.is_none(), "he has just hung up");
    assert_eq!(bench.events(EventType::AttemptCancelled).await, 1);
    nobody_is_forgotten(bench).await;
}

async fn what_a_colleague_promises_during_a_talk_is_still_owed(bench: &Bench) {
    bench.staff(Role::Owner).await;
    let phone = bench.phone(1).await;
    let later = Ask::Contact { outcome: ContactOutcome::Later, notes: Some("after six") };
    let handed_up = Ask::Escalate { reason: EscalationReason::CustomerComplaint, details: None, to: None };
    for ask in [Some(later), Some(handed_up), None] {
        let id = asks(bench).await;
        if ask.is_none() {
            bench.tenant().delete_callback(id, By::SYSTEM, bench.now()).await.unwrap();
        }
        bench.advance(60);
        let (call, _) = bench.inbound(&phone, &caller(1)).await;
        bench.advance(15);
        match ask {
            Some(ask) => moves(bench, id, ask).await,
            None => drop(bench.tenant().restore_callback(id, By::SYSTEM, bench.now()).await.unwrap()),
        }
        bench.advance(15);
        bench.inbound_ends(&phone, &call, &talk(30)).await;
        assert!(bench.callback_status(id).await.is_open(), "{ask:?}");
        moves(bench, id, Ask::Cancel { reason: None }).await;
    }
}

/// Two people behind one number: each has his own again before the first talk ends.
async fn what_is_taken_out_of_a_callback_leaves_it_as_it_was_asked_for(bench: &Bench) {
    let phone = bench.phone(1).await;
    let first = asks(bench).await;
    bench.advance(60);
    let (call, _) = bench.inbound(&phone, &caller(1)).await;
    bench.advance(15);
    asks(bench).await;
    let SplitOff::Yes(second) = bench.tenant().split_callback(first, By::SYSTEM, bench.now()).await.unwrap() else {
        panic!("two were merged");
    };
    bench.advance(15);
    bench.inbound_ends(&phone, &call, &talk(30)).await;
    assert_eq!(bench.callback_status(first).await, Status::Completed);
    assert_eq!(bench.callback_status(second).await, Status::Pending);
}

/// His callback is closed while the machine rings for it; he rings back, and the lines are busy.
async fn who_counted_on_an_attempt_of_another_promise_goes_to_people_when_it_fails(bench: &Bench) {
    let owner = bench.staff(Role::Owner).await;
    let phone = bench.phone(1).await;
    let claim = missed_and_dialed(bench, &phone, 1).await;
    moves(bench, claim.callback, Ask::Cancel { reason: None }).await;
    bench.advance(5);
    let (_, taken) = bench.inbound(&phone, &caller(1)).await;
    let again = taken.callback.unwrap();
    assert_ne!(again, claim.callback);
    assert_eq!(bench.attempts(again).await.len(), 0, "one runs for this person already");
    bench.time_acts().await;
    assert_eq!(bench.owner_of(again).await, None);
    bench.ends(&claim, End::plain(EndedHow::NoAnswer)).await;
    bench.time_acts().await;
    assert_eq!(bench.owner_of(again).await, Some(owner));
}

async fn who_counted_on_an_attempt_of_another_promise_goes_to_people_when_it_is_called_off(bench: &Bench) {
    let owner = bench.staff(Role::Owner).await;
    let phone = bench.phone(1).await;
    bench.missed(&phone, &caller(1)).await;
    let claim = bench.claim(&phone).await.unwrap();
    moves(bench, claim.callback, Ask::Cancel { reason: None }).await;
    bench.advance(5);
    let (_, taken) = bench.inbound(&phone, &caller(1)).await;
    let again = taken.callback.unwrap();
    bench.time_acts().await;
    assert_eq!(bench.owner_of(again).await, None);
    bench.place(&claim, &Placement::Throttled { until: bench.now() }).await;
    bench.time_acts().await;
    assert_eq!(bench.owner_of(again).await, Some(owner), "the request was never made, and nothing is rung for what was cancelled");
}
