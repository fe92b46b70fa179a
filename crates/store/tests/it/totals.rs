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
    a_long_list_that_became_short,
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

/// In the order in which the newest come first, many are found by reading only the first of them; in the other, by reading all.
async fn the_first_of_many_overdue_and_of_many_with_a_word(bench: &Bench) {
    bench.history("pending", MANY).await;
    const URGENT: &str = "update callbacks set priority = 'urgent'
        where id in (select callback_id from callback_words where word = 'vorname1')";
    bench.execute(URGENT, vec![]).await;
    const SECOND_WORD: &str = "insert into callback_words (company_id, word, callback_id)
        select company_id, 'vorwort', callback_id from callback_words where word <> 'vorname2'";
    bench.execute(SECOND_WORD, vec![]).await;
    for n in 0..30 {
        // Not due yet, half of them urgent, every third deleted.
        let id = create(bench, n).await;
        if n % 2 == 0 {
            act(bench, id, Ask::Prioritize(Priority::Urgent)).await;
        }
        if n % 3 == 0 {
            bench.tenant().delete_callback(id, By::SYSTEM, bench.now()).await.unwrap();
        }
    }
    let filter = |change: &dyn Fn(&mut CallbackFilter)| {
        let mut filter = CallbackFilter { country: "DE".to_owned(), ..CallbackFilter::default() };
        change(&mut filter);
        filter
    };
    let lists = [
        (filter(&|it| it.overdue = Some(true)), MANY),
        (filter(&|it| it.tab = Some(Tab::Overdue)), MANY),
        (filter(&|it| it.tab = Some(Tab::Critical)), MANY + 10),
        (filter(&|it| it.search = Some("vor".to_owned())), MANY + 20),
        (filter(&|it| it.search = Some("vorname1".to_owned())), MANY / 3),
    ];
    for (filter, number) in lists {
        let list = async |descending, limit, start| {
            let window = Window { limit, start };
            let sort = CallbackSort::Created(descending);
            let slice = bench.tenant().callbacks(&filter, sort, window, bench.now()).await.unwrap();
            (slice.rows.iter().map(|it| it.id).collect::<Vec<_>>(), slice.next)
        };
        let (all, _) = list(false, 1000, Start::Offset(0)).await;
        assert_eq!(all.len(), number as usize, "{filter:?}");
        assert!(all.is_sorted_by(|a, b| a < b));
        let mut reversed = all;
        reversed.reverse();
        let (mut pages, mut behind) = (Vec::new(), Start::Offset(0));
        loop {
            let (page, next) = list(true, 90, behind).await;
            pages.extend(page);
            let Some(next) = next else { break };
            behind = Start::After(next);
        }
        assert_eq!(pages, reversed, "{filter:?}");
        assert_eq!(list(true, 50, Start::Offset(100)).await.0, reversed[100..150], "{filter:?}");
    }
}

async fn a_long_list_that_became_short(bench: &Bench) {
    bench.history("pending", MANY).await;
    told_as_counted(bench, "nothing").await;
    bench.execute("update callbacks set due_at = $1", vec![(bench.now() + jiff::SignedDuration::from_hours(1)).into()]).await;
    create(bench, 1).await;
    told_as_counted(bench, "a day on which all was done").await;
}
