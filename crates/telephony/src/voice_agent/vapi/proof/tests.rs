use bytes::Bytes;
use proptest::prelude::*;
use ringback_domain::time::from_millis;

use super::*;

const SECRET: &str = "a-shared-secret";
const BODY: &str = r#"{"message":{"type":"hang"}}"#;
const NOW: i64 = 1_795_240_800_000;

/// By hand, so that the test does not ask the code it tests.
fn hmac(payload: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(payload.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn passes(headers: &[(&str, &str)]) -> bool {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let url = "https://x.example/intake/vapi/k".to_owned();
    let request = CarrierRequest { method: "POST".to_owned(), url, headers, body: Bytes::from_static(BODY.as_bytes()) };
    verify(SECRET, &request, from_millis(NOW))
}

#[test]
fn a_token_passes_in_the_header_that_the_credential_names() {
    assert!(passes(&[("authorization", "Bearer a-shared-secret")]));
    assert!(passes(&[("authorization", "bearer a-shared-secret")]));
    assert!(passes(&[("authorization", "a-shared-secret")]));
    assert!(passes(&[("x-vapi-secret", "a-shared-secret")]));
    assert!(passes(&[("authorization", "Bearer of another thing"), ("x-vapi-secret", "a-shared-secret")]));
    for token in ["", "Bearer", "Bearer ", "Bearer a-shared-secre", "Bearer a-shared-secret2", "Basic a-shared-secret"] {
        assert!(!passes(&[("authorization", token)]), "{token}");
        assert!(!passes(&[("x-vapi-secret", token)]), "{token}");
    }
    assert!(!passes(&[]));
}

#[test]
fn the_credential_forms_default_signature_passes_within_five_minutes() {
    let signed = |stamp: &str| passes(&[("x-signature", &hmac(&format!("{stamp}.{BODY}"))), ("x-timestamp", stamp)]);
    for (stamp, good) in [
        ("1795240800000", true),
        ("1795240800", true),
        ("1795240500", true),
        ("1795240499", false),
        ("1795241100000", true),
        ("1795241100001", false),
        ("+795240800", false),
        ("2026-11-21T06:00:00Z", false),
        ("", false),
        ("9999999999999", false),
    ] {
        assert_eq!(signed(stamp), good, "{stamp}");
    }
    let stamp = "1795240800000";
    let digest = hmac(&format!("{stamp}.{BODY}"));
    assert!(passes(&[("x-vapi-signature", &format!("sha256={digest}")), ("x-vapi-timestamp", stamp)]));
    assert!(!passes(&[("x-signature", &digest), ("x-timestamp", "1795240800001")]), "the timestamp is signed");
    assert!(!passes(&[("x-signature", &digest)]), "and cannot be left out");
    assert!(!passes(&[("x-signature", &digest[1..]), ("x-timestamp", stamp)]));
    assert!(!passes(&[("x-signature", ""), ("x-timestamp", stamp)]));
}

#[test]
fn a_signature_without_timestamp_is_over_the_body_alone() {
    assert!(passes(&[("x-signature", &hmac(BODY))]));
    assert!(!passes(&[("x-signature", &hmac(BODY)), ("x-timestamp", "1795240800000")]));
    assert!(!passes(&[("x-signature", &hmac("{}"))]));
}

proptest! {
    #[test]
    fn no_header_panics_or_passes_by_chance(values in proptest::collection::vec(any::<String>(), 4)) {
        let names = ["authorization", "x-vapi-secret", "x-signature", "x-timestamp"];
        let headers: Vec<_> = names.into_iter().zip(values.iter().map(String::as_str)).collect();
        prop_assert!(!passes(&headers));
    }
}
