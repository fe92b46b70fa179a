//! A process that dies at any moment: what it was about to do is on disk as a whole or not at all, and what waits is
//! found by the next one.

use std::{
    future::poll_fn,
    pin::pin,
    task::{Context, Poll},
};

use ringback_domain::{attempt::Status, call::News};
use ringback_store::{EventReference, InboundCall};
use tokio::task::{coop::consume_budget, yield_now};

use crate::bench::{Bench, caller, talk};

on_each_engine! {
    a_miss_is_on_disk_as_a_whole_or_not_at_all,
    a_claim_is_on_disk_as_a_whole_or_not_at_all,
    an_end_is_on_disk_as_a_whole_or_not_at_all,
    a_restart_forgets_nobody_who_waits,
}

/// Lets a future go on for so many steps and drops it there. `None`: it did not come to its end.
async fn crash_after<F: Future>(steps: u32, future: F) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = steps;
    // A fresh turn.
    yield_now().await;
    let end = poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        one_statement_at_most(context);
        future.as_mut().poll(context).map(Some)
    });
    end.await
}

/// Each statement on SQLite takes from what a task may do until others have their turn. All of it but one is taken away here.
fn one_statement_at_most(context: &mut Context<'_>) {
    const OF_A_TURN: u32 = 128;
    for _ in 1..OF_A_TURN {
        let taken = pin!(consume_budget()).poll(context);
        assert!(taken.is_ready(), "tokio gives a task less than {OF_A_TURN} steps");
    }
}

/// On a busy machine PostgreSQL may answer all statements before anybody looks: it came to its end in one step.
fn begin_again(turn: u32) -> u32 {
    assert!(turn < 200, "it never crashed before its commit");
    0
}

async fn rows(bench: &Bench, from: u32) -> [i64; 3] {
    let mut rows = [0; 3];
    const CALLS: &str = "select count(*) from calls where number = $1";
    const CALLBACKS: &str = "select count(*) from callbacks where number = $1";
    const ATTEMPTS: &str = "select count(*) from attempts where number = $1";
    for (count, sql) in rows.iter_mut().zip([CALLS, CALLBACKS, ATTEMPTS]) {
        *count = bench.number(sql, vec![(&caller(from)).into()]).await;
    }
    rows
}

async fn a_miss_is_on_disk_as_a_whole_or_not_at_all(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.fill(&phone).await;
    let (mut crashed_before, mut steps) = (false, 0);
    for turn in 1.. {
        steps += 1;
        let (id, from) = (format!("sid-{turn}"), caller(turn));
        let call = InboundCall { carrier_call_id: &id, number: Some(&from) };
        let done = crash_after(steps, bench.store.take_inbound(&phone, &call, bench.now())).await;
        let found = rows(bench, turn).await;
        assert!(found == [0, 0, 0] || found == [1, 1, 1], "crashed after {steps} steps: {found:?}");
        crashed_before |= found == [0, 0, 0];
        // The carrier asks again, as it does when it got no answer.
        let taken = bench.inbound_as(&phone, &id, Some(&from)).await;
        assert!(!taken.connected && taken.callback.is_some(), "crashed after {steps} steps");
        assert_eq!(rows(bench, turn).await, [1, 1, 1]);
        if let Some(done) = done {
            done.unwrap();
            if crashed_before {
                break;
            }
            steps = begin_again(turn);
        }
    }
    bench.hang_up().await;
}

async fn a_claim_is_on_disk_as_a_whole_or_not_at_all(bench: &Bench) {
    let phone = bench.phone(1).await;
    let (mut crashed_before, mut steps) = (false, 0);
    for turn in 1.. {
        steps += 1;
        let callback = bench.missed(&phone, &caller(turn)).await;
        let done = crash_after(steps, bench.store.claim_next(phone.id, bench.now())).await;
        bench.assert_sound().await;
        let claimed = bench.status(callback).await == Status::Processing;
        let leased = bench.free_channels(&phone).await == 0;
        assert_eq!((leased, bench.reserved().await), (claimed, if claimed { 100 } else { 0 }), "crashed after {steps} steps");
        crashed_before |= !claimed;
        if !claimed {
            assert_eq!(bench.claim(&phone).await.expect("nothing was taken").callback, callback);
        }
        bench.hang_up().await;
        if let Some(done) = done {
            done.unwrap();
            assert!(claimed);
            if crashed_before {
                break;
            }
            steps = begin_again(turn);
        }
    }
}

async fn an_end_is_on_disk_as_a_whole_or_not_at_all(bench: &Bench) {
    let phone = bench.phone(1).await;
    let (mut charged, mut crashed_before, mut steps) = (0, false, 0);
    for turn in 1.. {
        steps += 1;
        let callback = bench.missed(&phone, &caller(turn)).await;
        let claim = bench.dial(&phone).await;
        let reference = EventReference { carrier_call_id: None, call: Some(claim.call) };
        let news = News::Ended(talk(20));
        let done = crash_after(steps, bench.store.apply_event(bench.company, phone.id, &reference, &news, false, bench.now())).await;
        bench.assert_sound().await;
        let settled = bench.status(callback).await == Status::Completed;
        assert_eq!((bench.free_channels(&phone).await == 1, bench.charged(claim.call).await), (settled, if settled { 20 } else { 0 }));
        crashed_before |= !settled;
        // The carrier sends it again.
        bench.talks(&claim, 20).await;
        assert_eq!(bench.status(callback).await, Status::Completed);
        charged += 20;
        bench.store.add_credits(bench.company, 20, "so that it never runs short", "operator", bench.now()).await.unwrap();
        assert_eq!(bench.balance().await, 10_000);
        if let Some(done) = done {
            done.unwrap();
            assert!(settled);
            if crashed_before {
                break;
            }
            steps = begin_again(turn);
        }
    }
    let all = bench.number("select cast(coalesce(sum(-amount), 0) as bigint) from credit_entries where call_id is not null", vec![]).await;
    assert_eq!(all, charged, "each call once");
}

async fn a_restart_forgets_nobody_who_waits(bench: &Bench) {
    let phone = bench.phone(3).await;
    let mut missed = Vec::new();
    for n in 0..3 {
        missed.push(bench.missed(&phone, &caller(n)).await);
    }
    let after = bench.restarted().await;
    after.recover(bench.now()).await.unwrap();
    let mut dialed = Vec::new();
    while let Some(claim) = after.claim_next(phone.id, bench.now()).await.unwrap() {
        dialed.push(claim.callback);
    }
    assert_eq!(dialed, missed);
    after.db().close().await;
    bench.hang_up().await;
}
