//! Calls that their carrier has gone quiet on, asked about beside each other.

use std::{sync::Arc, time::Duration};

use ringback_server::dispatcher::Dispatcher;
use ringback_telephony::{fakes::Answer, registry::Registry};
use serde_json::json;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{
    bench::Api,
    carriers::{carrier, phone, rings},
};

/// Longer than the test may last: nothing here may wait for a carrier that does not answer.
const CARRIER_TIMEOUT: Duration = Duration::from_mins(10);
const AT_ONCE: Duration = Duration::from_secs(30);
/// Look-ups of one account that run at once.
const PER_ACCOUNT: usize = 4;

#[tokio::test]
async fn a_carrier_that_never_answers_holds_up_its_own_company_alone() {
    for api in Api::each().await {
        let (app, stop) = (&api.app, CancellationToken::new());
        let carriers = Arc::new(Registry::new(CARRIER_TIMEOUT, None).expect("builds"));
        let dispatcher =
            Arc::new(Dispatcher::new(app.store.clone(), app.clock.clone(), carriers, app.vault.clone(), app.public_url.clone()));
        let (dead, alive) = (carrier().await, carrier().await);
        dead.silence_look_ups();

        let (others, _) = phone(&api, &dead, 20, true).await;
        for call in 0..20 {
            assert_eq!(rings(&api, &others, &format!("dead-{call}"), "anonymous").await, 200);
        }
        api.advance(31);
        timeout(AT_ONCE, dispatcher.send_look_ups(&stop)).await.expect("waits for no carrier").expect("reads");
        timeout(AT_ONCE, dead.wait_for_look_ups(PER_ACCOUNT)).await.expect("the dead carrier is asked");

        let (ours, id) = phone(&api, &alive, 1, false).await;
        assert_eq!(rings(&api, &ours, "first", "%2B4930901821").await, 200);
        assert_eq!(rings(&api, &ours, "second", "%2B4915112345678").await, 302);
        api.patch(&format!("/api/v1/phones/{id}"), json!({"channels": 2})).await.data(200);
        alive.answer_next([Answer::FailAfterAcceptance(500)]);
        let dial = dispatcher.claim(id.parse().expect("an id")).await.expect("claims").expect("somebody waits");
        dispatcher.place(dial).await;
        assert_eq!((alive.dials().len(), alive.look_ups()), (1, 0));

        // The dead carrier's calls are due again, too: those that are asked about are not asked about twice.
        api.advance(20);
        timeout(AT_ONCE, dispatcher.send_look_ups(&stop)).await.expect("waits for no carrier").expect("reads");
        timeout(AT_ONCE, alive.wait_for_look_ups(1)).await.expect("the lost answer is asked about");
        assert_eq!(dead.look_ups(), PER_ACCOUNT);
        stop.cancel();
    }
}
