//! One person, one promise: what stands beside an open callback, and who calls him at this moment.

use ringback_domain::{
    access::Role,
    callback::{ContactOutcome, Move, Priority, ReturnBy, Source, Status},
    event::EventType,
    ids::{CallbackId, CustomerId, StaffId},
    settings::Dedupe,
    time::plus_seconds,
};
use ringback_store::{Ask, By, CallbackChange, Customer, IngressPhone, Moved, NewCallback, Placement, Removed, SplitOff};

use crate::bench::{Bench, caller};

on_each_engine! {
    what_is_closed_is_not_opened_beside_another,
    what_was_put_away_comes_back_beside_no_other_and_with_nobody_who_left,
    what_was_split_may_be_opened_again,
    what_is_split_off_takes_with_it_what_it_brought,
    while_a_person_calls_the_machine_calls_about_none_of_his_callbacks,
    two_programs_do_not_call_at_once,
    somebody_elses_try_leaves_the_call_that_is_going_on,
    who_wants_to_be_called_later_is_not_rung_by_the_machine,
    whom_the_machine_may_ring_again_it_rings,
    a_number_that_is_no_longer_ours_is_rung,
    what_a_leaving_owner_had_last_is_handed_up_again,
    a_snooze_counts_for_what_comes_back_undialed,
    a_wish_does_not_make_the_machine_ring_whom_it_may_not,
    what_is_closed_has_no_priority_and_no_due_time,
    another_branch_looks_for_somebody_at_once,
}

const HOUR: i64 = 60 * 60;

async fn ask(bench: &Bench, new: NewCallback) -> CallbackId {
    bench.tenant().create_callback(&new, "token:test", bench.now()).await.unwrap().callback
}

async fn act(bench: &Bench, id: CallbackId, ask: Ask<'_>, staff: Option<StaffId>) -> Moved {
    bench.tenant().move_callback(id, ask, By { actor: "token:test", staff }, bench.now()).await.unwrap()
}

fn new() -> NewCallback {
    NewCallback::new(caller(1), Source::Api)
}

async fn what_is_closed_is_not_opened_beside_another(bench: &Bench) {
    let first = ask(bench, new()).await;
    act(bench, first, Ask::Cancel { reason: None }, None).await;
    let second = ask(bench, new()).await;
    assert_ne!(first, second);
    assert_eq!(act(bench, first, Ask::Reopen, None).await, Moved::AnotherOpen { callback: second, allowed: vec![] });
    bench.set(|settings| settings.dedupe = Dedupe::ThirtyMinutes).await;
    bench.advance(31 * 60);
    assert!(matches!(act(bench, first, Ask::Reopen, None).await, Moved::Yes { .. }), "no request would join the other");
}

async fn what_was_put_away_comes_back_beside_no_other_and_with_nobody_who_left(bench: &Bench) {
    bench.set(|settings| settings.auto_assign = false).await;
    bench.staff(Role::Owner).await;
    let ada = bench.staff(Role::Staff).await;
    let first = ask(bench, new()).await;
    act(bench, first, Ask::Assign(ada), None).await;
    bench.tenant().delete_callback(first, By::SYSTEM, bench.now()).await.unwrap();
    let second = ask(bench, new()).await;
    let restored = async || bench.tenant().restore_callback(first, By::SYSTEM, bench.now()).await.unwrap();
    assert_eq!(restored().await, Moved::AnotherOpen { callback: second, allowed: vec![] });
    act(bench, second, Ask::Cancel { reason: None }, None).await;
    assert_eq!(bench.tenant().delete_staff(ada, "token:test", bench.now()).await.unwrap(), Removed::Yes);
    assert!(matches!(restored().await, Moved::Yes { .. }));
    assert_eq!((bench.owner_of(first).await, bench.callback_status(first).await), (None, Status::Pending));
}

async fn what_was_split_may_be_opened_again(bench: &Bench) {
    let first = ask(bench, new()).await;
    ask(bench, new()).await;
    let split = bench.tenant().split_callback(first, By::SYSTEM, bench.now()).await.unwrap();
    let SplitOff::Yes(own) = split else { panic!("{split:?}") };
    for id in [first, own] {
        act(bench, id, Ask::Cancel { reason: None }, None).await;
        assert!(matches!(act(bench, id, Ask::Reopen, None).await, Moved::Yes { .. }), "a person has split them");
    }
}

async fn what_is_split_off_takes_with_it_what_it_brought(bench: &Bench) {
    let (one, other) = (bench.phone(1).await, bench.phone(1).await);
    let asked = |notes: &str, phone: &IngressPhone| NewCallback { notes: Some(notes.to_owned()), phone_id: Some(phone.id), ..new() };
    let id = ask(bench, asked("about the bill", &one)).await;
    const SHOWN: &str = "select notes, priority, due_at, not_before from callbacks where id = $1";
    type Row = (Option<String>, Priority, jiff::Timestamp, Option<jiff::Timestamp>);
    let before = bench.optional::<Row>(SHOWN, vec![id.into()]).await;
    bench.advance(60);
    let not_before = Some(plus_seconds(bench.now(), 50 * HOUR));
    ask(bench, NewCallback { not_before, priority: Some(Priority::Urgent), ..asked("and the key", &other) }).await;
    assert_ne!(bench.optional::<Row>(SHOWN, vec![id.into()]).await, before);
    let split = bench.tenant().split_callback(id, By::SYSTEM, bench.now()).await.unwrap();
    let SplitOff::Yes(own) = split else { panic!("{split:?}") };
    assert_eq!(bench.optional::<Row>(SHOWN, vec![id.into()]).await, before, "as if it had never been merged");
    let (notes, priority, _, from) = bench.optional::<Row>(SHOWN, vec![own.into()]).await.unwrap();
    assert_eq!((notes.as_deref(), priority, from), (Some("and the key"), Priority::Urgent, not_before));
    let of_phone = "select count(*) from callbacks where id = $1 and phone_id = $2";
    assert_eq!(bench.number(of_phone, vec![own.into(), other.id.into()]).await, 1);
}

/// Two open callbacks of one person; the second has an attempt in the queue of this phone.
async fn two_of_one_person(bench: &Bench) -> (CallbackId, CallbackId, IngressPhone) {
    bench.set(|settings| settings.dedupe = Dedupe::ThirtyMinutes).await;
    let phone = bench.phone(1).await;
    let first = ask(bench, new()).await;
    bench.advance(31 * 60);
    let by_agent = NewCallback { phone_id: Some(phone.id), return_by: ReturnBy::Agent, ..new() };
    let second = ask(bench, by_agent).await;
    assert_ne!(first, second);
    (first, second, phone)
}

async fn while_a_person_calls_the_machine_calls_about_none_of_his_callbacks(bench: &Bench) {
    let (ada, ben) = (bench.staff(Role::Staff).await, bench.staff(Role::Staff).await);
    let (first, second, phone) = two_of_one_person(bench).await;
    assert!(matches!(act(bench, first, Ask::Claim, Some(ada)).await, Moved::Yes { .. }));
    // He rings elsewhere and hangs up: that, too, has what waits looked at again.
    let other = bench.phone(1).await;
    bench.missed(&other, &caller(1)).await;
    assert!(bench.claim(&phone).await.is_none() && bench.claim(&other).await.is_none(), "Ada is calling");
    assert!(matches!(act(bench, second, Ask::Claim, Some(ben)).await, Moved::PersonCalling { .. }));
    act(bench, first, Ask::Release, Some(ada)).await;
    bench.dial(&phone).await;
    bench.hang_up().await;
}

async fn two_programs_do_not_call_at_once(bench: &Bench) {
    let id = ask(bench, new()).await;
    let claimed = async |actor| {
        let by = By { actor, staff: None };
        bench.tenant().move_callback(id, Ask::Claim, by, bench.now()).await.unwrap()
    };
    assert!(matches!(claimed("token:one").await, Moved::Yes { .. }));
    assert!(matches!(claimed("token:two").await, Moved::PersonCalling { who: None, .. }));
    assert!(matches!(claimed("token:one").await, Moved::Yes { .. }), "it goes on");
}

async fn somebody_elses_try_leaves_the_call_that_is_going_on(bench: &Bench) {
    let (ada, ben) = (bench.staff(Role::Staff).await, bench.staff(Role::Staff).await);
    let id = ask(bench, new()).await;
    act(bench, id, Ask::Claim, Some(ada)).await;
    let tried = Ask::Contact { outcome: ContactOutcome::NotReached, notes: None };
    assert!(matches!(act(bench, id, tried, Some(ben)).await, Moved::Yes { .. }));
    assert!(matches!(act(bench, id, Ask::Claim, Some(ben)).await, Moved::PersonCalling { .. }), "Ada is calling still");
    act(bench, id, tried, Some(ada)).await;
    assert!(matches!(act(bench, id, Ask::Claim, Some(ben)).await, Moved::Yes { .. }));
}

async fn who_wants_to_be_called_later_is_not_rung_by_the_machine(bench: &Bench) {
    let ada = bench.staff(Role::Staff).await;
    bench.staff(Role::Manager).await;
    let phone = bench.phone(1).await;
    for (n, outcome) in [(1, ContactOutcome::Later), (2, ContactOutcome::WrongNumber)] {
        let by_agent = NewCallback { phone_id: Some(phone.id), return_by: ReturnBy::Agent, ..NewCallback::new(caller(n), Source::Api) };
        let id = ask(bench, by_agent).await;
        act(bench, id, Ask::Contact { outcome, notes: None }, Some(ada)).await;
        assert!(bench.claim(&phone).await.is_none(), "{outcome}");
        assert_eq!(bench.attempt(id).await.status, ringback_domain::attempt::Status::Cancelled);
    }
    let id = ask(bench, NewCallback::new(caller(3), Source::Api)).await;
    for _ in 0..4 {
        act(bench, id, Ask::Contact { outcome: ContactOutcome::Later, notes: None }, Some(ada)).await;
    }
    assert!(!bench.told(id).await.contains(&EventType::CallbackEscalated), "he was reached each time");
}

async fn whom_the_machine_may_ring_again_it_rings(bench: &Bench) {
    let phone = bench.phone(1).await;
    let now = bench.now();
    let customer = |no_call, at| Customer {
        id: CustomerId(uuid::Uuid::from_u128(7)),
        name: "Cleo".to_owned(),
        email: None,
        language: None,
        vip: false,
        no_call,
        notes: None,
        phone_numbers: vec![caller(1)],
        created_at: now,
        updated_at: at,
    };
    bench.tenant().create_customer(&customer(true, now)).await.unwrap();
    let id = bench.missed(&phone, &caller(1)).await;
    assert!(bench.claim(&phone).await.is_none());
    assert!(bench.waiting_because(id).await.is_some());
    let at = plus_seconds(now, 1);
    bench.tenant().save_customer(&customer(false, at), &customer(true, now)).await.unwrap();
    bench.advance(1);
    assert_eq!(bench.dial(&phone).await.callback, id);
    bench.hang_up().await;
}

async fn a_number_that_is_no_longer_ours_is_rung(bench: &Bench) {
    let (phone, gone) = (bench.phone(1).await, bench.phone(1).await);
    let (mut record, free) = (bench.tenant().phone(gone.id).await.unwrap().unwrap(), bench.now());
    let id = bench.missed(&phone, &record.number).await;
    assert!(bench.claim(&phone).await.is_none());
    assert!(bench.waiting_because(id).await.is_some());
    record.number = caller(9);
    bench.tenant().save_phone(&record, free).await.unwrap();
    assert_eq!(bench.dial(&phone).await.callback, id);
    bench.hang_up().await;
}

async fn what_a_leaving_owner_had_last_is_handed_up_again(bench: &Bench) {
    let (ada, zoe) = (bench.staff(Role::Owner).await, bench.staff(Role::Owner).await);
    bench.set(|settings| settings.auto_assign = false).await;
    let id = ask(bench, new()).await;
    act(bench, id, Ask::Assign(ada), None).await;
    act(bench, id, Ask::Contact { outcome: ContactOutcome::Reached, notes: None }, Some(ada)).await;
    bench.advance(40 * HOUR);
    bench.time_acts().await;
    bench.advance(5 * HOUR);
    bench.time_acts().await;
    let last = bench.owner_of(id).await.unwrap();
    assert_eq!(bench.number("select count(*) from callbacks where acts_at is null", vec![]).await, 1, "time has nothing left to do");
    assert_eq!(bench.tenant().delete_staff(last, "token:test", bench.now()).await.unwrap(), Removed::Yes);
    bench.time_acts().await;
    assert_eq!(bench.owner_of(id).await, Some(if last == ada { zoe } else { ada }));
    assert_eq!(bench.store.forgotten(bench.now()).await.unwrap(), []);
}

async fn a_snooze_counts_for_what_comes_back_undialed(bench: &Bench) {
    let phone = bench.phone(1).await;
    let id = bench.missed(&phone, &caller(1)).await;
    let claim = bench.claim(&phone).await.unwrap();
    let until = plus_seconds(bench.now(), 20 * HOUR);
    act(bench, id, Ask::Snooze { until }, None).await;
    bench.place(&claim, &Placement::Throttled { until: plus_seconds(bench.now(), 1) }).await;
    bench.advance(2);
    assert!(bench.claim(&phone).await.is_none(), "nobody and nothing calls before tomorrow");
    bench.advance(20 * HOUR);
    bench.dial(&phone).await;
    bench.hang_up().await;
}

async fn a_wish_does_not_make_the_machine_ring_whom_it_may_not(bench: &Bench) {
    let phone = bench.phone(1).await;
    let customer = CustomerId(bench.store.new_id(bench.now()));
    bench.tenant().add_customer(customer, "Ada", &caller(1), false, bench.now()).await.unwrap();
    bench.execute("update customers set no_call = $1", vec![true.into()]).await;
    let id = bench.missed(&phone, &caller(1)).await;
    assert!(bench.claim(&phone).await.is_none());
    let before = bench.waiting_because(id).await;
    let wishes = NewCallback { not_before: Some(plus_seconds(bench.now(), HOUR)), ..new() };
    assert_eq!(ask(bench, wishes).await, id);
    assert_eq!(bench.waiting_because(id).await, before, "it is refused as before, and says why");
}

async fn what_is_closed_has_no_priority_and_no_due_time(bench: &Bench) {
    let id = ask(bench, new()).await;
    act(bench, id, Ask::Cancel { reason: None }, None).await;
    let closed = Moved::Closed { status: Status::Cancelled, allowed: vec![Move::Reopen] };
    assert_eq!(act(bench, id, Ask::Prioritize(Priority::Urgent), None).await, closed);
    for change in [
        CallbackChange { due_at: Some(plus_seconds(bench.now(), HOUR)), ..CallbackChange::default() },
        CallbackChange { priority: Some(Priority::Urgent), ..CallbackChange::default() },
    ] {
        assert_eq!(bench.tenant().change_callback(id, &change, By::SYSTEM, bench.now()).await.unwrap(), closed);
    }
    let named = CallbackChange { customer_name: Some("Mia".to_owned()), ..CallbackChange::default() };
    assert!(matches!(bench.tenant().change_callback(id, &named, By::SYSTEM, bench.now()).await.unwrap(), Moved::Yes { .. }));
}

async fn another_branch_looks_for_somebody_at_once(bench: &Bench) {
    let (empty, staffed) = (bench.branch().await, bench.branch().await);
    let ada = bench.staff(Role::Staff).await;
    bench.works_at(ada, staffed).await;
    const NIGHTS: &str = "update branches set opening_hours = $2 where id = $1";
    let hours = r#"{"mon":[["09:00","12:30"]],"tue":[["09:00","18:00"]]}"#;
    bench.execute(NIGHTS, vec![staffed.into(), hours.into()]).await;
    let id = ask(bench, NewCallback { branch_id: Some(empty), ..new() }).await;
    bench.time_acts().await;
    assert_eq!(bench.owner_of(id).await, None);
    let change = CallbackChange { branch_id: Some(Some(staffed)), priority: Some(Priority::Urgent), ..CallbackChange::default() };
    bench.tenant().change_callback(id, &change, By::SYSTEM, bench.now()).await.unwrap();
    bench.time_acts().await;
    assert_eq!(bench.owner_of(id).await, Some(ada));
    let (due,) = bench.optional::<(jiff::Timestamp,)>("select due_at from callbacks where id = $1", vec![id.into()]).await.unwrap();
    assert!(due > plus_seconds(bench.now(), 12 * HOUR), "two hours of the new branch's time, which closes at noon: {due}");
}
