use bytes::Bytes;
use proptest::prelude::*;
use ringback_domain::call::{AnsweredBy, EndedHow};

use super::*;

const CALL: &str = "01890000-0000-7000-8000-000000000001";

fn post(body: impl Into<Bytes>) -> CarrierRequest {
    CarrierRequest {
        method: "POST".to_owned(),
        url: format!("https://x.example/voice/twilio/k/status?call={CALL}"),
        headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
        body: body.into(),
    }
}

fn read(body: &str) -> Result<News, EventError> {
    event(&post(format!("CallSid=CA1&{body}"))).map(|event| event.news)
}

#[test]
fn a_completed_call_tells_its_seconds_not_its_minutes() {
    let read = event(&post(include_str!("../../../tests/fixtures/twilio_completed.form").trim())).expect("readable");
    assert_eq!(read.carrier_call_id.as_deref(), Some("CA5b1b8a1f1b8a1f1b8a1f1b8a1f1b8a1f"));
    assert_eq!(read.call.map(|call| call.to_string()).as_deref(), Some(CALL));
    let News::Ended(end) = read.news else { panic!("{:?}", read.news) };
    assert_eq!((end.how, end.talk_seconds, end.answered_by), (EndedHow::Completed, Some(35), Some(AnsweredBy::Human)));
}

#[test]
fn each_status_and_answerer_is_known_and_others_are_named() {
    for word in ["queued", "initiated", "ringing"] {
        assert_eq!(read(&format!("CallStatus={word}")), Ok(News::Ringing));
    }
    for (word, by) in [
        ("human", Some(AnsweredBy::Human)),
        ("machine_start", Some(AnsweredBy::Machine)),
        ("machine_end_beep", Some(AnsweredBy::Machine)),
        ("fax", Some(AnsweredBy::Machine)),
        ("unknown", Some(AnsweredBy::NotSure)),
        ("", None),
    ] {
        assert_eq!(read(&format!("CallStatus=in-progress&AnsweredBy={word}")), Ok(News::Answered { by }), "{word}");
    }
    for (word, how) in
        [("busy", EndedHow::Busy), ("no-answer", EndedHow::NoAnswer), ("failed", EndedHow::Failed), ("canceled", EndedHow::Canceled)]
    {
        assert!(matches!(read(&format!("CallStatus={word}&SequenceNumber=3")), Ok(News::Ended(end)) if end.how == how), "{word}");
    }
    assert!(matches!(read("CallStatus=odd"), Err(EventError::Malformed { field: "CallStatus", .. })));
    assert!(matches!(read("x=y"), Err(EventError::Malformed { field: "CallStatus", .. })));
}

#[test]
fn our_reference_is_taken_from_the_url_alone() {
    let other = CALL.replace("01890000", "01890001");
    let read = event(&post(format!("CallSid=CA1&CallStatus=busy&call={other}"))).expect("readable");
    assert_eq!(read.call.map(|call| call.to_string()).as_deref(), Some(CALL));
}

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(query in any::<String>(), body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let request = CarrierRequest { url: format!("https://x.example/?{query}"), ..post(body) };
        let _ = (incoming(&request), event(&request));
    }
}
