use bytes::Bytes;
use proptest::prelude::*;
use ringback_domain::time::from_millis;

use super::*;

const KEY: &str = "test-api-key";
const BODY: &str = r#"{"event":"call_ended"}"#;
const STAMP: i64 = 1_700_000_000_000;
/// Made with retell-sdk.
const SIGNED: &str = "v=1700000000000,d=07024cabe7dd8f6d1c6e4a8324ca92c812e6ad4a7ee506c04f7e462e3321823e";
const FIVE_MINUTES: i64 = 300_000;

fn request(body: &str, signature: &str) -> CarrierRequest {
    CarrierRequest {
        method: "POST".to_owned(),
        url: "https://x.example/intake/retell/k".to_owned(),
        headers: vec![("x-retell-signature".to_owned(), signature.to_owned())],
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

fn passes(body: &str, signature: &str, now: i64) -> bool {
    verify(KEY, &request(body, signature), from_millis(now))
}

#[test]
fn what_retells_own_sdk_signed_passes_and_is_what_we_sign() {
    assert!(passes(BODY, SIGNED, STAMP));
    assert_eq!(sign(KEY, BODY.as_bytes(), from_millis(STAMP)), SIGNED);
}

#[test]
fn a_signature_is_good_for_five_minutes_either_way() {
    for (now, good) in [
        (STAMP + FIVE_MINUTES, true),
        (STAMP + FIVE_MINUTES + 1, false),
        (STAMP - FIVE_MINUTES, true),
        (STAMP - FIVE_MINUTES - 1, false),
        (0, false),
    ] {
        assert_eq!(passes(BODY, SIGNED, now), good, "{now}");
    }
}

#[test]
fn forged_and_misspelled_signatures_are_refused() {
    let digest = &SIGNED["v=1700000000000,d=".len()..];
    for signature in [
        String::new(),
        digest.to_owned(),
        format!("v=1700000000001,d={digest}"),
        format!("v=01700000000000,d={digest}"),
        format!("v=+1700000000000,d={digest}"),
        format!("v=-1700000000000,d={digest}"),
        format!("v=,d={digest}"),
        format!("v=99999999999999999999,d={digest}"),
        format!("d={digest},v=1700000000000"),
        format!("v=1700000000000,d={}", digest.to_uppercase()),
        format!("v=1700000000000,d={}", &digest[1..]),
        format!("v=1700000000000,d={digest}0"),
        format!(" {SIGNED}"),
        format!("{SIGNED},d={digest}"),
        format!("v=1700000000000,d={}", "0".repeat(64)),
    ] {
        assert!(!passes(BODY, &signature, STAMP), "{signature}");
    }
    for stamp in ["01700000000000", "+1700000000000"] {
        let signature = format!("v={stamp},d={}", super::digest(KEY, BODY.as_bytes(), stamp));
        assert!(!passes(BODY, &signature, STAMP), "{stamp} is signed, but is no way to write a time");
    }
    assert!(!passes(&BODY.replace("ended", "Ended"), SIGNED, STAMP), "another body");
    assert!(!verify("test-api-kez", &request(BODY, SIGNED), from_millis(STAMP)), "another key");
    let unsigned = CarrierRequest { headers: vec![], ..request(BODY, SIGNED) };
    assert!(!verify(KEY, &unsigned, from_millis(STAMP)), "no signature");
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_nothing_panics(
        key in ".{1,20}", body in any::<String>(), at in 1_i64..4_000_000_000_000, garbage in any::<String>(),
    ) {
        let signature = sign(&key, body.as_bytes(), from_millis(at));
        prop_assert!(verify(&key, &request(&body, &signature), from_millis(at)));
        let longer = format!("{body} ");
        prop_assert!(!verify(&key, &request(&longer, &signature), from_millis(at)));
        prop_assert!(!verify(&key, &request(&body, &garbage), from_millis(at)));
        let _ = verify(&key, &request(&body, &format!("v={garbage},d={garbage}")), from_millis(i64::MIN));
    }
}
