//! Who is dialed next (decision 6).

use ringback_domain::{
    attempt::Status,
    ids::{AgentId, CallbackId},
};

use crate::bench::{Bench, caller};

on_each_engine! {
    the_longest_waiting_caller_is_dialed_first,
    callers_of_one_millisecond_keep_their_order_of_arrival,
    high_goes_before_low,
    low_never_overtakes_high_however_long_it_waits,
    not_before_goes_before_arrival,
    a_future_head_does_not_block_those_behind_it,
    a_wished_time_that_has_come_is_dialed_without_anybody_waking_it,
    of_many_whose_time_comes_together_a_claim_promotes_the_first,
    each_phone_has_a_queue_of_its_own,
    the_agent_that_was_missed_calls_back_even_when_the_phone_has_another_by_now,
}

async fn make_low(bench: &Bench, callback: CallbackId) {
    bench.execute("update attempts set priority = 1 where callback_id = $1", vec![callback.into()]).await;
}

async fn not_before(bench: &Bench, callback: CallbackId, seconds: i64) {
    let at = bench.now().as_millisecond() + seconds * 1000;
    let look_at = (seconds > 0).then_some(at);
    const SQL: &str = "update attempts set not_before = $2, look_at = $3 where callback_id = $1";
    bench.execute(SQL, vec![callback.into(), at.into(), look_at.into()]).await;
}

async fn the_longest_waiting_caller_is_dialed_first(bench: &Bench) {
    let phone = bench.phone(3).await;
    let mut missed = Vec::new();
    for n in 0..3 {
        missed.push(bench.missed(&phone, &caller(n)).await);
        bench.advance(1);
    }
    let dialed: Vec<_> = bench.claim_all(&phone).await.iter().map(|claim| claim.callback).collect();
    assert_eq!(dialed, missed);
    bench.hang_up().await;
}

async fn callers_of_one_millisecond_keep_their_order_of_arrival(bench: &Bench) {
    let phone = bench.phone(5).await;
    let mut missed = Vec::new();
    for n in [4, 1, 3, 0, 2] {
        missed.push(bench.missed(&phone, &caller(n)).await);
    }
    let dialed: Vec<_> = bench.claim_all(&phone).await.iter().map(|claim| claim.callback).collect();
    assert_eq!(dialed, missed);
    bench.hang_up().await;
}

async fn high_goes_before_low(bench: &Bench) {
    let phone = bench.phone(2).await;
    let low = bench.missed(&phone, &caller(1)).await;
    make_low(bench, low).await;
    bench.advance(60);
    let high = bench.missed(&phone, &caller(2)).await;
    assert_eq!(bench.dial(&phone).await.callback, high);
    assert_eq!(bench.dial(&phone).await.callback, low);
    bench.hang_up().await;
}

async fn low_never_overtakes_high_however_long_it_waits(bench: &Bench) {
    let phone = bench.phone(1).await;
    let low = bench.missed(&phone, &caller(1)).await;
    make_low(bench, low).await;
    // One score of priority and age lets the low one pass after 1,000,000 ms.
    bench.advance(1_001);
    let high = bench.missed(&phone, &caller(2)).await;
    assert_eq!(bench.dial(&phone).await.callback, high);
    assert_eq!(bench.status(low).await, Status::Pending);
    bench.hang_up().await;
}

async fn not_before_goes_before_arrival(bench: &Bench) {
    let phone = bench.phone(2).await;
    let first = bench.missed(&phone, &caller(1)).await;
    let second = bench.missed(&phone, &caller(2)).await;
    not_before(bench, second, -5).await;
    assert_eq!(bench.dial(&phone).await.callback, second);
    assert_eq!(bench.dial(&phone).await.callback, first);
    bench.hang_up().await;
}

async fn a_future_head_does_not_block_those_behind_it(bench: &Bench) {
    let phone = bench.phone(1).await;
    let later = bench.missed(&phone, &caller(1)).await;
    not_before(bench, later, 600).await;
    let now = bench.missed(&phone, &caller(2)).await;
    make_low(bench, now).await;
    assert_eq!(bench.dial(&phone).await.callback, now);
    assert_eq!(bench.status(later).await, Status::Pending);
    bench.hang_up().await;
}

async fn a_wished_time_that_has_come_is_dialed_without_anybody_waking_it(bench: &Bench) {
    let phone = bench.phone(1).await;
    let later = bench.missed(&phone, &caller(1)).await;
    not_before(bench, later, 600).await;
    bench.advance(599);
    assert!(bench.claim(&phone).await.is_none());
    assert!(!bench.store.promote_due(bench.now()).await.unwrap());
    bench.advance(1);
    assert_eq!(bench.dial(&phone).await.callback, later);
    bench.hang_up().await;
}

async fn of_many_whose_time_comes_together_a_claim_promotes_the_first(bench: &Bench) {
    let phone = bench.phone(2).await;
    let mut missed = Vec::new();
    for n in 0..300 {
        missed.push(bench.missed(&phone, &caller(n)).await);
    }
    // All low but the last two; whoever is later in the queue is looked at earlier, the two last of all.
    const PUT_OFF: &str = "update attempts set priority = 1, look_at = $1 - (cast(substr(number, 8) as bigint) % 1000)";
    bench.advance(60);
    bench.execute(PUT_OFF, vec![bench.now().into()]).await;
    for callback in &missed[298..] {
        const HIGH: &str = "update attempts set priority = 0, look_at = $2 where callback_id = $1";
        bench.execute(HIGH, vec![(*callback).into(), bench.now().into()]).await;
    }
    assert_eq!(bench.dial(&phone).await.callback, missed[298]);
    const STILL_PUT_OFF: &str = "select count(*) from attempts where look_at is not null";
    assert_eq!(bench.number(STILL_PUT_OFF, vec![]).await, 100);
    assert_eq!(bench.dial(&phone).await.callback, missed[299]);
    bench.hang_up().await;
    assert_eq!(bench.dial(&phone).await.callback, missed[0], "of the low ones the first, although its time came last");
    assert_eq!(bench.number(STILL_PUT_OFF, vec![]).await, 0);
    bench.hang_up().await;
}

async fn each_phone_has_a_queue_of_its_own(bench: &Bench) {
    let (one, other) = (bench.phone(1).await, bench.phone(1).await);
    let mine = bench.missed(&one, &caller(1)).await;
    let yours = bench.missed(&other, &caller(2)).await;
    assert_eq!(bench.dial(&other).await.callback, yours);
    assert!(bench.claim(&other).await.is_none());
    assert_eq!(bench.dial(&one).await.callback, mine);
    bench.hang_up().await;
}

async fn the_agent_that_was_missed_calls_back_even_when_the_phone_has_another_by_now(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    for (name, sql) in [
        ("wss://mila.test", "update attempts set agent_id = $1 where callback_id = $2"),
        ("wss://other.test", "update phones set agent_id = $1 where id = (select phone_id from attempts where callback_id = $2)"),
    ] {
        let agent = AgentId(bench.store.new_id(bench.now()));
        const AGENT: &str = "insert into agents (id, company_id, name, prompt, languages, stream_url, active, created_at, updated_at)
            values ($1, $2, $3, $3, '[]', $3, $4, 0, 0)";
        bench.execute(AGENT, vec![agent.into(), bench.company.into(), name.into(), true.into()]).await;
        bench.execute(sql, vec![agent.into(), callback.into()]).await;
    }
    let claim = bench.claim_all(&phone).await.remove(0);
    assert_eq!(claim.stream_url.as_deref(), Some("wss://mila.test"));
    bench.hang_up().await;
}
