//! One HTTP exchange with a carrier: sent once, its answer read within bounds, and sorted by what may be done next.

use std::{error::Error, time::Duration};

use bytes::{Bytes, BytesMut};
use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{RequestBuilder, Response, StatusCode, Url, header};

use crate::carrier::{LookUpError, PlaceError};

/// No carrier answer we read is anywhere near as long.
const LONGEST_BODY: usize = 256 * 1024;
/// What a carrier may ask us to wait at most; a longer wish is a mistake that would silence an account for days.
const LONGEST_WAIT: Duration = Duration::from_hours(1);
const LONGEST_REASON: usize = 200;

/// Where a carrier's account answers, and how long we wait for it.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) http: reqwest::Client,
    pub(crate) timeout: Duration,
    pub(crate) base: Url,
}

impl Endpoint {
    /// The URL below the base. Segments are encoded: an id that a stranger sent cannot lead elsewhere.
    pub(crate) fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    retry_after: Option<Duration>,
    /// `None`: broken off, or longer than any carrier's.
    pub(crate) body: Option<Bytes>,
}

/// Why there is no answer.
pub(crate) enum NoAnswer {
    /// Nothing of the request left this machine.
    NotSent(String),
    Lost(String),
}

impl NoAnswer {
    fn of(error: reqwest::Error) -> Self {
        let (connecting, timed_out) = (error.is_connect(), error.is_timeout());
        // Without its URL: the path holds the account, and a query may hold a person's number.
        let error = error.without_url();
        let cause = if timed_out { "timed out".to_owned() } else { innermost(&error) };
        if connecting {
            Self::NotSent(format!("cannot connect: {}", short(&cause)))
        } else {
            Self::Lost(format!("no answer: {}", short(&cause)))
        }
    }
}

/// Sends once. Never repeated here: whether asking again is safe is for the caller to say.
pub(crate) async fn send(request: RequestBuilder) -> Result<Answer, NoAnswer> {
    let mut response = request.send().await.map_err(NoAnswer::of)?;
    let retry_after = retry_after(&response);
    let status = response.status();
    Ok(Answer { status, retry_after, body: read_body(&mut response).await })
}

async fn read_body(response: &mut Response) -> Option<Bytes> {
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LONGEST_BODY => body.extend_from_slice(&chunk),
            Ok(None) => return Some(body.freeze()),
            Ok(Some(_)) | Err(_) => return None,
        }
    }
}

/// Sorts the answer to a request for a call. Of a success, the body is left to be read.
///
/// | answer | means |
/// |---|---|
/// | no connection; 401, 402, 403; 407 (a proxy's: the carrier never saw the request) | certainly not processed |
/// | 429 | certainly not processed, slow down |
/// | 408, 409 | unknown: the carrier had at least part of the request, or knows a call like it |
/// | every other 4xx | refused for good |
/// | 5xx, 3xx (never followed: the request may have been carried out), a broken body, time-out | unknown |
pub(crate) fn placed(result: Result<Answer, NoAnswer>) -> Result<Bytes, PlaceError> {
    let answer = match result {
        Ok(answer) => answer,
        Err(NoAnswer::NotSent(reason)) => return Err(PlaceError::NotProcessed { reason }),
        Err(NoAnswer::Lost(reason)) => return Err(PlaceError::OutcomeUnknown { reason }),
    };
    let reason = || reason_of(answer.status, answer.body.as_deref());
    match answer.status.as_u16() {
        200..=299 => answer.body.ok_or_else(|| PlaceError::OutcomeUnknown { reason: "the answer broke off".to_owned() }),
        401..=403 | 407 => Err(PlaceError::NotProcessed { reason: reason() }),
        429 => Err(PlaceError::Throttled { retry_after: answer.retry_after }),
        408 | 409 => Err(PlaceError::OutcomeUnknown { reason: reason() }),
        400..=499 => Err(PlaceError::Rejected { reason: reason() }),
        _ => Err(PlaceError::OutcomeUnknown { reason: reason() }),
    }
}

/// Sorts the answer to a question. `None`: the carrier knows no such thing (404).
pub(crate) fn answered(result: Result<Answer, NoAnswer>) -> Result<Option<Bytes>, LookUpError> {
    let answer = match result {
        Ok(answer) => answer,
        Err(NoAnswer::NotSent(reason) | NoAnswer::Lost(reason)) => return Err(LookUpError { reason }),
    };
    match answer.status.as_u16() {
        200..=299 => match answer.body {
            Some(body) => Ok(Some(body)),
            None => Err(LookUpError { reason: "the answer broke off".to_owned() }),
        },
        404 => Ok(None),
        _ => Err(LookUpError { reason: reason_of(answer.status, answer.body.as_deref()) }),
    }
}

/// The status and, where the body has one, the carrier's own words.
fn reason_of(status: StatusCode, body: Option<&[u8]>) -> String {
    let body = body.and_then(|body| serde_json::from_slice::<serde_json::Value>(body).ok());
    let words = body.as_ref().and_then(|body| {
        // Exotel's errors are wrapped, Twilio's are not.
        let error = body.get("RestException").unwrap_or(body);
        error.get("Message").or_else(|| error.get("message"))?.as_str()
    });
    match words {
        Some(words) => format!("{}: {}", status.as_u16(), short(words)),
        None => status.as_u16().to_string(),
    }
}

/// Carriers repeat the numbers of a request in their words; reasons reach logs and pages, so numbers are masked.
fn short(words: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for c in words.chars().filter(|c| !c.is_control()).chain([' ']) {
        if c.is_ascii_digit() || (!digits.is_empty() && "-().".contains(c)) {
            digits.push(c);
            continue;
        }
        flush(&mut digits, &mut out);
        out.push(c);
    }
    out.truncate(out.trim_end().len());
    match out.char_indices().nth(LONGEST_REASON) {
        Some((end, _)) => format!("{}…", &out[..end]),
        None => out,
    }
}

fn flush(digits: &mut String, out: &mut String) {
    let count = digits.chars().filter(char::is_ascii_digit).count();
    if count < 7 {
        out.push_str(digits);
    } else {
        out.push('…');
        let plain: String = digits.chars().filter(char::is_ascii_digit).collect();
        out.push_str(&plain[plain.len() - 4..]);
    }
    digits.clear();
}

fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// Seconds, or a date: a date counts from the carrier's own `Date`, so that no clock of ours is needed.
fn retry_after(response: &Response) -> Option<Duration> {
    let text = |name: header::HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
    wait_of(text(header::RETRY_AFTER)?, text(header::DATE))
}

fn wait_of(retry_after: &str, date: Option<&str>) -> Option<Duration> {
    let retry_after = retry_after.trim();
    let wait = if let Ok(seconds) = retry_after.parse() {
        Duration::from_secs(seconds)
    } else {
        Duration::try_from(http_date(retry_after)?.duration_since(http_date(date?)?)).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(LONGEST_WAIT))
}

/// An HTTP date, which is an RFC 2822 date whose zone is called GMT; also what Twilio's dates look like.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carriers_words_reach_us_short_and_without_numbers() {
        assert_eq!(short("To +4915112345678 is not 24 allowed"), "To +…5678 is not 24 allowed");
        assert_eq!(short("call 080-4567-8900."), "call …8900");
        assert_eq!(short(&"ä".repeat(500)).chars().count(), LONGEST_REASON + 1);
        assert_eq!(short("a\r\nb"), "ab");
    }

    #[test]
    fn a_wish_to_wait_is_read_in_both_spellings_and_bounded() {
        assert_eq!(wait_of("7", None), Some(Duration::from_secs(7)));
        assert_eq!(wait_of("999999999999", None), Some(LONGEST_WAIT));
        let date = Some("Sat, 21 Nov 2026 05:40:00 GMT");
        assert_eq!(wait_of("Sat, 21 Nov 2026 05:40:12 GMT", date), Some(Duration::from_secs(12)));
        assert_eq!(wait_of("Sat, 21 Nov 2026 05:39:00 GMT", date), Some(Duration::ZERO));
        assert_eq!(wait_of("Sat, 21 Nov 2026 05:39:00 GMT", None), None);
        assert_eq!(wait_of("soon", date), None);
    }

    fn sorted(status: u16) -> Result<Bytes, PlaceError> {
        let status = StatusCode::from_u16(status).expect("a status");
        placed(Ok(Answer { status, retry_after: None, body: Some(Bytes::new()) }))
    }

    #[test]
    fn every_status_says_what_may_be_done_next() {
        for status in [401, 402, 403, 407] {
            assert!(matches!(sorted(status), Err(PlaceError::NotProcessed { .. })), "{status}");
        }
        for status in [400, 404, 405, 410, 413, 415, 422, 451] {
            assert!(matches!(sorted(status), Err(PlaceError::Rejected { .. })), "{status}");
        }
        for status in [301, 302, 304, 307, 408, 409, 500, 502, 503, 504, 599] {
            assert!(matches!(sorted(status), Err(PlaceError::OutcomeUnknown { .. })), "{status}");
        }
        assert!(matches!(sorted(429), Err(PlaceError::Throttled { retry_after: None })));
        assert!(sorted(201).is_ok());
    }
}
