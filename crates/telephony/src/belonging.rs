//! Which of a carrier's calls is the one whose answer was lost? Asked only when no id came back.

use jiff::{SignedDuration, Timestamp};
use ringback_domain::{ids::CallId, phone_number::PhoneNumber};

use crate::carrier::{CallReference, LookUpError};

/// How far the carrier's clock may be behind ours.
const SKEW: SignedDuration = SignedDuration::from_secs(30);
/// A carrier makes the call when it takes the request: nothing that starts later than this came of it.
const LATEST_START: SignedDuration = SignedDuration::from_mins(15);

/// A call of the carrier's list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Candidate {
    pub(crate) carrier_call_id: String,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) inbound: bool,
    /// Our reference, where the carrier gives it back.
    pub(crate) reference: Option<CallId>,
    /// When it started; several readings where a date carries no zone, none where there is no date.
    pub(crate) starts: Vec<Timestamp>,
}

impl Candidate {
    fn may_be(&self, call: &CallReference) -> bool {
        let (from, to) = (self.from.as_deref(), self.to.as_deref());
        let ours = |customer: Option<&str>, phone: Option<&str>| {
            customer.is_some_and(|number| same_number(number, &call.to)) && phone.is_none_or(|number| same_number(number, &call.from))
        };
        let in_time = |start: &Timestamp| (-SKEW..=LATEST_START).contains(&start.duration_since(call.asked_at));
        !self.inbound
            && !call.taken.contains(&self.carrier_call_id)
            && self.reference.is_none_or(|reference| reference == call.call)
            && (ours(from, to) || ours(to, from))
            && (self.starts.is_empty() || self.starts.iter().any(in_time))
    }
}

/// The one that fits. `Ok(None)`: none does. Several that fit alike are an error: guessing would settle somebody
/// else's call as ours, and by the next question another of them may be taken.
pub(crate) fn pick<'a>(candidates: &'a [Candidate], call: &CallReference) -> Result<Option<&'a Candidate>, LookUpError> {
    let fitting: Vec<_> = candidates.iter().filter(|candidate| candidate.may_be(call)).collect();
    let by_reference = fitting.iter().find(|candidate| candidate.reference == Some(call.call));
    match (by_reference, fitting.as_slice()) {
        (Some(found), _) | (None, [found]) => Ok(Some(found)),
        (None, []) => Ok(None),
        (None, several) => Err(LookUpError { reason: format!("{} calls fit this request", several.len()) }),
    }
}

/// Whether a number in a carrier's spelling (`+4930901820`, `4930901820`, `030901820`) is this one.
pub(crate) fn same_number(text: &str, number: &PhoneNumber) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>().trim_start_matches('0').to_owned();
    let (given, known) = (digits(text), digits(number.reveal()));
    given.len() >= 7 && (known.ends_with(&given) || given.ends_with(&known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference() -> CallReference {
        CallReference {
            call: "01890000-0000-7000-8000-000000000001".parse().expect("an id"),
            carrier_call_id: None,
            to: PhoneNumber::parse("+4915112345678", "DE").expect("valid"),
            from: PhoneNumber::parse("+4930901820", "DE").expect("valid"),
            asked_at: "2026-11-21T10:00:00Z".parse().expect("an instant"),
            taken: vec!["taken".to_owned()],
        }
    }

    fn fitting(id: &str) -> Candidate {
        Candidate {
            carrier_call_id: id.to_owned(),
            from: Some("015112345678".to_owned()),
            to: Some("4930901820".to_owned()),
            ..Candidate::default()
        }
    }

    fn starting(at: &str) -> Candidate {
        Candidate { starts: vec![at.parse().expect("an instant")], ..fitting("x") }
    }

    #[test]
    fn numbers_are_known_in_every_spelling() {
        let number = PhoneNumber::parse("+4930901820", "DE").expect("valid");
        for text in ["+4930901820", "4930901820", "030901820", "004930901820", "+49 30 901820"] {
            assert!(same_number(text, &number), "{text}");
        }
        for text in ["", "901820", "+4930901821", "anonymous"] {
            assert!(!same_number(text, &number), "{text}");
        }
    }

    #[test]
    fn only_a_call_between_our_two_numbers_at_that_time_is_ours() {
        let call = reference();
        let swapped = Candidate { from: fitting("x").to, to: fitting("x").from, ..fitting("x") };
        for ours in [fitting("x"), swapped, Candidate { to: None, ..fitting("x") }, starting("2026-11-21T09:59:50Z")] {
            assert!(ours.may_be(&call), "{ours:?}");
        }
        let other = "01890000-0000-7000-8000-000000000002".parse().ok();
        for others in [
            fitting("taken"),
            Candidate { from: Some("+4915100000000".to_owned()), ..fitting("x") },
            Candidate { to: Some("+4930111111".to_owned()), ..fitting("x") },
            Candidate { inbound: true, ..fitting("x") },
            Candidate { reference: other, ..fitting("x") },
            starting("2026-11-21T09:58:00Z"),
            starting("2026-11-21T11:00:00Z"),
        ] {
            assert!(!others.may_be(&call), "{others:?}");
        }
    }

    #[test]
    fn several_that_fit_are_never_guessed_between_unless_one_names_us() {
        let call = reference();
        assert!(pick(&[fitting("a"), fitting("b")], &call).is_err());
        let named = Candidate { reference: Some(call.call), ..fitting("b") };
        assert_eq!(pick(&[fitting("a"), named], &call).ok().flatten().map(|c| c.carrier_call_id.as_str()), Some("b"));
        assert!(pick(&[], &call).is_ok_and(|found| found.is_none()));
    }
}
