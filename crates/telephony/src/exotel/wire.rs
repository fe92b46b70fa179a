//! What goes to Exotel and what its API answers. Numbers come as text, dates without a zone, and any field may be
//! missing or null; so answers are read field by field.

use form_urlencoded::Serializer;
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::Offset};
use ringback_domain::call::{AnsweredBy, End, EndedHow, News};
use serde_json::Value;

use super::Config;
use crate::{
    belonging::Candidate,
    carrier::{CallReference, DialOrder, LookUpError},
    fields::{element, id_of, recording_of, seconds_of, text_of},
};

/// Where Exotel's dates come from. India's time, says practice; UTC is tried beside it, as no document says.
const ZONE_SECONDS: [i32; 2] = [0, 19_800];

/// The request for a call. `None`: nothing says what the customer is to be connected with.
pub(super) fn place_form(order: &DialOrder, config: &Config) -> Option<String> {
    let mut form = Serializer::new(String::new());
    form.append_pair("From", order.to.reveal()).append_pair("CallerId", order.from.reveal());
    if let Some(app_id) = &config.app_id {
        form.append_pair("Url", &format!("http://my.exotel.com/{}/exoml/start_voice/{app_id}", config.account_sid));
    } else {
        let stream_url = config.stream_url.as_deref().or(order.stream_url.as_deref())?;
        form.append_pair("StreamUrl", stream_url).append_pair("StreamType", "bidirectional");
    }
    form.append_pair("CallType", "trans")
        .append_pair("TimeLimit", &order.max_call_seconds.to_string())
        .append_pair("TimeOut", &order.ring_seconds.to_string())
        .append_pair("StatusCallback", &order.status_url)
        .append_pair("StatusCallbackEvents[0]", "terminal")
        .append_pair("StatusCallbackEvents[1]", "answered")
        .append_pair("StatusCallbackContentType", "application/json")
        .append_pair("CustomField", &order.call.to_string());
    Some(form.finish())
}

/// The new call's id; `None` for everything that is not an answer as documented.
pub(super) fn sid_in(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    id_of(answer.get("Call")?.get("Sid")?)
}

/// One page of calls from a day before to a day after, as the dates' zone is uncertain.
pub(super) fn list_query(customer_as: &str, call: &CallReference) -> String {
    let day = SignedDuration::from_hours(24);
    let text = |at: Result<Timestamp, jiff::Error>| at.unwrap_or(call.asked_at).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let (after, before) = (text(call.asked_at.checked_sub(day)), text(call.asked_at.checked_add(day)));
    Serializer::new(String::new())
        .append_pair(customer_as, call.to.reveal())
        .append_pair("DateCreated", &format!("gte:{after};lte:{before}"))
        .append_pair("PageSize", "100")
        .finish()
}

pub(super) fn candidates_in(answer: &Value) -> Result<Vec<Candidate>, LookUpError> {
    let Some(Value::Array(calls)) = answer.get("Calls") else {
        return Err(LookUpError { reason: "the answer is no list of calls".to_owned() });
    };
    Ok(calls.iter().filter_map(candidate).collect())
}

fn candidate(call: &Value) -> Option<Candidate> {
    // Some lists wrap each call as the single answer is wrapped.
    let call = call.get("Call").unwrap_or(call);
    let text = |name: &str| text_of(call.get(name)?);
    let date = text("DateCreated").or_else(|| text("StartTime"));
    Some(Candidate {
        carrier_call_id: id_of(call.get("Sid")?)?,
        from: text("From"),
        to: text("To"),
        inbound: matches!(text("Direction").as_deref(), Some("inbound" | "incoming")),
        reference: text("CustomField").and_then(|field| field.parse().ok()),
        starts: date.map(|date| instants(&date)).unwrap_or_default(),
    })
}

/// What a date may mean.
fn instants(date: &str) -> Vec<Timestamp> {
    if let Ok(known) = date.parse::<Timestamp>() {
        return vec![known];
    }
    let Ok(local) = date.parse::<DateTime>() else { return Vec::new() };
    ZONE_SECONDS.iter().filter_map(|seconds| Offset::from_seconds(*seconds).ok()?.to_timestamp(local).ok()).collect()
}

/// What call details say. Settled about two minutes after the end; until then a completed call may lack its seconds.
pub(super) fn news_in(answer: &Value) -> Result<News, LookUpError> {
    let lost = |reason: &str| LookUpError { reason: reason.to_owned() };
    let call = answer.get("Call").ok_or_else(|| lost("the answer names no call"))?;
    let text = |value: &Value, name: &str| value.get(name).and_then(text_of);
    let nothing = Value::Null;
    let details = answer.get("Details").or_else(|| call.get("Details")).unwrap_or(&nothing);
    let legs = details.get("Legs").unwrap_or(&nothing);
    let answered_by = text(call, "AnsweredBy").or_else(|| customer_leg(legs, "AnsweredBy").and_then(text_of));
    let answered_by = answered_by.and_then(|word| who(&word));
    match text(call, "Status").and_then(|word| standing(&word)) {
        Some(Standing::Waiting) => Ok(News::Ringing),
        // Exotel calls a call "in-progress" from its creation on: only its first leg tells whether somebody answered.
        Some(Standing::Running) => match text(details, "Leg1Status").as_deref() {
            Some("in-progress" | "completed" | "answered") => Ok(News::Answered { by: answered_by }),
            _ => Ok(News::Ringing),
        },
        Some(Standing::Ended(how)) => {
            let seconds = |value: Option<&Value>| value.and_then(seconds_of);
            let talk_seconds = seconds(details.get("ConversationDuration"))
                .or_else(|| seconds(customer_leg(legs, "OnCallDuration")))
                .or_else(|| seconds(call.get("Duration")));
            let recording_url = call.get("RecordingUrl").and_then(recording_of);
            Ok(News::Ended(End { answered_by, talk_seconds, recording_url, ..End::plain(how) }))
        }
        None => Err(lost("the answer has no status that is known here")),
    }
}

/// A field of the first leg, which is the customer's: `From` is always dialled first, and an inbound caller comes
/// first by nature. Details wrap a leg once more than events do.
pub(super) fn customer_leg<'a>(legs: &'a Value, name: &str) -> Option<&'a Value> {
    let leg = element(legs, 0)?;
    leg.get("Leg").unwrap_or(leg).get(name)
}

pub(super) enum Standing {
    Waiting,
    Running,
    Ended(EndedHow),
}

pub(super) fn standing(word: &str) -> Option<Standing> {
    Some(match word.to_ascii_lowercase().as_str() {
        "queued" | "ringing" => Standing::Waiting,
        "in-progress" => Standing::Running,
        "completed" => Standing::Ended(EndedHow::Completed),
        "busy" => Standing::Ended(EndedHow::Busy),
        "no-answer" => Standing::Ended(EndedHow::NoAnswer),
        "failed" => Standing::Ended(EndedHow::Failed),
        "canceled" | "cancelled" => Standing::Ended(EndedHow::Canceled),
        _ => return None,
    })
}

/// The documents spell these in several ways. `NA` and words yet unknown say nothing.
pub(super) fn who(word: &str) -> Option<AnsweredBy> {
    match word.to_ascii_lowercase().as_str() {
        "human" => Some(AnsweredBy::Human),
        "machine" => Some(AnsweredBy::Machine),
        "notsure" | "not_sure" | "not-sure" | "not sure" => Some(AnsweredBy::NotSure),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
