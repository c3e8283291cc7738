//! Reading rows.

use serde_json::Value;

use super::super::tables::{Row, Schema, Table};
use super::plan::Plan;
use super::{Context, Failure, select};
use crate::reply::Reply;

/// The most rows of a page, however many are asked for.
const LARGEST: usize = 1000;

pub(super) fn answer(schema: &Schema, context: &Context<'_>, name: &str) -> Result<Reply, Failure> {
    let table = schema.table(name)?;
    of_table(schema, context, table, table.rows.iter())
}

/// Answers rows of a table, or of a function that gives such rows.
pub(super) fn of_table<'a>(
    schema: &Schema,
    context: &Context<'_>,
    table: &Table,
    rows: impl Iterator<Item = &'a Row>,
) -> Result<Reply, Failure> {
    let request = context.request;
    let items = select::read(request.param("select").unwrap_or_default())?;
    let plan = Plan::new(schema, table, &items, &request.query, "")?;
    if plan.counts() {
        return Err(select::no_aggregates());
    }
    let all = plan.rows(schema, rows);
    page(context, all, plan.query.offset, plan.query.limit)
}

/// A page of rows, with the range that it covers.
pub(super) fn page(
    context: &Context<'_>,
    all: Vec<Value>,
    offset: usize,
    limit: Option<usize>,
) -> Result<Reply, Failure> {
    let total = all.len();
    let (mut begin, mut most) = (offset, limit.unwrap_or(LARGEST).min(LARGEST));
    if let Some((from, to)) = range_header(context.request.header("range")) {
        begin = begin.max(from);
        most = most.min(to.saturating_sub(from) + 1);
    }
    if context.prefer.count && begin > total {
        return Err(
            Failure::new(416, "PGRST103", "Requested range not satisfiable").details(format!(
                "An offset of {begin} was requested, but there are only {total} rows."
            )),
        );
    }
    let rows: Vec<Value> = all.into_iter().skip(begin).take(most).collect();
    let count = rows.len();
    let status = if context.prefer.count && count < total {
        206
    } else {
        200
    };
    let range = range(begin, count, context.prefer.count.then_some(total));
    let mut reply = context
        .format
        .write(status, rows)?
        .with("content-range", range);
    if let Some(applied) = context.prefer.applied() {
        reply = reply.with("preference-applied", applied);
    }
    Ok(reply)
}

/// The header `Content-Range`.
pub(super) fn range(begin: usize, count: usize, total: Option<usize>) -> String {
    let total = total.map_or_else(|| "*".to_owned(), |total| total.to_string());
    match count {
        0 => format!("*/{total}"),
        count => format!("{begin}-{}/{total}", begin + count - 1),
    }
}

fn range_header(text: &str) -> Option<(usize, usize)> {
    let (from, to) = text.trim_start_matches("items=").split_once('-')?;
    Some((from.parse().ok()?, to.parse().unwrap_or(usize::MAX)))
}
