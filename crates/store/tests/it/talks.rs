//! What a talk keeps, and what is still owed after it (pitfall 24).

use ringback_domain::{
    attempt,
    call::{End, EndedHow, News},
    callback::{Move, Source, Status, Wish},
    event::EventType,
    ids::CallbackId,
    time::plus_seconds,
};
use ringback_store::{Ask, By, CallbackChange, EventReference, NewCallback};
use serde_json::json;

use crate::bench::{Bench, caller, talk};

on_each_engine! {
    a_miss_that_comes_during_a_talk_is_still_owed,
    a_miss_that_is_told_late_is_kept_by_the_talk_that_began_after_it,
    a_request_that_comes_during_a_talk_is_still_owed,
    a_callback_that_is_put_off_or_reopened_during_a_talk_is_still_owed,
    what_the_person_asks_of_the_machine_goes_to_people_after_the_talk,
    who_picks_up_has_asked_for_nothing_since,
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
                bench.tenant().wish_again(id, wish, &json!("tomorrow"), By::SYSTEM, now).await.unwrap();
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
    let owner = bench.staff(ringback_domain::access::Role::Owner).await;
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
