//! A total that is told from memory is the one that a process without a memory counts, whatever has happened since.

use ringback_domain::{
    access::Role,
    callback::{ContactOutcome, Priority, Source},
    ids::CallbackId,
};
use ringback_store::{Ask, By, CallbackChange, CallbackFilter, CallbackSort, Moved, NewCallback, Start, Store, Tab, Window};
use tokio::task::JoinSet;

use crate::bench::{Bench, caller};

on_each_engine! {
    whatever_happens_to_a_callback,
    whatever_the_clock_changes,
    an_erased_event_leaves_no_room_for_one_that_is_not_seen,
    a_change_that_commits_while_it_is_counted,
    the_first_of_many_overdue_and_of_many_with_a_word,
}

/// More than are worth remembering.
const MANY: u32 = 600;

fn filters(bench: &Bench) -> Vec<CallbackFilter> {
    let with = |change: &dyn Fn(&mut CallbackFilter)| {
        let mut filter = CallbackFilter { country: "DE".to_owned(), ..CallbackFilter::default() };
        change(&mut filter);
        filter
    };
    let today = Tab::Today { from: bench.now(), until: bench.now() + jiff::SignedDuration::from_hours(24) };
    let mut all = vec![
        with(&|_| {}),
        with(&|it| it.overdue = Some(true)),
        with(&|it| it.overdue = Some(false)),
        with(&|it| it.search = Some("vor".to_owned())),
        with(&|it| it.trashed = true),
        with(&|it| (it.trashed, it.overdue) = (true, Some(true))),
        with(&|it| it.priority = vec![Priority::Urgent]),
    ];
    all.extend([Tab::Unassigned, today, Tab::Critical, Tab::Overdue, Tab::Completed].map(|tab| with(&|it| it.tab = Some(tab))));
    all
}

async fn totals(store: &Store, bench: &Bench) -> (Vec<u64>, [u64; 3]) {
    let rows = store.tenant(bench.company);
    let mut told = Vec::new();
    for filter in filters(bench) {
        // A page that is not the last, where there is one: the last tells the total by itself.
        let first = Window { limit: 1, start: Start::Offset(0) };
        told.push(rows.callbacks(&filter, CallbackSort::Created(true), first, bench.now()).await.unwrap().total);
    }
    (told, rows.tab_counts([Tab::All, Tab::Overdue, Tab::Critical], bench.now()).await.unwrap())
}

/// Asked for twice, so that the second time some are told from memory.
async fn told_as_counted(bench: &Bench, after: &str) {
    let anew = bench.restarted().await;
    let counted = totals(&anew, bench).await;
    for _ in 0..2 {
        assert_eq!(totals(&bench.store, bench).await, counted, "{after}");
    }
}

async fn create(bench: &Bench, n: u32) -> CallbackId {
    let new = NewCallback { customer_name: Some(format!("Vorname {n}")), ..NewCallback::new(caller(n), Source::Form) };
    bench.tenant().create_callback(&new, "token:test", bench.now()).await.unwrap().callback
}

async fn act(bench: &Bench, id: CallbackId, ask: Ask<'_>) {
    let moved = bench.tenant().move_callback(id, ask, By::SYSTEM, bench.now()).await.unwrap();
    assert!(matches!(moved, Moved::Yes { .. }), "{ask:?}: {moved:?}");
}

async fn whatever_happens_to_a_callback(bench: &Bench) {
    for status in ["pending", "completed"] {
        bench.history(status, MANY).await;
    }
    let person = bench.staff(Role::Staff).await;
    told_as_counted(bench, "nothing").await;
    let id = create(bench, 1).await;
    told_as_counted(bench, "a request").await;
    act(bench, id, Ask::Prioritize(Priority::Urgent)).await;
    told_as_counted(bench, "a priority").await;
    act(bench, id, Ask::Assign(person)).await;
    told_as_counted(bench, "an owner").await;
    let named = CallbackChange { customer_name: Some("Anders".to_owned()), ..CallbackChange::default() };
    bench.tenant().change_callback(id, &named, By::SYSTEM, bench.now()).await.unwrap();
    told_as_counted(bench, "another name").await;
    act(bench, id, Ask::Contact { outcome: ContactOutcome::Reached, notes: None }).await;
    act(bench, id, Ask::Complete { notes: None }).await;
    told_as_counted(bench, "its end").await;
    act(bench, id, Ask::Reopen).await;
    told_as_counted(bench, "its opening").await;
    let deleted = bench.tenant().delete_callback(id, By::SYSTEM, bench.now()).await.unwrap();
    assert!(matches!(deleted, Moved::Yes { .. }));
    told_as_counted(bench, "its deletion").await;
    assert!(matches!(bench.tenant().restore_callback(id, By::SYSTEM, bench.now()).await.unwrap(), Moved::Yes { .. }));
    told_as_counted(bench, "its return").await;
    assert!(matches!(bench.tenant().erase_callback(id, bench.now()).await.unwrap(), Moved::Yes { .. }));
    told_as_counted(bench, "its erasure").await;
    let phone = bench.phone(1).await;
    bench.fill(&phone).await;
    bench.missed(&phone, &caller(2)).await;
    told_as_counted(bench, "a missed call").await;
    bench.time_acts().await;
    told_as_counted(bench, "time").await;
    bench.hang_up().await;
}

async fn whatever_the_clock_changes(bench: &Bench) {
    bench.history("pending", MANY).await;
    let (soon, later) = (create(bench, 1).await, create(bench, 2).await);
    for (id, minutes) in [(soon, 10), (later, 20)] {
        let due = bench.now() + jiff::SignedDuration::from_mins(minutes);
        bench.execute("update callbacks set due_at = $2 where id = $1", vec![id.into(), due.into()]).await;
    }
    let overdue = || async { totals(&bench.store, bench).await.1[1] };
    for (seconds, number) in [(0, 0), (10 * 60, 0), (1, 1), (10 * 60, 2), (-10 * 60, 1), (-10 * 60, 0)] {
        bench.advance(seconds);
        told_as_counted(bench, "the clock").await;
        assert_eq!(overdue().await, u64::from(MANY) + number);
    }
}

/// On SQLite the place of an event that is gone is given to the next one.
async fn an_erased_event_leaves_no_room_for_one_that_is_not_seen(bench: &Bench) {
    bench.history("completed", MANY).await;
    let last = create(bench, 1).await;
    told_as_counted(bench, "nothing").await;
    bench.tenant().erase_callback(last, bench.now()).await.unwrap();
    told_as_counted(bench, "erasing what was newest").await;
    create(bench, 2).await;
    told_as_counted(bench, "a request in its place").await;
}

async fn a_change_that_commits_while_it_is_counted(bench: &Bench) {
    const LOOPS: u32 = 25;
    bench.history("completed", MANY).await;
    for nth in 0..LOOPS {
        let mut requests = JoinSet::new();
        for n in 0..4 {
            let bench = bench.on_same_database().await;
            requests.spawn(async move { create(&bench, 100 + nth * 4 + n).await });
        }
        while !requests.is_empty() {
            totals(&bench.store, bench).await;
            while requests.try_join_next().transpose().unwrap().is_some() {}
        }
        let (told, _) = totals(&bench.store, bench).await;
        assert_eq!(told[0], u64::from(MANY + (nth + 1) * 4));
    }
}

async fn the_first_of_many_overdue_and_of_many_with_a_word(bench: &Bench) {
    bench.history("pending", MANY).await;
    let few = CallbackFilter { country: "DE".to_owned(), ..CallbackFilter::default() };
    let lists = [
        CallbackFilter { overdue: Some(true), ..few.clone() },
        CallbackFilter { tab: Some(Tab::Critical), ..few.clone() },
        CallbackFilter { search: Some("vor".to_owned()), ..few },
    ];
    for filter in lists {
        for descending in [true, false] {
            let list = async |start| {
                let window = Window { limit: 250, start };
                bench.tenant().callbacks(&filter, CallbackSort::Created(descending), window, bench.now()).await.unwrap()
            };
            // The first knows nothing of how long the list is.
            let unaware = list(Start::Offset(0)).await;
            let ids = |rows: &[ringback_store::CallbackRecord]| rows.iter().map(|it| it.id).collect::<Vec<_>>();
            let (mut pages, mut behind) = (Vec::new(), None);
            loop {
                let page = list(behind.map_or(Start::Offset(0), Start::After)).await;
                pages.extend(ids(&page.rows));
                let Some(next) = page.next else { break };
                behind = Some(next);
            }
            assert_eq!(pages[..250], ids(&unaware.rows));
            assert_eq!(pages.len() as u64, u64::from(MANY));
            assert!(pages.is_sorted_by(|a, b| if descending { a > b } else { a < b }));
            assert_eq!(ids(&list(Start::Offset(250)).await.rows), pages[250..500]);
        }
    }
}
