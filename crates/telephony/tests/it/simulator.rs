//! The simulated carrier: one seed is one run, and what it says is what happened.

use std::sync::Arc;

use axum::body::Bytes;
use proptest::prelude::*;
use ringback_domain::{
    call::{EndedHow, News},
    time::Clock as _,
};
use ringback_telephony::{
    carrier::{CallReference, Carrier as _, CarrierAnswer, CarrierRequest, DialOrder, InboundAnswer, Incoming, LookUp, PlaceError},
    simulator::{Outcome, Profile, Simulator},
};

use crate::lines::{CUSTOMER, HandClock, PHONE, call_id, number, post};

const STATUS: &str = "http://x.example/voice/simulator/k/status";

fn order(call: u8) -> DialOrder {
    DialOrder {
        call: call_id(call),
        to: number(CUSTOMER),
        from: number(PHONE),
        ring_seconds: 30,
        max_call_seconds: 600,
        status_url: STATUS.to_owned(),
        stream_url: None,
    }
}

fn simulator(seed: u64, profile: Profile) -> (Simulator, Arc<HandClock>) {
    let clock = HandClock::new();
    (Simulator::new(seed, profile, clock.clone()), clock)
}

/// Everything that a run shows outside.
async fn run(seed: u64) -> Vec<String> {
    let (simulator, clock) = simulator(seed, Profile::hostile());
    let mut shown = Vec::new();
    for call in 0..60 {
        shown.push(format!("{:?}", simulator.place(&order(call)).await));
        clock.advance(20);
        shown.extend(simulator.take_due(clock.now()).into_iter().map(|delivery| format!("{delivery:?}")));
    }
    shown
}

#[tokio::test]
async fn a_seed_replays_and_another_seed_does_not() {
    let once = run(5).await;
    assert_eq!(once, run(5).await);
    assert_ne!(once, run(6).await);
}

#[tokio::test]
async fn events_come_when_they_are_due_and_tell_the_truth() {
    let (simulator, clock) = simulator(1, Profile::default());
    simulator.script(CUSTOMER, Outcome::Answer);
    let placed = simulator.place(&order(1)).await.expect("accepted");
    let mut told = Vec::new();
    while let Some(due) = simulator.next_due() {
        let wait = due.duration_since(clock.now());
        assert!(wait.as_secs() <= 200, "a call does not last so long");
        clock.advance(wait.as_secs() + 1);
        for delivery in simulator.take_due(clock.now()) {
            assert_eq!(delivery.url, STATUS);
            told.push(simulator.read_event(&post(&delivery.url, delivery.body)).expect("readable"));
        }
    }
    assert!(told.iter().all(|event| event.call == Some(call_id(1)) && event.carrier_call_id.as_ref() == Some(&placed.carrier_call_id)));
    let reference = CallReference {
        call: call_id(1),
        carrier_call_id: None,
        to: number(CUSTOMER),
        from: number(PHONE),
        asked_at: clock.now(),
        taken: vec![],
    };
    let found = simulator.look_up(&reference).await.expect("an answer");
    assert_eq!(found, LookUp::Found { carrier_call_id: placed.carrier_call_id, news: told.last().expect("events").news.clone() });
}

#[tokio::test]
async fn accepted_dials_are_on_record_even_when_their_answer_is_lost() {
    let (simulator, _) = simulator(1, Profile { lost_after: 1.0, ..Profile::default() });
    assert!(matches!(simulator.place(&order(1)).await, Err(PlaceError::OutcomeUnknown { .. })));
    let dials = simulator.dials();
    assert_eq!((dials.len(), dials[0].call, dials[0].person.as_str()), (1, call_id(1), CUSTOMER));
    assert_eq!((simulator.live_calls(PHONE), simulator.max_live(PHONE)), (1, 1));
    assert!(simulator.is_on_the_phone(CUSTOMER));
}

#[tokio::test]
async fn an_inbound_call_occupies_a_channel_only_once_it_has_one() {
    let (simulator, clock) = simulator(3, Profile::default());
    let (first, second) = (simulator.ring(PHONE, CUSTOMER, STATUS), simulator.ring(PHONE, "", STATUS));
    let url = |id: &str| format!("http://x.example/voice/simulator/k/incoming?{}", simulator.question(id).expect("it rings"));
    let ask =
        |id: &str| simulator.read_incoming(&CarrierRequest { method: "GET".to_owned(), headers: vec![], ..post(&url(id), Bytes::new()) });
    let caller = |id: &str, from: Option<&str>| Ok(Incoming::Caller { carrier_call_id: id.to_owned(), from: from.map(str::to_owned) });
    assert_eq!(ask(&first), caller(&first, Some(CUSTOMER)));
    assert_eq!(ask(&second), caller(&second, None), "withheld");
    assert_eq!((simulator.live_calls(PHONE), simulator.is_on_the_phone(CUSTOMER)), (0, false));

    simulator.connected(&first);
    assert_eq!((simulator.live_calls(PHONE), simulator.is_on_the_phone(CUSTOMER)), (1, true));
    clock.advance(1);
    simulator.turned_away(&second);
    assert_eq!((simulator.live_calls(PHONE), simulator.max_live(PHONE)), (1, 1));
    clock.advance(3600);
    let mut ended = Vec::new();
    for delivery in simulator.take_due(clock.now()) {
        let event = simulator.read_event(&post(&delivery.url, delivery.body)).expect("readable");
        if let News::Ended(end) = event.news {
            ended.push((event.carrier_call_id.expect("an id"), end.how));
        }
    }
    assert_eq!(ended.len(), 2);
    assert!(ended.contains(&(second, EndedHow::NoAnswer)), "{ended:?}");
    assert_eq!((simulator.live_calls(PHONE), simulator.is_on_the_phone(CUSTOMER)), (0, false));
}

#[test]
fn its_answers_are_json() {
    let (simulator, _) = simulator(1, Profile::default());
    let action = |answer: &CarrierAnswer| serde_json::from_str::<serde_json::Value>(&answer.body).expect("JSON")["action"].clone();
    assert_eq!(action(&simulator.answer_inbound(&InboundAnswer::Connect { call: call_id(1), stream_url: None })), "connect");
    assert_eq!(action(&simulator.answer_inbound(&InboundAnswer::Full { announce: None })), "full");
}

proptest! {
    #[test]
    fn no_bytes_make_its_parsers_panic(query in any::<String>(), body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (simulator, _) = simulator(1, Profile::default());
        let request = post(&format!("http://x.example/?{query}"), body.into());
        let _ = (simulator.read_event(&request), simulator.read_incoming(&request));
    }
}
