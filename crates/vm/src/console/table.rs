//! `console.table`.

use std::collections::BTreeMap;

use tasker_domain::LogLevel;

use super::{log, options, write};
use crate::{
    inspect::{self, Options, names, width},
    island::{
        keys::{Key, own_keys},
        value::{Class, Ctx, Kind, Result, Slot, Value},
    },
};

/// Rows and columns, for as long as they fit into a line of the log.
struct Table {
    head: Vec<String>,
    places: BTreeMap<String, usize>,
    rows: Vec<Vec<String>>,
    bytes: usize,
}

impl Table {
    fn new(head: &[&str], bytes: usize) -> Self {
        Table {
            head: head.iter().map(|name| (*name).to_owned()).collect(),
            places: BTreeMap::new(),
            rows: Vec::new(),
            bytes,
        }
    }

    fn is_full(&self) -> bool {
        self.bytes == 0
    }

    /// Puts a cell into the last row.
    fn put(&mut self, column: usize, cell: String) {
        // A cell has a border.
        self.bytes = self.bytes.saturating_sub(cell.len() + 2);
        if let Some(row) = self.rows.last_mut() {
            row.resize(row.len().max(column + 1), String::new());
            row[column] = cell;
        }
    }

    /// The column of this name.
    fn column(&mut self, name: &str) -> usize {
        let next = self.head.len();
        let column = *self.places.entry(name.to_owned()).or_insert(next);
        if column == next {
            self.head.push(name.to_owned());
        }
        column
    }

    fn text(&self, bytes: usize) -> String {
        let cell = |row: &Vec<String>, column: usize| row.get(column).map_or(0, |cell| width(cell));
        let widths: Vec<usize> = (0..self.head.len())
            .map(|column| {
                let rows = self.rows.iter().map(|row| cell(row, column));
                rows.chain([width(&self.head[column])]).max().unwrap_or(0)
            })
            .collect();
        let line = |left: &str, middle: &str, right: &str| {
            let parts: Vec<String> = widths.iter().map(|width| "─".repeat(width + 2)).collect();
            format!("{left}{}{right}", parts.join(middle))
        };
        let mut out = line("┌", "┬", "┐") + "\n";
        push_row(&mut out, &self.head, &widths);
        out.push_str(&(line("├", "┼", "┤") + "\n"));
        for row in &self.rows {
            if out.len() > bytes {
                break;
            }
            push_row(&mut out, row, &widths);
        }
        out + &line("└", "┴", "┘")
    }
}

fn push_row(out: &mut String, row: &[String], widths: &[usize]) {
    for (column, room) in widths.iter().enumerate() {
        let cell = row.get(column).map_or("", String::as_str);
        let padding = " ".repeat(room - width(cell));
        out.push_str(&format!("│ {cell}{padding} "));
    }
    out.push_str("│\n");
}

/// Shows the items of `data` in rows, with the columns that `columns` names or all.
pub(super) fn table<'js>(ctx: Ctx<'js>, data: &Value<'js>, columns: &Value<'js>) -> Result<()> {
    let Some(options) = options() else {
        return Ok(());
    };
    if !data.is_object() || data.is_function() {
        return log(ctx, LogLevel::Info, std::slice::from_ref(data));
    }
    let table = match data.class() {
        Class::Map => collection(ctx, data, true, options.bytes)?,
        Class::Set => collection(ctx, data, false, options.bytes)?,
        _ => members(ctx, data, columns, options.bytes)?,
    };
    write(LogLevel::Info, table.text(options.bytes));
    Ok(())
}

/// A cell's text.
fn shown(value: &Value<'_>) -> Result<String> {
    let is_large = value.kind() == Kind::Object
        && !matches!(
            value.class(),
            Class::Array | Class::TypedArray | Class::Proxy
        )
        && own_keys(value, true)?.len() > 2;
    let options = Options {
        depth: if is_large { -1 } else { 0 },
        items: 3,
        ..Options::line(1 << 10)
    };
    Ok(inspect::inspect(value, &options))
}

fn collection<'js>(ctx: Ctx<'js>, data: &Value<'js>, is_map: bool, bytes: usize) -> Result<Table> {
    let (iterate, next, head): (_, _, &[&str]) = match is_map {
        true => (
            Slot::MapEntries,
            Slot::MapNext,
            &["(iteration index)", "Key", "Values"],
        ),
        false => (
            Slot::SetValues,
            Slot::SetNext,
            &["(iteration index)", "Values"],
        ),
    };
    let mut table = Table::new(head, bytes);
    let (iterator, next) = (ctx.slot(iterate).call(data, &[])?, ctx.slot(next));
    while !table.is_full() {
        let step = next.call(&iterator, &[])?;
        if step.get("done")?.kind() == Kind::Bool(true) {
            break;
        }
        let (item, index) = (step.get("value")?, table.rows.len().to_string());
        table.rows.push(Vec::new());
        table.put(0, index);
        if is_map {
            table.put(1, shown(&item.get_index(0)?)?);
            table.put(2, shown(&item.get_index(1)?)?);
        } else {
            table.put(1, shown(&item)?);
        }
    }
    Ok(table)
}

fn members<'js>(
    ctx: Ctx<'js>,
    data: &Value<'js>,
    columns: &Value<'js>,
    bytes: usize,
) -> Result<Table> {
    let mut table = Table::new(&["(index)"], bytes);
    let wanted = match columns.is_array() {
        true => Some(wanted(ctx, columns)?),
        false => None,
    };
    let mut values = Vec::new();
    for key in own_keys(data, true)? {
        if table.is_full() {
            break;
        }
        let item = data.get_key(&key)?;
        table.rows.push(Vec::new());
        table.put(0, key.text().unwrap_or_default());
        values.resize(table.rows.len(), None);
        let keys = match &wanted {
            Some(wanted) => wanted
                .iter()
                .map(|name| Key::new(ctx, name))
                .collect::<Result<_>>()?,
            None if !item.is_object() => {
                values[table.rows.len() - 1] = Some(shown(&item)?);
                continue;
            }
            None => own_keys(&item, true)?,
        };
        for key in keys {
            if table.is_full() {
                break;
            }
            let column = table.column(&key.text().unwrap_or_default());
            let has = item.is_object() && names::has_own(&item, &key)?;
            let cell = if has {
                shown(&item.get_key(&key)?)?
            } else {
                String::new()
            };
            table.put(column, cell);
        }
    }
    if values.iter().any(Option::is_some) {
        table.head.push("Values".into());
        let column = table.head.len() - 1;
        for (row, value) in table.rows.iter_mut().zip(values) {
            row.resize(column + 1, String::new());
            row[column] = value.unwrap_or_default();
        }
    }
    Ok(table)
}

/// The names in an array.
fn wanted<'js>(ctx: Ctx<'js>, columns: &Value<'js>) -> Result<Vec<String>> {
    /// More columns are not read by anybody.
    const MOST: u64 = 100;
    (0..columns.length()?.min(MOST))
        .map(|index| columns.get_key(&Key::new(ctx, &index.to_string())?)?.text())
        .collect()
}
