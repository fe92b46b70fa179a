//! What time does with open callbacks: each thing once, in order, also after a night without a server.

use ringback_domain::{
    access::Role,
    event::EventType::{self, AttemptCancelled, CallbackAssigned, CallbackDueSoon, CallbackEscalated, CallbackExpired, CallbackOverdue},
    ids::{CallbackId, StaffId},
};
use ringback_store::{IngressPhone, Store};

use crate::bench::{Bench, caller, talk};

on_each_engine! {
    a_callback_is_warned_of_overdue_escalated_and_expires_each_once,
    a_server_that_was_down_catches_up_once,
    what_was_told_before_a_restart_is_not_told_after_it,
    a_warning_tells_the_minutes_that_remain,
    nobody_is_warned_of_what_is_kept,
    the_ladder_goes_from_the_managers_of_the_branch_to_the_owners,
    a_callback_without_anybody_above_is_recorded_all_the_same,
    what_people_escalated_cools_down_first,
    a_due_time_moved_by_hand_is_told_anew,
    a_raised_priority_tells_no_breach_twice,
    a_waiting_attempt_leaves_the_callback_to_a_person_at_the_warning,
    an_expired_callback_has_nothing_that_waits,
    two_servers_tell_it_once,
    a_person_who_is_being_dealt_with_is_left_for_the_next_time,
    a_callback_that_is_being_woken_is_left_for_the_next_time,
    a_callback_closed_at_the_last_moment_is_left_alone,
}

const HOUR: i64 = 3600;

/// A miss that no machine returns: for people, due in four hours.
async fn for_people(bench: &Bench, n: u32) -> (IngressPhone, CallbackId) {
    let phone = bench.phone_with(1, |phone| phone.auto_callback = ringback_domain::settings::AutoCallback::RecordOnly).await;
    let callback = bench.missed(&phone, &caller(n)).await;
    (phone, callback)
}

async fn escalations(bench: &Bench, callback: CallbackId) -> Vec<(Option<StaffId>, Option<StaffId>)> {
    const SQL: &str =
        "select from_staff, to_staff from escalations where callback_id = $1 and kind = 'auto' and reason = 'sla_breach' order by id";
    bench.all::<(Option<StaffId>, Option<StaffId>)>(SQL, vec![callback.into()]).await
}

const WHOLE_LIFE: [EventType; 8] = [
    CallbackAssigned,
    CallbackDueSoon,
    CallbackOverdue,
    CallbackEscalated,
    CallbackAssigned,
    CallbackEscalated,
    CallbackAssigned,
    CallbackExpired,
];

/// Without the end of the attempt that waited beside it.
async fn told(bench: &Bench, callback: CallbackId) -> Vec<EventType> {
    let told = bench.told(callback).await;
    told.into_iter().filter(|it| *it != AttemptCancelled).collect()
}

async fn a_callback_is_warned_of_overdue_escalated_and_expires_each_once(bench: &Bench) {
    bench.staff(Role::Staff).await;
    bench.staff(Role::Manager).await;
    bench.staff(Role::Owner).await;
    let (_, callback) = for_people(bench, 1).await;
    // Each moment, a second before it, at it, and again.
    for at in [3 * HOUR, 4 * HOUR, 8 * HOUR, 76 * HOUR] {
        let made: jiff::Timestamp = bench.optional::<(jiff::Timestamp,)>("select created_at from callbacks", vec![]).await.unwrap().0;
        let before = at - 1 - bench.now().duration_since(made).as_secs();
        bench.advance(before);
        bench.time_acts().await;
        let told_before = told(bench, callback).await.len();
        bench.advance(1);
        bench.time_acts().await;
        assert!(told(bench, callback).await.len() > told_before, "at {at}");
        let told_then = told(bench, callback).await.len();
        bench.time_acts().await;
        assert_eq!(told(bench, callback).await.len(), told_then, "at {at}, once");
    }
    assert_eq!(told(bench, callback).await, WHOLE_LIFE);
    assert_eq!(bench.number("select escalations_count from callbacks", vec![]).await, 2);
    bench.advance(1000 * HOUR);
    assert_eq!(bench.time_acts().await, 0, "nothing is left for time to do");
}

async fn a_server_that_was_down_catches_up_once(bench: &Bench) {
    bench.staff(Role::Staff).await;
    bench.staff(Role::Manager).await;
    bench.staff(Role::Owner).await;
    let (_, callback) = for_people(bench, 1).await;
    bench.advance(500 * HOUR);
    assert_eq!(bench.time_acts().await, 1);
    // Overdue for days, it goes up at once; nobody else is handed what has expired.
    assert_eq!(told(bench, callback).await, [CallbackDueSoon, CallbackOverdue, CallbackEscalated, CallbackAssigned, CallbackExpired]);
    assert_eq!(bench.time_acts().await, 0);
}

async fn what_was_told_before_a_restart_is_not_told_after_it(bench: &Bench) {
    bench.staff(Role::Manager).await;
    let (_, callback) = for_people(bench, 1).await;
    bench.advance(4 * HOUR);
    bench.time_acts().await;
    let before = bench.told(callback).await;
    let again = bench.on_same_database().await;
    again.time_acts().await;
    assert_eq!(bench.told(callback).await, before);
    again.advance(200 * HOUR);
    again.time_acts().await;
    again.time_acts().await;
    assert_eq!(bench.events(CallbackExpired).await, 1);
    again.store.db().close().await;
}

async fn a_warning_tells_the_minutes_that_remain(bench: &Bench) {
    for_people(bench, 1).await;
    bench.advance(3 * HOUR + 1);
    bench.time_acts().await;
    let (data,) = bench.optional::<(String,)>("select data from events where type = 'callback.due_soon'", vec![]).await.unwrap();
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!(data["callback"]["minutes_remaining"], 60);
}

async fn nobody_is_warned_of_what_is_kept(bench: &Bench) {
    let (phone, callback) = for_people(bench, 1).await;
    let (id, _) = bench.inbound(&phone, &caller(1)).await;
    bench.inbound_ends(&phone, &id, &talk(60)).await;
    bench.advance(500 * HOUR);
    bench.time_acts().await;
    assert!(!bench.told(callback).await.contains(&CallbackDueSoon));
}

async fn the_ladder_goes_from_the_managers_of_the_branch_to_the_owners(bench: &Bench) {
    let (here, elsewhere) = (bench.branch().await, bench.branch().await);
    let (colleague, manager, other, owner) = (
        bench.staff(Role::Staff).await,
        bench.staff(Role::Manager).await,
        bench.staff(Role::Manager).await,
        bench.staff(Role::Owner).await,
    );
    bench.works_at(colleague, here).await;
    bench.works_at(manager, here).await;
    bench.works_at(other, elsewhere).await;
    let (_, callback) = for_people(bench, 1).await;
    bench.execute("update callbacks set branch_id = $1", vec![here.into()]).await;
    bench.advance(3 * HOUR);
    bench.time_acts().await;
    assert_eq!(bench.owner_of(callback).await, Some(colleague));
    bench.advance(HOUR);
    bench.time_acts().await;
    assert_eq!(bench.owner_of(callback).await, Some(manager));
    bench.advance(4 * HOUR - 1);
    bench.time_acts().await;
    assert_eq!(bench.owner_of(callback).await, Some(manager), "the cool-down lasts four hours");
    bench.advance(1);
    bench.time_acts().await;
    assert_eq!(escalations(bench, callback).await, [(Some(colleague), Some(manager)), (Some(manager), Some(owner))]);
    bench.advance(8 * HOUR);
    bench.time_acts().await;
    assert_eq!(bench.events(CallbackEscalated).await, 2, "there is nobody above an owner");
}

async fn a_callback_without_anybody_above_is_recorded_all_the_same(bench: &Bench) {
    let (_, callback) = for_people(bench, 1).await;
    bench.advance(4 * HOUR);
    bench.time_acts().await;
    assert_eq!(escalations(bench, callback).await, [(None, None)]);
    bench.advance(200 * HOUR);
    bench.time_acts().await;
    assert_eq!(bench.events(CallbackEscalated).await, 1);
    assert_eq!(bench.events(CallbackExpired).await, 1);
}

async fn what_people_escalated_cools_down_first(bench: &Bench) {
    bench.staff(Role::Manager).await;
    let (_, callback) = for_people(bench, 1).await;
    bench.advance(3 * HOUR + 1800);
    bench.execute("update callbacks set escalated_at = $1", vec![bench.now().into()]).await;
    bench.advance(1800);
    bench.time_acts().await;
    assert_eq!((bench.events(CallbackOverdue).await, escalations(bench, callback).await.len()), (1, 0));
    bench.advance(3 * HOUR + 1800);
    bench.time_acts().await;
    assert_eq!(escalations(bench, callback).await.len(), 1);
}

async fn a_due_time_moved_by_hand_is_told_anew(bench: &Bench) {
    for_people(bench, 1).await;
    bench.advance(5 * HOUR);
    bench.time_acts().await;
    let due = ringback_domain::time::plus_seconds(bench.now(), 10 * HOUR);
    let warns = ringback_domain::time::plus_seconds(due, -HOUR);
    bench.execute("update callbacks set due_at = $1, warns_at = $2, acts_at = $2", vec![due.into(), warns.into()]).await;
    bench.advance(10 * HOUR);
    bench.time_acts().await;
    assert_eq!((bench.events(CallbackDueSoon).await, bench.events(CallbackOverdue).await), (2, 2));
}

async fn a_raised_priority_tells_no_breach_twice(bench: &Bench) {
    for_people(bench, 1).await;
    bench.advance(5 * HOUR);
    bench.time_acts().await;
    let due = ringback_domain::time::plus_seconds(bench.now(), -3 * HOUR);
    let warns = ringback_domain::time::plus_seconds(due, -HOUR);
    bench
        .execute("update callbacks set due_at = $1, warns_at = $2, acts_at = $3", vec![due.into(), warns.into(), bench.now().into()])
        .await;
    bench.time_acts().await;
    assert_eq!((bench.events(CallbackDueSoon).await, bench.events(CallbackOverdue).await), (1, 1));
}

async fn a_waiting_attempt_leaves_the_callback_to_a_person_at_the_warning(bench: &Bench) {
    let colleague = bench.staff(Role::Staff).await;
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    bench.time_acts().await;
    assert_eq!(bench.owner_of(callback).await, None, "the machine is about to call");
    bench.advance(3 * HOUR);
    bench.time_acts().await;
    assert_eq!(bench.owner_of(callback).await, Some(colleague));
    assert_eq!(bench.told(callback).await, [CallbackAssigned, CallbackDueSoon], "the warning goes to whom it concerns");
    bench.dial(&phone).await;
    bench.hang_up().await;
}

async fn an_expired_callback_has_nothing_that_waits(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    bench.advance(80 * HOUR);
    bench.time_acts().await;
    assert_eq!(bench.status(callback).await, ringback_domain::attempt::Status::Cancelled);
    assert_eq!(bench.callback_status(callback).await, ringback_domain::callback::Status::Expired);
    assert!(bench.claim(&phone).await.is_none());
}

async fn two_servers_tell_it_once(bench: &Bench) {
    bench.staff(Role::Manager).await;
    let mut phones = Vec::new();
    for n in 1..=20 {
        phones.push(for_people(bench, n).await);
    }
    bench.advance(4 * HOUR);
    let now = bench.now();
    let stores = [bench.restarted().await, bench.restarted().await, bench.restarted().await];
    let mut servers = tokio::task::JoinSet::new();
    for store in stores.clone() {
        let company = bench.company;
        servers.spawn(async move { until_nothing_is_due(&store, company, now).await });
    }
    servers.join_all().await;
    for kind in [CallbackDueSoon, CallbackOverdue, CallbackEscalated] {
        assert_eq!(bench.events(kind).await, 20, "{kind}");
    }
    assert_eq!(bench.number("select count(*) from escalations", vec![]).await, 20);
    for store in stores {
        store.db().close().await;
    }
}

async fn until_nothing_is_due(store: &Store, company: ringback_domain::ids::CompanyId, now: jiff::Timestamp) {
    loop {
        let due = store.callbacks_to_act(None, 7, now).await.unwrap();
        if due.is_empty() {
            return;
        }
        store.act_on(company, &due, now).await.unwrap();
    }
}

/// On SQLite nobody else writes meanwhile, and there is nothing to leave.
async fn a_person_who_is_being_dealt_with_is_left_for_the_next_time(bench: &Bench) {
    if bench.engine() != "postgres" {
        return;
    }
    for_people(bench, 1).await;
    for_people(bench, 2).await;
    bench.advance(4 * HOUR);
    let mut somebody = bench.store.db().begin().await.unwrap();
    const PERSON: &str = "update people set last_asked_at = last_asked_at where number = $1";
    assert_eq!(somebody.execute(PERSON, vec![(&caller(1)).into()]).await.unwrap(), 1);
    let due = bench.store.callbacks_to_act(None, 50, bench.now()).await.unwrap();
    assert_eq!(bench.store.act_on(bench.company, &due, bench.now()).await.unwrap(), 1);
    somebody.commit().await.unwrap();
    assert_eq!(bench.time_acts().await, 1);
    assert_eq!(bench.events(CallbackOverdue).await, 2);
}

/// Whoever ends an attempt holds its callback and not its person: looked at now, it would seem to be dialed still.
async fn a_callback_that_is_being_woken_is_left_for_the_next_time(bench: &Bench) {
    if bench.engine() != "postgres" {
        return;
    }
    let (_, callback) = for_people(bench, 1).await;
    bench.advance(4 * HOUR);
    let mut somebody = bench.store.db().begin().await.unwrap();
    const WOKEN: &str = "update callbacks set acts_at = acts_at where id = $1";
    assert_eq!(somebody.execute(WOKEN, vec![callback.into()]).await.unwrap(), 1);
    let due = bench.store.callbacks_to_act(None, 50, bench.now()).await.unwrap();
    assert_eq!((due.len(), bench.store.act_on(bench.company, &due, bench.now()).await.unwrap()), (1, 0));
    somebody.commit().await.unwrap();
    assert_eq!(bench.time_acts().await, 1);
}

async fn a_callback_closed_at_the_last_moment_is_left_alone(bench: &Bench) {
    let (phone, callback) = for_people(bench, 1).await;
    bench.advance(4 * HOUR);
    let due = bench.store.callbacks_to_act(None, 50, bench.now()).await.unwrap();
    let (id, _) = bench.inbound(&phone, &caller(1)).await;
    bench.inbound_ends(&phone, &id, &talk(60)).await;
    bench.store.act_on(bench.company, &due, bench.now()).await.unwrap();
    assert!(!bench.told(callback).await.contains(&CallbackOverdue));
}
