//! What a command prints: machine output and tables on standard output, all else on standard error.

mod figures;
mod table;
mod text;
mod tone;

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::ProgressBar;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::Error;

pub(crate) use figures::{as_option, between, bytes, exact_moment, moment};
pub(crate) use text::{brief, call, indent, named, printable, tame_json};
pub(crate) use tone::Tone;

/// The bar on the screen: it must not be drawn over what is said meanwhile.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Where a command's words go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// Whether standard output is for a program.
    pub(crate) json: bool,
    /// Whether standard output takes colours.
    colours: bool,
    /// Whether standard error does.
    note_colours: bool,
}

/// A piece of a line in its tone.
pub(crate) type Span<'a> = (Tone, &'a str);

impl Output {
    /// For people, or with `json` for programs.
    pub(crate) fn new(json: bool) -> Self {
        let (colours, note_colours) = tone::wanted();
        Self {
            json,
            colours,
            note_colours,
        }
    }

    /// Prints a value as JSON: on a line of its own, or indented on a terminal.
    pub(crate) fn value<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        let text = serde_json::to_string(value).map_err(io::Error::from)?;
        let text = if io::stdout().is_terminal() {
            indent(&text)
        } else {
            tame_json(&text)
        };
        Ok(writeln!(io::stdout(), "{text}")?)
    }

    /// Prints a line for people.
    pub(crate) fn line(self, text: impl Display) -> Result<(), Error> {
        self.spans(&[(Tone::Plain, &text.to_string())])
    }

    /// Prints a text as it is; on a terminal, without the characters that steer it.
    pub(crate) fn text(self, text: &str) -> Result<(), Error> {
        if io::stdout().is_terminal() {
            return self.line(text);
        }
        Ok(writeln!(io::stdout(), "{text}")?)
    }

    /// Prints a line of pieces.
    pub(crate) fn spans(self, spans: &[Span<'_>]) -> Result<(), Error> {
        Ok(writeln!(io::stdout(), "{}", joined(spans, self.colours))?)
    }

    /// Prints a name and its value. A value too wide to stand beside its name stands below it, so that
    /// a terminal does not break what one copies.
    pub(crate) fn field(self, name: &str, tone: Tone, value: impl Display) -> Result<(), Error> {
        const NAME: usize = 11;
        let value = value.to_string();
        let width = value.width();
        let breaks =
            terminal_width().is_some_and(|columns| NAME + width > columns && width <= columns);
        if breaks && !value.contains(' ') {
            self.line(name)?;
            return self.spans(&[(tone, &value)]);
        }
        self.spans(&[(Tone::Plain, &format!("{name:<NAME$}")), (tone, &value)])
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
        let rows = rows.into_iter().map(|row| row.into_iter().collect());
        let mut stdout = io::stdout().lock();
        for line in table::lines(header, rows.collect(), terminal_width(), self.colours) {
            writeln!(stdout, "{line}")?;
        }
        Ok(())
    }

    /// Tells people something beside the output.
    pub(crate) fn note(self, text: impl Display) {
        self.note_spans(&[(Tone::Plain, &text.to_string())]);
    }

    /// The same in pieces.
    pub(crate) fn note_spans(self, spans: &[Span<'_>]) {
        let line = joined(spans, self.note_colours);
        // Nobody can be told that standard error is gone.
        let write = || _ = writeln!(io::stderr(), "{line}");
        match &*BAR.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Tells people what went wrong.
    pub(crate) fn error(self, text: impl Display) {
        self.note_spans(&[(Tone::Bad, "error:"), (Tone::Plain, &format!(" {text}"))]);
    }

    /// Tells people what may go wrong.
    pub(crate) fn warning(self, text: impl Display) {
        let text = format!(" {text}");
        self.note_spans(&[(Tone::Warning, "warning:"), (Tone::Plain, &text)]);
    }

    /// Tells people what to do.
    pub(crate) fn hint(self, text: impl Display) {
        self.note_spans(&[(Tone::Busy, "hint:"), (Tone::Plain, &format!(" {text}"))]);
    }
}

/// Puts a bar on the screen in place of the one before.
pub(crate) fn show_bar(bar: Option<ProgressBar>) {
    let before = std::mem::replace(
        &mut *BAR.lock().unwrap_or_else(PoisonError::into_inner),
        bar,
    );
    if let Some(before) = before {
        before.finish_and_clear();
    }
}

/// Columns of the terminal on standard output; `None` if it is not a terminal, or does not know.
fn terminal_width() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let width = comfy_table::Table::new().width()?;
    (width > 0).then_some(usize::from(width))
}

fn joined(spans: &[Span<'_>], colours: bool) -> String {
    let painted = spans
        .iter()
        .map(|(tone, text)| tone.paint(&printable(text), colours));
    painted.collect()
}
