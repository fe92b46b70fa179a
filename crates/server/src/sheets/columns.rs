//! The columns of each table. They are called as the API calls its fields; where the API has an id, a table has a name.

use std::fmt::Write as _;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Customers,
    Staff,
    Callbacks,
}

/// Something of the company that a cell names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thing {
    Branch,
    Service,
    Staff,
    Phone,
}

/// How a cell is written and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    /// As it was typed.
    Text,
    /// Text around which nobody means a space.
    Word,
    /// A telephone number, or several with `;` between.
    Number,
    Numbers,
    Flag,
    Day,
    /// JSON.
    Json,
    /// Text, or JSON where it begins like a list or an object.
    Wish,
    Named(Thing),
    /// Several with `;` between.
    AllNamed(Thing),
    /// What tells the same row again.
    Id,
    /// Shown, and not read: nobody sets it.
    Shown,
    /// The same, of somebody.
    ShownNamed(Thing),
    /// The same, of something that has a kind.
    ShownKind,
}

impl Cell {
    pub(crate) fn is_read(self) -> bool {
        !matches!(self, Self::Shown | Self::ShownNamed(_) | Self::ShownKind)
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// In the header.
    pub(crate) name: &'static str,
    /// Of the API.
    pub(crate) field: &'static str,
    pub(crate) cell: Cell,
    pub(crate) required: bool,
    /// For the help.
    pub(crate) about: &'static str,
}

const fn column(name: &'static str, cell: Cell, about: &'static str) -> Column {
    Column { name, field: name, cell, required: false, about }
}

const fn required(name: &'static str, cell: Cell, about: &'static str) -> Column {
    Column { required: true, ..column(name, cell, about) }
}

const fn named(name: &'static str, field: &'static str, thing: Thing, about: &'static str) -> Column {
    Column { field, ..column(name, Cell::Named(thing), about) }
}

const fn shown(name: &'static str) -> Column {
    column(name, Cell::Shown, "")
}

const CUSTOMERS: &[Column] = &[
    column("id", Cell::Id, "of an exported customer; without it he is found by his numbers"),
    required("name", Cell::Text, "required"),
    column("phone_numbers", Cell::Numbers, "one, or several with ; between; required for somebody new"),
    column("email", Cell::Text, ""),
    column("language", Cell::Word, "such as de or en-GB"),
    column("vip", Cell::Flag, "true or false (also yes/no, ja/nein, 1/0): his callbacks are urgent"),
    column("no_call", Cell::Flag, "true or false: no machine ever rings him"),
    column("notes", Cell::Text, ""),
    shown("created_at"),
    shown("updated_at"),
];

const STAFF: &[Column] = &[
    shown("id"),
    required("name", Cell::Text, "required"),
    required("email", Cell::Text, "required; by it a person is found who is there already"),
    column("role", Cell::Word, "owner, manager or staff (default)"),
    named("branch", "branch_id", Thing::Branch, "its name or id"),
    column("skills", Cell::AllNamed(Thing::Service), "names or ids of services, with ; between"),
    column("active", Cell::Flag, "true (default) or false"),
    column("present", Cell::Flag, "true (default) or false"),
    column("absent_from", Cell::Day, "such as 2026-12-24 or 24.12.2026"),
    column("absent_until", Cell::Day, "the last day of the absence"),
    column("working_hours", Cell::Json, r#"JSON such as {"mon":[["09:00","12:30"],["13:30","18:00"]]}"#),
    shown("created_at"),
    shown("updated_at"),
];

const CALLBACKS: &[Column] = &[
    column("id", Cell::Id, "of an exported callback, or any UUID of yours: the same id is never imported twice"),
    required("customer_name", Cell::Text, "required"),
    required("phone_number", Cell::Number, "required"),
    column("status", Cell::Word, "rows that are completed or cancelled are passed over"),
    column("priority", Cell::Word, "urgent, high or normal; default: after what is known of the customer"),
    shown("priority_reason"),
    column("source", Cell::Word, "default: import"),
    column("topic", Cell::Text, ""),
    column("notes", Cell::Text, ""),
    named("branch", "branch_id", Thing::Branch, "its name or id"),
    named("service", "service_id", Thing::Service, "its name or id"),
    named("staff", "staff_id", Thing::Staff, "whom the customer would like to be called by: address, name or id"),
    Column { field: "assigned_to", ..column("assigned_to", Cell::ShownNamed(Thing::Staff), "") },
    shown("assigned_at"),
    shown("assignment_reason"),
    column("language", Cell::Word, "such as de or en-GB"),
    column("preferred_time_window", Cell::Wish, "such as 2026-03-02 14:00-16:00 or tomorrow 14:00-16:00"),
    column("not_before", Cell::Word, "such as 2026-03-02T12:00:00Z, at most 30 days ahead"),
    column("return_by", Cell::Word, "staff (default) or agent: an automatic attempt"),
    named("phone", "phone_id", Thing::Phone, "for return_by agent: its label, number or id"),
    shown("due_at"),
    shown("is_overdue"),
    shown("contacted_at"),
    shown("completed_at"),
    shown("closed_because"),
    shown("attempts"),
    shown("staff_attempts"),
    shown("escalations_count"),
    shown("merged_count"),
    shown("waiting_because"),
    column("next_action", Cell::ShownKind, ""),
    column("customer_id", Cell::Word, "default: whose number it is"),
    column("call_id", Cell::Word, "the call that it came from"),
    column("metadata", Cell::Json, r#"JSON such as {"order":"4711"}"#),
    shown("created_at"),
    shown("updated_at"),
];

impl Table {
    pub(crate) fn columns(self) -> &'static [Column] {
        match self {
            Self::Customers => CUSTOMERS,
            Self::Staff => STAFF,
            Self::Callbacks => CALLBACKS,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Staff => "staff",
            Self::Callbacks => "callbacks",
        }
    }

    /// `branch_id` is accepted for `branch`, too.
    pub(crate) fn column(self, header: &str) -> Option<&'static Column> {
        self.columns().iter().find(|it| it.name == header || it.field == header)
    }

    /// The header's names as an error lists them.
    pub(crate) fn accepted(self) -> String {
        let names: Vec<&str> = self.columns().iter().filter(|it| it.cell.is_read()).map(|it| it.name).collect();
        names.join(", ")
    }

    /// What the help says of the columns.
    pub(crate) fn explained(self) -> String {
        let mut told = String::from("Columns, in any order:\n");
        for it in self.columns().iter().filter(|it| it.cell.is_read()) {
            let line = format!("  {:<23}{}", it.name, it.about);
            // Nothing is written to but memory.
            let _ = writeln!(told, "{}", line.trim_end());
        }
        let shown: Vec<&str> = self.columns().iter().filter(|it| !it.cell.is_read()).map(|it| it.name).collect();
        let _ = write!(told, "Columns of an export that nobody sets are passed over: {}.", shown.join(", "));
        told
    }
}
