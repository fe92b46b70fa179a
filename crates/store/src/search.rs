//! The search word of a list: names by the beginnings of their words, numbers by their first or last digits.

use ringback_domain::phone_number;

use crate::{
    db::params,
    listing::{Listing, like_escaped},
};

/// Where the rows of a list have their names and numbers.
pub(crate) struct Searched<'a> {
    pub(crate) name: &'a str,
    pub(crate) number: &'a str,
    /// What a condition on `number` stands in, where that is a column of another table; `{}` is the condition.
    pub(crate) numbers_in: &'a str,
}

pub(crate) fn narrow(listing: &mut Listing, search: &str, country: &str, searched: &Searched<'_>) {
    if looks_like_number(search) {
        let patterns = number_patterns(search, country);
        let places = vec![format!("{} like ?", searched.number); patterns.len()].join(" or ");
        let condition = searched.numbers_in.replace("{}", &format!("({places})"));
        listing.only(&condition, patterns.into_iter().map(Into::into).collect());
        return;
    }
    narrow_to_names(listing, search, searched.name);
}

/// One of the beginnings is the beginning of a word that is looked up.
pub(crate) struct Term {
    pub(crate) beginnings: Vec<String>,
}

/// What an index of words is asked for; the rows have to match all of them.
pub(crate) fn terms(search: &str, country: &str) -> Vec<Term> {
    if looks_like_number(search) {
        let beginnings = number_patterns(search, country).into_iter().map(|pattern| match pattern.strip_prefix('%') {
            Some(end) => format!("~{}", end.chars().rev().collect::<String>()),
            None => pattern.trim_end_matches('%').to_owned(),
        });
        return vec![Term { beginnings: beginnings.collect() }];
    }
    let words = search.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic));
    words.map(|word| Term { beginnings: vec![word.to_lowercase()] }).collect()
}

pub(crate) fn narrow_to_names(listing: &mut Listing, search: &str, column: &str) {
    for word in search.split_whitespace() {
        // SQLite folds only ASCII letters, so that a word which begins with another one is looked for in both cases.
        let (lower, capital) = (word.to_lowercase(), capitalised(word));
        let [lower, capital] = [lower, capital].map(|word| like_escaped(&word));
        let condition = vec![format!(r"lower({column}) like ? escape '\'"); 4].join(" or ");
        let patterns = [format!("{lower}%"), format!("% {lower}%"), format!("{capital}%"), format!("% {capital}%")];
        listing.only(&format!("({condition})"), params![&patterns[0], &patterns[1], &patterns[2], &patterns[3]]);
    }
}

/// ASCII in lower case, everything else as at the beginning of a name.
fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase).map(|c| c.to_ascii_lowercase());
    first.chain(letters.flat_map(char::to_lowercase)).collect()
}

fn looks_like_number(search: &str) -> bool {
    search.chars().any(|c| c.is_ascii_digit()) && search.chars().all(|c| c.is_ascii_digit() || "+ ()-./".contains(c))
}

fn number_patterns(search: &str, country: &str) -> Vec<String> {
    let digits: String = search.chars().filter(char::is_ascii_digit).collect();
    let mut patterns = vec![format!("%{digits}")];
    let international = search.trim_start().starts_with('+');
    if international || !digits.starts_with('0') {
        patterns.push(format!("+{digits}%"));
    }
    if let Some(rest) = digits.strip_prefix("00") {
        patterns.push(format!("+{rest}%"));
    }
    if let (false, Some(code)) = (international, phone_number::calling_code(country)) {
        patterns.push(format!("+{code}{digits}%"));
        if let Some(national) = digits.strip_prefix('0') {
            patterns.push(format!("+{code}{national}%"));
        }
    }
    patterns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_by_how_people_begin_or_end_it() {
        for search in ["0151", "+49 151", "0049151", "151", "5678", "0151 12345678"] {
            let patterns = number_patterns(search, "DE");
            let found = patterns.iter().any(|pattern| match (pattern.strip_prefix('%'), pattern.strip_suffix('%')) {
                (Some(end), _) => "+4915112345678".ends_with(end),
                (None, Some(start)) => "+4915112345678".starts_with(start),
                (None, None) => false,
            });
            assert!(found, "{search}: {patterns:?}");
        }
    }

    #[test]
    fn wildcards_of_the_database_are_only_characters() {
        assert_eq!(like_escaped(r"50%_\"), r"50\%\_\\");
        assert!(!looks_like_number("5%"));
    }
}
