//! What rows must be like.

use serde_json::{Map, Value};

use super::super::tables::{Kind, Row, Schema, Table};
use super::Failure;
use super::value::{literal, text};

/// Checks that a table has such columns.
pub(super) fn known(table: &Table, columns: &[String]) -> Result<(), Failure> {
    match columns.iter().find(|column| table.column(column).is_none()) {
        None => Ok(()),
        Some(column) => Err(Failure::new(
            400,
            "PGRST204",
            format!(
                "Could not find the '{column}' column of '{}' in the schema cache",
                table.name
            ),
        )),
    }
}

/// A value as a column keeps it.
pub(super) fn value(table: &Table, name: &str, value: &Value) -> Result<Value, Failure> {
    let Some(column) = table.column(name) else {
        return Err(Failure::no_column(table.name, name));
    };
    match (column.kind, value) {
        (_, Value::Null) | (Kind::Json, _) => Ok(value.clone()),
        (Kind::Integer | Kind::Serial, Value::Number(number)) if number.is_i64() => {
            Ok(value.clone())
        }
        (Kind::Float, Value::Number(_))
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::Texts, Value::Array(_)) => Ok(value.clone()),
        (Kind::Text | Kind::Search | Kind::Timestamp | Kind::Range, value) => {
            Ok(Value::String(text(value)))
        }
        (kind, value) => literal(kind, &text(value)),
    }
}

/// A whole row from a body.
pub(super) fn complete(
    table: &Table,
    body: &Map<String, Value>,
    named: &[String],
    fill_defaults: bool,
) -> Result<Row, Failure> {
    let mut row = Row::new();
    for column in &table.columns {
        let given = match body.get(column.name) {
            Some(given) => value(table, column.name, given)?,
            None if named.iter().any(|name| name == column.name) && !fill_defaults => Value::Null,
            None if column.kind == Kind::Serial => {
                let ids = table
                    .rows
                    .iter()
                    .filter_map(|row| row.get(column.name)?.as_i64());
                Value::from(ids.max().unwrap_or(0) + 1)
            }
            None => column.default.clone().unwrap_or_default(),
        };
        row.insert(column.name.to_owned(), given);
    }
    Ok(row)
}

/// Checks a row against the table's constraints; `at` is where it stands already.
pub(super) fn sound(
    schema: &Schema,
    name: &str,
    row: &Row,
    at: Option<usize>,
) -> Result<(), Failure> {
    let table = schema.table(name)?;
    for column in &table.columns {
        let null = row.get(column.name).is_none_or(Value::is_null);
        if null && (column.required || table.key.contains(&column.name)) {
            let message = format!(
                "null value in column \"{}\" of relation \"{name}\" violates not-null constraint",
                column.name
            );
            let values: Vec<String> = row.values().map(text).collect();
            return Err(Failure::new(400, "23502", message)
                .details(format!("Failing row contains ({}).", values.join(", "))));
        }
    }
    let keys = std::iter::once((table.key.as_slice(), format!("{name}_pkey")));
    let unique = table
        .unique
        .iter()
        .map(|column| (std::slice::from_ref(column), format!("{name}_{column}_key")));
    for (columns, constraint) in keys.chain(unique) {
        let taken = table.rows.iter().enumerate().any(|(index, other)| {
            Some(index) != at
                && columns.iter().all(|column| {
                    let own = row.get(*column);
                    own.is_some_and(|own| !own.is_null()) && other.get(*column) == own
                })
        });
        if taken {
            let values: Vec<String> = columns
                .iter()
                .filter_map(|column| row.get(*column))
                .map(text)
                .collect();
            let message =
                format!("duplicate key value violates unique constraint \"{constraint}\"");
            return Err(Failure::new(409, "23505", message).details(format!(
                "Key ({})=({}) already exists.",
                columns.join(", "),
                values.join(", ")
            )));
        }
    }
    for foreign in &table.foreign {
        let wanted = row.get(foreign.column).filter(|value| !value.is_null());
        let Some(wanted) = wanted else { continue };
        let there = schema
            .table(foreign.table)
            .is_ok_and(|other| other.rows.iter().any(|row| row.get("id") == Some(wanted)));
        if !there {
            let message = format!(
                "insert or update on table \"{name}\" violates foreign key constraint \"{}\"",
                foreign.constraint
            );
            return Err(Failure::new(409, "23503", message).details(format!(
                "Key ({})=({wanted}) is not present in table \"{}\".",
                foreign.column, foreign.table
            )));
        }
    }
    Ok(())
}

/// Checks that no other row refers to one that is to go.
pub(super) fn unreferenced(schema: &Schema, name: &str, row: &Row) -> Result<(), Failure> {
    let Some(id) = row.get("id") else {
        return Ok(());
    };
    for table in schema.tables() {
        for foreign in table.foreign.iter().filter(|foreign| foreign.table == name) {
            if table
                .rows
                .iter()
                .any(|other| other.get(foreign.column) == Some(id))
            {
                let message = format!(
                    "update or delete on table \"{name}\" violates foreign key constraint \"{}\" on table \"{}\"",
                    foreign.constraint, table.name
                );
                return Err(Failure::new(409, "23503", message).details(format!(
                    "Key (id)=({id}) is still referenced from table \"{}\".",
                    table.name
                )));
            }
        }
    }
    Ok(())
}
