//! From a cell to the JSON that the API takes for its field, and from the JSON that it answers to a cell.

use ringback_domain::{cell::guard, time::german_date};
use serde_json::Value as Json;

use super::{
    columns::{Cell, Column},
    names::Names,
};

/// Between several of one cell.
pub(super) const BETWEEN: char = ';';

/// What the cell says, or why it says nothing that can be read. Whether the API accepts it, the API's reader decides.
pub(super) fn read(column: &Column, text: &str, names: &Names) -> Result<Json, String> {
    let trimmed = text.trim();
    Ok(match column.cell {
        Cell::Text => text.into(),
        Cell::Number => whole_number(trimmed)?.into(),
        Cell::Numbers => parts(trimmed).map(|part| whole_number(part).map(Json::from)).collect::<Result<_, _>>()?,
        Cell::Flag => flag(trimmed),
        Cell::Day => day(trimmed).into(),
        Cell::Json => json(trimmed)?,
        Cell::Wish if trimmed.starts_with(['{', '[']) => json(trimmed)?,
        Cell::Named(thing) => names.id(thing, trimmed)?.into(),
        Cell::AllNamed(thing) => parts(trimmed).map(|part| names.id(thing, part).map(Json::from)).collect::<Result<_, _>>()?,
        Cell::Word | Cell::Wish | Cell::Id | Cell::Shown | Cell::ShownNamed(_) | Cell::ShownKind => trimmed.into(),
    })
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(BETWEEN).map(str::trim).filter(|part| !part.is_empty())
}

/// A spreadsheet that took the number for one to calculate with has rounded it: 4.91511E+12.
fn whole_number(text: &str) -> Result<&str, String> {
    let rounded = text.contains(['e', 'E']) && text.replace(',', ".").parse::<f64>().is_ok();
    if rounded {
        return Err("was rounded by a spreadsheet; format the column as text there and enter the number again".to_owned());
    }
    Ok(text)
}

/// As people and spreadsheets write it: German Excel turns `true` into `WAHR`.
fn flag(text: &str) -> Json {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "ja" | "wahr" | "1" => true.into(),
        "false" | "no" | "nein" | "falsch" | "0" => false.into(),
        _ => text.into(),
    }
}

/// German Excel turns 2026-12-24 into 24.12.2026.
fn day(text: &str) -> String {
    german_date(text).map_or_else(|| text.to_owned(), |date| date.to_string())
}

fn json(text: &str) -> Result<Json, String> {
    serde_json::from_str(text).map_err(|error| format!("is not JSON: character {} is not expected", error.column()))
}

/// As it is written into the file; no cell of it is calculated.
pub(super) fn written(column: &Column, value: &Json, names: &Names) -> String {
    guard(&shown(column.cell, value, names)).into_owned()
}

fn shown(cell: Cell, value: &Json, names: &Names) -> String {
    match (cell, value) {
        (_, Json::Null) => String::new(),
        (Cell::Named(thing) | Cell::AllNamed(thing) | Cell::ShownNamed(thing), Json::String(id)) => names.name(thing, id),
        (_, Json::String(text)) => text.clone(),
        (Cell::Numbers | Cell::AllNamed(_), Json::Array(all)) => {
            let all: Vec<String> = all.iter().map(|it| shown(cell, it, names)).collect();
            all.join("; ")
        }
        (Cell::ShownKind, Json::Object(fields)) => shown(cell, fields.get("kind").unwrap_or(&Json::Null), names),
        (_, Json::Object(fields)) if fields.is_empty() => String::new(),
        (_, other) => other.to_string(),
    }
}
