//! The standing check of I3: silent while all is well, and each way of being forgotten has its name.

use ringback_domain::{access::Role, ids::CallbackId};
use ringback_store::ForgottenBecause::{self, Expired, NobodyHasIt, OwnerHasLeft, TimePassesItBy, TimeStandsStill};

use crate::bench::{Bench, caller, talk};

on_each_engine! {
    nothing_is_forgotten_from_a_miss_to_its_end,
    each_way_of_being_forgotten_is_named,
}

async fn found(bench: &Bench) -> Vec<(CallbackId, ForgottenBecause)> {
    let found = bench.store.forgotten(bench.now()).await.unwrap();
    assert!(found.iter().all(|it| it.company == bench.company && !it.because.mend().is_empty()));
    found.into_iter().map(|it| (it.callback, it.because)).collect()
}

async fn nothing_is_forgotten_from_a_miss_to_its_end(bench: &Bench) {
    bench.staff(Role::Manager).await;
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    assert_eq!(found(bench).await, []);
    bench.dial(&phone).await;
    bench.hang_up().await;
    assert_eq!(found(bench).await, [], "nobody has it yet, and it is in the list of those that wait for somebody");
    for hours in [1, 3, 4, 20] {
        bench.advance(hours * 3600);
        bench.time_acts().await;
        assert_eq!(found(bench).await, []);
    }
    bench.advance(72 * 3600);
    bench.time_acts().await;
    assert_eq!(found(bench).await, [(callback, Expired)], "until a person closes or reopens it");
    bench.execute("update callbacks set status = 'cancelled', acts_at = null", vec![]).await;
    assert_eq!(found(bench).await, []);
}

async fn each_way_of_being_forgotten_is_named(bench: &Bench) {
    let owner = bench.staff(Role::Staff).await;
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    bench.dial(&phone).await;
    bench.hang_up().await;
    bench.time_acts().await;
    bench.execute("update callbacks set assigned_to = null", vec![]).await;
    assert_eq!(found(bench).await, [(callback, NobodyHasIt)]);
    bench.execute("update callbacks set assigned_to = $1, acts_at = null", vec![owner.into()]).await;
    assert_eq!(found(bench).await, [(callback, TimePassesItBy)]);
    assert_eq!(bench.store.violations().await.unwrap().len(), 1);
    bench.execute("update callbacks set acts_at = warns_at", vec![]).await;
    bench.execute("update staff set active = $1", vec![false.into()]).await;
    assert_eq!(found(bench).await, [(callback, OwnerHasLeft)]);
    bench.execute("update staff set active = $1", vec![true.into()]).await;
    bench.advance(3 * 3600 + 121);
    assert_eq!(found(bench).await, [(callback, TimeStandsStill)]);
    bench.time_acts().await;
    assert_eq!(found(bench).await, []);
    let (id, _) = bench.inbound(&phone, &caller(1)).await;
    bench.inbound_ends(&phone, &id, &talk(60)).await;
}
