//! Conditions joined by `and`, `or` and `not`.

use super::super::tables::{Row, Table};
use super::Failure;
use super::filter::Filter;
use super::value::split;

/// Conditions nest no deeper.
const DEEPEST: usize = 32;

/// A condition.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Filter(Filter),
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
}

impl Condition {
    /// Reads a parameter that is no filter of a column: `or`, `and`, `not.or`, `not.and`.
    pub(super) fn read(table: &Table, name: &str, list: &str) -> Result<Self, Failure> {
        Self::group(table, name, list, 0)
    }

    fn group(table: &Table, name: &str, list: &str, depth: usize) -> Result<Self, Failure> {
        let bad = || Failure::syntax("logic tree", list);
        if depth > DEEPEST {
            return Err(bad());
        }
        let inner = list
            .strip_prefix('(')
            .and_then(|list| list.strip_suffix(')'))
            .ok_or_else(bad)?;
        let parts = split(inner, ',').map(|part| Self::part(table, part.trim(), depth));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        let (negated, kind) = match name.strip_prefix("not.") {
            Some(kind) => (true, kind),
            None => (false, name),
        };
        let condition = match kind {
            "or" => Self::Any(parts),
            "and" => Self::All(parts),
            _ => return Err(bad()),
        };
        Ok(match negated {
            true => Self::Not(Box::new(condition)),
            false => condition,
        })
    }

    fn part(table: &Table, part: &str, depth: usize) -> Result<Self, Failure> {
        for name in ["or", "and", "not.or", "not.and"] {
            if let Some(list) = part.strip_prefix(name)
                && list.starts_with('(')
            {
                return Self::group(table, name, list, depth + 1);
            }
        }
        let (column, condition) =
            column_and_rest(part).ok_or_else(|| Failure::syntax("logic tree", part))?;
        Ok(Self::Filter(Filter::read(
            table,
            column,
            &unquoted(condition),
        )?))
    }

    /// `None`: unknown.
    pub(super) fn holds(&self, row: &Row) -> Option<bool> {
        match self {
            Self::Filter(filter) => filter.holds(row),
            Self::Not(condition) => condition.holds(row).map(|holds| !holds),
            Self::All(parts) => {
                let mut result = Some(true);
                for part in parts {
                    match part.holds(row) {
                        Some(false) => return Some(false),
                        None => result = None,
                        Some(true) => {}
                    }
                }
                result
            }
            Self::Any(parts) => {
                let mut result = Some(false);
                for part in parts {
                    match part.holds(row) {
                        Some(true) => return Some(true),
                        None => result = None,
                        Some(false) => {}
                    }
                }
                result
            }
        }
    }
}

/// Splits `column.operator.value` behind the column, which may be quoted.
fn column_and_rest(part: &str) -> Option<(&str, &str)> {
    if let Some(quoted) = part.strip_prefix('"') {
        let end = quoted.find('"')? + 2;
        return Some((&part[..end], part[end..].strip_prefix('.')?));
    }
    part.split_once('.')
}

/// Within a list a value may be quoted, because of its commas.
fn unquoted(condition: &str) -> String {
    match condition.find(".\"") {
        Some(at) if condition.ends_with('"') => {
            format!(
                "{}.{}",
                &condition[..at],
                super::value::unquote(&condition[at + 1..])
            )
        }
        _ => condition.to_owned(),
    }
}
