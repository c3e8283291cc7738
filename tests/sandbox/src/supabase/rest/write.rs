//! Inserting, changing and deleting rows.

use serde_json::{Map, Value};

use super::super::tables::{Row, Schema};
use super::plan::Plan;
use super::select::Item;
use super::value::unquote;
use super::{Context, Failure, check, read, select};
use crate::reply::Reply;

pub(super) fn answer(
    schema: &mut Schema,
    context: &Context<'_>,
    name: &str,
) -> Result<Reply, Failure> {
    // Everything is tried on a copy, so that a failure or a rollback leaves no trace.
    let mut changed = schema.clone();
    let (rows, status) = match context.request.method.as_str() {
        "POST" => insert(&mut changed, context, name)?,
        "PUT" => replace(&mut changed, context, name)?,
        "PATCH" => (update(&mut changed, context, name)?, 200),
        _ => (delete(&mut changed, context, name)?, 200),
    };
    if let Some(most) = context.prefer.max_affected
        && rows.len() > most
    {
        return Err(Failure::new(
            400,
            "PGRST124",
            "Query result exceeds max-affected preference constraint",
        )
        .details(format!("The query affects {} rows", rows.len())));
    }
    let reply = reply(&changed, context, name, &rows, status)?;
    if !context.prefer.rollback {
        *schema = changed;
    }
    Ok(reply)
}

fn reply(
    schema: &Schema,
    context: &Context<'_>,
    name: &str,
    rows: &[Row],
    status: u16,
) -> Result<Reply, Failure> {
    let table = schema.table(name)?;
    let items = select::read(context.request.param("select").unwrap_or_default())?;
    let no_filters: Vec<(String, String)> = Vec::new();
    let plan = Plan::new(schema, table, &items, &no_filters, "")?;
    let total = context.prefer.count.then_some(rows.len());
    let range = match context.request.method.as_str() {
        "PATCH" if !rows.is_empty() => read::range(0, rows.len(), total),
        _ => read::range(0, 0, total),
    };
    let single = matches!(context.format, super::Format::Object { .. });
    let mut reply = if context.prefer.representation || single {
        let shown = rows.iter().filter_map(|row| plan.row(schema, row));
        context.format.write(status, shown.collect())?
    } else if status == 200 {
        Reply::empty(204)
    } else {
        Reply::empty(status)
    };
    if !context.prefer.representation {
        reply.body = crate::reply::Body::Whole(bytes::Bytes::new());
        reply.headers.retain(|(name, _)| name != "content-type");
    }
    if context.prefer.headers_only
        && let Some(id) = rows.first().and_then(|row| row.get("id"))
    {
        reply = reply.with("location", format!("/{name}?id=eq.{id}"));
    }
    reply = reply.with("content-range", range);
    if let Some(applied) = context.prefer.applied() {
        reply = reply.with("preference-applied", applied);
    }
    Ok(reply)
}

/// The columns that a parameter lists.
fn columns(context: &Context<'_>, parameter: &str) -> Option<Vec<String>> {
    let columns = context.request.param(parameter)?.split(',');
    Some(columns.map(|column| unquote(column.trim())).collect())
}

/// The rows of a body: one object or a list.
fn bodies(context: &Context<'_>) -> Result<Vec<Map<String, Value>>, Failure> {
    let bad = || Failure::new(400, "PGRST102", "Empty or invalid json");
    let objects = match context.request.json().ok_or_else(bad)? {
        Value::Array(items) => items,
        object @ Value::Object(_) => vec![object],
        _ => return Err(bad()),
    };
    let rows = objects.into_iter().map(|object| match object {
        Value::Object(object) => Ok(object),
        _ => Err(bad()),
    });
    let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
    match columns(context, "columns") {
        Some(wanted) => rows
            .iter_mut()
            .for_each(|row| row.retain(|name, _| wanted.contains(name))),
        None => {
            let same = |row: &Map<String, Value>| {
                rows[0].len() == row.len() && row.keys().all(|name| rows[0].contains_key(name))
            };
            if !rows.is_empty() && !rows.iter().all(same) {
                return Err(Failure::new(400, "PGRST102", "All object keys must match"));
            }
        }
    }
    Ok(rows)
}

fn insert(
    schema: &mut Schema,
    context: &Context<'_>,
    name: &str,
) -> Result<(Vec<Row>, u16), Failure> {
    let bodies = bodies(context)?;
    let conflict = columns(context, "on_conflict");
    let all = columns(context, "columns")
        .unwrap_or_else(|| bodies.iter().flat_map(Map::keys).cloned().collect());
    check::known(schema.table(name)?, &all)?;
    let (mut rows, mut made) = (Vec::new(), false);
    for body in &bodies {
        let own = schema.table(name)?;
        // In a list a column that one row lacks is null there, unless defaults are asked for.
        let fill_defaults = context.prefer.missing_default || bodies.len() == 1;
        let row = check::complete(own, body, &all, fill_defaults)?;
        let key: Vec<&str> = match &conflict {
            Some(columns) => columns.iter().map(String::as_str).collect(),
            None => own.key.clone(),
        };
        let there = own.rows.iter().position(|other| {
            key.iter().all(|column| {
                row.get(*column).is_some_and(|value| !value.is_null())
                    && other.get(*column) == row.get(*column)
            })
        });
        match there {
            Some(_) if context.prefer.ignore => {}
            Some(at) if context.prefer.merge => {
                let mut merged = own.rows[at].clone();
                merged.extend(
                    body.iter()
                        .map(|(name, value)| (name.clone(), value.clone())),
                );
                check::sound(schema, name, &merged, Some(at))?;
                schema.table_mut(name).rows[at] = merged.clone();
                rows.push(merged);
            }
            _ => {
                check::sound(schema, name, &row, None)?;
                schema.table_mut(name).rows.push(row.clone());
                rows.push(row);
                made = true;
            }
        }
    }
    let only_merged = context.prefer.merge && !made && !rows.is_empty();
    Ok((rows, if only_merged { 200 } else { 201 }))
}

/// `PUT`: one row, whose key the filters name.
fn replace(
    schema: &mut Schema,
    context: &Context<'_>,
    name: &str,
) -> Result<(Vec<Row>, u16), Failure> {
    let rows = update(schema, context, name)?;
    if rows.is_empty() {
        return insert(schema, context, name);
    }
    Ok((rows, 200))
}

/// Where the rows stand that the filters name. PostgREST's safeguard refuses to touch all.
fn named(
    schema: &Schema,
    context: &Context<'_>,
    name: &str,
    verb: &str,
) -> Result<Vec<usize>, Failure> {
    let table = schema.table(name)?;
    let plan = Plan::new(schema, table, &[Item::All], &context.request.query, "")?;
    if plan.query.conditions.is_empty() {
        return Err(Failure::new(
            400,
            "21000",
            format!("{verb} requires a WHERE clause"),
        ));
    }
    let holds = |at: &usize| plan.query.holds(&table.rows[*at]);
    Ok((0..table.rows.len()).filter(holds).collect())
}

fn update(schema: &mut Schema, context: &Context<'_>, name: &str) -> Result<Vec<Row>, Failure> {
    let change = bodies(context)?.into_iter().next().unwrap_or_default();
    let names: Vec<String> = change.keys().cloned().collect();
    check::known(schema.table(name)?, &names)?;
    let at = named(schema, context, name, "UPDATE")?;
    let mut rows = Vec::new();
    for at in at {
        let own = schema.table(name)?;
        let mut row = own.rows[at].clone();
        for (column, value) in &change {
            row.insert(column.clone(), check::value(own, column, value)?);
        }
        check::sound(schema, name, &row, Some(at))?;
        schema.table_mut(name).rows[at] = row.clone();
        rows.push(row);
    }
    Ok(rows)
}

fn delete(schema: &mut Schema, context: &Context<'_>, name: &str) -> Result<Vec<Row>, Failure> {
    let at = named(schema, context, name, "DELETE")?;
    let removed: Vec<Row> = at
        .iter()
        .map(|at| schema.table(name).map(|table| table.rows[*at].clone()))
        .collect::<Result<_, _>>()?;
    for row in &removed {
        check::unreferenced(schema, name, row)?;
    }
    let own = schema.table_mut(name);
    let mut index = 0;
    own.rows.retain(|_| {
        let keep = !at.contains(&index);
        index += 1;
        keep
    });
    Ok(removed)
}
