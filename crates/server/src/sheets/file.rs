//! From the bytes of a file to its rows: encoding, separator, header, row numbers.

use csv::{ReaderBuilder, StringRecord};
use ringback_domain::cell::unguard;

use super::{
    Mistake, Table,
    columns::{Cell, Column},
};

/// So that one transaction stays short: while it lasts, other writers of the database wait.
pub(crate) const MOST_ROWS: usize = 10_000;
pub(crate) const MOST_BYTES: usize = 32 * 1024 * 1024;

/// How the letters of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Encoding {
    /// With or without a byte order mark
    #[value(name = "utf-8")]
    Utf8,
    /// What Excel writes as plain "CSV" in western Europe
    #[value(name = "windows-1252")]
    Windows1252,
}

/// What stands between the cells of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Separator {
    Comma,
    /// What Excel expects where the comma is the decimal sign, as in Germany
    Semicolon,
    Tab,
}

impl Separator {
    const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

/// The rows of a file that say anything.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) rows: Vec<Row>,
    /// In rows that are not among these.
    pub(super) mistakes: Vec<Mistake>,
    /// Columns that an export shows and nobody sets.
    pub(super) passed_over: Vec<&'static str>,
}

#[derive(Debug)]
pub(super) struct Row {
    /// As spreadsheets count.
    pub(super) number: usize,
    /// Those that are read and not empty.
    pub(super) cells: Vec<(&'static Column, String)>,
}

/// The file's text, or a sentence on why there is none.
pub(super) fn decode(bytes: &[u8], encoding: Encoding) -> Result<String, String> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("is written in UTF-16; save it as \"CSV UTF-8\"".to_owned());
    }
    if encoding == Encoding::Windows1252 {
        return Ok(encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned());
    }
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).map_err(|error| {
        let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
        format!("is not UTF-8 (line {line}); save it as \"CSV UTF-8\", or give --encoding windows-1252 if Excel wrote it as plain \"CSV\"")
    })?;
    Ok(text.to_owned())
}

pub(super) fn parse(text: &str, table: Table) -> Result<Sheet, Vec<Mistake>> {
    let separator = separator(text, table);
    let mut records = Records::of(text, separator);
    let Some((header_row, header)) = records.next().transpose().map_err(|it| vec![it])? else {
        return Err(vec![Mistake::new(1, "", format!("is empty; it must name the columns: {}", table.accepted()))]);
    };
    let columns = header_columns(header_row, &header, table)?;
    let (mut rows, mut mistakes) = (Vec::new(), Vec::new());
    for record in records {
        match record.and_then(|(number, record)| row(number, &record, &columns)) {
            Ok(row) if row.cells.is_empty() => {}
            Ok(_) if rows.len() == MOST_ROWS => {
                return Err(vec![Mistake::new(0, "", format!("has more than {MOST_ROWS} rows; split it"))]);
            }
            Ok(row) => rows.push(row),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    let passed_over = columns.iter().flatten().filter(|it| !it.cell.is_read()).map(|it| it.name).collect();
    Ok(Sheet { rows, mistakes, passed_over })
}

/// With which the header names the most columns.
fn separator(text: &str, table: Table) -> Separator {
    let known = |separator: &Separator| {
        let header = Records::of(text, *separator).next().and_then(Result::ok);
        header.map_or(0, |(_, header)| header.iter().filter(|name| table.column(&normal(name)).is_some()).count())
    };
    // Of equals the first.
    Separator::ALL.into_iter().rev().max_by_key(known).unwrap_or(Separator::Comma)
}

fn normal(name: &str) -> String {
    unguard(name).trim().to_lowercase()
}

/// By place; `None`: without a name.
fn header_columns(row: usize, header: &StringRecord, table: Table) -> Result<Vec<Option<&'static Column>>, Vec<Mistake>> {
    let mut columns: Vec<Option<&'static Column>> = Vec::new();
    let mut mistakes = Vec::new();
    for name in header {
        let column = table.column(&normal(name));
        match column {
            None if name.trim().is_empty() => {}
            None => mistakes.push(Mistake::new(row, told(name), format!("is not known; accepted are: {}", table.accepted()))),
            Some(column) if columns.iter().flatten().any(|it| it.name == column.name) => {
                mistakes.push(Mistake::new(row, column.name, "is there twice"));
            }
            Some(_) => {}
        }
        columns.push(column);
    }
    for needed in table.columns().iter().filter(|it| it.required) {
        if !columns.iter().flatten().any(|it| it.name == needed.name) {
            mistakes.push(Mistake::new(row, needed.name, "is missing, and it is required"));
        }
    }
    if mistakes.is_empty() { Ok(columns) } else { Err(mistakes) }
}

/// A file without a header begins with somebody's number.
fn told(name: &str) -> String {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    name.trim().chars().take(40).map(|c| if digits > 4 && c.is_ascii_digit() { '•' } else { c }).filter(|c| !c.is_control()).collect()
}

fn row(number: usize, record: &StringRecord, columns: &[Option<&'static Column>]) -> Result<Row, Mistake> {
    let mut cells = Vec::new();
    for (place, cell) in record.iter().enumerate() {
        if cell.trim().is_empty() {
            continue;
        }
        match columns.get(place).copied().flatten() {
            None => {
                let message =
                    format!("has something in cell {}, which has no name in the header; perhaps a quotation mark is missing", place + 1);
                return Err(Mistake::new(number, "", message));
            }
            Some(column) if column.cell.is_read() => cells.push((column, unguard(cell).to_owned())),
            Some(_) => {}
        }
    }
    Ok(Row { number, cells })
}

/// The records of a text with their rows, as spreadsheets count them: a cell of several lines is in one row, an empty line is one.
struct Records<'a> {
    text: &'a str,
    reader: csv::Reader<&'a [u8]>,
    /// Where the record before ended, its line end not included.
    end: usize,
    row: usize,
}

impl<'a> Records<'a> {
    fn of(text: &'a str, separator: Separator) -> Self {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator.byte()).from_reader(text.as_bytes());
        Self { text, reader, end: 0, row: 1 }
    }
}

impl Iterator for Records<'_> {
    type Item = Result<(usize, StringRecord), Mistake>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = StringRecord::new();
        match self.reader.read_record(&mut record) {
            Ok(false) => return None,
            Ok(true) => {}
            Err(error) => return Some(Err(Mistake::new(self.row, "", format!("cannot be read: {error}")))),
        }
        let read_to = usize::try_from(self.reader.position().byte()).unwrap_or(self.text.len()).min(self.text.len());
        let passed = &self.text[self.end..read_to];
        let own = passed.trim_start_matches(['\r', '\n']);
        let gap = &passed[..passed.len() - own.len()];
        // Old Macs end their lines with a carriage return alone.
        let lines = if gap.contains('\n') { gap.matches('\n').count() } else { gap.len() };
        self.row += lines;
        let own = own.trim_end_matches(['\r', '\n']);
        self.end += gap.len() + own.len();
        if read_to == self.text.len() && own.contains('\n') && own.matches('"').count() % 2 == 1 {
            return Some(Err(Mistake::new(self.row, "", "opens a quotation mark that is never closed")));
        }
        Some(Ok((self.row, record)))
    }
}

/// What tells a row of requests again: its id, else all that it says.
pub(super) fn key(row: &Row) -> String {
    use sha2::{Digest as _, Sha256};

    let id = row.cells.iter().find(|(column, _)| column.cell == Cell::Id);
    if let Some((_, id)) = id {
        return format!("id:{}", id.trim().to_lowercase());
    }
    let mut said: Vec<(&str, &str)> = row.cells.iter().map(|(column, cell)| (column.name, cell.as_str())).collect();
    said.sort_unstable();
    let mut digest = Sha256::new();
    for (name, cell) in said {
        digest.update((name.len() as u64).to_be_bytes());
        digest.update(name);
        digest.update((cell.len() as u64).to_be_bytes());
        digest.update(cell);
    }
    format!("row:{}", hex::encode(digest.finalize()))
}

#[cfg(test)]
mod tests;
