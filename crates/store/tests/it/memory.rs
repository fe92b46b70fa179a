//! What is told of a list from memory, its total and its pages, is what a process without a memory finds, whatever has happened since.

use ringback_domain::{
    access::{Role, Sight},
    callback::{ContactOutcome, Priority, Source, Status},
    ids::{BranchId, CallbackId, StaffId},
};
use ringback_store::{Ask, By, CallbackChange, CallbackFilter, CallbackSort, Mark, Moved, NewCallback, Start, Tab, TenantStore, Window};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::bench::{Bench, caller};

on_each_engine! {
    whatever_happens_to_a_callback,
    whatever_the_clock_changes,
    an_erased_event_leaves_no_room_for_one_that_is_not_seen,
    a_change_that_commits_while_it_is_found,
    a_long_list_that_became_short,
    the_first_of_many_overdue_and_of_many_with_a_word,
}

/// More than are worth remembering.
const MANY: u32 = 600;
/// Pages that take long to find: in another order than the filter's, and far behind. With the first page no more than are
/// remembered of a list, so that each is told from memory the next time.
const PAGES: [(CallbackSort, u64); 3] =
    [(CallbackSort::Due(false), 2), (CallbackSort::Priority(false), 0), (CallbackSort::Created(true), 550)];

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

#[derive(Debug, PartialEq)]
struct Told {
    totals: Vec<u64>,
    tabs: [u64; 3],
    pages: Vec<(Vec<CallbackId>, Option<Mark>)>,
}

async fn told(rows: &TenantStore<'_>, bench: &Bench) -> Told {
    let (mut totals, mut pages) = (Vec::new(), Vec::new());
    for filter in filters(bench) {
        let page = async |sort, limit, offset| {
            let window = Window { limit, start: Start::Offset(offset) };
            rows.callbacks(&filter, sort, window, bench.now()).await.unwrap()
        };
        // A page that is not the last, where there is one: the last tells the total by itself.
        totals.push(page(CallbackSort::Created(true), 1, 0).await.total);
        for (sort, offset) in PAGES {
            let found = page(sort, 5, offset).await;
            pages.push((found.rows.iter().map(|it| it.id).collect(), found.next));
        }
    }
    let tabs = rows.tab_counts([Tab::All, Tab::Overdue, Tab::Critical], bench.now()).await.unwrap();
    Told { totals, tabs, pages }
}

/// Asked for twice, so that the second time some are told from memory.
async fn told_as_found(bench: &Bench, after: &str) {
    let anew = bench.restarted().await;
    let branch = Sight::Branch { branch: Some(BranchId(Uuid::nil())), person: StaffId(Uuid::nil()) };
    for sight in [Sight::All, branch] {
        let found = told(&anew.tenant(bench.company).seen_by(sight), bench).await;
        for _ in 0..2 {
            assert_eq!(told(&bench.tenant().seen_by(sight), bench).await, found, "{after}");
        }
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
    told_as_found(bench, "nothing").await;
    let id = create(bench, 1).await;
    told_as_found(bench, "a request").await;
    act(bench, id, Ask::Prioritize(Priority::Urgent)).await;
    told_as_found(bench, "a priority").await;
    act(bench, id, Ask::Assign(person)).await;
    told_as_found(bench, "an owner").await;
    let named = CallbackChange { customer_name: Some("Anders".to_owned()), ..CallbackChange::default() };
    bench.tenant().change_callback(id, &named, By::SYSTEM, bench.now()).await.unwrap();
    told_as_found(bench, "another name").await;
    act(bench, id, Ask::Contact { outcome: ContactOutcome::Reached, notes: None }).await;
    act(bench, id, Ask::Complete { notes: None }).await;
    told_as_found(bench, "its end").await;
    act(bench, id, Ask::Reopen).await;
    told_as_found(bench, "its opening").await;
    let deleted = bench.tenant().delete_callback(id, By::SYSTEM, bench.now()).await.unwrap();
    assert!(matches!(deleted, Moved::Yes { .. }));
    told_as_found(bench, "its deletion").await;
    assert!(matches!(bench.tenant().restore_callback(id, By::SYSTEM, bench.now()).await.unwrap(), Moved::Yes { .. }));
    told_as_found(bench, "its return").await;
    assert!(matches!(bench.tenant().erase_callback(id, bench.now()).await.unwrap(), Moved::Yes { .. }));
    told_as_found(bench, "its erasure").await;
    let phone = bench.phone(1).await;
    bench.fill(&phone).await;
    bench.missed(&phone, &caller(2)).await;
    told_as_found(bench, "a missed call").await;
    bench.time_acts().await;
    told_as_found(bench, "time").await;
    bench.hang_up().await;
}

async fn whatever_the_clock_changes(bench: &Bench) {
    bench.history("pending", MANY).await;
    let (soon, later) = (create(bench, 1).await, create(bench, 2).await);
    for (id, minutes) in [(soon, 10), (later, 20)] {
        let due = bench.now() + jiff::SignedDuration::from_mins(minutes);
        bench.execute("update callbacks set due_at = $2 where id = $1", vec![id.into(), due.into()]).await;
    }
    let overdue = || async { told(&bench.tenant(), bench).await.tabs[1] };
    for (seconds, number) in [(0, 0), (10 * 60, 0), (1, 1), (10 * 60, 2), (-10 * 60, 1), (-10 * 60, 0)] {
        bench.advance(seconds);
        told_as_found(bench, "the clock").await;
        assert_eq!(overdue().await, u64::from(MANY) + number);
    }
}

/// On SQLite the place of an event that is gone is given to the next one.
async fn an_erased_event_leaves_no_room_for_one_that_is_not_seen(bench: &Bench) {
    bench.history("completed", MANY).await;
    let last = create(bench, 1).await;
    told_as_found(bench, "nothing").await;
    bench.tenant().erase_callback(last, bench.now()).await.unwrap();
    told_as_found(bench, "erasing what was newest").await;
    create(bench, 2).await;
    told_as_found(bench, "a request in its place").await;
}

async fn a_change_that_commits_while_it_is_found(bench: &Bench) {
    const LOOPS: u32 = 25;
    bench.history("completed", MANY).await;
    let all = CallbackFilter { status: vec![Status::Completed], ..CallbackFilter::default() };
    let window = Window { limit: 20, start: Start::Offset(0) };
    for nth in 0..LOOPS {
        let mut changes = JoinSet::new();
        for n in (0..4).map(|n| nth * 4 + n) {
            let bench = bench.on_same_database().await;
            changes.spawn(async move {
                create(&bench, 100 + n).await;
                // Of the history the nth, which is on the first page.
                let erased = CallbackId(Uuid::from_u128(u128::from(n) + 1));
                assert!(matches!(bench.tenant().erase_callback(erased, bench.now()).await.unwrap(), Moved::Yes { .. }));
            });
        }
        while !changes.is_empty() {
            let page = bench.tenant().callbacks(&all, CallbackSort::Due(false), window, bench.now()).await.unwrap();
            assert_eq!((page.rows.len(), page.next.is_some(), page.total > 400), (20, true, true));
            while changes.try_join_next().transpose().unwrap().is_some() {}
        }
        assert_eq!(told(&bench.tenant(), bench).await.totals[0], u64::from(MANY));
    }
    told_as_found(bench, "all of it").await;
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
    told_as_found(bench, "nothing").await;
    bench.execute("update callbacks set due_at = $1", vec![(bench.now() + jiff::SignedDuration::from_hours(1)).into()]).await;
    create(bench, 1).await;
    told_as_found(bench, "a day on which all was done").await;
}
