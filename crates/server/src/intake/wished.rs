//! When somebody on the telephone wishes to be called, as instants on the company's clocks.

use jiff::{Timestamp, civil, tz::TimeZone};
use ringback_domain::{callback::Wish, follow_up, time::plus_seconds};
use ringback_telephony::voice_agent::When;

/// A time on the clock is the hour from then on, as in what people say.
const HOUR_SECONDS: i64 = 60 * 60;
/// A time that has just passed is meant as now: the model may have thought about it for a while.
const JUST_PASSED_SECONDS: i64 = 5 * 60;
pub(super) const MOST_DAYS_AHEAD: i64 = 30;

/// Why a wished time cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unkept {
    NotUnderstood,
    Past,
    TooFar,
}

/// Answers to "when?" that name no time of their own.
const SOON: [&str; 9] = [
    "jetzt",
    "jetzt gleich",
    "so schnell wie möglich",
    "so bald wie möglich",
    "schnellstmöglich",
    "möglichst bald",
    "now",
    "as soon as possible",
    "asap",
];

/// Whoever asks says only that he would rather not wait.
pub(super) fn is_soon(when: &When) -> bool {
    matches!(when, When::Words(words) if SOON.contains(&words.trim().trim_end_matches(['.', '!']).to_lowercase().as_str()))
}

/// `language`: the one that is spoken, as a code.
pub(super) fn wish(when: &When, language: &str, now: Timestamp, zone: &TimeZone) -> Result<Wish, Unkept> {
    let (from, until) = match when {
        When::At(at) => (*at, plus_seconds(*at, HOUR_SECONDS)),
        When::Local(local) => {
            let at = instant(*local, zone)?;
            (at, plus_seconds(at, HOUR_SECONDS))
        }
        When::Day(day) => (instant(day.at(8, 0, 0, 0), zone)?, instant(day.at(18, 0, 0, 0), zone)?),
        When::Words(words) => {
            let language = language.parse().unwrap_or_default();
            let window = follow_up::wished(words, language, now, zone).ok_or(Unkept::NotUnderstood)?;
            (window.start, window.end)
        }
    };
    let is_day = matches!(when, When::Day(_));
    if until <= now || (!is_day && from < plus_seconds(now, -JUST_PASSED_SECONDS)) {
        return Err(Unkept::Past);
    }
    // What is left of its causes: it ends too far ahead.
    Wish::new("when", from.max(now), until, now).map_err(|_| Unkept::TooFar)
}

fn instant(local: civil::DateTime, zone: &TimeZone) -> Result<Timestamp, Unkept> {
    zone.to_timestamp(local).map_err(|_| Unkept::NotUnderstood)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(when: &When) -> Result<String, Unkept> {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let now = "2026-03-02T12:00:00+01:00".parse().expect("an instant");
        let wish = wish(when, "de", now, &zone)?;
        let shown = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%d. %H:%M").to_string();
        Ok(format!("{} {}", shown(wish.from()), shown(wish.until())))
    }

    fn local(text: &str) -> When {
        When::Local(text.parse().expect("a local time"))
    }

    #[test]
    fn times_days_and_words_are_windows() {
        assert_eq!(read(&local("2026-03-03T15:00")), Ok("03. 15:00 03. 16:00".to_owned()));
        assert_eq!(read(&When::At("2026-03-03T15:00:00Z".parse().expect("an instant"))), Ok("03. 16:00 03. 17:00".to_owned()));
        assert_eq!(read(&When::Day("2026-03-02".parse().expect("a day"))), Ok("02. 12:00 02. 18:00".to_owned()));
        assert_eq!(read(&When::Words("morgen um fünf".to_owned())), Ok("03. 17:00 03. 18:00".to_owned()));
        assert!(is_soon(&When::Words("So schnell wie möglich!".to_owned())) && !is_soon(&When::Words("morgen".to_owned())));
        assert_eq!(read(&local("2026-03-02T11:57")), Ok("02. 12:00 02. 12:57".to_owned()));
    }

    #[test]
    fn what_cannot_be_kept_says_why() {
        assert_eq!(read(&When::Words("irgendwann mal".to_owned())), Err(Unkept::NotUnderstood));
        for past in ["2026-03-02T11:00", "2025-03-03T15:00"] {
            assert_eq!(read(&local(past)), Err(Unkept::Past));
        }
        assert_eq!(read(&When::Day("2026-03-01".parse().expect("a day"))), Err(Unkept::Past));
        assert_eq!(read(&local("2026-04-15T10:00")), Err(Unkept::TooFar));
    }
}
