//! Values of options: how they are read.

use std::time::Duration;

use clap::ValueEnum;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use tasker_api::Timestamp;
use tasker_domain::RunStatus;

/// A run's status as a word of the command line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Status(pub(crate) RunStatus);

impl ValueEnum for Status {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Status; RunStatus::ALL.len()] = {
            let mut all = [Status(RunStatus::Queued); RunStatus::ALL.len()];
            let mut index = 0;
            while index < all.len() {
                all[index] = Status(RunStatus::ALL[index]);
                index += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.0.as_str()))
    }
}

/// The largest file with a variable's value, in bytes.
#[cfg(feature = "up")]
const VARIABLE_BYTES: u64 = 64 << 10;

/// The value of a variable, and where it stands.
#[cfg(feature = "up")]
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: String,
    /// Whether the command line has it, which every user of the machine can read.
    pub(crate) is_shown: bool,
}

#[cfg(feature = "up")]
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
#[cfg(feature = "up")]
fn read_variable(path: &str) -> Result<String, String> {
    use std::io::Read;

    let failed = |reason: &dyn std::fmt::Display| format!("{path}: {reason}");
    let file = std::fs::File::open(path).map_err(|error| failed(&error))?;
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

pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.find(|c: char| c.is_ascii_alphabetic()) {
        Some(start) => text.split_at(start),
        None => (text, "s"),
    };
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return Err("a time is a number with ms, s, m, h or d, as in 90s".to_owned()),
    };
    number
        .parse::<f64>()
        .ok()
        .and_then(|number| Duration::try_from_secs_f64(number * seconds).ok())
        .ok_or_else(|| "a time is a number with ms, s, m, h or d, as in 90s".to_owned())
}

pub(crate) fn parse_moment(text: &str) -> Result<Timestamp, String> {
    Timestamp::deserialize(text.into_deserializer())
        .map_err(|error: serde::de::value::Error| format!("{error}; write 2026-01-31T09:30:00Z"))
}
