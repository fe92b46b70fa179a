//! The dispatcher: gives a freed channel to the next in the queue, asks the carrier for the call, writes what came of
//! it. The decisions are in `domain::dialing`, the claims in `store`; what is here is the order of the steps.
//!
//! Every step can be called on its own ([`Dispatcher::apply`], [`claim`](Dispatcher::claim), [`place`](Dispatcher::place),
//! [`sweep`](Dispatcher::sweep), [`reconcile`](Dispatcher::reconcile)); [`run`](Dispatcher::run) is the loop around them.

mod pacing;
mod placing;
mod reconcile;
mod run;
mod tasks;
mod turns;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;
use pacing::Pacer;
use reconcile::LookUps;
use ringback_domain::{
    call::News,
    ids::{CompanyId, PhoneId},
    time::Clock,
};
use ringback_store::{Claim, EventReference, IngressPhone, Store};
use ringback_telephony::{
    carrier::{Carrier, Pace},
    registry::Registry,
};
use tasks::Tasks;
use tokio::sync::{Notify, Semaphore, mpsc};
use turns::{Turn, Turns};

use crate::vault::Vault;

/// Requests for calls that run at once, and of them those of one account: a carrier may take its whole time-out to say nothing.
const REQUESTS_AT_ONCE: usize = 256;
const REQUESTS_PER_ACCOUNT: usize = 64;
/// Phones that are woken and looked at at once.
const FILLS_AT_ONCE: usize = 64;
/// Wake-ups that wait at once. They are hints: one that finds the queue full is dropped, the sweep finds its phone.
const WAKE_UPS: usize = 4096;
/// Phones that one sweep looks at; the next one goes on behind them.
const PHONES_PER_SWEEP: u32 = 1000;

pub struct Dispatcher {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    carriers: Arc<Registry>,
    vault: Arc<Vault>,
    public_url: Arc<str>,
    pacer: Pacer,
    look_ups: LookUps,
    requests: Turns,
    fills: Arc<Semaphore>,
    wake_ups: mpsc::Sender<PhoneId>,
    woken: tokio::sync::Mutex<mpsc::Receiver<PhoneId>>,
    sweep_now: Notify,
    swept_at: AtomicI64,
    tasks: Tasks,
}

/// A claim on its way to the carrier, with the right to ask it.
pub struct Dial {
    pub claim: Claim,
    carrier: Arc<dyn Carrier>,
    account: String,
    /// When the channel became free, where a call's end is what freed it.
    freed_at: Option<Instant>,
    _turn: Turn,
}

/// The right to send one request: within the account's pace and our own bound.
struct Ticket {
    carrier: Arc<dyn Carrier>,
    account: String,
    turn: Turn,
}

/// Why there is no right to a request now.
enum NoTicket {
    /// The account's pace is used up until then.
    Until(Timestamp),
    /// As many of our own requests run as may. The account is free, and the next sweep tries again.
    Full,
}

impl Dispatcher {
    pub fn new(store: Arc<Store>, clock: Arc<dyn Clock>, carriers: Arc<Registry>, vault: Arc<Vault>, public_url: Arc<str>) -> Self {
        let (wake_ups, woken) = mpsc::channel(WAKE_UPS);
        Self {
            store,
            clock,
            carriers,
            vault,
            public_url,
            pacer: Pacer::default(),
            look_ups: LookUps::default(),
            requests: Turns::new(REQUESTS_AT_ONCE, REQUESTS_PER_ACCOUNT),
            fills: Arc::new(Semaphore::new(FILLS_AT_ONCE)),
            wake_ups,
            woken: tokio::sync::Mutex::new(woken),
            sweep_now: Notify::new(),
            swept_at: AtomicI64::new(0),
            tasks: Tasks::default(),
        }
    }

    /// Hints that this phone may have something to dial. Losing the hint costs at most a second.
    pub fn wake(&self, phone: PhoneId) {
        // A full queue or a stopped loop: the sweep is the truth.
        let _ = self.wake_ups.try_send(phone);
    }

    /// Hints that any phone may have something to dial: credits came, settings changed.
    pub fn wake_all(&self) {
        self.sweep_now.notify_one();
    }

    /// When the last sweep finished; `None` before the first.
    pub fn swept_at(&self) -> Option<Timestamp> {
        match self.swept_at.load(Ordering::Relaxed) {
            0 => None,
            millis => Some(ringback_domain::time::from_millis(millis)),
        }
    }

    /// The carrier of a phone, from its sealed configuration.
    pub fn carrier(&self, company: CompanyId, phone: PhoneId, kind: &str, sealed: &[u8]) -> anyhow::Result<Arc<dyn Carrier>> {
        let plain = self.vault.open(company, phone, sealed)?;
        let config = serde_json::from_slice(&plain)?;
        let kind = kind.parse().map_err(|error| anyhow::anyhow!("carrier {kind}: {error}"))?;
        self.carriers.carrier(kind, &config).map_err(|errors| {
            let fields: Vec<_> = errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
            anyhow::anyhow!("carrier_config: {}", fields.join("; "))
        })
    }

    /// Applies a carrier's event. When it freed a channel, the next attempt for it is claimed in the same commit and
    /// returned: dial it at once.
    pub async fn apply(
        &self,
        phone: &IngressPhone,
        carrier: &Arc<dyn Carrier>,
        reference: &EventReference,
        news: &News,
    ) -> anyhow::Result<Option<Dial>> {
        let arrived = Instant::now();
        let ticket = if matches!(news, News::Ended(_)) { self.ticket(phone.company_id, carrier).ok() } else { None };
        let now = self.clock.now();
        let applied = self.store.apply_event(phone.company_id, phone.id, reference, news, ticket.is_some(), now).await?;
        match (applied.claim, ticket) {
            (Some(claim), Some(ticket)) => Ok(Some(ticket.dial(*claim, Some(arrived)))),
            (_, ticket) => {
                if applied.freed && ticket.is_none() {
                    self.wake(phone.id);
                }
                if let Some(ticket) = ticket {
                    self.pacer.give_back(&ticket.account);
                }
                Ok(None)
            }
        }
    }

    /// Claims the next attempt of a phone, if its pace and channels allow one now.
    pub async fn claim(&self, phone: PhoneId) -> anyhow::Result<Option<Dial>> {
        let Some(setup) = self.store.carrier_of(phone).await? else { return Ok(None) };
        let carrier = self.carrier(setup.company_id, phone, &setup.carrier, &setup.carrier_config)?;
        let ticket = match self.ticket(setup.company_id, &carrier) {
            Ok(ticket) => ticket,
            Err(NoTicket::Full) => return Ok(None),
            Err(NoTicket::Until(until)) => {
                self.store.wait_for_account(phone, until, self.clock.now()).await?;
                return Ok(None);
            }
        };
        let claim = self.store.claim_next(phone, self.clock.now()).await?;
        if claim.is_none() {
            self.pacer.give_back(&ticket.account);
        }
        Ok(claim.map(|claim| ticket.dial(claim, None)))
    }

    /// Looks through all phones that could dial, whatever wake-up was lost.
    pub async fn sweep(&self) -> anyhow::Result<Vec<Dial>> {
        let mut dials = Vec::new();
        self.sweep_each(|dial| dials.push(dial)).await?;
        Ok(dials)
    }

    /// A claim stands on disk: each is handed on at once, so that neither an error nor a slow phone behind it keeps it
    /// from being sent.
    async fn fill_each(&self, phone: PhoneId, mut claimed: impl FnMut(Dial)) -> anyhow::Result<()> {
        while let Some(dial) = self.claim(phone).await? {
            claimed(dial);
        }
        Ok(())
    }

    async fn sweep_each(&self, mut claimed: impl FnMut(Dial)) -> anyhow::Result<()> {
        let mut after = PhoneId(uuid::Uuid::nil());
        loop {
            let now = self.clock.now();
            while self.store.promote_due(now).await? {}
            let phones = self.store.phones_to_dial(after, PHONES_PER_SWEEP, now).await?;
            for phone in &phones {
                // One phone that cannot be read must not stop the others.
                if let Err(error) = self.fill_each(*phone, &mut claimed).await {
                    tracing::error!(event = "dispatcher.phone_failed", phone_id = %phone, %error, "a phone could not be swept");
                }
            }
            match phones.last() {
                Some(last) if phones.len() == PHONES_PER_SWEEP as usize => after = *last,
                _ => break,
            }
        }
        self.swept_at.store(self.clock.now().as_millisecond(), Ordering::Relaxed);
        Ok(())
    }

    /// Sends a claimed dial on its way, beside whatever else runs.
    pub fn send(self: &Arc<Self>, dial: Dial) {
        let this = Arc::clone(self);
        self.tasks.spawn(async move { this.place(dial).await });
    }

    /// Does what a request asks for to its end, whether or not somebody still waits for the answer: a handler is dropped when
    /// its client hangs up, and a claim that was committed must not stand there without its call.
    pub(crate) fn to_the_end<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> impl Future<Output = T> {
        self.tasks.to_the_end(work)
    }

    /// Waits for what requests began after the loop had ended.
    pub(crate) async fn idle_within(&self, patience: Duration) {
        self.tasks.idle_within(patience).await;
    }

    /// The right to one request.
    fn ticket(&self, company: CompanyId, carrier: &Arc<dyn Carrier>) -> Result<Ticket, NoTicket> {
        let pace = pace(company, carrier.as_ref());
        let turn = self.requests.try_turn(&pace.account).ok_or(NoTicket::Full)?;
        self.pacer.take(&pace, 1, self.clock.now()).map_err(NoTicket::Until)?;
        Ok(Ticket { carrier: Arc::clone(carrier), account: pace.account, turn })
    }
}

/// An account's name is whatever a company enters: what one does under it slows down no other.
fn pace(company: CompanyId, carrier: &dyn Carrier) -> Pace {
    let pace = carrier.pace();
    Pace { account: format!("{company}:{}", pace.account), ..pace }
}

impl Ticket {
    fn dial(self, claim: Claim, freed_at: Option<Instant>) -> Dial {
        Dial { claim, carrier: self.carrier, account: self.account, freed_at, _turn: self.turn }
    }
}

/// How long the loop waits for running requests when it is told to stop.
const STOPPING: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests {
    use ringback_telephony::simulator::{Profile, Simulator};
    use uuid::Uuid;

    use super::*;
    use crate::clock::SystemClock;

    #[test]
    fn one_company_does_not_slow_down_the_account_of_another() {
        let carrier = Simulator::new(1, Profile::default(), Arc::new(SystemClock));
        let of = |company| pace(CompanyId(Uuid::from_u128(company)), &carrier);
        assert_eq!(of(1).account, of(1).account);
        let (pacer, now) = (Pacer::default(), ringback_domain::time::from_millis(1_000_000));
        pacer.refused(&of(1).account, Some(30), now);
        assert!(pacer.take(&of(1), 1, now).is_err() && pacer.take(&of(2), 1, now).is_ok());
    }
}
