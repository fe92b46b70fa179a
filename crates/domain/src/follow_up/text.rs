//! Text as words: folded to one spelling, with their places in the original and the pauses between them.

/// One word (or one number) of what was said.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// Lower case; umlauts as two letters, Devanagari without nukta and with ASCII digits. `-` stands between two numbers.
    pub(super) word: String,
    pub(super) start: usize,
    pub(super) end: usize,
    /// What follows the word.
    pub(super) pause: Pause,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pause {
    None,
    /// A comma, a dash, an ellipsis.
    Clause,
    Sentence,
}

/// A sentence that nobody ended is cut here: transcripts may come without any punctuation, and what one sentence costs
/// must not grow with the transcript.
const LONGEST_SENTENCE: usize = 64;

/// A dot after these ends no sentence.
const ABBREVIATIONS: [&str; 12] = ["dr", "hr", "fr", "mr", "mrs", "ms", "nr", "ca", "bzw", "st", "evtl", "tel"];
/// Nor does one between a day and its month ("am 3. Dezember").
const MONTHS: [&str; 12] = ["jan", "feb", "maer", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"];

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        let end_of = |rest: &mut std::iter::Peekable<std::str::CharIndices<'_>>| rest.peek().map_or(text.len(), |(at, _)| *at);
        if is_digit(first) {
            while rest.peek().is_some_and(|(_, c)| is_digit(*c)) || joins_digits(text, end_of(&mut rest)) {
                rest.next();
            }
            let end = end_of(&mut rest);
            let word = text[start..end].chars().filter_map(ascii_digit).collect();
            tokens.push(Token { word, start, end, pause: Pause::None });
        } else if is_letter(first) {
            while rest.peek().is_some_and(|(at, c)| is_letter(*c) || (is_apostrophe(*c) && letter_at(text, *at + c.len_utf8()))) {
                rest.next();
            }
            let end = end_of(&mut rest);
            push_word(&mut tokens, &text[start..end], start, end);
        } else if let Some(last) = tokens.last_mut() {
            let between_numbers = last.end == start && digit_before(text, start) && digit_at(text, start + first.len_utf8());
            if matches!(first, '-' | '–') && between_numbers {
                tokens.push(Token { word: "-".to_owned(), start, end: start + first.len_utf8(), pause: Pause::None });
            } else {
                last.pause = last.pause.max(pause_of(first, last, text));
            }
        }
    }
    tokens
}

/// Where the sentences are, as ranges of tokens. `splits` tells where a new thought begins although nobody paused.
pub(super) fn sentences(tokens: &[Token], splits: impl Fn(&[Token]) -> bool) -> Vec<std::ops::Range<usize>> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for at in 0..tokens.len() {
        let ends = tokens[at].pause == Pause::Sentence && !precedes_month(&tokens[at..]);
        let next = at + 1;
        let turns = next < tokens.len() && splits(&tokens[next..]);
        if ends || turns || next - start >= LONGEST_SENTENCE || next == tokens.len() {
            sentences.push(start..next);
            start = next;
        }
    }
    sentences
}

fn push_word(tokens: &mut Vec<Token>, original: &str, start: usize, end: usize) {
    let word = fold(original);
    // "p.m." and "z. B." come as single letters with dots between them.
    if let Some(last) = tokens.last_mut().filter(|last| word.len() == 1 && last.end + 1 == start && last.pause == Pause::Sentence)
        && matches!(last.word.as_str(), "a" | "p")
        && word == "m"
    {
        last.word.push('m');
        (last.end, last.pause) = (end, Pause::None);
        return;
    }
    if let Some((front, back)) = one_or_two(&word).filter(|_| original.is_ascii()) {
        let middle = start + front.len();
        tokens.push(Token { word: front.to_owned(), start, end: middle, pause: Pause::None });
        tokens.push(Token { word: back.to_owned(), start: middle, end, pause: Pause::None });
        return;
    }
    tokens.push(Token { word, start, end, pause: Pause::None });
}

/// People write both "callback" and "call back", "Montagabend" and "Montag Abend".
fn one_or_two(word: &str) -> Option<(&str, &str)> {
    const DAYS: [&str; 9] = ["montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonnabend", "sonntag", "call"];
    const PARTS: [&str; 12] = [
        "morgen",
        "frueh",
        "vormittag",
        "mittag",
        "nachmittag",
        "abend",
        "vormittags",
        "mittags",
        "nachmittags",
        "abends",
        "morgens",
        "back",
    ];
    let front = DAYS.into_iter().find(|front| word.starts_with(front))?;
    let back = &word[front.len()..];
    (PARTS.contains(&back) && (front == "call") == (back == "back")).then_some((front, back))
}

fn pause_of(mark: char, before: &Token, text: &str) -> Pause {
    match mark {
        '\n' | '?' | '!' | '।' | '॥' => Pause::Sentence,
        '.' => {
            if text[before.end..].starts_with("..") || before.word == "am" || before.word == "pm" {
                Pause::Clause
            } else if ABBREVIATIONS.contains(&before.word.as_str()) || is_dotted_date(&before.word) || is_ordinal(before, text) {
                Pause::None
            } else {
                Pause::Sentence
            }
        }
        '…' | ',' | ';' | ':' | '(' | ')' | '—' | '–' => Pause::Clause,
        _ => Pause::None,
    }
}

fn precedes_month(tokens: &[Token]) -> bool {
    let [day, month, ..] = tokens else { return false };
    day.word.parse::<u8>().is_ok() && MONTHS.iter().any(|name| month.word.starts_with(name))
}

/// "Am 30. bitte": nobody begins a sentence in lower case.
fn is_ordinal(before: &Token, text: &str) -> bool {
    let behind = text.get(before.end + 1..).unwrap_or_default().trim_start();
    before.word.parse::<u8>().is_ok() && behind.starts_with(char::is_lowercase)
}

/// `3.4`, `03.12.2026`: written with the dot that a date ends with.
fn is_dotted_date(word: &str) -> bool {
    word.contains('.')
}

/// A colon or a dot between two digits: `17:30`, `03.12`.
fn joins_digits(text: &str, at: usize) -> bool {
    matches!(text.as_bytes().get(at), Some(b'.' | b':')) && digit_at(text, at + 1)
}

fn digit_at(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|rest| rest.chars().next()).is_some_and(is_digit)
}

fn digit_before(text: &str, at: usize) -> bool {
    text.get(..at).and_then(|rest| rest.chars().next_back()).is_some_and(is_digit)
}

fn letter_at(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|rest| rest.chars().next()).is_some_and(is_letter)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '०'..='९')
}

/// `.` and `:` stay: they are what makes a date or a time of two numbers.
fn ascii_digit(c: char) -> Option<char> {
    match c {
        '०'..='९' => char::from_digit(u32::from(c) - u32::from('०'), 10),
        _ => Some(c),
    }
}

/// Devanagari vowel signs and the virama are no letters to Unicode, but no word is without them.
fn is_letter(c: char) -> bool {
    let devanagari = matches!(c, '\u{900}'..='\u{963}' | '\u{970}'..='\u{97f}');
    devanagari || matches!(c, '\u{300}'..='\u{36f}') || (c.is_alphanumeric() && !is_digit(c)) || matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | '`')
}

fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for c in word.chars().flat_map(char::to_lowercase) {
        match c {
            'ä' => folded.push_str("ae"),
            'ö' => folded.push_str("oe"),
            'ü' => folded.push_str("ue"),
            'ß' => folded.push_str("ss"),
            '\u{901}' => folded.push('\u{902}'),
            '\u{958}' => folded.push('क'),
            '\u{959}' => folded.push('ख'),
            '\u{95a}' => folded.push('ग'),
            '\u{95b}' => folded.push('ज'),
            '\u{95c}' => folded.push('ड'),
            '\u{95d}' => folded.push('ढ'),
            '\u{95e}' => folded.push('फ'),
            // Nukta, joiners, and the combining umlaut and dots that decomposed text and some lower-casing leave.
            '\u{93c}' | '\u{200c}' | '\u{200d}' | '\u{307}' => {}
            '\u{308}' => folded.push('e'),
            c if is_apostrophe(c) => folded.push('\''),
            c => folded.push(c),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.word).collect()
    }

    fn cut(text: &str) -> Vec<&str> {
        let tokens = tokens(text);
        sentences(&tokens, |_| false).into_iter().map(|it| &text[tokens[it.start].start..tokens[it.end - 1].end]).collect()
    }

    #[test]
    fn one_spelling_for_what_is_one_word() {
        assert_eq!(words("Zurück, ZURUECK zuru\u{308}ck"), ["zurueck", "zurueck", "zurueck"]);
        assert_eq!(words("Call-back callback I’ll"), ["call", "back", "call", "back", "i'll"]);
        assert_eq!(words("फ़ोन फ\u{93c}ोन १०"), ["फोन", "फोन", "10"]);
        assert_eq!(words("5pm 4:30 p.m. 3-5 03.12. 2ten"), ["5", "pm", "4:30", "pm", "3", "-", "5", "03.12", "2", "ten"]);
    }

    #[test]
    fn a_dot_in_a_date_or_a_title_ends_no_sentence() {
        assert_eq!(cut("Am 3. Dezember. Danke"), ["Am 3. Dezember", "Danke"]);
        assert_eq!(cut("Dr. Lenz ruft am 03.12. an. Gut?"), ["Dr. Lenz ruft am 03.12. an", "Gut"]);
        assert_eq!(cut("at 4 p.m. today... ok\nbye"), ["at 4 p.m. today... ok", "bye"]);
        assert_eq!(cut("कल फ़ोन करना। धन्यवाद"), ["कल फ़ोन करना", "धन्यवाद"]);
    }

    #[test]
    fn a_sentence_that_never_ends_is_cut() {
        let text = "blah ".repeat(1000);
        let tokens = tokens(&text);
        assert!(sentences(&tokens, |_| false).iter().all(|sentence| sentence.len() <= LONGEST_SENTENCE));
    }
}
