//! What options of several commands are, and how they are read.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use tasker_api::Timestamp;
use tasker_domain::RunStatus;

const GLOBAL: &str = "Global options";

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Print JSON on standard output instead of tables
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) json: bool,
    /// Address of the app; else TASKER_URL [default: that of `tasker up`, else http://127.0.0.1:3000]
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) url: Option<String>,
    /// API key or token. Better in TASKER_TOKEN: other users of the machine can see a command line
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) token: Option<String>,
    /// File with address and token, such as the client.json of `tasker up`; else TASKER_CONFIG
    #[arg(long, global = true, value_name = "FILE", help_heading = GLOBAL)]
    pub(crate) config: Option<PathBuf>,
}

/// How long a command that waits tries again.
#[derive(Debug, Args)]
pub(crate) struct Patience {
    /// While waiting, how long to go on trying when the app cannot be reached or cannot answer: 30s,
    /// 10m or 2h; 0 gives up at once
    #[arg(
        id = "patience",
        long = "patience",
        value_name = "TIME",
        value_parser = parse_duration,
        default_value = "2m"
    )]
    pub(crate) limit: Duration,
}

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
