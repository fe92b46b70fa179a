use serde_json::json;

use super::bench::Api;

#[tokio::test]
async fn the_ledger_is_the_balance() {
    for api in Api::each().await {
        assert_eq!(api.get("/api/v1/credits").await.data(200), &json!({"balance": 10_000, "reserved": 0, "minimum": 100}));
        let added = api.post("/api/v1/credits/transactions", json!({"amount": 250, "reason": "invoice 7"})).await;
        assert_eq!(added.data(201)["balance"], 10_250);
        assert_eq!(added.data(201)["type"], "addition");
        assert!(added.data(201)["actor"].as_str().expect("an actor").starts_with("token:"));
        let removed = api.post("/api/v1/credits/transactions", json!({"amount": -50, "reason": "refund"})).await;
        assert_eq!(removed.data(201)["type"], "removal");
        assert_eq!(api.get("/api/v1/credits").await.data(200)["balance"], 10_200);
        let ledger = api.get("/api/v1/credits/transactions").await;
        assert_eq!(ledger.data(200)[0], *removed.data(201));
        assert_eq!(ledger.data(200)[1], *added.data(201));
        assert_eq!(ledger.body["meta"]["total"], 3);
        assert!(api.app.store.violations().await.expect("reads").is_empty());
    }
}

#[tokio::test]
async fn amounts_are_whole_bounded_and_not_nothing() {
    for api in Api::each().await {
        for amount in [json!(0), json!(1.5), json!("7"), json!(1e300), json!(9_223_372_036_854_775_807_i64), json!(null), json!([1])] {
            let answer = api.post("/api/v1/credits/transactions", json!({"amount": amount, "reason": "x"})).await;
            assert_eq!(answer.refused(), ["amount"], "{amount}");
        }
        assert_eq!(api.post("/api/v1/credits/transactions", json!({})).await.refused(), ["amount", "reason"]);
        assert_eq!(api.get("/api/v1/credits").await.data(200)["balance"], 10_000);
    }
}
