//! Lists of callbacks: what is found, and how much of it there is.

use ringback_domain::{
    access::Role,
    callback::{Priority, Source},
    ids::CallbackId,
};
use ringback_store::{By, CallbackChange, CallbackFilter, CallbackSort, NewCallback, SplitOff, Start, Tab, Window};

use crate::bench::{Bench, caller};

on_each_engine! {
    every_tab_counts_what_its_list_shows,
    a_callback_is_found_by_the_name_that_it_has_now,
    beyond_ten_thousand_the_total_is_how_many_at_least,
    in_every_order_each_is_on_one_page,
}

const PAGE: Window = Window { limit: 2, start: Start::Offset(0) };

async fn create(bench: &Bench, n: u32, change: impl FnOnce(&mut NewCallback)) -> CallbackId {
    let mut new = NewCallback::new(caller(n), Source::Form);
    change(&mut new);
    bench.tenant().create_callback(&new, "token:test", bench.now()).await.unwrap().callback
}

async fn total(bench: &Bench, filter: &CallbackFilter) -> (u64, bool) {
    let listed = bench.tenant().callbacks(filter, CallbackSort::Created(true), PAGE, bench.now()).await.unwrap();
    (listed.total, listed.estimated)
}

async fn found(bench: &Bench, search: &str) -> Vec<CallbackId> {
    let filter = CallbackFilter { search: Some(search.to_owned()), country: "DE".to_owned(), ..CallbackFilter::default() };
    let window = Window { limit: 100, start: Start::Offset(0) };
    let listed = bench.tenant().callbacks(&filter, CallbackSort::Created(false), window, bench.now()).await.unwrap();
    assert_eq!(listed.total, listed.rows.len() as u64, "{search}");
    listed.rows.iter().map(|it| it.id).collect()
}

async fn every_tab_counts_what_its_list_shows(bench: &Bench) {
    let me = bench.staff(Role::Staff).await;
    for n in 0..5 {
        create(bench, n, |new| new.priority = (n % 2 == 0).then_some(Priority::Urgent)).await;
    }
    bench.time_acts().await;
    bench.advance(3 * 3600);
    bench.set_present(me, false).await;
    for n in 5..9 {
        create(bench, n, |_| {}).await;
    }
    let done = create(bench, 9, |_| {}).await;
    bench.execute("update callbacks set status = 'completed', acts_at = null where id = $1", vec![done.into()]).await;
    let gone = create(bench, 10, |_| {}).await;
    bench.tenant().delete_callback(gone, By::SYSTEM, bench.now()).await.unwrap();

    let today = Tab::Today { from: bench.now(), until: bench.now() + jiff::SignedDuration::from_secs(1) };
    let tabs = [Tab::Mine(Some(me)), Tab::Mine(None), Tab::Unassigned, today, Tab::Critical, Tab::All, Tab::Overdue, Tab::Completed];
    let counts = bench.tenant().tab_counts(tabs, bench.now()).await.unwrap();
    for (tab, count) in tabs.into_iter().zip(counts) {
        let filter = CallbackFilter { tab: Some(tab), ..CallbackFilter::default() };
        assert_eq!(total(bench, &filter).await, (count, false), "{tab:?}");
    }
    // One narrows the other, and the deleted ones have tabs, too.
    let critical = |search: &str| CallbackFilter {
        tab: Some(Tab::Critical),
        search: Some(search.to_owned()),
        country: "DE".to_owned(),
        ..CallbackFilter::default()
    };
    assert_eq!(total(bench, &critical(caller(2).reveal())).await, (1, false));
    assert_eq!(total(bench, &critical(caller(1).reveal())).await, (0, false));
    let trashed = |tab| CallbackFilter { tab: Some(tab), trashed: true, ..CallbackFilter::default() };
    assert_eq!(total(bench, &trashed(Tab::Critical)).await, (0, false));
    assert_eq!(total(bench, &trashed(Tab::All)).await, (1, false));
    bench.execute("update callbacks set priority = 'urgent' where id = $1", vec![gone.into()]).await;
    assert_eq!(total(bench, &trashed(Tab::Critical)).await, (1, false));
    let [mine, nobodys, _, today, critical, all, overdue, completed] = counts;
    assert_eq!((mine, nobodys, today, all, completed), (5, 0, 5, 10, 1));
    assert_eq!((critical, overdue), (3, 3));
}

async fn a_callback_is_found_by_the_name_that_it_has_now(bench: &Bench) {
    let nameless = create(bench, 1, |_| {}).await;
    let anna = create(bench, 2, |new| new.customer_name = Some("Anna Özdemir-Groß".to_owned())).await;
    assert_eq!(found(bench, "öz").await, [anna]);
    assert_eq!(found(bench, "ÖZ an").await, [anna]);
    assert_eq!(found(bench, "anna bert").await, []);
    let number = caller(1);
    let end = &number.reveal()[8..];
    assert_eq!(found(bench, end).await, [nameless]);

    // Named by a request that joined it, and by somebody who knew better.
    let joined = create(bench, 1, |new| new.customer_name = Some("Bert Anders".to_owned())).await;
    assert_eq!(joined, nameless);
    assert_eq!(found(bench, "an").await, [nameless, anna]);
    let change = CallbackChange { customer_name: Some("Carla 2".to_owned()), ..CallbackChange::default() };
    bench.tenant().change_callback(anna, &change, By::SYSTEM, bench.now()).await.unwrap();
    assert_eq!(found(bench, "öz").await, []);
    assert_eq!(found(bench, "carla 2").await, [anna]);

    let split = bench.tenant().split_callback(nameless, By::SYSTEM, bench.now()).await.unwrap();
    let SplitOff::Yes(own) = split else { panic!("{split:?}") };
    assert_eq!(found(bench, "bert").await, [nameless, own]);
    for id in [nameless, anna, own] {
        bench.tenant().erase_callback(id, bench.now()).await.unwrap();
    }
    assert_eq!(bench.number("select count(*) from callback_words", vec![]).await, 0);
}

async fn beyond_ten_thousand_the_total_is_how_many_at_least(bench: &Bench) {
    create(bench, 1, |_| {}).await;
    bench.history("completed", 9_999).await;
    let all = CallbackFilter::default();
    assert_eq!(total(bench, &all).await, (10_000, false));
    create(bench, 2, |_| {}).await;
    assert_eq!(total(bench, &all).await, (10_000, true));
    assert_eq!(bench.tenant().tab_counts([Tab::All], bench.now()).await.unwrap(), [10_001]);
    let last = Window { limit: 2, start: Start::Offset(10_000) };
    let listed = bench.tenant().callbacks(&all, CallbackSort::Created(true), last, bench.now()).await.unwrap();
    assert_eq!((listed.rows.len(), listed.total, listed.estimated), (1, 10_001, false));
}

async fn in_every_order_each_is_on_one_page(bench: &Bench) {
    for n in 0..13 {
        let id = create(bench, n, |new| new.priority = (n % 3 == 0).then_some(Priority::Urgent)).await;
        let due = bench.now() + jiff::SignedDuration::from_mins(i64::from(n * 5 % 7));
        bench.execute("update callbacks set due_at = $2 where id = $1", vec![id.into(), due.into()]).await;
    }
    let everything = CallbackFilter::default();
    let filters = [
        everything.clone(),
        CallbackFilter { tab: Some(Tab::Unassigned), ..everything.clone() },
        CallbackFilter { tab: Some(Tab::Critical), ..everything.clone() },
        CallbackFilter { priority: vec![Priority::Urgent], ..everything },
    ];
    let sorts = [CallbackSort::Created, CallbackSort::Due, CallbackSort::Priority].map(|sort| [sort(true), sort(false)]);
    for (filter, sort) in filters.iter().flat_map(|filter| sorts.iter().flatten().map(move |sort| (filter, *sort))) {
        let list = async |limit, start| bench.tenant().callbacks(filter, sort, Window { limit, start }, bench.now()).await.unwrap();
        let key = |it: &ringback_store::CallbackRecord| match sort {
            CallbackSort::Created(_) => (0, it.id),
            CallbackSort::Due(_) => (it.due_at.as_millisecond(), it.id),
            CallbackSort::Priority(_) => (i64::from(it.priority != Priority::Urgent), it.id),
        };
        let descending = matches!(sort, CallbackSort::Created(true) | CallbackSort::Due(true) | CallbackSort::Priority(true));
        let mut whole: Vec<_> = list(100, Start::Offset(0)).await.rows.iter().map(key).collect();
        assert!(whole.len() >= 5, "{sort:?}");
        let (mut pages, mut from) = (Vec::new(), Start::Offset(0));
        loop {
            let page = list(2, from).await;
            pages.extend(page.rows.iter().map(key));
            let Some(next) = page.next else { break };
            from = Start::After(next);
        }
        assert_eq!(pages, whole, "{sort:?}");
        whole.sort_unstable();
        if descending {
            whole.reverse();
        }
        assert_eq!(pages, whole, "{sort:?}");
    }
}
