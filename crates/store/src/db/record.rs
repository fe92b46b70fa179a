//! Rows: read by column name into the domain's types.

use jiff::{Timestamp, civil::Date};
use ringback_domain::{
    access, appointment, attempt, call, callback, campaign, credits, event, ids, phone_number::PhoneNumber, settings, time,
};
use sqlx::{Decode, Postgres, Row, Type, postgres::PgRow};
use uuid::Uuid;

use super::{Error, Result, SqliteRow, sqlite::FromHeld};

/// A row of either engine.
pub enum Record {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

pub trait FromRecord: Sized {
    fn from_record(record: &Record) -> Result<Self>;
}

/// What both engines decode.
pub trait Raw: FromHeld + for<'r> Decode<'r, Postgres> + Type<Postgres> {}
impl<T: FromHeld + for<'r> Decode<'r, Postgres> + Type<Postgres>> Raw for T {}

/// A type that a column holds.
pub trait Column: Sized {
    type Raw: Raw;
    fn from_raw(raw: Option<Self::Raw>) -> std::result::Result<Self, String>;
}

impl Record {
    pub fn get<T: Column>(&self, column: &str) -> Result<T> {
        let raw = match self {
            Self::Sqlite(row) => row.by_name(column),
            Self::Postgres(row) => Ok(row.try_get::<Option<T::Raw>, _>(column)?),
        };
        raw.and_then(T::from_raw).map_err(|reason| Error::Corrupt { column: column.to_owned(), reason })
    }

    /// A column that holds JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text).map_err(|error| Error::Corrupt { column: column.to_owned(), reason: error.to_string() })
    }

    /// A column that holds JSON or nothing.
    pub fn json_option<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<Option<T>> {
        let text: Option<String> = self.get(column)?;
        let read = text.map(|text| serde_json::from_str(&text)).transpose();
        read.map_err(|error| Error::Corrupt { column: column.to_owned(), reason: error.to_string() })
    }
}

impl<T: Column> Column for Option<T> {
    type Raw = T::Raw;
    fn from_raw(raw: Option<Self::Raw>) -> std::result::Result<Self, String> {
        raw.map(|raw| T::from_raw(Some(raw))).transpose()
    }
}

fn present<R>(raw: Option<R>) -> std::result::Result<R, String> {
    raw.ok_or_else(|| "nothing".to_owned())
}

macro_rules! columns {
    ($($type:ty: $raw:ty => |$v:ident| $value:expr),+ $(,)?) => {$(
        impl Column for $type {
            type Raw = $raw;
            fn from_raw(raw: Option<$raw>) -> std::result::Result<Self, String> {
                let $v = present(raw)?;
                Ok($value)
            }
        }
    )+};
}

columns!(
    i64: i64 => |v| v,
    u32: i64 => |v| u32::try_from(v).map_err(|_| format!("{v} is out of range"))?,
    bool: bool => |v| v,
    String: String => |v| v,
    Vec<u8>: Vec<u8> => |v| v,
    Uuid: Uuid => |v| v,
    Timestamp: i64 => |v| time::from_millis(v),
    Date: String => |v| v.parse().map_err(|error| format!("{v} {error}"))?,
    PhoneNumber: String => |v| PhoneNumber::from_stored(v),
    attempt::Priority: i64 => |v| attempt::Priority::from_rank(v),
);

macro_rules! id_columns {
    ($($id:ident),+ $(,)?) => { columns!($(ids::$id: Uuid => |v| ids::$id(v)),+); };
}
id_columns!(
    CompanyId,
    BranchId,
    StaffId,
    ServiceId,
    CustomerId,
    AppointmentId,
    PhoneId,
    AgentId,
    CampaignId,
    CallId,
    CallbackId,
    AttemptId,
    EventId,
    CreditEntryId,
    TokenId,
    SessionId,
    IntakeKeyId,
    CallReportId,
);

macro_rules! word_columns {
    ($($type:ty),+ $(,)?) => { columns!($($type: String => |v| v.parse::<$type>().map_err(|error| format!("{v} {error}"))?),+); };
}
word_columns!(
    access::Role,
    access::Scope,
    appointment::Status,
    attempt::Status,
    call::AnsweredBy,
    call::Direction,
    call::CallStatus,
    call::CallOutcome,
    call::MissedReason,
    call::AttemptOutcome,
    callback::Status,
    callback::Priority,
    callback::Source,
    callback::ReturnBy,
    callback::EscalationKind,
    callback::EscalationReason,
    campaign::State,
    campaign::InboundMisses,
    credits::EntryType,
    event::EventType,
    settings::AutoCallback,
    settings::WhenFull,
);

macro_rules! tuples {
    ($($name:ident: $index:literal),+) => {
        impl<$($name: Column),+> FromRecord for ($($name,)+) {
            fn from_record(record: &Record) -> Result<Self> {
                Ok(($(record.nth::<$name>($index)?,)+))
            }
        }
    };
}
tuples!(A: 0);
tuples!(A: 0, B: 1);
tuples!(A: 0, B: 1, C: 2);
tuples!(A: 0, B: 1, C: 2, D: 3);

impl Record {
    fn nth<T: Column>(&self, index: usize) -> Result<T> {
        let raw = match self {
            Self::Sqlite(row) => row.by_place(index),
            Self::Postgres(row) => Ok(row.try_get::<Option<T::Raw>, _>(index)?),
        };
        raw.and_then(T::from_raw).map_err(|reason| Error::Corrupt { column: index.to_string(), reason })
    }
}

/// `from_record!(Type { field, field as "column", field: json, … })`: a struct whose fields are columns of their names.
macro_rules! from_record {
    ($type:ident { $($field:ident $(: $json:ident)?),+ $(,)? }) => {
        impl $crate::db::FromRecord for $type {
            fn from_record(record: &$crate::db::Record) -> $crate::db::Result<Self> {
                Ok(Self { $($field: from_record!(@read record, $field $(, $json)?)),+ })
            }
        }
    };
    (@read $record:ident, $field:ident) => { $record.get(stringify!($field))? };
    (@read $record:ident, $field:ident, json_option) => { $record.json_option(stringify!($field))? };
    (@read $record:ident, $field:ident, json) => { $record.json(stringify!($field))? };
}
pub(crate) use from_record;
