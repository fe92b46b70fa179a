//! What happens, as one readable line per event on the terminal (stderr: stdout carries the sign-in alone).

use std::io::Write as _;

use jiff::tz::TimeZone;
use ringback_domain::{event::EventType, ids::CompanyId, phone_number::PhoneNumber};
use ringback_store::{Event, Mark, Start, Window};
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
                if let Some(sentence) = sentence(event) {
                    let at = event.occurred_at.to_zoned(zone.clone()).strftime("%H:%M:%S");
                    // A closed terminal is no reason to stop.
                    let _ = writeln!(std::io::stderr(), "{at}  {sentence}");
                }
            }
        }
    }
}

fn sentence(event: &Event) -> Option<String> {
    let data = &event.data;
    Some(match event.kind {
        EventType::CallMissed => match data["call"]["missed_reason"].as_str() {
            Some("busy") => format!("missed     {} rang, both channels were busy: we call back", masked(&data["call"]["number"])),
            _ => format!("missed     {} was not answered: we call back", masked(&data["call"]["number"])),
        },
        EventType::CallbackMerged => "merged     the same person rang again: one callback, one place in the queue".to_owned(),
        EventType::CallStarted => match data["call"]["direction"].as_str() {
            Some("inbound") => format!("answered   {} got a channel", masked(&data["call"]["number"])),
            _ => format!("calling    {} is being called back", masked(&data["call"]["number"])),
        },
        EventType::CallEnded => {
            let direction = if data["call"]["direction"] == "inbound" { "call from" } else { "callback to" };
            let outcome = data["call"]["outcome"].as_str().unwrap_or("ended").replace('_', " ");
            format!(
                "ended      {direction} {}: {outcome}, {} s; a channel is free",
                masked(&data["call"]["number"]),
                data["call"]["seconds"]
            )
        }
        EventType::AttemptCompleted => "kept       the person was reached".to_owned(),
        EventType::AttemptFailed => {
            let outcome = data["attempt"]["outcome"].as_str().unwrap_or("failed").replace('_', " ");
            format!("to staff   nobody reached ({outcome}): the callback stays open, with people")
        }
        EventType::AttemptUnknown => "unknown    the carrier's answer was lost: it is being asked, nobody is dialed twice".to_owned(),
        EventType::PhonePaused => format!("paused     {}", data["phone"]["because"].as_str().unwrap_or_default()),
        EventType::CreditsLow => "credits    too low for automatic calls".to_owned(),
        _ => return None,
    })
}

fn masked(number: &Json) -> String {
    PhoneNumber::deserialize(number).map_or_else(|_| "a withheld number".to_owned(), |number| number.to_string())
}
