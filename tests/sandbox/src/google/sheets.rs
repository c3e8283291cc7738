//! Sheets: ranges of values. Formulas and formats are left to the real one.

use serde_json::{Value, json};

use super::access;
use super::calls::{Answer, Call};
use super::generic;
use super::store::{Item, Store};
use crate::reply::Reply;

/// The one sheet that a spreadsheet has.
const SHEET: &str = "Sheet1";
/// A column's letters count in this base.
const LETTERS: usize = 26;

pub(crate) fn answer(call: &Call<'_>, store: &mut Store) -> Result<Answer, Reply> {
    let id = call.value("spreadsheetId").to_owned();
    if !id.is_empty() && store.get("v4/spreadsheets", &id).is_none() {
        return Err(access::not_found("Requested entity was not found."));
    }
    let id = id.as_str();
    let range = call.value("range");
    Ok(
        match call.method.id.trim_start_matches("sheets.spreadsheets.") {
            "values.get" => Answer::Value(read(store, id, range)?),
            "values.batchGet" => {
                let ranges = call.request.params("ranges");
                let ranges = ranges.map(|range| read(store, id, range));
                let ranges = ranges.collect::<Result<Vec<_>, _>>()?;
                Answer::Value(json!({ "spreadsheetId": id, "valueRanges": ranges }))
            }
            "values.update" => Answer::Value(write(store, id, range, &call.body["values"])?),
            "values.append" => append(call, store, id)?,
            "values.clear" => {
                let cleared = clear(store, id, range)?;
                Answer::Value(json!({ "spreadsheetId": id, "clearedRange": cleared }))
            }
            "values.batchUpdate" => {
                let data = call.body["data"].as_array().into_iter().flatten();
                let written =
                    data.map(|data| write(store, id, super::text(data, "range"), &data["values"]));
                let responses = written.collect::<Result<Vec<_>, _>>()?;
                let total = |name: &str| {
                    let counts = responses.iter().filter_map(|one| one[name].as_u64());
                    counts.sum::<u64>()
                };
                Answer::Value(json!({
                    "spreadsheetId": id,
                    "totalUpdatedRows": total("updatedRows"),
                    "totalUpdatedColumns": total("updatedColumns"),
                    "totalUpdatedCells": total("updatedCells"),
                    "totalUpdatedSheets": 1,
                    "responses": responses,
                }))
            }
            "values.batchClear" => {
                let ranges = call.body["ranges"].as_array().into_iter().flatten();
                let cleared = ranges
                    .filter_map(Value::as_str)
                    .map(|range| clear(store, id, range));
                let cleared = cleared.collect::<Result<Vec<_>, _>>()?;
                Answer::Value(json!({ "spreadsheetId": id, "clearedRanges": cleared }))
            }
            "batchUpdate" => {
                let replies = call.body["requests"].as_array().map_or(0, Vec::len);
                Answer::Value(json!({ "spreadsheetId": id, "replies": vec![json!({}); replies] }))
            }
            _ => generic::answer(call, store)?,
        },
    )
}

/// A part of a sheet; row and column count from 0, the ends are excluded.
struct Range {
    sheet: String,
    rows: (usize, usize),
    columns: (usize, usize),
}

impl Range {
    /// `Sheet1!A1:B2`, `Sheet1!A:B`, `A1`, `Sheet1`. Open ends reach as far as the values do.
    fn read(text: &str, values: &[Vec<Value>]) -> Result<Self, Reply> {
        Self::parse(text, values)
            .ok_or_else(|| access::invalid(&format!("Unable to parse range: {text}")))
    }

    fn parse(text: &str, values: &[Vec<Value>]) -> Option<Self> {
        let (sheet, cells) = match text.split_once('!') {
            Some((sheet, cells)) => (sheet.trim_matches('\''), cells),
            None if cell(text.split(':').next()?).is_some_and(|(_, row)| row.is_some()) => {
                (SHEET, text)
            }
            None => (text, ""),
        };
        if sheet != SHEET {
            return None;
        }
        let height = values.len();
        let width = values.iter().map(Vec::len).max().unwrap_or(0);
        let (rows, columns) = if cells.is_empty() {
            ((0, height), (0, width))
        } else {
            let (from, to) = cells.split_once(':').unwrap_or((cells, cells));
            let (from, to) = (cell(from)?, cell(to)?);
            let first_row = from.1.unwrap_or(0);
            let last_row = to.1.map_or(height, |row| row + 1);
            (
                (first_row, last_row),
                (from.0.unwrap_or(0), to.0.map_or(width, |column| column + 1)),
            )
        };
        Some(Self {
            sheet: sheet.to_owned(),
            rows,
            columns,
        })
    }

    fn name(&self) -> String {
        let end = |from: usize, to: usize| to.max(from + 1);
        let last_column = end(self.columns.0, self.columns.1);
        let last_row = end(self.rows.0, self.rows.1);
        let first = format!("{}{}", letters(self.columns.0), self.rows.0 + 1);
        let last = format!("{}{last_row}", letters(last_column - 1));
        if first == last {
            format!("{}!{first}", self.sheet)
        } else {
            format!("{}!{first}:{last}", self.sheet)
        }
    }
}

/// Column and row of `B2`, `B` or `2`.
fn cell(text: &str) -> Option<(Option<usize>, Option<usize>)> {
    let at = text
        .find(|character: char| !character.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (column, row) = text.split_at(at);
    if text.is_empty() || column.len() > 3 {
        return None;
    }
    let column = column.bytes().fold(0, |sum, letter| {
        sum * LETTERS + usize::from(letter.to_ascii_uppercase() - b'A') + 1
    });
    let row = match row {
        "" => None,
        row => Some(row.parse::<usize>().ok()?.checked_sub(1)?),
    };
    Some((column.checked_sub(1), row))
}

fn letters(column: usize) -> String {
    let mut left = column + 1;
    let mut text = Vec::new();
    while left > 0 {
        left -= 1;
        text.insert(0, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[left % LETTERS]);
        left /= LETTERS;
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn kept(store: &Store, id: &str) -> Vec<Vec<Value>> {
    let item = store.get(&format!("v4/spreadsheets/{id}/values"), SHEET);
    item.and_then(|item| serde_json::from_value(item.value.clone()).ok())
        .unwrap_or_default()
}

fn keep(store: &mut Store, id: &str, values: &[Vec<Value>]) {
    let item = Item {
        value: json!(values),
        media: None,
    };
    store.put(&format!("v4/spreadsheets/{id}/values"), SHEET, item);
}

fn read(store: &Store, id: &str, range: &str) -> Result<Value, Reply> {
    let values = kept(store, id);
    let range = Range::read(range, &values)?;
    let rows: Vec<Vec<Value>> = values
        .iter()
        .take(range.rows.1)
        .skip(range.rows.0)
        .map(|row| {
            row.iter()
                .take(range.columns.1)
                .skip(range.columns.0)
                .cloned()
                .collect()
        })
        .collect();
    let mut answer = json!({ "range": range.name(), "majorDimension": "ROWS" });
    if rows.iter().any(|row| !row.is_empty()) {
        answer["values"] = json!(rows);
    }
    Ok(answer)
}

fn write(store: &mut Store, id: &str, range: &str, new: &Value) -> Result<Value, Reply> {
    let mut values = kept(store, id);
    let mut range = Range::read(range, &values)?;
    let new: Vec<Vec<Value>> = serde_json::from_value(new.clone()).unwrap_or_default();
    let width = new.iter().map(Vec::len).max().unwrap_or(0);
    for (row, cells) in new.iter().enumerate() {
        let row = row + range.rows.0;
        while values.len() <= row {
            values.push(Vec::new());
        }
        for (column, cell) in cells.iter().enumerate() {
            let column = column + range.columns.0;
            while values[row].len() <= column {
                values[row].push(json!(""));
            }
            values[row][column] = cell.clone();
        }
    }
    keep(store, id, &values);
    range.rows.1 = range.rows.0 + new.len();
    range.columns.1 = range.columns.0 + width;
    Ok(json!({
        "spreadsheetId": id,
        "updatedRange": range.name(),
        "updatedRows": new.len(),
        "updatedColumns": width,
        "updatedCells": new.iter().map(Vec::len).sum::<usize>(),
    }))
}

fn append(call: &Call<'_>, store: &mut Store, id: &str) -> Result<Answer, Reply> {
    let rows = kept(store, id);
    let table = Range::read(call.value("range"), &rows)?;
    let at = format!("{}!A{}", table.sheet, rows.len() + 1);
    let updates = write(store, id, &at, &call.body["values"])?;
    Ok(Answer::Value(
        json!({ "spreadsheetId": id, "tableRange": table.name(), "updates": updates }),
    ))
}

fn clear(store: &mut Store, id: &str, range: &str) -> Result<String, Reply> {
    let mut values = kept(store, id);
    let range = Range::read(range, &values)?;
    for row in values.iter_mut().take(range.rows.1).skip(range.rows.0) {
        for cell in row.iter_mut().take(range.columns.1).skip(range.columns.0) {
            *cell = json!("");
        }
    }
    keep(store, id, &values);
    Ok(range.name())
}
