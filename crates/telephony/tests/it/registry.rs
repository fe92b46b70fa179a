//! A phone's configuration is read strictly, and errors never show what is secret.

use ringback_telephony::registry::CarrierKind;
use serde_json::{Value, json};

use crate::lines::{config, registry};

fn wrong_fields(kind: CarrierKind, config: &Value) -> Vec<String> {
    let Err(errors) = registry(None).carrier(kind, config) else { return Vec::new() };
    for error in &errors {
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
    let mut fields: Vec<_> = errors.into_iter().map(|error| error.field).collect();
    fields.sort();
    fields
}

#[tokio::test]
async fn every_error_is_told_and_unknown_keys_are_named() {
    use CarrierKind::{Exotel, Simulator, Twilio};
    assert_eq!(wrong_fields(Exotel, &json!({})), ["account_sid", "api_key", "api_token"]);
    assert_eq!(wrong_fields(Twilio, &json!({"api_key": "s3cret"})), ["account_sid", "api_key", "auth_token"]);
    let many = json!({
        "account_sid": "a/../b", "api_key": 7, "api_token": "s3cret", "api_base_url": "ftp://x", "stream_url": "nowhere", "app_id": "a b",
        "requests_per_minute": 0, "circuit_breaker": "yes", "colour": "red",
    });
    let expected = ["account_sid", "api_base_url", "api_key", "app_id", "circuit_breaker", "colour", "requests_per_minute", "stream_url"];
    assert_eq!(wrong_fields(Exotel, &many), expected);
    assert_eq!(wrong_fields(Exotel, &json!([])), ["account_sid", "api_key", "api_token", "carrier_config"]);
    for base_url in ["https://key:s3cret@api.exotel.com", "https://x.example/?a=s3cret", "mailto:a@b", "api.exotel.com"] {
        assert_eq!(wrong_fields(Exotel, &config(Exotel, base_url)), ["api_base_url"], "{base_url}");
    }
    assert_eq!(wrong_fields(Simulator, &json!({"speed": 3})), ["speed"]);
    assert_eq!(wrong_fields(Simulator, &json!({})), ["carrier"], "no simulator runs here");
}

#[tokio::test]
async fn what_is_configured_is_what_the_carrier_says_of_itself() {
    let mut exotel = config(CarrierKind::Exotel, "https://api.in.exotel.com");
    exotel["requests_per_minute"] = 5_000_000.into();
    exotel["circuit_breaker"] = false.into();
    let carrier = registry(None).carrier(CarrierKind::Exotel, &exotel).expect("a good configuration");
    assert_eq!((carrier.pace().requests, carrier.circuit_breaker()), (5_000_000, false));
    let twilio = registry(None).carrier(CarrierKind::Twilio, &config(CarrierKind::Twilio, "http://127.0.0.1:1")).expect("a good one");
    assert_eq!((twilio.pace().requests, twilio.pace().per.as_secs(), twilio.circuit_breaker()), (1, 1, true));
    assert_ne!(carrier.pace().account, twilio.pace().account);
}

#[test]
fn carriers_are_words() {
    for kind in [CarrierKind::Exotel, CarrierKind::Twilio, CarrierKind::Simulator] {
        assert_eq!(kind.to_string().parse(), Ok(kind));
    }
    assert!("sip".parse::<CarrierKind>().is_err());
}
