//! Modifiers: what the answer is like, and how it is asked for.

use tasker_domain::wire::ServiceError;
use tasker_service::invalid;

use super::filters::table;
use super::{Query, verbs};
use crate::chain::Step;
use crate::js;

/// The names of all modifiers.
pub(super) const NAMES: &[&str] = &[
    "select",
    "order",
    "limit",
    "range",
    "abortSignal",
    "single",
    "maybeSingle",
    "csv",
    "geojson",
    "explain",
    "rollback",
    "returns",
    "overrideTypes",
    "maxAffected",
    "stripNulls",
    "setHeader",
    "retry",
    "throwOnError",
];

/// Applies a step; false if it is no modifier.
pub(super) fn apply(query: &mut Query, step: &Step) -> Result<bool, ServiceError> {
    let request = &mut query.request;
    match step.name.as_str() {
        "select" => {
            request.put("select", verbs::columns(step.arg(0))?);
            request.headers.append("prefer", "return=representation")?;
        }
        "order" => order(query, step),
        "limit" => request.put(&key(step, 1, "limit"), js::text(step.arg(0))),
        "range" => {
            let (from, to) = (js::to_number(step.arg(0)), js::to_number(step.arg(1)));
            request.put(&key(step, 2, "offset"), js::text(step.arg(0)));
            request.put(&key(step, 2, "limit"), js::float(to - from + 1.0));
        }
        "single" => request
            .headers
            .set("accept", "application/vnd.pgrst.object+json")?,
        "maybeSingle" => query.maybe_single = true,
        "csv" => request.headers.set("accept", "text/csv")?,
        "geojson" => request.headers.set("accept", "application/geo+json")?,
        "explain" => explain(query, step)?,
        "rollback" => request.headers.append("prefer", "tx=rollback")?,
        "maxAffected" => {
            request.headers.append("prefer", "handling=strict")?;
            let rows = format!("max-affected={}", js::text(step.arg(0)));
            request.headers.append("prefer", &rows)?;
        }
        "stripNulls" => {
            if request.headers.get("accept") == Some("text/csv") {
                return Err(invalid("stripNulls() cannot be used with csv()"));
            }
            query.strip_nulls = true;
        }
        "setHeader" => {
            let (name, value) = (js::text(step.arg(0)), js::text(step.arg(1)));
            request.headers.set(&name, &value)?;
        }
        "retry" => query.retries = js::truthy(step.arg(0)),
        "throwOnError" => query.throws = true,
        // They change types alone, and a call has a time limit of its own.
        "returns" | "overrideTypes" | "abortSignal" => {}
        _ => return Ok(false),
    }
    Ok(true)
}

/// `limit`, or `table.limit`.
fn key(step: &Step, options: usize, name: &str) -> String {
    match table(step, options) {
        Some(table) => format!("{}.{name}", js::text(Some(table))),
        None => name.to_owned(),
    }
}

fn order(query: &mut Query, step: &Step) {
    let key = match table(step, 1) {
        Some(table) if js::truthy(Some(table)) => format!("{}.order", js::text(Some(table))),
        _ => "order".to_owned(),
    };
    let found = query.request.query.iter().find(|(name, _)| *name == key);
    let before = match found {
        Some((_, before)) if !before.is_empty() => format!("{before},"),
        _ => String::new(),
    };
    let ascending = step.option(1, "ascending");
    let direction = if ascending.is_none() || js::truthy(ascending) {
        "asc"
    } else {
        "desc"
    };
    let nulls = match step.option(1, "nullsFirst") {
        None => "",
        nulls if js::truthy(nulls) => ".nullsfirst",
        Some(_) => ".nullslast",
    };
    let column = js::text(step.arg(0));
    query
        .request
        .put(&key, format!("{before}{column}.{direction}{nulls}"));
}

fn explain(query: &mut Query, step: &Step) -> Result<(), ServiceError> {
    let options: Vec<&str> = ["analyze", "verbose", "settings", "buffers", "wal"]
        .into_iter()
        .filter(|name| js::truthy(step.option(0, name)))
        .collect();
    let format = match step.option(0, "format") {
        Some(format) => js::text(Some(format)),
        None => "text".to_owned(),
    };
    let headers = &mut query.request.headers;
    let media = headers
        .get("accept")
        .unwrap_or("application/json")
        .to_owned();
    let accept = format!(
        "application/vnd.pgrst.plan+{format}; for=\"{media}\"; options={};",
        options.join("|")
    );
    headers.set("accept", &accept)
}
