//! Who gets a callback: the right one, fairly, also when many are given at once, and somebody else when he is away.

use std::collections::BTreeMap;

use ringback_domain::{
    access::Role,
    assignment::{Because, Strategy},
    event::EventType,
    ids::{CallbackId, StaffId},
};
use ringback_store::{AutoAssigned, IngressPhone};

use crate::bench::{Bench, caller};

on_each_engine! {
    a_failed_attempt_goes_to_a_person_at_once,
    a_miss_that_no_machine_returns_goes_to_a_person_at_once,
    what_is_assigned_by_turns_is_spread_evenly,
    simultaneous_assignments_are_spread_evenly,
    who_served_the_customer_before_gets_it,
    who_is_excluded_never_gets_it,
    nobody_is_told_and_whoever_comes_gets_it,
    what_an_absent_owner_has_moves_on_before_it_is_due,
    who_goes_home_keeps_what_is_due_after_he_is_back,
    what_was_escalated_stays_above_when_its_owner_leaves,
    a_company_that_assigns_by_hand_is_left_alone,
    the_seconds_until_somebody_had_it_are_counted_once,
}

async fn failed(bench: &Bench, phone: &IngressPhone, n: u32) -> CallbackId {
    let callback = bench.missed(phone, &caller(n)).await;
    bench.dial(phone).await;
    bench.hang_up().await;
    callback
}

async fn set(bench: &Bench, settings: &'static str) {
    bench.execute("update companies set settings = $1", vec![settings.into()]).await;
}

/// Misses that are nobody's yet and no machine returns.
async fn open(bench: &Bench, number: u32) -> Vec<CallbackId> {
    set(bench, r#"{"automatic_attempts": 0, "auto_assign": false}"#).await;
    let phone = bench.phone(1).await;
    let mut callbacks = Vec::new();
    for n in 1..=number {
        callbacks.push(bench.missed(&phone, &caller(n)).await);
    }
    callbacks
}

async fn loads(bench: &Bench) -> Vec<i64> {
    const SQL: &str = "select s.id, (select count(*) from callbacks b where b.assigned_to = s.id) as n from staff s order by n";
    bench.all::<(StaffId, i64)>(SQL, vec![]).await.into_iter().map(|(_, load)| load).collect()
}

async fn a_failed_attempt_goes_to_a_person_at_once(bench: &Bench) {
    let colleague = bench.staff(Role::Staff).await;
    let phone = bench.phone(1).await;
    let callback = failed(bench, &phone, 1).await;
    assert_eq!(bench.time_acts().await, 1);
    assert_eq!(bench.owner_of(callback).await, Some(colleague));
    assert_eq!(bench.assignment_reason(callback).await.as_deref(), Some("least loaded (0 open in 24 h)"));
    assert_eq!(bench.time_acts().await, 0);
}

async fn a_miss_that_no_machine_returns_goes_to_a_person_at_once(bench: &Bench) {
    let colleague = bench.staff(Role::Staff).await;
    set(bench, r#"{"automatic_attempts": 0}"#).await;
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    bench.time_acts().await;
    assert_eq!(bench.owner_of(callback).await, Some(colleague));
}

async fn what_is_assigned_by_turns_is_spread_evenly(bench: &Bench) {
    for _ in 0..3 {
        bench.staff(Role::Staff).await;
    }
    let mut turns = Vec::new();
    for callback in open(bench, 6).await {
        let assigned = bench.tenant().auto_assign(callback, Strategy::RoundRobin, None, "test", bench.now()).await.unwrap();
        let Some(AutoAssigned::To { staff, because: Because::NextInTurn }) = assigned else { panic!("{assigned:?}") };
        turns.push(staff);
    }
    assert_eq!(turns[..3], turns[3..], "everybody once, then again in the same order");
    assert_eq!(turns[..3].iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
}

async fn simultaneous_assignments_are_spread_evenly(bench: &Bench) {
    for _ in 0..4 {
        bench.staff(Role::Staff).await;
    }
    // A race shows itself in some runs only.
    let callbacks = open(bench, 40).await;
    for (round, some) in callbacks.chunks(8).enumerate() {
        let mut people = tokio::task::JoinSet::new();
        for callback in some.iter().copied() {
            let (store, company, now) = (bench.store.clone(), bench.company, bench.now());
            let strategy = if round % 2 == 0 { Strategy::LoadBased } else { Strategy::Relationship };
            people.spawn(async move { store.tenant(company).auto_assign(callback, strategy, None, "test", now).await.unwrap() });
        }
        for assigned in people.join_all().await {
            assert!(matches!(assigned, Some(AutoAssigned::To { .. })), "{assigned:?}");
        }
        let loads = loads(bench).await;
        assert!(loads[3] - loads[0] <= 1, "{loads:?}");
    }
    assert_eq!(bench.events(EventType::CallbackAssigned).await, 40);
}

async fn who_served_the_customer_before_gets_it(bench: &Bench) {
    let (before, _) = (bench.staff(Role::Staff).await, bench.staff(Role::Staff).await);
    let callbacks = open(bench, 3).await;
    let customer = bench.store.new_id(bench.now());
    const CUSTOMER: &str =
        "insert into customers (id, company_id, name, vip, no_call, created_at, updated_at) values ($1, $2, 'Ada', $3, $3, 0, 0)";
    bench.execute(CUSTOMER, vec![customer.into(), bench.company.into(), false.into()]).await;
    bench.execute("update callbacks set customer_id = $1", vec![customer.into()]).await;
    const SERVED: &str = "update callbacks set status = 'completed', acts_at = null, assigned_to = $2 where id = $1";
    for served in &callbacks[..2] {
        bench.execute(SERVED, vec![(*served).into(), before.into()]).await;
    }
    let assigned = bench.tenant().auto_assign(callbacks[2], Strategy::Relationship, None, "test", bench.now()).await.unwrap();
    assert_eq!(assigned, Some(AutoAssigned::To { staff: before, because: Because::ServedBefore }));
}

async fn who_is_excluded_never_gets_it(bench: &Bench) {
    let (one, other) = (bench.staff(Role::Staff).await, bench.staff(Role::Staff).await);
    let callback = open(bench, 1).await[0];
    for (excluded, expected) in [(one, other), (other, one)] {
        let assigned = bench.tenant().auto_assign(callback, Strategy::LoadBased, Some(excluded), "test", bench.now()).await.unwrap();
        assert!(matches!(assigned, Some(AutoAssigned::To { staff, .. }) if staff == expected));
    }
    bench.execute("update staff set active = $2 where id = $1", vec![other.into(), false.into()]).await;
    let nobody = bench.tenant().auto_assign(callback, Strategy::LoadBased, Some(one), "test", bench.now()).await.unwrap();
    assert_eq!(nobody, Some(AutoAssigned::Nobody { because: "nobody else in this branch".to_owned() }));
    assert_eq!(bench.owner_of(callback).await, Some(one), "whoever has it keeps it");
}

async fn nobody_is_told_and_whoever_comes_gets_it(bench: &Bench) {
    let (early, away) = (bench.staff(Role::Staff).await, bench.staff(Role::Staff).await);
    // It is Monday noon.
    bench.set_hours(early, r#"{"tue": [["09:00", "17:00"]]}"#).await;
    bench.set_present(away, false).await;
    let phone = bench.phone(1).await;
    let callback = failed(bench, &phone, 1).await;
    bench.time_acts().await;
    assert_eq!(bench.owner_of(callback).await, None);
    assert_eq!(bench.assignment_reason(callback).await.as_deref(), Some("nobody on shift until Tue 09:00"));
    bench.set_clock("2026-03-02T14:00:00+01:00");
    bench.set_present(away, true).await;
    bench.time_acts().await;
    assert_eq!(bench.owner_of(callback).await, Some(away));
}

async fn what_an_absent_owner_has_moves_on_before_it_is_due(bench: &Bench) {
    let (owner, colleague) = (bench.staff(Role::Staff).await, bench.staff(Role::Staff).await);
    bench.set_present(colleague, false).await;
    let phone = bench.phone(1).await;
    let callback = failed(bench, &phone, 1).await;
    bench.time_acts().await;
    assert_eq!(bench.owner_of(callback).await, Some(owner));
    bench.set_present(owner, false).await;
    bench.time_acts().await;
    assert_eq!(bench.owner_of(callback).await, Some(owner), "nobody is there: it is not taken from him");
    bench.set_present(colleague, true).await;
    bench.time_acts().await;
    assert_eq!(bench.owner_of(callback).await, Some(colleague));
    assert_eq!(bench.assignment_reason(callback).await.as_deref(), Some("the owner is away"));
    assert_eq!(bench.events(EventType::CallbackOverdue).await, 0);
}

async fn who_goes_home_keeps_what_is_due_after_he_is_back(bench: &Bench) {
    let (owner, late) = (bench.staff(Role::Staff).await, bench.staff(Role::Staff).await);
    bench.set_present(late, false).await;
    bench.set_hours(owner, r#"{"mon": [["09:00", "13:00"]], "tue": [["09:00", "13:00"]]}"#).await;
    let phone = bench.phone(1).await;
    let (today, tomorrow) = (failed(bench, &phone, 1).await, failed(bench, &phone, 2).await);
    bench.time_acts().await;
    const LATER: &str = "update callbacks set due_at = due_at + 86400000, warns_at = warns_at + 86400000, acts_at = acts_at + 86400000
        where id = $1";
    bench.execute(LATER, vec![tomorrow.into()]).await;
    bench.set_present(late, true).await;
    bench.time_acts().await;
    assert_eq!((bench.owner_of(today).await, bench.owner_of(tomorrow).await), (Some(owner), Some(owner)));
    bench.set_clock("2026-03-02T13:00:00+01:00");
    bench.time_acts().await;
    assert_eq!((bench.owner_of(today).await, bench.owner_of(tomorrow).await), (Some(late), Some(owner)));
}

async fn what_was_escalated_stays_above_when_its_owner_leaves(bench: &Bench) {
    bench.staff(Role::Staff).await;
    let (first, second) = (bench.staff(Role::Manager).await, bench.staff(Role::Manager).await);
    let phone = bench.phone(1).await;
    let callback = failed(bench, &phone, 1).await;
    bench.advance(4 * 3600);
    bench.time_acts().await;
    let has_it = bench.owner_of(callback).await.unwrap();
    assert!([first, second].contains(&has_it));
    bench.set_present(has_it, false).await;
    bench.time_acts().await;
    assert_eq!(bench.owner_of(callback).await, Some(if has_it == first { second } else { first }));
}

async fn a_company_that_assigns_by_hand_is_left_alone(bench: &Bench) {
    let manager = bench.staff(Role::Manager).await;
    let callback = open(bench, 1).await[0];
    bench.time_acts().await;
    assert_eq!(bench.owner_of(callback).await, None);
    bench.advance(4 * 3600);
    bench.time_acts().await;
    assert_eq!(bench.owner_of(callback).await, Some(manager), "what is overdue is handed up all the same");
}

async fn the_seconds_until_somebody_had_it_are_counted_once(bench: &Bench) {
    let (one, _) = (bench.staff(Role::Staff).await, bench.staff(Role::Staff).await);
    let callback = open(bench, 1).await[0];
    bench.advance(90);
    for _ in 0..2 {
        bench.tenant().auto_assign(callback, Strategy::LoadBased, None, "test", bench.now()).await.unwrap();
    }
    let seconds = bench.store.happened().assignment_seconds;
    assert_eq!(seconds.iter().map(|(_, seconds)| *seconds).collect::<Vec<_>>(), [90]);
    assert!(bench.store.happened().assignment_seconds.is_empty());
    let counted: BTreeMap<_, _> = bench.store.happened().sla_breaches;
    assert!(counted.is_empty(), "{one} had it in time");
}
