//! How Vapi proves itself with a credential of the assistant, phone or tool: a token, or an HMAC as its credential form
//! has it by default: SHA-256, hex, of `{timestamp}.{body}`, in `x-signature` and `x-timestamp`.
//! <https://docs.vapi.ai/server-url/server-authentication>; the defaults are in vapi-server-sdk 3.0.0,
//! `HmacAuthenticationPlan`, read 2026-11-21. The names with `vapi` are what many businesses write there.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

use crate::carrier::CarrierRequest;

const TOLERANCE_MS: u64 = 5 * 60 * 1000;

/// Whether the request carries the secret as a token (`Authorization`, with or without `Bearer`; `X-Vapi-Secret`), or a
/// signature made with it. A signature whose credential leaves the timestamp out is over the body alone and never old.
pub fn verify(secret: &str, request: &CarrierRequest, now: Timestamp) -> bool {
    let tokens = [request.header("authorization").map(token), request.header("x-vapi-secret")];
    let shown = tokens.into_iter().flatten().map(|token| token.as_bytes().ct_eq(secret.as_bytes()));
    // Every proof is compared, so that time tells nothing.
    shown.fold(signed(secret, request, now), |any, this| any | this).into()
}

fn token(authorization: &str) -> &str {
    match authorization.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => authorization.trim(),
    }
}

fn signed(secret: &str, request: &CarrierRequest, now: Timestamp) -> Choice {
    let header = |names: [&str; 2]| names.into_iter().find_map(|name| request.header(name));
    let Some(given) = header(["x-signature", "x-vapi-signature"]) else { return Choice::from(0) };
    let given = given.strip_prefix("sha256=").unwrap_or(given);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length will do");
    if let Some(stamp) = header(["x-timestamp", "x-vapi-timestamp"]) {
        if !is_fresh(stamp, now) {
            return Choice::from(0);
        }
        mac.update(stamp.as_bytes());
        mac.update(b".");
    }
    mac.update(&request.body);
    hex::encode(mac.finalize().into_bytes()).as_bytes().ct_eq(given.as_bytes())
}

/// Which unit the timestamp has is written nowhere: seconds have ten digits until 2286, milliseconds thirteen.
fn is_fresh(stamp: &str, now: Timestamp) -> bool {
    let Some(number) = stamp.parse::<i64>().ok().filter(|_| stamp.bytes().all(|b| b.is_ascii_digit())) else { return false };
    let millis = match stamp.len() {
        10 => number * 1000,
        13 => number,
        _ => return false,
    };
    millis.abs_diff(now.as_millisecond()) <= TOLERANCE_MS
}

#[cfg(test)]
mod tests;
