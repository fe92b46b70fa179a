//! What callbacks are found by: the words of the name and the digits of the number, in an index of their own, so that a search
//! does not read through the history. A deleted callback has none: it is found among the deleted ones by reading them.

use jiff::Timestamp;
use ringback_domain::{
    access::Sight,
    ids::{CallbackId, CompanyId},
    phone_number::PhoneNumber,
};

use crate::{
    db::{Result, Tx, Value, params, places},
    listing::{COUNTED, Ids, InOrder, Listing},
    search::{self, Searched, Term},
    tenant::TenantStore,
};

/// Of fewer callbacks the first are found soonest by looking at all of them.
const MANY: u64 = 200;
/// So many PostgreSQL is told to expect where there are fewer: room for them costs nothing.
const ROOM: u64 = 1000;
/// So many words are looked up one by one.
const FEW_WORDS: u32 = 20;

/// Longer words are found by their beginnings.
const LONGEST: usize = 64;

/// Writes, at commit, what a callback is found by under this name.
pub(crate) fn insert(tx: &mut Tx, company: CompanyId, callback: CallbackId, name: &str, number: &PhoneNumber) {
    let rows: Vec<_> = of(name, number).into_iter().map(|word| [company.into(), word.into(), callback.into()]).collect();
    let (places, params) = places(rows, 0);
    tx.later_built(format!("insert into callback_words (company_id, word, callback_id) values {places} on conflict do nothing"), params);
}

/// Takes away what it was found by under this name.
pub(crate) async fn remove(tx: &mut Tx, company: CompanyId, callback: CallbackId, name: &str, number: &PhoneNumber) -> Result<()> {
    const SQL: &str = "delete from callback_words where company_id = $1 and word = $2 and callback_id = $3";
    for word in of(name, number) {
        tx.execute(SQL, params![company, word, callback]).await?;
    }
    Ok(())
}

fn of(name: &str, number: &PhoneNumber) -> Vec<String> {
    // What has no letter is looked for as a number, and the number itself stands where nobody knew a name.
    let words = name.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic));
    let mut words: Vec<String> = words.map(|word| word.to_lowercase().chars().take(LONGEST).collect()).collect();
    words.push(number.reveal().to_owned());
    words.push(format!("~{}", number.reveal().trim_start_matches('+').chars().rev().collect::<String>()));
    words.sort_unstable();
    words.dedup();
    words
}

pub(super) const SEARCHED: Searched<'_> = Searched { name: "b.customer_name", number: "b.number", numbers_in: "{}" };

/// Narrows to what the search means. A single term that few callbacks have is looked up and nothing else; of several the rarest
/// is looked up and the others are read; and where every term is common, the list meets what it looks for soon enough in its
/// own order, and its total is left open.
pub(super) async fn narrow(listing: &mut Listing, rows: &TenantStore<'_>, search: &str, country: &str, now: Timestamp) -> Result<()> {
    let terms = search::terms(search, country);
    let (many, single) = (!terms.is_empty(), terms.len() == 1);
    let mut rarest = (COUNTED + 1, None);
    for term in terms {
        // Whoever has several of the words counts several times, here where it decides nothing.
        let (select, params) = found_by(rows.company, &term);
        let mut found = rows.seen_by(Sight::All).listing("1", params![now], false, now);
        found.only_among(vec![(ids(&select, InOrder::No), params)]);
        let count = found.counting("b.id").count(&rows.store.db).await?;
        if count < rarest.0 {
            rarest = (count, Some(term));
        }
    }
    match rarest {
        (count, Some(term)) => {
            let words = if single && count >= MANY { words_of(rows, &term).await? } else { vec![] };
            listing.only_among(if words.is_empty() {
                vec![each_once(rows.company, &term, count)]
            } else {
                with_words(rows.company, words)
            });
            if single {
                return Ok(());
            }
        }
        (_, None) if many => listing.leave_total_open(),
        (_, None) => {}
    }
    search::narrow(listing, search, country, &SEARCHED);
    Ok(())
}

/// The callbacks that have a word which begins so, or so.
fn found_by(company: CompanyId, term: &Term) -> (String, Vec<Value>) {
    let mut selects = Vec::new();
    let mut params: Vec<Value> = Vec::new();
    for beginning in &term.beginnings {
        selects.push("select w.callback_id as id from callback_words w where w.company_id = ? and w.word >= ? and w.word < ?");
        params.extend(params![company]);
        params.extend(range(beginning));
    }
    (selects.join(" union all "), params)
}

fn ids(select: &str, in_order: InOrder) -> Ids {
    Ids { select: select.to_owned(), column: "w.callback_id", in_order }
}

/// The first word that begins so, and what is behind the last.
fn range(beginning: &str) -> [Value; 2] {
    let beginning: String = beginning.chars().take(LONGEST).collect();
    let end = format!("{beginning}{}", char::MAX);
    [beginning.into(), end.into()]
}

/// The same, each once. PostgreSQL makes room for as many as it expects, which takes longer than finding few: the limit tells it.
fn each_once(company: CompanyId, term: &Term, about: u64) -> (Ids, Vec<Value>) {
    let (select, params) = found_by(company, term);
    let most = if about < MANY { ROOM } else { 2 * COUNTED };
    (ids(&format!("select distinct id from (select id from ({select}) found limit {most}) found"), InOrder::No), params)
}

/// The callbacks that have one of these words, of each word in their order: the first of many are found without the others.
fn with_words(company: CompanyId, words: Vec<String>) -> Vec<(Ids, Vec<Value>)> {
    const SQL: &str = "select w.callback_id as id from callback_words w where w.company_id = ? and w.word = ?";
    words.into_iter().map(|word| (ids(SQL, InOrder::Yes), params![company, word])).collect()
}

/// The words that begin so, each found behind the one before it; none where they are many.
async fn words_of(rows: &TenantStore<'_>, term: &Term) -> Result<Vec<String>> {
    const WORDS: &str = "with recursive found (word) as (
            select (select w.word from callback_words w where w.company_id = $1 and w.word >= $2 and w.word < $3 order by w.word limit 1)
            union all
            select (select w.word from callback_words w where w.company_id = $1 and w.word > f.word and w.word < $3 order by w.word limit 1)
            from found f where f.word is not null)
        select word from found where word is not null limit $4";
    let [beginning] = term.beginnings.as_slice() else { return Ok(vec![]) };
    let [from, end] = range(beginning);
    let words: Vec<(String,)> = rows.store.db.all(WORDS, vec![rows.company.into(), from, end, (FEW_WORDS + 1).into()]).await?;
    let few = u32::try_from(words.len()).is_ok_and(|number| number <= FEW_WORDS);
    Ok(if few { words.into_iter().map(|(word,)| word).collect() } else { vec![] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_is_found_by_the_words_of_its_name_and_both_ends_of_its_number() {
        let number = PhoneNumber::from_stored("+4915112345678".to_owned());
        assert_eq!(of("Anna ANNA Müller-Lüdenscheidt 2", &number), ["+4915112345678", "anna", "müller-lüdenscheidt", "~8765432115194"]);
        assert_eq!(of("+49 1511 2345678", &number), ["+4915112345678", "~8765432115194"]);
    }
}
