//! The form of a log line.

use std::fmt::{self, Debug, Write};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::output::printable;

/// What a line looks like.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Style {
    pub(super) json: bool,
    /// Each line begins with its severity, as journald reads it, which has times of its own.
    pub(super) journal: bool,
    pub(super) color: bool,
}

/// The source named for what no component says.
const RUNTIME: &str = "runtime";

/// Makes lines of events.
pub(super) struct Format(pub(super) Style);

/// What an event says.
#[derive(Default)]
struct Said {
    component: Option<String>,
    message: String,
    more: Map<String, Value>,
}

impl<S, N> FormatEvent<S, N> for Format
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut said = Said::default();
        event.record(&mut said);
        writer.write_str(&line(self.0, *event.metadata().level(), said))
    }
}

/// A line of the runtime's own, without an event.
pub(super) fn plain(style: Style, level: Level, message: String) -> String {
    let said = Said {
        message,
        ..Said::default()
    };
    line(style, level, said)
}

fn line(style: Style, level: Level, said: Said) -> String {
    let text = if style.json {
        json(level, said)
    } else {
        text(style, level, &said)
    };
    let mut lines = String::with_capacity(text.len() + 1);
    for line in text.lines() {
        if style.journal {
            _ = write!(lines, "<{}>", severity(level));
        }
        lines.push_str(line);
        lines.push('\n');
    }
    lines
}

/// An object with the names that the components' own lines have.
fn json(level: Level, said: Said) -> String {
    let mut object = Map::new();
    object.insert("ts".into(), now().into());
    object.insert("level".into(), level.as_str().to_lowercase().into());
    let component = said.component.unwrap_or_else(|| RUNTIME.to_owned());
    object.insert("component".into(), component.into());
    object.insert("msg".into(), said.message.into());
    object.extend(said.more);
    Value::Object(object).to_string()
}

fn text(style: Style, level: Level, said: &Said) -> String {
    let mut text = String::new();
    if !style.journal {
        let (begin, end) = match (style.color, level) {
            (false, _) => ("", ""),
            (true, Level::ERROR) => ("\x1b[31m", "\x1b[0m"),
            (true, Level::WARN) => ("\x1b[33m", "\x1b[0m"),
            (true, _) => ("\x1b[2m", "\x1b[0m"),
        };
        _ = write!(text, "{} {begin}{:5}{end} ", now(), level.as_str());
    }
    let component = said.component.as_deref().unwrap_or(RUNTIME);
    // Nothing that comes from outside can look like a line of its own, or steer a terminal.
    let message = printable(&said.message).replace('\n', "\n    ");
    _ = write!(text, "{}: {message}", printable(component));
    for (name, value) in &said.more {
        let value = value.as_str().map_or_else(|| value.to_string(), printable);
        _ = write!(text, " {name}={}", value.replace('\n', " "));
    }
    text
}

fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}

/// The number that syslog has for it.
fn severity(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        _ => 7,
    }
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            "component" => self.component = Some(value.to_owned()),
            name => _ = self.more.insert(name.to_owned(), value.into()),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(component: Option<&str>, message: &str, more: &[(&str, &str)]) -> Said {
        let more = more
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()));
        Said {
            component: component.map(str::to_owned),
            message: message.to_owned(),
            more: more.collect(),
        }
    }

    #[test]
    fn every_line_has_one_form() {
        let about = [("runId", "019c"), ("call", "0.1")];
        let hostile = "a\x1b[2J\n2026-01-01T00:00:00Z ERROR tasks: forged";
        let event = || said(Some("quickjs"), hostile, &about);

        let line_of = |style| line(style, Level::WARN, event());
        let text = line_of(Style::default());
        let (moment, rest) = text.split_once(' ').unwrap();
        assert!(moment.ends_with('Z') && moment.len() == "2026-01-01T00:00:00.000Z".len());
        assert_eq!(
            rest,
            "WARN  quickjs: a\\u{1b}[2J\n    2026-01-01T00:00:00Z ERROR tasks: forged runId=019c call=0.1\n"
        );

        let object: Value = serde_json::from_str(&line_of(Style {
            json: true,
            ..Style::default()
        }))
        .unwrap();
        assert_eq!(object["msg"], hostile);
        let names: Vec<_> = object.as_object().unwrap().keys().collect();
        assert_eq!(names, ["ts", "level", "component", "msg", "runId", "call"]);
        assert_eq!(
            (&object["level"], &object["component"]),
            (&"warn".into(), &"quickjs".into())
        );

        let journal = Style {
            journal: true,
            ..Style::default()
        };
        assert_eq!(
            line_of(journal),
            "<4>quickjs: a\\u{1b}[2J\n<4>    2026-01-01T00:00:00Z ERROR tasks: forged runId=019c call=0.1\n"
        );
        assert_eq!(plain(journal, Level::ERROR, "x".into()), "<3>runtime: x\n");
        let color = Style {
            color: true,
            ..Style::default()
        };
        assert!(
            plain(color, Level::ERROR, "x".into()).contains(" \x1b[31mERROR\x1b[0m runtime: x\n")
        );
    }
}
