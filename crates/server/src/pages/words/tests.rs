use std::{collections::BTreeMap, fs, path::Path};

use super::*;

/// Key → the variables its sentence uses.
fn sentences(language: Language) -> BTreeMap<String, Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(language.code());
    let mut found = BTreeMap::new();
    for file in fs::read_dir(folder).expect("the language has a folder") {
        let text = fs::read_to_string(file.expect("a file").path()).expect("readable");
        let mut key = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
                key = name.to_owned();
                assert!(found.insert(key.clone(), Vec::new()).is_none(), "{key} is there twice");
            }
            let used: Vec<String> = line
                .split('$')
                .skip(1)
                .map(|rest| rest.chars().take_while(char::is_ascii_alphanumeric).collect())
                .filter(|variable: &String| !found.get(&key).is_some_and(|seen| seen.contains(variable)))
                .collect();
            found.entry(key.clone()).or_default().extend(used);
        }
    }
    for variables in found.values_mut() {
        variables.sort();
        variables.dedup();
    }
    found
}

#[test]
fn both_languages_say_the_same_things_with_the_same_values() {
    assert_eq!(sentences(Language::De), sentences(Language::En));
}

/// Every template, and all code that says something.
fn texts() -> Vec<String> {
    fn collect(folder: &Path, texts: &mut Vec<String>) {
        for entry in fs::read_dir(folder).expect("readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, texts);
            } else if !path.ends_with("words/tests.rs") {
                texts.push(fs::read_to_string(&path).expect("readable"));
            }
        }
    }
    let mut texts = Vec::new();
    for folder in ["templates", "src/pages", "src/intake", "src/api"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut texts);
    }
    texts
}

#[test]
fn every_sentence_is_said_somewhere() {
    let texts = texts();
    let said = |key: &String| texts.iter().any(|text| text.contains(&format!("\"{key}\"")));
    let unsaid: Vec<_> = sentences(Language::En).into_keys().filter(|key| !said(key)).collect();
    assert!(unsaid.is_empty(), "{unsaid:?}");
}

#[test]
fn every_sentence_that_a_page_asks_for_is_there() {
    let known = sentences(Language::En);
    let mut keys = Vec::new();
    for text in texts() {
        // Asked for through a function of ours.
        for family in [
            "status-",
            "card-",
            "channel-",
            "priority-",
            "missed-",
            "outcome-",
            "waiting-",
            "said-",
            "error-",
            "pause-",
            "tool-",
            "spoken-",
        ] {
            let quoted = format!("\"{family}");
            let rests = text.split(&quoted).skip(1).filter_map(|rest| rest.split_once('"'));
            keys.extend(rests.map(|(rest, _)| format!("{family}{rest}")));
        }
        for call in ["r.t(\"", ".say(\"", "r.t1(\"", ".say_with(\""] {
            let calls = text.split(call).skip(1);
            keys.extend(calls.filter_map(|rest| rest.split_once('"')).map(|(key, _)| key.to_owned()));
        }
    }
    keys.retain(|key| key.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit()));
    assert!(keys.len() > 150, "the search found only {}", keys.len());
    let missing: Vec<_> = keys.iter().filter(|key| !known.contains_key(*key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_browser_gets_the_language_it_wants_most() {
    assert_eq!(Language::accepted("de-DE,de;q=0.9,en;q=0.8"), Some(Language::De));
    assert_eq!(Language::accepted("fr, en;q=0.5, de;q=0.7"), Some(Language::De));
    assert_eq!(Language::accepted("en-GB,de"), Some(Language::En));
    assert_eq!(Language::accepted("fr-FR"), None);
    assert_eq!(Language::accepted("de;q=0, *"), None);
    assert_eq!(Language::accepted(""), None);
}
