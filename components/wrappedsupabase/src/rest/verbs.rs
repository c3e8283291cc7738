//! What begins a request: `select`, `insert`, `upsert`, `update`, `delete`, and `rpc`.

use serde_json::Value;
use tasker_domain::wire::ServiceError;
use tasker_service::invalid;

use super::Query;
use crate::chain::Step;
use crate::js;
use crate::project::segment;

/// The verbs of a table.
pub(super) const NAMES: &[&str] = &["select", "insert", "upsert", "update", "delete"];

/// The request of `from(table).<step>`.
pub(super) fn begin(step: &Step, table: &str, schema: &str) -> Result<Query, ServiceError> {
    let query = |method| Query::new(method, format!("/{table}"), schema);
    if !step.is_call() {
        return Err(step.unknown(NAMES));
    }
    match step.name.as_str() {
        "select" => {
            let head = js::truthy(step.option(1, "head"));
            let mut query = query(if head { "HEAD" } else { "GET" });
            query.request.put("select", columns(step.arg(0))?);
            count(&mut query, step, 1)?;
            Ok(query)
        }
        "insert" => {
            let mut query = query("POST");
            count(&mut query, step, 1)?;
            values(query, step)
        }
        "upsert" => {
            let mut query = query("POST");
            query.request = query.request.repeatable();
            let kind = if js::truthy(step.option(1, "ignoreDuplicates")) {
                "resolution=ignore-duplicates"
            } else {
                "resolution=merge-duplicates"
            };
            query.request.headers.append("prefer", kind)?;
            if let Some(columns) = step.option(1, "onConflict") {
                query.request.put("on_conflict", js::text(Some(columns)));
            }
            count(&mut query, step, 1)?;
            values(query, step)
        }
        "update" => {
            let mut query = query("PATCH");
            count(&mut query, step, 1)?;
            query.request.body = body(step.arg(0));
            Ok(query)
        }
        "delete" => {
            let mut query = query("DELETE");
            count(&mut query, step, 0)?;
            Ok(query)
        }
        _ => Err(step.unknown(NAMES)),
    }
}

/// `select`'s columns without the space that is not quoted.
pub(super) fn columns(columns: Option<&Value>) -> Result<String, ServiceError> {
    let columns = match columns {
        None | Some(Value::Null) => "*",
        Some(Value::String(columns)) => columns,
        Some(_) => return Err(invalid("`select`: the columns must be a string")),
    };
    let mut quoted = false;
    let kept = columns.chars().filter(|&char| {
        if char == '"' {
            quoted = !quoted;
        }
        quoted || !js::is_space(char)
    });
    Ok(kept.collect())
}

fn count(query: &mut Query, step: &Step, options: usize) -> Result<(), ServiceError> {
    let count = step.option(options, "count");
    if js::truthy(count) {
        let count = format!("count={}", js::text(count));
        query.request.headers.append("prefer", &count)?;
    }
    Ok(())
}

/// The rest of an insert: what to do with missing members, and which there are.
fn values(mut query: Query, step: &Step) -> Result<Query, ServiceError> {
    let default_to_null = step.option(1, "defaultToNull");
    if default_to_null.is_some() && !js::truthy(default_to_null) {
        query.request.headers.append("prefer", "missing=default")?;
    }
    if let Some(Value::Array(rows)) = step.arg(0) {
        let mut columns: Vec<String> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for row in rows {
            let names: Vec<String> = match row {
                Value::Object(members) => members.keys().cloned().collect(),
                Value::Array(items) => (0..items.len()).map(|index| index.to_string()).collect(),
                Value::Null => {
                    return Err(invalid(format!("`{}`: a row cannot be null", step.name)));
                }
                _ => Vec::new(),
            };
            for name in names {
                if seen.insert(name.clone()) {
                    columns.push(format!("\"{name}\""));
                }
            }
        }
        if !columns.is_empty() {
            query.request.put("columns", columns.join(","));
        }
    }
    query.request.body = body(step.arg(0));
    Ok(query)
}

fn body(value: Option<&Value>) -> Option<Vec<u8>> {
    value.map(|value| js::json(value).into_bytes())
}

/// The request of `rpc(name, arguments, options)`.
pub(super) fn rpc(step: &Step, schema: &str) -> Result<Query, ServiceError> {
    let name = segment(
        step.text(0, "the name of the function")?,
        "the name of a function",
    )?;
    let nothing = Value::Object(serde_json::Map::new());
    // What JavaScript leaves out before another argument arrives as null.
    let args = step
        .arg(1)
        .filter(|args| !args.is_null())
        .unwrap_or(&nothing);
    let (head, get) = (
        js::truthy(step.option(2, "head")),
        js::truthy(step.option(2, "get")),
    );
    let members: Vec<(String, &Value)> = match args {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    let has_object = head && members.iter().any(|(_, value)| is_object(value));
    let method = match (has_object, head, get) {
        (false, true, _) => "HEAD",
        (false, false, true) => "GET",
        _ => "POST",
    };
    let mut query = Query::new(method, format!("/rpc/{name}"), schema);
    if method == "POST" {
        query.request.body = body(Some(args));
    } else {
        for (name, value) in members {
            let text = match value {
                Value::Array(items) => format!("{{{}}}", js::join(items)),
                value => js::text(Some(value)),
            };
            query.request.push(&name, text);
        }
    }
    let count = step.option(2, "count");
    let count = js::truthy(count).then(|| format!("count={}", js::text(count)));
    let prefer = match (has_object, count) {
        (true, Some(count)) => format!("{count},return=minimal"),
        (true, None) => "return=minimal".to_owned(),
        (false, Some(count)) => count,
        (false, None) => return Ok(query),
    };
    query.request.headers.set("prefer", &prefer)?;
    Ok(query)
}

/// What does not fit into a query of a URL.
fn is_object(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(items) => items.iter().any(is_object),
        _ => false,
    }
}
