//! Statements with one text for both databases, and the operations that need no others.
//!
//! SQLite executes the text. On PostgreSQL it is the body of a function, like everything there. Parameters are `$1`, `$2` and
//! so on, in the order in which they appear first: that is how SQLite numbers them.
//!
//! The text is as SQLite reads it, to which `/*postgres … */` is a comment: what stands there is for PostgreSQL, which takes a
//! number for a condition only as `1/*postgres ::boolean */`. `INDEXED BY` is for SQLite, which has no statistics. An array is
//! one JSON text, whose elements both have as `json_each($1)`.
//!
//! What answers [`DONE`] is several statements, separated by `;`, all of which are executed or none: by SQLite in a transaction.
//! The first one changes a row and says so with `RETURNING 1`; if there is none, that has been all. So a rule that says
//! when something may be done is its condition. What is for PostgreSQL alone is in a comment as a whole.

mod api_keys;
mod audit;
pub(crate) mod damage;
mod grants;
pub(crate) mod history;
mod keystore;
mod metrics;
mod pause;
pub(crate) mod repair;
mod requests;
mod reseal;
pub(crate) mod retry;
mod run_waits;
pub(crate) mod runs;
pub(crate) mod schedules;
mod shared;
pub(crate) mod stop;
mod tasks;
mod webhooks;

use crate::postgres::Param;
use crate::row::{Row, Value};
use crate::{Error, Result};

/// All of them.
pub(crate) const ALL: &[&[Statement]] = &[
    api_keys::STATEMENTS,
    audit::STATEMENTS,
    damage::STATEMENTS,
    grants::STATEMENTS,
    history::STATEMENTS,
    keystore::STATEMENTS,
    metrics::STATEMENTS,
    pause::STATEMENTS,
    repair::STATEMENTS,
    requests::STATEMENTS,
    reseal::STATEMENTS,
    retry::STATEMENTS,
    run_waits::STATEMENTS,
    runs::STATEMENTS,
    schedules::STATEMENTS,
    shared::STATEMENTS,
    stop::STATEMENTS,
    tasks::STATEMENTS,
    webhooks::STATEMENTS,
];

/// What several statements answer: whether they have been executed.
pub(crate) const DONE: &str = "boolean";

/// How often what changes all the time is looked at.
pub(crate) const LOOKS: usize = 10;

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

    /// The statements for SQLite, if it is several.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &'static str> {
        let steps = self.sql.split(';').map(str::trim);
        steps.filter(|sql| !(sql.starts_with("/*postgres ") && sql.ends_with("*/")))
    }
}

/// A database that can execute them. Only the two backends can, SQLite also within a transaction: what is implemented for it
/// is implemented for them.
pub(crate) trait Database {
    /// Executes a statement and answers all its rows.
    ///
    /// # Errors
    /// Only if the database fails.
    fn rows(&self, statement: &Statement, params: &[Param]) -> Result<Vec<Row>>;

    /// Executes what is several statements; answers whether it has.
    ///
    /// # Errors
    /// Only if the database fails.
    fn apply(&self, statement: &Statement, params: &[Param]) -> Result<bool>;

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

/// Those of the parameters that are in a text, in the order in which SQLite numbers them.
pub(crate) fn chosen(sql: &str, params: &[Param]) -> Vec<Param> {
    let mut seen = Vec::new();
    for number in numbers(sql) {
        if !seen.contains(&number) {
            seen.push(number);
        }
    }
    let param = |number: usize| params.get(number.checked_sub(1)?);
    seen.into_iter().filter_map(param).cloned().collect()
}

/// The numbers of the parameters, in the order in which they appear.
fn numbers(sql: &str) -> impl Iterator<Item = usize> {
    sql.split('$').skip(1).filter_map(|part| {
        let digits = part.find(|c: char| !c.is_ascii_digit());
        part[..digits.unwrap_or(part.len())].parse().ok()
    })
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

    #[test]
    fn parameters_appear_in_the_order_of_their_numbers() {
        for statement in ALL.iter().copied().flatten() {
            let (mut known, is_one) = (0, statement.answer != DONE);
            for number in numbers(statement.sql) {
                assert!(number <= known + 1 || !is_one, "{}", statement.sql);
                known = known.max(number);
            }
            assert!((1..=known).all(|number| numbers(statement.sql).any(|used| used == number)));
            let types = statement.head.split(['(', ')']).nth(1).unwrap();
            let types = types.split(", ").filter(|name| !name.is_empty());
            assert_eq!(types.count(), known, "{}", statement.head);
        }
    }

    #[test]
    fn each_of_several_statements_gets_the_parameters_that_it_has() {
        let several = Statement {
            head: "several(bigint, bigint, bigint)",
            answer: DONE,
            sql: "UPDATE t SET a = $3, b = $3 WHERE c = $1 RETURNING 1; /*postgres PERFORM f($2) */; DELETE FROM t",
        };
        let params = [1_i64, 2, 3].map(Param::from);
        let steps = several.steps().map(|sql| chosen(sql, &params));
        assert_eq!(
            steps.collect::<Vec<_>>(),
            [[3_i64, 1].map(Param::from).to_vec(), vec![]]
        );
    }
}
