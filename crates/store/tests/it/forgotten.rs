//! The standing check of I3: silent while all is well, and each way of being forgotten has its name.

use ringback_domain::{
    access::Role,
    callback::Source,
    ids::{CallbackId, StaffId},
};
use ringback_store::{
    ForgottenBecause::{self, Expired, NobodyHasIt, OwnerHasLeft, TimePassesItBy, TimeStandsStill},
    NewCallback,
};

use crate::bench::{Bench, caller, talk};

on_each_engine! {
    nothing_is_forgotten_from_a_miss_to_its_end,
    each_way_of_being_forgotten_is_named,
    what_nobody_has_and_no_time_touches_is_found_in_every_status,
    a_time_behind_the_due_time_is_found,
    a_machine_that_is_calling_is_a_next_action,
    an_owner_who_was_deleted_is_found,
    what_was_deleted_or_closed_is_no_promise,
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

/// A callback that nothing is wrong with: somebody has it, and its time is to come.
async fn kept(bench: &Bench) -> (StaffId, CallbackId) {
    let owner = bench.staff(Role::Staff).await;
    let new = NewCallback::new(caller(bench.count()), Source::Api);
    let callback = bench.tenant().create_callback(&new, "test", bench.now()).await.unwrap().callback;
    bench.time_acts().await;
    assert_eq!(found(bench).await, []);
    (owner, callback)
}

async fn what_nobody_has_and_no_time_touches_is_found_in_every_status(bench: &Bench) {
    let (owner, callback) = kept(bench).await;
    for (status, owned, timed, overdue, expected) in [
        ("pending", false, true, false, None),
        ("pending", false, false, false, Some(TimePassesItBy)),
        ("pending", true, false, false, Some(TimePassesItBy)),
        ("assigned", true, true, false, None),
        ("assigned", false, true, false, Some(NobodyHasIt)),
        ("assigned", true, false, true, Some(TimePassesItBy)),
        ("contacted", true, true, false, None),
        ("contacted", false, true, false, None),
        ("contacted", true, false, false, Some(TimePassesItBy)),
        // Handed up as far as it goes, and somebody has it.
        ("contacted", true, false, true, None),
        ("contacted", false, false, true, Some(NobodyHasIt)),
    ] {
        const SQL: &str = "update callbacks set status = $2, assigned_to = $3, acts_at = case when $4 then warns_at end,
            overdue_at = case when $5 then due_at end where id = $1";
        let owner = owned.then_some(owner);
        bench.execute(SQL, vec![callback.into(), status.into(), owner.into(), timed.into(), overdue.into()]).await;
        let expected: Vec<_> = expected.into_iter().map(|because| (callback, because)).collect();
        assert_eq!(found(bench).await, expected, "{status}, owned {owned}, timed {timed}, overdue {overdue}");
    }
    bench.execute("update callbacks set status = 'completed'", vec![]).await;
}

async fn a_time_behind_the_due_time_is_found(bench: &Bench) {
    let (_, callback) = kept(bench).await;
    bench.execute("update callbacks set acts_at = due_at", vec![]).await;
    assert_eq!(found(bench).await, []);
    bench.execute("update callbacks set acts_at = due_at + 1", vec![]).await;
    assert_eq!(found(bench).await, [(callback, TimePassesItBy)]);
    // Overdue, and told of: the next rung is in four hours.
    bench.execute("update callbacks set overdue_at = due_at", vec![]).await;
    assert_eq!(found(bench).await, []);
}

async fn a_machine_that_is_calling_is_a_next_action(bench: &Bench) {
    let phone = bench.phone(1).await;
    let callback = bench.missed(&phone, &caller(1)).await;
    bench.execute("update callbacks set acts_at = null", vec![]).await;
    assert_eq!(found(bench).await, [], "its attempt waits");
    bench.dial(&phone).await;
    assert_eq!(found(bench).await, [], "its attempt runs");
    bench.hang_up().await;
    bench.execute("update callbacks set acts_at = null", vec![]).await;
    assert_eq!(found(bench).await, [(callback, TimePassesItBy)]);
    bench.execute("update callbacks set acts_at = warns_at", vec![]).await;
}

async fn an_owner_who_was_deleted_is_found(bench: &Bench) {
    let (owner, callback) = kept(bench).await;
    const GONE: &str = "update staff set deleted_at = $2, available_changes_at = $3 where id = $1";
    bench.execute(GONE, vec![owner.into(), bench.now().into(), None::<jiff::Timestamp>.into()]).await;
    assert_eq!(found(bench).await, [(callback, OwnerHasLeft)]);
    bench.execute(GONE, vec![owner.into(), bench.now().into(), bench.now().into()]).await;
    assert_eq!(found(bench).await, [], "he is being looked at");
}

async fn what_was_deleted_or_closed_is_no_promise(bench: &Bench) {
    kept(bench).await;
    for sql in [
        "update callbacks set assigned_to = null, acts_at = null, status = 'completed'",
        "update callbacks set status = 'cancelled'",
        "update callbacks set status = 'assigned', deleted_at = 1",
        "update callbacks set status = 'expired'",
    ] {
        bench.execute(sql, vec![]).await;
        assert_eq!(found(bench).await, [], "{sql}");
    }
}
