//! Whoever follows the events of a company misses none, whatever the clocks of those say who write them.

use ringback_domain::{
    callback::Source,
    ids::{CallbackId, EventId},
    time::plus_seconds,
};
use ringback_store::{By, Mark, NewCallback, Start, Store, Window, Writing};

use crate::bench::{Bench, Engine, caller};

on_each_engine! {
    what_is_written_with_an_older_clock_is_told_after_what_was_told_before,
    a_transaction_that_takes_long_holds_back_what_committed_beside_it,
    who_begins_to_listen_misses_nothing_that_is_being_written,
    who_stands_behind_an_erased_event_goes_on,
    what_was_restored_from_another_server_is_told,
}

/// Goes on behind the last event that it was told.
struct Follower(Option<EventId>);

impl Follower {
    async fn hears(&mut self, bench: &Bench) -> Vec<EventId> {
        let start = self.0.map_or(Start::Offset(0), |last| Start::After(Mark { key: 0, id: last.0 }));
        let events = bench.tenant().events_behind(Window { limit: 100, start }).await.unwrap();
        let told: Vec<EventId> = events.iter().map(|event| event.id).collect();
        self.0 = told.last().copied().or(self.0);
        told
    }
}

async fn ask(bench: &Bench, store: &Store, n: u32, seconds: i64) -> CallbackId {
    let new = NewCallback::new(caller(n), Source::Api);
    store.tenant(bench.company).create_callback(&new, "operator", plus_seconds(bench.now(), seconds)).await.unwrap().callback
}

async fn count(bench: &Bench) -> usize {
    usize::try_from(bench.number("select count(*) from events", vec![]).await).unwrap()
}

async fn what_is_written_with_an_older_clock_is_told_after_what_was_told_before(bench: &Bench) {
    let other = bench.restarted().await;
    let mut follower = Follower(None);
    ask(bench, &bench.store, 1, 0).await;
    let before = follower.hears(bench).await;
    assert_eq!(before.len(), count(bench).await);
    ask(bench, &other, 2, -3).await;
    let rows: Vec<NewCallback> = (10..15).map(|n| NewCallback::new(caller(n), Source::Import)).collect();
    let began = plus_seconds(bench.now(), -600);
    let writing = Writing { rehearsal: false, progress: &mut |_| {} };
    other.tenant(bench.company).import_callbacks(&rows, "operator", began, writing).await.unwrap();
    let after = follower.hears(bench).await;
    assert_eq!(before.len() + after.len(), count(bench).await);
    assert!(after.iter().all(|event| !before.contains(event)));
    assert!(follower.hears(bench).await.is_empty());
    other.db().close().await;
}

/// An event in a transaction that stays open.
const EVENT: &str =
    "insert into events (id, company_id, type, actor, data, occurred_at) values ($1, $2, 'credits.low', 'system', '{}', $3)";

async fn a_transaction_that_takes_long_holds_back_what_committed_beside_it(bench: &Bench) {
    if matches!(bench.kind(), Engine::Sqlite) {
        return; // It has one writer.
    }
    let mut follower = Follower(None);
    // Two transactions in the order opposite to that of their ids, the later of which commits first.
    let mut first = bench.store.db().begin().await.unwrap();
    first.execute("update companies set name = name where id = $1", vec![bench.company.into()]).await.unwrap();
    let mut second = bench.store.db().begin().await.unwrap();
    let early = bench.store.new_id(bench.now());
    let late = bench.store.new_id(bench.now());
    second.execute(EVENT, vec![early.into(), bench.company.into(), bench.now().into()]).await.unwrap();
    first.execute(EVENT, vec![late.into(), bench.company.into(), bench.now().into()]).await.unwrap();
    first.commit().await.unwrap();
    let mut told = follower.hears(bench).await;
    second.commit().await.unwrap();
    told.extend(follower.hears(bench).await);
    assert!([early, late].iter().all(|id| told.contains(&EventId(*id))), "{told:?}");
}

async fn who_begins_to_listen_misses_nothing_that_is_being_written(bench: &Bench) {
    if matches!(bench.kind(), Engine::Sqlite) {
        return; // It has one writer.
    }
    ask(bench, &bench.store, 1, 0).await;
    let mut slow = bench.store.db().begin().await.unwrap();
    let id = bench.store.new_id(bench.now());
    slow.execute(EVENT, vec![id.into(), bench.company.into(), bench.now().into()]).await.unwrap();
    ask(bench, &bench.store, 2, 1).await;
    let mut follower = Follower(bench.tenant().last_event().await.unwrap());
    slow.commit().await.unwrap();
    assert!(follower.hears(bench).await.contains(&EventId(id)));
}

async fn who_stands_behind_an_erased_event_goes_on(bench: &Bench) {
    ask(bench, &bench.store, 1, 0).await;
    let erased = ask(bench, &bench.store, 2, 1).await;
    let mut follower = Follower(None);
    follower.hears(bench).await;
    bench.tenant().delete_callback(erased, By { actor: "operator", staff: None }, bench.now()).await.unwrap();
    follower.hears(bench).await;
    bench.tenant().erase_callback(erased, bench.now()).await.unwrap();
    assert!(follower.hears(bench).await.is_empty());
    let before = count(bench).await;
    ask(bench, &bench.store, 3, 2).await;
    assert_eq!(follower.hears(bench).await.len(), count(bench).await - before);
    assert!(follower.hears(bench).await.is_empty());
}

async fn what_was_restored_from_another_server_is_told(bench: &Bench) {
    if matches!(bench.kind(), Engine::Sqlite) {
        return; // Its places are its own.
    }
    ask(bench, &bench.store, 1, 0).await;
    bench.execute("update events set place = place + 1000000000", vec![]).await;
    assert_eq!(Follower(None).hears(bench).await, []);
    bench.store.migrate().await.unwrap();
    let mut follower = Follower(None);
    assert_eq!(follower.hears(bench).await.len(), count(bench).await);
    let before = count(bench).await;
    ask(bench, &bench.store, 2, 1).await;
    assert_eq!(follower.hears(bench).await.len(), count(bench).await - before);
}
