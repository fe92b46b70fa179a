//! Text in a cell of a spreadsheet. Programs that open a CSV file calculate whatever looks like a formula: `=1+1` runs, and
//! `+4915112345678` becomes 4.91511E+12. An apostrophe in front makes it text for all of them, and is taken off again when the
//! file comes back.

use std::borrow::Cow;

/// What a spreadsheet takes for a formula by its first letter. Some also know the wide forms that Asian keyboards write.
fn calculates(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// Whether an apostrophe, or another one, has to stand in front.
fn needs_guard(text: &str) -> bool {
    calculates(text.trim_start_matches('\''))
}

/// As it is written into a cell. Ordinary text, also with an apostrophe of its own, stays as it is.
pub fn guard(text: &str) -> Cow<'_, str> {
    if needs_guard(text) { format!("'{text}").into() } else { text.into() }
}

/// What [`guard`] was given. Text that people typed themselves has lost nothing: without the apostrophe it would be a formula.
pub fn unguard(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| needs_guard(text)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_would_be_calculated_gets_an_apostrophe_and_nothing_else_does() {
        for (text, cell) in [
            ("+4915112345678", "'+4915112345678"),
            ("=HYPERLINK(\"http://x.example\")", "'=HYPERLINK(\"http://x.example\")"),
            ("-2 days", "'-2 days"),
            ("@sum", "'@sum"),
            ("\tx", "'\tx"),
            ("＝1", "'＝1"),
            ("'=1", "''=1"),
            ("'s Gravenhage", "'s Gravenhage"),
            ("'", "'"),
            ("a=1+1", "a=1+1"),
            ("", ""),
        ] {
            assert_eq!(guard(text), cell);
            assert_eq!(unguard(cell), text);
        }
    }

    #[test]
    fn what_people_typed_without_a_guard_is_read_as_it_stands() {
        for typed in ["+4915112345678", "=1+1", "'s Gravenhage", "''", "'x'"] {
            assert_eq!(unguard(typed), typed);
        }
    }

    fn tricky() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), "['=+\\-@\t\r\n＝a]{0,6}"]
    }

    proptest! {
        #[test]
        fn no_cell_is_calculated_and_every_text_comes_back(text in tricky()) {
            let cell = guard(&text);
            prop_assert!(!calculates(&cell), "{cell:?}");
            prop_assert_eq!(unguard(&cell), &text);
        }
    }
}
