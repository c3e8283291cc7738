//! What the parameters of a request say about a table and the tables embedded in it.

use std::cmp::Ordering;

use super::super::tables::{Kind, Row, Table};
use super::Failure;
use super::filter::Filter;
use super::logic::Condition;
use super::value::{Path, compare, split};

/// Parameters that are no filters.
const RESERVED: [&str; 5] = ["select", "columns", "on_conflict", "apikey", "order"];

/// Conditions, order and page of one table.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub(super) conditions: Vec<Condition>,
    order: Vec<Order>,
    pub(super) limit: Option<usize>,
    pub(super) offset: usize,
}

#[derive(Debug)]
struct Order {
    path: Path,
    kind: Kind,
    descending: bool,
    nulls_first: bool,
}

impl Query {
    /// Reads the parameters that concern a table; `embed` is the path of names that leads to it, such as
    /// `posts.comments`, empty for the table that the request is about.
    pub(super) fn read(
        table: &Table,
        parameters: &[(String, String)],
        embed: &str,
        embeds: &[String],
    ) -> Result<Self, Failure> {
        let mut query = Self::default();
        for (name, value) in parameters {
            let Some(name) = own(name, embed) else {
                continue;
            };
            let (head, _) = name.split_once('.').unwrap_or((name, ""));
            if embeds.iter().any(|embed| embed == head) {
                continue;
            }
            match name {
                "order" => query.order = order(table, value)?,
                "limit" => query.limit = Some(number(name, value)?),
                "offset" => query.offset = number(name, value)?,
                "or" | "and" | "not.or" | "not.and" => {
                    query.conditions.push(Condition::read(table, name, value)?);
                }
                name if RESERVED.contains(&name) => {}
                // `->` before the dot: the dot belongs to a path into JSON.
                name if name.contains('.') && !head.contains("->") && !name.starts_with('"') => {
                    return Err(Failure::new(
                        400,
                        "PGRST108",
                        format!("'{head}' is not an embedded resource in this request"),
                    )
                    .hint(format!(
                        "Verify that '{head}' is included in the 'select' query parameter."
                    )));
                }
                name => query
                    .conditions
                    .push(Condition::Filter(Filter::read(table, name, value)?)),
            }
        }
        Ok(query)
    }

    pub(super) fn holds(&self, row: &Row) -> bool {
        let mut conditions = self.conditions.iter();
        conditions.all(|condition| condition.holds(row) == Some(true))
    }

    /// The rows that hold, in order; the page is left to the caller.
    pub(super) fn rows<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Vec<&'a Row> {
        let mut rows: Vec<&Row> = rows.filter(|row| self.holds(row)).collect();
        rows.sort_by(|one, other| {
            let orders = self.order.iter().map(|order| order.compare(one, other));
            orders.fold(Ordering::Equal, Ordering::then)
        });
        rows
    }
}

impl Order {
    fn compare(&self, one: &Row, other: &Row) -> Ordering {
        let (one, other) = (self.path.get(one), self.path.get(other));
        match (one.is_null(), other.is_null()) {
            (true, true) => Ordering::Equal,
            (true, false) if self.nulls_first => Ordering::Less,
            (true, false) => Ordering::Greater,
            (false, true) if self.nulls_first => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let ordering = compare(self.kind, &one, &other).unwrap_or(Ordering::Equal);
                if self.descending {
                    ordering.reverse()
                } else {
                    ordering
                }
            }
        }
    }
}

/// A parameter's name without the path that leads to the table. `None`: it is another table's.
fn own<'a>(name: &'a str, embed: &str) -> Option<&'a str> {
    if embed.is_empty() {
        return Some(name);
    }
    let rest = name.strip_prefix(embed)?.strip_prefix('.');
    // `not.posts.or=…` is how PostgREST writes a negated tree of an embedded table.
    rest.filter(|rest| !rest.is_empty())
}

fn order(table: &Table, text: &str) -> Result<Vec<Order>, Failure> {
    let mut order = Vec::new();
    for term in split(text, ',').filter(|term| !term.is_empty()) {
        // Ordering by an embedded table's column is not emulated.
        if term.contains('(') {
            continue;
        }
        let mut parts = term.split('.');
        let path = Path::read(parts.next().unwrap_or_default());
        let kind = path.kind(table)?;
        let mut descending = false;
        let mut nulls_first = None;
        for part in parts {
            match part {
                "asc" => {}
                "desc" => descending = true,
                "nullsfirst" => nulls_first = Some(true),
                "nullslast" => nulls_first = Some(false),
                _ => return Err(Failure::syntax("order", text)),
            }
        }
        order.push(Order {
            path,
            kind,
            descending,
            nulls_first: nulls_first.unwrap_or(descending),
        });
    }
    Ok(order)
}

fn number(name: &str, value: &str) -> Result<usize, Failure> {
    value.parse().map_err(|_| Failure::syntax(name, value))
}
