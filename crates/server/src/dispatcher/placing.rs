//! Asking the carrier for a call that has been claimed (decision 9, steps 2 and 3).

use ringback_store::Placement;
use ringback_telephony::carrier::{DialOrder, PlaceError};

use super::{Dial, Dispatcher};
use crate::telemetry;

impl Dispatcher {
    /// Sends the request once and writes what came of it.
    pub async fn place(&self, dial: Dial) {
        let placement = self.ask_for_call(&dial).await;
        self.write_placement(&dial, &placement).await;
    }

    /// Sends the request once. From here until the answer is written, the claim on disk is all there is: a crash in
    /// between leaves a call that the carrier is asked about after the next start.
    pub async fn ask_for_call(&self, dial: &Dial) -> Placement {
        let claim = &dial.claim;
        let order = DialOrder {
            call: claim.call,
            to: claim.to.clone(),
            from: claim.from.clone(),
            ring_seconds: claim.ring_seconds,
            max_call_seconds: claim.max_call_seconds,
            status_url: format!("{}/voice/{}/{}/status", self.public_url, claim.carrier, claim.ingress_key),
            stream_url: claim.stream_url.clone(),
        };
        if let Some(freed_at) = dial.freed_at {
            metrics::histogram!(telemetry::FREED_TO_DIAL_SECONDS).record(freed_at.elapsed());
        }
        let waited = self.clock.now().duration_since(claim.missed_at);
        metrics::histogram!(telemetry::MISSED_TO_DIAL_SECONDS).record(waited.as_secs_f64());
        match dial.carrier.place(&order).await {
            Ok(placed) => {
                self.pacer.accepted(&dial.account);
                Placement::Accepted { carrier_call_id: placed.carrier_call_id }
            }
            Err(error) => {
                tracing::warn!(
                    event = "dial.not_accepted", call_id = %claim.call, phone_id = %claim.phone, to = %claim.to, %error,
                    "the carrier did not accept a call"
                );
                self.refusal(dial, error)
            }
        }
    }

    fn refusal(&self, dial: &Dial, error: PlaceError) -> Placement {
        let counts = dial.carrier.circuit_breaker();
        match error {
            PlaceError::Rejected { .. } => Placement::Rejected,
            PlaceError::NotProcessed { reason } => Placement::NotProcessed { reason, counts },
            PlaceError::Throttled { retry_after } => {
                let seconds = retry_after.map(|after| i64::try_from(after.as_secs()).unwrap_or(30));
                Placement::Throttled { until: self.pacer.refused(&dial.account, seconds, self.clock.now()) }
            }
            PlaceError::OutcomeUnknown { .. } => Placement::Lost { counts },
        }
    }

    /// Writes the answer. When that fails, the claim stands as it is on disk and the carrier is asked about it.
    pub async fn write_placement(&self, dial: &Dial, placement: &Placement) {
        let claim = &dial.claim;
        let answer = placement.word();
        metrics::counter!(telemetry::CARRIER_REQUESTS_TOTAL, "carrier" => claim.carrier.clone(), "answer" => answer).increment(1);
        match self.store.record_placement(claim, placement, self.clock.now()).await {
            Ok(freed) => {
                tracing::info!(
                    event = "attempt.placed", attempt_id = %claim.attempt, call_id = %claim.call, phone_id = %claim.phone, to = %claim.to,
                    answer, "asked the carrier for a call"
                );
                if freed {
                    self.wake(claim.phone);
                }
            }
            Err(error) => tracing::error!(
                event = "dial.not_written", call_id = %claim.call, phone_id = %claim.phone, %error,
                "the carrier's answer could not be written; it will be asked about this call"
            ),
        }
    }
}
