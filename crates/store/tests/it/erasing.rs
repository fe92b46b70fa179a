//! Erased for good: nothing stays that was told of it, however late, and nothing of others goes with it.

use ringback_domain::{
    callback::Source,
    ids::{CallId, CallbackId, IntakeKeyId},
};
use ringback_store::{Ask, By, Moved, NewCallReport, NewCallback, PlatformCall, ReportedCall};

use crate::bench::{Bench, caller, talk};

on_each_engine! {
    what_was_told_of_a_call_before_it_belonged_to_a_callback_goes_too,
    a_person_is_forgotten_with_the_last_callback,
}

async fn told_of(bench: &Bench, call: CallId) -> i64 {
    bench.number("select count(*) from events where data like $1", vec![format!("%{call}%").into()]).await
}

async fn erase(bench: &Bench, callback: CallbackId) {
    assert!(matches!(bench.tenant().erase_callback(callback, bench.now()).await.unwrap(), Moved::Yes { .. }));
}

async fn what_was_told_of_a_call_before_it_belonged_to_a_callback_goes_too(bench: &Bench) {
    let phone = bench.phone(2).await;
    let started_at = bench.now();
    let (id, his) = bench.inbound(&phone, &caller(1)).await;
    let (other_id, other) = bench.inbound(&phone, &caller(2)).await;
    bench.advance(60);
    bench.inbound_ends(&phone, &id, &talk(60)).await;
    bench.inbound_ends(&phone, &other_id, &talk(60)).await;
    // The voice platform reports what he was promised two days later.
    bench.advance(48 * 3600);
    let report = NewCallReport {
        platform_call: PlatformCall {
            key: IntakeKeyId(bench.store.new_id(bench.now())),
            kind: "retell".to_owned(),
            id: "call_1".to_owned(),
        },
        call: ReportedCall {
            phone: Some(phone.id),
            carrier_call_id: Some(id),
            direction: None,
            number: Some(caller(1)),
            own_number: None,
            started_at: Some(started_at),
            ended_at: None,
        },
        disconnection_reason: None,
        recording_url: None,
        transcript: Some("Agent: Wir rufen Sie zurück.".to_owned()),
        analysis: None,
    };
    let report = bench.tenant().keep_call_report(&report, bench.now()).await.unwrap().unwrap();
    assert_eq!(report.call_id, Some(his.call));
    let promised = NewCallback::new(caller(1), Source::Api);
    let made = bench.tenant().keep_promise(report.id, &promised, "voice_agent", bench.now()).await.unwrap().unwrap();
    assert_eq!((told_of(bench, his.call).await, told_of(bench, other.call).await), (3, 2), "begun, ended, and one reported");
    erase(bench, made).await;
    assert_eq!((told_of(bench, his.call).await, told_of(bench, other.call).await), (0, 2));
}

async fn a_person_is_forgotten_with_the_last_callback(bench: &Bench) {
    let mut callbacks = Vec::new();
    for _ in 0..3 {
        let new = NewCallback::new(caller(1), Source::Api);
        let made = bench.tenant().create_callback(&new, "token:test", bench.now()).await.unwrap().callback;
        bench.tenant().move_callback(made, Ask::Cancel { reason: None }, By::SYSTEM, bench.now()).await.unwrap();
        callbacks.push(made);
    }
    bench.tenant().delete_callback(callbacks[1], By::SYSTEM, bench.now()).await.unwrap();
    for (erased, known) in [(0, 1), (2, 1), (1, 0)] {
        erase(bench, callbacks[erased]).await;
        assert_eq!(bench.number("select count(*) from people", vec![]).await, known);
    }
}
