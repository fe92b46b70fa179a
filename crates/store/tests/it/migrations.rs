//! Migrations run at every start, on any number of nodes at once.

use std::sync::Arc;

use ringback_domain::settings::{AutoCallback, Settings};
use ringback_store::{
    Node, Patience, Store,
    db::{self, Db},
};
use tokio::task::JoinSet;

use crate::bench::{Bench, Database};

on_each_engine! {
    migrating_twice_changes_nothing,
    nodes_that_start_at_once_migrate_once,
    a_fresh_database_says_what_it_lacks,
    what_the_sweep_reads_of_the_settings_is_what_they_say,
}

async fn fresh(bench: &Bench) -> (Database, Arc<Store>) {
    let database = Database::create(bench.kind()).await.unwrap();
    let store = connect(&database.url).await;
    (database, store)
}

async fn connect(url: &str) -> Arc<Store> {
    let node = Node { name: "node".to_owned(), run: uuid::Uuid::now_v7() };
    Arc::new(Store::new(Db::connect(url).await.unwrap(), node, Patience::default(), None))
}

async fn migrating_twice_changes_nothing(bench: &Bench) {
    let before = bench.number("select count(*) from _sqlx_migrations", vec![]).await;
    bench.store.migrate().await.unwrap();
    assert_eq!(bench.number("select count(*) from _sqlx_migrations", vec![]).await, before);
    assert_eq!(db::pending(bench.store.db()).await.unwrap(), 0);
}

async fn nodes_that_start_at_once_migrate_once(bench: &Bench) {
    let (database, first) = fresh(bench).await;
    let mut stores = vec![first];
    for _ in 0..5 {
        stores.push(connect(&database.url).await);
    }
    let mut starting = JoinSet::new();
    for store in &stores {
        let store = Arc::clone(store);
        starting.spawn(async move { store.migrate().await.unwrap() });
    }
    starting.join_all().await;
    for store in &stores {
        assert_eq!(db::pending(store.db()).await.unwrap(), 0);
        assert!(store.violations().await.unwrap().is_empty());
        store.db().close().await;
    }
    database.remove().await;
}

async fn a_fresh_database_says_what_it_lacks(bench: &Bench) {
    let (database, store) = fresh(bench).await;
    let known = bench.number("select count(*) from _sqlx_migrations", vec![]).await;
    assert_eq!(i64::try_from(db::pending(store.db()).await.unwrap()).unwrap(), known);
    store.migrate().await.unwrap();
    assert_eq!(db::pending(store.db()).await.unwrap(), 0);
    store.db().close().await;
    database.remove().await;
}

async fn what_the_sweep_reads_of_the_settings_is_what_they_say(bench: &Bench) {
    let said = async || {
        const SQL: &str = "select minimum_credits, auto_callback from companies where id = $1";
        bench.optional::<(u32, AutoCallback)>(SQL, vec![bench.company.into()]).await.unwrap()
    };
    let default = Settings::default();
    bench.execute("update companies set settings = '{}' where id = $1", vec![bench.company.into()]).await;
    assert_eq!(said().await, (default.minimum_credits, default.auto_callback), "absent keys");
    bench.set(|_| {}).await;
    assert_eq!(said().await, (default.minimum_credits, default.auto_callback));
    bench
        .set(|settings| {
            settings.minimum_credits = 7;
            settings.auto_callback = AutoCallback::RecordOnly;
        })
        .await;
    assert_eq!(said().await, (7, AutoCallback::RecordOnly));
}
