//! What callbacks are found by: the words of the name and the digits of the number, in an index of their own, so that a search
//! does not read through the history. A deleted callback has none: it is found among the deleted ones by reading them.

use ringback_domain::{
    ids::{CallbackId, CompanyId},
    phone_number::PhoneNumber,
};

use crate::{
    db::{Db, Result, Tx, Value, params, places},
    listing::{COUNTED, Listing},
    search::{self, Searched, Term},
};

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
pub(super) async fn narrow(listing: &mut Listing, db: &Db, company: CompanyId, search: &str, country: &str) -> Result<()> {
    let terms = search::terms(search, country);
    let (many, single) = (!terms.is_empty(), terms.len() == 1);
    let mut rarest = (COUNTED + 1, None);
    for term in terms {
        let (ids, params) = found_by(company, term);
        let sql = format!("select count(*) from (select 1 from ({}) found limit {}) counted", numbered(&ids), COUNTED + 1);
        let count: Vec<(i64,)> = db.all_built(sql, params.clone()).await?;
        let count = count.first().map_or(0, |(count,)| u64::try_from(*count).unwrap_or(0));
        if count < rarest.0 {
            rarest = (count, Some((ids, params)));
        }
    }
    match rarest.1 {
        Some((ids, params)) => {
            listing.only_among(&format!("select distinct id from ({ids}) found"), params);
            if single {
                return Ok(());
            }
        }
        None if many => listing.leave_total_open(),
        None => {}
    }
    search::narrow(listing, search, country, &SEARCHED);
    Ok(())
}

/// The callbacks that have a word which begins so, or so.
fn found_by(company: CompanyId, term: Term) -> (String, Vec<Value>) {
    let mut selects = Vec::new();
    let mut params: Vec<Value> = Vec::new();
    for beginning in term.beginnings {
        let beginning: String = beginning.chars().take(LONGEST).collect();
        selects.push("select w.callback_id as id from callback_words w where w.company_id = ? and w.word >= ? and w.word < ?");
        let end = format!("{beginning}{}", char::MAX);
        params.extend(params![company, beginning, end]);
    }
    (selects.join(" union all "), params)
}

/// `?` as the places `$1`, `$2` and so on.
fn numbered(sql: &str) -> String {
    let mut numbered = String::with_capacity(sql.len() + 16);
    for (nth, part) in sql.split('?').enumerate() {
        if nth > 0 {
            numbered.push('$');
            numbered.push_str(&nth.to_string());
        }
        numbered.push_str(part);
    }
    numbered
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
