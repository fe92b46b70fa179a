//! How many rows a list of callbacks has, told again from memory while nothing has changed it.
//!
//! Counting to ten thousand takes longer than finding a page. A total stays true until something happens to a callback of its company:
//! each change writes its event in the same transaction, and the event's place tells whether the count can have seen it. Erasing
//! leaves no event, so the company counts what was erased. And what the clock changes, it changes when the next callback falls due.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use ringback_domain::ids::CompanyId;

use crate::db::{Db, Error, Result, Value, params};

/// Fewer are counted as quickly as it is found out that nothing has changed.
const WORTH: i64 = 500;
/// So many questions are remembered; one more, and all are forgotten.
const QUESTIONS: usize = 1000;

#[derive(Default)]
pub(crate) struct Totals(Mutex<HashMap<Question, Known>>);

/// Statements that each tell one number, and their parameters, among which the instant that they ask about has no value: it is
/// the first one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Question {
    counts: Vec<String>,
    params: Vec<Value>,
}

#[derive(Debug, Clone)]
struct Known {
    counts: Vec<i64>,
    at: Timestamp,
    /// The next instant at which a callback falls due, where the question is what is overdue.
    until: Option<Timestamp>,
    /// Events that the count may not have seen stand here or behind.
    place: i64,
    erased: i64,
}

/// Whose callbacks are counted, and as of when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) company: CompanyId,
    pub(crate) now: Timestamp,
    /// Whether what is overdue decides.
    pub(crate) by_clock: bool,
}

impl Question {
    fn new(counts: Vec<String>, mut params: Vec<Value>) -> Self {
        if let Some(instant) = params.first_mut() {
            *instant = Value::Int(None);
        }
        Self { counts, params }
    }
}

impl Totals {
    /// The numbers that these statements tell of a company's callbacks, whose `$1` is the instant that is asked about.
    pub(crate) async fn of(&self, db: &Db, asked: Asked, counts: Vec<String>, params: Vec<Value>) -> Result<Vec<i64>> {
        debug_assert_eq!(params.first(), Some(&asked.now.into()));
        let question = Question::new(counts, params);
        if let Some(known) = self.known(&question)
            && known.holds(db, asked).await?
        {
            return Ok(known.counts);
        }
        let known = count(db, asked, &question).await?;
        let counts = known.counts.clone();
        self.remember(question, known);
        Ok(counts)
    }

    fn known(&self, question: &Question) -> Option<Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(question).cloned()
    }

    fn remember(&self, question: Question, known: Known) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.counts.iter().sum::<i64>() < WORTH {
            all.remove(&question);
            return;
        }
        if all.len() >= QUESTIONS {
            all.clear();
        }
        all.insert(question, known);
    }
}

impl Known {
    async fn holds(&self, db: &Db, asked: Asked) -> Result<bool> {
        const CHANGED: &str = "select cast(1 as bigint) from companies c where c.id = $1
            and (c.callbacks_erased <> $3 or exists (select 1 from events e where e.company_id = $1 and e.place >= $2))";
        let same_clock = !asked.by_clock || (self.at <= asked.now && self.until.is_none_or(|until| asked.now <= until));
        Ok(same_clock && db.optional::<(i64,)>(CHANGED, params![asked.company, self.place, self.erased]).await?.is_none())
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
    let asked_for = question.counts.iter().chain(&standing).enumerate();
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
        at: asked.now,
        until: until.map_err(|error| Error::Corrupt { column: "due_at".to_owned(), reason: error.to_string() })?,
        place: place.ok_or(Error::NoRow)?,
        erased: erased.ok_or(Error::NoRow)?,
    })
}
