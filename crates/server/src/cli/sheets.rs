//! `ringback import …` and `ringback export …`: tables as CSV files.

mod help;
mod progress;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Read as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::{Outcome, Refused, open, say_json};
use crate::{
    config::{Config, Problem},
    sheets::{self, Encoding, Import, MOST_BYTES, Mistake, Rejected, Separator, Table},
};
use progress::Progress;

#[derive(Subcommand)]
pub(super) enum Imported {
    /// Add customers, and change those who are there already
    #[command(after_help = help::import(Table::Customers))]
    Customers(Read),
    /// Add staff, and change those who are there already; nobody new can sign in
    #[command(after_help = help::import(Table::Staff))]
    Staff(Read),
    /// Ask for people to be called back, each row as if it had come by the API
    #[command(after_help = help::import(Table::Callbacks))]
    Callbacks(Read),
}

#[derive(Args)]
pub(super) struct Read {
    /// The CSV file; - reads stdin
    file: PathBuf,
    /// The company's slug
    #[arg(long, value_name = "SLUG")]
    company: String,
    /// Check everything, say what would be done, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// How the file's letters are written
    #[arg(long, value_enum, default_value_t = Encoding::Utf8)]
    encoding: Encoding,
    /// How many mistakes are listed
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    mistakes: usize,
}

#[derive(Subcommand)]
pub(super) enum Exported {
    /// All customers
    Customers(Write),
    /// All staff
    Staff(Write),
    /// All callbacks but the deleted ones, with what became of them
    Callbacks(Write),
}

#[derive(Args)]
#[command(after_help = help::EXPORT)]
pub(super) struct Write {
    /// The company's slug
    #[arg(long, value_name = "SLUG")]
    company: String,
    /// Where to; - is stdout. A file is there whole or not at all
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// What stands between cells
    #[arg(long, value_enum, default_value_t = Separator::Comma)]
    separator: Separator,
}

pub(super) async fn import(command: Imported, config: &Config) -> Outcome {
    let (table, read) = match command {
        Imported::Customers(read) => (Table::Customers, read),
        Imported::Staff(read) => (Table::Staff, read),
        Imported::Callbacks(read) => (Table::Callbacks, read),
    };
    let bytes = content(&read.file)?;
    let store = open::store_of_companies(config).await?;
    let company = open::company(&store, &read.company).await?;
    let import = Import { store: &store, company: &company, table, encoding: read.encoding, dry_run: read.dry_run, now: open::now() };
    let mut progress = Progress::new();
    let done = sheets::import(&import, &bytes, &mut |step, nth, of| progress.of_import(step, nth, of)).await;
    progress.end();
    let summary = done.map_err(|rejected| refused(&read, rejected))?;
    say_json(&summary)?;
    if summary.rows == 0 {
        super::note("the file has a header and no row below it: there was nothing to import");
    }
    store.db().close().await;
    Ok(())
}

/// No more than an import takes, and one byte that says that there is more.
fn content(file: &Path) -> anyhow::Result<Vec<u8>> {
    let most = MOST_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().take(most).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|open| open.take(most).read_to_end(&mut bytes))
    };
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Refused(vec![Problem { what: file.display().to_string(), message: format!("cannot be read: {error}") }]).into()),
    }
}

/// One line for each mistake, where a person finds it, and nothing was written.
fn refused(read: &Read, rejected: Rejected) -> anyhow::Error {
    let file = read.file.display();
    let again = |message: &str| Refused(vec![Problem { what: file.to_string(), message: message.to_owned() }]).into();
    match rejected {
        Rejected::Failed(error) => error,
        Rejected::File(message) => again(&message),
        Rejected::Changed => again("was not imported: somebody else wrote the same things at this moment; nothing was written, try again"),
        Rejected::LastOwner => again("would leave the company without an active owner; nothing was written"),
        Rejected::Mistakes(mut mistakes) => {
            mistakes.sort_by_key(|it| it.row);
            let (all, rows) = (mistakes.len(), mistakes.chunk_by(|one, other| one.row == other.row).count());
            let mut problems: Vec<Problem> = mistakes.iter().take(read.mistakes).map(told).collect();
            let told = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
            let listed = if all > read.mistakes { format!(" ({} listed)", read.mistakes) } else { String::new() };
            problems.push(Problem {
                what: file.to_string(),
                message: format!("has {}{listed} in {}; nothing was written", told(all, "mistake"), told(rows, "row")),
            });
            Refused(problems).into()
        }
    }
}

fn told(mistake: &Mistake) -> Problem {
    let what = match (mistake.row, mistake.column.as_str()) {
        (0, _) => "the file".to_owned(),
        (row, "") => format!("row {row}"),
        (row, column) => format!("row {row}, column {column}:"),
    };
    Problem { what, message: mistake.message.clone() }
}

pub(super) async fn export(command: Exported, config: &Config) -> Outcome {
    let (table, write) = match command {
        Exported::Customers(write) => (Table::Customers, write),
        Exported::Staff(write) => (Table::Staff, write),
        Exported::Callbacks(write) => (Table::Callbacks, write),
    };
    let store = open::store_of_companies(config).await?;
    let company = open::company(&store, &write.company).await?;
    let mut progress = Progress::new();
    if write.output == Path::new("-") {
        let out = BufWriter::new(io::stdout().lock());
        sheets::export(&store, &company, table, write.separator, open::now(), out, |_| {}).await?;
    } else {
        let target = Target::beside(&write.output)?;
        let out = BufWriter::new(target.file.try_clone()?);
        let rows = sheets::export(&store, &company, table, write.separator, open::now(), out, |nth| progress.of_export(nth)).await;
        progress.end();
        let rows = rows?;
        target.keep(&write.output)?;
        say_json(&serde_json::json!({"exported": table.as_str(), "rows": rows, "file": write.output}))?;
    }
    store.db().close().await;
    Ok(())
}

/// A file that takes its name when it is whole. It holds people's numbers: for us alone.
struct Target {
    file: File,
    path: PathBuf,
}

impl Target {
    fn beside(output: &Path) -> anyhow::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt as _;

        let mut name = output.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{:08x}.part", rand::random::<u32>()));
        let path = output.with_file_name(name);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        Ok(Self { file: file.with_context(|| format!("{} cannot be written", output.display()))?, path })
    }

    fn keep(mut self, output: &Path) -> anyhow::Result<()> {
        self.file.flush()?;
        self.file.sync_all()?;
        fs::rename(&self.path, output).with_context(|| format!("{} cannot be written", output.display()))
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // Kept under its name it is not here any more.
        let _ = fs::remove_file(&self.path);
    }
}
