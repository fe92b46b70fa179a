//! Another company's things: to its tokens they look like none, wherever their ids are written.

use ringback_domain::access::Scope;

use super::{
    super::bench::{Api, token},
    table::API,
    things::{Things, everything, secrets, tells_none},
};

const NOBODYS: &str = "018f0000-0000-7000-8000-000000000000";

#[tokio::test]
async fn in_a_path_a_thing_of_another_looks_like_none() {
    for api in Api::each().await {
        let (things, secrets) = (Things::make(&api).await, secrets(&api).await);
        let before = everything(&api).await;
        let theirs = token(Scope::Operator, true);
        for route in API.iter().filter(|route| !route.of.is_empty()) {
            let what = format!("{} {}", route.method, route.path);
            let path = route.at(&things[route.of]);
            let answer = api.ask_as(route.method.clone(), &path, &theirs, things.body(route)).await;
            assert_eq!(answer.status, 404, "{what}: {}", answer.text);
            let nothing = api.ask_as(route.method.clone(), &route.at(NOBODYS), &theirs, things.body(route)).await;
            assert_eq!(nothing.text, answer.text, "{what}");
            tells_none(&answer.text, &secrets, "", &what);
        }
        assert_eq!(everything(&api).await, before);
    }
}
