//! Filters: each adds one parameter to the query.

use serde_json::Value;
use tasker_domain::wire::ServiceError;
use tasker_service::invalid;

use super::Query;
use crate::chain::Step;
use crate::js;

/// The names of all filters.
pub(super) const NAMES: &[&str] = &[
    "eq",
    "neq",
    "gt",
    "gte",
    "lt",
    "lte",
    "like",
    "likeAllOf",
    "likeAnyOf",
    "ilike",
    "ilikeAllOf",
    "ilikeAnyOf",
    "regexMatch",
    "regexIMatch",
    "is",
    "isDistinct",
    "in",
    "notIn",
    "contains",
    "containedBy",
    "rangeGt",
    "rangeGte",
    "rangeLt",
    "rangeLte",
    "rangeAdjacent",
    "overlaps",
    "textSearch",
    "match",
    "not",
    "or",
    "filter",
];

/// Applies a step; false if it is no filter.
pub(super) fn apply(query: &mut Query, step: &Step) -> Result<bool, ServiceError> {
    let value = || js::text(step.arg(1));
    let condition = match step.name.as_str() {
        "eq" => format!("eq.{}", value()),
        "neq" => format!("neq.{}", value()),
        "gt" => format!("gt.{}", value()),
        "gte" => format!("gte.{}", value()),
        "lt" => format!("lt.{}", value()),
        "lte" => format!("lte.{}", value()),
        "like" => format!("like.{}", value()),
        "ilike" => format!("ilike.{}", value()),
        "regexMatch" => format!("match.{}", value()),
        "regexIMatch" => format!("imatch.{}", value()),
        "is" => format!("is.{}", value()),
        "isDistinct" => format!("isdistinct.{}", value()),
        "likeAllOf" => format!("like(all).{{{}}}", js::join(items(step)?)),
        "likeAnyOf" => format!("like(any).{{{}}}", js::join(items(step)?)),
        "ilikeAllOf" => format!("ilike(all).{{{}}}", js::join(items(step)?)),
        "ilikeAnyOf" => format!("ilike(any).{{{}}}", js::join(items(step)?)),
        "in" => format!("in.({})", list(step)?),
        "notIn" => format!("not.in.({})", list(step)?),
        "contains" => format!("cs.{}", composite(step.arg(1))),
        "containedBy" => format!("cd.{}", composite(step.arg(1))),
        "rangeGt" => format!("sr.{}", value()),
        "rangeGte" => format!("nxl.{}", value()),
        "rangeLt" => format!("sl.{}", value()),
        "rangeLte" => format!("nxr.{}", value()),
        "rangeAdjacent" => format!("adj.{}", value()),
        "overlaps" => match step.arg(1) {
            Some(Value::String(range)) => format!("ov.{range}"),
            _ => format!("ov.{{{}}}", js::join(items(step)?)),
        },
        "textSearch" => {
            let kind = match step.option(2, "type").and_then(Value::as_str) {
                Some("plain") => "pl",
                Some("phrase") => "ph",
                Some("websearch") => "w",
                _ => "",
            };
            let config = match step.option(2, "config") {
                Some(config) => format!("({})", js::text(Some(config))),
                None => String::new(),
            };
            format!("{kind}fts{config}.{}", value())
        }
        "not" => format!("not.{}.{}", value(), js::text(step.arg(2))),
        "filter" => format!("{}.{}", value(), js::text(step.arg(2))),
        "or" => {
            let key = match table(step, 1) {
                Some(table) if js::truthy(Some(table)) => format!("{}.or", js::text(Some(table))),
                _ => "or".to_owned(),
            };
            let filters = js::text(step.arg(0));
            query.request.push(&key, format!("({filters})"));
            return Ok(true);
        }
        "match" => {
            let Some(Value::Object(members)) = step.arg(0) else {
                return Err(invalid("`match`: the query must be an object"));
            };
            for (column, value) in members {
                query
                    .request
                    .push(column, format!("eq.{}", js::text(Some(value))));
            }
            return Ok(true);
        }
        _ => return Ok(false),
    };
    query.request.push(&js::text(step.arg(0)), condition);
    Ok(true)
}

/// The table that the options of a step name.
pub(super) fn table(step: &Step, options: usize) -> Option<&Value> {
    step.option(options, "referencedTable")
        .or_else(|| step.option(options, "foreignTable"))
}

fn items(step: &Step) -> Result<&[Value], ServiceError> {
    match step.arg(1) {
        Some(Value::Array(items)) => Ok(items),
        _ => Err(invalid(format!(
            "`{}`: the values must be a list",
            step.name
        ))),
    }
}

/// The values of `in`, each once, those with reserved characters quoted.
fn list(step: &Step) -> Result<String, ServiceError> {
    let items = match step.arg(1) {
        None | Some(Value::Null) => &[],
        _ => items(step)?,
    };
    let mut seen = std::collections::HashSet::new();
    let mut texts: Vec<String> = Vec::new();
    for item in items {
        // Objects are the same only if they are one object, which they cannot be here.
        if !item.is_object() && !item.is_array() && !seen.insert(js::json(item)) {
            continue;
        }
        texts.push(match item {
            Value::String(text) if text.contains([',', '(', ')']) => format!("\"{text}\""),
            item => js::text(Some(item)),
        });
    }
    Ok(texts.join(","))
}

/// A range, an array or a document.
fn composite(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => format!("{{{}}}", js::join(items)),
        Some(value) => js::json(value),
        None => "undefined".to_owned(),
    }
}
