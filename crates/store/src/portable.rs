//! Statements with one text for both databases, and the operations that need no others.
//!
//! SQLite executes the text. On PostgreSQL it is the body of a function, like everything there. Parameters are `$1`, `$2` and
//! so on, in the order in which they appear first: that is how SQLite numbers them.
//!
//! The text is as SQLite reads it, to which `/*postgres … */` is a comment: what stands there is for PostgreSQL, which takes a
//! number for a condition only as `1/*postgres ::boolean */`. `INDEXED BY` is for SQLite, which has no statistics. An array is
//! one JSON text, whose elements both have as `json_each($1)`.

mod api_keys;
mod grants;
mod history;
mod keystore;
mod metrics;
mod reseal;
pub(crate) mod schedules;
mod shared;
mod tasks;
mod webhooks;

use crate::postgres::Param;
use crate::row::{Row, Value};
use crate::{Error, Result};

/// All of them.
pub(crate) const ALL: &[&[Statement]] = &[
    api_keys::STATEMENTS,
    grants::STATEMENTS,
    history::STATEMENTS,
    keystore::STATEMENTS,
    metrics::STATEMENTS,
    reseal::STATEMENTS,
    schedules::STATEMENTS,
    shared::STATEMENTS,
    tasks::STATEMENTS,
    webhooks::STATEMENTS,
];

/// A statement with one text for both databases. None of its rows is nothing but `NULL`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement {
    /// The name of its function, and the types of its parameters: `webhook(uuid)`.
    pub(crate) head: &'static str,
    /// What its function answers: `SETOF webhooks` if it is all columns of that table, else `TABLE (name text)`.
    pub(crate) answer: &'static str,
    /// The text.
    pub(crate) sql: &'static str,
}

impl Statement {
    /// The name of its function.
    pub(crate) fn name(&self) -> &'static str {
        self.head.split('(').next().unwrap_or_default()
    }

    /// The text for PostgreSQL.
    pub(crate) fn for_postgres(&self) -> String {
        let sql = self.sql.replace("/*postgres ", "").replace("*/", "");
        let mut parts = sql.split("INDEXED BY ");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |sql, part| {
            let hint = part.split_whitespace().next().unwrap_or_default();
            sql + &part[hint.len()..]
        })
    }
}

/// A database that can execute them. Only the two backends can: what is implemented for it is implemented for them.
pub(crate) trait Database {
    /// Executes a statement and answers all its rows.
    ///
    /// # Errors
    /// Only if the database fails.
    fn rows(&self, statement: &Statement, params: &[Param]) -> Result<Vec<Row>>;

    /// Executes a statement that answers at most one row.
    ///
    /// # Errors
    /// Only if the database fails.
    fn row(&self, statement: &Statement, params: &[Param]) -> Result<Option<Row>> {
        Ok(self.rows(statement, params)?.into_iter().next())
    }

    /// Whether a statement answers a row.
    ///
    /// # Errors
    /// Only if the database fails.
    fn any(&self, statement: &Statement, params: &[Param]) -> Result<bool> {
        Ok(self.row(statement, params)?.is_some())
    }
}

/// The parameters as SQLite takes them.
pub(crate) fn values(params: &[Param]) -> Result<Vec<Value>> {
    params.iter().map(value).collect()
}

fn value(param: &Param) -> Result<Value> {
    match param {
        Param::Null => Ok(Value::Null),
        Param::Boolean(value) => Ok(Value::Integer(i64::from(*value))),
        Param::Integer(value) => Ok(Value::Integer(*value)),
        Param::Text(text) | Param::Uuid(text) => Ok(Value::Text(text.clone())),
        Param::Bytes(bytes) => Ok(Value::Blob(bytes.clone())),
        Param::Integers(_) | Param::Texts(_) => Err(Error::Unexpected(
            "an array is a parameter of a function only".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of the parameters, in the order in which they appear.
    fn numbers(sql: &str) -> impl Iterator<Item = u32> {
        let parts = sql.split('$').skip(1);
        parts.map(|part| {
            let digits = part.find(|c: char| !c.is_ascii_digit());
            part[..digits.unwrap_or(part.len())].parse().unwrap()
        })
    }

    #[test]
    fn parameters_appear_in_the_order_of_their_numbers() {
        for statement in ALL.iter().copied().flatten() {
            let mut known = 0;
            for number in numbers(statement.sql) {
                assert!(number <= known + 1, "{}", statement.sql);
                known = known.max(number);
            }
            let types = statement.head.split(['(', ')']).nth(1).unwrap();
            let types = types.split(", ").filter(|name| !name.is_empty());
            assert_eq!(types.count(), known as usize, "{}", statement.head);
        }
    }
}
