//! One telephone call as the carrier tells of it, and what its end means.

use jiff::Timestamp;

use crate::words::words;

words!(Direction { Inbound = "inbound", Outbound = "outbound" });

words!(
    /// Where a call stands. `Unknown`: asked of the carrier, whose answer was lost; it may be ringing.
    CallStatus { Queued = "queued", Ringing = "ringing", InProgress = "in_progress", Ended = "ended", Unknown = "unknown" }
);

words!(CallOutcome {
    Answered = "answered",
    Machine = "machine",
    Busy = "busy",
    NoAnswer = "no_answer",
    Failed = "failed",
    Missed = "missed",
});

words!(
    /// Why nobody took an inbound call.
    MissedReason { Busy = "busy", NoAnswer = "no_answer", NetworkError = "network_error" }
);

words!(
    /// Who picked up, where the carrier says something of it.
    AnsweredBy { Human = "human", Machine = "machine", NotSure = "not_sure" }
);

words!(
    /// The carrier's word for how a call ended.
    EndedHow { Completed = "completed", Busy = "busy", NoAnswer = "no_answer", Failed = "failed", Canceled = "canceled" }
);

/// What a carrier says of a call, from an event or a look-up. Stored as JSON while its call is not known yet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum News {
    /// It is queued or ringing.
    Ringing,
    Answered {
        by: Option<AnsweredBy>,
    },
    Ended(End),
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct End {
    pub how: EndedHow,
    pub answered_by: Option<AnsweredBy>,
    /// The conversation's seconds; `None` when the carrier has not said (yet).
    pub talk_seconds: Option<u32>,
    /// The caller left, reached nobody or left a message: the carrier took the call, nobody spoke with him.
    pub abandoned: bool,
    pub recording_url: Option<String>,
}

impl End {
    /// An end of which no more is known than its kind.
    pub fn plain(how: EndedHow) -> Self {
        Self { how, answered_by: None, talk_seconds: None, abandoned: false, recording_url: None }
    }

    /// Whether the seconds must still be learnt before anything can be decided or charged: a completed call whose
    /// event did not carry them. Then the carrier is asked, and our own clock serves when it cannot say either.
    pub fn lacks_seconds(&self) -> bool {
        self.how == EndedHow::Completed && self.talk_seconds.is_none() && !self.abandoned
    }

    /// Seconds to charge. Calls that were never answered cost nothing.
    pub fn seconds(&self) -> u32 {
        if self.how == EndedHow::Completed { self.talk_seconds.unwrap_or(0) } else { 0 }
    }
}

/// The seconds by our own clock, for a carrier that says a call was completed and never how long it was: from the answer,
/// else from the start, to the end. A second that was begun counts.
pub fn seconds_by_our_clock(answered_at: Option<Timestamp>, started_at: Timestamp, ended_at: Timestamp) -> u32 {
    let millis = ended_at.as_millisecond() - answered_at.unwrap_or(started_at).as_millisecond();
    u32::try_from((millis.max(0) + 999) / 1000).unwrap_or(u32::MAX).max(1)
}

words!(
    /// What came of an attempt. Only `Reached` completes it.
    AttemptOutcome {
        Reached = "reached",
        Machine = "machine",
        /// Somebody or something answered, but too briefly to count as a person reached.
        ShortTalk = "short_talk",
        Busy = "busy",
        NoAnswer = "no_answer",
        Failed = "failed",
        /// The carrier refused the request for good (400, 404, 422).
        Refused = "refused",
        /// The carrier's answer was lost and it knows nothing of the call.
        NoTrace = "no_trace",
    }
);

impl AttemptOutcome {
    pub fn call_outcome(self) -> CallOutcome {
        match self {
            Self::Reached | Self::ShortTalk => CallOutcome::Answered,
            Self::Machine => CallOutcome::Machine,
            Self::Busy => CallOutcome::Busy,
            Self::NoAnswer => CallOutcome::NoAnswer,
            Self::Failed | Self::Refused | Self::NoTrace => CallOutcome::Failed,
        }
    }
}

/// What an outbound call's end says of its attempt (decision 4). `reached_seconds`: from which length on an
/// unclassified talk counts as a person reached.
pub fn outcome_of(end: &End, reached_seconds: u32) -> AttemptOutcome {
    match end.how {
        EndedHow::Busy => AttemptOutcome::Busy,
        EndedHow::NoAnswer => AttemptOutcome::NoAnswer,
        EndedHow::Failed | EndedHow::Canceled => AttemptOutcome::Failed,
        EndedHow::Completed if end.abandoned => AttemptOutcome::NoAnswer,
        EndedHow::Completed => match end.answered_by {
            Some(AnsweredBy::Human) => AttemptOutcome::Reached,
            Some(AnsweredBy::Machine) => AttemptOutcome::Machine,
            Some(AnsweredBy::NotSure) | None if end.seconds() == 0 => AttemptOutcome::NoAnswer,
            Some(AnsweredBy::NotSure) | None if end.seconds() >= reached_seconds => AttemptOutcome::Reached,
            Some(AnsweredBy::NotSure) | None => AttemptOutcome::ShortTalk,
        },
    }
}

/// What the end of an inbound call that had a channel means: answered, or missed and why (decision 2).
pub fn missed_reason(end: &End) -> Option<MissedReason> {
    match end.how {
        EndedHow::Completed if !end.abandoned && end.seconds() > 0 => None,
        EndedHow::Completed | EndedHow::Busy | EndedHow::NoAnswer | EndedHow::Canceled => Some(MissedReason::NoAnswer),
        EndedHow::Failed => Some(MissedReason::NetworkError),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(by: Option<AnsweredBy>, seconds: u32) -> End {
        End { answered_by: by, talk_seconds: Some(seconds), ..End::plain(EndedHow::Completed) }
    }

    #[test]
    fn only_a_person_reached_completes_an_attempt() {
        use AnsweredBy::{Human, Machine, NotSure};
        assert_eq!(outcome_of(&talk(Some(Human), 3), 20), AttemptOutcome::Reached);
        assert_eq!(outcome_of(&talk(None, 20), 20), AttemptOutcome::Reached);
        assert_eq!(outcome_of(&talk(None, 19), 20), AttemptOutcome::ShortTalk);
        assert_eq!(outcome_of(&talk(None, 0), 0), AttemptOutcome::NoAnswer, "a word at least");
        assert_eq!(outcome_of(&talk(Some(NotSure), 40), 20), AttemptOutcome::Reached);
        assert_eq!(outcome_of(&talk(Some(Machine), 40), 20), AttemptOutcome::Machine);
        assert_eq!(outcome_of(&talk(None, 0), 20), AttemptOutcome::NoAnswer);
        for (how, outcome) in [
            (EndedHow::Busy, AttemptOutcome::Busy),
            (EndedHow::NoAnswer, AttemptOutcome::NoAnswer),
            (EndedHow::Failed, AttemptOutcome::Failed),
            (EndedHow::Canceled, AttemptOutcome::Failed),
        ] {
            assert_eq!(outcome_of(&End::plain(how), 20), outcome);
        }
    }

    #[test]
    fn an_inbound_call_without_talk_is_missed_even_when_it_had_a_channel() {
        assert_eq!(missed_reason(&talk(None, 5)), None);
        assert_eq!(missed_reason(&talk(None, 0)), Some(MissedReason::NoAnswer));
        assert_eq!(missed_reason(&End { abandoned: true, ..talk(None, 9) }), Some(MissedReason::NoAnswer));
        assert_eq!(missed_reason(&End::plain(EndedHow::Failed)), Some(MissedReason::NetworkError));
    }

    #[test]
    fn a_second_that_was_begun_counts_by_our_clock() {
        let at = crate::time::from_millis;
        assert_eq!(seconds_by_our_clock(None, at(1_000), at(1_000)), 1);
        assert_eq!(seconds_by_our_clock(None, at(1_000), at(31_001)), 31);
        assert_eq!(seconds_by_our_clock(Some(at(11_000)), at(1_000), at(31_000)), 20);
        assert_eq!(seconds_by_our_clock(None, at(31_000), at(1_000)), 1);
    }

    #[test]
    fn seconds_are_learnt_before_anything_is_decided() {
        assert!(End::plain(EndedHow::Completed).lacks_seconds());
        assert!(!End::plain(EndedHow::Busy).lacks_seconds());
        assert!(!talk(None, 0).lacks_seconds());
    }
}
