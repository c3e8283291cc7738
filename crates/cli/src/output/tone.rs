//! Colours, where a terminal can show them and they are not turned off.

use std::io;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

/// What a piece of text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Good,
    Bad,
    Warning,
    Busy,
    Faint,
    Strong,
}

impl Tone {
    /// The tone of a word that says how something stands.
    pub(crate) fn of_status(word: &str) -> Self {
        match word {
            "completed" | "ok" | "created" | "updated" | "delivered" => Self::Good,
            "failed" | "failing" => Self::Bad,
            "cancelled" | "paused" | "warning" | "degraded" => Self::Warning,
            "processing" | "suspended" => Self::Busy,
            "queued" | "pending" | "unchanged" => Self::Faint,
            _ => Self::Plain,
        }
    }

    /// The tone of the level of a log line.
    pub(crate) fn of_level(level: &str) -> Self {
        match level {
            "error" => Self::Bad,
            "warn" => Self::Warning,
            "info" => Self::Plain,
            _ => Self::Faint,
        }
    }

    fn style(self) -> Style {
        let coloured = |colour: AnsiColor| colour.on_default();
        match self {
            Self::Plain => Style::new(),
            Self::Good => coloured(AnsiColor::Green),
            Self::Bad => coloured(AnsiColor::Red).bold(),
            Self::Warning => coloured(AnsiColor::Yellow),
            Self::Busy => coloured(AnsiColor::Cyan),
            Self::Faint => Style::new().dimmed(),
            Self::Strong => Style::new().bold(),
        }
    }

    /// The text in this tone; it must be fit for a terminal already.
    pub(crate) fn paint(self, text: &str, colours: bool) -> String {
        let style = self.style();
        match colours && self != Self::Plain && !text.is_empty() {
            true => format!("{style}{text}{style:#}"),
            false => text.to_owned(),
        }
    }
}

/// Whether standard output, and standard error, take colours: a terminal does unless `NO_COLOR` is set,
/// anything else only where `CLICOLOR_FORCE` is.
pub(super) fn wanted() -> (bool, bool) {
    (
        AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        AutoStream::choice(&io::stderr()) != ColorChoice::Never,
    )
}
