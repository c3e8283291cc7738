//! A value of a setting on the command line.

use std::fmt::Display;
use std::fs::File;
use std::io::Read;

/// The largest file with a variable's value, in bytes.
const VARIABLE_BYTES: u64 = 64 << 10;

/// The value of a variable, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: String,
    /// Whether the command line has it, which every user of the machine can read.
    pub(crate) is_shown: bool,
}

pub(crate) fn parse_variable(text: &str) -> Result<Variable, String> {
    let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
        // The text is not repeated: it may be a secret.
        return Err("a variable is given as NAME=VALUE or NAME=@FILE".to_owned());
    };
    let variable = |value: String, is_shown| Variable {
        name: name.to_owned(),
        value,
        is_shown,
    };
    match value.strip_prefix('@') {
        None => Ok(variable(value.to_owned(), true)),
        Some(text) if text.starts_with('@') => Ok(variable(text.to_owned(), true)),
        Some(file) => read_variable(file).map(|value| variable(value, false)),
    }
}

/// The value in a file, without the line end behind it.
fn read_variable(path: &str) -> Result<String, String> {
    let failed = |reason: &dyn Display| format!("{path}: {reason}");
    let file = File::open(path).map_err(|error| failed(&error))?;
    let mut text = String::new();
    file.take(VARIABLE_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|error| failed(&error))?;
    if text.len() as u64 > VARIABLE_BYTES {
        return Err(failed(&format!(
            "a value has at most {} KiB",
            VARIABLE_BYTES >> 10
        )));
    }
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}
