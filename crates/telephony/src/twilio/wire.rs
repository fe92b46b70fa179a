//! What goes to Twilio and what its API answers.

use form_urlencoded::Serializer;
use jiff::SignedDuration;
use ringback_domain::call::{AnsweredBy, End, EndedHow, News};
use serde_json::Value;

use super::{Config, twiml};
use crate::{
    belonging::Candidate,
    carrier::{CallReference, DialOrder, LookUpError},
    exchange::http_date,
    fields::{id_of, seconds_of, text_of},
};

/// The request for a call. `None`: nothing says what the customer is to be connected with.
pub(super) fn place_form(order: &DialOrder, config: &Config) -> Option<String> {
    let stream_url = config.stream_url.as_deref().or(order.stream_url.as_deref())?;
    let mut form = Serializer::new(String::new());
    form.append_pair("To", order.to.reveal())
        .append_pair("From", order.from.reveal())
        .append_pair("Twiml", &twiml::connect(stream_url, order.call))
        .append_pair("StatusCallback", &with_reference(order));
    for event in ["initiated", "ringing", "answered", "completed"] {
        form.append_pair("StatusCallbackEvent", event);
    }
    form.append_pair("StatusCallbackMethod", "POST")
        .append_pair("Timeout", &order.ring_seconds.to_string())
        .append_pair("TimeLimit", &order.max_call_seconds.to_string())
        .append_pair("MachineDetection", "Enable");
    Some(form.finish())
}

fn with_reference(order: &DialOrder) -> String {
    let separator = if order.status_url.contains('?') { '&' } else { '?' };
    format!("{}{separator}call={}", order.status_url, order.call)
}

/// The new call's id; `None` for everything that is not an answer as documented.
pub(super) fn sid_in(body: &[u8]) -> Option<String> {
    sid_of(&serde_json::from_slice(body).ok()?)
}

pub(super) fn sid_of(call: &Value) -> Option<String> {
    id_of(call.get("sid")?)
}

/// `StartTime` knows whole days only, so the day before is asked too.
pub(super) fn list_query(call: &CallReference) -> String {
    let since = call.asked_at.checked_sub(SignedDuration::from_hours(24)).unwrap_or(call.asked_at);
    Serializer::new(String::new())
        .append_pair("To", call.to.reveal())
        .append_pair("From", call.from.reveal())
        .append_pair("StartTime>", &since.strftime("%Y-%m-%d").to_string())
        .append_pair("PageSize", "100")
        .finish()
}

pub(super) fn candidates_in(answer: &Value) -> Result<(&[Value], Vec<Candidate>), LookUpError> {
    let Some(Value::Array(calls)) = answer.get("calls") else {
        return Err(LookUpError { reason: "the answer is no list of calls".to_owned() });
    };
    Ok((calls, calls.iter().filter_map(candidate).collect()))
}

fn candidate(call: &Value) -> Option<Candidate> {
    let text = |name: &str| text_of(call.get(name)?);
    // A queued call may start later than it was made.
    let date = text("date_created").or_else(|| text("start_time"));
    Some(Candidate {
        carrier_call_id: sid_of(call)?,
        from: text("from"),
        to: text("to"),
        inbound: text("direction").as_deref() == Some("inbound"),
        reference: None,
        starts: date.and_then(|date| http_date(&date).or_else(|| date.parse().ok())).into_iter().collect(),
    })
}

pub(super) fn news_in(call: &Value) -> Result<News, LookUpError> {
    let text = |name: &str| call.get(name).and_then(text_of);
    let by = text("answered_by").and_then(|word| who(&word));
    match text("status").and_then(|word| standing(&word)) {
        Some(Standing::Waiting) => Ok(News::Ringing),
        Some(Standing::Running) => Ok(News::Answered { by }),
        Some(Standing::Ended(how)) => {
            Ok(News::Ended(End { answered_by: by, talk_seconds: call.get("duration").and_then(seconds_of), ..End::plain(how) }))
        }
        None => Err(LookUpError { reason: "the answer has no status that is known here".to_owned() }),
    }
}

/// Error 21220: the call is not in progress, so there is nothing to end.
pub(super) fn says_call_is_over(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|error| error.get("code").and_then(Value::as_u64) == Some(21220))
}

pub(super) enum Standing {
    Waiting,
    Running,
    Ended(EndedHow),
}

pub(super) fn standing(word: &str) -> Option<Standing> {
    Some(match word.to_ascii_lowercase().as_str() {
        "queued" | "initiated" | "ringing" => Standing::Waiting,
        "in-progress" | "answered" => Standing::Running,
        "completed" => Standing::Ended(EndedHow::Completed),
        "busy" => Standing::Ended(EndedHow::Busy),
        "no-answer" => Standing::Ended(EndedHow::NoAnswer),
        "failed" => Standing::Ended(EndedHow::Failed),
        "canceled" => Standing::Ended(EndedHow::Canceled),
        _ => return None,
    })
}

/// A fax is a machine too.
pub(super) fn who(word: &str) -> Option<AnsweredBy> {
    match word.to_ascii_lowercase().as_str() {
        "human" => Some(AnsweredBy::Human),
        "fax" => Some(AnsweredBy::Machine),
        "unknown" => Some(AnsweredBy::NotSure),
        machine if machine.starts_with("machine") => Some(AnsweredBy::Machine),
        _ => None,
    }
}
