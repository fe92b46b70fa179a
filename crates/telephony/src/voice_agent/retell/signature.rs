//! `x-retell-signature`: `v={unix ms},d={hex HMAC-SHA256 of body and those digits}`, keyed with the account's API key
//! (the one with the webhook badge). Webhooks and custom functions are signed alike.
//! <https://docs.retellai.com/features/secure-webhook>, read 2026-11-21.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::carrier::CarrierRequest;

/// Both ways, the bound itself included: as in Retell's own SDK.
const TOLERANCE_MS: u64 = 5 * 60 * 1000;

/// Whether the request was signed with this key, within five minutes of `now`.
pub fn verify(api_key: &str, request: &CarrierRequest, now: Timestamp) -> bool {
    let Some((stamp, digest)) = request.header("x-retell-signature").and_then(parts) else { return false };
    let Ok(signed_at) = stamp.parse::<i64>() else { return false };
    let fresh = signed_at.abs_diff(now.as_millisecond()) <= TOLERANCE_MS;
    fresh & bool::from(self::digest(api_key, &request.body, stamp).as_bytes().ct_eq(digest.as_bytes()))
}

/// The header of a body that is sent `at`.
pub fn sign(api_key: &str, body: &[u8], at: Timestamp) -> String {
    let stamp = at.as_millisecond().to_string();
    format!("v={stamp},d={}", digest(api_key, body, &stamp))
}

fn digest(api_key: &str, body: &[u8], stamp: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(api_key.as_bytes()).expect("a key of any length will do");
    mac.update(body);
    mac.update(stamp.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// One spelling of a time only, without zeros before it. That the digest is 64 lower-case digits is seen by comparing.
fn parts(header: &str) -> Option<(&str, &str)> {
    let (stamp, digest) = header.strip_prefix("v=")?.split_once(",d=")?;
    let fits = !stamp.starts_with('0') && stamp.bytes().all(|b| b.is_ascii_digit());
    fits.then_some((stamp, digest))
}

#[cfg(test)]
mod tests;
