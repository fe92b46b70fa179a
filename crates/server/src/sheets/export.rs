//! Out to a file: page by page as the API lists them, so that memory does not grow with the company.

use std::io::{self, Write};

use anyhow::Context as _;
use csv::{QuoteStyle, Terminator, WriterBuilder};
use jiff::Timestamp;
use ringback_store::{CallbackFilter, CallbackSort, Company, CustomerFilter, Mark, StaffFilter, Start, Store, TenantStore, Window};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Separator, Table, cells, names::Names};
use crate::{
    api::{callbacks, customers::Customer, staff::Staff},
    errors::ApiError,
};

const PAGE: u32 = 500;

/// Without it Excel takes UTF-8 for Windows-1252.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Writes a table of the company, oldest first: RFC 4180 with every cell quoted, so that a program which splits at another
/// separator does not find the beginning of a formula. How many rows there were.
pub(crate) async fn export(
    store: &Store,
    company: &Company,
    table: Table,
    separator: Separator,
    now: Timestamp,
    mut out: impl Write,
    mut progress: impl FnMut(usize),
) -> anyhow::Result<usize> {
    let rows = store.tenant(company.id);
    let names = Names::load(rows, &company.country).await?;
    out.write_all(BYTE_ORDER_MARK)?;
    let mut writer =
        WriterBuilder::new().delimiter(separator.byte()).quote_style(QuoteStyle::Always).terminator(Terminator::CRLF).from_writer(out);
    writer.write_record(table.columns().iter().map(|it| it.name)).map_err(as_io)?;
    let (mut written, mut next) = (0, Some(Mark { key: 0, id: Uuid::nil() }));
    while let Some(after) = next {
        let (things, more) = page(rows, table, Window { limit: PAGE, start: Start::After(after) }, now).await?;
        for thing in &things {
            let cells = table.columns().iter().map(|it| cells::written(it, &thing[it.field], &names));
            writer.write_record(cells).map_err(as_io)?;
        }
        written += things.len();
        progress(written);
        next = more;
    }
    writer.flush()?;
    Ok(written)
}

/// Whoever reads no further is no failure of ours, and is known by the kind of the error.
fn as_io(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// As the API shows them.
async fn page(rows: TenantStore<'_>, table: Table, window: Window, now: Timestamp) -> anyhow::Result<(Vec<Json>, Option<Mark>)> {
    match table {
        Table::Customers => {
            let slice = rows.customers(&CustomerFilter::default(), false, window).await?;
            Ok((slice.rows.into_iter().map(Customer::from).map(json).collect::<Result<_, _>>()?, slice.next))
        }
        Table::Staff => {
            let slice = rows.people(&StaffFilter::default(), false, window).await?;
            Ok((slice.rows.into_iter().map(Staff::from).map(json).collect::<Result<_, _>>()?, slice.next))
        }
        Table::Callbacks => {
            let slice = rows.callbacks(&CallbackFilter::default(), CallbackSort::Created(false), window, now).await?;
            let listed = callbacks::listed(rows, slice.rows, now).await.map_err(failed)?;
            Ok((listed.into_iter().map(json).collect::<Result<_, _>>()?, slice.next))
        }
    }
}

fn json(thing: impl serde::Serialize) -> anyhow::Result<Json> {
    serde_json::to_value(thing).context("showing a row")
}

fn failed(error: ApiError) -> anyhow::Error {
    match error {
        ApiError::Internal(error) => error,
        other => anyhow::anyhow!(other.into_problem().1),
    }
}
