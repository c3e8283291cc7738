//! Inserting, changing and deleting rows.

use serde_json::{Map, Value};

use super::super::tables::{Database, Row, Table};
use super::plan::Plan;
use super::select::Item;
use super::{Context, Failure, check, read, select};
use crate::reply::Reply;

pub(super) fn answer(
    database: &mut Database,
    context: &Context<'_>,
    name: &str,
) -> Result<Reply, Failure> {
    // Everything is tried on a copy, so that a failure or a rollback leaves no trace.
    let mut changed = database.clone();
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
        *database = changed;
    }
    Ok(reply)
}

fn reply(
    database: &Database,
    context: &Context<'_>,
    name: &str,
    rows: &[Row],
    status: u16,
) -> Result<Reply, Failure> {
    let table = table(database, context, name)?;
    let items = select::read(context.request.param("select").unwrap_or_default())?;
    let no_filters: Vec<(String, String)> = Vec::new();
    let plan = Plan::new(database, context.schema, table, &items, &no_filters, "")?;
    let total = context.prefer.count.then_some(rows.len());
    let range = match context.request.method.as_str() {
        "PATCH" if !rows.is_empty() => read::range(0, rows.len(), total),
        _ => read::range(0, 0, total),
    };
    let single = matches!(context.format, super::Format::Object { .. });
    let mut reply = if context.prefer.representation || single {
        let shown = rows
            .iter()
            .filter_map(|row| plan.row(database, context.schema, row));
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

fn table<'a>(
    database: &'a Database,
    context: &Context<'_>,
    name: &str,
) -> Result<&'a Table, Failure> {
    database
        .table(context.schema, name)
        .ok_or_else(|| Failure::no_table(context.schema, name, &[]))
}

fn table_mut<'a>(
    database: &'a mut Database,
    context: &Context<'_>,
    name: &str,
) -> Result<&'a mut Table, Failure> {
    database
        .table_mut(context.schema, name)
        .ok_or_else(|| Failure::no_table(context.schema, name, &[]))
}

/// The rows of a body: one object or a list.
fn bodies(context: &Context<'_>) -> Result<Vec<Map<String, Value>>, Failure> {
    let bad = || Failure::new(400, "PGRST102", "Empty or invalid json");
    let objects = match context.request.json().ok_or_else(bad)? {
        Value::Array(items) => items,
        object @ Value::Object(_) => vec![object],
        _ => return Err(bad()),
    };
    let wanted: Option<Vec<String>> = context.request.param("columns").map(|columns| {
        let columns = columns.split(',');
        columns
            .map(|column| super::value::unquote(column.trim()))
            .collect()
    });
    let rows = objects.into_iter().map(|object| match object {
        Value::Object(object) => Ok(object),
        _ => Err(bad()),
    });
    let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
    match wanted {
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
    database: &mut Database,
    context: &Context<'_>,
    name: &str,
) -> Result<(Vec<Row>, u16), Failure> {
    let bodies = bodies(context)?;
    let request = context.request;
    let conflict: Option<Vec<String>> = request.param("on_conflict").map(|columns| {
        columns
            .split(',')
            .map(|column| column.trim().to_owned())
            .collect()
    });
    let all: Vec<String> = match request.param("columns") {
        Some(columns) => columns
            .split(',')
            .map(|column| super::value::unquote(column.trim()))
            .collect(),
        None => bodies.iter().flat_map(Map::keys).cloned().collect(),
    };
    check::known(table(database, context, name)?, &all)?;
    let (mut rows, mut made) = (Vec::new(), false);
    for body in &bodies {
        let own = table(database, context, name)?;
        // In a list a column that one row lacks is null there, unless defaults are asked for.
        let fill_defaults = context.prefer.missing_default || bodies.len() == 1;
        let row = check::complete(own, body, &all, fill_defaults)?;
        let key: Vec<&str> = match &conflict {
            Some(columns) => columns.iter().map(String::as_str).collect(),
            None => own.key.to_vec(),
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
                check::sound(database, context.schema, name, &merged, Some(at))?;
                table_mut(database, context, name)?.rows[at] = merged.clone();
                rows.push(merged);
            }
            _ => {
                check::sound(database, context.schema, name, &row, None)?;
                table_mut(database, context, name)?.rows.push(row.clone());
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
    database: &mut Database,
    context: &Context<'_>,
    name: &str,
) -> Result<(Vec<Row>, u16), Failure> {
    let rows = update(database, context, name)?;
    if rows.is_empty() {
        return insert(database, context, name);
    }
    Ok((rows, 200))
}

/// Where the rows stand that the filters name. PostgREST's safeguard refuses to touch all.
fn named(
    database: &Database,
    context: &Context<'_>,
    name: &str,
    verb: &str,
) -> Result<Vec<usize>, Failure> {
    let table = table(database, context, name)?;
    let plan = Plan::new(
        database,
        context.schema,
        table,
        &[Item::All],
        &context.request.query,
        "",
    )?;
    if plan.query.conditions.is_empty() {
        return Err(Failure::new(
            400,
            "21000",
            format!("{verb} requires a WHERE clause"),
        ));
    }
    let found: Vec<*const Row> = plan
        .query
        .rows(table.rows.iter())
        .into_iter()
        .map(std::ptr::from_ref)
        .collect();
    let rows = table.rows.iter().enumerate();
    Ok(rows
        .filter(|(_, row)| found.contains(&std::ptr::from_ref(*row)))
        .map(|(at, _)| at)
        .collect())
}

fn update(database: &mut Database, context: &Context<'_>, name: &str) -> Result<Vec<Row>, Failure> {
    let change = bodies(context)?.into_iter().next().unwrap_or_default();
    let names: Vec<String> = change.keys().cloned().collect();
    check::known(table(database, context, name)?, &names)?;
    let at = named(database, context, name, "UPDATE")?;
    let mut rows = Vec::new();
    for at in at {
        let own = table(database, context, name)?;
        let mut row = own.rows[at].clone();
        for (column, value) in &change {
            row.insert(column.clone(), check::value(own, column, value)?);
        }
        check::sound(database, context.schema, name, &row, Some(at))?;
        table_mut(database, context, name)?.rows[at] = row.clone();
        rows.push(row);
    }
    Ok(rows)
}

fn delete(database: &mut Database, context: &Context<'_>, name: &str) -> Result<Vec<Row>, Failure> {
    let at = named(database, context, name, "DELETE")?;
    let removed: Vec<Row> = at
        .iter()
        .map(|at| table(database, context, name).map(|table| table.rows[*at].clone()))
        .collect::<Result<_, _>>()?;
    for row in &removed {
        check::unreferenced(database, context.schema, name, row)?;
    }
    let own = table_mut(database, context, name)?;
    let mut index = 0;
    own.rows.retain(|_| {
        let keep = !at.contains(&index);
        index += 1;
        keep
    });
    Ok(removed)
}
