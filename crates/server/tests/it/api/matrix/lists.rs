//! What shows many things at once: lists, the event feed and stream, the metrics.

use std::{collections::BTreeSet, time::Duration};

use axum::{body::Body, http::Method};
use futures::StreamExt as _;
use ringback_domain::access::Scope;
use tower::ServiceExt as _;

use super::{
    super::bench::{Api, request, token},
    table::API,
    things::{MARK, Things, secrets, tells_none},
};

/// The other company has credits, and an event that says so.
const OWN: [&str; 2] = ["/api/v1/credits/transactions", "/api/v1/events"];

#[tokio::test]
async fn no_list_shows_a_row_of_another_company() {
    const QUERIES: [&str; 6] = ["", "?include=customer,branch,service,staff", "?include=branch", "?trashed=true", "?q=Quartz", "?tab=all"];
    for api in Api::each().await {
        Things::make(&api).await;
        let secrets = secrets(&api).await;
        let theirs = token(Scope::Operator, true);
        for route in API.iter().filter(|route| route.of.is_empty() && route.method == Method::GET && !route.is_stream()) {
            for query in QUERIES {
                let answer = api.ask_as(Method::GET, &format!("{}{query}", route.path), &theirs, None).await;
                // Not every list knows every parameter.
                assert!(answer.status == 200 || (answer.status == 422 && !query.is_empty()), "{}{query}: {}", route.path, answer.text);
                tells_none(&answer.text, &secrets, query, route.path);
                if answer.status == 200 && query.is_empty() && !OWN.contains(&route.path) {
                    assert!(answer.body["data"].as_array().is_none_or(Vec::is_empty), "{}: {}", route.path, answer.text);
                }
            }
        }
    }
}

#[tokio::test]
async fn no_stream_tells_an_event_of_another_company() {
    for api in Api::each().await {
        let router = ringback_server::app::router(api.app.clone());
        let open = async |other| {
            let request = request(Method::GET, "/api/v1/stream", Some(&token(Scope::Read, other)));
            router.clone().oneshot(request).await.expect("infallible").into_body()
        };
        let (ours, theirs) = (open(false).await, open(true).await);
        Things::make(&api).await;
        let last = api.requested().await;
        let told = told_until(ours, &last).await;
        assert!(told.contains(&last), "its own company hears of it: {told}");
        // Something of their own marks the end of what they may have been told.
        let body = serde_json::json!({"customer_name": "Emil", "phone_number": "030 5551234"});
        let own = api.ask_as(Method::POST, "/api/v1/callbacks", &token(Scope::Write, true), Some(body)).await.id(201);
        let told = told_until(theirs, &own).await;
        let mut secrets: BTreeSet<String> = secrets(&api).await;
        secrets.remove(&own);
        assert!(told.contains(&own), "{told}");
        tells_none(&told, &secrets, "", "the stream");
    }
}

/// What a stream says up to the event of this callback.
async fn told_until(body: Body, callback: &str) -> String {
    let (mut told, mut chunks) = (String::new(), body.into_data_stream());
    while !told.contains(callback) {
        let chunk = tokio::time::timeout(Duration::from_secs(20), chunks.next()).await.expect("it is told in time");
        told.push_str(&String::from_utf8_lossy(&chunk.expect("it does not end").expect("it does not break")));
    }
    told
}

#[tokio::test]
async fn the_metrics_name_no_company_and_nothing_of_one() {
    let api = Api::sqlite().await;
    Things::make(&api).await;
    let secrets = secrets(&api).await;
    for (token, status) in [(None, 401), (Some(token(Scope::Write, false)), 403), (Some(token(Scope::Admin, true)), 200)] {
        let router = ringback_server::app::router(api.app.clone());
        let answer = router.oneshot(request(Method::GET, "/metrics", token.as_deref())).await.expect("infallible");
        assert_eq!(answer.status(), status);
        let text = axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("an answer");
        let text = String::from_utf8_lossy(&text);
        tells_none(&text, &secrets, "", "/metrics");
        assert!(!text.contains(MARK) && !text.contains("salon"), "{text}");
    }
}
