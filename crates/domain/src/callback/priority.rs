//! How urgent a request is when nobody has said it, and why (decision 10).

use super::sla::Priority;

/// What is known of a request and of who asks.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Asked<'a> {
    /// Said by whoever made the request; then it is that and nothing else counts.
    pub given: Option<Priority>,
    pub vip: bool,
    /// Of the last three months.
    pub cancelled_appointments: u32,
    pub notes: Option<&'a str>,
    /// `metadata.urgency_detected`.
    pub urgency_detected: bool,
    pub missed_call: bool,
    /// The next appointment is within 24 hours.
    pub appointment_soon: bool,
}

/// A priority and what it comes from, in words that are stored and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    pub priority: Priority,
    pub reason: String,
}

/// So many cancelled appointments make the next request `high`.
const CANCELLED: u32 = 2;
/// The request that raises the priority by one step.
const THIRD: u32 = 3;
const URGENT_WORDS: [&str; 5] = ["urgent", "asap", "sofort", "dringend", "notfall"];

pub fn priority(asked: &Asked<'_>) -> Judged {
    if let Some(given) = asked.given {
        return Judged { priority: given, reason: "given".to_owned() };
    }
    let word = asked.notes.and_then(urgent_word);
    let mut reasons: Vec<(Priority, String)> = Vec::new();
    let mut holds = |applies: bool, priority: Priority, reason: String| {
        if applies {
            reasons.push((priority, reason));
        }
    };
    holds(asked.vip, Priority::Urgent, "VIP customer".to_owned());
    holds(asked.missed_call, Priority::High, "missed call".to_owned());
    let cancelled = asked.cancelled_appointments;
    holds(cancelled >= CANCELLED, Priority::High, format!("{cancelled} cancelled appointments in 3 months"));
    holds(asked.appointment_soon, Priority::High, "appointment within 24 hours".to_owned());
    holds(word.is_some(), Priority::High, format!("urgency word: {}", word.unwrap_or_default()));
    holds(asked.urgency_detected, Priority::High, "urgency detected".to_owned());
    let priority = reasons.iter().map(|(priority, _)| *priority).min().unwrap_or(Priority::Normal);
    let deciding: Vec<String> = reasons.into_iter().filter(|(of, _)| *of == priority).map(|(_, reason)| reason).collect();
    let reason = if deciding.is_empty() { "nothing urgent is known".to_owned() } else { deciding.join(", ") };
    Judged { priority, reason }
}

/// The priority once a request has joined an open callback: the higher one wins, with its reason, and the third request
/// raises it by one step. `requests` counts this one.
pub fn merged_priority(before: &Judged, asked: &Judged, requests: u32) -> Judged {
    let higher = if asked.priority < before.priority { asked } else { before };
    let raised = match higher.priority {
        Priority::Normal => Priority::High,
        Priority::High | Priority::Urgent => Priority::Urgent,
    };
    if requests == THIRD && raised != higher.priority {
        return Judged { priority: raised, reason: format!("third request ({})", higher.reason) };
    }
    higher.clone()
}

/// The word as it is in the list, whatever its case was, when it stands alone.
fn urgent_word(notes: &str) -> Option<&'static str> {
    let words = notes.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    words.into_iter().find_map(|word| URGENT_WORDS.into_iter().find(|urgent| *urgent == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(asked: &Asked<'_>) -> (Priority, String) {
        let judged = priority(asked);
        (judged.priority, judged.reason)
    }

    fn judged(priority: Priority, reason: &str) -> Judged {
        Judged { priority, reason: reason.to_owned() }
    }

    #[test]
    fn each_rule_says_what_it_saw() {
        let plain = Asked::default();
        for (asked, expected, reason) in [
            (plain, Priority::Normal, "nothing urgent is known"),
            (Asked { vip: true, missed_call: true, ..plain }, Priority::Urgent, "VIP customer"),
            (Asked { missed_call: true, ..plain }, Priority::High, "missed call"),
            (Asked { cancelled_appointments: 1, ..plain }, Priority::Normal, "nothing urgent is known"),
            (Asked { cancelled_appointments: 2, ..plain }, Priority::High, "2 cancelled appointments in 3 months"),
            (Asked { appointment_soon: true, ..plain }, Priority::High, "appointment within 24 hours"),
            (Asked { urgency_detected: true, ..plain }, Priority::High, "urgency detected"),
            (Asked { notes: Some("Bitte SOFORT!"), missed_call: true, ..plain }, Priority::High, "missed call, urgency word: sofort"),
            (Asked { given: Some(Priority::Normal), vip: true, ..plain }, Priority::Normal, "given"),
        ] {
            assert_eq!(of(&asked), (expected, reason.to_owned()), "{asked:?}");
        }
    }

    #[test]
    fn an_urgency_word_is_a_whole_word_in_any_case() {
        for notes in ["Urgent", "it is ASAP.", "ruft sofort zurück", "(dringend)", "NOTFALL"] {
            assert_eq!(of(&Asked { notes: Some(notes), ..Asked::default() }).0, Priority::High, "{notes}");
        }
        for notes in ["insurgent", "Notfalls morgen", "sofortig", "dringende Bitte um Ruhe", "as a p", ""] {
            assert_eq!(of(&Asked { notes: Some(notes), ..Asked::default() }).0, Priority::Normal, "{notes}");
        }
    }

    #[test]
    fn the_higher_priority_wins_and_the_third_request_raises_it() {
        let (normal, high) = (judged(Priority::Normal, "given"), judged(Priority::High, "missed call"));
        assert_eq!(merged_priority(&normal, &high, 2), high);
        assert_eq!(merged_priority(&high, &normal, 2), high);
        assert_eq!(merged_priority(&normal, &normal, 3), judged(Priority::High, "third request (given)"));
        assert_eq!(merged_priority(&high, &normal, 3), judged(Priority::Urgent, "third request (missed call)"));
        assert_eq!(merged_priority(&high, &high, 4), high);
        let urgent = judged(Priority::Urgent, "VIP customer");
        assert_eq!(merged_priority(&urgent, &high, 3), urgent);
    }
}
