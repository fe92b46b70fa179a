//! A time by itself: the answer of somebody who was asked when to call.

use jiff::{Timestamp, tz::TimeZone};

use super::Language;
use super::hearing::{Heard, language_of};
use super::text::{Token, tokens};
use super::when::{Window, resolve};

/// When is meant by "morgen um fünf", "after lunch". `language`: the one spoken so far. `None`: no time, or none that sets
/// bounds within 30 days.
pub fn wished(words: &str, language: Language, at: Timestamp, zone: &TimeZone) -> Option<Window> {
    let tokens = tokens(words);
    let likely = language_of(&tokens, language);
    // A few words tell little of their language: "in" alone is English as much as German, and "5 pm" is said everywhere.
    let spoken = (language != likely).then_some(language);
    let english = tokens.iter().any(|token| token.word == "pm").then_some(Language::English);
    [Some(likely), spoken, english].into_iter().flatten().find_map(|language| read(&tokens, language, at, zone))
}

fn read(tokens: &[Token], language: Language, at: Timestamp, zone: &TimeZone) -> Option<Window> {
    let heard = Heard::new(tokens, 0..tokens.len(), language, true);
    if heard.times.iter().any(|said| said.when.past) {
        return None;
    }
    let mut times = heard.times.iter().map(|said| said.when).rev();
    let mut when = times.next()?;
    for other in times {
        if when.completes(other) {
            when = when.over(other);
        }
    }
    resolve(&when, at, zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(words: &str, language: Language) -> Option<String> {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        // A Monday.
        let at = "2026-03-02T11:00:00Z".parse().expect("an instant");
        let window = wished(words, language, at, &zone)?;
        let shown = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%a %H:%M").to_string();
        Some(format!("{}-{}", shown(window.start), shown(window.end)))
    }

    #[test]
    fn a_bare_time_is_understood() {
        assert_eq!(local("morgen um fünf", Language::German).as_deref(), Some("Tue 17:00-Tue 18:00"));
        assert_eq!(local("tomorrow after lunch", Language::English).as_deref(), Some("Tue 13:00-Tue 15:00"));
        assert_eq!(local("Mittwoch, zwischen zwei und vier", Language::English).as_deref(), Some("Wed 14:00-Wed 16:00"));
        assert_eq!(local("in zwei Stunden", Language::German).as_deref(), Some("Mon 14:00-Mon 15:00"));
        assert_eq!(local("in einer Stunde", Language::German).as_deref(), Some("Mon 13:00-Mon 14:00"));
        assert_eq!(local("in 20 Minuten", Language::German).as_deref(), Some("Mon 12:20-Mon 13:20"));
        assert_eq!(local("in two hours", Language::German).as_deref(), Some("Mon 14:00-Mon 15:00"));
        for afternoon in ["5 pm", "5pm"] {
            assert_eq!(local(afternoon, Language::German).as_deref(), Some("Mon 17:00-Mon 18:00"));
        }
        assert_eq!(local("kal shaam", Language::Hindi).as_deref(), Some("Tue 17:00-Tue 20:00"));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for words in ["", "whenever", "gestern um drei", "I do not know"] {
            assert_eq!(local(words, Language::English), None, "{words}");
        }
    }
}
