//! What the scope of a token allows, for tokens that act for the company itself.

use axum::http::Method;

use super::{
    super::bench::{Api, SCOPES, request},
    table::API,
    things::{Things, everything},
};

#[test]
fn the_document_tells_the_scope_of_every_route() {
    let document = serde_json::to_value(ringback_server::api::openapi()).expect("JSON");
    for route in &API {
        let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
        assert_eq!(operation["security"][0]["token"][0], route.scope.to_string(), "{} {}", route.method, route.path);
    }
}

#[tokio::test]
async fn nobody_does_what_his_token_does_not_allow() {
    for api in Api::each().await {
        let things = Things::make(&api).await;
        let before = everything(&api).await;
        for route in &API {
            let path = route.at(&things[route.of]);
            let what = format!("{} {}", route.method, route.path);
            assert_eq!(api.send(request(route.method.clone(), &path, None)).await.status, 401, "{what}");
            assert_eq!(api.send(request(route.method.clone(), &path, Some("wrong"))).await.status, 401, "{what}");
            for scope in SCOPES.into_iter().filter(|scope| !scope.includes(route.scope)) {
                let answer = api.ask(route.method.clone(), &path, scope, things.body(route)).await;
                assert_eq!(answer.status, 403, "{what} with {scope}");
                assert!(answer.text.contains(&format!("scope {}", route.scope)), "{what}: {}", answer.text);
            }
        }
        assert_eq!(everything(&api).await, before);
    }
}

#[tokio::test]
async fn whoever_may_is_let_in() {
    for api in Api::each().await {
        for route in API.iter().filter(|route| !route.is_stream()) {
            let things = Things::make(&api).await;
            let path = route.at(&things[route.of]);
            for (again, scope) in SCOPES.into_iter().filter(|scope| scope.includes(route.scope)).enumerate() {
                let answer = api.ask(route.method.clone(), &path, scope, things.body(route)).await;
                let what = format!("{} {} with {scope}: {}", route.method, route.path, answer.text);
                // Done once, it may not be there, or not be possible, a second time.
                let done = again > 0 && matches!(answer.status, 404 | 409);
                let impossible = answer.status == 409 && route.method != Method::GET;
                assert!((200..300).contains(&answer.status) || done || impossible, "{what}");
            }
        }
    }
}
