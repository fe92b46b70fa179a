use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use ringback_domain::access::Scope;
use serde_json::{Value as Json, json};
use tokio::{task::yield_now, time::timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::bench::{Answer, Api, new_agent, request, token};

fn with_key(key: &str, path: &str, token: &str, body: &Json) -> Request<Body> {
    let mut request = request(Method::POST, path, Some(token));
    request.headers_mut().insert("idempotency-key", key.parse().expect("a header"));
    request.headers_mut().insert(header::CONTENT_TYPE, "application/json".parse().expect("a header"));
    *request.body_mut() = Body::from(body.to_string());
    request
}

async fn post(api: &Api, key: &str, body: &Json) -> Answer {
    api.send(with_key(key, "/api/v1/agents", &token(Scope::Admin, false), body)).await
}

async fn agents(api: &Api) -> u64 {
    api.get("/api/v1/agents").await.body["meta"]["total"].as_u64().expect("a number")
}

#[tokio::test]
async fn a_request_that_is_sent_again_is_answered_not_done_again() {
    for api in Api::each().await {
        let first = post(&api, "k-1", &new_agent()).await;
        assert_eq!(first.status, 201);
        assert_eq!(first.header("idempotent-replayed"), None);
        for key in ["k-1", "\"k-1\""] {
            let again = post(&api, key, &new_agent()).await;
            assert_eq!((again.status, &again.text), (201, &first.text));
            assert_eq!(again.header("idempotent-replayed"), Some("true"));
            assert_eq!(again.header("content-type"), Some("application/json"));
        }
        assert_eq!(agents(&api).await, 1);
        let other = post(&api, "k-1", &json!({"name": "Bert", "prompt": "x"})).await;
        assert_eq!(other.refused(), ["Idempotency-Key"]);
        assert_eq!(post(&api, "k-2", &new_agent()).await.status, 201);
        assert_eq!(agents(&api).await, 2);
    }
}

#[tokio::test]
async fn refusals_are_answered_again_as_they_were() {
    for api in Api::each().await {
        let first = post(&api, "k", &json!({"name": 7})).await;
        let again = post(&api, "k", &json!({"name": 7})).await;
        assert_eq!(again.refused(), ["name", "prompt"]);
        assert_eq!(again.text, first.text);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        // What was refused for the token's sake says nothing of the request.
        let body = new_agent();
        assert_eq!(api.send(with_key("m", "/api/v1/agents", &token(Scope::Read, false), &body)).await.status, 403);
        assert_eq!(api.send(with_key("m", "/api/v1/agents", &token(Scope::Admin, false), &body)).await.status, 201);
    }
}

#[tokio::test]
async fn a_key_belongs_to_its_token_and_lasts_a_day() {
    for api in Api::each().await {
        assert_eq!(post(&api, "k", &new_agent()).await.status, 201);
        let theirs = api.send(with_key("k", "/api/v1/agents", &token(Scope::Admin, true), &new_agent())).await;
        assert_eq!((theirs.status, theirs.header("idempotent-replayed")), (201, None));
        api.advance(24 * 3600 - 1);
        assert_eq!(post(&api, "k", &new_agent()).await.header("idempotent-replayed"), Some("true"));
        api.advance(2);
        let anew = post(&api, "k", &new_agent()).await;
        assert_eq!((anew.status, anew.header("idempotent-replayed")), (201, None));
        assert_eq!(agents(&api).await, 2);
    }
}

#[tokio::test]
async fn of_two_that_come_at_once_one_does_the_work() {
    for api in Api::each().await {
        for round in 0..10 {
            let body = new_agent();
            let key = format!("race-{round}");
            let answers = futures::future::join_all((0..8).map(|_| post(&api, &key, &body))).await;
            let made: Vec<_> = answers.iter().filter(|it| it.status == 201 && it.header("idempotent-replayed").is_none()).collect();
            assert_eq!(made.len(), 1, "{answers:?}");
            for answer in &answers {
                assert!(answer.status == 409 || answer.text == made[0].text, "{}", answer.text);
            }
            assert_eq!(agents(&api).await, round + 1);
        }
    }
}

#[tokio::test]
async fn an_interrupted_request_is_never_done_twice() {
    for api in Api::each().await {
        // Claimed before the work, and the process died in it.
        post(&api, "k", &new_agent()).await;
        api.execute("update idempotency_keys set status = null, body = null", vec![]).await;
        let working = post(&api, "k", &new_agent()).await;
        assert_eq!(working.status, 409);
        api.advance(120);
        let interrupted = post(&api, "k", &new_agent()).await;
        assert_eq!(interrupted.status, 409);
        assert!(interrupted.text.contains("interrupted"), "{}", interrupted.text);
        assert_eq!(agents(&api).await, 1);
    }
}

#[tokio::test]
async fn a_key_is_a_short_line_of_ascii() {
    for api in Api::each().await {
        for key in ["", "\"\"", &"x".repeat(256), "a\"b"] {
            assert_eq!(post(&api, key, &new_agent()).await.refused(), ["Idempotency-Key"], "{key}");
        }
        let mut twice = with_key("a", "/api/v1/agents", &token(Scope::Admin, false), &new_agent());
        twice.headers_mut().append("idempotency-key", "b".parse().expect("a header"));
        assert_eq!(api.send(twice).await.refused(), ["Idempotency-Key"]);
        assert_eq!(agents(&api).await, 0);
    }
}

#[tokio::test]
async fn an_answer_that_tells_a_key_is_kept_sealed_and_told_again() {
    for api in Api::each().await {
        let admin = token(Scope::Admin, false);
        let first = api.send(with_key("once", "/api/v1/intake-keys", &admin, &json!({"name": "Anna", "kind": "vapi"}))).await;
        let url = first.data(201)["url"].as_str().expect("a URL").to_owned();
        let phone = api.send(with_key("phone", "/api/v1/phones", &admin, &super::bench::new_phone(1))).await.id(201);
        let rotated = api.send(with_key("turn", &format!("/api/v1/phones/{phone}/rotate-key"), &admin, &json!({}))).await;
        let ingress = rotated.data(200)["ingress_url"].as_str().expect("a URL").to_owned();
        let kept: Vec<(String,)> = api.app.store.db().all("select body from idempotency_keys", vec![]).await.expect("reads");
        for secret in [url.rsplit('/').next().expect("a key"), ingress.split('/').nth_back(1).expect("a key")] {
            assert!(kept.len() == 3 && kept.iter().all(|(body,)| !body.contains(secret)), "{kept:?}");
        }
        let again = api.send(with_key("once", "/api/v1/intake-keys", &admin, &json!({"name": "Anna", "kind": "vapi"}))).await;
        assert_eq!((again.header("idempotent-replayed"), &again.text), (Some("true"), &first.text));
    }
}

#[tokio::test]
async fn after_a_fault_of_ours_the_same_key_does_the_work() {
    for api in Api::each().await {
        // An agent cannot be written for a moment.
        api.execute("alter table agents rename to agents_elsewhere", vec![]).await;
        let router = ringback_server::app::router(api.app.clone());
        let failed = router.oneshot(with_key("k", "/api/v1/agents", &token(Scope::Admin, false), &new_agent())).await.expect("infallible");
        assert_eq!(failed.status(), 500);
        api.execute("alter table agents_elsewhere rename to agents", vec![]).await;
        let again = post(&api, "k", &new_agent()).await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (201, None), "{}", again.text);
        assert_eq!(agents(&api).await, 1);
    }
}

#[tokio::test]
async fn answers_are_forgotten_after_a_day_where_nobody_sends_a_key_any_more() {
    for api in Api::each().await {
        let kept = async || {
            let kept: Vec<(i64,)> = api.app.store.db().all("select count(*) from idempotency_keys", vec![]).await.expect("reads");
            kept[0].0
        };
        post(&api, "k", &new_agent()).await;
        let hash = vec![7; 32];
        for n in 0..1100 {
            api.rows().claim_key(&format!("intake:{n}"), &hash, api.now()).await.expect("claims");
        }
        api.advance(24 * 3600 - 1);
        api.app.dispatcher.forget_old().await.expect("looks");
        assert_eq!(kept().await, 1101);
        api.advance(1);
        // By the dispatcher's own beat.
        let stop = CancellationToken::new();
        let running = tokio::spawn(Arc::clone(&api.app.dispatcher).run(stop.clone()));
        let gone = timeout(Duration::from_secs(30), async {
            while kept().await > 0 {
                yield_now().await;
            }
        });
        gone.await.expect("all are forgotten");
        stop.cancel();
        running.await.expect("ends");
    }
}
