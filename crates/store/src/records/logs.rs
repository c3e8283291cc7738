//! What tasks log.

use tasker_domain::{LogLevel, LogLine, Path, RunLog};

use crate::Result;
use crate::row::Row;

pub(crate) fn read_line(mut row: Row) -> Result<RunLog> {
    Ok(RunLog {
        seq: row.number()?,
        frame: Path::from(row.text()?),
        line: LogLine {
            index: row.number()?,
            at: row.int()?,
            level: row.word(LogLevel::parse)?,
            message: row.text()?,
        },
    })
}
