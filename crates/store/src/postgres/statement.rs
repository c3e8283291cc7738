//! Statements that always answer a row.
//!
//! On Spin 4.0.0 to 4.0.2 a query that gives no row never comes back, and its connection with it. So rows are read
//! only by these, and a statement without rows is executed, not queried.

use crate::postgres::install::BUILD;
use crate::row::{Row, Value};
use crate::{Error, Result};

/// The call of a function of this build. It answers at least one row, whatever the function finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    function: &'static str,
    sql: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Value,
    Set,
}

impl Statement {
    /// Calls a function that answers one value: for that PostgreSQL gives one row.
    pub(super) fn value(function: &'static str, params: usize) -> Self {
        Self {
            function,
            sql: format!("SELECT * FROM {}", call(function, params)),
            kind: Kind::Value,
        }
    }

    /// Calls a function that answers a set of rows, of which none is nothing but `NULL`. A value stands beside the first
    /// one, as the last column: so there is a row even if the set is empty.
    pub(super) fn set(function: &'static str, params: usize) -> Self {
        let call = call(function, params);
        Self {
            function,
            sql: format!("SELECT * FROM ROWS FROM ({call}, pg_catalog.int8(1))"),
            kind: Kind::Set,
        }
    }

    /// The function's name.
    #[must_use]
    pub fn function(&self) -> &'static str {
        self.function
    }

    /// Whether the function is one that answers a set.
    #[must_use]
    pub fn is_of_set(&self) -> bool {
        self.kind == Kind::Set
    }

    /// The text.
    #[must_use]
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// What the function has answered. The column beside a set has a name that nobody asks for.
    pub(super) fn read(&self, rows: Vec<Row>) -> Result<Vec<Row>> {
        match (self.kind, rows.as_slice()) {
            (_, []) => {
                let reason = format!("{} was answered without a row", self.function);
                Err(Error::Unexpected(reason))
            }
            (Kind::Set, [only]) if is_nothing(only) => Ok(Vec::new()),
            _ => Ok(rows),
        }
    }
}

/// Where this build's functions are.
#[must_use]
pub(super) fn functions_schema() -> String {
    format!("tasker_{BUILD:016x}")
}

/// Whether all columns are `NULL`, whatever the last one is.
fn is_nothing(row: &Row) -> bool {
    let columns = row.values().split_last();
    columns.is_some_and(|(_, columns)| columns.iter().all(|value| *value == Value::Null))
}

fn call(function: &str, params: usize) -> String {
    let params: Vec<String> = (1..=params).map(|number| format!("${number}")).collect();
    format!("{}.{function}({})", functions_schema(), params.join(","))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    fn row(values: &[Value]) -> Row {
        let columns: Rc<[String]> = values.iter().map(|_| String::new()).collect();
        Row::new(&columns, values.to_vec())
    }

    #[test]
    fn an_answer_without_a_row_is_an_error_and_a_set_may_be_empty() {
        let [value, set] = [Statement::value("clock", 0), Statement::set("claim", 2)];
        assert!(value.sql().ends_with(".clock()"));
        assert!(set.sql().contains(".claim($1,$2), "), "{}", set.sql());
        for statement in [&value, &set] {
            let error = statement.read(Vec::new()).unwrap_err().to_string();
            assert!(error.contains(statement.function()), "{error}");
        }
        let beside = Value::Integer(1);
        let nothing = || vec![row(&[Value::Null, Value::Null, beside.clone()])];
        assert!(set.read(nothing()).unwrap().is_empty());
        let found = [Value::Null, Value::Integer(0), beside.clone()];
        assert_eq!(set.read(vec![row(&found)]).unwrap().len(), 1);
        assert_eq!(value.read(vec![row(&[Value::Null])]).unwrap().len(), 1);
    }
}
