//! The vectors are those of twilio-python's `tests/unit/test_request_validator.py`.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;

const TOKEN: &str = "12345";
const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const URL_WITH_PORT: &str = "https://mycompany.com:443/myapp.php?foo=1&bar=2";
const SIGNED: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
const SIGNED_WITH_PORT: &str = "kvajT1Ptam85bY51eRf/AJRuM3w=";
const FORM: &str = "From=%2B14158675309&CallSid=CA1234567890ABCDE&To=%2B18005551212&Caller=%2B14158675309&Digits=1234";
const JSON: &str = r#"{"property": "value", "boolean": true}"#;
const JSON_URL: &str =
    "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
const JSON_SIGNED: &str = "a9nBmqA0ju/hNViExpshrM61xv4=";

fn request(url: &str, content_type: &str, body: &str, signature: &str) -> CarrierRequest {
    signed_in(HEADERS[0], url, content_type, body, signature)
}

fn signed_in(header: &str, url: &str, content_type: &str, body: &str, signature: &str) -> CarrierRequest {
    CarrierRequest {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: vec![("content-type".to_owned(), content_type.to_owned()), (header.to_owned(), signature.to_owned())],
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

fn form(url: &str, body: &str, signature: &str) -> bool {
    verify(TOKEN, &request(url, "application/x-www-form-urlencoded", body, signature))
}

fn json(url: &str, body: &str) -> bool {
    verify(TOKEN, &request(url, "application/json", body, JSON_SIGNED))
}

#[test]
fn twilios_own_signatures_pass_with_and_without_the_port() {
    for url in [URL, URL_WITH_PORT] {
        for signature in [SIGNED, SIGNED_WITH_PORT] {
            assert!(form(url, FORM, signature), "{url} {signature}");
        }
    }
    let fields: Vec<_> = form_urlencoded::parse(FORM.as_bytes()).into_owned().collect();
    assert_eq!((sign(TOKEN, URL, &fields), sign(TOKEN, URL_WITH_PORT, &fields)), (SIGNED.to_owned(), SIGNED_WITH_PORT.to_owned()));
}

/// The sum is written out: URL, then each name with its value, sorted.
#[test]
fn signalwires_header_carries_the_same_sum_and_is_believed_no_sooner() {
    let covered = format!("{URL}CallSidCA1234567890ABCDECaller+14158675309Digits1234From+14158675309To+18005551212");
    let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).expect("a key of any length will do");
    mac.update(covered.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let form = |header: &str, body: &str, signature: &str| {
        verify(TOKEN, &signed_in(header, URL, "application/x-www-form-urlencoded", body, signature))
    };
    assert!(form("x-signalwire-signature", FORM, &signature));
    assert!(form("X-SignalWire-Signature", FORM, &signature));
    assert!(!form("x-signalwire-signature", &format!("{FORM}&CallStatus=completed"), &signature), "a field more");
    assert!(!form("x-signalwire-signature", FORM, "AAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    assert!(!form("x-other-signature", FORM, &signature), "a header of nobody");
}

#[test]
fn repeated_keys_count_once_per_value_and_sorted() {
    let signature = "IK+Dwps556ElfBT0I3Rgjkr1wJU=";
    assert!(form(URL, "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234", signature));
    assert!(form(URL, "Digits=1234&Digits=5678&SidAccount=AC123&Sid=CA123", signature));
    assert!(!form(URL, "Sid=CA123&SidAccount=AC123&Digits=5678", signature));
}

#[test]
fn a_json_body_is_covered_by_its_sum_in_the_url() {
    assert!(json(JSON_URL, JSON));
    assert!(!json(JSON_URL, r#"{"property": "value", "boolean": false}"#));
    assert!(!json(URL, JSON));
}

#[test]
fn forged_requests_are_refused() {
    assert!(!form(URL, FORM, "AAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    assert!(!form(URL, FORM, ""));
    assert!(!form(URL, &FORM.replace("Digits=1234", "Digits=1235"), SIGNED), "a value");
    assert!(!form(URL, &format!("{FORM}&CallStatus=completed"), SIGNED), "a field more");
    assert!(!form("https://mycompany.com/myapp.php?foo=1&bar=3", FORM, SIGNED), "the query");
    assert!(!form("https://mycompany.com:8443/myapp.php?foo=1&bar=2", FORM, SIGNED), "another port");
    assert!(!form("http://mycompany.com/myapp.php?foo=1&bar=2", FORM, SIGNED), "the scheme");
    let signed = request(URL, "application/x-www-form-urlencoded", FORM, SIGNED);
    assert!(!verify("12346", &signed), "another token");
    assert!(!verify(TOKEN, &CarrierRequest { headers: signed.headers[..1].to_vec(), ..signed }), "no signature");
    // A body that the signature does not cover: the form's fields are read from JSON as well, so it must not pass.
    let bare = sign(TOKEN, URL, &[]);
    assert!(!verify(TOKEN, &request(URL, "application/json", r#"{"CallSid":"CA1"}"#, &bare)));
    assert!(!verify(TOKEN, &request(URL, "multipart/form-data; boundary=x", "--x--", &bare)));
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_nothing_panics(
        fields in proptest::collection::vec((".{0,8}", ".{0,12}"), 0..6), path in "[a-z0-9/%]{0,12}", port in prop_oneof![Just(""), Just(":443"), Just(":8080")],
        garbage in any::<String>(),
    ) {
        let url = format!("https://x.example{port}/{path}");
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let signature = sign(TOKEN, &url, &fields);
        prop_assert!(form(&url, &body, &signature));
        prop_assert!(!form(&url, &body, &garbage));
        let _ = form(&garbage, &body, &signature);
    }
}
