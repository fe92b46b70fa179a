//! The dispatcher, step by step and as the loop that it is.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use ringback_domain::ids::PhoneId;
use ringback_server::dispatcher::{Dial, Dispatcher};
use ringback_telephony::fakes::Answer;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{
    bench::{Api, request},
    carriers::{carrier, missed_phone},
    log::Log,
};

const PATIENCE: Duration = Duration::from_secs(20);
/// Of one account, which all wait for its carrier.
const REQUESTS_PER_ACCOUNT: usize = 64;
/// So many that the pace holds nobody up.
const UNPACED: u32 = 5_000_000;

async fn claim(dispatcher: &Dispatcher, phone: &str) -> Option<Dial> {
    dispatcher.claim(phone.parse().expect("an id")).await.expect("claims")
}

/// Everything that may be asked for now.
async fn claim_all(dispatcher: &Dispatcher, phone: &str) -> Vec<Dial> {
    let mut dials = Vec::new();
    while let Some(dial) = claim(dispatcher, phone).await {
        dials.push(dial);
    }
    dials
}

#[tokio::test]
async fn a_carrier_that_is_slow_takes_its_accounts_share_of_requests_and_pauses_nobody() {
    for api in Api::each().await {
        let dispatcher = &api.app.dispatcher;
        let (slow, quick) = (carrier().await, carrier().await);
        let theirs = missed_phone(&api, &slow, 66, true, UNPACED).await;
        // Each holds its right to a request for as long as its carrier says nothing.
        let mut waiting = claim_all(dispatcher, &theirs).await;
        assert_eq!(waiting.len(), REQUESTS_PER_ACCOUNT);
        let ours = missed_phone(&api, &quick, 1, false, UNPACED).await;
        assert!(claim(dispatcher, &ours).await.is_some(), "another company dials as before");
        waiting.pop();
        assert_eq!(claim_all(dispatcher, &theirs).await.len(), 1, "as soon as one of theirs was answered: the phone is not paused");
    }
}

#[tokio::test]
async fn an_account_that_was_told_to_slow_down_waits_with_all_its_phones_and_no_attempt_is_spent() {
    for api in Api::each().await {
        let (dispatcher, carrier) = (&api.app.dispatcher, carrier().await);
        let first = missed_phone(&api, &carrier, 1, false, UNPACED).await;
        let second = missed_phone(&api, &carrier, 1, false, UNPACED).await;
        carrier.answer_next([Answer::Throttle { retry_after_seconds: Some(7) }]);
        dispatcher.place(claim(dispatcher, &first).await.expect("somebody waits")).await;
        assert!(claim(dispatcher, &first).await.is_none() && claim(dispatcher, &second).await.is_none());
        api.advance(6);
        assert!(claim(dispatcher, &first).await.is_none() && claim(dispatcher, &second).await.is_none());
        api.advance(2);
        for phone in [&first, &second] {
            dispatcher.place(claim(dispatcher, phone).await.expect("it still waits")).await;
        }
        assert_eq!((carrier.requests(), carrier.dials().len()), (3, 2));
    }
}

#[tokio::test]
async fn a_look_up_takes_as_much_of_the_accounts_pace_as_it_may_send() {
    for api in Api::each().await {
        let (dispatcher, carrier) = (&api.app.dispatcher, carrier().await);
        // Six requests in a row at most.
        let phone = missed_phone(&api, &carrier, 8, false, 60).await;
        carrier.answer_next([Answer::FailAfterAcceptance(500)]);
        dispatcher.place(claim(dispatcher, &phone).await.expect("somebody waits")).await;
        api.advance(3);
        assert!(dispatcher.reconcile().await.expect("asks").is_empty());
        assert!((2..=3).contains(&carrier.look_ups()), "{}", carrier.look_ups());
        assert_eq!(claim_all(dispatcher, &phone).await.len(), 3);
    }
}

#[tokio::test]
async fn a_phone_that_is_woken_is_dialed_on_while_the_dispatcher_runs() {
    for api in Api::each().await {
        let (stop, carrier) = (CancellationToken::new(), carrier().await);
        let running = tokio::spawn(Arc::clone(&api.app.dispatcher).run(stop.clone()));
        let phone = missed_phone(&api, &carrier, 2, false, UNPACED).await;
        api.app.dispatcher.wake(phone.parse().expect("an id"));
        timeout(PATIENCE, carrier.wait_for_dials(2)).await.expect("both are called back");
        stop.cancel();
        timeout(PATIENCE, running).await.expect("ends").expect("does not panic");
        assert_eq!(api.app.store.violations().await.expect("reads"), vec![]);
    }
}

#[tokio::test]
async fn a_phone_that_cannot_be_read_keeps_no_other_from_dialing() {
    for api in Api::each().await {
        let (dispatcher, carrier) = (&api.app.dispatcher, carrier().await);
        let (ours, theirs) = (missed_phone(&api, &carrier, 2, false, UNPACED).await, missed_phone(&api, &carrier, 1, true, UNPACED).await);
        let id: PhoneId = ours.parse().expect("an id");
        dispatcher.place(claim(dispatcher, &ours).await.expect("somebody waits")).await;
        const READ: &str = "select carrier_config from phones where id = $1";
        let (sealed,): (Vec<u8>,) = api.app.store.db().optional(READ, vec![id.into()]).await.expect("reads").expect("is there");
        const WRITE: &str = "update phones set carrier_config = $2 where id = $1";
        api.execute(WRITE, vec![id.into(), vec![1_u8, 2, 3].into()]).await;

        let log = Log::new("error");
        let dials = dispatcher.sweep().await.expect("goes on");
        assert_eq!(dials.iter().map(|dial| dial.claim.phone.to_string()).collect::<Vec<_>>(), [theirs]);
        api.advance(31);
        assert!(dispatcher.reconcile().await.expect("goes on").is_empty());
        for event in ["dispatcher.phone_failed", "reconcile.no_carrier"] {
            assert!(log.text().contains(event), "{event}: {}", log.text());
        }
        const RUNNING: &str = "select count(*) from attempts where phone_id = $1 and status = 'processing'";
        let running: (i64,) = api.app.store.db().optional(RUNNING, vec![id.into()]).await.expect("reads").expect("a number");
        assert_eq!(running, (1,), "nobody knows how to ask, and that is no answer");

        api.execute(WRITE, vec![id.into(), sealed.into()]).await;
        assert_eq!(claim_all(dispatcher, &ours).await.len(), 1);
        assert_eq!(api.app.store.violations().await.expect("reads"), vec![]);
    }
}

#[tokio::test]
async fn a_channel_that_frees_while_the_account_is_at_its_pace_is_dialed_on_when_there_is_room_again() {
    for api in Api::each().await {
        let (dispatcher, carrier) = (&api.app.dispatcher, carrier().await);
        // Six requests in a row at most, and one more each second.
        let phone = missed_phone(&api, &carrier, 7, false, 60).await;
        let dials = claim_all(dispatcher, &phone).await;
        let calls: Vec<_> = dials.iter().map(|dial| dial.claim.call).collect();
        assert_eq!(calls.len(), 6);
        for dial in dials {
            dispatcher.place(dial).await;
        }
        let stop = CancellationToken::new();
        let running = tokio::spawn(Arc::clone(dispatcher).run(stop.clone()));
        let sid = carrier.dials()[0].call_sid.clone();
        let path = api.get(&format!("/api/v1/phones/{phone}")).await;
        let path =
            path.data(200)["ingress_url"].as_str().and_then(|url| url.strip_prefix("http://ringback.test")).expect("ours").to_owned();
        let path = path.strip_suffix("/incoming").expect("of calls");
        let ended = format!("{path}/status?CallSid={sid}&Status=completed&ConversationDuration=30");
        assert_eq!(api.send(request(Method::POST, &ended, None)).await.status, 200);
        assert_eq!(carrier.dials().len(), 6, "the account may not be asked");
        api.advance(2);
        dispatcher.wake_all();
        timeout(PATIENCE, carrier.wait_for_dials(7)).await.expect("the last one is called back");
        stop.cancel();
        timeout(PATIENCE, running).await.expect("ends").expect("does not panic");
    }
}

#[tokio::test]
async fn a_database_that_fails_for_a_while_ends_no_dialing() {
    for api in Api::each().await {
        let (stop, carrier) = (CancellationToken::new(), carrier().await);
        let phone = missed_phone(&api, &carrier, 1, false, UNPACED).await;
        for away in TABLES_AWAY {
            api.execute(away, vec![]).await;
        }
        let log = Log::new("error");
        let running = tokio::spawn(Arc::clone(&api.app.dispatcher).run(stop.clone()));
        api.app.dispatcher.wake(phone.parse().expect("an id"));
        for event in ["recover_failed", "sweep_failed", "fill_failed", "reconcile_failed", "forget_failed"] {
            timeout(PATIENCE, log.wait_for(&format!("dispatcher.{event}"))).await.expect(event);
        }
        assert_eq!(carrier.requests(), 0);
        for back in TABLES_BACK {
            api.execute(back, vec![]).await;
        }
        api.app.dispatcher.wake_all();
        timeout(PATIENCE, carrier.wait_for_dials(1)).await.expect("is called back");
        stop.cancel();
        timeout(PATIENCE, running).await.expect("ends").expect("does not panic");
        assert_eq!(api.app.store.violations().await.expect("reads"), vec![]);
    }
}

/// Without these the dispatcher can read nothing that it asks for.
const TABLES_AWAY: [&str; 3] = [
    "alter table calls rename to calls_away",
    "alter table attempts rename to attempts_away",
    "alter table unmatched_events rename to unmatched_events_away",
];
const TABLES_BACK: [&str; 3] = [
    "alter table calls_away rename to calls",
    "alter table attempts_away rename to attempts",
    "alter table unmatched_events_away rename to unmatched_events",
];
