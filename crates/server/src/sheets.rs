//! Customers, staff and callbacks as tables in CSV files: out for a spreadsheet, in from one.
//!
//! A row becomes the JSON that the API takes and is read by the API's own reader, so that one rule can never differ between
//! the two; a thing becomes a row from the JSON that the API answers.

mod cells;
pub(crate) mod columns;
mod export;
mod file;
mod import;
mod names;

pub(crate) use columns::Table;
pub(crate) use export::export;
pub(crate) use file::{Encoding, MOST_BYTES, MOST_ROWS, Separator};
pub(crate) use import::{Import, Rejected, Step, import};

/// What is wrong in a file, where a person finds it in his spreadsheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// As spreadsheets count: the header is row 1.
    pub(crate) row: usize,
    /// By the name in the header; empty where it is the row as a whole.
    pub(crate) column: String,
    pub(crate) message: String,
}

impl Mistake {
    fn new(row: usize, column: impl Into<String>, message: impl Into<String>) -> Self {
        Self { row, column: column.into(), message: message.into() }
    }
}
