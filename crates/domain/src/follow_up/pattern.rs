//! Phrases to look for, written as they are spoken.
//!
//! | item | stands for |
//! |---|---|
//! | `rufen` · `ruf\|rufe` · `zurueck*` | a word, one of several, any with that beginning |
//! | `@me` | a class of words that the language names |
//! | `bitte?` | may be missing |
//! | `<time>` · `*` | a time · any one word |
//! | `!can\|could` | one word that is none of these, or the beginning of the sentence |
//! | `..` | up to six words, but no new thought |
//! | `~` | up to six words that carry no meaning of their own (the language's `light` words and times) |
//! | `^` · `$` | a thought begins · a thought ends, or a time or another phrase follows |

use std::collections::{HashMap, HashSet};

/// A word of a sentence without its fillers, or a whole time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit<'s> {
    /// Empty for a time.
    pub(super) word: &'s str,
    pub(super) time: Option<usize>,
    /// Somebody paused behind it.
    pub(super) pause: bool,
}

pub(super) type Words = HashSet<&'static str>;
/// Class → its words, each maybe with a `*`.
pub(super) type Classes = HashMap<&'static str, &'static str>;

/// What surrounds a phrase in its language.
pub(super) struct Ground {
    pub(super) light: Words,
    /// Words at which a new thought begins: but, because.
    pub(super) stops: Words,
    /// Words that may follow a finished phrase: on, about, when.
    pub(super) follows: Words,
}

#[derive(Debug)]
pub(super) struct Pattern {
    items: Vec<Item>,
}

#[derive(Debug)]
enum Item {
    Word { forms: Vec<Form>, optional: bool },
    Except(Vec<Form>),
    Any,
    Time,
    Gap,
    LightGap,
    Start,
    End,
}

#[derive(Debug)]
enum Form {
    Whole(&'static str),
    Beginning(&'static str),
}

const LONGEST_GAP: usize = 6;

impl Pattern {
    pub(super) fn new(text: &'static str, classes: &Classes) -> Self {
        Self { items: text.split_whitespace().map(|item| Item::new(item, classes)).collect() }
    }

    /// Where it ends if it begins here.
    pub(super) fn matches(&self, units: &[Unit<'_>], at: usize, ground: &Ground) -> Option<usize> {
        follow(&self.items, units, at, ground)
    }

    pub(super) fn anywhere(&self, units: &[Unit<'_>], ground: &Ground) -> Option<std::ops::Range<usize>> {
        (0..units.len()).find_map(|at| self.matches(units, at, ground).map(|end| at..end))
    }
}

impl Item {
    fn new(item: &'static str, classes: &Classes) -> Self {
        match item {
            ".." => Self::Gap,
            "~" => Self::LightGap,
            "^" => Self::Start,
            "$" => Self::End,
            "*" => Self::Any,
            "<time>" => Self::Time,
            _ => match (item.strip_prefix('!'), item.strip_suffix('?')) {
                (Some(except), _) => Self::Except(forms(except, classes)),
                (None, Some(word)) => Self::Word { forms: forms(word, classes), optional: true },
                (None, None) => Self::Word { forms: forms(item, classes), optional: false },
            },
        }
    }
}

fn forms(words: &'static str, classes: &Classes) -> Vec<Form> {
    let form = |word: &'static str| word.strip_suffix('*').map_or(Form::Whole(word), Form::Beginning);
    let of_class = |name: &str| classes.get(name).copied().unwrap_or_default().split_whitespace().map(form).collect::<Vec<_>>();
    words.split('|').flat_map(|word| word.strip_prefix('@').map_or_else(|| vec![form(word)], of_class)).collect()
}

fn one_of(forms: &[Form], word: &str) -> bool {
    !word.is_empty()
        && forms.iter().any(|form| match form {
            Form::Whole(whole) => *whole == word,
            Form::Beginning(beginning) => word.starts_with(beginning),
        })
}

fn follow(items: &[Item], units: &[Unit<'_>], at: usize, ground: &Ground) -> Option<usize> {
    let Some((item, rest)) = items.split_first() else { return Some(at) };
    let here = units.get(at);
    let step = || follow(rest, units, at + 1, ground);
    match item {
        Item::Word { forms, optional } => {
            let found = here.filter(|unit| one_of(forms, unit.word)).and_then(|_| step());
            found.or_else(|| optional.then(|| follow(rest, units, at, ground)).flatten())
        }
        Item::Except(forms) => {
            let other = here.filter(|unit| !unit.pause && !one_of(forms, unit.word)).and_then(|_| step());
            other.or_else(|| (at == 0).then(|| follow(rest, units, at, ground)).flatten())
        }
        Item::Any => here.filter(|unit| !unit.pause).and_then(|_| step()),
        Item::Time => here.filter(|unit| unit.time.is_some()).and_then(|_| step()),
        Item::Gap => over(units, at, |unit| !ground.stops.contains(unit.word), |to| follow(rest, units, to, ground)),
        Item::LightGap => {
            let light = |unit: &Unit<'_>| unit.time.is_some() || ground.light.contains(unit.word);
            over(units, at, light, |to| follow(rest, units, to, ground))
        }
        Item::Start => begins(units, at, ground).then(|| follow(rest, units, at, ground)).flatten(),
        Item::End => {
            let ends = here.is_none_or(|unit| {
                unit.time.is_some()
                    || units[at - usize::from(at > 0)].pause
                    || ground.stops.contains(unit.word)
                    || ground.follows.contains(unit.word)
            });
            ends.then(|| follow(rest, units, at, ground)).flatten()
        }
    }
}

/// The shortest gap over units that may be skipped, behind which the rest is found.
fn over(units: &[Unit<'_>], at: usize, may: impl Fn(&Unit<'_>) -> bool, rest: impl Fn(usize) -> Option<usize>) -> Option<usize> {
    for to in at..=(at + LONGEST_GAP).min(units.len()) {
        if let Some(end) = rest(to) {
            return Some(end);
        }
        if !units.get(to).is_some_and(&may) {
            return None;
        }
    }
    None
}

fn begins(units: &[Unit<'_>], at: usize, ground: &Ground) -> bool {
    let mut at = at;
    // "Ja bitte morgen" before it begins nothing else.
    while at > 0 && !units[at - 1].pause && (units[at - 1].time.is_some() || ground.light.contains(units[at - 1].word)) {
        at -= 1;
    }
    at == 0 || units[at - 1].pause || ground.stops.contains(units[at - 1].word)
}
