//! `X-Twilio-Signature`, at `SignalWire` `X-SignalWire-Signature`: base64 of HMAC-SHA1 over the URL as Twilio called it and, of a form, every name with its
//! values. A body that is not a form is covered by its SHA-256 in the query.
//! <https://www.twilio.com/docs/usage/security>, read 2026-11-21.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Url;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::carrier::CarrierRequest;

/// Each carrier sends its own. Whichever it is, it must be the token's.
const HEADERS: [&str; 2] = ["x-twilio-signature", "x-signalwire-signature"];

/// Whether the request was signed with this token.
pub fn verify(auth_token: &str, request: &CarrierRequest) -> bool {
    let Some(given) = HEADERS.iter().find_map(|name| request.header(name)) else { return false };
    let body_sha256 = form_urlencoded::parse(request.query().as_bytes()).find(|(name, _)| name == "bodySHA256").map(|(_, value)| value);
    let is_form =
        request.header("content-type").is_none_or(|kind| kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
    let fields: Vec<(String, String)> = match &body_sha256 {
        Some(sum) => {
            let actual = hex::encode(Sha256::digest(&request.body));
            if !bool::from(actual.as_bytes().ct_eq(sum.to_ascii_lowercase().as_bytes())) {
                return false;
            }
            Vec::new()
        }
        None if is_form => form_urlencoded::parse(&request.body).into_owned().collect(),
        // Another kind of body that no sum covers could say anything.
        None if !request.body.is_empty() => return false,
        None => Vec::new(),
    };
    // Every spelling is compared, so that time tells nothing.
    let matching = spellings(&request.url).into_iter().map(|url| sign(auth_token, &url, &fields).as_bytes().ct_eq(given.trim().as_bytes()));
    matching.fold(subtle::Choice::from(0), |any, this| any | this).into()
}

/// The signature of a request to `url` with these form fields, in any order.
pub fn sign(auth_token: &str, url: &str, fields: &[(String, String)]) -> String {
    let mut sorted = BTreeMap::<&str, BTreeSet<&str>>::new();
    for (name, value) in fields {
        sorted.entry(name).or_default().insert(value);
    }
    let mut mac = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).expect("a key of any length will do");
    mac.update(url.as_bytes());
    for (name, values) in sorted {
        for value in values {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The URL with and without the default port: proxies and Twilio disagree about it. Nothing else of it may change, not
/// even its encoding.
fn spellings(url: &str) -> Vec<String> {
    let mut spellings = vec![url.to_owned()];
    let Ok(parsed) = Url::parse(url) else { return spellings };
    let Some((scheme, rest)) = url.split_once("://") else { return spellings };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host_at = authority.rfind('@').map_or(0, |at| at + 1);
    let host = &authority[host_at..];
    let port = if parsed.scheme() == "https" { ":443" } else { ":80" };
    if let Some(bare) = host.strip_suffix(port) {
        spellings.push(format!("{scheme}://{}{bare}{path}", &authority[..host_at]));
    } else if parsed.port().is_none() {
        spellings.push(format!("{scheme}://{authority}{port}{path}"));
    }
    spellings
}

#[cfg(test)]
mod tests;
