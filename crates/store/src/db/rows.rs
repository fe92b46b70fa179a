//! Many rows in one statement.

use super::Value;

/// Rows that one statement writes: each number of them is a statement of its own, to be prepared and kept.
pub(crate) const ROWS_AT_ONCE: usize = 16;

/// `($1, $2), ($3, $4)`: the places of the rows' values, counted on behind `before` other parameters, and the values.
pub(crate) fn places<R: IntoIterator<Item = Value>>(rows: impl IntoIterator<Item = R>, before: usize) -> (String, Vec<Value>) {
    let (mut text, mut values) = (String::new(), Vec::new());
    for row in rows {
        text.push_str(if text.is_empty() { "(" } else { ", (" });
        let first = values.len();
        for value in row {
            if values.len() > first {
                text.push_str(", ");
            }
            values.push(value);
            text.push('$');
            text.push_str(&(before + values.len()).to_string());
        }
        text.push(')');
    }
    (text, values)
}

/// `($2, $3)`: the places of values behind `before` other parameters, for `in`. Engines look each of them up in the index.
pub(crate) fn any_of(count: usize, before: usize) -> String {
    let places: Vec<String> = (before + 1..=before + count).map(|place| format!("${place}")).collect();
    format!("({})", places.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_choice_are_counted_behind_the_others() {
        assert_eq!(any_of(2, 1), "($2, $3)");
    }

    #[test]
    fn places_are_counted_through_all_rows() {
        let (text, values) = places(vec![[Value::Int(Some(1)), Value::Int(None)], [Value::Int(Some(3)), Value::Int(None)]], 1);
        assert_eq!((text.as_str(), values.len()), ("($2, $3), ($4, $5)", 4));
    }
}
