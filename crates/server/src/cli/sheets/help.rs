//! What `--help` says of the tables: whoever reads it can write a file.

use crate::sheets::{MOST_BYTES, MOST_ROWS, Table};

pub(super) const EXPORT: &str =
    "UTF-8 with a byte order mark, so that Excel reads umlauts; oldest first. Where Excel shows everything in one column \
(as in Germany): --separator semicolon.

A cell that a spreadsheet would take for a formula or a number (=…, +49…) begins with an apostrophe. An import takes it off again.";

pub(super) fn import(table: Table) -> String {
    let (known, example) = match table {
        Table::Customers => (
            "A customer who is there already is found by the id of an export, else by any of his numbers. \
             An import takes nothing away: an empty cell leaves what is there, and numbers come to those that he has.",
            "name,phone_numbers,vip\n  Anna Schmidt,+49 151 12345678; 030 901820,ja",
        ),
        Table::Staff => (
            "Somebody who is there already is found by the e-mail address; an empty cell leaves what is there. \
             Branches and services must be there before.",
            "name,email,role,branch,skills\n  Lena Lang,lena@example.com,manager,Mitte,Cut; Colour",
        ),
        Table::Callbacks => (
            "Each row asks for a call as if it had come by the API: it gets a priority, a due time and an owner, or joins the open callback of \
             the same number. The same row again changes nothing while its callback is open, and never where it has an id.",
            "customer_name,phone_number,topic,preferred_time_window\n  Anna Schmidt,0151 12345678,Colour,tomorrow 14:00-16:00",
        ),
    };
    format!(
        "{}\n\n{known}\n\nThe whole file is checked first: one mistake, and nothing is written. Commas, semicolons and tabs are recognised. \
         At most {MOST_ROWS} rows and {} MiB.\n\nExample:\n  {example}",
        table.explained(),
        MOST_BYTES / 1024 / 1024,
    )
}
