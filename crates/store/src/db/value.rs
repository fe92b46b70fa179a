//! Parameters: what both engines can take.

use jiff::{Timestamp, civil::Date};
use ringback_domain::{ids, phone_number::PhoneNumber};
use sqlx::{Arguments, postgres::PgArguments};
use uuid::Uuid;

/// A parameter. Absent values keep their type, which PostgreSQL insists on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    Uuid(Option<Uuid>),
    Text(Option<String>),
    Int(Option<i64>),
    Bool(bool),
    Bytes(Option<Vec<u8>>),
}

/// `params![a, b]`: the parameters `$1`, `$2` of a statement.
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
pub(crate) use params;

pub(super) fn postgres(params: Vec<Value>) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for param in params {
        match param {
            Value::Uuid(v) => arguments.add(v),
            Value::Text(v) => arguments.add(v),
            Value::Int(v) => arguments.add(v),
            Value::Bool(v) => arguments.add(v),
            Value::Bytes(v) => arguments.add(v),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

macro_rules! from {
    ($($type:ty => |$v:ident| $variant:ident($value:expr)),+ $(,)?) => {$(
        impl From<$type> for Value {
            fn from($v: $type) -> Self { Self::$variant(Some($value)) }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self { Self::$variant(value.map(|$v| $value)) }
        }
    )+};
}

macro_rules! from_ids {
    ($($id:ident),+ $(,)?) => { from!($(ids::$id => |v| Uuid(v.0)),+); };
}

from_ids!(
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

from!(
    Uuid => |v| Uuid(v),
    String => |v| Text(v),
    &str => |v| Text(v.to_owned()),
    &String => |v| Text(v.clone()),
    &PhoneNumber => |v| Text(v.reveal().to_owned()),
    i64 => |v| Int(v),
    u32 => |v| Int(i64::from(v)),
    Date => |v| Text(v.to_string()),
    Timestamp => |v| Int(v.as_millisecond()),
    Vec<u8> => |v| Bytes(v),
);

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
