//! Lists: one way to filter, order, page and count them. Conditions are literals of ours; values are bound.

mod among;

use std::sync::Arc;

use among::{After, Wanted, union};
pub(crate) use among::{Ids, InOrder};
use ringback_domain::access::Sight;
use uuid::Uuid;

use crate::{
    db::{Db, FromRecord, Result, Value, params},
    memory::{Asked, Known, Memory, Question, UNCHANGED},
};

/// Up to this many rows a total is counted; beyond it is estimated.
pub(crate) const COUNTED: u64 = 10_000;

/// A page behind so many rows takes longer to find than it takes to ask whether anything has changed.
const FAR: u64 = 500;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub limit: u32,
    pub start: Start,
}

#[derive(Debug, Clone, Copy)]
pub enum Start {
    Offset(u64),
    /// Behind this row, whatever was added before it since.
    After(Mark),
}

/// A row's place in the order of its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub key: i64,
    pub id: Uuid,
}

#[derive(Debug, Clone)]
pub struct Slice<T> {
    pub rows: Vec<T>,
    pub total: u64,
    /// There are more than [`COUNTED`]: `total` is how many there are at least.
    pub estimated: bool,
    /// Of the last row, when more follow.
    pub next: Option<Mark>,
}

pub(crate) struct Listing {
    columns: &'static str,
    from: &'static str,
    conditions: Vec<String>,
    params: Vec<Value>,
    /// How many of the values the columns may speak of.
    own: usize,
    /// How many of the conditions are true of whatever [`Listing::only_among`] names.
    implied: usize,
    /// The only ids that can be meant.
    among: Vec<Vec<Ids>>,
    /// Behind the row that a page ended with.
    after: Option<After>,
    /// All of them are found by what is asked for and then put in order, rather than looked for in an index of that order, of which
    /// nobody knows where in it they are.
    sorted: bool,
    /// Counting would take longer than the total is worth.
    total_open: bool,
    /// What takes long to find is not looked for again while nothing has happened.
    remembered: Option<(Arc<Memory>, Asked)>,
    /// What is known of it, where a page of it takes long to find.
    known: Option<Arc<Known>>,
}

/// What a list is ordered by; the id decides between equals, so that every order is total.
pub(crate) struct Order {
    /// A whole number of the row, or `None`: by id alone.
    pub(crate) key: Option<&'static str>,
    pub(crate) id: &'static str,
    pub(crate) descending: bool,
}

impl Order {
    /// The key, or the same number as no index has it.
    fn by_key(&self, sorted: bool) -> Option<String> {
        self.key.map(|key| if sorted { unindexed(key) } else { key.to_owned() })
    }
}

/// The same value, which is in no index.
fn unindexed(column: &str) -> String {
    format!("coalesce({column}, {column})")
}

impl Listing {
    pub(crate) fn new(columns: &'static str, from: &'static str) -> Self {
        Self::with(columns, from, Vec::new())
    }

    /// With values that the columns speak of as `$1`, `$2` and so on.
    pub(crate) fn with(columns: &'static str, from: &'static str, params: Vec<Value>) -> Self {
        Self {
            columns,
            from,
            conditions: Vec::new(),
            own: params.len(),
            params,
            implied: 0,
            among: Vec::new(),
            after: None,
            sorted: false,
            total_open: false,
            remembered: None,
            known: None,
        }
    }

    /// It may be told from memory: a list of callbacks, whose `$1` is the instant that is asked about.
    pub(crate) fn remembered(self, memory: &Arc<Memory>, asked: Asked) -> Self {
        Self { remembered: Some((Arc::clone(memory), asked)), ..self }
    }

    /// What is overdue decides which rows it has; of deleted ones nobody knows when the next will be.
    pub(crate) fn by_clock(&mut self, deleted: bool) {
        match &mut self.remembered {
            Some((_, asked)) if !deleted => asked.by_clock = true,
            remembered => *remembered = None,
        }
    }

    /// Makes `condition` one of the list's; each `?` in it stands for the next of `values`.
    pub(crate) fn only(&mut self, condition: &str, values: Vec<Value>) {
        let sql = self.bound(condition, values);
        self.conditions.push(sql);
    }

    /// The condition with its values as `$1`, `$2` and so on.
    fn bound(&mut self, condition: &str, values: Vec<Value>) -> String {
        let mut values = values.into_iter();
        let mut sql = String::with_capacity(condition.len() + 8);
        for part in condition.split_inclusive('?') {
            match part.strip_suffix('?') {
                Some(before) => {
                    sql.push_str(before);
                    let value = values.next().expect("a condition has a value for each of its marks");
                    sql.push_str(&self.bind(value));
                }
                None => sql.push_str(part),
            }
        }
        assert!(values.next().is_none(), "a condition has a mark for each of its values");
        sql
    }

    /// `column in (…)`; no value at all matches nothing.
    pub(crate) fn only_in(&mut self, column: &str, values: impl IntoIterator<Item = Value>) {
        let places: Vec<String> = values.into_iter().map(|value| self.bind(value)).collect();
        let condition = if places.is_empty() { "1 = 0".to_owned() } else { format!("{column} in ({})", places.join(", ")) };
        self.conditions.push(condition);
    }

    /// What [`Sight::sees`] lets through: `branch` is the column of the branch that a row belongs to, `own` the one of the
    /// person whose own it is.
    pub(crate) fn only_seen(&mut self, sight: Sight, branch: &str, own: Option<&str>) {
        match (sight, own) {
            (Sight::All, _) => {}
            (Sight::Branch { branch: of, .. }, None) => self.only(&format!("({branch} is null or {branch} = ?)"), params![of]),
            (Sight::Branch { branch: of, person }, Some(own)) => {
                self.only(&format!("({branch} is null or {branch} = ? or {own} = ?)"), params![of, person]);
            }
        }
    }

    /// What was asked for so far is true of every row that any index of ids names.
    pub(crate) fn implied(mut self) -> Self {
        self.implied = self.conditions.len();
        self
    }

    /// Only rows that one of these names, whose `?` stand for `values`.
    pub(crate) fn only_among(&mut self, ids: Vec<(Ids, Vec<Value>)>) {
        let bound = ids.into_iter().map(|(ids, values)| Ids { select: self.bound(&ids.select, values), ..ids }).collect();
        self.among.push(bound);
    }

    /// There is much, and finding out how much would be a search of its own: the total is told as "at least so many".
    pub(crate) fn leave_total_open(&mut self) {
        self.total_open = true;
    }

    /// The row's callback, whose id is in the column `callback`, is seen.
    pub(crate) fn only_with_seen_callback(&mut self, sight: Sight, callback: &str) {
        if let Sight::Branch { branch, person } = sight {
            let condition = format!(
                "exists (select 1 from callbacks seen where seen.id = {callback}
                    and (seen.branch_id is null or seen.branch_id = ? or seen.assigned_to = ?))"
            );
            self.only(&condition, params![branch, person]);
        }
    }

    /// What belongs to a phone and is seen with it, or belongs to none: `phone` is the column of the phone.
    pub(crate) fn only_with_seen_phone(&mut self, sight: Sight, phone: &str) {
        if let Sight::Branch { branch, .. } = sight {
            let with_it = format!("exists (select 1 from phones p where p.id = {phone} and (p.branch_id is null or p.branch_id = ?))");
            self.only(&format!("({phone} is null or {with_it})"), params![branch]);
        }
    }

    fn bind(&mut self, value: Value) -> String {
        self.params.push(value);
        format!("${}", self.params.len())
    }

    /// Where the rows are looked for and counted: among known ids where there are such, and in these alone where nothing but
    /// ids decides; the first of each of them are enough then, if so many are `wanted`.
    fn found_in(&self, order: &Order, wanted: Option<&Wanted<'_>>) -> String {
        let mut conditions = self.conditions.clone();
        let mut from = self.from.to_owned();
        match self.among.as_slice() {
            [among] if self.is_named_alone(order) => {
                conditions.clear();
                let ids = among.iter().map(|ids| wanted.map_or_else(|| ids.all(), |wanted| ids.first(wanted)));
                // By the name that the table has.
                from = format!("({}) {}", union(ids), self.from.rsplit(' ').next().unwrap_or(self.from));
            }
            all => conditions.extend(all.iter().map(|among| {
                let ids = union(among.iter().map(Ids::all));
                format!("{} in ({ids})", order.id)
            })),
        }
        conditions.extend(self.after.as_ref().map(|after| after.condition(order, self.sorted)));
        let filter = if conditions.is_empty() { String::new() } else { format!(" where {}", conditions.join(" and ")) };
        format!("{from}{filter}")
    }

    pub(crate) async fn slice<T: FromRecord>(
        mut self,
        db: &Db,
        order: &Order,
        window: Window,
        mark: impl Fn(&T) -> Mark,
    ) -> Result<Slice<T>> {
        let counting = self.counting(order.id);
        let mut known = None;
        if self.takes_long_to_find(order, window) {
            let total = counting.total(db).await?;
            self.sorted = self.filters() > 0 && !total.estimated;
            self.known.clone_from(&total.known);
            known = Some(total);
        }
        let (rows, next) = self.rows(db, order, window, mark).await?;
        if let Start::Offset(before) = window.start
            && next.is_none()
            && (before == 0 || !rows.is_empty())
        {
            // The last page tells the total by itself.
            return Ok(Slice { total: before + rows.len() as u64, estimated: false, rows, next });
        }
        let Total { number: total, estimated, .. } = match known {
            Some(total) => total,
            None => counting.total(db).await?,
        };
        Ok(Slice { rows, total, estimated, next })
    }

    /// Nothing but ids decides, by which it is ordered, too.
    fn is_named_alone(&self, order: &Order) -> bool {
        self.among.len() == 1 && self.conditions.len() == self.implied && order.key.is_none()
    }

    /// How many conditions narrow it, beside those that all lists of its kind have.
    fn filters(&self) -> usize {
        self.conditions.len() - self.implied + self.among.len()
    }

    /// Callbacks are kept for ever. A page far behind takes long to find, and so does what several filters have in common (of a
    /// branch's people the branch is one), or what one filter finds where the list has another order than its index: by due time
    /// or priority, and always what is overdue, which is found by its time.
    fn takes_long_to_find(&self, order: &Order, window: Window) -> bool {
        let Some((_, asked)) = &self.remembered else { return false };
        let is_far = matches!(window.start, Start::Offset(rows) if rows >= FAR);
        is_far || self.filters() > 1 || self.filters() == 1 && (order.key.is_some() || asked.by_clock)
    }

    /// The rows of the window, and the last one's place when more follow.
    pub(crate) async fn rows<T: FromRecord>(
        mut self,
        db: &Db,
        order: &Order,
        window: Window,
        mark: impl Fn(&T) -> Mark,
    ) -> Result<(Vec<T>, Option<Mark>)> {
        let (compare, direction) = if order.descending { ("<", "desc") } else { (">", "asc") };
        let mut offset = 0;
        match window.start {
            Start::Offset(rows) => offset = rows.min(u64::from(u32::MAX)),
            Start::After(after) => {
                let key = order.key.map(|_| self.bind(after.key.into()));
                self.after = Some(After { compare, key, id: self.bind(after.id.into()) });
            }
        }
        let limit = u64::from(window.limit) + 1;
        let wanted = Wanted { after: self.after.as_ref(), direction, limit: offset + limit };
        // Whatever is found by other tables or indexes must not be looked for in the order of all ids.
        let by_id = if self.is_named_alone(order) { unindexed(order.id) } else { order.id.to_owned() };
        let by_key = order.by_key(self.sorted).map(|key| format!("{key} {direction}, ")).unwrap_or_default();
        // The place of each row in the order is found first, in the index alone where there is one.
        let order_by = format!("{by_key}{by_id} {direction}");
        let found = format!(
            "select {id} from {found_in} order by {order_by} limit {limit} offset {offset}",
            id = order.id,
            found_in = self.found_in(order, Some(&wanted)),
        );
        let mut rows: Vec<T> = self.read(db, order.id, found, &order_by, &mark).await?;
        let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(mark);
        Ok((rows, next))
    }

    /// The rows of a page, whose ids are known or are those that `found` finds: only these rows are read whole.
    async fn read<T: FromRecord>(
        mut self,
        db: &Db,
        id: &'static str,
        found: String,
        order_by: &str,
        mark: impl Fn(&T) -> Mark,
    ) -> Result<Vec<T>> {
        let page = self.known.take().map(|known| (known, Question::new(vec![found.clone()], self.params.clone())));
        if let Some((known, page)) = &page
            && let Some(ids) = known.page(page)
        {
            // Without the other values: PostgreSQL keeps one statement for this text, and with it their types.
            let mut listing = Self::with(self.columns, self.from, self.params[..self.own].to_vec());
            listing.only_in(id, ids.iter().map(|id| Value::from(*id)));
            listing.only(UNCHANGED, known.standing());
            let rows = listing.all(db, order_by).await?;
            // Else something has changed at this moment.
            if rows.len() == ids.len() {
                return Ok(rows);
            }
        }
        let Self { columns, from, .. } = self;
        let sql = format!("select {columns} from {from} where {id} in ({found}) order by {order_by}");
        let rows: Vec<T> = db.all_built(sql, self.params).await?;
        if let Some((known, page)) = page {
            known.remember_page(page, rows.iter().map(|row| mark(row).id).collect());
        }
        Ok(rows)
    }

    /// All rows; for questions whose answer is bounded by what was asked.
    pub(crate) async fn all<T: FromRecord>(self, db: &Db, order_by: &str) -> Result<Vec<T>> {
        let filter = if self.conditions.is_empty() { String::new() } else { format!(" where {}", self.conditions.join(" and ")) };
        let sql = format!("select {} from {}{filter} order by {order_by}", self.columns, self.from);
        db.all_built(sql, self.params).await
    }

    pub(crate) fn counting(&self, id: &'static str) -> Counting {
        let order = Order { key: None, id, descending: false };
        let sql = format!("select count(*) from (select 1 from {} limit {}) counted", self.found_in(&order, None), COUNTED + 1);
        Counting { sql, params: self.params.clone(), left_open: self.total_open, remembered: self.remembered.clone() }
    }
}

/// The question how many there are.
pub(crate) struct Counting {
    sql: String,
    params: Vec<Value>,
    left_open: bool,
    remembered: Option<(Arc<Memory>, Asked)>,
}

impl Counting {
    pub(crate) fn into_parts(self) -> (String, Vec<Value>) {
        (self.sql, self.params)
    }

    async fn total(&self, db: &Db) -> Result<Total> {
        if self.left_open {
            return Ok(Total { number: COUNTED, estimated: true, known: None });
        }
        let (counted, known) = self.counted(db).await?;
        Ok(Total { number: counted.min(COUNTED), estimated: counted > COUNTED, known })
    }

    /// How many there are; where there are more than [`COUNTED`], one more than that.
    pub(crate) async fn count(self, db: &Db) -> Result<u64> {
        Ok(self.counted(db).await?.0)
    }

    async fn counted(&self, db: &Db) -> Result<(u64, Option<Arc<Known>>)> {
        let number = |count: i64| u64::try_from(count).unwrap_or(0);
        let (sql, params) = (self.sql.clone(), self.params.clone());
        let Some((memory, asked)) = &self.remembered else {
            let counted: Vec<(i64,)> = db.all_built(sql, params).await?;
            return Ok((counted.first().map_or(0, |(count,)| number(*count)), None));
        };
        let known = memory.counts(db, *asked, vec![sql], params).await?;
        Ok((known.counts.first().copied().map_or(0, number), Some(known)))
    }
}

struct Total {
    number: u64,
    /// It is how many there are at least.
    estimated: bool,
    known: Option<Arc<Known>>,
}

/// What a word of a search looks like inside `like … escape '\'`.
pub(crate) fn like_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
