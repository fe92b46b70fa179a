//! Asking the carrier about calls it has gone quiet on.

use futures::{StreamExt as _, stream};
use ringback_store::{AskAbout, CarrierSays};
use ringback_telephony::carrier::{CallReference, LookUp};

use super::{Dial, Dispatcher, pace};

/// Look-ups that run at once.
const AT_ONCE: usize = 16;

impl Dispatcher {
    /// Asks about every call that is due to be asked about, and applies the answers.
    pub async fn reconcile(&self) -> anyhow::Result<Vec<Dial>> {
        let mut dials = Vec::new();
        self.reconcile_each(|dial| dials.push(dial)).await?;
        Ok(dials)
    }

    /// What an answer claimed is handed on at once: another carrier may take its whole time-out to say nothing.
    pub(super) async fn reconcile_each(&self, mut each: impl FnMut(Dial)) -> anyhow::Result<()> {
        let due = self.store.calls_to_ask(self.clock.now()).await?;
        let mut asked = stream::iter(due).map(|ask| self.ask(ask)).buffer_unordered(AT_ONCE);
        while let Some(done) = asked.next().await {
            if let Some(dial) = claimed(done) {
                each(dial);
            }
        }
        Ok(())
    }

    async fn ask(&self, ask: AskAbout) -> anyhow::Result<Option<Dial>> {
        self.store.expect_no_answer(&ask, self.clock.now()).await?;
        let carrier = match self.carrier(ask.company, ask.phone, &ask.carrier, &ask.carrier_config) {
            Ok(carrier) => carrier,
            Err(error) => {
                // A carrier that cannot be asked is silent: its leases end by their deadlines.
                tracing::error!(event = "reconcile.no_carrier", call_id = %ask.call, phone_id = %ask.phone, %error, "a phone's carrier cannot be asked");
                self.store.apply_look_up(&ask, &CarrierSays::Nothing, false, self.clock.now()).await?;
                return Ok(None);
            }
        };
        if carrier.paces_look_ups() && self.pacer.take(&pace(ask.company, carrier.as_ref()), self.clock.now()).is_err() {
            // Whoever asked for the calls that are due has put this one off by a few seconds already.
            return Ok(None);
        }
        let says = match &ask.number {
            None if ask.carrier_call_id.is_none() => CarrierSays::NoTrace,
            number => {
                let reference = CallReference {
                    call: ask.call,
                    carrier_call_id: ask.carrier_call_id.clone(),
                    to: number.clone().unwrap_or_else(|| ask.phone_number.clone()),
                    from: ask.phone_number.clone(),
                    asked_at: ask.asked_at,
                    taken: if ask.carrier_call_id.is_some() { Vec::new() } else { self.store.carrier_ids_taken(&ask).await? },
                };
                match carrier.look_up(&reference).await {
                    Ok(LookUp::Found { carrier_call_id, news }) => CarrierSays::Found { carrier_call_id, news },
                    Ok(LookUp::NoTrace) => CarrierSays::NoTrace,
                    Err(error) => {
                        tracing::warn!(event = "reconcile.carrier_silent", call_id = %ask.call, phone_id = %ask.phone, %error, "the carrier did not say how a call stands");
                        CarrierSays::Nothing
                    }
                }
            }
        };
        let ticket = self.ticket(ask.company, &carrier).ok();
        let applied = self.store.apply_look_up(&ask, &says, ticket.is_some(), self.clock.now()).await?;
        match (applied.claim, ticket) {
            (Some(claim), Some(ticket)) => Ok(Some(ticket.dial(*claim, None))),
            (_, Some(ticket)) => {
                self.pacer.give_back(&ticket.account);
                Ok(None)
            }
            (_, None) => {
                if applied.freed {
                    self.wake(ask.phone);
                }
                Ok(None)
            }
        }
    }
}

fn claimed(asked: anyhow::Result<Option<Dial>>) -> Option<Dial> {
    asked.unwrap_or_else(|error| {
        tracing::error!(event = "reconcile.failed", %error, "a call could not be reconciled; it is tried again");
        None
    })
}
