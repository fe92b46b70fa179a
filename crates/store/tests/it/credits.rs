//! Credits: reserved at the claim, settled once (decision 7).

use ringback_domain::{attempt::Status, call::News, event::EventType};

use crate::bench::{Bench, caller, talk};

on_each_engine! {
    exactly_the_minimum_is_not_enough,
    the_reserve_is_booked_with_the_claim_and_settled_with_the_end,
    two_channels_never_spend_the_same_last_credits,
    two_phones_never_spend_the_same_last_credits,
    a_call_that_outlasts_the_balance_is_charged_in_full,
    people_are_told_once_per_crossing,
    what_reserves_hold_back_is_no_news,
    a_top_up_makes_what_waited_eligible_at_once,
    an_attempt_that_is_short_of_credits_says_so,
    the_minimum_is_a_setting,
}

async fn leave(bench: &Bench, credits: i64) {
    let amount = credits - bench.balance().await;
    bench.store.add_credits(bench.company, amount, "correction", "operator", bench.now()).await.unwrap();
}

async fn exactly_the_minimum_is_not_enough(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.missed(&phone, &caller(1)).await;
    leave(bench, 100).await;
    assert!(bench.claim(&phone).await.is_none());
    leave(bench, 101).await;
    assert!(bench.claim(&phone).await.is_some());
    bench.hang_up().await;
}

async fn the_reserve_is_booked_with_the_claim_and_settled_with_the_end(bench: &Bench) {
    let phone = bench.phone(1).await;
    bench.missed(&phone, &caller(1)).await;
    let claim = bench.claim(&phone).await.unwrap();
    assert_eq!((bench.balance().await, bench.reserved().await), (10_000, 100));
    bench.accept(&claim).await;
    bench.talks(&claim, 42).await;
    assert_eq!((bench.balance().await, bench.reserved().await, bench.charged(claim.call).await), (9_958, 0, 42));
}

async fn two_channels_never_spend_the_same_last_credits(bench: &Bench) {
    let phone = bench.phone(5).await;
    for n in 0..5 {
        bench.missed(&phone, &caller(n)).await;
    }
    leave(bench, 301).await;
    assert_eq!(bench.claim_all(&phone).await.len(), 3, "301, 201 and 101 are above the minimum, 1 is not");
    assert_eq!(bench.reserved().await, 300);
    bench.hang_up().await;
}

async fn two_phones_never_spend_the_same_last_credits(bench: &Bench) {
    let mut phones = Vec::new();
    for n in 0..6 {
        let phone = bench.phone(1).await;
        bench.missed(&phone, &caller(n)).await;
        phones.push(phone);
    }
    leave(bench, 301).await;
    let mut claims = tokio::task::JoinSet::new();
    for phone in &phones {
        let (store, phone, now) = (bench.store.clone(), phone.id, bench.now());
        claims.spawn(async move { store.claim_next(phone, now).await.unwrap() });
    }
    let claimed = claims.join_all().await.into_iter().flatten().count();
    assert_eq!(claimed, 3);
    assert_eq!(bench.reserved().await, 300);
    bench.hang_up().await;
}

async fn a_call_that_outlasts_the_balance_is_charged_in_full(bench: &Bench) {
    let phone = bench.phone(1).await;
    for n in 0..2 {
        bench.missed(&phone, &caller(n)).await;
    }
    leave(bench, 150).await;
    let claim = bench.dial(&phone).await;
    let applied = bench.hears(&claim, &News::Ended(talk(1000)), true).await;
    assert_eq!(bench.balance().await, -850);
    assert!(applied.freed && applied.claim.is_none(), "nothing automatic starts below the minimum");
    leave(bench, 101).await;
    assert!(bench.claim(&phone).await.is_some());
    bench.hang_up().await;
}

async fn people_are_told_once_per_crossing(bench: &Bench) {
    let phone = bench.phone(1).await;
    for n in 0..3 {
        bench.missed(&phone, &caller(n)).await;
    }
    for crossing in 1..=2 {
        leave(bench, 150).await;
        let claim = bench.dial(&phone).await;
        bench.talks(&claim, 60).await;
        for _ in 0..3 {
            assert!(bench.claim(&phone).await.is_none());
        }
        assert_eq!(bench.events(EventType::CreditsLow).await, crossing, "with the call that crossed the minimum");
        assert_eq!(bench.events(EventType::AttemptInsufficientCredits).await, crossing, "and who is next waits for that");
    }
    // Removed by the operator: told when somebody waits for it.
    leave(bench, 500).await;
    leave(bench, 50).await;
    assert!(bench.claim(&phone).await.is_none());
    assert!(bench.claim(&phone).await.is_none());
    assert_eq!(bench.events(EventType::CreditsLow).await, 3);
    assert_eq!(bench.events(EventType::AttemptInsufficientCredits).await, 3);
}

async fn what_reserves_hold_back_is_no_news(bench: &Bench) {
    let phone = bench.phone(2).await;
    for n in 0..3 {
        bench.missed(&phone, &caller(n)).await;
    }
    leave(bench, 204).await;
    let claims = bench.claim_all(&phone).await;
    assert_eq!(claims.len(), 2);
    bench.talks(&claims[0], 5).await;
    assert!(bench.claim(&phone).await.is_none(), "199 less the 100 that the other call holds");
    assert_eq!(bench.events(EventType::CreditsLow).await, 0);
    bench.talks(&claims[1], 5).await;
    assert!(bench.claim(&phone).await.is_some(), "a reserve that comes back makes eligible, too");
    bench.hang_up().await;
}

async fn a_top_up_makes_what_waited_eligible_at_once(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    leave(bench, 0).await;
    assert!(bench.claim(&phone).await.is_none());
    let nobody = ringback_domain::ids::PhoneId(uuid::Uuid::nil());
    assert!(bench.store.phones_to_dial(nobody, 10, bench.now()).await.unwrap().is_empty());
    leave(bench, 5_000).await;
    assert_eq!(bench.store.phones_to_dial(nobody, 10, bench.now()).await.unwrap(), [phone.id]);
    assert_eq!(bench.dial(&phone).await.callback, callback);
    bench.hang_up().await;
}

async fn an_attempt_that_is_short_of_credits_says_so(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    leave(bench, 100).await;
    assert_eq!(bench.status(callback).await, Status::Pending, "stored");
    let id = bench.attempt(callback).await.id;
    let shown = bench.tenant().attempt(id, bench.now()).await.unwrap().unwrap();
    assert_eq!(shown.status, ringback_domain::attempt::ShownStatus::InsufficientCredits);
    assert_eq!(bench.waiting_because(callback).await.as_deref(), Some("credits short: 100 left, more than 100 needed"));
}

async fn the_minimum_is_a_setting(bench: &Bench) {
    bench.set(|settings| settings.minimum_credits = 10).await;
    let phone = bench.phone(2).await;
    bench.missed(&phone, &caller(1)).await;
    leave(bench, 11).await;
    let nobody = ringback_domain::ids::PhoneId(uuid::Uuid::nil());
    assert_eq!(bench.store.phones_to_dial(nobody, 10, bench.now()).await.unwrap(), [phone.id]);
    assert!(bench.claim(&phone).await.is_some());
    assert_eq!(bench.reserved().await, 10);
    bench.hang_up().await;
}
