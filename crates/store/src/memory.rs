//! How many rows a list of callbacks has, and which are on a page that is hard to find, told again from memory while nothing has
//! changed it.
//!
//! Counting to ten thousand takes longer than finding a page, and so does putting ten thousand in order. What was found stays true
//! until something happens to a callback of its company: each change writes its event in the same transaction, and the event's place
//! tells whether the count can have seen it. Erasing leaves no event, so the company counts what was erased. And what the clock
//! changes, it changes when the next callback falls due.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use ringback_domain::ids::CompanyId;
use uuid::Uuid;

use crate::db::{Db, Error, Result, Value, params};

/// Fewer are counted as quickly as it is found out that nothing has changed.
const WORTH: i64 = 500;
/// So many questions are remembered, and of each so many pages, 15 MB of them at most; one more, and all are forgotten.
const QUESTIONS: usize = 1000;
const PAGES: usize = 4;
/// Longer pages are for programs, which read each once.
const LONGEST_PAGE: usize = 101;

/// Nothing has changed at this company, of which so many callbacks were erased then, since all events before this place were seen.
macro_rules! unchanged {
    ($company:literal, $erased:literal, $place:literal) => {
        concat!(
            "exists (select 1 from companies c where c.id = ",
            $company,
            " and c.callbacks_erased = ",
            $erased,
            " and not exists (select 1 from events e where e.company_id = c.id and e.place >= ",
            $place,
            "))"
        )
    };
}

/// The same, for a list: its values are those of [`Known::standing`].
pub(crate) const UNCHANGED: &str = unchanged!("?", "?", "?");

#[derive(Default)]
pub(crate) struct Memory(Mutex<HashMap<Question, Arc<Known>>>);

/// Statements, and their parameters, among which the instant that they ask about has no value: it is the first one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    statements: Vec<String>,
    params: Vec<Value>,
}

/// Numbers, and pages of the same list that were found since they were counted: all hold until the next change.
pub(crate) struct Known {
    pub(crate) counts: Vec<i64>,
    pages: Mutex<HashMap<Question, Vec<Uuid>>>,
    company: CompanyId,
    at: Timestamp,
    /// The next instant at which a callback falls due, where the question is what is overdue.
    until: Option<Timestamp>,
    /// Events that the count may not have seen stand here or behind.
    place: i64,
    erased: i64,
}

/// Whose callbacks are asked for, and as of when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) company: CompanyId,
    pub(crate) now: Timestamp,
    /// Whether what is overdue decides.
    pub(crate) by_clock: bool,
}

impl Question {
    pub(crate) fn new(statements: Vec<String>, mut params: Vec<Value>) -> Self {
        if let Some(instant) = params.first_mut() {
            *instant = Value::Int(None);
        }
        Self { statements, params }
    }
}

impl Memory {
    /// The numbers that these statements tell of a company's callbacks, whose `$1` is the instant that is asked about.
    pub(crate) async fn counts(&self, db: &Db, asked: Asked, counts: Vec<String>, params: Vec<Value>) -> Result<Arc<Known>> {
        debug_assert_eq!(params.first(), Some(&asked.now.into()));
        let question = Question::new(counts, params);
        let known = locked(&self.0).get(&question).cloned();
        if let Some(known) = known
            && known.holds(db, asked).await?
        {
            return Ok(known);
        }
        let known = Arc::new(count(db, asked, &question).await?);
        if known.counts.iter().sum::<i64>() < WORTH {
            locked(&self.0).remove(&question);
        } else {
            remember(&self.0, QUESTIONS, question, Arc::clone(&known));
        }
        Ok(known)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn remember<K: Eq + Hash, V>(memory: &Mutex<HashMap<K, V>>, at_most: usize, key: K, value: V) {
    let mut memory = locked(memory);
    if memory.len() >= at_most && !memory.contains_key(&key) {
        memory.clear();
    }
    memory.insert(key, value);
}

impl Known {
    /// The ids that were found on this page.
    pub(crate) fn page(&self, page: &Question) -> Option<Vec<Uuid>> {
        locked(&self.pages).get(page).cloned()
    }

    /// What was found on this page after these numbers were asked for.
    pub(crate) fn remember_page(&self, page: Question, ids: Vec<Uuid>) {
        if ids.len() <= LONGEST_PAGE {
            remember(&self.pages, PAGES, page, ids);
        }
    }

    /// What [`UNCHANGED`] is asked about.
    pub(crate) fn standing(&self) -> Vec<Value> {
        params![self.company, self.erased, self.place]
    }

    async fn holds(&self, db: &Db, asked: Asked) -> Result<bool> {
        const HOLDS: &str = concat!("select cast(1 as bigint) where ", unchanged!("$1", "$2", "$3"));
        let same_clock = !asked.by_clock || (self.at <= asked.now && self.until.is_none_or(|until| asked.now <= until));
        Ok(same_clock && db.optional::<(i64,)>(HOLDS, self.standing()).await?.is_some())
    }
}

/// The numbers and how long they hold: in one statement, so that all of it is of one moment.
async fn count(db: &Db, asked: Asked, question: &Question) -> Result<Known> {
    const NEXT_DUE: &str = "select min(b.due_at) from callbacks b where b.company_id = $company
        and b.status in ('pending', 'assigned', 'contacted', 'expired') and b.deleted_at is null and b.due_at >= $1";
    const ERASED: &str = "select c.callbacks_erased from companies c where c.id = $company";
    let mut params = question.params.clone();
    if let Some(instant) = params.first_mut() {
        *instant = asked.now.into();
    }
    params.push(asked.company.into());
    let next_due = if asked.by_clock { NEXT_DUE } else { "select cast(null as bigint)" };
    let company = format!("${}", params.len());
    let standing = [db.unseen_place(), ERASED, next_due].map(|sql| sql.replace("$company", &company));
    let asked_for = question.statements.iter().chain(&standing).enumerate();
    let selects: Vec<String> = asked_for.map(|(nth, sql)| format!("select cast({nth} as bigint) as nth, ({sql}) as told")).collect();
    let mut told = vec![None; selects.len()];
    for (nth, number) in db.all_built::<(i64, Option<i64>)>(selects.join(" union all "), params).await? {
        let place = usize::try_from(nth).ok().and_then(|nth| told.get_mut(nth)).ok_or(Error::NoRow)?;
        *place = number;
    }
    let until = told.pop().flatten().map(Timestamp::from_millisecond).transpose();
    let (erased, place) = (told.pop().flatten(), told.pop().flatten());
    Ok(Known {
        counts: told.into_iter().flatten().collect(),
        pages: Mutex::default(),
        company: asked.company,
        at: asked.now,
        until: until.map_err(|error| Error::Corrupt { column: "due_at".to_owned(), reason: error.to_string() })?,
        place: place.ok_or(Error::NoRow)?,
        erased: erased.ok_or(Error::NoRow)?,
    })
}
