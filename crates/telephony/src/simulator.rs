//! A carrier inside the process: seeded, so that one seed is one run, and timed by the clock it is handed, so that
//! nothing sleeps. It fails in every way that real ones do. Its events go out as HTTP bodies like anybody else's;
//! whoever drives it takes what is due and posts it.

mod life;
mod profile;
mod wire;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use life::Life;
pub use profile::{Outcome, Profile};
use rand::{RngExt as _, SeedableRng, rngs::StdRng};
use ringback_domain::{ids::CallId, time::Clock};

use crate::carrier::{
    CallReference, Carrier, CarrierAnswer, CarrierEvent, CarrierRequest, DialOrder, EventError, InboundAnswer, Incoming, LookUp,
    LookUpError, Pace, PlaceError, Placed,
};

/// Cheap to clone; all clones are the same carrier.
#[derive(Clone)]
pub struct Simulator {
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

/// An event on its way to us: an HTTP POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub url: String,
    pub body: Bytes,
}

/// A dial that the carrier accepted, whatever we learnt of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialed {
    pub call: CallId,
    pub phone: String,
    pub person: String,
    pub at: Timestamp,
}

struct State {
    random: StdRng,
    profile: Profile,
    scripts: HashMap<String, Outcome>,
    calls: BTreeMap<String, Life>,
    /// By instant and order of scheduling.
    due: BTreeMap<(i64, u64), Delivery>,
    count: u64,
    faults: u64,
    dialed: Vec<Dialed>,
    max_live: HashMap<String, usize>,
}

impl Simulator {
    pub fn new(seed: u64, profile: Profile, clock: Arc<dyn Clock>) -> Self {
        let state = State {
            random: StdRng::seed_from_u64(seed),
            profile,
            scripts: HashMap::new(),
            calls: BTreeMap::new(),
            due: BTreeMap::new(),
            count: 0,
            faults: 0,
            dialed: Vec::new(),
            max_live: HashMap::new(),
        };
        Self { clock, state: Arc::new(Mutex::new(state)) }
    }

    /// From now on calls to this number (E.164) end this way.
    pub fn script(&self, number: &str, outcome: Outcome) {
        self.state().scripts.insert(number.to_owned(), outcome);
    }

    pub fn set_profile(&self, profile: Profile) {
        self.state().profile = profile;
    }

    /// When the next event is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.state().due.keys().next().map(|(millis, _)| ringback_domain::time::from_millis(*millis))
    }

    /// The events that are due by `now`, in their order.
    pub fn take_due(&self, now: Timestamp) -> Vec<Delivery> {
        let mut state = self.state();
        let later = state.due.split_off(&(now.as_millisecond() + 1, 0));
        std::mem::replace(&mut state.due, later).into_values().collect()
    }

    /// Somebody rings a phone: the id under which to ask what to do with the call. Events go to `status_url`.
    pub fn ring(&self, phone: &str, person: &str, status_url: &str) -> String {
        let now = self.clock.now().as_millisecond();
        let mut state = self.state();
        let id = state.next_id();
        let outcome = state.draw_caller();
        let life = state.draw_life(phone, person, status_url, None, outcome, now);
        state.calls.insert(id.clone(), Life { answered_for_us: false, ..life });
        id
    }

    /// The query with which the carrier asks what to do with a call that rings.
    pub fn question(&self, id: &str) -> Option<String> {
        let state = self.state();
        let life = state.calls.get(id)?;
        Some(form_urlencoded::Serializer::new(String::new()).append_pair("call_id", id).append_pair("from", &life.person).finish())
    }

    /// The answer was "connect": the call lives, occupies a channel and will end.
    pub fn connected(&self, id: &str) {
        let now = self.clock.now().as_millisecond();
        let mut state = self.state();
        let Some(life) = state.calls.get_mut(id).filter(|life| !life.answered_for_us) else { return };
        life.start(now);
        life.answered_for_us = true;
        let phone = life.phone.clone();
        state.note_live(&phone, now);
        state.schedule(id);
    }

    /// The answer was "full": the caller hears so and is gone.
    pub fn turned_away(&self, id: &str) {
        self.hang_up_now(id);
    }

    /// Ends a call at this moment, as a caller who hangs up does.
    pub fn hang_up_now(&self, id: &str) {
        let now = self.clock.now().as_millisecond();
        let mut state = self.state();
        if let Some(life) = state.calls.get_mut(id) {
            life.cut(now);
        }
        state.due.retain(|_, delivery| !wire::is_about(&delivery.body, id));
        state.schedule(id);
    }

    /// How often the carrier has failed so far, in whatever way.
    pub fn faults(&self) -> u64 {
        self.state().faults
    }

    /// Every dial that was accepted, in order.
    pub fn dials(&self) -> Vec<Dialed> {
        self.state().dialed.clone()
    }

    /// Whether this person (E.164) is in a call at this moment, or being called.
    pub fn is_on_the_phone(&self, person: &str) -> bool {
        let now = self.clock.now().as_millisecond();
        self.state().calls.values().any(|life| life.answered_for_us && life.person == person && life.is_live(now))
    }

    /// Calls that occupy the phone at this moment, as the carrier sees it.
    pub fn live_calls(&self, phone: &str) -> usize {
        let now = self.clock.now().as_millisecond();
        self.state().live(phone, now)
    }

    /// The most calls that ever occupied the phone at once.
    pub fn max_live(&self, phone: &str) -> usize {
        self.state().max_live.get(phone).copied().unwrap_or(0)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next_id(&mut self) -> String {
        self.count += 1;
        format!("sim-{:06}-{:08x}", self.count, self.random.random::<u32>())
    }

    fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.random.random_bool(probability.min(1.0))
    }

    /// Whether the carrier fails here; counted.
    fn fails(&mut self, probability: f64) -> bool {
        let fails = self.chance(probability);
        self.faults += u64::from(fails);
        fails
    }

    fn live(&self, phone: &str, now: i64) -> usize {
        self.calls.values().filter(|life| life.answered_for_us && life.phone == phone && life.is_live(now)).count()
    }

    fn note_live(&mut self, phone: &str, now: i64) {
        let live = self.live(phone, now);
        let most = self.max_live.entry(phone.to_owned()).or_default();
        *most = live.max(*most);
    }

    /// Plans a call's events, each of which may come late, twice or never.
    fn schedule(&mut self, id: &str) {
        let Some(life) = self.calls.get(id).cloned() else { return };
        for (at, status) in life.events() {
            let (missing, doubled, late) = (self.profile.event_missing, self.profile.event_doubled, self.profile.event_late);
            if self.fails(missing) {
                continue;
            }
            let without_seconds = self.profile.seconds_missing;
            let seconds = if self.fails(without_seconds) { None } else { life.seconds_at(at) };
            let delivery = Delivery { url: life.status_url.clone(), body: wire::event(id, &life, status, seconds) };
            for _ in 0..=u8::from(self.fails(doubled)) {
                let delay = if self.fails(late) { self.random.random_range(0..self.profile.late_millis.max(1)) } else { 0 };
                self.count += 1;
                self.due.insert((at + delay, self.count), delivery.clone());
            }
        }
    }
}

#[async_trait]
impl Carrier for Simulator {
    async fn place(&self, order: &DialOrder) -> Result<Placed, PlaceError> {
        let at = self.clock.now();
        let now = at.as_millisecond();
        let mut state = self.state();
        let Profile { refused, not_processed, throttled, lost_before, lost_after, .. } = state.profile;
        if state.fails(refused) {
            return Err(PlaceError::Rejected { reason: "400 simulated".to_owned() });
        }
        if state.fails(not_processed) {
            return Err(PlaceError::NotProcessed { reason: "connection refused (simulated)".to_owned() });
        }
        if state.fails(throttled) {
            return Err(PlaceError::Throttled { retry_after: None });
        }
        if state.fails(lost_before) {
            return Err(PlaceError::OutcomeUnknown { reason: "timed out (simulated)".to_owned() });
        }
        let (phone, person) = (order.from.reveal(), order.to.reveal());
        let id = state.next_id();
        let outcome = state.draw_callee(person);
        let mut life = state.draw_life(phone, person, &order.status_url, Some(order.call), outcome, now);
        life.start(now);
        state.calls.insert(id.clone(), life);
        state.dialed.push(Dialed { call: order.call, phone: phone.to_owned(), person: person.to_owned(), at });
        state.note_live(phone, now);
        state.schedule(&id);
        if state.fails(lost_after) {
            return Err(PlaceError::OutcomeUnknown { reason: "502 after acceptance (simulated)".to_owned() });
        }
        Ok(Placed { carrier_call_id: id })
    }

    async fn look_up(&self, call: &CallReference) -> Result<LookUp, LookUpError> {
        let now = self.clock.now().as_millisecond();
        let mut state = self.state();
        let silent = state.profile.look_up_silent;
        if state.fails(silent) {
            return Err(LookUpError { reason: "503 (simulated)".to_owned() });
        }
        let found = match &call.carrier_call_id {
            Some(id) => state.calls.get_key_value(id),
            None => state.calls.iter().find(|(_, life)| life.reference == Some(call.call)),
        };
        Ok(found.map_or(LookUp::NoTrace, |(id, life)| LookUp::Found { carrier_call_id: id.clone(), news: life.news_at(now) }))
    }

    async fn hang_up(&self, carrier_call_id: &str) -> Result<(), LookUpError> {
        self.hang_up_now(carrier_call_id);
        Ok(())
    }

    fn read_incoming(&self, request: &CarrierRequest) -> Result<Incoming, EventError> {
        wire::read_incoming(request)
    }

    fn read_event(&self, request: &CarrierRequest) -> Result<CarrierEvent, EventError> {
        wire::read_event(request)
    }

    fn answer_inbound(&self, answer: &InboundAnswer<'_>) -> CarrierAnswer {
        wire::answer(answer)
    }

    fn pace(&self) -> Pace {
        Pace { account: "simulator".to_owned(), requests: 10_000, per: Duration::from_secs(1), per_look_up: 0 }
    }

    fn needs_stream_url(&self) -> bool {
        false
    }

    fn circuit_breaker(&self) -> bool {
        true
    }
}
