//! The rows of a file are written all or none, beside whatever else asks at the same moment.

use std::collections::BTreeMap;

use ringback_domain::{
    access::Role,
    callback::{Priority, Source},
    event::EventType,
    ids::{CallbackId, CustomerId, StaffId},
};
use ringback_store::{Customer, Imported, ImportedCallbacks, NewCallback, Put, Staff, Store, Writing};
use tokio::task::JoinSet;

use crate::bench::{Bench, caller};

on_each_engine! {
    every_row_becomes_a_request_of_its_own_kind_and_gets_an_owner,
    a_rehearsal_leaves_nothing,
    the_same_rows_again_change_nothing_while_their_promises_stand,
    files_and_requests_at_once_make_one_callback_each,
    customers_are_known_by_open_callbacks_at_once,
    one_row_that_cannot_be_written_keeps_all_from_being_written,
    the_last_owner_stays,
}

fn row(n: u32, key: &str) -> NewCallback {
    NewCallback { imported_as: Some(key.to_owned()), ..NewCallback::new(caller(n), Source::Import) }
}

async fn import(bench: &Bench, rows: &[NewCallback]) -> ImportedCallbacks {
    let writing = Writing { rehearsal: false, progress: &mut |_| {} };
    bench.tenant().import_callbacks(rows, "operator", bench.now(), writing).await.unwrap()
}

fn came(created: usize, merged: usize, unchanged: usize) -> ImportedCallbacks {
    ImportedCallbacks { created, merged, unchanged }
}

async fn counted(bench: &Bench, table: &str) -> i64 {
    let sql = match table {
        "callbacks" => "select count(*) from callbacks",
        "customers" => "select count(*) from customers",
        "people" => "select count(*) from people",
        "requests" => "select count(*) from requests",
        _ => "select count(*) from events where type like 'callback.%'",
    };
    bench.number(sql, vec![]).await
}

async fn every_row_becomes_a_request_of_its_own_kind_and_gets_an_owner(bench: &Bench) {
    let people = [bench.staff(Role::Staff).await, bench.staff(Role::Staff).await, bench.staff(Role::Staff).await];
    let vip = CustomerId(bench.store.new_id(bench.now()));
    bench.tenant().add_customer(vip, "Vera", &caller(1), true, bench.now()).await.unwrap();
    // Numbers in no order, one of them twice.
    let mut rows: Vec<NewCallback> = (1..=30).rev().map(|n| row(n, &format!("row:{n}"))).collect();
    rows.push(NewCallback { notes: Some("once more".to_owned()), ..row(7, "row:7 again") });
    assert_eq!(import(bench, &rows).await, came(30, 1, 0));

    let single = bench.tenant().create_callback(&NewCallback::new(caller(99), Source::Api), "operator", bench.now()).await.unwrap();
    const DUE: &str = "select priority, due_at, count(*) as n from callbacks where id <> $1 group by priority, due_at order by priority";
    let due = bench.all::<(String, i64, i64)>(DUE, vec![single.callback.into()]).await;
    let of_one = bench.number("select due_at from callbacks where id = $1", vec![single.callback.into()]).await;
    assert_eq!((due[0].0.as_str(), due[0].1, due[0].2), ("normal", of_one, 29), "as if they had come by the API");
    assert_eq!((due[1].0.as_str(), due[1].2), (Priority::Urgent.as_str(), 1));

    const OWNERS: &str = "select assigned_to, count(*) as n from callbacks where status = 'assigned' and id <> $1 group by assigned_to";
    let owners: BTreeMap<StaffId, i64> = bench.all::<(StaffId, i64)>(OWNERS, vec![single.callback.into()]).await.into_iter().collect();
    assert_eq!(owners, people.iter().map(|person| (*person, 10)).collect(), "spread evenly");
    assert_eq!(bench.events(EventType::CallbackCreated).await, 31);
    assert_eq!(bench.events(EventType::CallbackAssigned).await, 31);
    assert_eq!(bench.events(EventType::CallbackMerged).await, 1);
}

async fn a_rehearsal_leaves_nothing(bench: &Bench) {
    bench.staff(Role::Staff).await;
    let rows: Vec<NewCallback> = (1..=20).map(|n| row(n, &n.to_string())).collect();
    let mut heard = 0;
    let writing = Writing { rehearsal: true, progress: &mut |nth| heard = nth };
    assert_eq!(bench.tenant().import_callbacks(&rows, "operator", bench.now(), writing).await.unwrap(), came(20, 0, 0));
    assert_eq!(heard, 20);
    let puts = [Put { row: customer(&bench.store, bench, 1), seen: None }];
    let writing = Writing { rehearsal: true, progress: &mut |_| {} };
    assert_eq!(bench.tenant().import_customers(&puts, writing).await.unwrap(), Imported::Yes);
    for table in ["callbacks", "customers", "people", "requests", "events"] {
        assert_eq!(counted(bench, table).await, 0, "{table}");
    }
}

async fn the_same_rows_again_change_nothing_while_their_promises_stand(bench: &Bench) {
    let rows = [row(1, "row:one"), row(2, "id:two"), row(2, "id:two")];
    assert_eq!(import(bench, &rows).await, came(2, 0, 1));
    bench.advance(60);
    assert_eq!(import(bench, &rows).await, came(0, 0, 3));
    assert_eq!(counted(bench, "requests").await, 2);
    for n in [1, 2] {
        let (id,) = bench.optional::<(CallbackId,)>("select id from callbacks where number = $1", vec![(&caller(n)).into()]).await.unwrap();
        let ask = ringback_store::Ask::Cancel { reason: None };
        bench.tenant().move_callback(id, ask, ringback_store::By::SYSTEM, bench.now()).await.unwrap();
    }
    assert_eq!(import(bench, &rows).await, came(1, 0, 2), "who asks again in the same words asks again; an id is one request for ever");
}

async fn files_and_requests_at_once_make_one_callback_each(bench: &Bench) {
    bench.staff(Role::Staff).await;
    for round in 0..if bench.engine() == "postgres" { 5 } else { 1 } {
        let mut asking = JoinSet::new();
        for file in 0..3 {
            let (store, company, now) = (bench.store.clone(), bench.company, bench.now());
            // Each file in another order.
            let mut rows: Vec<NewCallback> = (1..=20).map(|n| row(round * 100 + n, &format!("row:{round} {n}"))).collect();
            rows.rotate_left(file * 7);
            asking.spawn(async move {
                let writing = Writing { rehearsal: false, progress: &mut |_| {} };
                store.tenant(company).import_callbacks(&rows, "operator", now, writing).await.map(|came| came.created).unwrap()
            });
        }
        for n in 1..=20 {
            let (store, company, now) = (bench.store.clone(), bench.company, bench.now());
            let new = NewCallback::new(caller(round * 100 + n), Source::Api);
            asking.spawn(async move { usize::from(!store.tenant(company).create_callback(&new, "token:test", now).await.unwrap().merged) });
        }
        assert_eq!(asking.join_all().await.into_iter().sum::<usize>(), 20);
        // Of the three files one was first, and each of its rows was written once.
        assert_eq!(counted(bench, "requests").await, i64::from(round + 1) * 40);
    }
}

fn customer(store: &Store, bench: &Bench, n: u32) -> Customer {
    Customer {
        id: CustomerId(store.new_id(bench.now())),
        name: format!("Customer {n}"),
        email: None,
        language: None,
        vip: false,
        no_call: false,
        notes: None,
        phone_numbers: vec![caller(n), caller(n + 500)],
        created_at: bench.now(),
        updated_at: bench.now(),
    }
}

async fn put(bench: &Bench, puts: &[Put<Customer>]) -> Imported {
    bench.tenant().import_customers(puts, Writing { rehearsal: false, progress: &mut |_| {} }).await.unwrap()
}

async fn customers_are_known_by_open_callbacks_at_once(bench: &Bench) {
    import(bench, &[row(3, "3"), row(504, "504")]).await;
    let puts: Vec<Put<Customer>> = (1..=5).rev().map(|n| Put { row: customer(&bench.store, bench, n), seen: None }).collect();
    assert_eq!(put(bench, &puts).await, Imported::Yes);
    assert_eq!(bench.number("select count(*) from callbacks where customer_id is not null", vec![]).await, 2);
    let seen = bench.tenant().customer(puts[0].row.id).await.unwrap().unwrap();
    assert_eq!(seen, puts[0].row);
    bench.advance(1);
    let mut changed = Customer { name: "Renamed".to_owned(), updated_at: bench.now(), ..seen.clone() };
    changed.phone_numbers.push(caller(6));
    assert_eq!(put(bench, &[Put { row: changed.clone(), seen: Some(seen) }]).await, Imported::Yes);
    assert_eq!(bench.tenant().customer(changed.id).await.unwrap().unwrap(), changed);
}

async fn one_row_that_cannot_be_written_keeps_all_from_being_written(bench: &Bench) {
    let taken = customer(&bench.store, bench, 1);
    assert_eq!(put(bench, &[Put { row: taken.clone(), seen: None }]).await, Imported::Yes);
    let good = || Put { row: customer(&bench.store, bench, 2), seen: None };
    let same_number = Put { row: customer(&bench.store, bench, 1), seen: None };
    assert_eq!(put(bench, &[good(), same_number]).await, Imported::Changed);
    bench.advance(1);
    let somebody_else = Customer { name: "Anna".to_owned(), updated_at: bench.now(), ..taken.clone() };
    bench.tenant().save_customer(&somebody_else, &taken).await.unwrap();
    let stale = Put { row: Customer { vip: true, ..taken.clone() }, seen: Some(taken) };
    assert_eq!(put(bench, &[good(), stale]).await, Imported::Changed);
    assert_eq!(counted(bench, "customers").await, 1);
    assert_eq!(bench.number("select count(*) from customers where vip", vec![]).await, 0);
}

async fn the_last_owner_stays(bench: &Bench) {
    let owner = bench.staff(Role::Owner).await;
    let seen = bench.tenant().staff(owner).await.unwrap().unwrap();
    bench.advance(1);
    let demoted = Staff { role: Role::Staff, updated_at: bench.now(), ..seen.clone() };
    let other = Staff {
        id: StaffId(bench.store.new_id(bench.now())),
        email: "new@example.com".to_owned(),
        role: Role::Owner,
        created_at: bench.now(),
        ..demoted.clone()
    };
    let demoted = Put { row: demoted, seen: Some(seen) };
    let put =
        async |puts: &[Put<Staff>]| bench.tenant().import_staff(puts, Writing { rehearsal: false, progress: &mut |_| {} }).await.unwrap();
    assert_eq!(put(std::slice::from_ref(&demoted)).await, Imported::LastOwner);
    assert_eq!(put(&[demoted, Put { row: other.clone(), seen: None }]).await, Imported::Yes);
    let taken = Staff { id: StaffId(bench.store.new_id(bench.now())), ..other };
    assert_eq!(put(&[Put { row: taken, seen: None }]).await, Imported::Changed);
}
