use std::net::SocketAddr;

use axum::{
    extract::ConnectInfo,
    http::{Method, header},
};
use ringback_domain::access::Scope;
use ringback_store::NewToken;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::bench::{Answer, Api, request, token};

#[tokio::test]
async fn nobody_comes_in_without_a_token() {
    for api in Api::each().await {
        let no_token = api.send(request(Method::GET, "/api/v1/phones", None)).await;
        assert_eq!(no_token.status, 401);
        assert_eq!(no_token.header("www-authenticate"), Some("Bearer realm=\"ringback\""));
        let wrong = api.send(request(Method::GET, "/api/v1/phones", Some("guess"))).await;
        assert_eq!(wrong.status, 401);
        assert!(wrong.header("www-authenticate").expect("a challenge").contains("invalid_token"));
        for value in ["", "Bearer", "Bearer ", "Basic c2Fsb246eA==", "salon-read"] {
            let mut request = request(Method::GET, "/api/v1/phones", None);
            request.headers_mut().insert(header::AUTHORIZATION, value.parse().expect("a header"));
            assert_eq!(api.send(request).await.status, 401, "{value}");
        }
        let mut lower = request(Method::GET, "/api/v1/phones", None);
        lower.headers_mut().insert(header::AUTHORIZATION, "bearer salon-read".parse().expect("a header"));
        assert_eq!(api.send(lower).await.status, 200);
    }
}

#[tokio::test]
async fn a_refusal_names_the_scope_that_is_needed() {
    for api in Api::each().await {
        let refused = api.ask(Method::POST, "/api/v1/phones", Scope::Write, Some(json!({}))).await;
        assert_eq!(refused.status, 403);
        assert!(refused.body["detail"].as_str().expect("a detail").contains("scope admin"), "{}", refused.text);
    }
}

#[tokio::test]
async fn the_token_of_somebody_who_left_no_longer_works() {
    for api in Api::each().await {
        let new = ringback_store::NewStaff {
            name: "Ada",
            email: "ada@example.com",
            role: ringback_domain::access::Role::Staff,
            password_hash: None,
        };
        let staff = api.rows().create_staff(&new, api.now()).await.expect("is new");
        let hash = Sha256::digest("adas").into();
        let new = NewToken { name: "hers", hash, scope: Scope::Read, rate_limit: 60, staff_id: Some(staff.id) };
        api.rows().create_token(&new, api.now()).await.expect("is new");
        assert_eq!(api.ask_as(Method::GET, "/api/v1/phones", "adas", None).await.status, 200);
        api.execute("update staff set active = $1", vec![false.into()]).await;
        assert_eq!(api.ask_as(Method::GET, "/api/v1/phones", "adas", None).await.status, 401);
    }
}

#[tokio::test]
async fn a_token_may_ask_as_often_as_it_may_and_is_told() {
    for api in Api::each().await {
        let hash = Sha256::digest("slow").into();
        let new = NewToken { name: "slow", hash, scope: Scope::Read, rate_limit: 3, staff_id: None };
        api.rows().create_token(&new, api.now()).await.expect("is new");
        for left in ["2", "1", "0"] {
            let answer = api.ask_as(Method::GET, "/api/v1/nowhere", "slow", None).await;
            assert_eq!(answer.status, 404);
            assert_eq!(answer.header("x-ratelimit-limit"), Some("3"));
            assert_eq!(answer.header("x-ratelimit-remaining"), Some(left));
        }
        let refused = api.ask_as(Method::GET, "/api/v1/phones", "slow", None).await;
        assert_eq!(refused.status, 429);
        assert_eq!(refused.header("retry-after"), Some("20"));
        assert_eq!(api.ask_as(Method::GET, "/api/v1/phones", &token(Scope::Read, false), None).await.status, 200);
        api.advance(20);
        assert_eq!(api.ask_as(Method::GET, "/api/v1/phones", "slow", None).await.status, 200);
    }
}

#[tokio::test]
async fn what_does_not_exist_is_a_problem_document_too() {
    for api in Api::each().await {
        for path in ["/api/v1", "/api/v1/", "/api/v1/nowhere", "/api/v1/phones/", "/api/v1/phones/1/2/3", "/api/v1/phones/not-an-id"] {
            let answer = api.get(path).await;
            assert_eq!(answer.status, 404, "{path}");
        }
        let wrong_method = api.ask(Method::PUT, "/api/v1/phones", Scope::Admin, Some(json!({}))).await;
        assert_eq!(wrong_method.status, 405);
        assert_eq!(wrong_method.header("allow"), Some("GET,HEAD,POST"));
    }
}

#[tokio::test]
async fn an_address_without_a_token_is_told_its_limit_and_held_to_it() {
    let api = Api::sqlite().await;
    let from = |address: &str, path: &str, token: Option<&str>| {
        let mut request = request(Method::GET, path, token);
        let address: SocketAddr = address.parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(address));
        request
    };
    let left = |answer: &Answer| answer.header("x-ratelimit-remaining").expect("is told").parse::<u32>().expect("a number");
    let first = api.send(from("203.0.113.1:1", "/api/v1/phones", None)).await;
    assert_eq!((first.status, first.header("x-ratelimit-limit"), left(&first)), (401, Some("600"), 599));
    for (path, token) in [("/api/v1/phones", Some("wrong")), ("/api/v1/openapi.json", None), ("/api/docs", None), ("/api/docs/x", None)] {
        let before = left(&api.send(from("203.0.113.1:2", path, token)).await);
        assert_eq!(left(&api.send(from("203.0.113.1:3", path, token)).await), before - 1, "{path}");
    }
    while left(&api.send(from("203.0.113.1:4", "/api/docs", None)).await) > 0 {}
    for path in ["/api/v1/phones", "/api/v1/openapi.json"] {
        let refused = api.send(from("203.0.113.1:5", path, None)).await;
        assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")), "{path}");
    }
    // Nobody else is any worse off: neither another address nor, at the same one, whoever has a token.
    assert_eq!(api.send(from("203.0.113.2:1", "/api/docs", None)).await.status, 200);
    let token = token(Scope::Read, false);
    assert_eq!(api.send(from("203.0.113.1:6", "/api/v1/phones", Some(&token))).await.status, 200);
    api.advance(1);
    assert_eq!(api.send(from("203.0.113.1:7", "/api/docs", None)).await.status, 200);
}
