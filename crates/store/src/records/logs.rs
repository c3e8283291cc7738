//! What tasks log.

use tasker_domain::{LogLevel, LogLine, Path, RunLog};

use crate::row::Row;
use crate::{Error, Result};

pub(crate) fn read_line(mut row: Row) -> Result<RunLog> {
    Ok(RunLog {
        seq: row.number()?,
        frame: Path::from(row.text()?),
        line: LogLine {
            index: row.number()?,
            at: row.int()?,
            level: {
                let word = row.text()?;
                level(&word).ok_or_else(|| Error::Unexpected(format!("a log level {word:?}")))?
            },
            message: row.text()?,
        },
    })
}

fn level(word: &str) -> Option<LogLevel> {
    match word {
        "debug" => Some(LogLevel::Debug),
        "info" => Some(LogLevel::Info),
        "warn" => Some(LogLevel::Warn),
        "error" => Some(LogLevel::Error),
        _ => None,
    }
}

pub(crate) fn word(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warn => "warn",
        LogLevel::Error => "error",
    }
}
