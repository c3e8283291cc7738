//! Columns, paths into their JSON, and how values compare.

use std::cmp::Ordering;

use serde_json::Value;

use super::super::tables::{Kind, Row, Table};
use super::Failure;

/// A column, perhaps with a path into its JSON: `data`, `data->a->0`, `data->a->>b`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) column: String,
    steps: Vec<String>,
    as_text: bool,
}

impl Path {
    pub(super) fn read(text: &str) -> Self {
        let (column, rest) = match text.find("->") {
            Some(at) => (&text[..at], &text[at..]),
            None => (text, ""),
        };
        let mut steps = Vec::new();
        let mut as_text = false;
        for step in rest.split("->").skip(1) {
            as_text = step.starts_with('>');
            steps.push(step.trim_start_matches('>').to_owned());
        }
        Self {
            column: unquote(column),
            steps,
            as_text,
        }
    }

    /// The name under which it is answered.
    pub(super) fn name(&self) -> &str {
        self.steps.last().unwrap_or(&self.column)
    }

    /// Checks that the table has it.
    pub(super) fn kind(&self, table: &Table) -> Result<Kind, Failure> {
        let column = table
            .column(&self.column)
            .ok_or_else(|| Failure::no_column(table.name, &self.column))?;
        Ok(match (self.steps.is_empty(), self.as_text) {
            (true, _) => column.kind,
            (false, true) => Kind::Text,
            (false, false) => Kind::Json,
        })
    }

    pub(super) fn get(&self, row: &Row) -> Value {
        let mut value = row.get(&self.column).unwrap_or(&Value::Null);
        for step in &self.steps {
            value = match value {
                Value::Array(items) => step.parse().ok().and_then(|at: usize| items.get(at)),
                other => other.get(step),
            }
            .unwrap_or(&Value::Null);
        }
        match value {
            Value::Null => Value::Null,
            value if self.as_text => Value::String(text(value)),
            value => value.clone(),
        }
    }
}

/// A value as text.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Takes the quotes off a name or value that has them.
pub(super) fn unquote(text: &str) -> String {
    match text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    {
        Some(inner) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => text.to_owned(),
    }
}

/// Reads a literal as a value of a type.
pub(super) fn literal(kind: Kind, text: &str) -> Result<Value, Failure> {
    let bad = || Failure::bad_input(kind.name(), text);
    Ok(match kind {
        Kind::Integer | Kind::Serial => Value::from(text.trim().parse::<i64>().map_err(|_| bad())?),
        Kind::Float => Value::from(text.trim().parse::<f64>().map_err(|_| bad())?),
        Kind::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "on" | "1" => Value::Bool(true),
            "false" | "f" | "no" | "off" | "0" => Value::Bool(false),
            _ => return Err(bad()),
        },
        Kind::Json => serde_json::from_str(text).map_err(|_| Failure::bad_input("json", text))?,
        Kind::Texts => Value::from(array(text).ok_or_else(|| {
            Failure::new(400, "22P02", format!("malformed array literal: \"{text}\""))
        })?),
        Kind::Text | Kind::Timestamp | Kind::Range | Kind::Search => Value::from(text),
    })
}

/// The items of `{a,"b c"}`.
pub(super) fn array(text: &str) -> Option<Vec<String>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    if inner.is_empty() {
        return Some(Vec::new());
    }
    Some(split(inner, ',').map(|item| unquote(item.trim())).collect())
}

/// Splits outside of quotes, parentheses and braces.
pub(super) fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    text.split(move |character| {
        if escaped {
            escaped = false;
            return false;
        }
        match character {
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' | '{' if !quoted => depth += 1,
            ')' | '}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == separator && depth == 0 && !quoted
    })
}

/// How two values of a type compare. `None`: one of them is null.
pub(super) fn compare(kind: Kind, one: &Value, other: &Value) -> Option<Ordering> {
    if one.is_null() || other.is_null() {
        return None;
    }
    Some(match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64()?.total_cmp(&other.as_f64()?),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::String(one), Value::String(other)) if kind == Kind::Timestamp => {
            moment(one).cmp(&moment(other))
        }
        (Value::String(one), Value::String(other)) => one.cmp(other),
        (one, other) if one == other => Ordering::Equal,
        (one, other) => one.to_string().cmp(&other.to_string()),
    })
}

/// A time in a form that compares as text: a date alone is its midnight, and the zone is UTC.
fn moment(text: &str) -> String {
    let text = text.replace(' ', "T");
    let text = text
        .trim_end_matches('Z')
        .trim_end_matches("+00:00")
        .trim_end_matches("+00");
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00"));
    let time = time.trim_end_matches('0').trim_end_matches(['.', ':']);
    format!("{date}T{time:<016}")
}
