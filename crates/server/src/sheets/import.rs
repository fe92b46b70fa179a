//! In from a file: every row is read and checked before anything is written, and then all of it is, in one transaction.

mod callbacks;
mod customers;
mod staff;

use jiff::Timestamp;
use ringback_store::{Company, Imported, Put, Store, TenantStore, Writing, db};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::{
    Encoding, MOST_BYTES, Mistake, Table, cells,
    columns::Cell,
    file::{self, Row},
    names::Names,
};
use crate::errors::{ApiError, FieldError};

/// What is imported, and where to.
pub(crate) struct Import<'a> {
    pub(crate) store: &'a Store,
    pub(crate) company: &'a Company,
    pub(crate) table: Table,
    pub(crate) encoding: Encoding,
    /// Writes, and takes everything back.
    pub(crate) dry_run: bool,
    pub(crate) now: Timestamp,
}

/// How far it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Checked,
    Written,
}

pub(crate) type Progress<'a> = &'a mut (dyn FnMut(Step, usize, usize) + Send);

/// What became of the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Summary {
    pub(crate) imported: &'static str,
    pub(crate) dry_run: bool,
    pub(crate) rows: usize,
    pub(crate) created: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) updated: Option<usize>,
    /// Joined the open callback of the same person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) merged: Option<usize>,
    pub(crate) unchanged: usize,
    /// Completed or cancelled: nothing is promised any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) passed_over: Option<usize>,
    /// Columns that were there and are set by nobody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) columns_passed_over: Vec<&'static str>,
}

/// Why nothing was written.
#[derive(Debug)]
pub(crate) enum Rejected {
    /// It cannot be read at all.
    File(String),
    Mistakes(Vec<Mistake>),
    /// Somebody else wrote what the file was to write; the next try sees it.
    Changed,
    /// Nobody would be left who may do everything.
    LastOwner,
    Failed(anyhow::Error),
}

impl From<db::Error> for Rejected {
    fn from(error: db::Error) -> Self {
        Self::Failed(error.into())
    }
}

pub(crate) async fn import(import: &Import<'_>, bytes: &[u8], progress: Progress<'_>) -> Result<Summary, Rejected> {
    if bytes.len() > MOST_BYTES {
        return Err(Rejected::File(format!("is larger than {} MiB; split it", MOST_BYTES / 1024 / 1024)));
    }
    let text = file::decode(bytes, import.encoding).map_err(Rejected::File)?;
    let sheet = file::parse(&text, import.table).map_err(Rejected::Mistakes)?;
    let names = Names::load(import.rows(), &import.company.country).await?;
    let mut reading = Reading { import, names, mistakes: sheet.mistakes, progress };
    let done = match import.table {
        Table::Customers => reading.customers(&sheet.rows).await?,
        Table::Staff => reading.staff(&sheet.rows).await?,
        Table::Callbacks => reading.callbacks(&sheet.rows).await?,
    };
    Ok(Summary { columns_passed_over: sheet.passed_over, ..done })
}

impl<'a> Import<'a> {
    /// An operator sees the whole company.
    fn rows(&self) -> TenantStore<'a> {
        self.store.tenant(self.company.id)
    }

    fn summary(&self, rows: usize) -> Summary {
        Summary {
            imported: self.table.as_str(),
            dry_run: self.dry_run,
            rows,
            created: 0,
            updated: None,
            merged: None,
            unchanged: 0,
            passed_over: None,
            columns_passed_over: Vec::new(),
        }
    }
}

/// The file as it is read, with what is wrong so far.
struct Reading<'a> {
    import: &'a Import<'a>,
    names: Names,
    mistakes: Vec<Mistake>,
    progress: Progress<'a>,
}

/// A row as the API's body.
struct Body {
    fields: Map<String, Json>,
    /// What is missing there because its cell cannot be read, which was told.
    unread: Vec<&'static str>,
}

impl Body {
    fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field) || self.unread.contains(&field)
    }
}

impl Reading<'_> {
    /// The row as the API's body. What tells the row again is left out.
    fn body(&mut self, row: &Row) -> Body {
        let mut body = Body { fields: Map::new(), unread: Vec::new() };
        for (column, cell) in row.cells.iter().filter(|(column, _)| column.cell != Cell::Id) {
            match cells::read(column, cell, &self.names) {
                Ok(value) => drop(body.fields.insert(column.field.to_owned(), value)),
                Err(message) => {
                    self.wrong(row, column.name, message);
                    body.unread.push(column.field);
                }
            }
        }
        body
    }

    fn wrong(&mut self, row: &Row, column: &str, message: impl Into<String>) {
        self.mistakes.push(Mistake::new(row.number, column, message));
    }

    /// What the API's reader made of a row; `None`: nothing, and that was told. What it finds wrong with a field that was not
    /// read is no second mistake.
    fn accepted<T>(&mut self, row: &Row, unread: &[&'static str], read: Result<T, ApiError>) -> Result<Option<T>, Rejected> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(ApiError::Invalid(mut errors)) => {
                errors.retain(|error| !unread.contains(&error.field.split(['[', '.']).next().unwrap_or_default()));
                self.mistakes.extend(errors.into_iter().map(|error| self.import.table.mistake(row.number, error)));
                Ok(None)
            }
            Err(ApiError::Internal(error)) => Err(Rejected::Failed(error)),
            Err(other) => Err(Rejected::Failed(anyhow::anyhow!(other.into_problem().1))),
        }
    }

    fn checked(&mut self, nth: usize, of: usize) {
        (self.progress)(Step::Checked, nth + 1, of);
    }

    /// Writes what the rows change. Rows that say what is there already are left alone.
    async fn put<T: PartialEq>(
        &mut self,
        puts: Vec<Put<T>>,
        rows: usize,
        write: impl AsyncFnOnce(&[Put<T>], Writing<'_>) -> db::Result<Imported>,
    ) -> Result<Summary, Rejected> {
        self.all_right()?;
        let (same, puts): (Vec<Put<T>>, Vec<Put<T>>) = puts.into_iter().partition(|put| put.seen.as_ref() == Some(&put.row));
        let (of, progress) = (puts.len(), &mut self.progress);
        let writing = Writing { rehearsal: self.import.dry_run, progress: &mut |nth| progress(Step::Written, nth, of) };
        written(write(&puts, writing).await?)?;
        let created = puts.iter().filter(|put| put.seen.is_none()).count();
        Ok(Summary { created, updated: Some(of - created), unchanged: same.len(), ..self.import.summary(rows) })
    }

    /// Nothing is written while anything is wrong.
    fn all_right(&mut self) -> Result<(), Rejected> {
        let mistakes = std::mem::take(&mut self.mistakes);
        if mistakes.is_empty() { Ok(()) } else { Err(Rejected::Mistakes(mistakes)) }
    }
}

impl Table {
    /// `phone_numbers[1]` of the API is the second entry of a cell.
    fn mistake(self, row: usize, error: FieldError) -> Mistake {
        let end = error.field.find(['[', '.']).unwrap_or(error.field.len());
        let (field, place) = error.field.split_at(end);
        let column = self.column(field).map_or(field, |column| column.name);
        let nth = place.strip_prefix('[').and_then(|it| it.strip_suffix(']')).and_then(|it| it.parse::<usize>().ok());
        let message = match nth {
            _ if place.is_empty() => error.message,
            Some(nth) => format!("entry {} {}", nth + 1, error.message),
            None => format!("{} {}", place.trim_start_matches('.'), error.message),
        };
        Mistake::new(row, column, message)
    }
}

fn written(imported: Imported) -> Result<(), Rejected> {
    match imported {
        Imported::Yes => Ok(()),
        Imported::Changed => Err(Rejected::Changed),
        Imported::LastOwner => Err(Rejected::LastOwner),
    }
}
