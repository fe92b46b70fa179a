//! The way of a callback beyond the plain one: late truths, machines that may not ring, wishes that change, two who call at once.

use ringback_domain::{
    access::Role,
    appointment, attempt,
    callback::{ContactOutcome, Move, ReturnBy, Source, Status},
    event::EventType,
    ids::{AppointmentId, CallbackId, CustomerId, StaffId},
    settings::{AutoCallback, Dedupe},
    time::plus_seconds,
};
use ringback_store::{Appointment, AppointmentSaved, Ask, By, CALLING_SECONDS, CallbackChange, Moved, NewCallback};
use tokio::task::JoinSet;

use crate::bench::{Bench, caller, number};

on_each_engine! {
    what_has_expired_is_kept_by_whoever_gets_through,
    what_has_expired_is_kept_by_a_booking,
    what_the_machine_may_never_ring_goes_to_a_person_at_once,
    what_a_phone_stops_to_dial_goes_to_a_person_at_once,
    who_asks_for_an_agent_that_may_not_ring_gets_a_person,
    misses_and_requests_at_once_make_one_callback_and_one_attempt,
    within_thirty_minutes_a_hundred_at_once_make_one_callback,
    a_hundred_requests_are_spread_over_five_people,
    a_later_wish_moves_the_due_time_and_the_attempt,
    what_is_opened_or_taken_back_without_an_owner_finds_one_at_once,
    fruitless_tries_are_handed_up_once,
    of_two_who_call_the_second_hears_who_is_first,
    a_raised_priority_shortens_the_hold,
    whoever_has_it_is_not_given_it_again,
}

const HOUR: i64 = 3600;

async fn ask(bench: &Bench, new: NewCallback) -> CallbackId {
    bench.tenant().create_callback(&new, "token:test", bench.now()).await.unwrap().callback
}

async fn act(bench: &Bench, id: CallbackId, ask: Ask<'_>, staff: Option<StaffId>) -> Moved {
    bench.tenant().move_callback(id, ask, By { actor: "token:test", staff }, bench.now()).await.unwrap()
}

async fn expired(bench: &Bench, n: u32) -> CallbackId {
    bench.staff(Role::Owner).await;
    let id = ask(bench, NewCallback::new(caller(n), Source::Api)).await;
    bench.advance(200 * HOUR);
    bench.time_acts().await;
    assert_eq!(bench.callback_status(id).await, Status::Expired);
    id
}

async fn what_has_expired_is_kept_by_whoever_gets_through(bench: &Bench) {
    let id = expired(bench, 1).await;
    let phone = bench.phone(1).await;
    let (call, taken) = bench.inbound(&phone, &caller(1)).await;
    assert!(taken.connected);
    bench.inbound_ends(&phone, &call, &crate::bench::talk(40)).await;
    assert_eq!(bench.callback_status(id).await, Status::Completed);
    let told = bench.told(id).await;
    assert_eq!(told[told.len() - 2..], [EventType::CallbackContacted, EventType::CallbackCompleted], "visibly");
    assert!(bench.store.forgotten(bench.now()).await.unwrap().is_empty());
}

async fn what_has_expired_is_kept_by_a_booking(bench: &Bench) {
    let (of_number, named) = (expired(bench, 1).await, expired(bench, 2).await);
    let now = bench.now();
    let customer = CustomerId(bench.store.new_id(now));
    bench.tenant().add_customer(customer, "Ada", &caller(1), false, now).await.unwrap();
    let appointment = Appointment {
        id: AppointmentId(bench.store.new_id(now)),
        customer_id: customer,
        branch_id: None,
        staff_id: None,
        service_id: None,
        status: appointment::Status::Booked,
        starts_at: plus_seconds(now, 24 * HOUR),
        ends_at: plus_seconds(now, 25 * HOUR),
        callback_id: Some(named),
        created_at: now,
        updated_at: now,
    };
    assert_eq!(bench.tenant().add_appointment(&appointment, "token:test").await.unwrap(), AppointmentSaved::Yes);
    for id in [of_number, named] {
        assert_eq!(bench.callback_status(id).await, Status::Completed);
        assert_eq!(bench.told(id).await.last(), Some(&EventType::CallbackCompleted));
    }
}

async fn what_the_machine_may_never_ring_goes_to_a_person_at_once(bench: &Bench) {
    bench.staff(Role::Staff).await;
    let now = bench.now();
    let off = bench.phone_with(1, |phone| phone.auto_callback = AutoCallback::RecordOnly).await;
    let inactive = bench.phone_with(1, |phone| phone.active = false).await;
    let full = bench.phone(1).await;
    bench.fill(&full).await;
    let customer = CustomerId(bench.store.new_id(now));
    bench.tenant().add_customer(customer, "Ada", &caller(2), false, now).await.unwrap();
    bench.execute("update customers set no_call = $1", vec![true.into()]).await;
    for (what, phone, from) in [
        ("record only", &off, caller(1)),
        ("inactive", &inactive, caller(5)),
        ("no call", &full, caller(2)),
        ("another country", &full, number("+442071838750")),
        ("premium", &full, number("+499001234567")),
    ] {
        let id = bench.missed(phone, &from).await;
        bench.time_acts().await;
        assert!(bench.owner_of(id).await.is_some(), "{what}");
        assert_eq!(bench.status(id).await, attempt::Status::Pending, "{what}: it is shown, and says why");
        assert!(bench.waiting_because(id).await.is_some(), "{what}");
    }
    let waits = bench.missed(&full, &caller(3)).await;
    bench.time_acts().await;
    assert_eq!(bench.owner_of(waits).await, None, "an attempt waits for a channel: nobody is given it");
    bench.set(|settings| settings.auto_callback = AutoCallback::RecordOnly).await;
    let full = bench.phone(1).await;
    bench.fill(&full).await;
    let id = bench.missed(&full, &caller(4)).await;
    bench.time_acts().await;
    assert!(bench.owner_of(id).await.is_some(), "the whole company only records");
    bench.hang_up().await;
}

async fn what_a_phone_stops_to_dial_goes_to_a_person_at_once(bench: &Bench) {
    bench.staff(Role::Staff).await;
    let mut ids = Vec::new();
    let mut phones = Vec::new();
    for n in 1..=4 {
        let phone = bench.phone(1).await;
        let talking = bench.fill(&phone).await;
        ids.push(bench.missed(&phone, &caller(n)).await);
        if n == 3 {
            // Deleted only when nobody is on it.
            bench.inbound_ends(&phone, &talking[0], &crate::bench::talk(30)).await;
        }
        phones.push(phone);
    }
    bench.time_acts().await;
    for id in &ids {
        assert_eq!(bench.owner_of(*id).await, None);
    }
    bench.advance(5);
    for (phone, inactive) in [(&phones[0], false), (&phones[1], true)] {
        let mut record = bench.tenant().phone(phone.id).await.unwrap().unwrap();
        let seen = record.updated_at;
        record.updated_at = bench.now();
        if inactive {
            record.active = false;
        } else {
            record.auto_callback = AutoCallback::RecordOnly;
        }
        bench.tenant().save_phone(&record, seen).await.unwrap();
    }
    bench.tenant().delete_phone(phones[2].id, "token:test", bench.now()).await.unwrap();
    bench.time_acts().await;
    for id in &ids[..3] {
        assert!(bench.owner_of(*id).await.is_some());
    }
    assert_eq!(bench.owner_of(ids[3]).await, None);
    let mut company = bench.tenant().own_company().await.unwrap();
    let seen = company.updated_at;
    (company.updated_at, company.settings.auto_callback) = (bench.now(), AutoCallback::RecordOnly);
    assert!(bench.tenant().save_company(&company, seen).await.unwrap());
    bench.time_acts().await;
    assert!(bench.owner_of(ids[3]).await.is_some());
    bench.hang_up().await;
}

async fn who_asks_for_an_agent_that_may_not_ring_gets_a_person(bench: &Bench) {
    let ada = bench.staff(Role::Staff).await;
    let off = bench.phone_with(1, |phone| phone.auto_callback = AutoCallback::RecordOnly).await;
    let on = bench.phone(1).await;
    let by_agent = |n, phone| NewCallback { phone_id: Some(phone), return_by: ReturnBy::Agent, ..NewCallback::new(caller(n), Source::Api) };
    let (refused, waits) = (ask(bench, by_agent(1, off.id)).await, ask(bench, by_agent(2, on.id)).await);
    assert_eq!((bench.owner_of(refused).await, bench.owner_of(waits).await), (Some(ada), None));
}

async fn misses_and_requests_at_once_make_one_callback_and_one_attempt(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.fill(&phone).await;
    for round in 0..if bench.engine() == "postgres" { 3 } else { 1 } {
        let mut asking = JoinSet::new();
        for n in 0..60 {
            let (store, company, now, phone) = (bench.store.clone(), bench.company, bench.now(), phone.clone());
            asking.spawn(async move {
                if n % 3 == 0 {
                    let id = format!("race-{round}-{n}");
                    let from = caller(round);
                    let call = ringback_store::InboundCall { carrier_call_id: &id, number: Some(&from) };
                    return store.take_inbound(&phone, &call, now).await.unwrap().callback.unwrap();
                }
                let return_by = if n % 3 == 1 { ReturnBy::Agent } else { ReturnBy::Staff };
                let phone_id = (n % 3 == 1).then_some(phone.id);
                let new =
                    NewCallback { phone_id, return_by, notes: Some(format!("note {n}")), ..NewCallback::new(caller(round), Source::Form) };
                store.tenant(company).create_callback(&new, "token:test", now).await.unwrap().callback
            });
        }
        let ids = asking.join_all().await;
        assert!(ids.iter().all(|id| *id == ids[0]), "one person, one callback");
        assert_eq!(bench.number("select merged_count from callbacks where id = $1", vec![ids[0].into()]).await, 59);
        assert_eq!(bench.attempts(ids[0]).await.len(), 1);
        assert_eq!(bench.number("select count(*) from requests where callback_id = $1", vec![ids[0].into()]).await, 60);
    }
    bench.hang_up().await;
}

async fn within_thirty_minutes_a_hundred_at_once_make_one_callback(bench: &Bench) {
    bench.set(|settings| settings.dedupe = Dedupe::ThirtyMinutes).await;
    let mut before = None;
    for _ in 0..2 {
        let mut asking = JoinSet::new();
        for _ in 0..100 {
            let (store, company, now) = (bench.store.clone(), bench.company, bench.now());
            asking.spawn(async move {
                let new = NewCallback::new(caller(1), Source::Api);
                store.tenant(company).create_callback(&new, "token:test", now).await.unwrap().callback
            });
        }
        let ids = asking.join_all().await;
        assert!(ids.iter().all(|id| *id == ids[0]));
        assert_ne!(before.replace(ids[0]), Some(ids[0]));
        bench.advance(31 * 60);
    }
}

async fn a_hundred_requests_are_spread_over_five_people(bench: &Bench) {
    for _ in 0..5 {
        bench.staff(Role::Staff).await;
    }
    let mut asking = JoinSet::new();
    for n in 0..100 {
        let (store, company, now) = (bench.store.clone(), bench.company, bench.now());
        asking.spawn(async move {
            let new = NewCallback::new(caller(n), Source::Api);
            store.tenant(company).create_callback(&new, "token:test", now).await.unwrap()
        });
    }
    asking.join_all().await;
    const LOADS: &str = "select assigned_to, count(*) from callbacks group by assigned_to";
    let loads: Vec<i64> = bench.all::<(StaffId, i64)>(LOADS, vec![]).await.into_iter().map(|(_, load)| load).collect();
    assert_eq!(loads, [20; 5]);
    assert_eq!(bench.number("select count(*) from callbacks where assignment_reason is null", vec![]).await, 0);
}

async fn due_at(bench: &Bench, id: CallbackId) -> jiff::Timestamp {
    bench.optional::<(jiff::Timestamp,)>("select due_at from callbacks where id = $1", vec![id.into()]).await.unwrap().0
}

async fn a_later_wish_moves_the_due_time_and_the_attempt(bench: &Bench) {
    let phone = bench.phone(1).await;
    let by_agent = NewCallback { phone_id: Some(phone.id), return_by: ReturnBy::Agent, ..NewCallback::new(caller(1), Source::Api) };
    let id = ask(bench, by_agent).await;
    let (made, later) = (bench.now(), plus_seconds(bench.now(), 72 * HOUR));
    let change = async |change: CallbackChange| {
        let changed = bench.tenant().change_callback(id, &change, By::SYSTEM, bench.now()).await.unwrap();
        assert!(matches!(changed, Moved::Yes { .. }));
    };
    change(CallbackChange { not_before: Some(Some(later)), ..CallbackChange::default() }).await;
    assert_eq!(due_at(bench, id).await, plus_seconds(later, 24 * HOUR), "nobody may call before, so it is not due before");
    assert!(bench.claim(&phone).await.is_none());
    bench.advance(HOUR);
    change(CallbackChange { not_before: Some(None), ..CallbackChange::default() }).await;
    assert_eq!(due_at(bench, id).await, plus_seconds(made, 24 * HOUR), "from where it began");
    bench.dial(&phone).await;
    bench.hang_up().await;
}

async fn what_is_opened_or_taken_back_without_an_owner_finds_one_at_once(bench: &Bench) {
    let id = ask(bench, NewCallback::new(caller(1), Source::Api)).await;
    assert_eq!(bench.owner_of(id).await, None, "there is nobody");
    act(bench, id, Ask::Cancel { reason: None }, None).await;
    let ada = bench.staff(Role::Staff).await;
    bench.time_acts().await;
    act(bench, id, Ask::Reopen, None).await;
    bench.time_acts().await;
    assert_eq!(bench.owner_of(id).await, Some(ada));
    let phone = bench.phone(1).await;
    bench.fill(&phone).await;
    let missed = bench.missed(&phone, &caller(2)).await;
    bench.tenant().delete_callback(missed, By::SYSTEM, bench.now()).await.unwrap();
    bench.time_acts().await;
    assert_eq!(bench.owner_of(missed).await, None);
    bench.tenant().restore_callback(missed, By::SYSTEM, bench.now()).await.unwrap();
    bench.time_acts().await;
    assert_eq!(bench.owner_of(missed).await, Some(ada), "its attempt was called off when it was put away");
    bench.hang_up().await;
}

async fn fruitless_tries_are_handed_up_once(bench: &Bench) {
    let (ada, _) = (bench.staff(Role::Staff).await, bench.staff(Role::Manager).await);
    let id = ask(bench, NewCallback::new(caller(1), Source::Api)).await;
    let tries = [ContactOutcome::NotReached, ContactOutcome::Mailbox, ContactOutcome::WrongNumber, ContactOutcome::Later];
    let told = async || {
        const SQL: &str = "select count(*) from escalations where reason = 'multiple_attempts_failed' and kind = 'auto'";
        bench.number(SQL, vec![]).await
    };
    for (n, outcome) in (1..).zip(tries.into_iter().cycle().take(7)) {
        assert!(matches!(act(bench, id, Ask::Contact { outcome, notes: Some("rang") }, Some(ada)).await, Moved::Yes { .. }));
        assert_eq!(told().await, i64::from(n >= 3), "after {n}");
    }
    bench.set(|settings| settings.staff_attempts = 2).await;
    act(bench, id, Ask::Contact { outcome: ContactOutcome::Mailbox, notes: None }, Some(ada)).await;
    assert_eq!(told().await, 1, "of the same series");
    assert_eq!(bench.events(EventType::AttemptFailed).await, 8);
    act(bench, id, Ask::Contact { outcome: ContactOutcome::Booked, notes: None }, Some(ada)).await;
    assert_eq!(bench.callback_status(id).await, Status::Contacted);
    act(bench, id, Ask::Reopen, Some(ada)).await;
    for _ in 0..2 {
        act(bench, id, Ask::Contact { outcome: ContactOutcome::NotReached, notes: None }, Some(ada)).await;
    }
    assert_eq!(told().await, 2, "opened again, it begins anew");
}

async fn of_two_who_call_the_second_hears_who_is_first(bench: &Bench) {
    let (ada, ben) = (bench.staff(Role::Staff).await, bench.staff(Role::Staff).await);
    let phone = bench.phone(1).await;
    let by_agent = NewCallback { phone_id: Some(phone.id), return_by: ReturnBy::Agent, ..NewCallback::new(caller(1), Source::Api) };
    let id = ask(bench, by_agent).await;
    let name = bench.optional::<(String,)>("select name from staff where id = $1", vec![ada.into()]).await.unwrap().0;
    assert!(matches!(act(bench, id, Ask::Claim, Some(ada)).await, Moved::Yes { .. }));
    assert!(bench.claim(&phone).await.is_none(), "the machine waits");
    bench.advance(60);
    act(bench, id, Ask::Claim, Some(ada)).await;
    for ask in [Ask::Claim, Ask::Release] {
        let refused = act(bench, id, ask, Some(ben)).await;
        let Moved::PersonCalling { who, until, allowed } = refused else { panic!("{refused:?}") };
        assert_eq!((who.as_deref(), until), (Some(name.as_str()), plus_seconds(bench.now(), CALLING_SECONDS)));
        assert!(!allowed.contains(&Move::Claim) && allowed.contains(&Move::Contact));
    }
    assert_eq!(bench.told(id).await, [EventType::CallbackClaimed], "going on is not told again");
    bench.advance(CALLING_SECONDS + 1);
    assert!(matches!(act(bench, id, Ask::Claim, Some(ben)).await, Moved::Yes { .. }), "a forgotten claim runs out");
    act(bench, id, Ask::Release, Some(ben)).await;
    act(bench, id, Ask::Release, Some(ben)).await;
    assert_eq!(bench.told(id).await, [EventType::CallbackClaimed, EventType::CallbackClaimed, EventType::CallbackReleased]);
    bench.dial(&phone).await;
    bench.hang_up().await;
}

async fn a_raised_priority_shortens_the_hold(bench: &Bench) {
    let phone = bench.phone(1).await;
    crate::campaigns::running(bench, &phone).await;
    bench.fill(&phone).await;
    let id = bench.missed(&phone, &caller(1)).await;
    act(bench, id, Ask::Prioritize(ringback_domain::callback::Priority::Urgent), None).await;
    const HELD: &str = "select hold_until - (select warns_at from callbacks where id = $1) from attempts where callback_id = $1";
    assert_eq!(bench.number(HELD, vec![id.into()]).await, 0);
    bench.hang_up().await;
}

async fn whoever_has_it_is_not_given_it_again(bench: &Bench) {
    let ada = bench.staff(Role::Staff).await;
    let id = ask(bench, NewCallback::new(caller(1), Source::Api)).await;
    assert_eq!(bench.told(id).await, [EventType::CallbackAssigned]);
    act(bench, id, Ask::Assign(ada), None).await;
    bench.tenant().auto_assign(id, ringback_domain::assignment::Strategy::RoundRobin, None, "test", bench.now()).await.unwrap();
    assert_eq!(bench.told(id).await, [EventType::CallbackAssigned], "nothing changed, and nothing is told");
}
