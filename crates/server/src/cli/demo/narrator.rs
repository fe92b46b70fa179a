//! What happens, as one readable line per event on the terminal (stderr: stdout carries the sign-in alone).

use std::io::Write as _;

use jiff::tz::TimeZone;
use ringback_domain::{event::EventType, ids::CompanyId, phone_number::PhoneNumber};
use ringback_store::{Event, Mark, Start, TenantStore, Window};
use serde::Deserialize as _;
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

use crate::app::App;

pub(super) async fn tell(app: App, company: CompanyId, stop: CancellationToken) {
    let mut bell = app.store.committed();
    let tenant = app.store.tenant(company);
    let mut start = match tenant.last_event().await {
        Ok(Some(last)) => Start::After(Mark { key: 0, id: last.0 }),
        _ => Start::Offset(0),
    };
    let zone = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
    while stop
        .run_until_cancelled(bell.recv())
        .await
        .is_some_and(|rung| !matches!(rung, Err(tokio::sync::broadcast::error::RecvError::Closed)))
    {
        while let Ok(events) = tenant.events_behind(Window { limit: 100, start }).await {
            let Some(newest) = events.last() else { break };
            start = Start::After(Mark { key: 0, id: newest.id.0 });
            for event in &events {
                if let Some(sentence) = sentence(&tenant, event).await {
                    let at = event.occurred_at.to_zoned(zone.clone()).strftime("%H:%M:%S");
                    // A closed terminal is no reason to stop.
                    let _ = writeln!(std::io::stderr(), "{at}  {sentence}");
                }
            }
        }
    }
}

/// `None`: another line tells it, or nobody watching wants to know.
async fn sentence(tenant: &TenantStore<'_>, event: &Event) -> Option<String> {
    if let Some(told) = of_call(event) {
        return Some(told);
    }
    let whom = match event.callback_id {
        Some(callback) if is_of_person(event) => tenant.callback(callback).await.ok().flatten(),
        _ => None,
    };
    let whom = whom.map_or_else(|| "a deleted callback".to_owned(), |callback| callback.number.to_string());
    of_callback(event, &whom)
}

/// What tells its number itself, and what is about nobody.
fn of_call(event: &Event) -> Option<String> {
    let data = &event.data;
    Some(match event.kind {
        EventType::CallMissed => match data["call"]["missed_reason"].as_str() {
            Some("busy") => format!("missed     {} rang, both channels were busy: we call back", masked(&data["call"]["number"])),
            _ => format!("missed     {} was not answered: we call back", masked(&data["call"]["number"])),
        },
        EventType::CallStarted => match data["call"]["direction"].as_str() {
            Some("inbound") => format!("connected  {} got a channel", masked(&data["call"]["number"])),
            _ => format!("calling    {} is being called back", masked(&data["call"]["number"])),
        },
        EventType::CallEnded => {
            let direction = if data["call"]["direction"] == "inbound" { "call from" } else { "callback to" };
            let outcome = data["call"]["outcome"].as_str().unwrap_or("ended").replace('_', " ");
            let seconds = &data["call"]["seconds"];
            format!("ended      {direction} {}: {outcome}, {seconds} s; a channel is free", masked(&data["call"]["number"]))
        }
        EventType::PhonePaused => format!("paused     {}", data["phone"]["because"].as_str().unwrap_or_default()),
        EventType::CreditsLow => "credits    too low for automatic calls".to_owned(),
        _ => return None,
    })
}

/// Whether [`of_callback`] may have a line for it, so that it is worth to look up whom it is about.
fn is_of_person(event: &Event) -> bool {
    of_callback(event, "").is_some()
}

fn of_callback(event: &Event, whom: &str) -> Option<String> {
    let (callback, attempt) = (&event.data["callback"], &event.data["attempt"]);
    let by_person = attempt["by"] == "person";
    let outcome = attempt["outcome"].as_str().unwrap_or("failed").replace('_', " ");
    Some(match event.kind {
        EventType::CallbackCreated => match callback["source"].as_str() {
            // The line of the missed call has told it.
            Some("missed_call") | None => return None,
            Some(source) => format!("asked      {whom} is to be called back: asked for by {}", source.replace('_', " ")),
        },
        EventType::CallbackMerged => format!("merged     {whom} asked again: one callback, one place in the queue"),
        EventType::AttemptCompleted if by_person => format!("person     a colleague called {whom} and spoke with them: {outcome}"),
        EventType::AttemptCompleted => format!("kept       {whom} was reached"),
        EventType::AttemptFailed if by_person => format!("person     a colleague called {whom}: {outcome}; the callback stays open"),
        EventType::AttemptFailed => format!("to staff   {whom} was not reached ({outcome}): the callback stays open, with people"),
        EventType::AttemptUnknown => {
            format!("unknown    the carrier's answer about {whom} was lost: it is being asked, nobody is dialed twice")
        }
        EventType::AttemptCancelled => match attempt["because"].as_str() {
            Some("called off") => format!("called off the automatic call to {whom}: the callback stays open, with people"),
            Some("its phone was deleted") => format!("called off the automatic call to {whom}: its phone was deleted"),
            _ => return None,
        },
        EventType::CallbackChanged if !callback["changed"]["attempt"].is_null() => {
            format!("again      {whom} is in the queue once more: somebody asked for another try")
        }
        EventType::CallbackCompleted => match callback["because"].as_str() {
            Some("reached by automatic callback") => return None,
            Some("the person got through") => format!("kept       {whom} got through on their own: nothing is owed any more"),
            Some(because) => format!("kept       {whom}: {because}"),
            None => format!("done       somebody completed the callback of {whom}"),
        },
        EventType::CallbackCancelled => format!("cancelled  the callback of {whom}"),
        _ => return None,
    })
}

fn masked(number: &Json) -> String {
    PhoneNumber::deserialize(number).map_or_else(|_| "a withheld number".to_owned(), |number| number.to_string())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use ringback_domain::ids::EventId;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn told(kind: EventType, data: Json) -> Option<String> {
        let (id, company_id) = (EventId(Uuid::nil()), CompanyId(Uuid::nil()));
        let actor = "system".to_owned();
        let event = Event { id, kind, company_id, actor, callback_id: None, phone_id: None, occurred_at: Timestamp::UNIX_EPOCH, data };
        of_call(&event).or_else(|| of_callback(&event, "+49•••20"))
    }

    #[test]
    fn every_line_of_a_person_names_whom_and_a_colleagues_call_is_not_the_machines() {
        let machine = told(EventType::AttemptFailed, json!({"attempt": {"outcome": "no_answer"}})).expect("a line");
        assert_eq!(machine, "to staff   +49•••20 was not reached (no answer): the callback stays open, with people");
        let person = told(EventType::AttemptFailed, json!({"attempt": {"by": "person", "outcome": "mailbox"}})).expect("a line");
        assert_eq!(person, "person     a colleague called +49•••20: mailbox; the callback stays open");
        for (kind, data) in [
            (EventType::AttemptCompleted, json!({"attempt": {"outcome": "reached"}})),
            (EventType::AttemptCompleted, json!({"attempt": {"by": "person", "outcome": "booked"}})),
            (EventType::AttemptCancelled, json!({"attempt": {"because": "called off"}})),
            (EventType::AttemptUnknown, json!({"attempt": {}})),
            (EventType::CallbackChanged, json!({"callback": {"changed": {"attempt": {"from": 1, "to": 2}}}})),
            (EventType::CallbackCreated, json!({"callback": {"source": "api"}})),
            (EventType::CallbackMerged, json!({"callback": {}})),
            (EventType::CallbackCompleted, json!({"callback": {"because": "the person got through"}})),
            (EventType::CallbackCompleted, json!({"callback": {}})),
            (EventType::CallbackCancelled, json!({"callback": {}})),
        ] {
            assert!(told(kind, data).expect("a line").contains("+49•••20"), "{kind}");
        }
    }

    #[test]
    fn nothing_is_told_twice() {
        assert_eq!(told(EventType::CallbackCreated, json!({"callback": {"source": "missed_call"}})), None);
        assert_eq!(told(EventType::CallbackCompleted, json!({"callback": {"because": "reached by automatic callback"}})), None);
        assert_eq!(told(EventType::CallbackChanged, json!({"callback": {"changed": {"priority": {}}}})), None);
    }
}
