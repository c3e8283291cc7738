//! Lines of the app's log, as a document shows them: those of its two forms, of which the second tells what the first does.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use crate::stage::Stage;

/// What a line says first, in either form.
const FIRST: [&str; 4] = ["ts", "level", "component", "msg"];

/// Looks at the lines that are shown, and whether the program's own are like them.
///
/// # Errors
/// What is not as the program writes it.
pub(crate) fn judge(stage: &Stage, shown: &str) -> Result<(), String> {
    for form in ["text", "json"] {
        let cache = format!("caches/log-{form}");
        let command = format!("tasker compile --cache-dir {cache} --log-format {form}");
        let ended = stage.shell(&command, "");
        if ended.code != 0 || ended.err.is_empty() {
            return Err(format!("{command} tells nothing: {}", ended.err));
        }
        for line in ended.err.lines() {
            if line.starts_with('{') != (form == "json") {
                return Err(format!("is not in the form {form}: {line}"));
            }
            read(line)?;
        }
    }
    let mut lines: Vec<&str> = shown.lines().collect();
    let objects = lines.iter().filter(|line| line.starts_with('{')).count();
    if objects * 2 != lines.len() {
        return Err("does not show each line in both forms".to_owned());
    }
    lines.sort_by_key(|line| line.starts_with('{'));
    let (texts, objects) = lines.split_at(objects);
    texts.iter().zip(objects).try_for_each(|(text, object)| {
        let (text, object) = (read(text)?, read(object)?);
        (text == object)
            .then_some(())
            .ok_or(format!("{text} is not what {object} tells"))
    })
}

/// A line of either form as text.
fn read(line: &str) -> Result<String, String> {
    static TEXT: LazyLock<Regex> = LazyLock::new(|| {
        let time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z";
        Regex::new(&format!(r"^{time} (ERROR|WARN |INFO ) [a-z-]+: \S.*$")).expect("a pattern")
    });
    let text = if line.starts_with('{') {
        let object: Map<String, Value> =
            serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))?;
        as_text(&object).ok_or(format!("does not begin with {FIRST:?}: {line}"))?
    } else {
        line.to_owned()
    };
    let is_line = TEXT.is_match(&text);
    is_line
        .then_some(text)
        .ok_or(format!("is no line of the log: {line}"))
}

fn as_text(object: &Map<String, Value>) -> Option<String> {
    let [time, level, component, message] = FIRST.map(|name| object.get(name)?.as_str());
    let (time, level, component, message) = (time?, level?, component?, message?);
    let mut text = format!("{time} {:5} {component}: {message}", level.to_uppercase());
    let more = object
        .iter()
        .filter(|(name, _)| !FIRST.contains(&name.as_str()));
    for (name, value) in more {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        text.push_str(&format!(" {name}={value}"));
    }
    Some(text)
}

#[test]
fn both_forms_of_a_line_are_read() {
    let text = "2026-01-31T09:00:00.123Z WARN  quickjs: no snapshot runId=019c2a5e-…";
    let object = r#"{"ts":"2026-01-31T09:00:00.123Z","level":"warn","component":"quickjs","msg":"no snapshot","runId":"019c2a5e-…"}"#;
    assert_eq!(read(text).as_deref(), Ok(text));
    assert_eq!(read(object).as_deref(), Ok(text));
    for wrong in [
        &object.replace("\"msg\"", "\"message\""),
        &object.replace("warn", "warning"),
        &text.replace("WARN ", "WARN"),
        &text.replace(".123Z", ""),
        &text.replace("quickjs: ", ""),
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
