//! Opening the store of the configuration: made, migrated, and ours to write beside a running server.

use anyhow::Context as _;
use ringback_domain::time::Clock as _;
use ringback_store::{
    Company, Node, Store, address,
    db::{self, Db},
};

use super::{Outcome, Refused, say};
use crate::{
    clock::SystemClock,
    config::{Config, Problem},
};

/// The store for one command.
pub(super) async fn store(config: &Config) -> anyhow::Result<Store> {
    open(config, "command-line".to_owned()).await
}

/// The same for a command about a company that is there: where no database is, there is none, and none is left behind by whoever
/// looked in the wrong place.
pub(super) async fn store_of_companies(config: &Config) -> anyhow::Result<Store> {
    if let Some(file) = config.database_file().filter(|file| !file.exists()) {
        let place = std::path::absolute(&file).unwrap_or(file);
        let message = format!(
            "{}; give the data directory of your server with --data-dir or RINGBACK_DATA_DIR (`ringback config print` shows what is in \
             force), or begin with `ringback company create`",
            place.display()
        );
        return Err(Refused(vec![Problem { what: "there is no database at".to_owned(), message }]).into());
    }
    store(config).await
}

/// Made for us alone when it is not there; a server that does not answer is told of at once.
async fn connect(config: &Config) -> anyhow::Result<Db> {
    config.make_data_dir()?;
    config.make_database_file()?;
    address::answers(config.database_url()).await?;
    Db::connect(config.database_url()).await.context("opening the database")
}

pub(crate) async fn open(config: &Config, node: String) -> anyhow::Result<Store> {
    let db = connect(config).await?;
    let node = Node { name: node, run: uuid::Builder::from_random_bytes(rand::random()).into_uuid() };
    let store = Store::new(db, node, config.patience, None);
    store.migrate().await.context("migrating the database")?;
    Ok(store)
}

/// Neither made nor migrated. `None`: there is none.
pub(super) async fn as_it_is(config: &Config) -> anyhow::Result<Option<Store>> {
    address::answers(config.database_url()).await?;
    if !db::exists(config.database_url()).await.context("looking for the database")? {
        return Ok(None);
    }
    let db = Db::connect(config.database_url()).await.context("opening the database")?;
    let node = Node { name: "command-line".to_owned(), run: uuid::Builder::from_random_bytes(rand::random()).into_uuid() };
    Ok(Some(Store::new(db, node, config.patience, None)))
}

pub(super) async fn migrate(config: &Config) -> Outcome {
    let db = connect(config).await?;
    let pending = db::pending(&db).await?;
    db::migrate(&db).await.context("migrating the database")?;
    say(match pending {
        0 => "the database is up to date".to_owned(),
        1 => "applied 1 migration".to_owned(),
        many => format!("applied {many} migrations"),
    })?;
    db.close().await;
    Ok(())
}

/// The company with this slug, or a sentence about it.
pub(super) async fn company(store: &Store, slug: &str) -> anyhow::Result<Company> {
    let problem = || Problem {
        what: "--company".to_owned(),
        message: format!("{slug:?} is not a company; give the slug that `ringback company create` printed"),
    };
    Ok(store.company_by_slug(slug).await?.ok_or_else(|| Refused(vec![problem()]))?)
}

pub(super) fn now() -> jiff::Timestamp {
    SystemClock.now()
}
