//! What every carrier promises, whatever it speaks.

use std::time::Duration;

use ringback_domain::call::{AnsweredBy, EndedHow, News};
use ringback_telephony::{
    carrier::{CarrierRequest, EventError, InboundAnswer, LookUp, PlaceError},
    fakes::{Answer, Encoding},
    registry::CarrierKind,
};

use crate::lines::{CUSTOMER, Course, Line, Next, PHONE, call_id, config, lines, registry};

#[tokio::test]
async fn an_accepted_call_is_found_by_the_id_it_got() {
    for line in lines().await {
        let placed = line.carrier.place(&line.order(1)).await.expect("accepted");
        assert_eq!(line.dialed(), 1, "{}", line.kind);
        let found = line.carrier.look_up(&line.reference(1, Some(&placed.carrier_call_id))).await.expect("known");
        assert_eq!(found, LookUp::Found { carrier_call_id: placed.carrier_call_id, news: News::Ringing }, "{}", line.kind);
    }
}

#[tokio::test]
async fn a_request_asks_for_what_the_order_says() {
    let line = Line::start(CarrierKind::Exotel).await;
    line.carrier.place(&line.order(1)).await.expect("accepted");
    let dial = line.exotel().dials().remove(0);
    let fields =
        ["From", "CallerId", "StreamType", "CallType", "TimeLimit", "TimeOut", "StatusCallbackEvents[0]", "StatusCallbackEvents[1]"];
    let values = [CUSTOMER, PHONE, "bidirectional", "trans", "600", "30", "terminal", "answered"];
    for (field, value) in fields.into_iter().zip(values) {
        assert_eq!(dial.field(field), Some(value), "{field}");
    }
    assert_eq!(dial.reference, Some(call_id(1).to_string()));
    assert_eq!((dial.field("To"), dial.field("Url")), (None, None));
    assert_eq!(dial.status_url, Some(line.order(1).status_url));

    let mut to_a_flow = config(CarrierKind::Exotel, &line.exotel().base_url());
    to_a_flow["app_id"] = "4711".into();
    let carrier = registry(None).carrier(CarrierKind::Exotel, &to_a_flow).expect("a good configuration");
    carrier.place(&line.order(2)).await.expect("accepted");
    let dial = line.exotel().dials().remove(1);
    assert_eq!(dial.field("Url"), Some("http://my.exotel.com/acme/exoml/start_voice/4711"));
    assert_eq!(dial.field("StreamUrl"), None);
}

#[tokio::test]
async fn each_refusal_says_what_may_be_done_next() {
    for line in lines().await {
        let kind = line.kind;
        line.next(Next::Refuse);
        assert!(matches!(line.carrier.place(&line.order(1)).await, Err(PlaceError::Rejected { .. })), "{kind}");
        line.next(Next::NotProcess);
        assert!(matches!(line.carrier.place(&line.order(2)).await, Err(PlaceError::NotProcessed { .. })), "{kind}");
        line.next(Next::Throttle);
        let throttled = line.carrier.place(&line.order(3)).await;
        let Err(PlaceError::Throttled { retry_after }) = throttled else { panic!("{kind}: {throttled:?}") };
        assert_eq!(retry_after, (kind != CarrierKind::Simulator).then_some(Duration::from_secs(7)), "{kind}");
        assert_eq!(line.dialed(), 0, "{kind}");
        line.next(Next::Accept);
        assert!(line.carrier.place(&line.order(4)).await.is_ok(), "{kind}");
    }
}

#[tokio::test]
async fn a_call_whose_answer_was_lost_is_found_again() {
    for line in lines().await {
        line.next(Next::LoseAfter);
        let lost = line.carrier.place(&line.order(1)).await;
        assert!(matches!(lost, Err(PlaceError::OutcomeUnknown { .. })), "{}: {lost:?}", line.kind);
        let found = line.carrier.look_up(&line.reference(1, None)).await.expect("an answer");
        assert!(matches!(found, LookUp::Found { news: News::Ringing, .. }), "{}: {found:?}", line.kind);
    }
}

#[tokio::test]
async fn a_call_that_was_never_made_leaves_no_trace() {
    for line in lines().await {
        line.next(Next::LoseBefore);
        let lost = line.carrier.place(&line.order(1)).await;
        assert!(matches!(lost, Err(PlaceError::OutcomeUnknown { .. })), "{}: {lost:?}", line.kind);
        for id in [None, Some("never-made")] {
            let found = line.carrier.look_up(&line.reference(1, id)).await.expect("an answer");
            assert_eq!(found, LookUp::NoTrace, "{}", line.kind);
        }
    }
}

#[tokio::test]
async fn another_call_to_the_same_person_is_not_taken_for_the_lost_one() {
    for line in lines().await {
        let placed = line.carrier.place(&line.order(1)).await.expect("accepted");
        let mut lost = line.reference(2, None);
        lost.taken = vec![placed.carrier_call_id];
        assert_eq!(line.carrier.look_up(&lost).await.expect("an answer"), LookUp::NoTrace, "{}", line.kind);
    }
}

#[tokio::test]
async fn every_answer_that_proves_nothing_leaves_the_outcome_unknown() {
    let unclear =
        [Answer::FailAfterAcceptance(500), Answer::Refuse(503), Answer::Malformed, Answer::EmptySid, Answer::BrokenBody, Answer::Redirect];
    for line in lines().await {
        for (answer, call) in unclear.into_iter().zip(1..) {
            if !line.answers(answer) {
                continue;
            }
            let placed = line.carrier.place(&line.order(call)).await;
            assert!(matches!(placed, Err(PlaceError::OutcomeUnknown { .. })), "{} {answer:?}: {placed:?}", line.kind);
        }
    }
}

#[tokio::test]
async fn a_carrier_that_cannot_be_reached_has_processed_nothing() {
    let closed = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        format!("http://{}", listener.local_addr().expect("bound"))
    };
    let not_tls = Line::start(CarrierKind::Exotel).await.exotel().base_url().replace("http:", "https:");
    for base_url in [closed.as_str(), "http://no-such-host.invalid", &not_tls] {
        for line in [Line::start(CarrierKind::Exotel).await, Line::start(CarrierKind::Twilio).await] {
            let carrier = registry(None).carrier(line.kind, &config(line.kind, base_url)).expect("a good configuration");
            let placed = carrier.place(&line.order(1)).await;
            let Err(PlaceError::NotProcessed { reason }) = placed else { panic!("{base_url}: {placed:?}") };
            assert!(!reason.contains("acme") && !reason.contains("token") && !reason.contains(&CUSTOMER[1..]), "{reason}");
        }
    }
}

#[tokio::test]
async fn a_silent_look_up_is_an_error_not_an_absence() {
    let line = Line::start(CarrierKind::Exotel).await;
    line.exotel().fail_look_ups(Some(503));
    for id in [None, Some("x")] {
        assert!(line.carrier.look_up(&line.reference(1, id)).await.is_err());
    }
}

/// Events of one course, read; what each carrier must agree on.
async fn told(line: &Line, call: u8, course: Course, encoding: Encoding) -> Vec<News> {
    line.expect(course);
    let placed = line.carrier.place(&line.order(call)).await.expect("accepted");
    let requests = line.play(course, encoding).await;
    let read = |request: &CarrierRequest| {
        let event = line.carrier.read_event(request).expect("readable");
        assert_eq!(event.carrier_call_id.as_ref(), Some(&placed.carrier_call_id), "{}", line.kind);
        assert_eq!(event.call, Some(call_id(call)), "{}", line.kind);
        event.news
    };
    // Doubled and backwards: each event reads alone, whatever came before it.
    let forwards: Vec<_> = requests.iter().map(read).collect();
    let mut backwards: Vec<_> = requests.iter().rev().map(read).collect();
    backwards.reverse();
    assert_eq!(forwards, backwards, "{}", line.kind);
    let found = line.carrier.look_up(&line.reference(call, Some(&placed.carrier_call_id))).await.expect("known");
    let LookUp::Found { news: News::Ended(looked_up), .. } = found else { panic!("{}: {found:?}", line.kind) };
    let Some(News::Ended(end)) = forwards.last() else { panic!("{}: {forwards:?}", line.kind) };
    assert_eq!((looked_up.how, looked_up.talk_seconds.unwrap_or(0)), (end.how, end.talk_seconds.unwrap_or(0)), "{}", line.kind);
    forwards.into_iter().filter(|news| *news != News::Ringing).collect()
}

#[tokio::test]
async fn the_same_course_is_told_as_the_same_news() {
    for line in lines().await {
        for (encoding, call) in Encoding::ALL.into_iter().zip([10, 20, 30]) {
            for (course, how, by) in [
                (Course::Talk, EndedHow::Completed, Some(AnsweredBy::Human)),
                (Course::Machine, EndedHow::Completed, Some(AnsweredBy::Machine)),
                (Course::Busy, EndedHow::Busy, None),
                (Course::NoAnswer, EndedHow::NoAnswer, None),
            ] {
                let context = format!("{} {encoding:?} {course:?}", line.kind);
                let news = told(&line, call + course as u8, course, encoding).await;
                let answered = how == EndedHow::Completed;
                assert_eq!(news.len(), 1 + usize::from(answered), "{context}: {news:?}");
                assert!(!answered || matches!(news[0], News::Answered { .. }), "{context}: {news:?}");
                let Some(News::Ended(end)) = news.last() else { panic!("{context}: {news:?}") };
                assert_eq!((end.how, end.answered_by, end.abandoned), (how, by, false), "{context}");
                assert_eq!(end.talk_seconds.is_some_and(|seconds| seconds > 0), answered, "{context}");
            }
        }
    }
}

#[tokio::test]
async fn a_carrier_that_signs_is_believed_only_when_it_did() {
    let line = Line::start(CarrierKind::Twilio).await;
    line.carrier.place(&line.order(1)).await.expect("accepted");
    let requests = line.play(Course::Talk, Encoding::Urlencoded).await;
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert!(line.carrier.read_event(&request).is_ok());
        let mut unsigned = request.clone();
        unsigned.headers.retain(|(name, _)| name != "x-twilio-signature");
        let elsewhere = CarrierRequest { url: request.url.replace("secret", "other"), ..request.clone() };
        let mut changed = request.clone();
        changed.body = [&request.body[..], b"&CallDuration=9999"].concat().into();
        for forged in [unsigned, elsewhere, changed] {
            assert_eq!(line.carrier.read_event(&forged), Err(EventError::Unverified));
            assert_eq!(line.carrier.read_incoming(&forged), Err(EventError::Unverified));
        }
    }
}

#[tokio::test]
async fn an_inbound_call_is_answered_in_the_carriers_language() {
    let connect = InboundAnswer::Connect { call: call_id(1), stream_url: None };
    let (announced, busy) = (InboundAnswer::Full { announce: Some(("Wir rufen zurück.", "de")) }, InboundAnswer::Full { announce: None });
    let exotel = Line::start(CarrierKind::Exotel).await.carrier;
    assert_eq!([&connect, &announced, &busy].map(|answer| exotel.answer_inbound(answer).status), [200, 302, 302]);

    let twilio = Line::start(CarrierKind::Twilio).await.carrier;
    let [connect, announced, busy] = [connect, announced, busy].map(|answer| twilio.answer_inbound(&answer));
    assert_eq!([connect.status, announced.status, busy.status], [200; 3]);
    assert!(connect.body.contains(r#"<Connect><Stream url="wss://agent.example/stream?a=1&amp;b=2">"#), "{}", connect.body);
    assert!(connect.body.contains(&format!(r#"<Parameter name="call_id" value="{}"/>"#, call_id(1))), "{}", connect.body);
    assert!(announced.body.contains(r#"<Say language="de-DE">Wir rufen zurück.</Say><Reject reason="busy"/>"#), "{}", announced.body);
    assert!(busy.body.contains(r#"<Response><Reject reason="busy"/></Response>"#), "{}", busy.body);
}

#[tokio::test]
async fn ending_a_call_twice_is_fine_where_calls_can_be_ended() {
    for line in lines().await {
        let placed = line.carrier.place(&line.order(1)).await.expect("accepted");
        for _ in 0..2 {
            let ended = line.carrier.hang_up(&placed.carrier_call_id).await;
            assert_eq!(ended.is_ok(), line.kind != CarrierKind::Exotel, "{}: {ended:?}", line.kind);
        }
    }
}

/// The last event of a course, and the same with another end of its body.
async fn last_event(line: &Line, call: u8) -> CarrierRequest {
    line.expect(Course::Talk);
    line.carrier.place(&line.order(call)).await.expect("accepted");
    line.play(Course::Talk, Encoding::Urlencoded).await.pop().expect("an event")
}

#[tokio::test]
async fn what_no_database_takes_is_left_out_of_texts_and_the_end_still_counts() {
    for line in [Line::start(CarrierKind::Exotel).await, Line::start(CarrierKind::Twilio).await] {
        let event = last_event(&line, 1).await;
        for (url, heard) in [
            ("http://x/%00y%0d%0a%7f", Some("http://x/y".to_owned())),
            ("%00", None),
            (&format!("http://x/{}", "y".repeat(2048 - 9)), Some(format!("http://x/{}", "y".repeat(2048 - 9)))),
            (&format!("http://x/{}", "y".repeat(2048 - 8)), None),
        ] {
            let told = line.resigned(&event, &format!("&RecordingUrl={url}&Nobody%00=%00"));
            let News::Ended(end) = line.carrier.read_event(&told).expect("readable").news else { panic!("{}", line.kind) };
            assert_eq!((end.how, end.talk_seconds, end.recording_url), (EndedHow::Completed, Some(35), heard), "{} {url}", line.kind);
        }
    }
}

#[tokio::test]
async fn an_id_that_no_database_takes_is_no_id() {
    for line in lines().await {
        let (name, of) = if line.kind == CarrierKind::Simulator { ("call_id", "from") } else { ("CallSid", "From") };
        for id in ["a%00b", "%00", "a%0ab", &"x".repeat(129)] {
            let asked = line.asked(&format!("{name}={id}&{of}=%2B4915112345678"));
            let incoming = line.carrier.read_incoming(&asked);
            assert!(matches!(incoming, Err(EventError::Malformed { .. })), "{} {id}: {incoming:?}", line.kind);
        }
        let event = last_event(&line, 1).await;
        let event = if line.kind == CarrierKind::Simulator {
            let body = br#"{"call_id":"a\u0000b","status":"completed"}"#;
            CarrierRequest { body: body.as_slice().into(), ..event }
        } else {
            line.resigned(&event, "&CallSid=a%00b")
        };
        assert!(matches!(line.carrier.read_event(&event), Err(EventError::Malformed { .. })), "{}", line.kind);
    }
}
