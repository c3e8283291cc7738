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

#[cfg(feature = "up")]
pub(crate) fn parse_variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        // The text is not repeated: it may be a secret.
        _ => Err("a variable is given as NAME=VALUE".to_owned()),
    }
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
