//! Callbacks that nobody made: many, and quickly.

use super::Bench;

impl Bench {
    /// So many with this status, long overdue, and found by the words that begin with `vor`.
    pub(crate) async fn history(&self, status: &'static str, count: u32) {
        let first = self.number("select count(*) from callbacks", vec![]).await + 1;
        let id = match self.engine() {
            "sqlite" => "unhex(printf('%032x', n.i))",
            _ => "cast(lpad(to_hex(n.i), 32, '0') as uuid)",
        };
        let numbers = format!(
            "with recursive n (i) as (select cast({first} as bigint) union all select n.i + 1 from n where n.i < {})",
            first + i64::from(count) - 1
        );
        let callbacks = format!(
            "insert into callbacks (id, company_id, number, customer_name, status, priority, priority_reason, source, metadata, due_at,
                warns_at, acts_at, merged_count, created_at, updated_at)
            {numbers} select {id}, $1, '+49', 'Vorname', '{status}', 'normal', 'x', 'api', '{{}}', 1, 1, 9000000000000, 0, 1, 1 from n"
        );
        let words = format!(
            "insert into callback_words (company_id, word, callback_id)
            {numbers} select $1, 'vorname' || cast(n.i % 3 as text), {id} from n"
        );
        for sql in [callbacks, words] {
            self.execute(Box::leak(sql.into_boxed_str()), vec![self.company.into()]).await;
        }
    }
}
