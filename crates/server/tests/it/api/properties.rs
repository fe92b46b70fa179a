//! Whatever is sent to whatever route, the answer is one of the promised ones. `Api::send` asserts that of every answer.

use axum::{
    body::Body,
    http::{Method, header},
};
use proptest::{prelude::*, test_runner::TestRunner};
use ringback_domain::access::Scope;
use serde_json::{Value as Json, json};

use super::bench::{Api, new_agent, new_phone, request, token};

/// JSON of any shape, with our own words among the strange ones, so that some of it gets far.
fn any_json() -> impl Strategy<Value = Json> {
    let text = prop_oneof![
        any::<String>(),
        proptest::sample::select(vec![
            "exotel",
            "twilio",
            "simulator",
            "on",
            "record_only",
            "announce",
            "immediate",
            "DE",
            "de",
            "08:00",
            "30m"
        ])
        .prop_map(str::to_owned),
        "[+0-9 ()-]{0,20}",
        "wss?://[a-z.:/@\\\\\\[\\]]{0,20}",
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (-10_i64..200).prop_map(Json::from),
        any::<f64>().prop_map(|number| json!(number)),
        text.prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        let names = prop_oneof![any::<String>(), proptest::sample::select(NAMES.to_vec()).prop_map(str::to_owned)];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::vec((names, inner), 0..6).prop_map(|pairs| Json::Object(pairs.into_iter().collect())),
        ]
    })
}

const NAMES: [&str; 28] = [
    "name",
    "prompt",
    "label",
    "number",
    "carrier",
    "carrier_config",
    "channels",
    "reserved_inbound",
    "agent_id",
    "phone_id",
    "active",
    "auto_callback",
    "when_full",
    "max_call_seconds",
    "languages",
    "stream_url",
    "amount",
    "reason",
    "settings",
    "sla_minutes",
    "calling_hours",
    "from",
    "until",
    "country",
    "time_zone",
    "api_base_url",
    "account_sid",
    "inbound_misses",
];

fn object() -> impl Strategy<Value = Vec<u8>> {
    let names = prop_oneof![4 => proptest::sample::select(NAMES.to_vec()).prop_map(str::to_owned), 1 => any::<String>()];
    let fields = proptest::collection::vec((names, any_json()), 0..10);
    fields.prop_map(|pairs| Json::Object(pairs.into_iter().collect()).to_string().into_bytes())
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![3 => object(), 1 => any_json().prop_map(|json| json.to_string().into_bytes()), 1 => proptest::collection::vec(any::<u8>(), 0..200)]
}

#[test]
fn no_body_and_no_query_is_too_strange() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("builds");
    for api in runtime.block_on(Api::each()) {
        let (phone, agent, campaign) = runtime.block_on(async {
            let phone = api.post("/api/v1/phones", new_phone(2)).await.id(201);
            let agent = api.post("/api/v1/agents", new_agent()).await.id(201);
            let campaign = api.post("/api/v1/campaigns", json!({"name": "x", "phone_id": phone})).await.id(201);
            (phone, agent, campaign)
        });
        let targets = vec![
            (Method::POST, "/api/v1/phones".to_owned()),
            (Method::POST, "/api/v1/agents".to_owned()),
            (Method::POST, "/api/v1/campaigns".to_owned()),
            (Method::POST, "/api/v1/credits/transactions".to_owned()),
            (Method::PATCH, "/api/v1/company".to_owned()),
            (Method::PATCH, format!("/api/v1/phones/{phone}")),
            (Method::PUT, format!("/api/v1/agents/{agent}")),
            (Method::PATCH, format!("/api/v1/campaigns/{campaign}")),
            (Method::POST, format!("/api/v1/campaigns/{campaign}/start")),
            (Method::POST, format!("/api/v1/phones/{phone}/rotate-key")),
            (Method::GET, "/api/v1/callbacks".to_owned()),
            (Method::GET, "/api/v1/callbacks/missed".to_owned()),
            (Method::GET, "/api/v1/calls".to_owned()),
            (Method::GET, "/api/v1/events".to_owned()),
        ];
        let parameters = proptest::sample::select(vec![
            "q",
            "page",
            "per_page",
            "cursor",
            "sort",
            "tab",
            "status",
            "created_from",
            "limit",
            "offset",
            "after",
            "include",
            "phone_id",
        ]);
        let query = proptest::collection::vec((parameters, any::<String>()), 0..3);
        let key = proptest::option::of("[ -~]{0,20}");
        let case = (proptest::sample::select(targets), bytes(), query, key);
        let config = ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() };
        TestRunner::new(config)
            .run(&case, |((method, path), body, query, key)| {
                let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
                let path = if method == Method::GET { format!("{path}?{query}") } else { path };
                let mut request = request(method.clone(), &path, Some(&token(Scope::Operator, false)));
                request.headers_mut().insert(header::CONTENT_TYPE, "application/json".parse().expect("a header"));
                if let Some(key) = key.and_then(|key| key.parse().ok()) {
                    request.headers_mut().insert("idempotency-key", key);
                }
                *request.body_mut() = Body::from(body);
                runtime.block_on(api.send(request));
                Ok(())
            })
            .expect("every answer is one of ours");
        assert!(runtime.block_on(api.app.store.violations()).expect("reads").is_empty());
    }
}
