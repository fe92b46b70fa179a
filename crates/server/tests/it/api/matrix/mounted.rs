//! The routes that the router has, read from the router itself: whoever mounts one says in the tables who may use it.

use std::collections::{BTreeMap, BTreeSet};

use ringback_server::app::router;

use super::{super::bench::Api, table};

/// Method and path, as the tables have them. `ANY` stands for a route that leaves the method to its handler.
pub(super) fn routes(router: &axum::Router) -> BTreeSet<(String, String)> {
    let told = format!("{router:?}");
    let (routers, fallbacks) = told.split_once("fallback_router: ").expect("a router tells its fallbacks apart");
    assert!(!fallbacks.contains("allow_header: Bytes"), "a fallback by method is no route of the tables");
    let (endpoints, paths) = routers.split_once(", node: Node").expect("a router tells its endpoints, then their paths");
    let methods = methods(endpoints);
    let paths = paths_by_id(paths);
    assert_eq!(methods.keys().collect::<Vec<_>>(), paths.keys().collect::<Vec<_>>(), "each route has methods and a path");
    let named = paths.iter().flat_map(|(id, path)| methods[id].iter().map(|method| (method.clone(), path.clone())));
    named.collect()
}

/// `RouteId(7): MethodRouter(MethodRouter { …, allow_header: Bytes(b"GET,HEAD") })`
fn methods(endpoints: &str) -> BTreeMap<u32, BTreeSet<String>> {
    let mut methods = BTreeMap::new();
    for endpoint in endpoints.split("RouteId(").skip(1) {
        let (id, endpoint) = endpoint.split_once("): ").expect("an id");
        let (_, allowed) = endpoint.split_once("allow_header: ").unwrap_or_else(|| panic!("no methods in {endpoint}"));
        let listed = allowed.strip_prefix("Bytes(b\"").and_then(|listed| listed.split_once('"'));
        let names = listed.map_or("ANY", |(listed, _)| listed);
        // axum answers HEAD wherever it answers GET.
        let names = names.split(',').filter(|name| *name != "HEAD").map(str::to_owned).collect();
        methods.insert(id.parse().expect("a number"), names);
    }
    methods
}

/// `{RouteId(7): "/api/docs", …}`
fn paths_by_id(told: &str) -> BTreeMap<u32, String> {
    let entries = told.split("RouteId(").skip(1).map(|entry| {
        let (id, path) = entry.split_once("): \"").expect("a path");
        let (path, _) = path.split_once('"').expect("the path's end");
        (id.parse().expect("a number"), path.to_owned())
    });
    entries.collect()
}

#[tokio::test]
async fn the_tables_name_every_route_that_is_mounted_and_no_other() {
    let api = Api::sqlite().await;
    // Files of the pages have names that change with their content. Nothing of a company is in them.
    let mounted: BTreeSet<_> = routes(&router(api.app.clone())).into_iter().filter(|(_, path)| !path.starts_with("/assets/")).collect();
    let named: BTreeSet<_> = table::API.iter().map(|it| (it.method.to_string(), it.path.to_owned())).collect();
    let beside: BTreeSet<_> = table::beside_the_api().into_iter().map(|it| (it.method.to_owned(), it.path)).collect();
    let missing: Vec<_> = mounted.iter().filter(|it| !named.contains(*it) && !beside.contains(*it)).collect();
    assert!(missing.is_empty(), "mounted, and nobody said who may use it: {missing:?}");
    let gone: Vec<_> = named.union(&beside).filter(|it| !mounted.contains(*it)).collect();
    assert!(gone.is_empty(), "in a table, but not mounted: {gone:?}");
}

#[test]
fn a_route_that_is_mounted_is_seen_however_it_was_mounted() {
    let handler = || async {};
    let inner = axum::Router::new().route("/deep/{id}", axum::routing::patch(handler).put(handler));
    let router: axum::Router = axum::Router::new()
        .route("/plain", axum::routing::get(handler).post(handler))
        .route("/any", axum::routing::any(handler))
        .nest("/under", inner.layer(axum::middleware::map_request(|request: axum::extract::Request| async { request })))
        .merge(axum::Router::new().route("/merged", axum::routing::delete(handler)))
        .fallback(|| async {});
    let expected = [
        ("ANY", "/any"),
        ("DELETE", "/merged"),
        ("GET", "/plain"),
        ("PATCH", "/under/deep/{id}"),
        ("POST", "/plain"),
        ("PUT", "/under/deep/{id}"),
    ];
    assert_eq!(routes(&router), expected.map(|(method, path)| (method.to_owned(), path.to_owned())).into());
}
