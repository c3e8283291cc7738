//! What an option gives: itself, a file, or standard input.

use std::fs;
use std::io::{self, Read};

use tasker_api::RawJson;

use crate::Error;

/// Longest text that is repeated in the message about it.
const REPEATED_MAX: usize = 40;

/// The text that an option names: `@FILE`, or `-` for standard input; else the option itself.
pub(crate) fn text(option: &str) -> Result<String, Error> {
    if option == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    match option.strip_prefix('@') {
        Some(path) => fs::read_to_string(path).map_err(|error| Error::file(path, error)),
        None => Ok(option.to_owned()),
    }
}

/// The JSON that an option gives: as it is, from `@FILE`, or from standard input with `-`.
///
/// # Errors
/// If it is not JSON; the message says what was expected, and how to write it in a shell.
pub(crate) fn json(name: &str, value: &str) -> Result<RawJson, Error> {
    let text = text(value)?;
    RawJson::parse(text.trim().to_owned()).map_err(|error| {
        let origin = match value.strip_prefix('@') {
            Some(file) => format!("{name}: the file {file}"),
            None if value == "-" => format!("{name}: standard input"),
            None => name.to_owned(),
        };
        Error::Usage(format!(
            "{origin} is not JSON: {error}\n  {}",
            advice(name, value, text.trim())
        ))
    })
}

fn advice(name: &str, value: &str, text: &str) -> String {
    if value == "-" || value.starts_with('@') {
        return "JSON is an object such as {\"name\": \"Ada\"}, a list, a number, true, false, null, or a text in \
                double quotes"
            .to_owned();
    }
    let is_word = text.len() <= REPEATED_MAX && text.chars().all(is_plain) && !text.is_empty();
    let word = if is_word { text } else { "hello" };
    // The shell takes one pair of quotes away.
    format!(
        "in a shell a text is {name} '\"{word}\"', an object {name} '{{\"name\": \"{word}\"}}'; {name} @FILE takes a \
         file, {name} - standard input"
    )
}

/// Whether a character means nothing to JSON, nor to a shell between single quotes.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | ',' | '@' | '/' | '+')
}
