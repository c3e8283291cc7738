//! What a command prints: machine output and tables on standard output, all else on standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use chrono::{DateTime, Local};
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use tasker_api::Timestamp;

use crate::Error;

/// Columns of the narrowest terminal that a table is made to fit.
const NARROWEST: u16 = 40;

/// Where a command's words go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// Whether standard output is for a program.
    pub(crate) json: bool,
}

impl Output {
    /// Prints a value as JSON: on a line of its own, or indented on a terminal.
    pub(crate) fn value<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        let text = serde_json::to_string(value).map_err(io::Error::from)?;
        let text = if io::stdout().is_terminal() {
            indent(&text)
        } else {
            text
        };
        Ok(writeln!(io::stdout(), "{text}")?)
    }

    /// Prints a line for people.
    pub(crate) fn line(self, text: impl Display) -> Result<(), Error> {
        Ok(writeln!(io::stdout(), "{}", printable(&text.to_string()))?)
    }

    /// Prints a table. On a terminal it is made to fit.
    pub(crate) fn table<R>(
        self,
        header: &[&str],
        rows: impl IntoIterator<Item = R>,
    ) -> Result<(), Error>
    where
        R: IntoIterator<Item = String>,
    {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(header);
        // Some terminals do not know how wide they are and say 0.
        let is_wide = table.width().is_some_and(|width| width >= NARROWEST);
        if io::stdout().is_terminal() && is_wide {
            table.set_content_arrangement(ContentArrangement::Dynamic);
        }
        for row in rows {
            table.add_row(row.into_iter().map(|cell| printable(&cell)));
        }
        let mut stdout = io::stdout().lock();
        for line in table.lines() {
            writeln!(stdout, "{}", line.trim())?;
        }
        Ok(())
    }

    /// Tells people something beside the output.
    pub(crate) fn note(self, text: impl Display) {
        // Nobody can be told that standard error is gone.
        _ = writeln!(io::stderr(), "{}", printable(&text.to_string()));
    }
}

/// The text without characters that steer a terminal: it may come from a task.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => printable.push(c),
            c if c.is_control() => printable.extend(c.escape_unicode()),
            c => printable.push(c),
        }
    }
    printable
}

/// The text on one line, cut to so many characters.
pub(crate) fn brief(text: &str, limit: usize) -> String {
    let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(limit) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

/// JSON text with line breaks and indentation. Key order and number forms stay as they are.
pub(crate) fn indent(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0;
    let mut chars = json.chars().filter(|c| !c.is_control()).peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                out.push(c);
                while let Some(c) = chars.next() {
                    out.push(c);
                    match c {
                        '\\' => out.extend(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                out.push(c);
                while chars.next_if_eq(&' ').is_some() {}
                if let Some(close) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            ' ' => {}
            c => out.push(c),
        }
    }
    out
}

/// A moment in the local time of this machine.
pub(crate) fn moment(at: Timestamp) -> String {
    local(at, "%Y-%m-%d %H:%M:%S")
}

/// The same to the millisecond, for what comes thick and fast.
pub(crate) fn exact_moment(at: Timestamp) -> String {
    local(at, "%Y-%m-%d %H:%M:%S%.3f")
}

fn local(at: Timestamp, format: &str) -> String {
    let moment = DateTime::from_timestamp_millis(at.millis()).unwrap_or_default();
    moment.with_timezone(&Local).format(format).to_string()
}

/// The time between two moments.
pub(crate) fn between(from: Timestamp, to: Timestamp) -> String {
    let millis = u64::try_from(to.millis() - from.millis()).unwrap_or(0);
    duration(Duration::from_millis(millis))
}

/// A length of time in the unit that suits it.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// A number of bytes in the unit that suits it.
#[expect(clippy::cast_precision_loss, reason = "a rounded figure for people")]
pub(crate) fn bytes(count: u64) -> String {
    match count {
        0..1024 => format!("{count} B"),
        1024..1_048_576 => format!("{:.1} KB", count as f64 / 1024.0),
        _ => format!("{:.1} MB", count as f64 / 1_048_576.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_without_touching_values() {
        let json = r#"{"b":[1.0,{"z":"a \"{,:} b\\"},[ ],{}],"a":1e400,"n":null}"#;
        assert_eq!(
            indent(json),
            "{\n  \"b\": [\n    1.0,\n    {\n      \"z\": \"a \\\"{,:} b\\\\\"\n    },\n    [],\n    \
             {}\n  ],\n  \"a\": 1e400,\n  \"n\": null\n}"
        );
        assert_eq!(indent("[]"), "[]");
        assert_eq!(indent("\"x\""), "\"x\"");
    }

    #[test]
    fn what_tasks_say_cannot_steer_the_terminal() {
        assert_eq!(
            printable("a\u{1b}[2J\u{9b}31m\tb\nc\r"),
            "a\\u{1b}[2J\\u{9b}31m\tb\nc\\u{d}"
        );
        assert_eq!(brief("one\n  two three", 7), "one two…");
        assert_eq!(brief("short", 7), "short");
    }

    #[test]
    fn figures_come_in_units_that_suit_them() {
        let times = [999, 1_500, 61_000, 7_260_000].map(|ms| duration(Duration::from_millis(ms)));
        assert_eq!(times, ["999 ms", "1.5 s", "1 min 1 s", "2 h 1 min"]);
        assert_eq!(
            [512, 7_168, 3 << 20].map(bytes),
            ["512 B", "7.0 KB", "3.0 MB"]
        );
    }
}
