//! Many at once. SQLite has one writer and hides most of it; on PostgreSQL each race runs in a loop.

use ringback_domain::{
    access::Role,
    attempt::Status,
    call::{End, EndedHow, News},
    callback::{self, Priority},
    ids::{CallId, PhoneId},
    phone_number::PhoneNumber,
    time::plus_seconds,
};
use ringback_store::{
    Ask, By, CallbackChange, Claim, EventReference, InboundCall, InboundTaken, IngressPhone, NewCallback, PhoneDeleted, Placement, Put,
    Staff, Writing,
};
use tokio::task::JoinSet;

use crate::bench::{Bench, caller, talk};

on_each_engine! {
    many_free_channels_dial_one_caller_once,
    many_claims_at_once_never_share_a_channel_or_an_attempt,
    who_loses_the_race_for_a_channel_stays_waiting_and_unspent,
    callers_and_dials_never_share_a_channel,
    a_hundred_misses_of_one_person_make_one_callback_and_one_attempt,
    one_question_asked_ten_times_at_once_is_one_call,
    an_end_told_eight_times_at_once_charges_once_and_dials_one,
    a_miss_never_joins_a_callback_that_is_being_closed,
    a_caller_who_leaves_while_he_is_looked_at_is_not_forgotten,
    an_attempt_that_is_being_called_off_is_not_dialed,
    sweeps_and_claims_promote_the_same_attempts_beside_each_other,
    what_is_put_off_again_at_its_time_is_not_dialed,
    phones_of_one_company_work_beside_each_other,
    whoever_is_given_something_while_he_is_deleted_does_not_keep_it,
    whoever_rings_while_the_phone_is_deleted_goes_to_people,
    of_two_owners_who_stop_at_once_one_stays,
    who_changes_a_callback_while_its_attempt_fails_does_not_put_it_to_sleep,
}

fn rounds(bench: &Bench) -> u32 {
    if bench.engine() == "postgres" { 50 } else { 5 }
}

async fn claims_at_once(bench: &Bench, phone: PhoneId, count: usize) -> Vec<Claim> {
    let mut claims = JoinSet::new();
    for _ in 0..count {
        let (store, now) = (bench.store.clone(), bench.now());
        claims.spawn(async move { store.claim_next(phone, now).await.unwrap() });
    }
    claims.join_all().await.into_iter().flatten().collect()
}

fn inbound(bench: &Bench, calls: &mut JoinSet<InboundTaken>, phone: &IngressPhone, id: String, from: PhoneNumber) {
    let (store, phone, now) = (bench.store.clone(), phone.clone(), bench.now());
    calls.spawn(async move {
        let call = InboundCall { carrier_call_id: &id, number: Some(&from) };
        store.take_inbound(&phone, &call, now).await.unwrap()
    });
}

fn end(bench: &Bench, ends: &mut JoinSet<Option<Claim>>, call: CallId, phone: PhoneId, how: End, may_dial: bool) {
    let (store, company, now) = (bench.store.clone(), bench.company, bench.now());
    let reference = EventReference { carrier_call_id: None, call: Some(call) };
    ends.spawn(async move {
        let applied = store.apply_event(company, phone, &reference, &News::Ended(how), may_dial, now).await.unwrap();
        applied.claim.map(|claim| *claim)
    });
}

async fn many_free_channels_dial_one_caller_once(bench: &Bench) {
    let phone = bench.phone(6).await;
    for round in 0..rounds(bench) {
        bench.missed(&phone, &caller(round)).await;
        let claims = claims_at_once(bench, phone.id, 6).await;
        assert_eq!(claims.len(), 1, "round {round}");
        assert_eq!(bench.dials(&claims[0]).await, 1);
        bench.assert_sound().await;
        bench.hang_up().await;
    }
}

async fn many_claims_at_once_never_share_a_channel_or_an_attempt(bench: &Bench) {
    let phone = bench.phone(3).await;
    for n in 0..3 {
        bench.missed(&phone, &caller(n)).await;
    }
    for round in 1..=rounds(bench) {
        for n in 0..3 {
            bench.missed(&phone, &caller(round * 3 + n)).await;
        }
        let mut claims = claims_at_once(bench, phone.id, 12).await;
        bench.assert_sound().await;
        let count = claims.len();
        claims.sort_by_key(|claim| claim.attempt);
        claims.dedup_by_key(|claim| claim.attempt);
        assert_eq!((count, claims.len()), (3, 3), "round {round}");
        assert_eq!(bench.free_channels(&phone).await, 0);
        bench.hang_up().await;
    }
}

async fn who_loses_the_race_for_a_channel_stays_waiting_and_unspent(bench: &Bench) {
    let phone = bench.phone(1).await;
    for round in 0..rounds(bench) {
        let mut missed = Vec::new();
        for n in 0..3 {
            missed.push(bench.missed(&phone, &caller(round * 3 + n)).await);
        }
        assert_eq!(claims_at_once(bench, phone.id, 6).await.len(), 1, "round {round}");
        for callback in &missed[1..] {
            let attempt = bench.attempt(*callback).await;
            assert_eq!((attempt.status, attempt.dials), (Status::Pending, 0), "round {round}");
        }
        bench.hang_up().await;
        for _ in 0..2 {
            bench.dial(&phone).await;
            bench.hang_up().await;
        }
    }
}

async fn callers_and_dials_never_share_a_channel(bench: &Bench) {
    let phone = bench.phone(2).await;
    for round in 0..rounds(bench) {
        for n in 0..2 {
            bench.missed(&phone, &caller(round * 6 + n)).await;
        }
        let mut calls = JoinSet::new();
        for n in 2..6 {
            inbound(bench, &mut calls, &phone, format!("{round}-{n}"), caller(round * 6 + n));
        }
        let dialed = claims_at_once(bench, phone.id, 4).await.len();
        let connected = calls.join_all().await.iter().filter(|taken| taken.connected).count();
        assert_eq!(dialed + connected, 2, "round {round}: {dialed} dialed, {connected} connected");
        bench.assert_sound().await;
        bench.execute("update attempts set status = 'cancelled' where status = 'pending'", vec![]).await;
        bench.hang_up().await;
        bench.execute("update attempts set status = 'cancelled' where status = 'pending'", vec![]).await;
    }
}

async fn a_hundred_misses_of_one_person_make_one_callback_and_one_attempt(bench: &Bench) {
    let mut phones = Vec::new();
    for _ in 0..4 {
        let phone = bench.phone(1).await;
        bench.fill(&phone).await;
        phones.push(phone);
    }
    let mut calls = JoinSet::new();
    for n in 0..100 {
        inbound(bench, &mut calls, &phones[n % phones.len()], format!("sid-{n}"), caller(7));
    }
    let taken = calls.join_all().await;
    let callback = taken[0].callback.unwrap();
    assert!(taken.iter().all(|taken| taken.callback == Some(callback)));
    assert_eq!(bench.callbacks().await, 1);
    assert_eq!(bench.attempts(callback).await.len(), 1);
    assert_eq!(bench.number("select merged_count from callbacks where id = $1", vec![callback.into()]).await, 99);
    bench.hang_up().await;
}

async fn one_question_asked_ten_times_at_once_is_one_call(bench: &Bench) {
    let phone = bench.phone(1).await;
    for round in 0..rounds(bench).min(20) {
        let mut calls = JoinSet::new();
        for _ in 0..10 {
            inbound(bench, &mut calls, &phone, format!("sid-{round}"), caller(round));
        }
        let taken = calls.join_all().await;
        assert!(taken.iter().all(|it| it.call == taken[0].call && it.connected == taken[0].connected && it.callback == taken[0].callback));
        assert_eq!(taken.iter().filter(|it| !it.repeated).count(), 1);
        if round % 2 == 1 {
            bench.hang_up().await;
        }
    }
    bench.hang_up().await;
}

async fn an_end_told_eight_times_at_once_charges_once_and_dials_one(bench: &Bench) {
    let phone = bench.phone(2).await;
    for round in 0..rounds(bench) {
        for n in 0..4 {
            bench.missed(&phone, &caller(round * 4 + n)).await;
        }
        let running = bench.dial(&phone).await;
        let mut ends = JoinSet::new();
        for _ in 0..8 {
            end(bench, &mut ends, running.call, running.phone, talk(1), true);
        }
        let next = ends.join_all().await.into_iter().flatten().count();
        assert_eq!((next, bench.charged(running.call).await), (1, 1), "round {round}");
        bench.assert_sound().await;
        bench.hang_up().await;
        while bench.claim(&phone).await.is_some() {
            bench.hang_up().await;
        }
    }
}

async fn a_miss_never_joins_a_callback_that_is_being_closed(bench: &Bench) {
    let (one, other) = (bench.phone(1).await, bench.phone(1).await);
    bench.fill(&other).await;
    for round in 0..rounds(bench) {
        let from = caller(round);
        let first = bench.missed(&one, &from).await;
        let running = bench.dial(&one).await;
        let (mut ends, mut calls) = (JoinSet::new(), JoinSet::new());
        end(bench, &mut ends, running.call, running.phone, talk(60), false);
        inbound(bench, &mut calls, &other, format!("again-{round}"), from);
        ends.join_all().await;
        let second = calls.join_all().await.remove(0).callback.unwrap();
        bench.assert_sound().await;
        if second == first {
            assert_eq!(bench.attempts(first).await.iter().filter(|it| it.status.is_open()).count(), 0, "kept before it was closed");
        } else {
            assert_eq!(bench.callback_status(second).await, callback::Status::Pending);
        }
        assert_eq!(bench.callback_status(first).await, callback::Status::Completed);
    }
    bench.hang_up().await;
}

async fn a_caller_who_leaves_while_he_is_looked_at_is_not_forgotten(bench: &Bench) {
    let (one, other) = (bench.phone(1).await, bench.phone(1).await);
    for round in 0..rounds(bench) {
        let from = caller(round);
        let callback = bench.missed(&one, &from).await;
        let id = format!("back-{round}");
        assert!(bench.inbound_as(&other, &id, Some(&from)).await.connected);
        let (store, phone, now) = (bench.store.clone(), other.clone(), bench.now());
        let leaving = tokio::spawn(async move {
            let reference = EventReference { carrier_call_id: Some(id), call: None };
            let news = News::Ended(End::plain(EndedHow::NoAnswer));
            store.apply_event(phone.company_id, phone.id, &reference, &news, false, now).await.unwrap();
        });
        let claimed = claims_at_once(bench, one.id, 1).await;
        leaving.await.unwrap();
        if claimed.is_empty() {
            assert_eq!(bench.claim(&one).await.map(|claim| claim.callback), Some(callback), "round {round}");
        }
        bench.hang_up().await;
    }
}

async fn an_attempt_that_is_being_called_off_is_not_dialed(bench: &Bench) {
    let phone = bench.phone(1).await;
    for round in 0..rounds(bench) {
        let callback = bench.missed(&phone, &caller(round)).await;
        let id = bench.attempt(callback).await.id;
        let (store, company, now) = (bench.store.clone(), bench.company, bench.now());
        let cancelling = tokio::spawn(async move { store.tenant(company).cancel_attempt(id, "staff", now).await.unwrap() });
        let claimed = claims_at_once(bench, phone.id, 2).await.len();
        let cancelled = usize::from(matches!(cancelling.await.unwrap(), ringback_store::Cancelled::Yes { .. }));
        assert_eq!(claimed + cancelled, 1, "round {round}");
        bench.assert_sound().await;
        bench.hang_up().await;
    }
}

async fn sweeps_and_claims_promote_the_same_attempts_beside_each_other(bench: &Bench) {
    let phones = [bench.phone(3).await, bench.phone(3).await];
    for n in 0..60 {
        bench.missed(&phones[n as usize % 2], &caller(n)).await;
    }
    for round in 0..rounds(bench).min(20) {
        // Put off in another order than they stand in the queue.
        const PUT_OFF: &str = "update attempts set look_at = $1 + 1000 - (updated_at % 7) * 10 where status = 'pending'";
        bench.execute(PUT_OFF, vec![bench.now().into()]).await;
        bench.advance(1);
        let mut sweeps = JoinSet::new();
        for _ in 0..3 {
            let (store, now) = (bench.store.clone(), bench.now());
            sweeps.spawn(async move { store.promote_due(now).await.unwrap() });
        }
        let mut claims = claims_at_once(bench, phones[0].id, 4).await;
        claims.extend(claims_at_once(bench, phones[1].id, 4).await);
        sweeps.join_all().await;
        assert_eq!(bench.number("select count(*) from attempts where look_at is not null", vec![]).await, 0);
        assert_eq!(claims.len(), 6, "round {round}");
        bench.assert_sound().await;
        for claim in &claims {
            bench.place(claim, &Placement::Throttled { until: bench.now() }).await;
        }
    }
}

async fn what_is_put_off_again_at_its_time_is_not_dialed(bench: &Bench) {
    const HOUR: i64 = 60 * 60;
    let phone = bench.phone(1).await;
    for round in 0..rounds(bench) {
        let callback = bench.missed(&phone, &caller(round)).await;
        let soon = plus_seconds(bench.now(), 60);
        bench.tenant().move_callback(callback, Ask::Snooze { until: soon }, By::SYSTEM, bench.now()).await.unwrap();
        bench.advance(60);
        let mut sweeps = JoinSet::new();
        for _ in 0..2 {
            let (store, now) = (bench.store.clone(), bench.now());
            sweeps.spawn(async move { store.promote_due(now).await.unwrap() });
        }
        tokio::task::yield_now().await;
        let later = plus_seconds(bench.now(), HOUR);
        bench.tenant().move_callback(callback, Ask::Snooze { until: later }, By::SYSTEM, bench.now()).await.unwrap();
        sweeps.join_all().await;
        const IN_THE_QUEUE: &str = "select count(*) from attempts where callback_id = $1 and status = 'pending' and look_at is null";
        assert_eq!(bench.number(IN_THE_QUEUE, vec![callback.into()]).await, 0, "round {round}");
        assert!(bench.claim(&phone).await.is_none(), "round {round}: not before an hour is over");
        bench.tenant().move_callback(callback, Ask::Cancel { reason: None }, By::SYSTEM, bench.now()).await.unwrap();
    }
}

async fn phones_of_one_company_work_beside_each_other(bench: &Bench) {
    let mut phones = Vec::new();
    for _ in 0..4 {
        phones.push(bench.phone(2).await);
    }
    let mut running: Vec<Claim> = Vec::new();
    let mut connected: Vec<(CallId, PhoneId)> = Vec::new();
    for round in 0..rounds(bench).min(25) {
        let (mut ends, mut calls, mut others) = (JoinSet::new(), JoinSet::new(), JoinSet::new());
        for (n, claim) in (0..).zip(running.drain(..)) {
            let how = if n % 3 == 0 { talk(30) } else { End::plain(EndedHow::NoAnswer) };
            end(bench, &mut ends, claim.call, claim.phone, how.clone(), true);
            end(bench, &mut ends, claim.call, claim.phone, how, true);
        }
        for (n, (call, phone)) in (0..).zip(connected.drain(..)) {
            end(bench, &mut ends, call, phone, talk(n % 2 * 15), true);
        }
        for n in 0..12 {
            // Some of them ring on several phones at once.
            inbound(bench, &mut calls, &phones[n as usize % 4], format!("{round}-{n}"), caller(round * 5 + n % 8));
        }
        for phone in &phones {
            let (store, phone, now) = (bench.store.clone(), phone.id, bench.now());
            others.spawn(async move { store.claim_next(phone, now).await.unwrap() });
        }
        let waiting =
            bench.all::<(ringback_domain::ids::AttemptId,)>("select id from attempts where status = 'pending' limit 2", vec![]).await;
        for (attempt,) in waiting {
            let (store, company, now) = (bench.store.clone(), bench.company, bench.now());
            others.spawn(async move {
                store.tenant(company).cancel_attempt(attempt, "staff", now).await.unwrap();
                None
            });
        }
        running.extend(ends.join_all().await.into_iter().flatten());
        running.extend(others.join_all().await.into_iter().flatten());
        calls.join_all().await;
        connected = bench.all("select id, phone_id from calls where direction = 'inbound' and ended_at is null", vec![]).await;
        bench.assert_sound().await;
        bench.advance(60);
    }
    bench.hang_up().await;
}

async fn who_changes_a_callback_while_its_attempt_fails_does_not_put_it_to_sleep(bench: &Bench) {
    let phone = bench.phone(1).await;
    for round in 0..rounds(bench) {
        bench.execute("update staff set active = $1", vec![false.into()]).await;
        let callback = bench.missed(&phone, &caller(round)).await;
        let running = bench.dial(&phone).await;
        let ada = bench.staff(Role::Staff).await;
        let mut ends = JoinSet::new();
        end(bench, &mut ends, running.call, running.phone, End::plain(EndedHow::NoAnswer), false);
        let (store, company, now) = (bench.store.clone(), bench.company, bench.now());
        let changing = tokio::spawn(async move {
            let rows = store.tenant(company);
            match round % 3 {
                0 => {
                    rows.move_callback(callback, Ask::Prioritize(Priority::Urgent), By::SYSTEM, now).await.unwrap();
                }
                1 => {
                    let change = CallbackChange { customer_name: Some("Mia".to_owned()), ..CallbackChange::default() };
                    rows.change_callback(callback, &change, By::SYSTEM, now).await.unwrap();
                }
                _ => {
                    let later = plus_seconds(now, 48 * 60 * 60);
                    let again = NewCallback { not_before: Some(later), ..NewCallback::new(caller(round), callback::Source::Api) };
                    assert!(rows.create_callback(&again, "token:test", now).await.unwrap().merged);
                }
            }
        });
        ends.join_all().await;
        changing.await.unwrap();
        bench.advance(1);
        bench.time_acts().await;
        assert_eq!(bench.owner_of(callback).await, Some(ada), "round {round}: the machine has given up, and a person is there");
    }
}

async fn whoever_is_given_something_while_he_is_deleted_does_not_keep_it(bench: &Bench) {
    bench.staff(Role::Owner).await;
    for round in 0..rounds(bench) {
        let ada = bench.staff(Role::Staff).await;
        let mut giving = JoinSet::new();
        for n in 0..6 {
            let (store, company, now) = (bench.store.clone(), bench.company, bench.now());
            giving.spawn(async move {
                let rows = store.tenant(company);
                let new = NewCallback::new(caller(round * 6 + n), callback::Source::Api);
                let id = rows.create_callback(&new, "token:test", now).await.unwrap().callback;
                if n % 2 == 0 {
                    rows.move_callback(id, Ask::Assign(ada), By::SYSTEM, now).await.unwrap();
                }
            });
        }
        let (store, company, now) = (bench.store.clone(), bench.company, bench.now());
        let leaving = tokio::spawn(async move { store.tenant(company).delete_staff(ada, "token:test", now).await.unwrap() });
        giving.join_all().await;
        assert_eq!(leaving.await.unwrap(), ringback_store::Removed::Yes);
        let kept = bench.number("select count(*) from callbacks where assigned_to = $1", vec![ada.into()]).await;
        assert_eq!(kept, 0, "round {round}");
    }
}

async fn whoever_rings_while_the_phone_is_deleted_goes_to_people(bench: &Bench) {
    let ada = bench.staff(Role::Staff).await;
    for round in 0..rounds(bench) {
        let phone = bench.phone(1).await;
        let mut callbacks = vec![bench.missed(&phone, &caller(round * 5)).await];
        let mut calls = JoinSet::new();
        for n in 1..5 {
            let (bench, phone) = (bench.on_same_database().await, phone.clone());
            calls.spawn(async move { bench.missed(&phone, &caller(round * 5 + n)).await });
        }
        // Refused while one of the calls is connected.
        while bench.tenant().delete_phone(phone.id, "operator", bench.now()).await.unwrap() != PhoneDeleted::Yes {
            tokio::task::yield_now().await;
        }
        callbacks.extend(calls.join_all().await);
        assert!(bench.claim(&phone).await.is_none(), "round {round}");
        bench.advance(1);
        bench.time_acts().await;
        for callback in callbacks {
            assert_eq!(bench.owner_of(callback).await, Some(ada), "round {round}");
        }
    }
}

async fn of_two_owners_who_stop_at_once_one_stays(bench: &Bench) {
    for round in 0..rounds(bench) {
        bench.execute("update staff set active = $1", vec![false.into()]).await;
        let owners = [bench.staff(Role::Owner).await, bench.staff(Role::Owner).await];
        let mut stopping = JoinSet::new();
        for (n, id) in (0..).zip(owners) {
            let (store, company, now) = (bench.store.clone(), bench.company, bench.now());
            let seen = bench.tenant().staff(id).await.unwrap().unwrap();
            let put = Put { row: Staff { role: Role::Staff, updated_at: plus_seconds(now, 1), ..seen.clone() }, seen: Some(seen) };
            stopping.spawn(async move {
                let rows = store.tenant(company);
                match (round + n) % 3 {
                    0 => drop(rows.save_staff(&put.row, put.seen.as_ref().unwrap()).await.unwrap()),
                    1 => drop(rows.delete_staff(id, "token:test", now).await.unwrap()),
                    _ => {
                        let writing = Writing { rehearsal: false, progress: &mut |_| {} };
                        rows.import_staff(&[put], writing).await.unwrap();
                    }
                }
            });
        }
        stopping.join_all().await;
        const OWNERS: &str = "select count(*) from staff where role = 'owner' and active and deleted_at is null";
        assert_eq!(bench.number(OWNERS, vec![]).await, 1, "round {round}");
    }
}
