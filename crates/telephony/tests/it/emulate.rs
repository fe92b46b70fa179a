//! Our adapter against a Twilio that somebody else wrote: npm's `emulate` 0.10.0.

use std::env;

use jiff::Timestamp;
use ringback_domain::{call::News, phone_number::PhoneNumber};
use ringback_telephony::{
    carrier::{CallReference, DialOrder, LookUp, PlaceError},
    registry::CarrierKind,
};
use serde_json::json;

use crate::lines::{call_id, number, registry};

#[tokio::test]
#[ignore = "needs `emulate start --service twilio` running, its address in RINGBACK_EMULATE_URL"]
#[expect(clippy::disallowed_methods, reason = "the carrier dates its calls by the world's clock")]
async fn a_twilio_of_others_takes_our_call_and_finds_it_again() {
    let base_url = env::var("RINGBACK_EMULATE_URL").expect("RINGBACK_EMULATE_URL");
    let asked_at = Timestamp::now();
    // Its own number is one that no telephone can have, so it cannot be parsed.
    let (call, to, from) = (call_id(1), number("+4915112345678"), PhoneNumber::from_stored("+15551234567".to_owned()));
    let status_url = "http://127.0.0.1:9/voice/twilio/key/status".to_owned();
    let order =
        DialOrder { call, to: to.clone(), from: from.clone(), ring_seconds: 20, max_call_seconds: 60, status_url, stream_url: None };
    let account = |token: &str| {
        let config = json!({
            "account_sid": format!("AC{}", "0".repeat(32)), "auth_token": token, "api_base_url": base_url, "stream_url": "wss://agent.example/",
        });
        registry(None).carrier(CarrierKind::Twilio, &config).expect("a good configuration")
    };
    let refused = account("wrong").place(&order).await;
    assert!(matches!(refused, Err(PlaceError::NotProcessed { .. })), "{refused:?}");

    let twilio = account("twilio_test_auth_token");
    let placed = twilio.place(&order).await.expect("accepted");
    assert!(placed.carrier_call_id.starts_with("CA"), "{}", placed.carrier_call_id);
    let reference = |id: Option<&str>| CallReference {
        call,
        carrier_call_id: id.map(str::to_owned),
        to: to.clone(),
        from: from.clone(),
        asked_at,
        taken: vec![],
    };
    for id in [Some(placed.carrier_call_id.as_str()), None] {
        let found = twilio.look_up(&reference(id)).await.expect("an answer");
        let LookUp::Found { carrier_call_id, news } = found else { panic!("{id:?}: {found:?}") };
        assert_eq!(carrier_call_id, placed.carrier_call_id);
        assert!(!matches!(news, News::Ended(_)), "{id:?}: {news:?}");
    }
    twilio.hang_up(&placed.carrier_call_id).await.expect("ended");
    let found = twilio.look_up(&reference(Some(&placed.carrier_call_id))).await.expect("an answer");
    assert!(matches!(found, LookUp::Found { news: News::Ended(_), .. }), "{found:?}");
    let unknown = format!("CA{}", "f".repeat(32));
    assert_eq!(twilio.look_up(&reference(Some(&unknown))).await.expect("an answer"), LookUp::NoTrace);
}
