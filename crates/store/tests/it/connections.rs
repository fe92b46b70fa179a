//! Connections are few: none is lost, whatever becomes of those who had them.

use std::{future::poll_fn, task::Poll};

use crate::bench::Bench;

on_each_engine! {
    a_transaction_that_is_abandoned_lets_go_of_its_rows,
    statements_that_nobody_waits_for_any_more_cost_no_connection,
    connections_that_the_server_ended_are_replaced,
}

/// More than there are connections.
const OFTEN: usize = 40;

const LOCK: &str = "update companies set name = name";

async fn a_transaction_that_is_abandoned_lets_go_of_its_rows(bench: &Bench) {
    for _ in 0..OFTEN {
        let mut abandoned = bench.store.db().begin().await.unwrap();
        assert_eq!(abandoned.execute(LOCK, vec![]).await.unwrap(), 1);
        drop(abandoned);
        let mut next = bench.store.db().begin().await.unwrap();
        assert_eq!(next.execute(LOCK, vec![]).await.unwrap(), 1);
        next.commit().await.unwrap();
    }
}

async fn statements_that_nobody_waits_for_any_more_cost_no_connection(bench: &Bench) {
    const COUNT: &str = "select cast(count(*) as bigint) from companies";
    for _ in 0..OFTEN {
        let mut forgotten = Box::pin(bench.store.db().optional::<(i64,)>(COUNT, vec![]));
        // As far as it comes at once: on PostgreSQL the question is on its way and its answer, as a rule, is not here.
        poll_fn(|context| Poll::Ready(forgotten.as_mut().poll(context).is_ready())).await;
        drop(forgotten);
        assert_eq!(bench.number(COUNT, vec![]).await, 1);
    }
}

async fn connections_that_the_server_ended_are_replaced(bench: &Bench) {
    const END: &str = "select cast(count(pg_terminate_backend(pid)) as bigint) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()";
    if bench.engine() == "sqlite" {
        return;
    }
    let (first, second, third) = tokio::join!(bench.store.db().begin(), bench.store.db().begin(), bench.store.db().begin());
    for tx in [first, second, third] {
        tx.unwrap().commit().await.unwrap();
    }
    let ended = bench.number(END, vec![]).await;
    assert!(ended >= 2, "{ended} others were ended");
    for _ in 0..3 {
        let (first, second, third) = tokio::join!(bench.store.db().begin(), bench.store.db().begin(), bench.store.db().begin());
        for tx in [first, second, third] {
            let mut tx = tx.unwrap();
            tx.execute(LOCK, vec![]).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
}
