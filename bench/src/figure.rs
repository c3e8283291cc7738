//! Figures and how they are printed.

use std::fmt;

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unit {
    Bytes,
    Kibibytes,
    Milliseconds,
    Seconds,
    PerSecond,
    Count,
    Ratio,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "B",
            Self::Kibibytes => "KiB",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::PerSecond => "/s",
            Self::Count | Self::Ratio => "",
        })
    }
}

/// One measured figure.
#[derive(Debug, Clone, Serialize)]
struct Figure {
    name: String,
    value: f64,
    unit: Unit,
    /// The value that it should not exceed.
    target: Option<f64>,
}

/// All figures, in the order in which they were measured.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Figure>);

impl Report {
    /// Adds a figure that is told for comparison.
    pub(crate) fn add(&mut self, name: &str, value: f64, unit: Unit) {
        self.push(name, value, unit, None);
    }

    /// Adds a figure that should not exceed `target`.
    pub(crate) fn add_with_target(&mut self, name: &str, value: f64, unit: Unit, target: f64) {
        self.push(name, value, unit, Some(target));
    }

    fn push(&mut self, name: &str, value: f64, unit: Unit, target: Option<f64>) {
        eprintln!("  {name}: {} {unit}", number(value));
        self.0.push(Figure {
            name: name.to_owned(),
            value,
            unit,
            target,
        });
    }

    /// Prints the figures on standard output.
    pub(crate) fn print(&self, json: bool) {
        if json {
            println!("{}", serde_json::json!({ "figures": self.0 }));
            return;
        }
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_header(["figure", "value", "unit", "target", ""]);
        for figure in &self.0 {
            let target = figure
                .target
                .map_or_else(String::new, |target| format!("≤ {}", number(target)));
            let verdict = figure.target.map_or("", |target| {
                if figure.value <= target {
                    "met"
                } else {
                    "missed"
                }
            });
            table.add_row([
                figure.name.clone(),
                number(figure.value),
                figure.unit.to_string(),
                target,
                verdict.to_owned(),
            ]);
        }
        for column in [1, 3] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        println!("{table}");
    }
}

/// Three significant digits, and no more decimals than that.
fn number(value: f64) -> String {
    let decimals = match value.abs() {
        value if value >= 100.0 => 0,
        value if value >= 10.0 => 1,
        value if value >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

/// The value below which `share` of the values lie.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (values.len().saturating_sub(1)) as f64 * share;
    values
        .get(index.round() as usize)
        .copied()
        .unwrap_or(f64::NAN)
}

/// The value in the middle.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    quantile(values, 0.5)
}
