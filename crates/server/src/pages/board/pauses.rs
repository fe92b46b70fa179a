//! Why a phone is paused, in people's words. What the carrier itself said stays in the API: it speaks English, to admins.

use crate::pages::reader::Reader;

/// Of the reason that was written when the phone paused.
pub(super) fn paused(r: &Reader, because: &str) -> String {
    match because.strip_prefix("circuit breaker:") {
        Some(counts) => {
            let last = counts.split_once("last: ").map_or("", |(_, last)| last);
            r.t1("pause-breaker", "because", r.t(cause(last)))
        }
        None => r.t(cause(because)),
    }
}

/// The telephony crate's reasons begin with the carrier's status, or with what kept the request from it.
fn cause(reason: &str) -> &'static str {
    let status = reason.split([':', ' ']).next().and_then(|status| status.parse::<u16>().ok());
    match status {
        Some(401 | 403) => "pause-credentials",
        Some(402) => "pause-funds",
        Some(407) => "pause-proxy",
        Some(429) => "pause-throttled",
        Some(500..=599) => "pause-trouble",
        Some(_) => "pause-refused",
        None if reason == "the carrier asks to slow down" => "pause-throttled",
        None if reason == "the account has as many requests as it may" => "pause-pace",
        None if reason.starts_with("cannot connect") || reason.starts_with("connection refused") => "pause-unreachable",
        None if ["no answer", "timed out", "the answer "].iter().any(|start| reason.starts_with(start)) => "pause-silent",
        None if reason.contains("stream_url is configured") => "pause-no-stream",
        None => "pause-unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::cause;

    #[test]
    fn every_reason_of_the_carriers_has_words() {
        for (reason, key) in [
            ("401", "pause-credentials"),
            ("403: Your account is suspended", "pause-credentials"),
            ("402: Payment required", "pause-funds"),
            ("407", "pause-proxy"),
            ("502: Bad Gateway", "pause-trouble"),
            ("502 after acceptance (simulated)", "pause-trouble"),
            ("404", "pause-refused"),
            ("the carrier asks to slow down", "pause-throttled"),
            ("the account has as many requests as it may", "pause-pace"),
            ("cannot connect: Connection refused (os error 111)", "pause-unreachable"),
            ("connection refused (simulated)", "pause-unreachable"),
            ("no answer: timed out", "pause-silent"),
            ("timed out (simulated)", "pause-silent"),
            ("the answer broke off", "pause-silent"),
            ("the answer names no call", "pause-silent"),
            ("no stream_url is configured", "pause-no-stream"),
            ("neither app_id nor stream_url is configured", "pause-no-stream"),
            ("", "pause-unknown"),
        ] {
            assert_eq!(cause(reason), key, "{reason}");
        }
    }
}
