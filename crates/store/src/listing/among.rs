//! Lists of rows whose ids other tables or several indexes name: of many only the first are read, where an index has them in order.

use super::Order;

/// A `select` of ids of rows that are as the implied conditions of the list want them. It ends with its conditions, and names no
/// id twice unless it is only counted.
#[derive(Clone)]
pub(crate) struct Ids {
    pub(crate) select: String,
    /// The column in which it finds the ids.
    pub(crate) column: &'static str,
    pub(crate) in_order: InOrder,
}

/// Whether the index that a `select` goes by has the ids in their order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum InOrder {
    Yes,
    No,
    /// Where the columns with a `~` before them are compared, but not looked up in an index.
    WithoutMarked,
}

impl Ids {
    pub(super) fn all(&self) -> String {
        self.select.replace('~', "")
    }

    /// The first of them in the order by id, or all where that is less work.
    pub(super) fn first(&self, wanted: &Wanted<'_>) -> String {
        let Self { column, in_order, .. } = self;
        let select = match in_order {
            InOrder::No => return self.all(),
            InOrder::Yes => self.all(),
            // `+due_at` is the same number, but to both engines no column that an index has.
            InOrder::WithoutMarked => self.select.replace('~', "+"),
        };
        let Wanted { after, direction, limit } = wanted;
        let after = after.map(|after| format!(" and {column} {} {}", after.compare, after.id)).unwrap_or_default();
        format!("select id from ({select}{after} order by {column} {direction} limit {limit}) first")
    }
}

/// Each id once.
pub(super) fn union(selects: impl Iterator<Item = String>) -> String {
    selects.collect::<Vec<_>>().join(" union ")
}

/// Behind a row: `<` or `>`, and the places of its values among the parameters.
pub(super) struct After {
    pub(super) compare: &'static str,
    /// Of the key, where the list is ordered by one.
    pub(super) key: Option<String>,
    pub(super) id: String,
}

impl After {
    pub(super) fn condition(&self, order: &Order, sorted: bool) -> String {
        match (order.by_key(sorted), &self.key) {
            (Some(column), Some(key)) => format!("({column}, {}) {} ({key}, {})", order.id, self.compare, self.id),
            _ => format!("{} {} {}", order.id, self.compare, self.id),
        }
    }
}

/// Of an order by id alone: how many, and behind what.
pub(super) struct Wanted<'a> {
    pub(super) after: Option<&'a After>,
    pub(super) direction: &'static str,
    pub(super) limit: u64,
}
