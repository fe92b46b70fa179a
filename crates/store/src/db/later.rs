//! Writes that nothing in their transaction waits for, sent together at its end.

use std::borrow::Cow;

use super::Value;

pub(super) struct Statement {
    pub(super) sql: Cow<'static, str>,
    pub(super) params: Vec<Value>,
}

/// The statements as one, for PostgreSQL: all but the last in a `with`, their parameters counted on. It runs them on one
/// snapshot, in no order, and checks foreign keys at its end.
pub(super) fn as_one(mut statements: Vec<Statement>) -> Option<Statement> {
    if statements.len() < 2 {
        return statements.pop();
    }
    // What begins with `with` itself cannot stand behind one.
    if statements.last().is_some_and(|last| last.sql.starts_with("with ")) {
        statements.push(Statement { sql: "select 1".into(), params: Vec::new() });
    }
    let last = statements.len() - 1;
    let (mut sql, mut params) = (String::from("with "), Vec::new());
    for (nth, statement) in statements.into_iter().enumerate() {
        let text = counted_on(&statement.sql, params.len());
        let part = match nth {
            0 => format!("w0 as ({text})"),
            _ if nth == last => format!(" {text}"),
            _ => format!(", w{nth} as ({text})"),
        };
        sql.push_str(&part);
        params.extend(statement.params);
    }
    Some(Statement { sql: sql.into(), params })
}

/// `$1` becomes `$(1 + offset)`. Our statements hold no other dollar signs.
fn counted_on(sql: &str, offset: usize) -> String {
    let mut parts = sql.split('$');
    let mut counted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let number = part[..digits].parse::<usize>().unwrap_or_default() + offset;
        counted.push('$');
        counted.push_str(&number.to_string());
        counted.push_str(&part[digits..]);
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(sql: &'static str, params: &[i64]) -> Statement {
        Statement { sql: sql.into(), params: params.iter().map(|it| (*it).into()).collect() }
    }

    #[test]
    fn parameters_are_counted_on() {
        let one = as_one(vec![
            statement("update a set x = $2 where id = $1", &[1, 2]),
            statement("insert into b values ($1)", &[3]),
            statement("insert into c values ($10, $1)", &[4]),
        ]);
        let one = one.expect("three statements");
        assert_eq!(
            one.sql,
            "with w0 as (update a set x = $2 where id = $1), w1 as (insert into b values ($3)) insert into c values ($13, $4)"
        );
        assert_eq!(one.params.len(), 4);
    }

    #[test]
    fn what_begins_with_with_stands_behind_none() {
        let with = "with v(id) as (values ($1)) update a set x = 1 from v";
        let one = as_one(vec![statement("delete from b where c = $1", &[3]), statement(with, &[1])]).expect("two statements");
        assert_eq!(
            one.sql,
            "with w0 as (delete from b where c = $1), w1 as (with v(id) as (values ($2)) update a set x = 1 from v) select 1"
        );
    }

    #[test]
    fn one_statement_stays_itself_and_none_is_none() {
        assert_eq!(as_one(vec![statement("select $1", &[1])]).expect("one").sql, "select $1");
        assert!(as_one(Vec::new()).is_none());
    }
}
