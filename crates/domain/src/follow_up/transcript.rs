//! Transcripts that come as plain text.

use super::{Speaker, Turn};

const AGENT: [&str; 9] = ["agent", "ai", "assistant", "bot", "staff", "mitarbeiter", "mitarbeiterin", "berater", "beraterin"];
const PERSON: [&str; 10] = ["user", "caller", "customer", "person", "human", "client", "kunde", "kundin", "anrufer", "anruferin"];

/// The turns of a text: one a line, with who speaks before a colon ("Agent: …"). A line without it goes on as before.
pub fn turns(transcript: &str) -> Vec<Turn<'_>> {
    let mut speaker = Speaker::Unknown;
    let mut turns = Vec::new();
    for line in transcript.lines() {
        let (label, said) = line.split_once(':').unwrap_or(("", line));
        let named = named(label);
        speaker = named.unwrap_or(speaker);
        let text = if named.is_some() { said } else { line }.trim();
        if !text.is_empty() {
            turns.push(Turn { speaker, text });
        }
    }
    turns
}

fn named(label: &str) -> Option<Speaker> {
    let label = label.trim();
    let one_of = |names: &[&str]| names.iter().any(|name| label.eq_ignore_ascii_case(name));
    if one_of(&AGENT) { Some(Speaker::Agent) } else { one_of(&PERSON).then_some(Speaker::Person) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_tells_who_speaks_until_the_next() {
        let text = "Agent: Guten Tag!\nuser: Hallo\num fünf: bitte\n\nAGENT: Gut.";
        let said: Vec<_> = turns(text).into_iter().map(|turn| (turn.speaker, turn.text)).collect();
        let expected =
            [(Speaker::Agent, "Guten Tag!"), (Speaker::Person, "Hallo"), (Speaker::Person, "um fünf: bitte"), (Speaker::Agent, "Gut.")];
        assert_eq!(said, expected);
        assert_eq!(turns("Call me back").first().map(|turn| turn.speaker), Some(Speaker::Unknown));
    }
}
