//! Whom the machine may ring (decision 17), as the claim applies it.

use ringback_domain::{
    attempt::Status,
    call::{End, EndedHow},
    ids::{CallbackId, CustomerId},
    phone_number::PhoneNumber,
    settings::AutoCallback,
    time::plus_seconds,
};

use crate::bench::{Bench, caller, number, talk};

on_each_engine! {
    at_night_only_somebody_who_just_rang_is_called_back,
    at_night_nobody_is_called_back_whose_miss_is_told_late,
    who_was_put_off_for_the_night_is_dialed_in_the_morning,
    ringing_again_at_night_makes_eligible_again,
    costly_and_foreign_numbers_are_put_off_for_people,
    one_of_our_own_numbers_is_never_dialed,
    a_number_of_another_company_is_not_dialed_and_not_told_from_others,
    a_customer_who_does_not_want_calls_is_not_called,
    after_three_attempts_in_a_day_the_fourth_waits,
    requests_that_were_not_processed_are_no_attempts,
    a_caller_who_is_on_the_line_waits_and_is_released_by_the_end_of_his_call,
    while_a_person_is_calling_the_machine_waits,
    who_is_put_off_does_not_block_those_behind_him,
    record_only_records_and_dials_nobody,
    the_kill_switch_stops_everything_at_once,
    one_claim_looks_at_no_more_than_two_hundred,
}

async fn waits_because(bench: &Bench, callback: CallbackId, because: &str) {
    assert_eq!(bench.status(callback).await, Status::Pending);
    let stands = bench.waiting_because(callback).await;
    assert!(stands.as_deref().is_some_and(|stands| stands.starts_with(because)), "{stands:?}");
}

async fn at_night_only_somebody_who_just_rang_is_called_back(bench: &Bench) {
    bench.set_clock("2026-03-02T23:00:00+01:00");
    let phone = bench.phone(1).await;
    let early = bench.missed(&phone, &caller(1)).await;
    bench.advance(14 * 60);
    let late = bench.missed(&phone, &caller(2)).await;
    assert_eq!(bench.dial(&phone).await.callback, early);
    bench.hang_up().await;
    bench.advance(15 * 60);
    assert!(bench.claim(&phone).await.is_none());
    waits_because(bench, late, "outside calling hours until 2026-03-03T07:00:00Z").await;
}

async fn at_night_nobody_is_called_back_whose_miss_is_told_late(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.set_clock("2026-03-02T20:50:00+01:00");
    let (id, taken) = bench.inbound(&phone, &caller(1)).await;
    assert!(taken.connected);
    bench.advance(100 * 60);
    bench.inbound_ends(&phone, &id, &End::plain(EndedHow::NoAnswer)).await;
    assert!(bench.claim(&phone).await.is_none());
    const SQL: &str = "select missed_at from attempts";
    assert_eq!(bench.number(SQL, vec![]).await, plus_seconds(bench.now(), -100 * 60).as_millisecond());
}

async fn who_was_put_off_for_the_night_is_dialed_in_the_morning(bench: &Bench) {
    bench.set_clock("2026-03-02T20:50:00+01:00");
    let phone = bench.phone(1).await;
    let talking = bench.fill(&phone).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    bench.advance(20 * 60);
    bench.inbound_ends(&phone, &talking[0], &talk(1200)).await;
    assert!(bench.claim(&phone).await.is_none());
    bench.set_clock("2026-03-03T07:59:59+01:00");
    assert!(!bench.store.promote_due(bench.now()).await.unwrap());
    assert!(bench.claim(&phone).await.is_none());
    bench.set_clock("2026-03-03T08:00:00+01:00");
    assert!(bench.store.promote_due(bench.now()).await.unwrap());
    assert_eq!(bench.dial(&phone).await.callback, callback);
    bench.hang_up().await;
}

async fn ringing_again_at_night_makes_eligible_again(bench: &Bench) {
    bench.set_clock("2026-03-02T22:00:00+01:00");
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    bench.advance(3600);
    assert!(bench.claim(&phone).await.is_none());
    waits_because(bench, callback, "outside calling hours").await;
    bench.missed(&phone, &caller(1)).await;
    assert_eq!(bench.dial(&phone).await.callback, callback);
    bench.hang_up().await;
}

async fn costly_and_foreign_numbers_are_put_off_for_people(bench: &Bench) {
    let phone = bench.phone(1).await;
    for (text, because) in [
        ("+499001234567", "not called by machine: premium number"),
        ("+491801234567", "not called by machine: shared-cost number"),
        ("+881612345678", "not called by machine: satellite number"),
        ("+919845012345", "not called by machine: calls to IN are not allowed"),
    ] {
        let callback = bench.missed(&phone, &number(text)).await;
        assert!(bench.claim(&phone).await.is_none());
        waits_because(bench, callback, because).await;
    }
    bench.advance(30 * 24 * 3600);
    assert!(bench.claim(&phone).await.is_none(), "never");
}

async fn one_of_our_own_numbers_is_never_dialed(bench: &Bench) {
    let (phone, other) = (bench.phone(1).await, bench.phone(1).await);
    let callback = bench.missed(&phone, &other.number).await;
    assert!(bench.claim(&phone).await.is_none());
    waits_because(bench, callback, "not called by machine: a number that this server answers itself").await;
}

async fn a_number_of_another_company_is_not_dialed_and_not_told_from_others(bench: &Bench) {
    let (phone, theirs) = (bench.phone(1).await, bench.phone_of_another_company().await);
    let callback = bench.missed(&phone, &theirs.number).await;
    let free = bench.missed(&phone, &number("+498001234567")).await;
    assert!(bench.claim(&phone).await.is_none());
    assert_eq!(bench.waiting_because(callback).await, bench.waiting_because(free).await);
    waits_because(bench, callback, "not called by machine: not a subscriber's line").await;
    bench.store.tenant(theirs.company_id).delete_phone(theirs.id, "token:test", bench.now()).await.unwrap();
    assert_eq!(bench.dial(&phone).await.callback, callback, "nobody here answers it any more");
    bench.hang_up().await;
}

async fn a_customer_who_does_not_want_calls_is_not_called(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let customer = CustomerId(bench.store.new_id(bench.now()));
    const CUSTOMER: &str =
        "insert into customers (id, company_id, name, vip, no_call, created_at, updated_at) values ($1, $2, 'Ada', $3, $4, 0, 0)";
    bench.execute(CUSTOMER, vec![customer.into(), bench.company.into(), false.into(), true.into()]).await;
    const NUMBER: &str = "insert into customer_numbers (company_id, number, customer_id) values ($1, $2, $3)";
    bench.execute(NUMBER, vec![bench.company.into(), (&caller(1)).into(), customer.into()]).await;
    assert!(bench.claim(&phone).await.is_none());
    waits_because(bench, callback, "customer does not want to be called").await;
}

/// Misses and dials a caller who does not answer.
async fn in_vain(bench: &Bench, phone: &ringback_store::IngressPhone, from: &PhoneNumber) {
    bench.missed(phone, from).await;
    bench.dial(phone).await;
    bench.hang_up().await;
    bench.advance(600);
}

async fn after_three_attempts_in_a_day_the_fourth_waits(bench: &Bench) {
    let (phone, other) = (bench.phone(1).await, bench.phone(1).await);
    let first = bench.now();
    for phone in [&phone, &other, &phone] {
        in_vain(bench, phone, &caller(1)).await;
    }
    let callback = bench.missed(&other, &caller(1)).await;
    assert!(bench.claim(&other).await.is_none());
    let fourth = bench.attempts(callback).await.pop().unwrap();
    let shown = bench.tenant().attempt(fourth.id, bench.now()).await.unwrap().unwrap();
    assert_eq!(shown.waiting_because.unwrap().to_string(), "3 attempts at this number in 24 hours");
    assert_eq!(shown.attempt.look_at, Some(ringback_domain::time::plus_seconds(first, 24 * 3600)));
    bench.advance(24 * 3600 - 3 * 600);
    assert_eq!(bench.dial(&other).await.attempt, fourth.id, "the first has left the window");
    bench.hang_up().await;
}

async fn requests_that_were_not_processed_are_no_attempts(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.missed(&phone, &caller(1)).await;
    for _ in 0..6 {
        let claim = bench.claim(&phone).await.expect("not one of the three");
        bench.place(&claim, &ringback_store::Placement::Throttled { until: bench.now() }).await;
        bench.advance(1);
    }
}

async fn a_caller_who_is_on_the_line_waits_and_is_released_by_the_end_of_his_call(bench: &Bench) {
    let phone = bench.phone(3).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let (id, taken) = bench.inbound(&phone, &caller(1)).await;
    assert!(taken.connected);
    assert!(bench.claim(&phone).await.is_none());
    waits_because(bench, callback, "caller on the line").await;
    bench.inbound_ends(&phone, &id, &talk(0)).await;
    assert_eq!(bench.dial(&phone).await.callback, callback, "nobody talked with him: he is called");
    bench.hang_up().await;
}

async fn while_a_person_is_calling_the_machine_waits(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let until = ringback_domain::time::plus_seconds(bench.now(), 120);
    bench.execute("update callbacks set claimed_until = $2 where id = $1", vec![callback.into(), until.into()]).await;
    assert!(bench.claim(&phone).await.is_none());
    waits_because(bench, callback, "a colleague is calling").await;
    bench.advance(120);
    assert_eq!(bench.dial(&phone).await.callback, callback);
    bench.hang_up().await;
}

async fn who_is_put_off_does_not_block_those_behind_him(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.missed(&phone, &number("+499001234567")).await;
    bench.missed(&phone, &number("+919845012345")).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    assert_eq!(bench.dial(&phone).await.callback, callback);
    bench.hang_up().await;
}

async fn record_only_records_and_dials_nobody(bench: &Bench) {
    let by_phone = bench.phone_with(1, |phone| phone.auto_callback = AutoCallback::RecordOnly).await;
    let one = bench.missed(&by_phone, &caller(1)).await;
    assert!(bench.claim(&by_phone).await.is_none());
    waits_because(bench, one, "auto_callback is record_only").await;
    bench.set(|settings| settings.auto_callback = AutoCallback::RecordOnly).await;
    let by_company = bench.phone(1).await;
    let other = bench.missed(&by_company, &caller(2)).await;
    assert!(bench.claim(&by_company).await.is_none());
    waits_because(bench, other, "auto_callback is record_only").await;
    bench.set(|_| {}).await;
    assert_eq!(bench.dial(&by_company).await.callback, other);
    bench.hang_up().await;
}

async fn the_kill_switch_stops_everything_at_once(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    for company in [Some(bench.company), None] {
        bench.store.set_dialing_paused(company, true, bench.now()).await.unwrap();
        assert!(bench.claim(&phone).await.is_none());
        waits_because(bench, callback, "dialing paused by the operator").await;
        let (id, taken) = bench.inbound(&phone, &caller(2)).await;
        assert!(taken.connected, "callers still come through");
        bench.inbound_ends(&phone, &id, &talk(30)).await;
        bench.store.set_dialing_paused(company, false, bench.now()).await.unwrap();
    }
    assert_eq!(bench.dial(&phone).await.callback, callback);
    bench.hang_up().await;
}

async fn one_claim_looks_at_no_more_than_two_hundred(bench: &Bench) {
    bench.set_clock("2026-03-02T20:00:00+01:00");
    let phone = bench.phone(1).await;
    for n in 0..230 {
        bench.missed(&phone, &caller(n)).await;
    }
    bench.advance(2 * 3600);
    assert!(bench.claim(&phone).await.is_none());
    let put_off = "select count(*) from attempts where look_at is not null";
    let looked_at = bench.number(put_off, vec![]).await;
    assert!((50..=200).contains(&looked_at), "{looked_at}");
    while bench.number(put_off, vec![]).await < 230 {
        assert!(bench.claim(&phone).await.is_none(), "the next look goes on behind them");
    }
}
