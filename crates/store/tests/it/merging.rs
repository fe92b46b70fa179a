//! One callback per person, and one attempt that waits or runs (decision 1).

use ringback_domain::{attempt, callback, callback::Status, event::EventType, ids::CustomerId, settings::Dedupe};

use crate::bench::{Bench, caller};

on_each_engine! {
    a_second_miss_of_one_person_merges_and_makes_no_second_attempt,
    the_first_place_in_the_queue_is_kept,
    a_miss_on_another_phone_joins_the_same_callback,
    a_miss_after_a_failed_attempt_makes_a_new_one_for_the_same_callback,
    a_contacted_callback_opens_again_with_a_new_due_time,
    a_completed_callback_stays_closed_and_a_new_one_is_made,
    a_vip_raises_the_priority_and_says_why,
    with_dedupe_of_thirty_minutes_a_later_miss_makes_a_callback_of_its_own,
    being_reached_closes_every_open_callback_of_the_person,
    one_person_of_two_companies_is_two_people,
}

async fn a_second_miss_of_one_person_merges_and_makes_no_second_attempt(bench: &Bench) {
    let phone = bench.phone(1).await;
    let first = bench.missed(&phone, &caller(1)).await;
    bench.advance(10);
    let second = bench.missed(&phone, &caller(1)).await;
    assert_eq!(first, second);
    assert_eq!(bench.attempts(first).await.len(), 1);
    assert_eq!(bench.number("select merged_count from callbacks where id = $1", vec![first.into()]).await, 1);
    assert_eq!(bench.events(EventType::CallbackMerged).await, 1);
    assert_eq!(bench.events(EventType::CallMissed).await, 2);
    let calls = bench.number("select count(*) from calls where callback_id = $1", vec![first.into()]).await;
    assert_eq!(calls, 2, "the merged miss is shown as a call of the callback");
}

async fn the_first_place_in_the_queue_is_kept(bench: &Bench) {
    let phone = bench.phone(1).await;
    let first = bench.missed(&phone, &caller(1)).await;
    bench.advance(1);
    bench.missed(&phone, &caller(2)).await;
    bench.advance(1);
    bench.missed(&phone, &caller(1)).await;
    assert_eq!(bench.dial(&phone).await.callback, first);
    bench.hang_up().await;
}

async fn a_miss_on_another_phone_joins_the_same_callback(bench: &Bench) {
    let (one, other) = (bench.phone(1).await, bench.phone(1).await);
    let first = bench.missed(&one, &caller(1)).await;
    let claim = bench.dial(&one).await;
    assert_eq!(bench.missed(&other, &caller(1)).await, first);
    assert!(bench.claim(&other).await.is_none(), "his attempt runs on the first phone");
    bench.talks(&claim, 60).await;
    assert_eq!(bench.callback_status(first).await, Status::Completed);
}

async fn a_miss_after_a_failed_attempt_makes_a_new_one_for_the_same_callback(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    bench.dial(&phone).await;
    bench.hang_up().await;
    assert_eq!(bench.status(callback).await, attempt::Status::Failed);
    assert!(bench.claim(&phone).await.is_none(), "a failed attempt is never dialed again by itself");
    bench.advance(60);
    assert_eq!(bench.missed(&phone, &caller(1)).await, callback);
    assert_eq!(bench.attempts(callback).await.len(), 2);
}

async fn a_contacted_callback_opens_again_with_a_new_due_time(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    bench.dial(&phone).await;
    bench.hang_up().await;
    const CONTACTED: &str = "update callbacks set status = 'contacted', contacted_at = $2 where id = $1";
    bench.execute(CONTACTED, vec![callback.into(), bench.now().into()]).await;
    bench.advance(3600);
    assert_eq!(bench.missed(&phone, &caller(1)).await, callback);
    assert_eq!(bench.callback_status(callback).await, Status::Pending);
    let due = bench.number("select due_at from callbacks where id = $1", vec![callback.into()]).await;
    assert_eq!(due, bench.now().as_millisecond() + 4 * 3600 * 1000, "high: four hours from the new miss");
    assert_eq!(bench.events(EventType::CallbackReopened).await, 1);
}

async fn a_completed_callback_stays_closed_and_a_new_one_is_made(bench: &Bench) {
    let phone = bench.phone(1).await;
    let kept = bench.missed(&phone, &caller(1)).await;
    let claim = bench.dial(&phone).await;
    bench.talks(&claim, 60).await;
    let new = bench.missed(&phone, &caller(1)).await;
    assert_ne!(kept, new);
    assert_eq!(bench.callback_status(kept).await, Status::Completed);
    assert_eq!(bench.status(new).await, attempt::Status::Pending);
}

async fn a_vip_raises_the_priority_and_says_why(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    let customer = CustomerId(bench.store.new_id(bench.now()));
    const CUSTOMER: &str =
        "insert into customers (id, company_id, name, vip, no_call, created_at, updated_at) values ($1, $2, 'Ada', $3, $4, 0, 0)";
    bench.execute(CUSTOMER, vec![customer.into(), bench.company.into(), true.into(), false.into()]).await;
    const NUMBER: &str = "insert into customer_numbers (company_id, number, customer_id) values ($1, $2, $3)";
    bench.execute(NUMBER, vec![bench.company.into(), (&caller(1)).into(), customer.into()]).await;
    bench.missed(&phone, &caller(1)).await;
    const SQL: &str = "select priority, priority_reason from callbacks where id = $1";
    let raised = bench.optional::<(callback::Priority, String)>(SQL, vec![callback.into()]).await.unwrap();
    assert_eq!(raised, (callback::Priority::Urgent, "VIP customer".to_owned()));
    let due = bench.number("select due_at from callbacks where id = $1", vec![callback.into()]).await;
    assert_eq!(due, bench.now().as_millisecond() + 2 * 3600 * 1000, "urgent: two hours");
}

async fn with_dedupe_of_thirty_minutes_a_later_miss_makes_a_callback_of_its_own(bench: &Bench) {
    bench.set(|settings| settings.dedupe = Dedupe::ThirtyMinutes).await;
    let phone = bench.phone(1).await;
    let first = bench.missed(&phone, &caller(1)).await;
    bench.advance(30 * 60);
    assert_eq!(bench.missed(&phone, &caller(1)).await, first);
    bench.advance(1);
    let second = bench.missed(&phone, &caller(1)).await;
    assert_ne!(second, first);
    assert_eq!(bench.attempts(second).await.len(), 0, "one attempt at this person waits already");
}

async fn being_reached_closes_every_open_callback_of_the_person(bench: &Bench) {
    bench.set(|settings| settings.dedupe = Dedupe::ThirtyMinutes).await;
    let phone = bench.phone(1).await;
    let first = bench.missed(&phone, &caller(1)).await;
    bench.advance(31 * 60);
    let second = bench.missed(&phone, &caller(1)).await;
    let claim = bench.dial(&phone).await;
    bench.talks(&claim, 60).await;
    for callback in [first, second] {
        assert_eq!(bench.callback_status(callback).await, Status::Completed);
    }
}

async fn one_person_of_two_companies_is_two_people(bench: &Bench) {
    let mine = bench.phone(1).await;
    let first = bench.missed(&mine, &caller(1)).await;
    let theirs = bench.phone_of_another_company().await;
    let second = bench.missed(&theirs, &caller(1)).await;
    assert_ne!(first, second);
    assert_eq!(bench.attempts(second).await.len(), 1);
    let claim = bench.dial(&theirs).await;
    bench.talks(&claim, 60).await;
    assert_eq!(bench.callback_status(first).await, Status::Pending, "another company's talk closes nothing here");
    assert_eq!(bench.balance().await, 10_000);
    assert!(bench.tenant().attempt(claim.attempt, bench.now()).await.unwrap().is_none());
}
