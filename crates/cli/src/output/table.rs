//! Tables that fit where they are shown.
//!
//! The first column is what one copies: it is never cut and never broken. The others give way; where they
//! would become too narrow to be read, each row is shown as a few lines instead.

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Width, presets};
use unicode_width::UnicodeWidthStr;

use super::text::one_line;
use super::tone::Tone;

/// Columns between two columns.
const GAP: usize = 2;

/// A column is not made narrower than this: so wide are a date, and the words of a status.
const NARROWEST: usize = 10;

/// The column whose words have colours.
const STATUS: &str = "STATUS";

/// The lines of a table, without breaks; `width` columns are there, or as many as it takes.
pub(super) fn lines(
    header: &[&str],
    mut rows: Vec<Vec<String>>,
    width: Option<usize>,
    colours: bool,
) -> Vec<String> {
    for cell in rows.iter_mut().flatten() {
        *cell = one_line(cell);
    }
    let mut header = header.to_vec();
    let Some(width) = width else {
        return table(&header, &rows, None, colours);
    };
    if total(&widths(&header, &rows)) > width {
        drop_empty(&mut header, &mut rows);
    }
    let natural = widths(&header, &rows);
    if total(&natural) <= width {
        return table(&header, &rows, None, colours);
    }
    let mut least: Vec<_> = natural.iter().map(|one| (*one).min(NARROWEST)).collect();
    least[0] = natural[0];
    match total(&least) <= width {
        true => table(&header, &rows, Some((width, &least)), colours),
        false => stacked(&header, &rows, colours),
    }
}

/// How wide each column would like to be.
fn widths(header: &[&str], rows: &[Vec<String>]) -> Vec<usize> {
    let of = |column: usize| {
        let cells = rows.iter().map(|row| row[column].width());
        cells.chain([header[column].width()]).max().unwrap_or(0)
    };
    (0..header.len()).map(of).collect()
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

/// Takes the columns out that say nothing.
fn drop_empty(header: &mut Vec<&str>, rows: &mut [Vec<String>]) {
    for column in (1..header.len()).rev() {
        if rows.iter().all(|row| row[column].is_empty()) {
            header.remove(column);
            for row in &mut *rows {
                row.remove(column);
            }
        }
    }
}

fn table(
    header: &[&str],
    rows: &[Vec<String>],
    bounds: Option<(usize, &[usize])>,
    colours: bool,
) -> Vec<String> {
    let mut table = comfy_table::Table::new();
    table.load_style(presets::NOTHING).force_no_tty();
    if colours {
        table.enforce_styling();
    }
    let heads = header.iter().map(|name| cell(name, Tone::Strong, colours));
    table.set_header(heads);
    for row in rows {
        table.add_row(row.iter().zip(header).map(|(text, name)| {
            let tone = match *name {
                STATUS => Tone::of_status(text),
                _ => Tone::Plain,
            };
            cell(text, tone, colours)
        }));
    }
    let fixed = |width: usize| Width::Fixed(u16::try_from(width).unwrap_or(u16::MAX));
    for (index, column) in table.column_iter_mut().enumerate() {
        let gap = if index + 1 == header.len() { 0 } else { GAP };
        column.set_padding((0, u16::try_from(gap).unwrap_or(0)));
        if let Some((_, least)) = bounds {
            // What a constraint bounds is the column with its padding.
            column.set_constraint(match index {
                0 => ColumnConstraint::ContentWidth,
                _ => ColumnConstraint::LowerBoundary(fixed(least[index] + gap)),
            });
        }
    }
    if let Some((width, _)) = bounds {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    let lines = table.lines().map(|line| line.trim_end().to_owned());
    lines.collect()
}

fn cell(text: &str, tone: Tone, colours: bool) -> Cell {
    use comfy_table::{Attribute, Color};

    let cell = Cell::new(text);
    match tone {
        _ if !colours => cell,
        Tone::Plain => cell,
        Tone::Good => cell.fg(Color::DarkGreen),
        Tone::Bad => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
        Tone::Warning => cell.fg(Color::DarkYellow),
        Tone::Busy => cell.fg(Color::DarkCyan),
        Tone::Faint => cell.add_attribute(Attribute::Dim),
        Tone::Strong => cell.add_attribute(Attribute::Bold),
    }
}

/// Each row as a paragraph: what the first column says, and below it what the others do.
fn stacked(header: &[&str], rows: &[Vec<String>], colours: bool) -> Vec<String> {
    let label = header[1..].iter().map(|name| name.width()).max();
    let label = label.unwrap_or(0);
    let mut lines = Vec::new();
    for row in rows {
        lines.push(Tone::Strong.paint(&row[0], colours));
        for (name, text) in header.iter().zip(row).skip(1) {
            if text.is_empty() {
                continue;
            }
            let tone = match *name {
                STATUS => Tone::of_status(text),
                _ => Tone::Plain,
            };
            let (name, text) = (name.to_lowercase(), tone.paint(text, colours));
            lines.push(format!("  {name:<label$}  {text}"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11";

    fn runs(width: Option<usize>, error: &str) -> Vec<String> {
        let row = |id: &str, error: &str| {
            [
                id,
                "a-report",
                "failed",
                "2026-01-31 09:30:00Z",
                "1.5 s",
                error,
            ]
            .map(str::to_owned)
        };
        let header = ["RUN", "TASK", "STATUS", "SUBMITTED", "TOOK", "ERROR"];
        lines(
            &header,
            vec![row(ID, error).into(), row(ID, "").into()],
            width,
            false,
        )
    }

    #[test]
    fn columns_give_way_to_ids() {
        let long = "TypeError: cannot read properties of undefined, as one does";
        for width in 20..200 {
            let lines = runs(Some(width), long);
            let ids = lines.iter().filter(|line| line.starts_with(ID)).count();
            assert_eq!(ids, 2, "{width}: {lines:#?}");
            // Below that width there is no room for an id at all.
            let widest = lines.iter().map(|line| line.width()).max().unwrap();
            if lines[0].starts_with("RUN") {
                assert!(widest <= width, "{width}: {lines:#?}");
            }
            // Nothing that was said is lost.
            let words = lines.join(" ");
            let words: Vec<_> = words.split_whitespace().collect();
            for word in ["failed", "2026-01-31", "09:30:00Z", "1.5"] {
                assert!(words.contains(&word), "{width}: {lines:#?}");
            }
        }
        assert_eq!(
            runs(Some(40), "no"),
            [
                ID,
                "  task       a-report",
                "  status     failed",
                "  submitted  2026-01-31 09:30:00Z",
                "  took       1.5 s",
                "  error      no",
                ID,
                "  task       a-report",
                "  status     failed",
                "  submitted  2026-01-31 09:30:00Z",
                "  took       1.5 s",
            ]
        );
        // Without an error the column goes first, and 80 columns are enough for a table.
        let lines = runs(Some(80), "");
        assert!(!lines[0].contains("ERROR") && lines[0].starts_with("RUN"));
        let whole = runs(None, long);
        assert_eq!(whole.len(), 3);
        assert!(whole[1].ends_with(long), "{whole:#?}");
    }

    #[test]
    fn a_cell_is_one_line_that_steers_nothing() {
        let rows = vec![vec!["a\nb".to_owned(), "\u{1b}[31m".to_owned()]];
        let lines = lines(&["A", "STATUS"], rows, None, false);
        assert_eq!(lines, ["A    STATUS", "a b  \\u{1b}[31m"]);
    }
}
