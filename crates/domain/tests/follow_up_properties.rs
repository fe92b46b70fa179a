//! What holds of a follow-up whatever was said.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use proptest::prelude::*;
use ringback_domain::follow_up::{Speaker, Turn, turns, understand};

/// Pieces of speech, so that random transcripts come close to real ones.
const PIECES: &[&str] = &[
    "rufen sie mich",
    "ruf mich",
    "zurück",
    "an",
    "nicht",
    "bitte",
    "morgen",
    "am",
    "um",
    "halb",
    "sechs",
    "viertel vor",
    "zwölf",
    "nach",
    "vor",
    "bis",
    "zwischen",
    "und",
    "Montagabend",
    "nächsten",
    "Freitag",
    "in",
    "einer",
    "halben Stunde",
    "24",
    "25:61",
    "31.",
    "31.02.",
    "Februar",
    "wir rufen Sie",
    "melden Sie sich",
    "soll ich Sie",
    "anrufen",
    "lieber",
    "ach nein",
    "Ende",
    "der Woche",
    "call me",
    "back",
    "tomorrow",
    "at",
    "five",
    "half past",
    "don't",
    "the",
    "3rd",
    "of",
    "twenty",
    "first",
    "noon",
    "by",
    "friday",
    "or",
    "we'll call you",
    "actually",
    "never mind",
    "kal",
    "shaam ko",
    "phone karna",
    "mat",
    "paanch baje",
    "saade",
    "paune",
    "ek",
    "ke baad",
    "se pehle",
    "tak",
    "ke beech",
    "do se chaar",
    "aapko call karenge",
    "कल",
    "शाम को",
    "फ़ोन करना",
    "?",
    ".",
    ",",
    "...",
    "\n",
    "Dİenstagabend",
    "😀",
    "0171 2345678",
    "a week from",
    "ago",
];

fn turn() -> impl Strategy<Value = (Speaker, String)> {
    let speaker = prop::sample::select(vec![Speaker::Agent, Speaker::Person, Speaker::Unknown]);
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..30).prop_map(|pieces| pieces.join(" "));
    (speaker, prop_oneof![4 => pieces, 1 => any::<String>(), 1 => "[0-9a-zäöü.:,\u{900}-\u{97f} -]{0,80}"])
}

fn place() -> impl Strategy<Value = (Timestamp, TimeZone)> {
    let zone = prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]);
    let at = 1_700_000_000_000_i64..1_900_000_000_000;
    (at, zone).prop_map(|(at, zone)| (Timestamp::from_millisecond(at).unwrap(), TimeZone::get(zone).unwrap()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_evidence_was_said_and_the_window_lies_ahead(said in prop::collection::vec(turn(), 0..6), (at, zone) in place()) {
        let turns: Vec<Turn<'_>> = said.iter().map(|(speaker, text)| Turn { speaker: *speaker, text }).collect();
        let Some(found) = understand(&turns, at, &zone) else { return Ok(()) };
        prop_assert!(!found.evidence.is_empty());
        prop_assert!(turns[found.turn].text.contains(found.evidence));
        prop_assert!(found.time_words.is_none_or(|words| turns.iter().any(|turn| turn.text.contains(words))));
        if let Some(window) = found.window {
            prop_assert!(at <= window.start && window.start < window.end);
            prop_assert!(window.start.duration_since(at) <= SignedDuration::from_hours(30 * 24));
        }
    }

    #[test]
    fn the_ends_of_time_are_no_danger(said in turn(), last in any::<bool>()) {
        let at = if last { Timestamp::MAX } else { Timestamp::MIN };
        let (speaker, text) = &said;
        understand(&[Turn { speaker: *speaker, text }], at, &TimeZone::get("Asia/Kolkata").unwrap());
    }

    #[test]
    fn any_text_is_a_transcript(text in any::<String>()) {
        prop_assert!(turns(&text).iter().all(|turn| text.contains(turn.text)));
    }
}

fn time_for(piece: &str, bytes: usize) -> Duration {
    let text = piece.repeat(bytes / piece.len());
    let (at, zone) = ("2026-03-26T09:15:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap());
    let start = Instant::now();
    understand(&[Turn { speaker: Speaker::Unknown, text: &text }], at, &zone);
    start.elapsed()
}

#[test]
fn a_long_transcript_takes_no_longer_than_its_parts() {
    let pieces = [
        "rufen sie mich nicht zurück ",
        "bitte rufen sie mich morgen um fünf zurück ",
        "call me ",
        "wir ",
        "um fünf ",
        "kal phone karna ",
        "sagte ",
        "a.",
        ".",
        "1",
        "1-",
        "call me, ",
        "ä",
        "कल ",
        "\n",
        " ",
        "morgen oder ",
        "zehn nach ",
        "x",
    ];
    for piece in pieces {
        let short = (0..3).map(|_| time_for(piece, 3_125)).max().unwrap();
        let long = time_for(piece, 100_000);
        // Thirty-two times as long is expected, and a busy machine forgiven; were it quadratic, it would be a thousand times.
        assert!(long < short * 200 + Duration::from_millis(50), "{piece:?}: {short:?} for 3 kB, {long:?} for 100 kB");
    }
}
