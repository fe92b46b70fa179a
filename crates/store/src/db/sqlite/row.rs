//! Rows and values of SQLite, apart from the statement that found them.

use std::{collections::HashMap, sync::Arc};

use rusqlite::{
    Row, Statement, ToSql,
    types::{ToSqlOutput, Value as Held, ValueRef},
};
use uuid::Uuid;

use crate::db::Value;

type Names = Arc<HashMap<String, usize>>;

/// Its columns' values, and where each column stands.
pub struct SqliteRow {
    names: Names,
    values: Vec<Held>,
}

/// A value that SQLite holds as one of its own types.
pub trait FromHeld: Sized {
    /// `None` is no value; an error is a value of another type.
    fn from_held(held: &Held) -> Result<Option<Self>, String>;
}

impl SqliteRow {
    pub(super) fn names(statement: &Statement<'_>) -> Names {
        // Of two columns with one name, the first.
        let columns = statement.column_names().into_iter().enumerate().rev();
        Arc::new(columns.map(|(place, name)| (name.to_owned(), place)).collect())
    }

    pub(super) fn of(names: &Names, row: &Row<'_>) -> rusqlite::Result<Self> {
        let count = row.as_ref().column_count();
        let values = (0..count).map(|place| row.get::<_, Held>(place)).collect::<Result<_, _>>()?;
        Ok(Self { names: Arc::clone(names), values })
    }

    pub(crate) fn by_name<T: FromHeld>(&self, column: &str) -> Result<Option<T>, String> {
        let place = self.names.get(column).ok_or("no such column")?;
        self.by_place(*place)
    }

    pub(crate) fn by_place<T: FromHeld>(&self, place: usize) -> Result<Option<T>, String> {
        T::from_held(self.values.get(place).ok_or("no such column")?)
    }
}

macro_rules! held {
    ($($type:ty: $pattern:pat => $value:expr),+ $(,)?) => {$(
        impl FromHeld for $type {
            fn from_held(held: &Held) -> Result<Option<Self>, String> {
                match held {
                    Held::Null => Ok(None),
                    $pattern => Ok(Some($value)),
                    other => Err(format!("a value of type {}", other.data_type())),
                }
            }
        }
    )+};
}

held!(
    i64: Held::Integer(number) => *number,
    bool: Held::Integer(number) => *number != 0,
    String: Held::Text(text) => text.clone(),
    Vec<u8>: Held::Blob(bytes) => bytes.clone(),
);

impl FromHeld for Uuid {
    fn from_held(held: &Held) -> Result<Option<Self>, String> {
        let bytes = Vec::<u8>::from_held(held)?;
        bytes.map(|bytes| Self::from_slice(&bytes).map_err(|error| error.to_string())).transpose()
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Uuid(Some(id)) => ValueRef::Blob(id.as_bytes()),
            Self::Text(Some(text)) => ValueRef::Text(text.as_bytes()),
            Self::Int(Some(number)) => ValueRef::Integer(*number),
            Self::Bool(yes) => ValueRef::Integer(i64::from(*yes)),
            Self::Bytes(Some(bytes)) => ValueRef::Blob(bytes),
            Self::Uuid(None) | Self::Text(None) | Self::Int(None) | Self::Bytes(None) => ValueRef::Null,
        }))
    }
}
