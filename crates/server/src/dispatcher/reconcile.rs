//! Asking the carrier about calls it has gone quiet on.

mod look_ups;

use std::sync::Arc;

use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use ringback_domain::time::seconds_between;
use ringback_store::{AskAbout, CarrierSays};
use ringback_telephony::carrier::{CallReference, Carrier, LookUp};
use tokio_util::sync::CancellationToken;

pub(super) use self::look_ups::LookUps;
use super::{Dial, Dispatcher, pace};

/// Look-ups of [`Dispatcher::reconcile`] that run at once.
const AT_ONCE: usize = 16;
/// One that has waited this long for its turn is given up before it is sent: the call has become due again, and by then
/// more may be known of it.
const STALE_SECONDS: i64 = 15;

impl Dispatcher {
    /// Asks about every call that is due to be asked about, and waits until all answers are applied.
    pub async fn reconcile(&self) -> anyhow::Result<Vec<Dial>> {
        let due = self.store.calls_to_ask(self.clock.now()).await?;
        let asked = stream::iter(due).map(|ask| self.ask(ask)).buffer_unordered(AT_ONCE);
        Ok(asked.filter_map(|done| async { claimed(done) }).collect().await)
    }

    /// Sends a look-up for every call that is due on its way, and waits for none of them: a carrier may take its whole
    /// time-out to say nothing, and nobody else waits for that. Those whose turn has not come by `stop` are left.
    pub async fn send_look_ups(self: &Arc<Self>, stop: &CancellationToken) -> anyhow::Result<()> {
        let listed_at = self.clock.now();
        for ask in self.store.calls_to_ask(listed_at).await? {
            let (this, stop) = (Arc::clone(self), stop.clone());
            self.tasks.spawn(async move {
                let Some(_under_way) = this.look_ups.begin(ask.call) else { return };
                if let Some(dial) = claimed(this.ask_in_turn(&ask, listed_at, &stop).await) {
                    this.send(dial);
                }
            });
        }
        Ok(())
    }

    async fn ask_in_turn(&self, ask: &AskAbout, listed_at: Timestamp, stop: &CancellationToken) -> anyhow::Result<Option<Dial>> {
        let Some(carrier) = self.carrier_to_ask(ask).await? else { return Ok(None) };
        let account = pace(ask.company, carrier.as_ref()).account;
        let Some(_turn) = stop.run_until_cancelled(self.look_ups.turn(&account)).await else { return Ok(None) };
        if seconds_between(listed_at, self.clock.now()) >= STALE_SECONDS {
            return Ok(None);
        }
        self.ask_carrier(ask, &carrier).await
    }

    async fn ask(&self, ask: AskAbout) -> anyhow::Result<Option<Dial>> {
        match self.carrier_to_ask(&ask).await? {
            Some(carrier) => self.ask_carrier(&ask, &carrier).await,
            None => Ok(None),
        }
    }

    /// `None`: there is none, and what follows of that is written.
    async fn carrier_to_ask(&self, ask: &AskAbout) -> anyhow::Result<Option<Arc<dyn Carrier>>> {
        self.store.expect_no_answer(ask, self.clock.now()).await?;
        match self.carrier(ask.company, ask.phone, &ask.carrier, &ask.carrier_config) {
            Ok(carrier) => Ok(Some(carrier)),
            Err(error) => {
                // A carrier that cannot be asked is silent: its leases end by their deadlines.
                tracing::error!(event = "reconcile.no_carrier", call_id = %ask.call, phone_id = %ask.phone, %error, "a phone's carrier cannot be asked");
                self.store.apply_look_up(ask, &CarrierSays::Nothing, false, self.clock.now()).await?;
                Ok(None)
            }
        }
    }

    /// By what the carrier may know the call. `None`: by nothing.
    async fn reference(&self, ask: &AskAbout) -> anyhow::Result<Option<CallReference>> {
        if ask.number.is_none() && ask.carrier_call_id.is_none() {
            return Ok(None);
        }
        Ok(Some(CallReference {
            call: ask.call,
            carrier_call_id: ask.carrier_call_id.clone(),
            to: ask.number.clone().unwrap_or_else(|| ask.phone_number.clone()),
            from: ask.phone_number.clone(),
            asked_at: ask.asked_at,
            taken: if ask.carrier_call_id.is_some() { Vec::new() } else { self.store.carrier_ids_taken(ask).await? },
        }))
    }

    async fn ask_carrier(&self, ask: &AskAbout, carrier: &Arc<dyn Carrier>) -> anyhow::Result<Option<Dial>> {
        let says = match self.reference(ask).await? {
            None => CarrierSays::NoTrace,
            Some(reference) => {
                let pace = pace(ask.company, carrier.as_ref());
                let requests = pace.of_look_up(&reference);
                if requests > 0 && self.pacer.take(&pace, requests, self.clock.now()).is_err() {
                    // Whoever asked for the calls that are due has put this one off by a few seconds already.
                    return Ok(None);
                }
                look_up(ask, carrier.as_ref(), &reference).await
            }
        };
        let ticket = self.ticket(ask.company, carrier).ok();
        let applied = self.store.apply_look_up(ask, &says, ticket.is_some(), self.clock.now()).await?;
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

async fn look_up(ask: &AskAbout, carrier: &dyn Carrier, reference: &CallReference) -> CarrierSays {
    match carrier.look_up(reference).await {
        Ok(LookUp::Found { carrier_call_id, news }) => CarrierSays::Found { carrier_call_id, news },
        Ok(LookUp::NoTrace) => CarrierSays::NoTrace,
        Err(error) => {
            tracing::warn!(event = "reconcile.carrier_silent", call_id = %ask.call, phone_id = %ask.phone, %error, "the carrier did not say how a call stands");
            CarrierSays::Nothing
        }
    }
}

fn claimed(asked: anyhow::Result<Option<Dial>>) -> Option<Dial> {
    asked.unwrap_or_else(|error| {
        tracing::error!(event = "reconcile.failed", %error, "a call could not be reconciled; it is tried again");
        None
    })
}
