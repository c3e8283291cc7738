//! The forms in which rows are answered.

use serde_json::{Map, Value, json};

use super::Failure;
use crate::reply::Reply;
use crate::request::Request;

/// The form in which rows are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Array {
        strip: bool,
    },
    /// One row, not more and not less.
    Object {
        strip: bool,
    },
    Csv,
    Geo,
    /// How it would be done instead.
    Plan {
        json: bool,
    },
}

impl Format {
    pub(super) fn of(request: &Request) -> Result<Self, Failure> {
        let accept = request.header("accept");
        let strip = accept.contains("nulls=stripped");
        for wanted in accept.split(',') {
            let mut parts = wanted.split(';');
            match parts.next().unwrap_or_default().trim() {
                ""
                | "*/*"
                | "application/json"
                | "application/vnd.pgrst.array+json"
                | "application/vnd.pgrst.array" => {
                    return Ok(Self::Array { strip });
                }
                "application/vnd.pgrst.object+json" | "application/vnd.pgrst.object" => {
                    return Ok(Self::Object { strip });
                }
                "text/csv" => return Ok(Self::Csv),
                "application/geo+json" => return Ok(Self::Geo),
                "application/vnd.pgrst.plan+json" => return Ok(Self::Plan { json: true }),
                "application/vnd.pgrst.plan+text" | "application/vnd.pgrst.plan" => {
                    return Ok(Self::Plan { json: false });
                }
                _ => {}
            }
        }
        Err(Failure::new(
            406,
            "PGRST107",
            format!("None of these media types are available: {accept}"),
        ))
    }

    /// The body and its type.
    pub(super) fn write(self, status: u16, rows: Vec<Value>) -> Result<Reply, Failure> {
        let stripped = |rows: Vec<Value>, strip: bool| match strip {
            true => rows.into_iter().map(without_nulls).collect(),
            false => rows,
        };
        Ok(match self {
            Self::Array { strip } => Reply::json(status, &Value::Array(stripped(rows, strip))),
            Self::Object { strip } => {
                if rows.len() != 1 {
                    return Err(Failure::not_single(rows.len()));
                }
                let row = stripped(rows, strip).swap_remove(0);
                Reply::bytes(
                    status,
                    "application/vnd.pgrst.object+json; charset=utf-8",
                    row.to_string(),
                )
            }
            Self::Csv => Reply::bytes(status, "text/csv; charset=utf-8", csv(&rows)),
            Self::Geo => Reply::bytes(
                status,
                "application/geo+json; charset=utf-8",
                json!({ "type": "FeatureCollection", "features": rows }).to_string(),
            ),
            Self::Plan { json: true } => Reply::bytes(
                200,
                "application/vnd.pgrst.plan+json; charset=utf-8",
                json!([{ "Plan": { "Node Type": "Aggregate", "Plan Rows": rows.len() } }])
                    .to_string(),
            ),
            Self::Plan { json: false } => Reply::bytes(
                200,
                "application/vnd.pgrst.plan+text; charset=utf-8",
                format!("Aggregate  (cost=0.00..1.00 rows={} width=1)", rows.len()),
            ),
        })
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(object) => object
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

fn csv(rows: &[Value]) -> String {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    // Writing to memory cannot fail, and all rows have the same columns.
    if let Some(first) = rows.first().and_then(Value::as_object) {
        let _ = writer.write_record(first.keys());
    }
    for row in rows.iter().filter_map(Value::as_object) {
        let _ = writer.write_record(row.values().map(cell));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes)
        .trim_end_matches('\n')
        .to_owned()
}

/// As PostgreSQL writes a value as text.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "t".to_owned(),
        Value::Bool(false) => "f".to_owned(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            format!("{{{}}}", items.join(","))
        }
        other => other.to_string(),
    }
}
