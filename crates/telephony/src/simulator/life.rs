//! One simulated call: fixed when it starts, so that events and look-ups tell the same truth.

use ringback_domain::{
    call::{AnsweredBy, End, EndedHow, News},
    ids::CallId,
};

use super::Outcome;

#[derive(Debug, Clone)]
pub(super) struct Life {
    pub(super) phone: String,
    pub(super) person: String,
    pub(super) status_url: String,
    pub(super) reference: Option<CallId>,
    pub(super) outcome: Outcome,
    pub(super) says_who: bool,
    /// Milliseconds: the start since 1970, the others as durations of real time.
    pub(super) started: i64,
    pub(super) ring: i64,
    pub(super) talk: i64,
    /// Simulated seconds per real second.
    pub(super) speed: i64,
    /// It occupies a channel. An inbound call does only once we said "connect".
    pub(super) answered_for_us: bool,
}

impl Life {
    pub(super) fn start(&mut self, now: i64) {
        self.started = now;
    }

    /// It ends at `now`.
    pub(super) fn cut(&mut self, now: i64) {
        let elapsed = (now - self.started).max(0);
        if elapsed <= self.ring {
            self.ring = elapsed;
            self.talk = 0;
            self.outcome = Outcome::NoAnswer;
        } else {
            self.talk = self.talk.min(elapsed - self.ring);
        }
    }

    fn answered_at(&self) -> Option<i64> {
        (self.talk > 0).then_some(self.started + self.ring)
    }

    pub(super) fn ends_at(&self) -> i64 {
        self.started + self.ring + self.talk
    }

    pub(super) fn is_live(&self, now: i64) -> bool {
        self.started <= now && now < self.ends_at()
    }

    /// The instants at which it has news, with the wire's word for it.
    pub(super) fn events(&self) -> Vec<(i64, &'static str)> {
        let mut events = vec![(self.started, "ringing")];
        events.extend(self.answered_at().map(|at| (at, "answered")));
        events.push((self.ends_at(), self.end_word()));
        events
    }

    fn end_word(&self) -> &'static str {
        match self.outcome {
            Outcome::Answer | Outcome::Voicemail => "completed",
            Outcome::Busy => "busy",
            Outcome::NoAnswer => "no_answer",
            Outcome::Failed => "failed",
        }
    }

    /// The conversation's seconds, known once it has ended.
    pub(super) fn seconds_at(&self, at: i64) -> Option<u32> {
        (at >= self.ends_at()).then(|| u32::try_from(self.talk * self.speed / 1000).unwrap_or(u32::MAX))
    }

    pub(super) fn answered_by(&self) -> Option<AnsweredBy> {
        match self.outcome {
            Outcome::Voicemail => Some(AnsweredBy::Machine),
            Outcome::Answer if self.says_who => Some(AnsweredBy::Human),
            _ => None,
        }
    }

    pub(super) fn news_at(&self, now: i64) -> News {
        if now >= self.ends_at() {
            let how = match self.outcome {
                Outcome::Answer | Outcome::Voicemail => EndedHow::Completed,
                Outcome::Busy => EndedHow::Busy,
                Outcome::NoAnswer => EndedHow::NoAnswer,
                Outcome::Failed => EndedHow::Failed,
            };
            return News::Ended(End { answered_by: self.answered_by(), talk_seconds: self.seconds_at(now), ..End::plain(how) });
        }
        match self.answered_at() {
            Some(at) if now >= at => News::Answered { by: self.answered_by() },
            _ => News::Ringing,
        }
    }
}
