use bytes::Bytes;
use ringback_domain::time::from_millis;

use super::*;

const NOW: i64 = 1_795_240_800_000;

fn read(platform: VoicePlatform, headers: &[(&str, &str)], body: &str, secret: Option<&str>) -> Result<Intake, EventError> {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let url = format!("https://x.example/intake/{platform}/k");
    let request = CarrierRequest { method: "POST".to_owned(), url, headers, body: Bytes::copy_from_slice(body.as_bytes()) };
    platform.read(&request, secret, from_millis(NOW))
}

#[test]
fn a_key_without_a_secret_takes_unsigned_posts_and_one_with_a_secret_does_not() {
    let signature = retell::sign("secret", b"{}", from_millis(NOW));
    for (platform, header) in
        [(VoicePlatform::Retell, ("x-retell-signature", signature.as_str())), (VoicePlatform::Vapi, ("x-vapi-secret", "secret"))]
    {
        // Verified or taken unverified, the body is then found to be nobody's.
        let taken = |result| matches!(result, Err(EventError::Malformed { .. }));
        assert!(taken(read(platform, &[], "{}", None)), "{platform}");
        assert!(taken(read(platform, &[header], "{}", Some("secret"))), "{platform}");
        assert_eq!(read(platform, &[], "{}", Some("secret")), Err(EventError::Unverified), "{platform}");
        assert_eq!(read(platform, &[header], "{}", Some("Secret")), Err(EventError::Unverified), "{platform}");
    }
}

#[test]
fn an_empty_secret_proves_nothing() {
    let signature = retell::sign("", b"{}", from_millis(NOW));
    let signed = [("x-retell-signature", signature.as_str()), ("x-vapi-secret", ""), ("authorization", "Bearer ")];
    for platform in VoicePlatform::ALL {
        assert_eq!(read(platform, &signed, "{}", Some("")), Err(EventError::Unverified), "{platform}");
    }
}

#[test]
fn platforms_are_words() {
    for platform in VoicePlatform::ALL {
        assert_eq!(platform.to_string().parse(), Ok(platform));
    }
    let unknown = "Retell".parse::<VoicePlatform>().expect_err("another word");
    assert_eq!(unknown.to_string(), "must be one of: retell, vapi");
}
