//! The carrier's side of an outbound call: its answer to the request, its events, its look-up.

use ringback_domain::{
    call::{End, EndedHow, News},
    ids::CallId,
};
use ringback_store::{Applied, AskAbout, CarrierSays, Claim, EventReference, IngressPhone, Placement};

use super::{Bench, talk};

impl Bench {
    pub(crate) async fn claim(&self, phone: &IngressPhone) -> Option<Claim> {
        self.store.claim_next(phone.id, self.now()).await.unwrap()
    }

    /// Claims until nothing more is claimed.
    pub(crate) async fn claim_all(&self, phone: &IngressPhone) -> Vec<Claim> {
        let mut claims = Vec::new();
        while let Some(claim) = self.claim(phone).await {
            claims.push(claim);
        }
        claims
    }

    pub(crate) async fn place(&self, claim: &Claim, placement: &Placement) -> bool {
        self.store.record_placement(claim, placement, self.now()).await.unwrap()
    }

    /// The carrier takes the request.
    pub(crate) async fn accept(&self, claim: &Claim) {
        self.place(claim, &Placement::Accepted { carrier_call_id: carrier_id(claim.call) }).await;
    }

    /// Claims the next attempt, which must be there, and the carrier takes it.
    pub(crate) async fn dial(&self, phone: &IngressPhone) -> Claim {
        let claim = self.claim(phone).await.expect("somebody is eligible");
        self.accept(&claim).await;
        claim
    }

    /// An event under our own reference, as most carriers send it.
    pub(crate) async fn hears(&self, claim: &Claim, news: &News, may_dial: bool) -> Applied {
        let reference = EventReference { carrier_call_id: Some(carrier_id(claim.call)), call: Some(claim.call) };
        self.store.apply_event(claim.company, claim.phone, &reference, news, may_dial, self.now()).await.unwrap()
    }

    /// An event that names the call by the carrier's id alone.
    pub(crate) async fn hears_by_carrier_id(&self, claim: &Claim, news: &News) -> Applied {
        let reference = EventReference { carrier_call_id: Some(carrier_id(claim.call)), call: None };
        self.store.apply_event(claim.company, claim.phone, &reference, news, false, self.now()).await.unwrap()
    }

    pub(crate) async fn ends(&self, claim: &Claim, end: End) {
        self.hears(claim, &News::Ended(end), false).await;
    }

    pub(crate) async fn talks(&self, claim: &Claim, seconds: u32) {
        self.ends(claim, talk(seconds)).await;
    }

    /// The calls that are due to be asked about, each as the reconciler prepares it.
    pub(crate) async fn due_to_ask(&self) -> Vec<AskAbout> {
        let due = self.store.calls_to_ask(self.now()).await.unwrap();
        for ask in &due {
            self.store.expect_no_answer(ask, self.now()).await.unwrap();
        }
        due
    }

    /// Asks about every call that is due and gives the same answer for each; how many were asked about.
    pub(crate) async fn reconcile(&self, says: impl Fn(&AskAbout) -> CarrierSays) -> usize {
        let due = self.due_to_ask().await;
        for ask in &due {
            self.store.apply_look_up(ask, &says(ask), false, self.now()).await.unwrap();
        }
        due.len()
    }

    /// Ends whatever still runs, as nobody answering, until nothing is open any more.
    pub(crate) async fn hang_up(&self) {
        const OPEN: &str = "select id, phone_id from calls where settled_at is null";
        for (call, phone) in self.all::<(CallId, ringback_domain::ids::PhoneId)>(OPEN, vec![]).await {
            let reference = EventReference { carrier_call_id: None, call: Some(call) };
            let news = News::Ended(End::plain(EndedHow::NoAnswer));
            self.store.apply_event(self.company, phone, &reference, &news, false, self.now()).await.unwrap();
        }
    }
}

pub(crate) fn carrier_id(call: CallId) -> String {
    format!("out-{call}")
}

/// Found at the carrier under its id.
pub(crate) fn found(ask: &AskAbout, news: News) -> CarrierSays {
    CarrierSays::Found { carrier_call_id: carrier_id(ask.call), news }
}
