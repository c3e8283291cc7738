//! Functions of the database.

use serde_json::{Map, Value, json};

use super::super::tables::{Row, Schema};
use super::{Context, Failure, read};
use crate::reply::Reply;

/// Parameters that belong to the answer and not to the function.
const RESERVED: [&str; 5] = ["select", "order", "limit", "offset", "apikey"];

pub(super) fn answer(schema: &Schema, context: &Context<'_>, name: &str) -> Result<Reply, Failure> {
    let arguments = arguments(context)?;
    let number = |name: &str| match arguments.get(name) {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    let names: Vec<&str> = arguments.keys().map(String::as_str).collect();
    let unknown = || {
        let list = names.join(", ");
        Failure::new(404, "PGRST202", format!("Could not find the function public.{name}({list}) in the schema cache"))
            .details(format!(
                "Searched for the function public.{name} with parameters {list} or with a single unnamed json/jsonb parameter, but no matches were found in the schema cache."
            ))
    };
    match name {
        "hello" => scalar(context, json!("hello from the sandbox")),
        "echo" => scalar(
            context,
            arguments.get("message").cloned().ok_or_else(unknown)?,
        ),
        "add" => {
            let sum = number("a")
                .zip(number("b"))
                .map(|(a, b)| a + b)
                .ok_or_else(unknown)?;
            // Whole numbers are integers, as in SQL.
            #[expect(
                clippy::cast_possible_truncation,
                reason = "checked to be whole and small"
            )]
            let sum = if sum.fract() == 0.0 && sum.abs() < 1e15 {
                json!(sum as i64)
            } else {
                json!(sum)
            };
            scalar(context, sum)
        }
        "nothing" => Ok(Reply::empty(204)),
        "fail" => {
            Err(Failure::new(400, "P0001", "the sandbox was told to fail").hint("do not call it"))
        }
        "echo_all" => scalar(context, Value::Object(arguments)),
        "countries_of" => rows(schema, context, "countries", |row| {
            arguments
                .get("continent")
                .is_none_or(|continent| row.get("continent") == Some(continent))
        }),
        "get_author" => {
            let id = number("id").ok_or_else(unknown)?;
            let table = schema.table("authors").map_err(|_| unknown())?;
            let row = table
                .rows
                .iter()
                .find(|row| row.get("id").and_then(Value::as_f64) == Some(id));
            scalar(
                context,
                row.map_or(Value::Null, |row| Value::Object(row.clone())),
            )
        }
        _ => Err(unknown()),
    }
}

fn arguments(context: &Context<'_>) -> Result<Map<String, Value>, Failure> {
    let request = context.request;
    if request.method == "POST" {
        if request.body.is_empty() {
            return Ok(Map::new());
        }
        return match request.json() {
            Some(Value::Object(object)) => Ok(object),
            _ => Err(Failure::new(400, "PGRST102", "Empty or invalid json")),
        };
    }
    let arguments = request.query.iter().filter(|(name, value)| {
        // A filter of the answer looks like `column=operator.value`.
        !RESERVED.contains(&name.as_str()) && !looks_like_filter(value)
    });
    Ok(arguments
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect())
}

fn looks_like_filter(value: &str) -> bool {
    const OPERATORS: [&str; 10] = [
        "eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "is", "in",
    ];
    value
        .split_once('.')
        .is_some_and(|(operator, _)| OPERATORS.contains(&operator) || operator == "not")
}

/// A single value, with nothing around it.
fn scalar(context: &Context<'_>, value: Value) -> Result<Reply, Failure> {
    match context.format {
        super::Format::Csv => context.format.write(200, vec![json!({ "value": value })]),
        _ => Ok(Reply::ok(&value).with("content-range", "0-0/*")),
    }
}

/// Rows of a table.
fn rows(
    schema: &Schema,
    context: &Context<'_>,
    name: &str,
    wanted: impl Fn(&Row) -> bool,
) -> Result<Reply, Failure> {
    let table = schema.table(name)?;
    // What was an argument is no filter of the answer.
    let mut request = context.request.clone();
    request
        .query
        .retain(|(name, value)| RESERVED.contains(&name.as_str()) || looks_like_filter(value));
    let context = Context {
        request: &request,
        format: context.format,
        prefer: super::Prefer::of(&request)?,
    };
    read::of_table(
        schema,
        &context,
        table,
        table.rows.iter().filter(|row| wanted(row)),
    )
}
