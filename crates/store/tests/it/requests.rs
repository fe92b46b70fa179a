//! Requests by people and programs: one callback per person, however many ask at once.

use ringback_domain::{
    callback::{ReturnBy, Source},
    event::EventType,
};
use ringback_store::{Ask, By, Moved, NewCallback};
use tokio::task::JoinSet;

use crate::bench::{Bench, caller};

on_each_engine! {
    a_hundred_requests_at_once_make_one_callback,
    the_third_request_raises_the_priority,
    a_person_and_the_machine_never_both_begin_to_call,
}

async fn a_hundred_requests_at_once_make_one_callback(bench: &Bench) {
    for round in 0..if bench.engine() == "postgres" { 5 } else { 2 } {
        let mut asking = JoinSet::new();
        for _ in 0..100 {
            let (store, company, now) = (bench.store.clone(), bench.company, bench.now());
            asking.spawn(async move {
                let new = NewCallback::new(caller(round), Source::Api);
                store.tenant(company).create_callback(&new, "token:test", now).await.unwrap()
            });
        }
        let created = asking.join_all().await;
        assert_eq!(created.iter().filter(|it| !it.merged).count(), 1);
        assert!(created.iter().all(|it| it.callback == created[0].callback));
        let id = created[0].callback;
        assert_eq!(bench.number("select merged_count from callbacks where id = $1", vec![id.into()]).await, 99);
        assert_eq!(bench.number("select count(*) from requests where callback_id = $1", vec![id.into()]).await, 100);
    }
}

async fn the_third_request_raises_the_priority(bench: &Bench) {
    let mut id = None;
    for expected in ["normal", "normal", "high", "high"] {
        let new = NewCallback::new(caller(1), Source::Form);
        let created = bench.tenant().create_callback(&new, "token:test", bench.now()).await.unwrap();
        id.get_or_insert(created.callback);
        let (priority,) =
            bench.optional::<(String,)>("select priority from callbacks where id = $1", vec![created.callback.into()]).await.unwrap();
        assert_eq!(priority, expected);
        bench.advance(60);
    }
    assert_eq!(bench.events(EventType::CallbackMerged).await, 3);
}

async fn a_person_and_the_machine_never_both_begin_to_call(bench: &Bench) {
    for round in 0..if bench.engine() == "postgres" { 30 } else { 3 } {
        let phone = bench.phone(1).await;
        let new = NewCallback { phone_id: Some(phone.id), return_by: ReturnBy::Agent, ..NewCallback::new(caller(round), Source::Api) };
        let id = bench.tenant().create_callback(&new, "token:test", bench.now()).await.unwrap().callback;
        let (store, company, now) = (bench.store.clone(), bench.company, bench.now());
        let person = tokio::spawn(async move { store.tenant(company).move_callback(id, Ask::Claim, By::SYSTEM, now).await.unwrap() });
        let machine = bench.store.claim_next(phone.id, bench.now()).await.unwrap();
        let person = person.await.unwrap();
        assert_eq!(machine.is_some(), matches!(person, Moved::MachineCalling { .. }), "{person:?}");
        bench.hang_up().await;
        // It rings somebody only once a round.
        bench.tenant().delete_callback(id, By::SYSTEM, bench.now()).await.unwrap();
    }
}
