//! The safety net finds exactly the phones that can dial, whatever wake-up was lost.

use ringback_domain::{ids::PhoneId, settings::AutoCallback, time::plus_seconds};
use ringback_store::IngressPhone;

use crate::bench::{Bench, caller, number, talk};

on_each_engine! {
    phones_that_can_dial_are_found_and_no_others,
    what_waits_is_found_within_a_second_although_every_wake_up_was_lost,
    each_phone_is_found_once_however_many_wait,
    pages_follow_each_other_without_a_gap,
    a_company_that_became_short_is_found_once_to_be_told,
    an_idle_sweep_finds_nothing,
}

const NOBODY: PhoneId = PhoneId(uuid::Uuid::nil());

async fn found(bench: &Bench) -> Vec<PhoneId> {
    bench.store.phones_to_dial(NOBODY, 100, bench.now()).await.unwrap()
}

async fn one_waits(bench: &Bench, phone: IngressPhone) -> IngressPhone {
    bench.missed(&phone, &caller(bench.count())).await;
    phone
}

async fn phones_that_can_dial_are_found_and_no_others(bench: &Bench) {
    let first = one_waits(bench, bench.phone(1).await).await;
    bench.phone(1).await; // idle
    one_waits(bench, bench.phone_with(1, |phone| phone.active = false).await).await;
    one_waits(bench, bench.phone_with(1, |phone| phone.auto_callback = AutoCallback::RecordOnly).await).await;
    one_waits(bench, bench.phone_with(1, |phone| phone.reserved_inbound = 1).await).await;
    let full = one_waits(bench, bench.phone(1).await).await;
    bench.fill(&full).await;
    let paused = one_waits(bench, bench.phone(1).await).await;
    const PAUSE: &str = "update phone_dialing set paused_until = $2, paused_because = 'test' where phone_id = $1";
    bench.execute(PAUSE, vec![paused.id.into(), plus_seconds(bench.now(), 5).into()]).await;
    let put_off = bench.phone(1).await;
    bench.missed(&put_off, &number("+499001234567")).await;
    assert!(bench.claim(&put_off).await.is_none());
    let last = one_waits(bench, bench.phone(2).await).await;
    assert_eq!(found(bench).await, [first.id, last.id]);
    bench.advance(5);
    assert_eq!(found(bench).await, [first.id, paused.id, last.id]);
    for company in [Some(bench.company), None] {
        bench.store.set_dialing_paused(company, true, bench.now()).await.unwrap();
        assert_eq!(found(bench).await, []);
        bench.store.set_dialing_paused(company, false, bench.now()).await.unwrap();
    }
    bench.set(|settings| settings.auto_callback = AutoCallback::RecordOnly).await;
    assert_eq!(found(bench).await, []);
    bench.hang_up().await;
}

async fn what_waits_is_found_within_a_second_although_every_wake_up_was_lost(bench: &Bench) {
    let phone = bench.phone(1).await;
    let talking = bench.fill(&phone).await;
    bench.missed(&phone, &caller(1)).await;
    assert_eq!(found(bench).await, []);
    // The channel is freed and nobody is told.
    bench.inbound_ends(&phone, &talking[0], &talk(30)).await;
    bench.advance(1);
    assert_eq!(found(bench).await, [phone.id]);
}

async fn each_phone_is_found_once_however_many_wait(bench: &Bench) {
    let (one, other) = (bench.phone(1).await, bench.phone(1).await);
    for n in 0..20 {
        bench.missed(if n % 3 == 0 { &one } else { &other }, &caller(n)).await;
    }
    assert_eq!(found(bench).await, [one.id, other.id]);
}

async fn pages_follow_each_other_without_a_gap(bench: &Bench) {
    let mut phones = Vec::new();
    for _ in 0..9 {
        phones.push(one_waits(bench, bench.phone(1).await).await.id);
    }
    let mut seen = Vec::new();
    let mut after = NOBODY;
    loop {
        let page = bench.store.phones_to_dial(after, 2, bench.now()).await.unwrap();
        let Some(last) = page.last() else { break };
        after = *last;
        seen.extend(page);
    }
    assert_eq!(seen, phones);
}

async fn a_company_that_became_short_is_found_once_to_be_told(bench: &Bench) {
    let phone = one_waits(bench, bench.phone(1).await).await;
    bench.store.add_credits(bench.company, -9_950, "correction", "operator", bench.now()).await.unwrap();
    assert_eq!(found(bench).await, [phone.id]);
    assert!(bench.claim(&phone).await.is_none());
    assert_eq!(bench.events(ringback_domain::event::EventType::CreditsLow).await, 1);
    assert_eq!(found(bench).await, [], "told; looking again each second would cost and change nothing");
}

async fn an_idle_sweep_finds_nothing(bench: &Bench) {
    let phone = one_waits(bench, bench.phone(1).await).await;
    bench.dial(&phone).await;
    bench.hang_up().await;
    assert_eq!(found(bench).await, []);
    assert!(!bench.store.promote_due(bench.now()).await.unwrap());
    assert!(bench.store.calls_to_ask(bench.now()).await.unwrap().is_empty());
}
