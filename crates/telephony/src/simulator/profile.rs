//! How the simulated world behaves: who answers, how long things take, and how often the carrier fails in which way.

use rand::RngExt as _;
use ringback_domain::ids::CallId;

use super::{State, life::Life};

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A person answers and talks.
    Answer,
    Voicemail,
    Busy,
    NoAnswer,
    Failed,
}

/// Weights and probabilities (0 to 1), ranges in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    pub answer: u32,
    pub voicemail: u32,
    pub busy: u32,
    pub no_answer: u32,
    pub failed: u32,
    pub ring_seconds: (u32, u32),
    pub talk_seconds: (u32, u32),
    /// Whether the carrier says who answered.
    pub says_who: f64,
    pub refused: f64,
    pub not_processed: f64,
    pub throttled: f64,
    /// The answer is lost and there is no call.
    pub lost_before: f64,
    /// The answer is lost and the phone rings.
    pub lost_after: f64,
    pub look_up_silent: f64,
    pub event_missing: f64,
    pub event_doubled: f64,
    pub event_late: f64,
    /// How late at most.
    pub late_millis: i64,
    /// An end event without the conversation's seconds.
    pub seconds_missing: f64,
    /// Everything runs this many times faster.
    pub speed: u32,
}

impl Default for Profile {
    /// An ordinary day: most people answer, nothing fails.
    fn default() -> Self {
        Self {
            answer: 70,
            voicemail: 10,
            busy: 8,
            no_answer: 12,
            failed: 0,
            ring_seconds: (2, 12),
            talk_seconds: (25, 120),
            says_who: 0.7,
            refused: 0.0,
            not_processed: 0.0,
            throttled: 0.0,
            lost_before: 0.0,
            lost_after: 0.0,
            look_up_silent: 0.0,
            event_missing: 0.0,
            event_doubled: 0.0,
            event_late: 0.0,
            late_millis: 0,
            seconds_missing: 0.0,
            speed: 1,
        }
    }
}

impl Profile {
    /// Every fault at once, often.
    pub fn hostile() -> Self {
        Self {
            failed: 5,
            refused: 0.03,
            not_processed: 0.05,
            throttled: 0.05,
            lost_before: 0.06,
            lost_after: 0.10,
            look_up_silent: 0.20,
            event_missing: 0.12,
            event_doubled: 0.25,
            event_late: 0.45,
            late_millis: 180_000,
            seconds_missing: 0.20,
            ..Self::default()
        }
    }
}

impl State {
    pub(super) fn draw_callee(&mut self, person: &str) -> Outcome {
        if let Some(outcome) = self.scripts.get(person) {
            return *outcome;
        }
        let p = self.profile;
        let weighted = [
            (p.answer, Outcome::Answer),
            (p.voicemail, Outcome::Voicemail),
            (p.busy, Outcome::Busy),
            (p.no_answer, Outcome::NoAnswer),
            (p.failed, Outcome::Failed),
        ];
        let total: u32 = weighted.iter().map(|(weight, _)| weight).sum();
        let mut at = self.random.random_range(0..total.max(1));
        for (weight, outcome) in weighted {
            if at < weight {
                return outcome;
            }
            at -= weight;
        }
        Outcome::Answer
    }

    /// A caller who got a channel mostly talks; some hang up while it rings, some calls break.
    pub(super) fn draw_caller(&mut self) -> Outcome {
        match self.random.random_range(0..20) {
            0 => Outcome::NoAnswer,
            1 if self.profile.failed > 0 => Outcome::Failed,
            _ => Outcome::Answer,
        }
    }

    pub(super) fn draw_life(
        &mut self,
        phone: &str,
        person: &str,
        status_url: &str,
        reference: Option<CallId>,
        outcome: Outcome,
        now: i64,
    ) -> Life {
        let p = self.profile;
        let mut millis = |(low, high): (u32, u32)| {
            let millis = self.random.random_range(i64::from(low) * 1000..=i64::from(high.max(low)) * 1000);
            (millis / i64::from(p.speed.max(1))).max(1)
        };
        let (ring, talk) = (millis(p.ring_seconds), millis(p.talk_seconds));
        let says_who = self.chance(p.says_who);
        Life {
            phone: phone.to_owned(),
            person: person.to_owned(),
            status_url: status_url.to_owned(),
            reference,
            outcome,
            says_who,
            started: now,
            ring,
            talk: if matches!(outcome, Outcome::Answer | Outcome::Voicemail) { talk } else { 0 },
            speed: i64::from(p.speed.max(1)),
            answered_for_us: true,
        }
    }
}
