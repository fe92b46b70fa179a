//! The dispatcher, step by step and as the loop that it is.

use std::{sync::Arc, time::Duration};

use ringback_server::dispatcher::{Dial, Dispatcher};
use ringback_telephony::fakes::Answer;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{
    bench::Api,
    carriers::{carrier, missed_phone},
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
